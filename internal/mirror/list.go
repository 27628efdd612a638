package mirror

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cpics/working-together-api/internal/sortkey"
)

// lists writes the lists that have changed: all live items of a collection, without rich text, in their usual order.
func (m *Mirror) lists() error {
	for collection := range m.stale {
		var shown []*item
		for _, it := range m.items {
			if it.collection == collection && it.status != "withdrawn" {
				shown = append(shown, it)
			}
		}
		body, err := listOf(shown)
		if err != nil {
			return err
		}
		if err := m.store.write("v1/"+collection+".json", body); err != nil {
			return err
		}
		delete(m.stale, collection)
	}
	return nil
}

// listOf writes a list as the service does, all on one page.
func listOf(items []*item) ([]byte, error) {
	slices.SortFunc(items, inOrder)
	var out bytes.Buffer
	out.WriteString(`{"items":[`)
	for i, it := range items {
		part, err := it.listItem()
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(part)
	}
	fmt.Fprintf(&out, `],"total":%d}`, len(items))
	return out.Bytes(), nil
}

// inOrder compares items as the service's lists do when nothing else is asked for: by number, by name, or the newest
// first.
func inOrder(a, b *item) int {
	if a.name != "" {
		return cmp.Or(bytes.Compare(sortkey.Key(a.name), sortkey.Key(b.name)), cmp.Compare(a.id, b.id))
	}
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(b.firstPublishedAt, a.firstPublishedAt), cmp.Compare(b.id, a.id))
}

// listItem is the item as lists show it: without rich text and history.
func (i *item) listItem() (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(i.body))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	out := []byte("{")
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if name == "changeHistory" || isRichText(value) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, "%q:%s", name, value)
	}
	return append(out, '}'), nil
}

// isRichText says whether a value is text with its HTML.
func isRichText(value json.RawMessage) bool {
	var text map[string]json.RawMessage
	if json.Unmarshal(value, &text) != nil || len(text) != 2 {
		return false
	}
	return text["markdown"] != nil && text["html"] != nil
}
