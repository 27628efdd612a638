package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/cpics/working-together-api/internal/errs"
)

const (
	maxDepth  = 100    // of nested objects and lists in a body
	maxItems  = 10_000 // of one list in a body, whatever its own rules allow
	maxFaults = 100    // told at once: an answer stays small, whatever was sent
)

// DecodeJSON reads body into dst, a pointer to a struct (or to a slice of them), strictly, and validates it:
//
//   - errs.InvalidJSON (400) when body is not JSON, names a member twice, nests deeper than 100, is not UTF-8, or
//     goes on after its end; the detail says where.
//   - errs.InvalidContent (422) when it is JSON, but not what dst takes: members that dst does not have, other JSON
//     types, null where dst has no pointer, text that is not of its field's form, control characters in text; and
//     all that Validate finds. Every fault is listed at once (the first 100), each with its JSON pointer.
//
// Members are found by their json tags, in exactly that spelling. Text may have line breaks and tabs only where
// the field's validate tag says multiline. Times are RFC 3339 in whole seconds and become UTC. If dst has a method
// ReadOnlyFields() []string, the top-level members that it names are told apart from unknown ones: the service
// owns them. A type with UnmarshalJSON may return an errs.Error, whose faults are told as its own.
func DecodeJSON(body []byte, dst any) error {
	if err := CheckJSON(body); err != nil {
		return err
	}
	d := decoder{dec: jsontext.NewDecoder(bytes.NewReader(body))}
	if owner, ok := dst.(interface{ ReadOnlyFields() []string }); ok {
		d.readOnly = owner.ReadOnlyFields()
	}
	if err := d.value(reflect.ValueOf(dst).Elem(), place{}); err != nil {
		return fmt.Errorf("decode %T: %w", dst, err)
	}
	for _, f := range validationFaults(dst) {
		if !covered(f.Pointer, d.faults) {
			d.faults = append(d.faults, f)
		}
	}
	return invalidContent(d.faults)
}

// Validate checks the validate tags of dst, a pointer to a struct or to a slice of them. What does not hold is
// errs.InvalidContent (422), every fault with its JSON pointer.
func Validate(dst any) error { return invalidContent(validationFaults(dst)) }

// covered reports whether one of the faults is at the place or at one around it: what was not read there cannot be
// judged.
func covered(pointer string, faults []errs.Fault) bool {
	return slices.ContainsFunc(faults, func(f errs.Fault) bool {
		return pointer == f.Pointer || strings.HasPrefix(pointer, f.Pointer+"/")
	})
}

func invalidContent(faults []errs.Fault) error {
	if len(faults) <= maxFaults {
		return errs.Invalid(errs.InvalidContent, faults...)
	}
	return &errs.Error{
		Kind:   errs.InvalidContent,
		Detail: fmt.Sprintf("More than %d things need attention; the first of them are listed under errors.", maxFaults),
		Faults: faults[:maxFaults],
	}
}

// CheckJSON checks the syntax of body and nothing else; see DecodeJSON for what fails with errs.InvalidJSON.
func CheckJSON(body []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		_, err := dec.ReadToken()
		switch {
		case err != nil:
			return syntaxError(body, dec, err)
		case dec.StackDepth() > maxDepth:
			return errs.New(errs.InvalidJSON, "Objects and lists are nested more than %d deep, %s.", maxDepth, whereabouts(body, dec.InputOffset()))
		case dec.StackDepth() == 0:
			return checkEnd(body, dec)
		}
	}
}

// checkEnd makes sure that nothing but white space follows the value.
func checkEnd(body []byte, dec *jsontext.Decoder) error {
	at := dec.InputOffset()
	if _, err := dec.ReadToken(); errors.Is(err, io.EOF) {
		return nil
	}
	return errs.New(errs.InvalidJSON, "Something follows the end of the JSON, after %s. Send one value only.", whereabouts(body, at))
}

// syntaxError says in our words what the decoder stumbled on. The words of the library, which may quote the body,
// stay in the log.
func syntaxError(body []byte, dec *jsontext.Decoder, err error) error {
	var syntax *jsontext.SyntacticError
	at := dec.InputOffset()
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	what := "The body is not valid JSON"
	switch {
	case errors.Is(err, io.EOF):
		return errs.New(errs.InvalidJSON, "The body is empty. Send the JSON that is described for this address.")
	case errors.Is(err, io.ErrUnexpectedEOF):
		what = "The JSON ends too early"
	case errors.Is(err, jsontext.ErrDuplicateName):
		what = "An object names the same member twice"
	case errors.Is(err, jsontext.ErrNonStringName):
		what = "The name of a member is not in double quotes"
	}
	return errs.New(errs.InvalidJSON, "%s: look at %s.", what, whereabouts(body, at)).Because(err)
}

// whereabouts is the place of a byte in words, as editors count it: lines and columns from 1.
func whereabouts(body []byte, offset int64) string {
	before := body[:min(offset, int64(len(body)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:]))) + 1
	return fmt.Sprintf("line %d, column %d (byte %d)", line, column, offset)
}
