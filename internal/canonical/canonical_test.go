package canonical_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/canonical"
)

// The digests in testdata were computed by docs/examples/digest.py and digest.mjs, so that three programs agree.
func TestDigestOfExamples(t *testing.T) {
	for _, name := range []string{"example", "hard"} {
		t.Run(name, func(t *testing.T) {
			want := strings.TrimSpace(string(read(t, name+".digest")))
			got, err := canonical.DigestJSON(read(t, name+".json"))
			if err != nil || got != want {
				t.Errorf("digest %s (%v), want %s", got, err, want)
			}
		})
	}
}

func TestDigestIsOfContentOnly(t *testing.T) {
	var item map[string]any
	if err := json.Unmarshal(read(t, "example.json"), &item); err != nil {
		t.Fatal(err)
	}
	before := digest(t, item)
	for _, name := range canonical.OutsideAtTop() {
		item[name] = "something else"
	}
	for _, name := range canonical.OutsideAtAnyDepth() {
		item["principles"].([]any)[0].(map[string]any)[name] = "something else"
	}
	if after := digest(t, item); after != before {
		t.Errorf("%s changed to %s by members that a digest leaves out", before, after)
	}
	item["status"] = "withdrawn"
	if after := digest(t, item); after == before {
		t.Error("the digest did not notice a changed status")
	}
}

// The samples of RFC 8785, Appendix B: the bits of a number and its form.
func TestNumbersOfRFC8785(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332",
		0x41b3de4355555554: "333333333.33333325",
		0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334",
		0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333",
		0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		literal := strconv.FormatFloat(math.Float64frombits(bits), 'g', 17, 64)
		if got := form(t, `{"n":`+literal+`}`); got != `{"n":`+want+`}` {
			t.Errorf("%#x became %s, want %s", bits, got, want)
		}
	}
}

func TestFormOfRFC8785(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"section 3.2.2": {
			`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
			  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		"section 3.2.3": {
			`{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7}`,
			`{"\r":2,"1":4,"` + "\u0080" + `":6,"ö":7,"€":1,"😀":5,"` + "\ufb33" + `":3}`,
		},
		"text of HTML": {`{"a": "<b> & \u2028"}`, `{"a":"<b> & ` + "\u2028" + `"}`},
	} {
		if got := form(t, c.in); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestDigestRefuses(t *testing.T) {
	for _, document := range []string{``, `null`, `[]`, `"x"`, `{`, `{} {}`, `{}]`, `{"n":1e400}`} {
		if got, err := canonical.DigestJSON([]byte(document)); err == nil {
			t.Errorf("%q has the digest %s, want an error", document, got)
		}
	}
	if _, err := canonical.Digest(func() {}); err == nil {
		t.Error("a function has a digest, want an error")
	}
}

func digest(t *testing.T, item any) string {
	t.Helper()
	d, err := canonical.Digest(item)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func form(t *testing.T, document string) string {
	t.Helper()
	f, err := canonical.Form([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return string(f)
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
