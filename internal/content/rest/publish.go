package rest

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// PublishInput says how a draft is published.
type PublishInput struct {
	UpdateType string     `json:"updateType,omitempty" validate:"omitempty,oneof=major minor" enums:"major,minor" default:"major" example:"major"` // minor: a correction that readers need not know of
	ChangeNote string     `json:"changeNote,omitempty" validate:"max=1000,multiline" maxLength:"1000" example:"Added the new referral form."`      // what changed, for readers; required for a later major edition. What comes back without a draft gets no new edition, and keeps the note it has
	At         web.Moment `json:"at,omitzero" swaggertype:"string" format:"date-time" example:"2026-12-01T09:00:00Z"`                              // when, in whole seconds; at once when it is left out
}

// UnpublishInput says how an entry stops being current.
type UnpublishInput struct {
	Type        string     `json:"type" validate:"required,oneof=withdrawal gone recall" enums:"withdrawal,gone,recall" example:"withdrawal"`           // withdrawal: still readable; gone: removed from its address; recall: erased, partners delete their copies
	Explanation string     `json:"explanation,omitempty" validate:"max=1000,multiline" maxLength:"1000" example:"The referral route has changed."`      // why, for readers; required for a withdrawal and a recall
	Alternative string     `json:"alternative,omitempty" validate:"omitempty,max=1000" maxLength:"1000" example:"https://www.example.nhs.uk/referrals"` // where to look instead: an absolute https address, or one under /v1
	Deadline    *time.Time `json:"deadline,omitempty" example:"2026-12-01T12:00:00Z"`                                                                   // by when partners should have acted
	At          web.Moment `json:"at,omitzero" swaggertype:"string" format:"date-time" example:"2027-01-31T17:00:00Z"`                                  // when, in whole seconds; at once when it is left out. Not for a recall, which must not wait
}

// Recall answers a recall: nothing else of the entry is left.
type Recall struct {
	ID     uuid.UUID      `json:"id" validate:"required" format:"uuid" example:"018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01"`
	Type   string         `json:"type" validate:"required" example:"case-study"`
	Status content.Status `json:"status" validate:"required" enums:"recalled" example:"recalled"`
}

// Publishability answers a dry run.
type Publishability struct {
	Publishable bool            `json:"publishable" validate:"required" example:"false"` // whether publishing would succeed
	Checks      []content.Check `json:"checks" validate:"required"`
}

// Publish makes the draft the live edition, now or at a time; with dryRun=true it only says whether it could be.
func (r *Resource[T, F, V]) Publish(c echo.Context) error {
	if c.QueryParam("dryRun") == "true" {
		return r.dryRun(c)
	}
	if err := auth.Check(c.Request().Context(), auth.Publisher); err != nil {
		return err
	}
	body, in, err := optionalInput[PublishInput](c)
	if err != nil {
		return err
	}
	q := web.Query(c)
	q.Bool("dryRun")
	if err := q.Done(); err != nil {
		return err
	}
	p := content.Publication{UpdateType: content.UpdateType(in.value.UpdateType), ChangeNote: in.value.ChangeNote, Faults: in.faults}
	if at := in.value.At.Time; at != nil {
		return r.changeQueried(c, false, body, func(tx *database.Tx, _ *change.Log, entry *content.Entry) (*work.Answer, error) {
			doc, err := r.Repo.SchedulePublish(tx, work.ActorOf(c), entry, *at, p)
			if err != nil {
				return nil, err
			}
			return r.answer(c, tx, doc, http.StatusAccepted)
		})
	}
	return r.changeQueried(c, true, body, func(tx *database.Tx, log *change.Log, entry *content.Entry) (*work.Answer, error) {
		doc, err := r.Repo.Publish(tx, log, work.ActorOf(c), entry, p)
		if err != nil {
			return nil, err
		}
		return r.answer(c, tx, doc, http.StatusOK)
	})
}

// dryRun answers what publishing would, and changes nothing, so it needs no tag; one that is sent
// must hold.
func (r *Resource[T, F, V]) dryRun(c echo.Context) error {
	_, in, err := optionalInput[PublishInput](c)
	if err != nil {
		return err
	}
	pre, err := web.WritePrecondition(c)
	if err != nil {
		return err
	}
	q := web.Query(c)
	q.Bool("dryRun")
	if err := q.Done(); err != nil {
		return err
	}
	result := Publishability{}
	err = r.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		entry, err := content.Find(tx, r.Repo.Kind().Type, c.Param("ref"))
		if err != nil {
			return err
		}
		if err := pre.CheckVersion(entry.Version); err != nil {
			return err
		}
		doc, err := r.Repo.Working(tx, entry)
		if err != nil {
			return err
		}
		result.Checks, err = r.Repo.DryRun(tx, doc, in.value.At.Time, in.faults)
		result.Publishable = content.Publishable(result.Checks)
		return err
	})
	if err != nil {
		return r.AnswerMoved(c, err)
	}
	return web.Private(c, http.StatusOK, result)
}

// Unpublish withdraws, removes or recalls an entry.
func (r *Resource[T, F, V]) Unpublish(c echo.Context) error {
	body, err := web.ReadBody(c)
	if err != nil {
		return err
	}
	in, err := decodeInto[UnpublishInput](body)
	if err != nil {
		return err
	}
	u := in.value.unpublication()
	u.Faults = append(in.faults, in.value.faults()...)
	if at := in.value.At.Time; at != nil {
		return r.scheduleUnpublish(c, body, *at, u)
	}
	return r.change(c, true, body, func(tx *database.Tx, log *change.Log, entry *content.Entry) (*work.Answer, error) {
		if err := r.Repo.Unpublish(tx, log, work.ActorOf(c), entry, u); err != nil {
			return nil, err
		}
		if entry.Status == content.Recalled {
			return &work.Answer{Status: http.StatusOK, Version: entry.Version, Entry: entry.ID, Erased: true,
				Body: Recall{ID: entry.ID, Type: entry.Type, Status: entry.Status}}, nil
		}
		doc, err := r.Repo.Working(tx, entry)
		if err != nil {
			return nil, err
		}
		return r.answer(c, tx, doc, http.StatusOK)
	})
}

// scheduleUnpublish has an entry withdrawn or removed at a time.
func (r *Resource[T, F, V]) scheduleUnpublish(c echo.Context, body []byte, at time.Time, u content.Unpublication) error {
	return r.change(c, false, body, func(tx *database.Tx, _ *change.Log, entry *content.Entry) (*work.Answer, error) {
		if err := r.Repo.ScheduleUnpublish(tx, work.ActorOf(c), entry, at, u); err != nil {
			return nil, err
		}
		doc, err := r.Repo.Working(tx, entry)
		if err != nil {
			return nil, err
		}
		return r.answer(c, tx, doc, http.StatusAccepted)
	})
}

// Cancel takes away what is scheduled.
func (r *Resource[T, F, V]) Cancel(c echo.Context) error {
	q := web.Query(c)
	act := content.Act(q.RequiredOf("for", string(content.ActPublish), string(content.ActUnpublish)))
	if err := q.Done(); err != nil {
		return err
	}
	return r.changeQueried(c, false, nil, func(tx *database.Tx, _ *change.Log, entry *content.Entry) (*work.Answer, error) {
		err := r.Repo.CancelSchedule(tx, work.ActorOf(c), entry, act)
		return &work.Answer{Status: http.StatusNoContent, Version: entry.Version}, err
	})
}

func (in UnpublishInput) unpublication() content.Unpublication {
	to := map[string]content.Status{"withdrawal": content.Withdrawn, "gone": content.Gone, "recall": content.Recalled}
	return content.Unpublication{To: to[in.Type], Explanation: in.Explanation, Alternative: in.Alternative, Deadline: in.Deadline}
}

// faults finds what tags cannot say.
func (in UnpublishInput) faults() []errs.Fault {
	var faults []errs.Fault
	if (in.Type == "withdrawal" || in.Type == "recall") && strings.TrimSpace(in.Explanation) == "" {
		faults = append(faults, errs.At("/explanation", errs.Required, "Explain to readers and partners why, in a sentence or two."))
	}
	if in.Alternative != "" && !web.ValidPath(in.Alternative, "/v1/") && !web.ValidHTTPS(in.Alternative) {
		faults = append(faults, errs.At("/alternative", errs.Format, "Give an absolute https address, or an address under /v1."))
	}
	return faults
}

// read is a decoded body with what is wrong with it.
type read[I any] struct {
	value  I
	faults []errs.Fault
}

// optionalInput reads a body that may be absent.
func optionalInput[I any](c echo.Context) ([]byte, read[I], error) {
	body, err := web.OptionalBody(c)
	if err != nil || len(body) == 0 {
		return nil, read[I]{}, err
	}
	in, err := decodeInto[I](body)
	return body, in, err
}

// decodeInto reads a body; only what is not JSON fails here, the rest waits until the entry and its version are known
// to be right.
func decodeInto[I any](body []byte) (in read[I], err error) {
	in.faults, err = decodeFaults(body, &in.value)
	return in, err
}
