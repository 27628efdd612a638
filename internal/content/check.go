package content

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/richtext"
)

// Severity says whether a check stops publishing.
type Severity string

// A blocker makes publishing fail; a warning is for the editor's judgement.
const (
	Blocker Severity = "blocker"
	Warning Severity = "warning"
)

// Check is something that is wrong, or may be, with an edition that is to be published.
type Check struct {
	Code     string   `json:"code" validate:"required" example:"required"`                                     // which check it is, for programs
	Severity Severity `json:"severity" validate:"required" enums:"blocker,warning" example:"blocker"`          // blocker: it cannot be published like this
	Pointer  string   `json:"pointer" validate:"required" example:"/summary"`                                  // where, as a JSON pointer (RFC 6901) into the input
	Detail   string   `json:"detail" validate:"required" example:"There is no summary."`                       // what is wrong
	Help     string   `json:"help" validate:"required" example:"Add a summary of one or two plain sentences."` // what to do about it
	Secret   bool     `json:"-" swaggerignore:"true"`                                                          // tells something of a member that only editors may see
}

// forReaders leaves out what only editors may see.
func forReaders(checks []Check) []Check {
	return slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return c.Secret })
}

// Missing is the blocker for something that must be there to publish.
func Missing(member, what, help string) Check {
	return Check{Code: "required", Severity: Blocker, Pointer: "/" + member, Detail: what, Help: help}
}

// Checks lists what stands against publishing a document, now or when that is scheduled, and what its editor should know.
func (r *Repository[T]) Checks(tx *database.Tx, doc *Document[T]) ([]Check, error) {
	at := tx.Now
	if doc.Entry.PublishAt != nil && doc.Entry.PublishAt.After(at) {
		at = *doc.Entry.PublishAt
	}
	return r.checksAt(tx, doc, at)
}

// checksAt is Checks for a document that is published at a time.
func (r *Repository[T]) checksAt(tx *database.Tx, doc *Document[T], at time.Time) ([]Check, error) {
	checks := append([]Check{}, doc.Entry.missed()...)
	if strings.TrimSpace(doc.Edition.Summary) == "" {
		checks = append(checks, Missing("summary", "There is no summary.", "Add a summary of one or two plain sentences."))
	}
	checks = append(checks, doc.Input.Checks(at.Format(time.DateOnly))...)
	checks = append(checks, fileChecks(doc.Input, doc.Files, r.site.RequireAccessibleFiles)...)
	checks = append(checks, r.linkChecks(doc)...)
	broken, err := mentionChecks(tx, r.site.Text, doc.Input)
	if err != nil {
		return nil, err
	}
	unheld, err := fileMentionChecks(tx, r.site.Text, doc.Input, doc.Files)
	return append(append(checks, broken...), unheld...), err // never nil: in JSON it is a list
}

// linkChecks warns of links that readers will not see yet.
func (r *Repository[T]) linkChecks(doc *Document[T]) []Check {
	var checks []Check
	for _, rel := range r.kind.Relations {
		for i, t := range doc.Links[rel.Name] {
			if t.Status != Live {
				checks = append(checks, Check{Code: "link-not-live", Severity: Warning,
					Pointer: "/" + rel.Name + "/" + strconv.Itoa(i),
					Detail:  "This links to a " + t.Type + " that is " + string(t.Status) + ".",
					Help:    "The link is shown once its target is live. Publish the target, or remove the link."})
			}
		}
	}
	return checks
}

// mentionChecks warns of addresses of items, inside rich text, that lead nowhere.
func mentionChecks(tx *database.Tx, text *richtext.Renderer, in Input) ([]Check, error) {
	targets, err := mentioned(tx, text, in)
	if err != nil {
		return nil, err
	}
	var checks []Check
	for _, field := range in.RichText() {
		for _, ref := range text.References(field.Markdown) {
			if target, ok := targets[ref]; !ok || target.Status != Live {
				checks = append(checks, Check{Code: "mention-not-live", Severity: Warning, Pointer: "/" + field.Name,
					Detail: "The text links to /v1/" + ref.Collection + "/" + ref.Name + ", which readers cannot open.",
					Help:   "Correct the address, or publish what it names. Until then the text is shown without the link."})
			}
		}
	}
	return checks, nil
}

// notPublishable is the answer to publishing against a blocker; nil where there is none.
func notPublishable(checks []Check) error {
	blockers := 0
	for _, c := range checks {
		if c.Severity == Blocker {
			blockers++
		}
	}
	if blockers == 0 {
		return nil
	}
	return errs.New(errs.NotPublishable, "Nothing was published: %d of the checks must be put right first. See checks.", blockers).
		With("checks", checks)
}

// Publishable says whether no check blocks publishing.
func Publishable(checks []Check) bool { return notPublishable(checks) == nil }
