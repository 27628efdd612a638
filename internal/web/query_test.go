package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

func query(raw string) *web.Params {
	r := httptest.NewRequest("GET", "/v1/things", nil)
	r.URL.RawQuery = raw
	return web.Query(echo.New().NewContext(r, httptest.NewRecorder()))
}

// declareAll asks for one parameter of each sort.
func declareAll(q *web.Params) {
	q.Int("limit", 20, 1, 100)
	q.OneOf("sort", "-at", "at", "-at")
	q.All("principle")
	q.OneOfAll("assetType", "poster", "leaflet")
	q.Bool("featured")
	q.Time("after")
	q.Names("fields", "id", "title", "slug")
	q.String("cursor", 5)
}

func TestQueryFaults(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                      "",
		"&&limit=1&":                            "",
		"limit=0":                               "limit range",
		"limit=101":                             "limit range",
		"limit=99999999999999999999":            "limit range",
		"limit=":                                "limit format",
		"limit=1.5":                             "limit format",
		"limit=ten":                             "limit format",
		"limit=1&limit=1":                       "limit repeated",
		"sort=title":                            "sort range",
		"sort=":                                 "sort range",
		"principle=":                            "principle length",
		"principle=" + strings.Repeat("é", 200): "",
		"principle=" + strings.Repeat("é", 201): "principle length",
		strings.Repeat("principle=a&", 50):      "",
		strings.Repeat("principle=a&", 51):      "principle length",
		strings.Repeat("principle=a&", 101):     "query length",
		"assetType=poster&assetType=film":       "assetType range",
		"featured=yes":                          "featured range",
		"featured=":                             "featured range",
		"after=yesterday":                       "after format",
		"after=2026-02-30":                      "after format",
		"after=2026-01-01T00:00:00+01:00":       "after format",
		"fields=id,,title":                      "fields range",
		"fields=":                               "fields range",
		"fields=secret":                         "fields range",
		"fields=id,id":                          "fields repeated",
		"cursor=":                               "cursor length",
		"cursor=123456":                         "cursor length",
		"cursor=%zz":                            "cursor format",
		"cursor=%ff":                            "cursor format",
		"cursor=a%00":                           "cursor format",
		"%zz=a":                                 "query format",
		"Limit=1":                               "Limit unknown",
		"limit=0&nope&sort=x":                   "limit range|nope unknown|sort range",
		"a;b=1":                                 "a;b unknown",
	} {
		q := query(raw)
		declareAll(q)
		err := q.Done()
		kind := errs.InvalidQuery
		if want == "" {
			kind = ""
		}
		if got := strings.Join(faults(t, err, kind), "|"); got != want {
			t.Errorf("%.60s: %q, want %q", raw, got, want)
		}
	}
}

func TestQueryValues(t *testing.T) {
	q := query("limit=7&sort=at&principle=b&principle=a&principle=b&assetType=poster&featured=true&after=2026-11-23T10:30:00%2B01:00&fields=title,id&cursor=a+b")
	if got := q.Int("limit", 20, 1, 100); got != 7 {
		t.Errorf("limit %d", got)
	}
	if got := q.OneOf("sort", "-at", "at"); got != "at" {
		t.Errorf("sort %q", got)
	}
	equal(t, q.All("principle"), []string{"b", "a"})
	equal(t, q.OneOfAll("assetType", "poster"), []string{"poster"})
	if value, given := q.Bool("featured"); !value || !given {
		t.Error("featured")
	}
	if got := q.Time("after"); !got.Equal(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)) || got.Location() != time.UTC {
		t.Errorf("after %v", got)
	}
	equal(t, q.Names("fields", "id", "title"), []string{"title", "id"})
	if got := q.String("cursor", 5); got != "a b" || !q.Has("cursor") {
		t.Errorf("cursor %q", got)
	}
	if err := q.Done(); err != nil {
		t.Error(err)
	}
}

func TestQueryDefaults(t *testing.T) {
	q := query("featured=false&day=2026-11-23")
	if q.Int("limit", 20, 1, 100) != 20 || q.OneOf("sort", "-at", "at") != "-at" || q.All("principle") != nil ||
		q.OneOfAll("assetType", "x") != nil || q.Time("after") != nil || q.Names("fields", "id") != nil || q.String("cursor", 5) != "" || q.Has("nope") {
		t.Error("a parameter that was not sent has a value")
	}
	if value, given := q.Bool("featured"); value || !given {
		t.Error("false is a value, too")
	}
	if _, given := q.Bool("absent"); given {
		t.Error("absent was given")
	}
	if got := q.Time("day"); !got.Equal(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("day %v", got)
	}
	if err := q.Done(); err != nil {
		t.Error(err)
	}
}

func TestUnknownParameters(t *testing.T) {
	q := query("lmit=1")
	q.Int("limit", 20, 1, 100)
	q.Fault("limit", errs.NoSuch, "The caller's own.")
	err := q.Done()
	equal(t, faults(t, err, errs.InvalidQuery), []string{"limit no-such", "lmit unknown"})
	if detail := err.(*errs.Error).Faults[1].Detail; !strings.Contains(detail, "limit") {
		t.Errorf("%q does not name the parameters that exist", detail)
	}
	lenient := query("utm_source=x&fbclid=%E9&%zz&%01=1&limit=%E9")
	lenient.Int("limit", 20, 1, 100)
	lenient.IgnoreUnknown()
	equal(t, faults(t, lenient.Done(), errs.InvalidQuery), []string{"limit format"})
}

func TestNoQuery(t *testing.T) {
	r := httptest.NewRequest("GET", "/?x=1", nil)
	if err := web.NoQuery(echo.New().NewContext(r, nil)); errs.KindOf(err) != errs.InvalidQuery {
		t.Errorf("%v", err)
	}
}
