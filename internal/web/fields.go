package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MemberNames lists the JSON members of a struct, those of embedded structs included: what the parameter fields takes.
func MemberNames(t reflect.Type) []string {
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// SelectFields is the item as JSON with only the named top-level members, and always id, in the item's own order.
// Without names it is the whole item. The item is anything that marshals to a JSON object, or the object's bytes as
// json.RawMessage.
func SelectFields(item any, names []string) (json.RawMessage, error) {
	whole, ok := item.(json.RawMessage)
	if !ok {
		var err error
		if whole, err = Marshal(item); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		return whole, nil
	}
	selected, err := selectMembers(jsontext.NewDecoder(bytes.NewReader(whole)), names)
	if err != nil {
		return nil, fmt.Errorf("select fields of %T: %w", item, err)
	}
	return selected, nil
}

// selectMembers copies the members that are named from the object that dec is about to read.
func selectMembers(dec *jsontext.Decoder, names []string) ([]byte, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	out := []byte("{")
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		if name != "id" && !slices.Contains(names, name) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		if out, err = jsontext.AppendQuote(out, name); err != nil {
			return nil, err
		}
		out = append(append(out, ':'), value...)
	}
	_, err := dec.ReadToken()
	return append(out, '}'), err
}
