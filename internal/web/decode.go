package web

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/errs"
)

// decoder walks JSON whose syntax has been checked against Go types, sets what fits and gathers what does not. Its
// methods return an error only for what cannot happen then, or for a type that it is not made for.
type decoder struct {
	dec      *jsontext.Decoder
	readOnly []string // top-level members that the service owns
	faults   []errs.Fault
}

// place is where in the body a value stands.
type place struct {
	pointer   string // RFC 6901
	multiline bool   // the text here may have line breaks
	optional  bool   // text that is left out rather than empty
}

func (p place) member(name string) place {
	return place{pointer: p.pointer + "/" + escapePointer(shorten(name))}
}

func (p place) item(i int) place {
	return place{pointer: p.pointer + "/" + strconv.Itoa(i), multiline: p.multiline}
}

// escapePointer writes a name as a reference token of RFC 6901 §3.
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// refuse notes a fault. One more than can be told is kept, to know that there are more.
func (d *decoder) refuse(at place, code errs.Code, format string, args ...any) {
	if len(d.faults) <= maxFaults {
		d.faults = append(d.faults, errs.At(at.pointer, code, format, args...))
	}
}

// skip refuses the next value as being of the wrong JSON type.
func (d *decoder) skip(at place, wanted string) error {
	d.refuse(at, errs.Type, "Give %s here.", wanted)
	return d.dec.SkipValue()
}

// value reads the next value into dst.
func (d *decoder) value(dst reflect.Value, at place) error {
	if dst.Kind() == reflect.Pointer {
		if d.dec.PeekKind() == 'n' {
			dst.SetZero()
			return d.dec.SkipValue()
		}
		dst.Set(reflect.New(dst.Type().Elem()))
		return d.value(dst.Elem(), at)
	}
	switch into := dst.Addr().Interface().(type) {
	case *time.Time:
		return text(d, into, at, ParseTime, timeForm)
	case *Moment:
		return text(d, into, at, parseMoment, timeForm)
	case *uuid.UUID:
		return text(d, into, at, parseUUID, "an id such as 0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77")
	case json.Unmarshaler:
		return d.custom(into, at)
	case encoding.TextUnmarshaler:
		parse := func(s string) (struct{}, error) { return struct{}{}, into.UnmarshalText([]byte(s)) }
		return text(d, new(struct{}), at, parse, "text of the form that is described for this member")
	}
	if d.dec.PeekKind() == 'n' {
		d.refuse(at, errs.Type, "null says nothing here: leave it out.")
		return d.dec.SkipValue()
	}
	return d.plain(dst, at)
}

// plain reads into a type that has no say of its own in it.
func (d *decoder) plain(dst reflect.Value, at place) error {
	switch dst.Kind() {
	case reflect.Struct:
		return d.object(at, func(name string) error { return d.member(dst, name, at) })
	case reflect.Map:
		dst.Set(reflect.MakeMap(dst.Type()))
		return d.object(at, func(name string) error { return d.entry(dst, name, at) })
	case reflect.Slice:
		return d.list(dst, at)
	case reflect.String:
		return d.string(dst, at)
	case reflect.Bool:
		if kind := d.dec.PeekKind(); kind != 't' && kind != 'f' {
			return d.skip(at, "true or false")
		}
		token, err := d.dec.ReadToken()
		if err == nil {
			dst.SetBool(token.Bool())
		}
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float64:
		return d.number(dst, at)
	default:
		return fmt.Errorf("no JSON form for %s at %q", dst.Type(), at.pointer)
	}
}

// object reads an object's members one after another.
func (d *decoder) object(at place, member func(name string) error) error {
	if d.dec.PeekKind() != '{' {
		return d.skip(at, "an object")
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	for d.dec.PeekKind() == '"' {
		token, err := d.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := member(token.String()); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// member reads one member of a struct.
func (d *decoder) member(dst reflect.Value, name string, at place) error {
	fields := fieldsOf(dst.Type())
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	here := at.member(name)
	switch {
	case i >= 0:
		here.multiline, here.optional = fields[i].multiline, fields[i].optional
		return d.value(dst.FieldByIndex(fields[i].index), here)
	case at.pointer == "" && slices.Contains(d.readOnly, name):
		d.refuse(here, errs.ReadOnly, "The service sets this member. Leave it out.")
	default:
		d.refuse(here, errs.Unknown, "There is no such member here. There are: %s.", fieldNames(fields))
	}
	return d.dec.SkipValue()
}

// entry reads one member of a map, whose names are free.
func (d *decoder) entry(dst reflect.Value, name string, at place) error {
	value := reflect.New(dst.Type().Elem()).Elem()
	if err := d.value(value, at.member(name)); err != nil {
		return err
	}
	dst.SetMapIndex(reflect.ValueOf(name).Convert(dst.Type().Key()), value)
	return nil
}

func (d *decoder) list(dst reflect.Value, at place) error {
	if d.dec.PeekKind() != '[' {
		return d.skip(at, "a list")
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
	for i := 0; d.dec.PeekKind() != ']'; i++ {
		if err := d.item(dst, i, at); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// item appends one item to the list dst, unless there are too many.
func (d *decoder) item(dst reflect.Value, i int, at place) error {
	if i >= maxItems {
		if i == maxItems {
			d.refuse(at, errs.Length, "Give at most %d items.", maxItems)
		}
		return d.dec.SkipValue()
	}
	item := reflect.New(dst.Type().Elem()).Elem()
	err := d.value(item, at.item(i))
	dst.Set(reflect.Append(dst, item))
	return err
}

func (d *decoder) string(dst reflect.Value, at place) error {
	if d.dec.PeekKind() != '"' {
		return d.skip(at, "text in double quotes")
	}
	token, err := d.dec.ReadToken()
	if err != nil {
		return err
	}
	s := token.String()
	switch {
	case at.optional && s == "":
		d.refuse(at, errs.Length, "Leave this out rather than giving it empty.")
	case at.multiline && hasControl(strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(s)):
		d.refuse(at, errs.Format, "Leave out control characters, except line breaks and tabs.")
	case !at.multiline && hasControl(s):
		d.refuse(at, errs.Format, "Leave out control characters: this is one line.")
	default:
		dst.SetString(s)
	}
	return nil
}

// hasControl finds control characters. Among them is NUL, which Postgres cannot store.
func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

func (d *decoder) number(dst reflect.Value, at place) error {
	wanted := "a whole number"
	if dst.Kind() == reflect.Float64 {
		wanted = "a number"
	}
	if d.dec.PeekKind() != '0' {
		return d.skip(at, wanted)
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return err
	}
	if dst.Kind() == reflect.Float64 {
		var f float64
		f, err = strconv.ParseFloat(string(raw), 64)
		dst.SetFloat(f)
	} else {
		var n int64
		n, err = strconv.ParseInt(string(raw), 10, dst.Type().Bits())
		dst.SetInt(n)
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		d.refuse(at, errs.Range, "This number is too large.")
	case err != nil:
		d.refuse(at, errs.Type, "Give %s here.", wanted)
	}
	return nil
}

// text reads a string into a type that has a text form.
func text[T any](d *decoder, dst *T, at place, parse func(string) (T, error), wanted string) error {
	if d.dec.PeekKind() != '"' {
		return d.skip(at, wanted)
	}
	token, err := d.dec.ReadToken()
	if err != nil {
		return err
	}
	value, err := parse(token.String())
	if err != nil {
		d.refuse(at, errs.Format, "Give %s.", wanted)
		return nil
	}
	*dst = value
	return nil
}

// custom hands the value to a type that reads itself.
func (d *decoder) custom(into json.Unmarshaler, at place) error {
	raw, err := d.dec.ReadValue()
	if err != nil {
		return err
	}
	var told *errs.Error
	switch err := into.UnmarshalJSON(raw); {
	case err == nil:
	case errors.As(err, &told) && len(told.Faults) > 0:
		for _, f := range told.Faults {
			d.refuse(place{pointer: at.pointer + f.Pointer}, f.Code, "%s", f.Detail)
		}
	default:
		d.refuse(at, errs.Type, "Give the JSON that is described for this member.")
	}
	return nil
}

// timeForm says how to write what ParseTime reads.
const timeForm = "a time such as 2026-11-23T09:30:00Z, in whole seconds"

// ParseTime reads a time as requests and answers write it: RFC 3339 in whole seconds. It gives it in UTC.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if t = t.UTC(); err == nil && (t.Nanosecond() != 0 || !writable(t)) {
		err = errors.New("a fraction of a second, or another year in UTC")
	}
	return t, err
}

// writable says whether RFC 3339 can write a time in UTC: an offset can lead out of its years.
func writable(utc time.Time) bool { return utc.Year() >= 0 && utc.Year() <= 9999 }

// Moment is a time that may be left out. It cannot be null: who sends that may have meant a time, and now would be the
// wrong one.
type Moment struct{ Time *time.Time }

func parseMoment(s string) (Moment, error) {
	t, err := ParseTime(s)
	return Moment{&t}, err
}

// parseUUID takes the canonical form only; the uuid package takes others too.
func parseUUID(s string) (uuid.UUID, error) {
	if !isUUID(s) {
		return uuid.Nil, errors.New("not a UUID")
	}
	return uuid.Parse(s)
}

// field is one member that a struct takes.
type field struct {
	name      string
	index     []int
	multiline bool
	optional  bool
}

// fieldCache holds the []field of each struct type seen: they are found by reflection once.
var fieldCache sync.Map

// fieldsOf lists the members that the struct type takes, those of embedded structs included.
func fieldsOf(t reflect.Type) []field {
	if known, ok := fieldCache.Load(t); ok {
		return known.([]field)
	}
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		name := jsonName(f)
		if name == "" || !f.IsExported() {
			continue
		}
		rules := strings.Split(f.Tag.Get("validate"), ",")
		fields = append(fields, field{name: name, index: f.Index,
			multiline: slices.Contains(rules, "multiline"), optional: slices.Contains(rules, "omitempty")})
	}
	fieldCache.Store(t, fields)
	return fields
}

// jsonName is the name of the field's member; "" when it has none, as an embedded struct that lends its own.
func jsonName(f reflect.StructField) string {
	tag, tagged := f.Tag.Lookup("json")
	name, _, _ := strings.Cut(tag, ",")
	switch {
	case tag == "-" || f.Anonymous && name == "":
		return ""
	case !tagged || name == "":
		return f.Name
	}
	return name
}

func fieldNames(fields []field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}
