package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"github.com/cpics/working-together-api/internal/errs"
)

const (
	maxParameters = 100 // of one request
	maxValues     = 50  // of one repeatable parameter
	maxValueRunes = 200 // of one value of a filter
)

// Params reads the query of one request strictly. Each method declares a parameter and gives its value; what is
// wrong is gathered, and Done tells all of it at once. A method that finds a fault gives the default or nothing,
// so values are to be used only after Done has returned nil.
type Params struct {
	values  map[string][]string
	names   []string     // as sent and readable, each once, in order
	known   []string     // declared, in order
	garbled []errs.Fault // of what is not readable, by name where at least that is
	faults  []errs.Fault
	lenient bool
}

// Query parses the query of the request.
func Query(c echo.Context) *Params {
	p := &Params{values: map[string][]string{}}
	pairs := strings.Split(c.Request().URL.RawQuery, "&")
	if len(pairs) > maxParameters {
		p.Fault("query", errs.Length, "Give at most %d parameters.", maxParameters)
		p.lenient = true // none was read, so nothing can be said of single ones
		return p
	}
	for _, pair := range pairs {
		if pair != "" {
			p.add(pair)
		}
	}
	return p
}

// NoQuery fails for a request with any parameter.
func NoQuery(c echo.Context) error { return Query(c).Done() }

// NoIdempotencyKey refuses an Idempotency-Key where the answer is not kept; why says so in a clause.
func NoIdempotencyKey(c echo.Context, why string) error {
	if c.Request().Header.Get("Idempotency-Key") == "" {
		return nil
	}
	return errs.Invalid(errs.InvalidQuery, errs.In("Idempotency-Key", errs.Unknown,
		"Leave the key out: %s, so the answer cannot be given again.", why))
}

// add takes one name=value as it was sent.
func (p *Params) add(pair string) {
	rawName, rawValue, _ := strings.Cut(pair, "=")
	name, err := url.QueryUnescape(rawName)
	if err != nil || !printable(name) {
		p.garble("query", "A parameter's name is not valid UTF-8 text, percent-encoded where needed.")
		return
	}
	value, err := url.QueryUnescape(rawValue)
	if err != nil || !printable(value) {
		p.garble(name, "The value is not valid UTF-8 text, percent-encoded where needed, without control characters.")
		return
	}
	if !slices.Contains(p.names, name) {
		p.names = append(p.names, name)
	}
	p.values[name] = append(p.values[name], value)
}

// garble notes that a parameter is not readable. Whether that matters is known when all have been declared.
func (p *Params) garble(name, detail string) {
	p.garbled = append(p.garbled, errs.In(name, errs.Format, "%s", detail))
}

// printable reports whether s is text: valid UTF-8 without control characters, which no parameter needs and
// Postgres partly cannot store.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func (p *Params) fault(f errs.Fault) { p.faults = append(p.faults, f) }

// Fault adds what the caller found wrong with a parameter.
func (p *Params) Fault(name string, code errs.Code, format string, args ...any) {
	p.fault(errs.In(name, code, format, args...))
}

// Has reports whether the parameter was sent. It declares it.
func (p *Params) Has(name string) bool { return len(p.declare(name)) > 0 }

// IgnoreUnknown lets parameters pass that nothing declared, readable or not: for addresses that people share, to which
// others append theirs.
func (p *Params) IgnoreUnknown() { p.lenient = true }

// declare notes that the parameter exists and gives its values.
func (p *Params) declare(name string) []string {
	if !slices.Contains(p.known, name) {
		p.known = append(p.known, name)
	}
	return p.values[name]
}

// single gives the value of a parameter that may be sent once.
func (p *Params) single(name string) (value string, given bool) {
	values := p.declare(name)
	if len(values) > 1 {
		p.Fault(name, errs.Repeated, "Give %s once.", name)
		return "", false
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// Int is a whole number from low to high, or def when not sent.
func (p *Params) Int(name string, def, low, high int) int {
	value, given := p.single(name)
	if !given {
		return def
	}
	n, err := strconv.Atoi(value)
	switch {
	case !isNumber(value):
		p.Fault(name, errs.Format, "Give %s as a whole number from %d to %d.", name, low, high)
	case err != nil || n < low || n > high:
		p.Fault(name, errs.Range, "Give %s from %d to %d.", name, low, high)
	default:
		return n
	}
	return def
}

// isNumber says whether s is a whole number in the one form that it has, as in JSON: no +, and no 0 before other digits.
// It may be too large for any type.
func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == "" && (digits[0] != '0' || s == "0")
}

// Bool is true or false as sent; given tells whether it was sent.
func (p *Params) Bool(name string) (value, given bool) {
	s, given := p.single(name)
	if given && s != "true" && s != "false" {
		p.Fault(name, errs.Range, "Give %s as true or false.", name)
		return false, false
	}
	return s == "true", given
}

// OneOf is one of the allowed values, or def when not sent.
func (p *Params) OneOf(name, def string, allowed ...string) string {
	value, given := p.single(name)
	switch {
	case !given:
		return def
	case !slices.Contains(allowed, value):
		p.Fault(name, errs.Range, "Give %s as one of %s.", name, strings.Join(allowed, ", "))
		return def
	}
	return value
}

// RequiredOf is OneOf for a parameter that must be sent.
func (p *Params) RequiredOf(name string, allowed ...string) string {
	if !p.Has(name) && !p.unreadable(name) {
		p.Fault(name, errs.Required, "Give %s as one of %s.", name, strings.Join(allowed, ", "))
	}
	return p.OneOf(name, "", allowed...)
}

// String is text of 1 to maxRunes characters, or "" when not sent.
func (p *Params) String(name string, maxRunes int) string {
	value, given := p.single(name)
	if given && (value == "" || utf8.RuneCountInString(value) > maxRunes) {
		p.Fault(name, errs.Length, "Give %s with 1 to %d characters, or leave it out.", name, maxRunes)
		return ""
	}
	return value
}

// Required is text of 1 to maxRunes characters of a parameter that must be sent.
func (p *Params) Required(name string, maxRunes int) string {
	value, given := p.single(name)
	switch {
	case p.unreadable(name):
	case !given && len(p.values[name]) == 0:
		p.Fault(name, errs.Required, "Give %s, with 1 to %d characters.", name, maxRunes)
	case given && (value == "" || utf8.RuneCountInString(value) > maxRunes):
		p.Fault(name, errs.Length, "Give %s with 1 to %d characters.", name, maxRunes)
	default:
		return value
	}
	return ""
}

// unreadable reports whether the parameter was sent with what is no text.
func (p *Params) unreadable(name string) bool {
	return slices.ContainsFunc(p.garbled, func(f errs.Fault) bool { return f.Parameter == name })
}

// Time is an RFC 3339 time, in UTC, or a date, which stands for its first moment in UTC; nil when not sent.
func (p *Params) Time(name string) *time.Time {
	value, given := p.single(name)
	if !given {
		return nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		t, err := time.Parse(layout, value)
		if t = t.UTC(); err == nil && writable(t) {
			return &t
		}
	}
	p.Fault(name, errs.Format, "Give %s as a date such as 2026-11-23 or a time such as 2026-11-23T09:30:00Z; write a + in an offset as %%2B.", name)
	return nil
}

// All are the values of a parameter that may be repeated, each once, in the order sent.
func (p *Params) All(name string) []string {
	sent := p.declare(name)
	var values []string
	for _, value := range sent {
		if value == "" || utf8.RuneCountInString(value) > maxValueRunes {
			p.Fault(name, errs.Length, "Give each %s with 1 to %d characters, or leave it out.", name, maxValueRunes)
			return nil
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	if len(sent) > maxValues {
		p.Fault(name, errs.Length, "Give %s at most %d times.", name, maxValues)
		return nil
	}
	return values
}

// Languages is All for language tags that are well-formed by BCP 47 (RFC 5646 §2.2.9). They come back in their usual
// spelling: cy for CY, en-GB for en-gb. Whether their parts are registered, which makes them valid, is not looked at.
func (p *Params) Languages(name string) []string {
	values := p.All(name)
	for i, value := range values {
		tag, err := language.Parse(value)
		var unregistered language.ValueError
		switch {
		case err == nil:
			values[i] = tag.String()
		case !errors.As(err, &unregistered):
			p.Fault(name, errs.Format, "Give each %s as a BCP 47 language tag, such as en-GB or cy.", name)
			return nil
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// OneOfAll is All for values from a list.
func (p *Params) OneOfAll(name string, allowed ...string) []string {
	values := p.All(name)
	if slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(allowed, v) }) {
		p.Fault(name, errs.Range, "Give each %s as one of %s.", name, strings.Join(allowed, ", "))
		return nil
	}
	return values
}

// Names are comma-separated names from a list, each once; nil when not sent.
func (p *Params) Names(name string, allowed ...string) []string {
	value, given := p.single(name)
	if !given {
		return nil
	}
	names := strings.Split(value, ",")
	for i, n := range names {
		if !slices.Contains(allowed, n) {
			p.Fault(name, errs.Range, "Give %s as names separated by commas, each one of %s.", name, strings.Join(allowed, ", "))
			return nil
		}
		if slices.Contains(names[:i], n) {
			p.Fault(name, errs.Repeated, "Name %s only once in %s.", n, name)
			return nil
		}
	}
	return names
}

// Done is nil, or errs.InvalidQuery (400) with everything that is wrong, parameters that were never declared
// included.
func (p *Params) Done() error {
	var faults []errs.Fault
	for _, f := range p.garbled {
		if !p.lenient || slices.Contains(p.known, f.Parameter) {
			f.Parameter = shorten(f.Parameter)
			faults = append(faults, f)
		}
	}
	for _, name := range p.names {
		if !p.lenient && !slices.Contains(p.known, name) {
			p.Fault(shorten(name), errs.Unknown, "There is no such parameter here. %s", p.choices())
		}
	}
	return errs.Invalid(errs.InvalidQuery, append(faults, p.faults...)...)
}

// choices says which parameters exist.
func (p *Params) choices() string {
	if len(p.known) == 0 {
		return "This address takes none."
	}
	return "There are: " + strings.Join(p.known, ", ") + "."
}

// shorten keeps a name that the client chose from filling the answer.
func shorten(name string) string {
	const most = 100
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}
