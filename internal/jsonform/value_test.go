package jsonform_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/canonical"
	"github.com/cpics/working-together-api/internal/jsonform"
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
	Number   json.Number    `json:"num"`
	Small    float32        `json:"small"`
	Count    uint16         `json:"count"`
	Own      ownWay         `json:"own"`
	Array    [2]link        `json:"array"`
	Children []shape        `json:"children,omitempty"`
	Words    map[string]int `json:"words,omitempty"`
}

// ownWay says itself what it is, as a pointer only.
type ownWay struct{ Text string }

func (o *ownWay) MarshalJSON() ([]byte, error) { return json.Marshal([]string{o.Text}) }

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
		Number: "1.50", Small: r.Float32(), Count: uint16(r.Uint32()), Own: ownWay{word()},
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

// TestWrittenAsByEncodingJSON: byte for byte.
func TestWrittenAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	form := jsonform.New(jsonform.Rules{})
	for range 500 {
		value := random(r, 2)
		for _, item := range []any{value, &value, []any{&value, value.Map, nil}, value.Map, value.Text, struct{ Page *shape }{&value}} {
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(item); err != nil {
				t.Fatal(err)
			}
			got, err := form.Append(nil, item)
			if err != nil || string(got)+"\n" != want.String() {
				t.Fatalf("%s (%v)\nwant %s", got, err, &want)
			}
		}
	}
	for _, item := range []any{nil, 1, "a", []int(nil), map[string]int{}, func() {}, struct{ C chan int }{}, (*shape)(nil)} {
		want, wrong := json.Marshal(item)
		if got, err := form.Append(nil, item); string(got) != string(want) || (err == nil) != (wrong == nil) {
			t.Errorf("%T: %s (%v), want %s (%v)", item, got, err, want, wrong)
		}
	}
}

func TestDigestOfAValueIsThatOfItsJSON(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		value := random(r, 2)
		for _, item := range []any{value, &value} {
			document, err := json.Marshal(item)
			if err != nil {
				t.Fatal(err)
			}
			want, err := canonical.DigestJSON(document)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := canonical.Digest(item); err != nil || got != want {
				form, _ := canonical.Form(document)
				t.Fatalf("%s (%v), want %s of %s", got, err, want, form)
			}
		}
	}
}

// named is a link as items show it, and story what they are like.
type named struct {
	ID    uuid.UUID `json:"id"`
	Type  string    `json:"type"`
	Slug  string    `json:"slug"`
	Title string    `json:"title"`
	Href  string    `json:"href"`
}

type story struct {
	named
	Summary string    `json:"summary"`
	At      time.Time `json:"at"`
	Note    string    `json:"note,omitempty"`
	Links   []named   `json:"links"`
}

// BenchmarkAppend writes twenty items of a list, beside encoding/json.
func BenchmarkAppend(b *testing.B) {
	link := named{uuid.New(), "principle", "considerate-timely-communications", "Considerate, quality, and timely communications",
		"https://api.example.nhs.uk/v1/principles/considerate-timely-communications"}
	item := story{named: link, Summary: strings.Repeat("What was tried. ", 6), At: time.Unix(1e9, 0).UTC(), Links: []named{link, link, link, link, link, link, link}}
	var items []any
	for range 20 {
		items = append(items, &item)
	}
	form := jsonform.New(jsonform.Rules{})
	b.Run("jsonform", func(b *testing.B) {
		b.ReportAllocs()
		var room []byte
		for b.Loop() {
			room, _ = form.Append(room[:0], items)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(items)
		}
	})
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
