package web

import (
	"errors"
	"net/url"
	"path"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/google/uuid"
	"golang.org/x/text/language"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/visible"
)

// maxURL is how many bytes an address may have; longer ones do not work everywhere.
const maxURL = 2000

// rule is a form that text can have, by a validate tag.
type rule struct {
	valid  func(string) bool
	advice string // a sentence for whoever broke it
}

// rules are the tags that this package adds to those of the validator.
var rules = map[string]rule{
	"multiline":   {func(string) bool { return true }, ""}, // read by DecodeJSON: line breaks may stand here
	"visible":     {visible.Text, "Write something that can be seen, not spaces only."},
	"unblank":     {unblank, "Write something that can be seen, not spaces only, or leave it out."},
	"slug":        {validSlug, "Use lower-case letters and digits with single hyphens between them, at most 100 characters, neither a UUID nor the word order."},
	"https":       {ValidHTTPS, "Give an absolute https address, such as https://www.example.nhs.uk/page."},
	"language":    {validLanguage, "Give a BCP 47 language tag in its usual spelling, such as en-GB or cy."},
	"date":        {validDate, "Give a date such as 2026-11-23."},
	"partialdate": {validPartialDate, "Give a year, a month or a date: 2026, 2026-11 or 2026-11-23."},
	"odscode":     {validODSCode, "Give an ODS code: 3 to 10 capital letters and digits, such as RGT."},
	"focalpoint":  {validFocalPoint, "Give two numbers from 0 to 1 with a comma between them, such as 0.5,0.33: from the left and from the top."},
	"uuid":        {isUUID, "Give a UUID, such as 0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77."},
}

// embedded stands in the validator's names for a struct that lends its members, and is taken out of pointers.
const embedded = "~"

var validate = newValidator()

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		if name := jsonName(f); name != "" {
			return name
		}
		return embedded
	})
	for tag, r := range rules {
		register(v, tag, r)
	}
	return v
}

func register(v *validator.Validate, tag string, r rule) {
	check := func(fl validator.FieldLevel) bool { return r.valid(fl.Field().String()) }
	if err := v.RegisterValidation(tag, check); err != nil {
		panic("web: " + err.Error()) // a tag that no struct could use: a mistake in the program's own text
	}
}

// RegisterRule adds a validate tag for text. The advice is a sentence that tells how to put it right. It is for
// package initialisation only: it is not safe while requests are served.
func RegisterRule(tag string, valid func(string) bool, advice string) {
	rules[tag] = rule{valid: valid, advice: advice}
	register(validate, tag, rules[tag])
}

// validationFaults runs the validator over what dst points to.
func validationFaults(dst any) []errs.Fault {
	value := reflect.ValueOf(dst).Elem()
	var err error
	switch value.Kind() {
	case reflect.Struct:
		err = validate.Struct(dst)
	case reflect.Slice:
		err = validate.Var(value.Interface(), "dive")
	}
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) {
		return nil
	}
	faults := make([]errs.Fault, len(broken))
	for i, b := range broken {
		code, advice := explain(b)
		faults[i] = errs.At(pointerOf(value.Type(), b.Namespace()), code, "%s", advice)
	}
	return faults
}

// pointerOf makes a JSON pointer of the validator's name for a place, such as Input.files[2].label.
func pointerOf(root reflect.Type, namespace string) string {
	rest := strings.TrimPrefix(namespace, root.Name()+".")
	var pointer strings.Builder
	for rest != "" {
		var name string
		if strings.HasPrefix(rest, "[") { // an index, or a map's name, which may hold dots
			name, rest, _ = strings.Cut(rest[1:], "]")
		} else {
			end := strings.IndexAny(rest+".", ".[")
			name, rest = rest[:end], rest[end:]
		}
		if name != embedded {
			pointer.WriteString("/" + escapePointer(name))
		}
		rest = strings.TrimPrefix(rest, ".")
	}
	return pointer.String()
}

// explain gives a broken rule's code and what to do about it.
func explain(b validator.FieldError) (errs.Code, string) {
	if r, ours := rules[b.Tag()]; ours {
		return errs.Format, r.advice
	}
	switch tag := b.Tag(); {
	case strings.HasPrefix(tag, "required"):
		return errs.Required, "Give a value here; it must not be empty."
	case tag == "max" || tag == "lte":
		return explainSize(b, "at most")
	case tag == "min" || tag == "gte":
		return explainSize(b, "at least")
	case tag == "len":
		return explainSize(b, "exactly")
	case tag == "oneof":
		return errs.Range, "Use one of: " + strings.Join(strings.Fields(b.Param()), ", ") + "."
	case tag == "unique":
		return errs.Repeated, "Name each item only once."
	case strings.HasPrefix(tag, "excluded"):
		return errs.Range, "Leave this out in combination with the other members."
	default:
		return errs.Format, "This is not in the form that is described for this member."
	}
}

// explainSize counts characters in text, items in lists, and the value itself of numbers.
func explainSize(b validator.FieldError, bound string) (errs.Code, string) {
	size := bound + " " + b.Param()
	switch b.Kind() {
	case reflect.String:
		return errs.Length, "Use " + size + " characters."
	case reflect.Slice, reflect.Map:
		return errs.Length, "Give " + size + " items."
	default:
		return errs.Range, "Give a number of " + size + "."
	}
}

var (
	slugForm    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	odsCodeForm = regexp.MustCompile(`^[A-Z0-9]{3,10}$`)
)

// validSlug keeps slugs apart from ids and from the address that orders a collection.
func validSlug(s string) bool {
	return len(s) <= 100 && slugForm.MatchString(s) && !isUUID(s) && s != "order"
}

// unblank takes text that can be seen, and none at all.
func unblank(s string) bool { return s == "" || visible.Text(s) }

func validODSCode(s string) bool { return odsCodeForm.MatchString(s) }

// ValidHTTPS reports whether s is an absolute https address of at most 2,000 bytes, without a user in it: the rule
// behind the tag https, for values that may be something else, too.
func ValidHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxURL && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && asciiOnly(s)
}

// asciiOnly reports whether s has nothing but the characters that addresses are written in (RFC 3986, section 2).
func asciiOnly(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// ValidPath reports whether s is a path below prefix, written as it is requested: no dot segments, no empty ones.
func ValidPath(s, prefix string) bool {
	u, err := url.ParseRequestURI(s)
	return err == nil && len(s) <= maxURL && asciiOnly(s) && strings.HasPrefix(s, prefix) && path.Clean(u.Path) == u.Path
}

// validLanguage takes a tag in its canonical spelling only, so that the same language is always the same string.
func validLanguage(s string) bool {
	tag, err := language.Parse(s)
	return err == nil && tag != language.Und && tag.String() == s
}

func validDate(s string) bool { return dated(time.DateOnly, s) }

// dated reports whether s is a date of the form, in a year that somebody can mean: 0 and the like are slips.
func dated(layout, s string) bool {
	t, err := time.Parse(layout, s)
	return err == nil && t.Year() >= 1800
}

func validPartialDate(s string) bool {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if dated(layout, s) {
			return true
		}
	}
	return false
}

var focalPointForm = regexp.MustCompile(`^(0|1|0\.[0-9]{1,6}|1\.0{1,6}),(0|1|0\.[0-9]{1,6}|1\.0{1,6})$`)

func validFocalPoint(s string) bool { return focalPointForm.MatchString(s) }

// isUUID reports whether s is a UUID in the form of RFC 9562 §4: 36 characters with four hyphens.
func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
