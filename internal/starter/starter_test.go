package starter_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/slug"
	"github.com/cpics/working-together-api/internal/starter"
)

// input is what the tests look at of any document's input.
type input struct {
	Title, Name, Slug, AssetType, URL, PatientInvolvement string
	Body, Challenge, Approach, Outcome                    string
	Principles, Organisations, Topics, Assets             []string
	Files                                                 []struct{ ID uuid.UUID }
	Image, HeroImage                                      *struct{ ID uuid.UUID }
}

// named are the files that the document shows.
func (in input) named() (ids []uuid.UUID) {
	for _, f := range in.Files {
		ids = append(ids, f.ID)
	}
	for _, image := range []*struct{ ID uuid.UUID }{in.Image, in.HeroImage} {
		if image != nil {
			ids = append(ids, image.ID)
		}
	}
	return ids
}

func (in input) texts() []string { return []string{in.Body, in.Challenge, in.Approach, in.Outcome} }

// collections are where the types are served.
var collections = map[string]string{
	"topic": "topics", "organisation": "organisations", "principle": "principles", "toolkit-asset": "toolkit-assets",
	"case-study": "case-studies", "page": "pages",
}

func documents(t *testing.T) ([]starter.Document, []input) {
	t.Helper()
	docs, err := starter.Documents()
	if err != nil {
		t.Fatal(err)
	}
	inputs := make([]input, len(docs))
	for i, d := range docs {
		if err := json.Unmarshal(d.Input, &inputs[i]); err != nil {
			t.Fatalf("%s: %v", d.ID, err)
		}
	}
	return docs, inputs
}

// The names and titles that the public knows, letter for letter and in their order.
func TestExactTitles(t *testing.T) {
	docs, inputs := documents(t)
	for kind, want := range map[string][]string{
		"principle": {
			"Keeping the person at the centre of decisions",
			"Considerate, quality, and timely communications with local people and colleagues",
			"Respecting professional accountability and responsibility",
		},
		"case-study": {
			"Using the Dynamic Health Service pathway",
			"Supporting a patient with chronic kidney disease",
		},
		"page":          {"Toolkit", "Working Together"},
		"toolkit-asset": {"Working Together toolkit", "The guiding principles in full", "Posters of the guiding principles"},
	} {
		var got []string
		for i, d := range docs {
			if d.Type == kind {
				got = append(got, inputs[i].Title)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: titles %q, want %q", kind, got, want)
		}
	}
}

func TestIdentities(t *testing.T) {
	docs, inputs := documents(t)
	ids, addresses := map[uuid.UUID]bool{}, map[string]bool{}
	for i, d := range docs {
		address := collections[d.Type] + "/" + inputs[i].Slug
		if d.ID.Version() != 7 || d.ID.Variant() != uuid.RFC4122 || ids[d.ID] {
			t.Errorf("%s: %s is not a UUIDv7 of its own", address, d.ID)
		}
		if d.Type == "file" {
			address = "files/" + inputs[i].Name
		} else if collections[d.Type] == "" || !slug.Valid(inputs[i].Slug) || addresses[address] {
			t.Errorf("%s is not an address of its own", address)
		}
		if i > 0 && !d.PublishedAt.After(docs[i-1].PublishedAt) {
			t.Errorf("%s was published at %v, not after the document before it", address, d.PublishedAt)
		}
		if d.PublishedAt.Year() < 2023 || d.PublishedAt.Year() > 2024 || d.PublishedAt.Location() != time.UTC {
			t.Errorf("%s: %v is no time of the launch or the year after, in UTC", address, d.PublishedAt)
		}
		ids[d.ID], addresses[address] = true, true
	}
}

// Every link, of a field or in a text, leads to a document that comes earlier.
func TestLinks(t *testing.T) {
	r, err := richtext.New("https://api.example", slices.Collect(maps.Values(collections))...)
	if err != nil {
		t.Fatal(err)
	}
	docs, inputs := documents(t)
	known, followed := map[richtext.Ref]bool{}, 0
	files := map[uuid.UUID]bool{}
	for i, d := range docs {
		files[d.ID] = d.Type == "file"
		for _, id := range inputs[i].named() {
			if !files[id] {
				t.Errorf("%s shows file %s, which does not come before it", inputs[i].Slug, id)
			}
		}
		for _, ref := range references(r, inputs[i]) {
			followed++
			if !known[ref] {
				t.Errorf("%s links to %v, which does not come before it", inputs[i].Slug, ref)
			}
		}
		known[richtext.Ref{Collection: collections[d.Type], Name: inputs[i].Slug}] = true
	}
	if followed == 0 {
		t.Error("no document links to another")
	}
}

func references(r *richtext.Renderer, in input) (refs []richtext.Ref) {
	for _, text := range in.texts() {
		refs = append(refs, r.References(text)...)
	}
	for collection, names := range map[string][]string{
		"principles": in.Principles, "organisations": in.Organisations, "topics": in.Topics, "toolkit-assets": in.Assets,
	} {
		for _, name := range names {
			refs = append(refs, richtext.Ref{Collection: collection, Name: name})
		}
	}
	return refs
}

// Nothing is pretended: files are there, and no address could be somebody's.
func TestNothingIsPretended(t *testing.T) {
	docs, inputs := documents(t)
	for i, d := range docs {
		if d.Type == "toolkit-asset" {
			u, err := url.Parse(inputs[i].URL)
			isLink := inputs[i].AssetType == "link" && u.Scheme == "https" && strings.HasSuffix(u.Host, ".example")
			if err != nil || !isLink && (inputs[i].URL != "" || len(inputs[i].Files) == 0) {
				t.Errorf("%s is a %s at %s, want files, or a link to an https address under .example", inputs[i].Slug, inputs[i].AssetType, inputs[i].URL)
			}
		}
		if strings.Contains(strings.Replace(string(d.Input), `"`+inputs[i].URL+`"`, "", 1), "://") {
			t.Errorf("%s holds an address besides its url", inputs[i].Slug)
		}
		if d.Type == "case-study" && !slices.Contains([]string{"none", "anonymised"}, inputs[i].PatientInvolvement) {
			t.Errorf("%s says %q of patients: nobody's consent is recorded here", inputs[i].Slug, inputs[i].PatientInvolvement)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	const head = "type: topic\nid: 018b8a1d-0000-7000-8000-000000000001\n"
	const whole = head + "publishedAt: 2023-11-01T09:00:00Z\ninput: {name: a}\n"
	for name, file := range map[string]string{
		"nothing":         "",
		"an unknown key":  whole + "colour: red\n",
		"a key twice":     whole + "type: page\n",
		"no type":         strings.TrimPrefix(whole, "type: topic\n"),
		"no time":         head + "input: {name: a}\n",
		"a fraction":      strings.ReplaceAll(whole, "00Z", "00.5Z"),
		"a broken id":     strings.ReplaceAll(whole, "018b8a1d", "x18b8a1d"),
		"no input":        head + "publishedAt: 2023-11-01T09:00:00Z\n",
		"a second":        whole + "---\n" + whole,
		"a number as key": strings.ReplaceAll(whole, "{name: a}", "{a: {1: b}}"),
	} {
		if docs, err := starter.Read(fstest.MapFS{"a.yaml": {Data: []byte(file)}}, "*.yaml"); err == nil {
			t.Errorf("%s was accepted: %v", name, docs)
		} else if !strings.Contains(err.Error(), "a.yaml") {
			t.Errorf("%s: %v does not name the file", name, err)
		}
	}
	if docs, err := starter.Read(fstest.MapFS{"a.yaml": {Data: []byte(whole)}}, "*.yaml"); err != nil || len(docs) != 1 {
		t.Errorf("the file that the others spoil gives %d documents: %v", len(docs), err)
	}
	if _, err := starter.Read(fstest.MapFS{}, "["); err == nil {
		t.Error("a broken pattern was accepted")
	}
}
