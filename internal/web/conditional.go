package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
)

// entityTag is one entity tag of RFC 9110 §8.8.3.
type entityTag struct {
	weak   bool
	opaque string // without quotes
}

// tagList is the value of If-Match or If-None-Match. The zero value is that of an absent header.
type tagList struct {
	any  bool // "*"
	tags []entityTag
}

func (l tagList) given() bool { return l.any || len(l.tags) > 0 }

// strong reports whether the list names current by strong comparison: both strong and the same.
func (l tagList) strong(current entityTag) bool {
	return l.any || !current.weak && slices.Contains(l.tags, current)
}

// weakly reports whether the list names current by weak comparison: the same but for weakness.
func (l tagList) weakly(current entityTag) bool {
	return l.any || slices.ContainsFunc(l.tags, func(t entityTag) bool { return t.opaque == current.opaque })
}

// parseTags reads the lines of If-Match or If-None-Match: "*" or a list of entity tags, in which commas may stand
// inside quotes and elements may be empty (RFC 9110 §5.6.1.2).
func parseTags(lines []string) (list tagList, ok bool) {
	rest := strings.Join(lines, ",")
	if strings.Trim(rest, " \t") == "*" {
		return tagList{any: true}, true
	}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return list, list.given() || len(lines) == 0
		}
		tag, after, ok := cutTag(rest)
		if !ok {
			return tagList{}, false
		}
		list.tags = append(list.tags, tag)
		rest = after
	}
}

// cutTag reads the entity tag at the start of s, which a comma or the end must follow.
func cutTag(s string) (tag entityTag, after string, ok bool) {
	s, tag.weak = strings.CutPrefix(s, "W/")
	if !strings.HasPrefix(s, `"`) {
		return tag, "", false
	}
	tag.opaque, after, ok = strings.Cut(s[1:], `"`)
	if !ok || strings.ContainsFunc(tag.opaque, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return tag, "", false
	}
	after = strings.TrimLeft(after, " \t")
	return tag, after, after == "" || after[0] == ','
}

// IfMatch reports whether the header's value names current, by strong comparison (RFC 9110 §13.1.1). It is false
// for a malformed value.
func IfMatch(header, current string) bool {
	list, ok := parseTags([]string{header})
	tag, _, valid := cutTag(current)
	return ok && valid && list.strong(tag)
}

// IfNoneMatch reports whether the header's condition holds: none of its tags names current, by weak comparison
// (RFC 9110 §13.1.2). A malformed value names nothing, so the condition holds and the whole answer is sent.
func IfNoneMatch(header, current string) bool {
	list, ok := parseTags([]string{header})
	tag, _, valid := cutTag(current)
	return !ok || !valid || !list.weakly(tag)
}

// Preconditions evaluates those of a GET or HEAD in the order of RFC 9110 §13.2.2 against the representation that
// would be sent. It fails with errs.Stale (412) when If-Match or If-Unmodified-Since does not hold, and reports
// notModified (304) when the client has the representation already. lastModified may be zero: then there is no
// date to compare with.
func Preconditions(r *http.Request, etag string, lastModified time.Time) (notModified bool, err error) {
	if lines := r.Header["If-Match"]; len(lines) > 0 {
		if !IfMatch(strings.Join(lines, ","), etag) {
			return false, errs.New(errs.Stale, "What is here now is not what If-Match names. Read it again without that header.")
		}
	} else if since, ok := httpDate(r, "If-Unmodified-Since"); ok && !lastModified.IsZero() {
		if lastModified.Truncate(time.Second).After(since) {
			return false, errs.New(errs.Stale, "This has changed since the time that If-Unmodified-Since names.")
		}
	}
	return NotModified(r, etag, lastModified), nil
}

// NotModified reports whether a GET or HEAD is to be answered 304: If-None-Match names the representation, or,
// only without that header, it has not changed since If-Modified-Since. The request's own Cache-Control plays no
// part: it speaks to caches.
func NotModified(r *http.Request, etag string, lastModified time.Time) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if lines := r.Header["If-None-Match"]; len(lines) > 0 {
		return !IfNoneMatch(strings.Join(lines, ","), etag)
	}
	since, ok := httpDate(r, "If-Modified-Since")
	return ok && !lastModified.IsZero() && !lastModified.Truncate(time.Second).After(since)
}

// httpDate reads a date header. One that is malformed or given twice is ignored, as RFC 9110 §13.1.3 demands.
func httpDate(r *http.Request, name string) (time.Time, bool) {
	lines := r.Header[name]
	if len(lines) != 1 {
		return time.Time{}, false
	}
	t, err := http.ParseTime(lines[0])
	return t, err == nil
}

// Precondition is what a write demands of the entry it changes, by If-Match and If-None-Match.
type Precondition struct {
	ifMatch     tagList
	ifNoneMatch tagList
}

// WritePrecondition reads the preconditions of a write. A malformed header is errs.InvalidQuery (400).
func WritePrecondition(c echo.Context) (Precondition, error) {
	h := c.Request().Header
	var p Precondition
	var faults []errs.Fault
	read := func(name string) tagList {
		list, ok := parseTags(h.Values(name))
		if !ok {
			faults = append(faults, errs.In(name, errs.Format, `Give %s as "*" or as entity tags in double quotes, such as "v3".`, name))
		}
		return list
	}
	p.ifMatch, p.ifNoneMatch = read("If-Match"), read("If-None-Match")
	return p, errs.Invalid(errs.InvalidQuery, faults...)
}

// Required fails with errs.PreconditionRequired (428) for a request that says neither which version it changes nor
// that there must be none yet.
func (p Precondition) Required() error {
	if p.ifMatch.given() || p.CreateOnly() {
		return nil
	}
	return errs.New(errs.PreconditionRequired, `Send If-Match with the ETag of the draft view, such as "v3", so that nobody's work is overwritten.`)
}

// CheckVersion fails with errs.Stale (412) unless the preconditions hold for an entry that exists in the version:
// If-Match, where given, names it by strong comparison, and If-None-Match does not name it.
func (p Precondition) CheckVersion(version int) error {
	current, _, _ := cutTag(VersionTag(version))
	switch {
	case p.ifMatch.given() && !p.ifMatch.strong(current):
		return errs.New(errs.Stale, "This is now version %d, and the request expects another. Read the draft view again, then repeat the change on it.", version)
	case p.CreateOnly():
		return errs.New(errs.Stale, "This id is in use, and If-None-Match: * asks for one that is not. To replace what is there, send If-Match.")
	case p.ifNoneMatch.given() && p.ifNoneMatch.weakly(current):
		return errs.New(errs.Stale, "This is version %d, which If-None-Match excludes.", version)
	}
	return nil
}

// CreateOnly reports whether the write must make something new (If-None-Match: *).
func (p Precondition) CreateOnly() bool { return p.ifNoneMatch.any }

// OnMissing is the answer to a write on an entry that does not exist: errs.NotFound (404) for PATCH, DELETE and
// POST. A PUT that may create is let through with nil; one with If-Match is errs.Stale (412); one that says
// neither is errs.PreconditionRequired (428).
func (p Precondition) OnMissing(method string) error {
	switch {
	case method != http.MethodPut:
		return errs.New(errs.NotFound, "Nothing is here that could be changed. Check the address.")
	case p.ifMatch.given():
		return errs.New(errs.Stale, "Nothing is here, and If-Match asks for something. To create it, send If-None-Match: * instead.")
	}
	return p.Required()
}
