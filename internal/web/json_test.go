package web_test

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Common is embedded, as what all content types share is.
type Common struct {
	Slug     string `json:"slug,omitempty" validate:"omitempty,slug"`
	Language string `json:"language,omitempty" validate:"omitempty,language"`
}

type image struct {
	ID  *uuid.UUID `json:"id" validate:"required"`
	Alt string     `json:"alt" validate:"max=5"`
}

// even reads itself, and tells what is wrong in faults of its own.
type even struct{ N int }

func (e *even) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(string(b))
	if err == nil && n%2 != 0 {
		return errs.Invalid(errs.InvalidContent, errs.At("/deep", errs.Range, "100%% even numbers only."))
	}
	e.N = n
	return err
}

// input has a member of every sort that a body may have.
type input struct {
	Common
	Title    string            `json:"title" validate:"required,max=10"`
	Body     string            `json:"body" validate:"multiline,max=100"`
	Kind     string            `json:"kind" validate:"omitempty,oneof=poster leaflet"`
	Links    []string          `json:"links" validate:"max=3,unique,dive,required,max=4"`
	Images   []image           `json:"images" validate:"dive"`
	Hero     *image            `json:"hero"`
	Labels   map[string]string `json:"labels" validate:"dive,max=3"`
	Count    int               `json:"count" validate:"min=0,max=9"`
	Small    int8              `json:"small"`
	Ratio    float64           `json:"ratio"`
	Featured bool              `json:"featured"`
	Note     *string           `json:"note"`
	At       time.Time         `json:"at"`
	Date     string            `json:"date" validate:"omitempty,date"`
	Happened string            `json:"happenedOn" validate:"omitempty,partialdate"`
	ODS      string            `json:"odsCode" validate:"omitempty,odscode"`
	URL      string            `json:"url" validate:"omitempty,https"`
	Ref      string            `json:"ref" validate:"omitempty,uuid"`
	Tag      tag               `json:"tag"`
	Even     even              `json:"even"`
	Raw      json.RawMessage   `json:"raw"`
	Hidden   string            `json:"-"`
}

func (*input) ReadOnlyFields() []string { return []string{"id", "status"} }

// tag is a type with a text form.
type tag struct{ s string }

func (t *tag) UnmarshalText(b []byte) error {
	if !strings.HasPrefix(string(b), "#") {
		return strconv.ErrSyntax
	}
	t.s = string(b)
	return nil
}

func TestDecodeJSONSetsWhatItReads(t *testing.T) {
	const id = "0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"
	body := `{"slug":"a-b","language":"en-GB","title":"T\u00e9 \"x\"","body":"a\r\n\tb\n","kind":"poster","links":["a","b"],
		"images":[{"id":"` + id + `","alt":"x"}],"hero":{"id":"` + strings.ToUpper(id) + `"},"labels":{"a/b":"c"},"count":3,"small":-128,"ratio":1.5e1,
		"featured":true,"note":null,"at":"2026-11-23T10:30:00+01:00","date":"2026-11-23","happenedOn":"2026-11","odsCode":"QUE",
		"url":"https://a.example/x?y#z","ref":"` + id + `","tag":"#t","even":4,"raw":{"any":[null]}}`
	var got input
	if err := web.DecodeJSON([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	ref := uuid.MustParse(id)
	want := input{
		Common: Common{Slug: "a-b", Language: "en-GB"}, Title: `Té "x"`, Body: "a\r\n\tb\n", Kind: "poster", Links: []string{"a", "b"},
		Images: []image{{ID: &ref, Alt: "x"}}, Hero: &image{ID: &ref}, Labels: map[string]string{"a/b": "c"}, Count: 3, Small: -128, Ratio: 15,
		Featured: true, At: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC), Date: "2026-11-23", Happened: "2026-11", ODS: "QUE",
		URL: "https://a.example/x?y#z", Ref: id, Tag: tag{"#t"}, Even: even{4}, Raw: json.RawMessage(`{"any":[null]}`),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestDecodeJSONFaults(t *testing.T) {
	for body, want := range map[string]string{
		`{"title":"x"}`: "",
		`{"title":"x","hero":null,"note":null,"raw":null,"links":[],"at":"2026-11-23T09:30:00.000Z"}`: "",

		`{}`:                         "/title required",
		`{"title":""}`:               "/title required",
		`{"title":null}`:             "/title type",
		`{"title":7}`:                "/title type",
		`{"Title":"x"}`:              "/Title unknown|/title required",
		`{"title":"x","Hidden":"x"}`: "/Hidden unknown",
		`{"title":"x","Common":{}}`:  "/Common unknown",
		`{"title":"x","a/b~c":1}`:    "/a~1b~0c unknown",
		`{"title":"x","id":"i","status":{"x":[1]}}`:                                     "/id read-only|/status read-only",
		`{"title":"x","hero":{"id":"0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77","status":1}}`: "/hero/status unknown",
		`{"title":"12345678901"}`:                                                       "/title length",
		`{"title":"éééééééééé"}`:                                                        "",
		`{"title":"a\nb"}`:                                                              "/title format",
		`{"title":"a\u0000"}`:                                                           "/title format",
		`{"title":"x","body":"a\u0000"}`:                                                "/body format",
		`{"title":"x","body":"a\rb"}`:                                                   "/body format",
		`{"title":"x","body":"a\u0085b"}`:                                               "/body format",
		`{"title":"x","labels":{"a":"\u0007"}}`:                                         "/labels/a format",
		`{"title":"x","kind":"film"}`:                                                   "/kind range",
		`{"title":"x","links":"a"}`:                                                     "/links type",
		`{"title":"x","links":null}`:                                                    "/links type",
		`{"title":"x","links":{}}`:                                                      "/links type",
		`{"title":"x","links":["a",null,3,"abcde",""]}`:                                 "/links length|/links/1 type|/links/2 type",
		`{"title":"x","links":["a",3,"abcde"]}`:                                         "/links/1 type|/links/2 length",
		`{"title":"x","links":["a","a"]}`:                                               "/links repeated",
		`{"title":"x","images":[{"alt":"123456"},{"id":"x"},[]]}`:                       "/images/0/alt length|/images/0/id required|/images/1/id format|/images/2 type",
		`{"title":"x","hero":{"alt":1,"nope":2}}`:                                       "/hero/alt type|/hero/id required|/hero/nope unknown",
		`{"title":"x","hero":[]}`:                                                       "/hero type",
		`{"title":"x","labels":{"a.b":"1234"}}`:                                         "/labels/a.b length",
		`{"title":"x","labels":[]}`:                                                     "/labels type",
		`{"title":"x","count":-1}`:                                                      "/count range",
		`{"title":"x","count":10}`:                                                      "/count range",
		`{"title":"x","count":1.5}`:                                                     "/count type",
		`{"title":"x","count":"1"}`:                                                     "/count type",
		`{"title":"x","count":true}`:                                                    "/count type",
		`{"title":"x","small":128}`:                                                     "/small range",
		`{"title":"x","ratio":1e999}`:                                                   "/ratio range",
		`{"title":"x","ratio":"1"}`:                                                     "/ratio type",
		`{"title":"x","featured":"true"}`:                                               "/featured type",
		`{"title":"x","featured":null}`:                                                 "/featured type",
		`{"title":"x","note":5}`:                                                        "/note type",
		`{"title":"x","at":"2026-11-23"}`:                                               "/at format",
		`{"title":"x","at":"2026-11-23T09:30:00.5Z"}`:                                   "/at format",
		`{"title":"x","at":1}`:                                                          "/at type",
		`{"title":"x","at":null}`:                                                       "/at type",
		`{"title":"x","hero":{"id":"{0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77}"}}`:          "/hero/id format",
		`{"title":"x","hero":{"id":"urn:uuid:0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"}}`:   "/hero/id format",
		`{"title":"x","tag":"t"}`:                                                       "/tag format",
		`{"title":"x","tag":{}}`:                                                        "/tag type",
		`{"title":"x","even":3}`:                                                        "/even/deep range",
		`{"title":"x","even":"x"}`:                                                      "/even type",
		`{"title":"x","slug":"A"}`:                                                      "/slug format",
		`[]`:                                                                            " type",
		`"x"`:                                                                           " type",
		`null`:                                                                          " type",
	} {
		err := web.DecodeJSON([]byte(body), &input{})
		kind := errs.InvalidContent
		if want == "" {
			kind = ""
		}
		if got := strings.Join(faults(t, err, kind), "|"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", body, got, want)
		}
	}
}

func TestDecodeJSONSyntax(t *testing.T) {
	nested := func(n int) string {
		return `{"title":"x","raw":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	if err := web.DecodeJSON([]byte(nested(99)), &input{}); err != nil {
		t.Errorf("100 deep: %v", err)
	}
	for body, want := range map[string]string{
		"":                                 "empty",
		"  \n":                             "empty",
		"{":                                "ends too early: look at line 1, column 2 (byte 1)",
		"{\"title\":\"x\",\n \"title\":1}": "same member twice: look at line 2",
		`{"a":{"b":1,"\u0062":2}}`:         "same member twice",
		`{"title":tru}`:                    "not valid JSON",
		`{title:"x"}`:                      "not valid JSON",
		`{"é":"é", x}`:                     "line 1, column 11 (byte 12)",
		`{"title":"x"} {}`:                 "follows the end",
		`{"title":"x"},`:                   "follows the end",
		`{"title":"x",}`:                   "not valid JSON",
		`{"title":'x'}`:                    "not valid JSON",
		`{"title":NaN}`:                    "not valid JSON",
		`{"title":01}`:                     "not valid JSON",
		"{\"title\":\"\xff\"}":             "not valid JSON",
		`{"title":"\ud800"}`:               "not valid JSON",
		"{\"title\":\"a\nb\"}":             "not valid JSON",
		"\ufeff{}":                         "not valid JSON",
		nested(100):                        "nested more than 100 deep",
		strings.Repeat("[", 10000):         "nested more than 100 deep",
		strings.Repeat(`{"a":`, 10000):     "nested more than 100 deep",
	} {
		err := web.DecodeJSON([]byte(body), &input{})
		if errs.KindOf(err) != errs.InvalidJSON {
			t.Errorf("%.40q: %v", body, err)
			continue
		}
		if detail := err.(*errs.Error).Detail; !strings.Contains(detail, want) || strings.Contains(detail, "jsontext") {
			t.Errorf("%.40q: %q, want %q", body, detail, want)
		}
	}
}

func TestDecodeJSONOfAList(t *testing.T) {
	var items []image
	err := web.DecodeJSON([]byte(`[{"id":"0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"},{"alt":"123456"},7]`), &items)
	equal(t, faults(t, err, errs.InvalidContent), []string{"/1/alt length", "/1/id required", "/2 type"})
	if len(items) != 3 || items[0].ID == nil {
		t.Errorf("%+v", items)
	}
}

// Whatever is sent, the answer stays small and the memory bounded.
func TestDecodeJSONIsBounded(t *testing.T) {
	var body strings.Builder
	body.WriteString(`{"title":"x"`)
	for i := range 100_000 {
		body.WriteString(`,"x` + strconv.Itoa(i) + `":1`)
	}
	body.WriteString(`}`)
	err := web.DecodeJSON([]byte(body.String()), &input{})
	if list := faults(t, err, errs.InvalidContent); len(list) != 100 || !strings.Contains(err.Error(), "More than 100") {
		t.Errorf("%d faults", len(list))
	}
	var got input
	err = web.DecodeJSON([]byte(`{"title":"x","links":[`+strings.Repeat(`"",`, 200_000)+`""]}`), &got)
	equal(t, faults(t, err, errs.InvalidContent), []string{"/links length"})
	if len(got.Links) > 10_000 {
		t.Errorf("%d items were kept", len(got.Links))
	}
	err = web.DecodeJSON([]byte(`{"title":"x","`+strings.Repeat("n", 100_000)+`":1}`), &input{})
	if f := err.(*errs.Error).Faults; len(f) != 1 || len(f[0].Pointer) > 200 {
		t.Errorf("a long name fills the answer")
	}
}

func TestDecodeJSONNeverRepeatsValues(t *testing.T) {
	err := web.DecodeJSON([]byte(`{"title":"secret12345678","kind":"secret","at":"secret","url":"secret","ref":"secret"}`), &input{})
	if len(faults(t, err, errs.InvalidContent)) != 5 || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestDecodeJSONRefusesTypesItIsNotMadeFor(t *testing.T) {
	var dst struct {
		C chan int `json:"c"`
	}
	if err := web.DecodeJSON([]byte(`{"c":1}`), &dst); errs.KindOf(err) != errs.Internal {
		t.Errorf("%v", err)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(`{"title":"x","links":["a"],"hero":{"id":null}}`))
	f.Add([]byte(`[{"a":1e5}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		switch err := web.DecodeJSON(body, &input{}); errs.KindOf(err) {
		case "":
			if !json.Valid(body) {
				t.Errorf("%q was taken for JSON", body)
			}
		case errs.InvalidJSON, errs.InvalidContent:
		default:
			t.Errorf("%q: %v", body, err)
		}
	})
}
