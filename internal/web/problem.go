package web

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/cpics/working-together-api/internal/errs"
)

// MediaTypeProblem is the content type of every error (RFC 9457 §3).
const MediaTypeProblem = "application/problem+json"

// Problem is an error answer, a problem document of RFC 9457.
type Problem struct {
	Type      string         `json:"type" validate:"required" example:"https://api.example.nhs.uk/docs/problems#not-found"` // address that explains the kind of problem
	Title     string         `json:"title" validate:"required" example:"Not found"`                                         // the kind in words; always the same for one type
	Status    int            `json:"status" validate:"required" example:"404"`                                              // HTTP status
	Detail    string         `json:"detail" validate:"required" example:"Nothing is here. Check the address."`              // how to put it right
	Instance  string         `json:"instance" validate:"required" example:"/v1/case-studies/unknown"`                       // path of the request
	RequestID string         `json:"requestId" validate:"required" example:"0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"`          // quote it when asking for help
	Errors    []errs.Fault   `json:"errors,omitempty"`                                                                      // everything that is wrong with the request
	Extra     map[string]any `json:"-"`                                                                                     // further members, flattened into the document
}

// MarshalJSON writes the standard members first and the further ones after them, sorted by name. A further member
// never replaces a standard one.
func (p Problem) MarshalJSON() ([]byte, error) {
	type standard Problem
	doc, err := Marshal(standard(p))
	if err != nil {
		return nil, err
	}
	taken := []string{"type", "title", "status", "detail", "instance", "requestId", "errors"}
	extra := make(map[string]any, len(p.Extra))
	for name, value := range p.Extra {
		if !slices.Contains(taken, name) {
			extra[name] = value
		}
	}
	if len(extra) == 0 {
		return doc, nil
	}
	more, err := Marshal(extra)
	if err != nil {
		return nil, err
	}
	return append(append(doc[:len(doc)-1], ','), more[1:]...), nil
}

var _ json.Marshaler = Problem{}

// ProblemType describes one kind of problem, for the page that explains them all.
type ProblemType struct {
	Kind        errs.Kind
	Status      int
	Title       string
	Explanation string // what it means and what to do about it, plain text
}

// Problems lists every problem type in the order of its status.
func Problems() []ProblemType { return slices.Clone(problemTypes) }

// Status is the HTTP status of the kind; 500 for one that is not published.
func Status(kind errs.Kind) int { return problemType(kind).Status }

// problemType finds the kind's row. A kind without one is a fault of ours, so it answers as such.
func problemType(kind errs.Kind) ProblemType {
	row := slices.IndexFunc(problemTypes, func(t ProblemType) bool { return t.Kind == kind })
	if row < 0 {
		return problemType(errs.Internal)
	}
	return problemTypes[row]
}

// problemTypes is the one place where a kind of failure gets its status and its words.
var problemTypes = []ProblemType{
	{errs.InvalidQuery, http.StatusBadRequest, "Invalid query",
		"A query parameter, path or header cannot be understood: it is unknown, repeated, malformed or out of range. Each fault is listed under errors."},
	{errs.InvalidJSON, http.StatusBadRequest, "Invalid JSON",
		"The body is not JSON as RFC 8259 defines it, or it names a member twice or nests too deeply. The detail says where."},
	{errs.CursorUnknown, http.StatusBadRequest, "Unknown change-log cursor",
		"The cursor names a line of the change log that this service does not have, because it came from another service or from before a restore. Read the log from the start and drop what you do not meet there."},
	{errs.Unauthenticated, http.StatusUnauthorized, "Not authenticated",
		"The request needs a token, or the token it carries is not valid: mistyped, expired or revoked. Send a valid one as Authorization: Bearer."},
	{errs.Forbidden, http.StatusForbidden, "Not allowed",
		"The token is valid, but its role does not allow this. Ask an administrator for a token with a higher role."},
	{errs.NotFound, http.StatusNotFound, "Not found",
		"Nothing is at this address, or nothing that you may know of. Check the spelling; a token may be needed to see drafts."},
	{errs.MethodNotAllowed, http.StatusMethodNotAllowed, "Method not allowed",
		"The address exists, but not for this HTTP method. The Allow header lists the methods it takes."},
	{errs.Conflict, http.StatusConflict, "Conflict",
		"The state of the entry does not allow this. Read the entry again and decide what to do from its status."},
	{errs.InUse, http.StatusConflict, "In use",
		"Other entries refer to this one, so it cannot be deleted. The problem names them; remove those links first."},
	{errs.NothingToPublish, http.StatusConflict, "Nothing to publish",
		"The entry has no draft: what is live is already the newest. Save a change first."},
	{errs.Scheduled, http.StatusConflict, "Scheduled",
		"The draft is scheduled to be published and cannot be changed, discarded or published until then; or the entry is scheduled to be unpublished, and you ask for another time. Cancel the schedule first: DELETE …/schedule?for=publish, or for=unpublish."},
	{errs.RequestInProgress, http.StatusConflict, "Request in progress",
		"A request with the same Idempotency-Key is still running. Wait a moment and send this one again, unchanged."},
	{errs.Gone, http.StatusGone, "Gone",
		"The entry was here and has been removed for good. The problem explains why, and may name an alternative."},
	{errs.Stale, http.StatusPreconditionFailed, "Precondition failed",
		"The entry is not in the version that the request expects: somebody else changed it meanwhile, or it already exists. Read it again, take over the newer content, and send the change with the new version's tag."},
	{errs.TooLarge, http.StatusRequestEntityTooLarge, "Too large",
		"The body is larger than this service accepts. The detail names the limit."},
	{errs.UnsupportedMediaType, http.StatusUnsupportedMediaType, "Unsupported media type",
		"The body is not in a format that this address takes. Set Content-Type to one that the answer lists, and send the body without compression."},
	{errs.RangeNotSatisfiable, http.StatusRequestedRangeNotSatisfiable, "Range not satisfiable",
		"The file has no bytes at the range that the Range header asks for. Content-Range says how many bytes there are; ask without Range for all of them."},
	{errs.InvalidContent, http.StatusUnprocessableEntity, "Invalid content",
		"The body is well-formed JSON, but its content is not acceptable. Each fault is listed under errors with a JSON pointer to its place."},
	{errs.NotPublishable, http.StatusUnprocessableEntity, "Not publishable",
		"A check found something that must be put right before this can be published. Each finding is listed under checks; those of severity blocker must be resolved."},
	{errs.KeyReused, http.StatusUnprocessableEntity, "Idempotency key reused",
		"The Idempotency-Key was used before with another body. Use a new key for a new request."},
	{errs.PreconditionRequired, http.StatusPreconditionRequired, "Precondition required",
		"Changing what exists needs an If-Match header with the version you have seen, so that nobody's work is overwritten. Read the draft view first and send its ETag."},
	{errs.RateLimited, http.StatusTooManyRequests, "Too many requests",
		"You have sent more requests than allowed. Wait for as many seconds as Retry-After says."},
	{errs.Internal, http.StatusInternalServerError, "Internal error",
		"Something went wrong on our side. Quote the request id when you report it."},
	{errs.NotImplemented, http.StatusNotImplemented, "Not implemented",
		"The request is right, but asks for a form of answer that this service does not have. The detail says which one it has."},
	{errs.Unavailable, http.StatusServiceUnavailable, "Unavailable",
		"A part that this request needs is away for now. Try again after as many seconds as Retry-After says. Whether a change was saved may be unknown: read it before you repeat it."},
}
