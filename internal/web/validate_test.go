package web_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

func TestFormats(t *testing.T) {
	long := strings.Repeat("a", 100)
	for _, test := range []struct {
		rule, valid, broken string // values separated by spaces
	}{
		{"slug", "a a-1 0 2026-11 " + long, "A a--b -a a- a_b é order 0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77 " + long + "a"},
		{"https", "https://a.example https://a.example:8443/x?y=z", "http://a.example https:// https:a.example //a.example https://u:p@a.example a.example javascript:alert(1) https://" + strings.Repeat("a", 2000)},
		{"language", "en en-GB cy zh-Hant", "en_GB EN-gb english xx-yy-zz-q und e"},
		{"date", "2026-11-23 2024-02-29", "2026-02-29 2026-11 2026-1-1 23/11/2026 2026-11-23T00:00:00Z"},
		{"partialdate", "2026 2026-11 2026-11-23", "0000 0000-01 0001-01-01 26 2026-13 2026-11-31 2026-1 2026-11-23T00:00:00Z"},
		{"odscode", "QUE RGT01 8HX12 Y00001", "QU que RGT-1 ABCDEFGHIJK"},
		{"uuid", "0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77 0197A3C2-5D1E-7C44-9A51-3F1F6F0C2B77", "0197a3c25d1e7c449a513f1f6f0c2b77 {0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77} x"},
		{"shout", "HEY", "hey"},
	} {
		check := validator(test.rule)
		for value := range strings.FieldsSeq(test.valid) {
			if err := check(value); err != nil {
				t.Errorf("%s %q: %v", test.rule, value, err)
			}
		}
		for value := range strings.FieldsSeq(test.broken) {
			equal(t, faults(t, check(value), errs.InvalidContent), []string{"/value format"})
		}
	}
}

func init() {
	web.RegisterRule("shout", func(s string) bool { return strings.ToUpper(s) == s }, "Use capital letters.")
}

// validator checks one value by one rule, as the member of a struct that is made for it.
func validator(rule string) func(string) error {
	member := reflect.StructField{Name: "Value", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"value" validate:"` + rule + `"`)}
	body := reflect.StructOf([]reflect.StructField{member})
	return func(s string) error {
		dst := reflect.New(body)
		dst.Elem().Field(0).SetString(s)
		return web.Validate(dst.Interface())
	}
}

func TestAdvice(t *testing.T) {
	type limits struct {
		Text   string   `json:"text" validate:"max=2"`
		Short  string   `json:"short" validate:"min=3"`
		Exact  string   `json:"exact" validate:"len=3"`
		List   []string `json:"list" validate:"max=1"`
		Number int      `json:"number" validate:"gte=5"`
		Word   string   `json:"word" validate:"oneof=a b"`
		Other  string   `json:"other" validate:"required_with=Text"`
		Alone  string   `json:"alone" validate:"excluded_with=Text"`
		Mail   string   `json:"mail" validate:"email"`
		Loud   string   `json:"loud" validate:"shout"`
	}
	err := web.Validate(&limits{Text: "abc", Short: "a", Exact: "a", List: []string{"", ""}, Alone: "x", Loud: "x"})
	got := map[string]string{}
	faults(t, err, errs.InvalidContent)
	for _, f := range err.(*errs.Error).Faults {
		got[f.Pointer] = string(f.Code) + ": " + f.Detail
	}
	for pointer, want := range map[string]string{
		"/text":   "length: Use at most 2 characters.",
		"/short":  "length: Use at least 3 characters.",
		"/exact":  "length: Use exactly 3 characters.",
		"/list":   "length: Give at most 1 items.",
		"/number": "range: Give a number of at least 5.",
		"/word":   "range: Use one of: a, b.",
		"/other":  "required: Give a value here; it must not be empty.",
		"/alone":  "range: Leave this out in combination with the other members.",
		"/mail":   "format: This is not in the form that is described for this member.",
		"/loud":   "format: Use capital letters.",
	} {
		if got[pointer] != want {
			t.Errorf("%s: %q", pointer, got[pointer])
		}
	}
	if len(got) != 10 {
		t.Errorf("%v", got)
	}
}

// generic's name holds dots and brackets, which must not end up in pointers.
type generic[T any] struct {
	Items []T `json:"items" validate:"dive"`
}

func TestPointersOfGenericTypes(t *testing.T) {
	err := web.Validate(&generic[Common]{Items: []Common{{}, {Slug: "A"}}})
	equal(t, faults(t, err, errs.InvalidContent), []string{"/items/1/slug format"})
}
