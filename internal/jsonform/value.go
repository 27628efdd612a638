// Package jsonform writes Go values as JSON: as encoding/json does, or in the canonical form of RFC 8785 (JCS). A list
// shows twenty items and their digests, so writing them is most of the work of making one; this takes half of what
// encoding/json does. What it does not know by itself it leaves to encoding/json.
package jsonform

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/gowebpki/jcs"
)

// Rules say how values are written.
type Rules struct {
	// Canonical is by RFC 8785. Without it, values are written as by an encoding/json.Encoder that escapes nothing for
	// the sake of HTML.
	Canonical    bool
	Without      []string // members that are left out wherever they stand
	WithoutAtTop []string // members that are left out of the struct that is written itself
}

// Form writes values by rules. It remembers how for each type.
type Form struct {
	rules          Rules
	encoders, tops sync.Map // by type
}

// New is a form by rules.
func New(rules Rules) *Form { return &Form{rules: rules} }

// Append appends a value, or what a pointer leads to.
func (f *Form) Append(to []byte, value any) ([]byte, error) {
	v := reflect.ValueOf(value)
	if !Members(value) {
		return f.appendValue(to, v)
	}
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if known, ok := f.tops.Load(v.Type()); ok {
		return known.(encoder)(to, v)
	}
	made := f.structEncoder(v.Type(), f.rules.WithoutAtTop)
	f.tops.Store(v.Type(), made)
	return made(to, v)
}

// Members says whether a value is a struct, or a pointer to one, that is written member by member.
func Members(value any) bool {
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return v.Kind() == reflect.Struct && !marshals(v.Type())
}

// encoder appends a value.
type encoder func(to []byte, v reflect.Value) ([]byte, error)

// maxSafe is the largest whole number that is one number in JSON everywhere.
const maxSafe = 1 << 53

var (
	timeType      = reflect.TypeFor[time.Time]()
	uuidType      = reflect.TypeFor[uuid.UUID]()
	numberType    = reflect.TypeFor[json.Number]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	zeroer        = reflect.TypeFor[interface{ IsZero() bool }]()
)

// appendValue appends any value.
func (f *Form) appendValue(to []byte, v reflect.Value) ([]byte, error) {
	if !v.IsValid() {
		return append(to, "null"...), nil
	}
	return f.encoderOf(v.Type())(to, v)
}

func (f *Form) encoderOf(t reflect.Type) encoder {
	if known, ok := f.encoders.Load(t); ok {
		return known.(encoder)
	}
	// Types that hold themselves find this one while their own is being made.
	var once sync.Once
	var own encoder
	f.encoders.Store(t, encoder(func(to []byte, v reflect.Value) ([]byte, error) {
		once.Do(func() { own = f.newEncoder(t) })
		return own(to, v)
	}))
	made := f.newEncoder(t)
	f.encoders.Store(t, made)
	return made
}

func (f *Form) newEncoder(t reflect.Type) encoder {
	switch {
	case t == timeType:
		return appendTime
	case t == uuidType:
		return appendUUID
	case marshals(t), t == numberType:
		return f.appendForeign
	}
	switch t.Kind() {
	case reflect.String:
		return func(to []byte, v reflect.Value) ([]byte, error) { return f.appendString(to, v.String()), nil }
	case reflect.Bool:
		return func(to []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(to, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return f.appendInt
	case reflect.Float64:
		if f.rules.Canonical {
			return func(to []byte, v reflect.Value) ([]byte, error) { return appendNumber(to, v.Float()) }
		}
	case reflect.Pointer, reflect.Interface:
		return f.appendElem
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() != reflect.Uint8 {
			return f.appendList
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String && !marshals(t.Key()) {
			return f.appendMap
		}
	case reflect.Struct:
		return f.structEncoder(t, nil)
	}
	return f.appendForeign
}

// marshals says whether a type has its own way to become JSON.
func marshals(t reflect.Type) bool {
	for _, kind := range []reflect.Type{jsonMarshaler, textMarshaler} {
		if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && (t.Implements(kind) || reflect.PointerTo(t).Implements(kind)) {
			return true
		}
	}
	return false
}

// of is the value as what it is, without a copy on the heap where that can be.
func of[T any](v reflect.Value) T {
	if v.CanAddr() {
		return *v.Addr().Interface().(*T)
	}
	return v.Interface().(T)
}

func appendTime(to []byte, v reflect.Value) ([]byte, error) {
	to, err := of[time.Time](v).AppendText(append(to, '"'))
	return append(to, '"'), err
}

// appendUUID writes what uuid.UUID.String gives, and makes no string of it.
func appendUUID(to []byte, v reflect.Value) ([]byte, error) {
	id := of[uuid.UUID](v)
	to = append(to, '"')
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			to = append(to, '-')
		}
		to = append(to, hexDigits[b>>4], hexDigits[b&15])
	}
	return append(to, '"'), nil
}

const hexDigits = "0123456789abcdef"

func (f *Form) appendInt(to []byte, v reflect.Value) ([]byte, error) {
	if n := v.Int(); !f.rules.Canonical || -maxSafe <= n && n <= maxSafe {
		return strconv.AppendInt(to, n, 10), nil
	}
	return appendNumber(to, float64(v.Int()))
}

func appendNumber(to []byte, n float64) ([]byte, error) {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return nil, fmt.Errorf("%v has no form in JSON", n)
	}
	text, err := jcs.NumberToJSON(n)
	return append(to, text...), err
}

func (f *Form) appendElem(to []byte, v reflect.Value) ([]byte, error) {
	if v.IsNil() {
		return append(to, "null"...), nil
	}
	return f.appendValue(to, v.Elem())
}

func (f *Form) appendList(to []byte, v reflect.Value) (_ []byte, err error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return append(to, "null"...), nil
	}
	element := f.encoderOf(v.Type().Elem())
	to = append(to, '[')
	for i := range v.Len() {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = element(to, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

func (f *Form) appendMap(to []byte, v reflect.Value) (_ []byte, err error) {
	if v.IsNil() {
		return append(to, "null"...), nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return f.compareKeys(a.String(), b.String()) })
	first := true
	to = append(to, '{')
	for _, key := range keys {
		if slices.Contains(f.rules.Without, key.String()) {
			continue
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(f.appendString(to, key.String()), ':')
		if to, err = f.appendValue(to, v.MapIndex(key)); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

// compareKeys orders the keys of a map.
func (f *Form) compareKeys(a, b string) int {
	if f.rules.Canonical {
		return compareNames(a, b)
	}
	return strings.Compare(a, b)
}

// compareNames orders members by UTF-16 code units (RFC 8785, section 3.2.3).
func compareNames(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// appendForeign goes by way of encoding/json.
func (f *Form) appendForeign(to []byte, v reflect.Value) ([]byte, error) {
	if !f.rules.Canonical {
		return appendAsIs(to, v)
	}
	text, err := appendAsIs(nil, v)
	if err != nil {
		return nil, err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, err
	}
	return f.appendValue(to, reflect.ValueOf(plain))
}

// appendAsIs appends what encoding/json makes of a value, which may have methods as a pointer only.
func appendAsIs(to []byte, v reflect.Value) ([]byte, error) {
	value := v.Interface
	if v.CanAddr() {
		value = v.Addr().Interface
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value()); err != nil {
		return nil, err
	}
	return append(to, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...), nil
}

// appendString writes what RFC 8785, section 3.2.2.2 demands: escapes only where JSON does. Bytes that are no UTF-8
// become U+FFFD, as encoding/json makes them. Where the form is not canonical, that is escaped, and what ends lines in
// JavaScript, as encoding/json does.
func (f *Form) appendString(to []byte, s string) []byte {
	to = append(to, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if asIs[c] {
			i++
			continue
		}
		size := 1
		replacement := ""
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			replacement = f.replacement(r, size)
		} else {
			replacement = escape(c)
		}
		if replacement != "" {
			to = append(append(to, s[start:i]...), replacement...)
			start = i + size
		}
		i += size
	}
	return append(append(to, s[start:]...), '"')
}

// asIs are the bytes of ASCII that a string of JSON holds as they are.
var asIs = func() (as [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		as[c] = c != '"' && c != '\\'
	}
	return as
}()

// replacement is what stands for a rune beyond ASCII, of so many bytes; "" for itself.
func (f *Form) replacement(r rune, size int) string {
	switch {
	case r == utf8.RuneError && size == 1 && f.rules.Canonical:
		return "\ufffd"
	case r == utf8.RuneError && size == 1:
		return `\ufffd`
	case (r == '\u2028' || r == '\u2029') && !f.rules.Canonical:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return ""
}

func escape(c byte) string {
	if i := strings.IndexByte("\b\t\n\f\r\"\\", c); i >= 0 {
		return `\` + string(`btnfr"\`[i])
	}
	return fmt.Sprintf(`\u%04x`, c)
}
