package canonical

import (
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

// A list shows the digest of each of its items, so digests are most of the work of showing one. This writes the form of
// a Go value in one go, as encoding/json would see it; what it does not know by itself it leaves to encoding/json.

// encoder appends the form of a value.
type encoder func(to []byte, v reflect.Value) ([]byte, error)

// encoders are by type; maxSafe is the largest whole number that is one number in JSON everywhere.
var encoders sync.Map

const maxSafe = 1 << 53

var (
	timeType      = reflect.TypeFor[time.Time]()
	uuidType      = reflect.TypeFor[uuid.UUID]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	zeroer        = reflect.TypeFor[interface{ IsZero() bool }]()
)

// appendValue appends the form of any value.
func appendValue(to []byte, v reflect.Value) ([]byte, error) {
	if !v.IsValid() {
		return append(to, "null"...), nil
	}
	return encoderOf(v.Type())(to, v)
}

func encoderOf(t reflect.Type) encoder {
	if known, ok := encoders.Load(t); ok {
		return known.(encoder)
	}
	// Types that hold themselves find this one while their own is being made.
	var once sync.Once
	var own encoder
	encoders.Store(t, encoder(func(to []byte, v reflect.Value) ([]byte, error) {
		once.Do(func() { own = newEncoder(t) })
		return own(to, v)
	}))
	made := newEncoder(t)
	encoders.Store(t, made)
	return made
}

func newEncoder(t reflect.Type) encoder {
	switch {
	case t == timeType:
		return appendTime
	case t == uuidType:
		return appendUUID
	case marshals(t):
		return appendForeign
	}
	switch t.Kind() {
	case reflect.String:
		return func(to []byte, v reflect.Value) ([]byte, error) { return appendString(to, v.String()), nil }
	case reflect.Bool:
		return func(to []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(to, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendInt
	case reflect.Float64:
		return func(to []byte, v reflect.Value) ([]byte, error) { return appendNumber(to, v.Float()) }
	case reflect.Pointer, reflect.Interface:
		return appendElem
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() != reflect.Uint8 {
			return appendList
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String && !marshals(t.Key()) {
			return appendMap
		}
	case reflect.Struct:
		return structEncoder(t, nil)
	}
	return appendForeign
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

func appendInt(to []byte, v reflect.Value) ([]byte, error) {
	if n := v.Int(); -maxSafe <= n && n <= maxSafe {
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

func appendElem(to []byte, v reflect.Value) ([]byte, error) {
	if v.IsNil() {
		return append(to, "null"...), nil
	}
	return appendValue(to, v.Elem())
}

func appendList(to []byte, v reflect.Value) (_ []byte, err error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return append(to, "null"...), nil
	}
	element := encoderOf(v.Type().Elem())
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

func appendMap(to []byte, v reflect.Value) (_ []byte, err error) {
	if v.IsNil() {
		return append(to, "null"...), nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return compareNames(a.String(), b.String()) })
	first := true
	to = append(to, '{')
	for _, key := range keys {
		if slices.Contains(outsideDepth, key.String()) {
			continue
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(appendString(to, key.String()), ':')
		if to, err = appendValue(to, v.MapIndex(key)); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

// compareNames orders members by UTF-16 code units (RFC 8785, section 3.2.3).
func compareNames(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// appendForeign goes by way of encoding/json.
func appendForeign(to []byte, v reflect.Value) ([]byte, error) {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, err
	}
	return appendValue(to, reflect.ValueOf(plain))
}

// appendString writes what RFC 8785, section 3.2.2.2 demands: escapes only where JSON does. Bytes that are no UTF-8
// become U+FFFD, as encoding/json makes them.
func appendString(to []byte, s string) []byte {
	to = append(to, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		replacement := ""
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				replacement = "\ufffd"
			}
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

func escape(c byte) string {
	if i := strings.IndexByte("\b\t\n\f\r\"\\", c); i >= 0 {
		return `\` + string(`btnfr"\`[i])
	}
	return fmt.Sprintf(`\u%04x`, c)
}
