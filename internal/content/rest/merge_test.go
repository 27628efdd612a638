package rest

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestMergeVectors are the 15 examples of RFC 7396, Appendix A.
func TestMergeVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ original, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		merged, err := mergeJSON([]byte(v.original), []byte(v.patch))
		if err != nil {
			t.Errorf("%s and %s: %v", v.original, v.patch, err)
			continue
		}
		var got, want any
		if err := json.Unmarshal(merged, &got); err != nil {
			t.Errorf("%s and %s: %v", v.original, v.patch, err)
		}
		if err := json.Unmarshal([]byte(v.want), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s and %s: %s, want %s", v.original, v.patch, merged, v.want)
		}
	}
}

// TestMergeKeepsLists: a list replaces the whole list, whatever is in it, nulls included.
func TestMergeKeepsLists(t *testing.T) {
	t.Parallel()
	const patch = `{"a":[null,{"b":null},[null]]}`
	got, err := mergeJSON([]byte(`{"a":[1]}`), []byte(patch))
	if err != nil || string(got) != patch {
		t.Errorf("%s %v, want %s", got, err, patch)
	}
}
