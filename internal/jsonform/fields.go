package jsonform

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// member is a field of a struct as encoding/json sees it.
type member struct {
	name      string
	quoted    []byte // "name":
	index     []int
	tagged    bool
	omitEmpty bool
	omitZero  bool
	encode    encoder
}

// structEncoder writes the members of a struct but for some.
func (f *Form) structEncoder(t reflect.Type, leftOut []string) encoder {
	members, ok := f.membersOf(t)
	if !ok {
		return f.appendForeign
	}
	members = slices.DeleteFunc(members, func(m member) bool {
		return slices.Contains(leftOut, m.name) || slices.Contains(f.rules.Without, m.name)
	})
	for i := range members {
		members[i].encode = f.encoderOf(t.FieldByIndex(members[i].index).Type)
	}
	return func(to []byte, v reflect.Value) (_ []byte, err error) {
		to = append(to, '{')
		first := true
		for i := range members {
			m := &members[i]
			field, there := fieldAt(v, m.index)
			if !there || m.omits(field) {
				continue
			}
			if !first {
				to = append(to, ',')
			}
			first = false
			if to, err = m.encode(append(to, m.quoted...), field); err != nil {
				return nil, err
			}
		}
		return append(to, '}'), nil
	}
}

// fieldAt is reflect's FieldByIndex, and finds nothing behind an embedded pointer that is nil.
func fieldAt(v reflect.Value, index []int) (reflect.Value, bool) {
	for i, n := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

func (m *member) omits(v reflect.Value) bool {
	if m.omitZero {
		if v.Type().Implements(zeroer) && (v.Kind() != reflect.Pointer || !v.IsNil()) {
			return v.Interface().(interface{ IsZero() bool }).IsZero()
		}
		return v.IsZero()
	}
	if !m.omitEmpty {
		return false
	}
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// membersOf lists the members of a struct by the rules of encoding/json, in their order. It is not ok for a struct with
// a rule that is not followed here.
func (f *Form) membersOf(t reflect.Type) (members []member, ok bool) {
	var all []member
	if !f.collect(t, nil, &all) {
		return nil, false
	}
	byName := map[string][]member{}
	for _, m := range all {
		byName[m.name] = append(byName[m.name], m)
	}
	for _, same := range byName {
		if m, wins := dominant(same); wins {
			members = append(members, m)
		}
	}
	slices.SortFunc(members, func(a, b member) int {
		if f.rules.Canonical {
			return compareNames(a.name, b.name)
		}
		return slices.Compare(a.index, b.index)
	})
	return members, true
}

// dominant is the field that has a name: the least nested one, and among those the one that is tagged; none when there
// are several of these.
func dominant(same []member) (m member, wins bool) {
	rank := func(m member) int { return 2*len(m.index) + map[bool]int{true: 0, false: 1}[m.tagged] }
	slices.SortStableFunc(same, func(a, b member) int { return cmp.Compare(rank(a), rank(b)) })
	return same[0], len(same) == 1 || rank(same[0]) < rank(same[1])
}

// unusual says whether a rune might not be taken in a name.
func unusual(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' }

// collect gathers the fields of a struct and of those that are embedded in it.
func (f *Form) collect(t reflect.Type, index []int, all *[]member) bool {
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		at := append(slices.Clone(index), i)
		under := field.Type
		if under.Kind() == reflect.Pointer {
			under = under.Elem()
		}
		switch {
		case tag == "-" || !field.IsExported() && (!field.Anonymous || under.Kind() != reflect.Struct):
			continue
		case strings.Contains(options, "string") || strings.ContainsFunc(name, unusual):
			return false
		case field.Anonymous && name == "" && under.Kind() == reflect.Struct:
			if !f.collect(under, at, all) {
				return false
			}
			continue
		}
		m := member{name: cmp.Or(name, field.Name), index: at, tagged: name != "",
			omitEmpty: strings.Contains(options, "omitempty"), omitZero: strings.Contains(options, "omitzero")}
		m.quoted = append(f.appendString(nil, m.name), ':')
		*all = append(*all, m)
	}
	return true
}
