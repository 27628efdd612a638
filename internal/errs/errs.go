// Package errs is the service's vocabulary of failure. Every layer speaks it and only package web turns it into
// HTTP, so that one table decides what a client sees. It imports nothing of the service.
package errs

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// Kind says what went wrong in the words of the published problem types: a problem document's type is its
// address under /docs/problems#.
type Kind string

// The problem types, grouped by the HTTP status that package web gives them.
const (
	InvalidQuery         Kind = "invalid-query"          // 400: a query parameter, path or header cannot be understood
	InvalidJSON          Kind = "invalid-json"           // 400: the body is not the JSON that RFC 8259 and this API allow
	CursorUnknown        Kind = "cursor-unknown"         // 400: a change-log cursor of another service, or of the future
	Unauthenticated      Kind = "unauthenticated"        // 401: no credential, or one that is not valid
	Forbidden            Kind = "forbidden"              // 403: the actor's role does not allow it
	NotFound             Kind = "not-found"              // 404: nothing is here, or nothing that this caller may know of
	MethodNotAllowed     Kind = "method-not-allowed"     // 405
	Conflict             Kind = "conflict"               // 409: the entry's state does not allow it
	InUse                Kind = "in-use"                 // 409: others refer to it
	NothingToPublish     Kind = "nothing-to-publish"     // 409: there is no draft
	Scheduled            Kind = "scheduled"              // 409: a scheduled draft cannot be edited
	RequestInProgress    Kind = "request-in-progress"    // 409: the same idempotency key is being worked on
	Gone                 Kind = "gone"                   // 410: it was here and has been removed
	Stale                Kind = "stale"                  // 412: a precondition does not hold
	TooLarge             Kind = "too-large"              // 413
	UnsupportedMediaType Kind = "unsupported-media-type" // 415
	RangeNotSatisfiable  Kind = "range-not-satisfiable"  // 416: a file has nothing at the range that was asked for
	InvalidContent       Kind = "invalid-content"        // 422: well-formed, but not acceptable
	NotPublishable       Kind = "not-publishable"        // 422: a check blocks publishing
	KeyReused            Kind = "key-reused"             // 422: an idempotency key came with another body
	PreconditionRequired Kind = "precondition-required"  // 428: If-Match is missing
	RateLimited          Kind = "rate-limited"           // 429
	Internal             Kind = "internal"               // 500: a fault of ours
	NotImplemented       Kind = "not-implemented"        // 501: a form of answer that a standard names and this service does not have
	Unavailable          Kind = "unavailable"            // 503: a part is away; trying again later helps
)

// Code says in one word what is wrong with one value, for programs.
type Code string

// The codes of a Fault.
const (
	Unknown  Code = "unknown"   // no such field or parameter
	ReadOnly Code = "read-only" // the service owns this field
	Required Code = "required"  // must be given
	Type     Code = "type"      // another JSON type is needed
	Format   Code = "format"    // the form is wrong: a date, a slug, an address
	Length   Code = "length"    // too long, too short, or too many
	Range    Code = "range"     // not one of the allowed values
	Taken    Code = "taken"     // somebody else has it
	NoSuch   Code = "no-such"   // it refers to nothing
	Repeated Code = "repeated"  // given more than once
)

// Fault is one thing that is wrong with a request. It names either a place in the body (Pointer, RFC 6901) or a
// query parameter or header (Parameter), never both.
type Fault struct {
	Pointer   string `json:"pointer,omitempty" example:"/title"`                                                                                             // JSON pointer (RFC 6901) into the request body
	Parameter string `json:"parameter,omitempty" example:"limit"`                                                                                            // name of a query parameter or request header
	Detail    string `json:"detail" validate:"required" example:"Give a title of 1 to 200 characters."`                                                      // what to do about it
	Code      Code   `json:"code" validate:"required" enums:"unknown,read-only,required,type,format,length,range,taken,no-such,repeated" example:"required"` // what is wrong, for programs
}

// MarshalJSON shows the pointer of a fault in the body also where it is empty: RFC 6901 calls the whole document so.
func (f Fault) MarshalJSON() ([]byte, error) {
	type plain Fault // without this method
	if f.Parameter != "" {
		return json.Marshal(plain(f))
	}
	return json.Marshal(struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
		Code    Code   `json:"code"`
	}{f.Pointer, f.Detail, f.Code})
}

// At is a fault of the request body.
func At(pointer string, code Code, format string, args ...any) Fault {
	return Fault{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// In is a fault of a query parameter or request header.
func In(parameter string, code Code, format string, args ...any) Fault {
	return Fault{Parameter: parameter, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Error is a failure that a client may be told about. Detail, Faults and Extra are public: nothing internal goes
// there. What the operator needs besides is the wrapped cause, which is logged and never sent.
type Error struct {
	Kind   Kind
	Detail string         // how to put it right, a sentence for people
	Faults []Fault        // everything that is wrong, for invalid-* kinds
	Extra  map[string]any // further members of the problem document, such as checks or explanation
	cause  error
}

// New is a failure of the kind with a sentence for people.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// Invalid is a failure of the kind that lists all that is wrong; nil when there is no fault.
func Invalid(kind Kind, faults ...Fault) error {
	if len(faults) == 0 {
		return nil
	}
	detail := faults[0].Detail
	if len(faults) > 1 {
		detail = fmt.Sprintf("%d things need attention; each is listed under errors.", len(faults))
	}
	return &Error{Kind: kind, Detail: detail, Faults: faults}
}

// Because keeps what caused e for the operator's log. It returns a copy.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// With adds a member to the problem document. It returns a copy.
func (e *Error) With(member string, value any) *Error {
	c := *e
	c.Extra = maps.Clone(e.Extra)
	if c.Extra == nil {
		c.Extra = map[string]any{}
	}
	c.Extra[member] = value
	return &c
}

// Error is for logs and tests.
func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Detail
	for _, f := range e.Faults {
		s += fmt.Sprintf(" [%s%s %s]", f.Pointer, f.Parameter, f.Code)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// KindOf is the kind of the first Error in err's chain; Internal for any other error, "" for nil.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Kind
	default:
		return Internal
	}
}
