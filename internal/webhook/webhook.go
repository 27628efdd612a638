package webhook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

func init() {
	web.RegisterRule("logtype", func(s string) bool { return slices.Contains(content.Types(), s) },
		"Use a type of the change log: principle, case-study, toolkit-asset, page, organisation or topic.")
}

// Input is a webhook as an administrator writes it.
type Input struct {
	URL         string   `json:"url" validate:"required" example:"https://www.example.nhs.uk/hooks/working-together" format:"uri" maxLength:"2000"`                                                 // where deliveries go: https, on the public internet
	Events      []string `json:"events" validate:"dive,oneof=published refreshed moved withdrawn gone recalled" enums:"published,refreshed,moved,withdrawn,gone,recalled" example:"published,gone"` // the events of the change log that it is told; absent or empty: all
	Types       []string `json:"types" validate:"dive,logtype" enums:"principle,case-study,toolkit-asset,page,organisation,topic" example:"case-study"`                                             // the types whose lines it is told; absent or empty: all
	Description string   `json:"description,omitempty" validate:"omitempty,max=1000" example:"The intranet's news page" maxLength:"1000"`                                                           // for people: what it is for
	Enabled     bool     `json:"enabled" example:"true" default:"true"`                                                                                                                             // false: lines wait in the log; true after a pause: they are sent from where it stopped
}

// newInput is an input in which nothing was written yet.
func newInput() *Input { return &Input{Enabled: true} }

// ReadOnlyFields are the members of a View that only the service writes.
func (*Input) ReadOnlyFields() []string {
	return []string{"id", "secret", "seq", "disabledReason", "disabledAt", "failingSince", "createdAt", "createdBy", "updatedAt"}
}

// View is a webhook as it is shown: all but its secret.
type View struct {
	ID             uuid.UUID  `json:"id" validate:"required" format:"uuid" example:"01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b"`
	URL            string     `json:"url" validate:"required" format:"uri" example:"https://www.example.nhs.uk/hooks/working-together"`                                              // where deliveries go
	Events         []string   `json:"events" validate:"required" enums:"published,refreshed,moved,withdrawn,gone,recalled" example:"published,gone"`                                 // the events that it is told; empty: all
	Types          []string   `json:"types" validate:"required" enums:"principle,case-study,toolkit-asset,page,organisation,topic" example:"case-study"`                             // the types whose lines it is told; empty: all
	Description    string     `json:"description,omitempty" example:"The intranet's news page"`                                                                                      // for people
	Enabled        bool       `json:"enabled" validate:"required" example:"true"`                                                                                                    // whether deliveries are sent
	DisabledReason string     `json:"disabledReason,omitempty" example:"Nothing was taken for a day or more, and a delivery was given up. The last failure: Nothing listens there."` // only where enabled is false: why
	DisabledAt     *time.Time `json:"disabledAt,omitempty" example:"2026-11-26T09:30:00Z"`                                                                                           // only where enabled is false: since when
	FailingSince   *time.Time `json:"failingSince,omitempty" example:"2026-11-23T09:30:00Z"`                                                                                         // only while it fails: the first failure since something was taken
	Seq            int64      `json:"seq" validate:"required" example:"42"`                                                                                                          // its place in the change log: every line up to this was taken up, or is not for it
	CreatedAt      time.Time  `json:"createdAt" validate:"required" example:"2026-11-23T09:30:00Z"`
	CreatedBy      string     `json:"createdBy" validate:"required" example:"01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b"` // id of the actor that made it
	UpdatedAt      time.Time  `json:"updatedAt" validate:"required" example:"2026-11-23T09:30:00Z"`                 // when somebody last changed it
}

// WithSecret is a webhook with its new secret.
//
//	@name WebhookWithSecret
type WithSecret struct {
	View
	Secret string `json:"secret" validate:"required" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"` // the key that signs deliveries, whsec_ and base64; shown this once
}

// record is a webhook as it is stored.
type record struct {
	ID             uuid.UUID
	URL            string
	Events         string // separated by commas, as types
	Types          string
	Description    string
	Seq            int64
	DisabledAt     *time.Time
	DisabledReason string
	FailingSince   *time.Time
	CreatedAt      time.Time
	CreatedBy      string
	SavedAt        time.Time
}

// TableName is where records are stored.
func (record) TableName() string { return "webhooks" }

func (w record) view() View {
	return View{ID: w.ID, URL: w.URL, Events: split(w.Events), Types: split(w.Types), Description: w.Description,
		Enabled: w.DisabledAt == nil, DisabledReason: w.DisabledReason, DisabledAt: w.DisabledAt, FailingSince: w.FailingSince,
		Seq: w.Seq, CreatedAt: w.CreatedAt, CreatedBy: w.CreatedBy, UpdatedAt: w.SavedAt}
}

// input is the document that a merge patch is applied to.
func (w record) input() *Input {
	return &Input{URL: w.URL, Events: split(w.Events), Types: split(w.Types), Description: w.Description, Enabled: w.DisabledAt == nil}
}

// write takes over what an input says, at the time now.
func (w *record) write(in *Input, now time.Time) {
	w.URL, w.Events, w.Types, w.Description = in.URL, strings.Join(in.Events, ","), strings.Join(in.Types, ","), in.Description
	w.SavedAt = now
	switch {
	case !in.Enabled && w.DisabledAt == nil:
		w.disable(now, "Somebody disabled it.")
	case in.Enabled && w.DisabledAt != nil:
		w.DisabledAt, w.DisabledReason, w.FailingSince = nil, "", nil
	}
}

func (w *record) disable(now time.Time, format string, args ...any) {
	w.DisabledAt, w.DisabledReason = &now, fmt.Sprintf(format, args...)
}

// split is never nil: in JSON it is a list, also without items.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// faults are all that is wrong with a document: what its form is found to be, what is named twice, and what the guard
// has against the URL.
func (g *Guard) faults(w content.Written[*Input]) []errs.Fault {
	all := w.Faults
	for _, list := range []struct {
		pointer string
		names   []string
	}{{"/events", w.Input.Events}, {"/types", w.Input.Types}} {
		if each := slices.Compact(slices.Sorted(slices.Values(list.names))); len(each) < len(list.names) {
			all = append(all, errs.At(list.pointer, errs.Repeated, "Name each item only once."))
		}
	}
	known := func(f errs.Fault) bool { return f.Pointer == "/url" || f.Pointer == "" }
	if !slices.ContainsFunc(w.Faults, known) {
		all = append(all, g.Faults(w.Input.URL)...)
	}
	return all
}
