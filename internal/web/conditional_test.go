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

func TestEntityTagComparison(t *testing.T) {
	// The first four rows of tags are the table of RFC 9110 §8.8.3.2.
	for _, test := range []struct {
		header, current string
		strong, weak    bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
		{`*`, `"1"`, true, true},
		{` * `, `"1"`, true, true},
		{`"0", "1"`, `"1"`, true, true},
		{`"0",W/"1"`, `"1"`, false, true},
		{`, ,"1",,`, `"1"`, true, true},
		{`"a,b"`, `"a,b"`, true, true},
		{`"a,b"`, `"a"`, false, false},
		{`""`, `""`, true, true},
		{`"é"`, `"é"`, true, true},
		{`"1`, `"1"`, false, false},
		{`1`, `1`, false, false},
		{`w/"1"`, `"1"`, false, false},
		{`"1" "2"`, `"1"`, false, false},
		{`"1", *`, `"1"`, false, false},
		{`"a b"`, `"a b"`, false, false},
		{``, `"1"`, false, false},
	} {
		if got := web.IfMatch(test.header, test.current); got != test.strong {
			t.Errorf("If-Match %s of %s: %v", test.header, test.current, got)
		}
		if got := web.IfNoneMatch(test.header, test.current); got == test.weak {
			t.Errorf("If-None-Match %s of %s: %v", test.header, test.current, got)
		}
	}
}

// TestReadPreconditions is the truth table of RFC 9110 §13.2.2 for GET and HEAD: each header absent, holding, not
// holding or malformed.
func TestReadPreconditions(t *testing.T) {
	const tag = `"now"`
	modified := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	before, at := modified.Add(-time.Second).Format(time.RFC1123), modified.Format("Mon, 02 Jan 2006 15:04:05 GMT")
	before = strings.Replace(before, "UTC", "GMT", 1)
	type row struct{ match, unmodified, none, since string }
	expect := func(r row, wantNotModified, wantStale bool) {
		t.Helper()
		for _, method := range []string{"GET", "HEAD"} {
			req := httptest.NewRequest(method, "/", nil)
			for name, value := range map[string]string{"If-Match": r.match, "If-Unmodified-Since": r.unmodified, "If-None-Match": r.none, "If-Modified-Since": r.since, "Cache-Control": "no-cache"} {
				if value != "" {
					req.Header.Set(name, value)
				}
			}
			notModified, err := web.Preconditions(req, tag, modified)
			if notModified != wantNotModified || (errs.KindOf(err) == errs.Stale) != wantStale {
				t.Errorf("%s %+v: notModified %v, %v", method, r, notModified, err)
			}
		}
	}
	for _, none := range []struct {
		value       string
		given, same bool
	}{{"", false, false}, {`W/"now"`, true, true}, {`"other"`, true, false}, {"*", true, true}, {"junk", true, false}} {
		for _, since := range []struct {
			value string
			same  bool
		}{{"", false}, {at, true}, {before, false}, {"junk", false}} {
			same := none.same || !none.given && since.same
			for _, first := range []struct {
				match, unmodified string
				holds             bool
			}{{"", "", true}, {tag, "", true}, {`"other"`, "", false}, {"*", "", true}, {`W/"now"`, "", false}, {"junk", "", false},
				{"", at, true}, {"", before, false}, {"", "junk", true}, {tag, before, true}, {`"other"`, at, false}} {
				expect(row{first.match, first.unmodified, none.value, since.value}, first.holds && same, !first.holds)
			}
		}
	}
}

func TestReadPreconditionsWithoutADate(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-Modified-Since", "Mon, 23 Nov 2026 09:30:00 GMT")
	r.Header.Set("If-Unmodified-Since", "Mon, 23 Nov 1990 09:30:00 GMT")
	if notModified, err := web.Preconditions(r, `"now"`, time.Time{}); notModified || err != nil {
		t.Errorf("%v, %v", notModified, err)
	}
	r = httptest.NewRequest("POST", "/", nil)
	r.Header.Set("If-None-Match", "*")
	if web.NotModified(r, `"now"`, time.Time{}) {
		t.Error("304 is for GET and HEAD")
	}
	r = httptest.NewRequest("GET", "/", nil)
	r.Header.Add("If-None-Match", `"a"`)
	r.Header.Add("If-None-Match", `"now"`)
	if !web.NotModified(r, `"now"`, time.Time{}) {
		t.Error("the header's lines are one list")
	}
}

func TestWritePreconditions(t *testing.T) {
	const ok = errs.Kind("")
	for _, test := range []struct {
		match, none string
		malformed   bool
		required    errs.Kind // Required
		current     errs.Kind // CheckVersion(3)
		put, other  errs.Kind // OnMissing
		create      bool
	}{
		{"", "", false, errs.PreconditionRequired, ok, errs.PreconditionRequired, errs.NotFound, false},
		{`"v3"`, "", false, ok, ok, errs.Stale, errs.NotFound, false},
		{`"v2", "v3"`, "", false, ok, ok, errs.Stale, errs.NotFound, false},
		{`*`, "", false, ok, ok, errs.Stale, errs.NotFound, false},
		{`"v2"`, "", false, ok, errs.Stale, errs.Stale, errs.NotFound, false},
		{`W/"v3"`, "", false, ok, errs.Stale, errs.Stale, errs.NotFound, false},
		{`"Zf3v"`, "", false, ok, errs.Stale, errs.Stale, errs.NotFound, false},
		{"", "*", false, ok, errs.Stale, ok, errs.NotFound, true},
		{"", `"v3"`, false, errs.PreconditionRequired, errs.Stale, errs.PreconditionRequired, errs.NotFound, false},
		{"", `"v2"`, false, errs.PreconditionRequired, ok, errs.PreconditionRequired, errs.NotFound, false},
		{`"v3"`, "*", false, ok, errs.Stale, errs.Stale, errs.NotFound, true},
		{`"v3"`, `W/"v3"`, false, ok, errs.Stale, errs.Stale, errs.NotFound, false},
		{"v3", "", true, ok, ok, ok, ok, false},
		{"", `"v3`, true, ok, ok, ok, ok, false},
	} {
		r := httptest.NewRequest("PUT", "/", nil)
		if test.match != "" {
			r.Header.Set("If-Match", test.match)
		}
		if test.none != "" {
			r.Header.Set("If-None-Match", test.none)
		}
		p, err := web.WritePrecondition(echo.New().NewContext(r, nil))
		if test.malformed != (errs.KindOf(err) == errs.InvalidQuery) {
			t.Errorf("%+v: %v", test, err)
		}
		if test.malformed {
			continue
		}
		for name, pair := range map[string][2]errs.Kind{
			"Required":         {errs.KindOf(p.Required()), test.required},
			"CheckVersion":     {errs.KindOf(p.CheckVersion(3)), test.current},
			"OnMissing PUT":    {errs.KindOf(p.OnMissing("PUT")), test.put},
			"OnMissing PATCH":  {errs.KindOf(p.OnMissing("PATCH")), test.other},
			"OnMissing DELETE": {errs.KindOf(p.OnMissing("DELETE")), test.other},
			"OnMissing POST":   {errs.KindOf(p.OnMissing("POST")), test.other},
		} {
			if pair[0] != pair[1] {
				t.Errorf("If-Match %s, If-None-Match %s: %s %q, want %q", test.match, test.none, name, pair[0], pair[1])
			}
		}
		if p.CreateOnly() != test.create {
			t.Errorf("%+v: CreateOnly %v", test, p.CreateOnly())
		}
	}
}

func TestBothMalformedPreconditionsAreNamed(t *testing.T) {
	r := httptest.NewRequest("PUT", "/", nil)
	r.Header.Set("If-Match", "")
	r.Header.Set("If-None-Match", "x")
	_, err := web.WritePrecondition(echo.New().NewContext(r, nil))
	equal(t, faults(t, err, errs.InvalidQuery), []string{"If-Match format", "If-None-Match format"})
}
