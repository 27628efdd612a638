package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// walker does random things to content, most of which are allowed. Equal seeds do equal things as long as nobody else
// does anything.
type walker struct {
	t       *testing.T
	s       *apitest.Service
	random  *rand.Rand
	entries []string // addresses, by id
	done    []string // what was asked, and how it was answered
}

// words are few, so that titles and addresses meet.
var words = []string{"Alpha", "Beta", "Gamma", "Delta"}

// walked are the collections that a walker writes to; what is numbered and what links most come more often.
var walked = []string{"/v1/principles", "/v1/principles", "/v1/case-studies", "/v1/case-studies", "/v1/toolkit-assets", "/v1/pages", organisations, topics}

func pick[T any](w *walker, from []T) T { return from[w.random.IntN(len(from))] }

// step does one thing.
func (w *walker) step() {
	if len(w.entries) < 8 || w.random.IntN(10) == 0 {
		w.create()
		return
	}
	path := pick(w, w.entries)
	w.drawAction(path)(path)
}

// drawAction is something to do with an entry, the more often the less it ends.
func (w *walker) drawAction(path string) func(path string) {
	draw := w.random.IntN(20)
	if strings.HasPrefix(path, organisations) || strings.HasPrefix(path, topics) {
		draw = draw % 2 * 19
	}
	switch {
	case draw < 5:
		return w.patch
	case draw < 10:
		return w.publish
	case draw < 14:
		return w.unpublish
	case draw < 16:
		return w.restore
	case draw < 17:
		return w.order
	case draw < 19:
		return w.discard
	default:
		return w.delete
	}
}

// ask makes a request; only a fault of the service is a failure.
func (w *walker) ask(method, path string, body doc) *apitest.Answer {
	r := call{path: path, body: body, headers: []apitest.Header{anyVersion}}
	if body == nil {
		r.body = nil
	}
	answer := r.send(w.s.Publisher(), method)
	if answer.StatusCode == 404 { // it is no more
		w.entries = slices.DeleteFunc(w.entries, func(entry string) bool { return entry == path })
	}
	w.done = append(w.done, fmt.Sprintf("%s %s %v: %s", method, path, body, outcomeOf(answer)))
	if answer.StatusCode >= 500 {
		w.t.Errorf("%s %s %v: %d %s", method, path, body, answer.StatusCode, answer.Raw)
	}
	return answer
}

func (w *walker) create() {
	collection, query := pick(w, walked), ""
	if collection != organisations && collection != topics {
		query = pick(w, []string{"", "?publish=true"})
	}
	made := w.ask("POST", collection+query, w.document(collection))
	if made.StatusCode == 201 {
		w.entries = append(w.entries, collection+"/"+made.String("id"))
	}
}

// document is what a collection takes, complete, with links to whatever there is.
func (w *walker) document(collection string) doc {
	name := pick(w, words)
	switch collection {
	case organisations:
		return organisation(name)
	case topics:
		return topic(name)
	}
	d := doc{"title": name, "summary": name + "."}
	switch collection {
	case "/v1/case-studies":
		d = d.with("challenge", "c", "approach", w.mention(), "outcome", "o", "patientInvolvement", "none",
			"principles", w.links("/v1/principles"), "topics", w.links(topics), "organisations", w.links(organisations))
	case "/v1/toolkit-assets":
		d = d.with("assetType", "link", "url", "https://www.example.nhs.uk/", "principles", w.links("/v1/principles"))
	case "/v1/pages":
		d = d.with("body", w.mention())
	}
	return d
}

// mention is Markdown that links to some entry.
func (w *walker) mention() string {
	if len(w.entries) == 0 {
		return "Nothing."
	}
	return "See [there](" + pick(w, w.entries) + ")."
}

// links names up to two entries of a collection.
func (w *walker) links(collection string) []string {
	ids := []string{}
	for _, entry := range w.entries {
		if id, ok := strings.CutPrefix(entry, collection+"/"); ok && len(ids) < 2 && w.random.IntN(2) == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *walker) patch(path string) {
	collection := path[:len(path)-37]
	change := w.document(collection)
	if w.random.IntN(2) == 0 {
		change["slug"] = fmt.Sprint("slug-", w.random.IntN(6))
	}
	w.ask("PATCH", path, change)
}

func (w *walker) publish(path string) {
	how := []doc{{"changeNote": "Note."}, {"updateType": "minor"}}
	w.ask("POST", path+"/publish", pick(w, how))
}

func (w *walker) unpublish(path string) {
	how := pick(w, []string{"withdrawal", "withdrawal", "gone", "recall"})
	w.ask("POST", path+"/unpublish", doc{"type": how, "explanation": "Why."})
}

func (w *walker) discard(path string) { w.ask("DELETE", path+"/draft", nil) }
func (w *walker) delete(path string)  { w.ask("DELETE", path, nil) }
func (w *walker) restore(path string) {
	w.ask("POST", fmt.Sprint(path, "/editions/", 1+w.random.IntN(2), "/restore"), nil)
}

// order turns the principles round.
func (w *walker) order(string) {
	ids := w.s.Anonymous().Get("/v1/principles?limit=100").Must(200).Column("id")
	slices.Reverse(ids)
	w.ask("PUT", "/v1/principles/order", doc{"ids": append([]string{}, ids...)})
}

// publicDigests are the digests of everything that anyone can read, by address.
func (w *walker) publicDigests() map[string]string {
	digests := map[string]string{}
	for _, collection := range slices.Compact(slices.Clone(walked)) {
		queries := []string{"?limit=100&fields=digest", "?limit=100&fields=digest&status=withdrawn"}
		if collection == organisations || collection == topics {
			queries = queries[:1] // they are never withdrawn
		}
		for _, query := range queries {
			list := w.s.Anonymous().Get(collection + query).Must(200)
			for i := range list.List("items") {
				digests[collection+"/"+list.String("items", i, "id")] = list.String("items", i, "digest")
			}
		}
	}
	return digests
}

// wantTold demands a line of the change log, after a number, for everything that the public sees otherwise than before.
// It gives what the public sees now.
func (w *walker) wantTold(before map[string]string, after int64) (now map[string]string) {
	w.t.Helper()
	told := map[string]bool{}
	for _, line := range linesAfter(w.t, w.s, after) {
		told[line.EntryID.String()] = true
	}
	now = w.publicDigests()
	for path, digest := range now {
		if before[path] != digest && !told[path[len(path)-36:]] {
			w.t.Errorf("%s changed in silence, by %s", path, w.done[len(w.done)-1])
		}
	}
	for path := range before {
		if now[path] == "" && !told[path[len(path)-36:]] {
			w.t.Errorf("%s went in silence, by %s", path, w.done[len(w.done)-1])
		}
	}
	return now
}

// wantVariety demands that the walk met enough of what can be, lest it proves nothing.
func (w *walker) wantVariety() {
	w.t.Helper()
	for _, event := range []string{"published", "refreshed", "moved", "withdrawn", "gone", "recalled"} {
		if number(w.t, w.s.DB, "SELECT count(*) FROM changes WHERE event = ?", event) == 0 {
			w.t.Errorf("nothing was %s in %d steps", event, len(w.done))
		}
	}
}

// digests are those of the copied items, by id.
func (c *copyOf) digests(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for id, item := range c.items {
		var d struct{ Digest string }
		if err := json.Unmarshal(item, &d); err != nil {
			t.Fatal(err)
		}
		all[id] = d.Digest
	}
	return all
}

// byID are digests by id alone.
func byID(digests map[string]string) map[string]string {
	short := map[string]string{}
	for path, digest := range digests {
		short[path[len(path)-36:]] = digest
	}
	return short
}
