package canonical_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/canonical"
)

// shape has what views have, and the corners of encoding/json's rules.
type shape struct {
	inner
	*pointed
	ID       uuid.UUID      `json:"id"`
	Title    string         `json:"title"`
	At       time.Time      `json:"at"`
	Maybe    *time.Time     `json:"maybe,omitempty"`
	Text     *text          `json:"text,omitempty"`
	Links    []link         `json:"links2"`
	None     []link         `json:"none,omitempty"`
	Nil      []string       `json:"nil"`
	Checks   []string       `json:"checks,omitzero"`
	Any      any            `json:"any"`
	Map      map[string]any `json:"map"`
	Raw      json.RawMessage
	Focal    *[2]float64 `json:"focalPoint,omitempty"`
	Big      int64       `json:"big"`
	On       bool        `json:"on,omitempty"`
	Bytes    []byte      `json:"bytes"`
	Digest   string      `json:"digest"`
	Hidden   string      `json:"-"`
	unseen   string
	Zed      string         `json:"ñ"`
	Children []shape        `json:"children,omitempty"`
	Words    map[string]int `json:"words,omitempty"`
}

type inner struct {
	Title string `json:"title"` // hidden by the outer one
	Inner string `json:"inner,omitempty"`
	Both  string
}

type pointed struct {
	Both    string
	Pointed int `json:"pointed"`
}

type text struct {
	Markdown string `json:"markdown"`
	HTML     string `json:"html"`
}

type link struct {
	Number int    `json:"number,omitempty"`
	Href   string `json:"href"`
	Title  string `json:"title"`
}

var pieces = []string{"a", "é", "\u2028", "<&>", "\"", "\\", "\n", "\x01", "\x7f", "日本", "😀", "\xff", "", " "}

// random makes a shape; depth bounds its children.
func random(r *rand.Rand, depth int) shape {
	word := func() (s string) {
		for range r.IntN(5) {
			s += pieces[r.IntN(len(pieces))]
		}
		return s
	}
	at := time.Unix(r.Int64N(1<<32), 0).UTC()
	s := shape{ID: uuid.New(), Title: word(), At: at, Any: word(), Big: r.Int64() >> r.IntN(64), On: r.IntN(2) == 0,
		Digest: word(), unseen: word(), Zed: word(), inner: inner{Inner: word(), Both: word(), Title: "no"},
		Raw: json.RawMessage(`{"b":1e2,"a":[1.50,null,"\u00e9"],"href":2}`)}
	if r.IntN(2) == 0 {
		s.pointed, s.Maybe, s.Text = &pointed{Pointed: 3}, &at, &text{word(), word()}
		s.Focal, s.Checks = &[2]float64{r.Float64(), 1}, []string{}
		s.Map = map[string]any{"href": 1, word(): word(), "€": 1.0, "\U0001F600": []any{true, nil, map[string]any{"html": 1, "z": 2}}}
		s.Any, s.Bytes = link{Title: word()}, []byte(word())
	}
	for range r.IntN(3) {
		s.Links = append(s.Links, link{r.IntN(2), word(), word()})
	}
	if depth > 0 {
		s.Children = []shape{random(r, depth-1)}
	}
	return s
}

func TestDigestOfAValueIsThatOfItsJSON(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		value := random(r, 2)
		document, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		want, err := canonical.DigestJSON(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range []any{value, &value} {
			if got, err := canonical.Digest(item); err != nil || got != want {
				form, _ := canonical.Form(document)
				t.Fatalf("%s (%v), want %s of %s", got, err, want, form)
			}
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	value := random(rand.New(rand.NewPCG(1, 2)), 2)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := canonical.Digest(value); err != nil {
			b.Fatal(err)
		}
	}
}
