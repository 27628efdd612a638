package api_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

// doc is a document as a client writes it.
type doc map[string]any

// with is the document with other values for some members: name, value, name, value …
func (d doc) with(members ...any) doc {
	changed := maps.Clone(d)
	for i := 0; i < len(members); i += 2 {
		changed[members[i].(string)] = members[i+1]
	}
	return changed
}

// without is the document without a member.
func (d doc) without(member string) doc {
	changed := maps.Clone(d)
	delete(changed, member)
	return changed
}

// contentKind is a content type as its tests write it.
type contentKind struct {
	name     string // as it stands in type
	path     string // of the collection
	required []string
	complete func(t *testing.T, s *apitest.Service) doc // what can be published, titled "A title"
}

var contentKinds = []contentKind{
	{"principle", "/v1/principles", []string{"/summary"}, func(*testing.T, *apitest.Service) doc {
		return doc{"title": "A title", "summary": "A summary.", "body": "Some *text*."}
	}},
	{"case-study", "/v1/case-studies", []string{"/summary", "/challenge", "/approach", "/outcome", "/principles", "/patientInvolvement"},
		func(t *testing.T, s *apitest.Service) doc {
			return doc{"title": "A title", "summary": "A summary.", "challenge": "One.", "approach": "Two.", "outcome": "Three.",
				"principles": []string{aPrinciple(t, s)}, "patientInvolvement": "none"}
		}},
	{"toolkit-asset", "/v1/toolkit-assets", []string{"/summary", "/assetType"}, func(*testing.T, *apitest.Service) doc {
		return doc{"title": "A title", "summary": "A summary.", "assetType": "link", "url": "https://www.example.nhs.uk/toolkit"}
	}},
	{"page", "/v1/pages", []string{"/summary"}, func(*testing.T, *apitest.Service) doc {
		return doc{"title": "A title", "summary": "A summary.", "body": "Some *text*."}
	}},
}

// eachKind runs a test once a content type and engine, each on a service of its own.
func eachKind(t *testing.T, test func(t *testing.T, s *apitest.Service, k contentKind)) {
	t.Helper()
	for _, k := range contentKinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			apitest.Each(t, func(t *testing.T, s *apitest.Service) { test(t, s, k) })
		})
	}
}

// aPrinciple gives the id of a live principle: the same one for every call on a service.
func aPrinciple(t *testing.T, s *apitest.Service) string {
	t.Helper()
	if found := s.Anonymous().Get("/v1/principles/linked"); found.StatusCode == 200 {
		return found.String("id")
	}
	return published(s, "/v1/principles", doc{"title": "Linked", "summary": "For links."}).String("id")
}

// draft stores a document as a new draft.
func draft(s *apitest.Service, path string, d doc) *apitest.Answer {
	return s.Editor().Post(path, d).Must(201)
}

// published stores a document and publishes it.
func published(s *apitest.Service, path string, d doc) *apitest.Answer {
	return s.Publisher().Post(path+"?publish=true", d).Must(201)
}

// publish publishes what is at an address, whatever its version.
func publish(s *apitest.Service, path, note string) *apitest.Answer {
	return s.Publisher().Post(path+"/publish", doc{"changeNote": note}, anyVersion)
}

// unpublish takes back what is at an address, whatever its version.
func unpublish(s *apitest.Service, path, how string) *apitest.Answer {
	return s.Publisher().Post(path+"/unpublish", doc{"type": how, "explanation": "Because of " + how + "."}, anyVersion)
}

// anyVersion is the header of a write that does not care what it changes.
var anyVersion = apitest.IfMatch("*")

// linesAfter reads the change log's lines after a number.
func linesAfter(t *testing.T, s *apitest.Service, seq int64) []change.Line {
	t.Helper()
	var lines []change.Line
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Where("seq > ?", seq).Order("seq").Find(&lines).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// lastSeq is the number of the newest line.
func lastSeq(t *testing.T, s *apitest.Service) int64 {
	t.Helper()
	lines := linesAfter(t, s, 0)
	if len(lines) == 0 {
		return 0
	}
	return lines[len(lines)-1].Seq
}

// wantEvents compares what the log says after a number, each line as its event and what it is of.
func wantEvents(t *testing.T, s *apitest.Service, after int64, want ...string) []change.Line {
	t.Helper()
	lines := linesAfter(t, s, after)
	got := make([]string, len(lines))
	for i, l := range lines {
		got[i] = string(l.Event) + " " + l.EntryID.String()
		if l.Seq != after+int64(i)+1 {
			t.Errorf("line %d of the log has the number %d", i, l.Seq)
		}
	}
	wantEqual(t, got, want)
	return lines
}

// wantSame compares two values as JSON, member by member where they are objects.
func wantSame(t *testing.T, what string, got, want any) {
	t.Helper()
	g, w := decoded(t, got), decoded(t, want)
	if reflect.DeepEqual(g, w) {
		return
	}
	gm, isObject := g.(map[string]any)
	wm, alsoObject := w.(map[string]any)
	if !isObject || !alsoObject {
		t.Errorf("%s: got %v, want %v", what, g, w)
		return
	}
	names := maps.Clone(gm)
	maps.Copy(names, wm)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !reflect.DeepEqual(gm[name], wm[name]) {
			t.Errorf("%s: %s is %v, want %v", what, name, gm[name], wm[name])
		}
	}
}

// decoded is a value as JSON has it.
func decoded(t *testing.T, v any) (out any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// newID is an id that nothing has.
func newID(t *testing.T) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// key is the header of a request that is answered once.
func key(value string) apitest.Header { return apitest.Header{"Idempotency-Key", value} }

// pairs lists a document's members for doc.with.
func pairs(d doc) (list []any) {
	for name, value := range d {
		list = append(list, name, value)
	}
	return list
}

// wantSameSet is wantEqual in any order.
func wantSameSet(t *testing.T, got, want []string) {
	t.Helper()
	wantEqual(t, slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want)))
}
