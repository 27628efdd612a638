// Package work runs a write request as one unit of work: the publish lock, the change, and the answer kept under the
// request's Idempotency-Key commit together or not at all.
package work

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/web"
)

// Steps are what a write does. They run in one transaction, in the order in which a failing check answers.
type Steps struct {
	Publishes bool                        // it changes the public side: the publish lock is taken first
	Body      []byte                      // of the request, to tell whether a repeated key repeats the request
	Find      func(tx *database.Tx) error // finds what is written to: 404, 308, 410; may be nil
	// Apply checks preconditions and makes the change. log is nil unless Publishes.
	Apply func(tx *database.Tx, log *change.Log) (*Answer, error)
}

// Answer is what a successful write says.
type Answer struct {
	Status   int
	Body     any       // nil for 204
	Version  int       // of the entry, for its tag; 0 for an answer without one
	Location string    // may be empty
	Entry    uuid.UUID // what it is about, so that a recall finds it among the kept answers
	Erased   bool      // content was erased: the answer waits until it has left the disk as well
}

// scrubWait is how long the answer to a recall waits for other stores, and for earlier reads to end, so that the disk
// forgets too.
const scrubWait = 5 * time.Second

// Runner runs writes on a database.
type Runner struct {
	db    *database.DB
	erase []func(ctx context.Context)
}

// NewRunner runs writes on db.
func NewRunner(db *database.DB) *Runner { return &Runner{db: db} }

// AlsoErase has f erase, after every write that erased something and before its answer, what is kept outside the
// database. It is for the time before the first write.
func (r *Runner) AlsoErase(f func(ctx context.Context)) { r.erase = append(r.erase, f) }

// Run runs the steps and sends their answer, or the one that was kept for the same Idempotency-Key (a POST's, for 24
// hours). It fails with errs.RequestInProgress while the same key is being worked on, with errs.KeyReused for another
// request under it, and otherwise with what the steps fail with.
func (r *Runner) Run(c echo.Context, s Steps) error {
	key, err := keyOf(c, s.Body)
	if err != nil {
		return err
	}
	var answer *kept
	replayed := false
	attempt := func(tx *database.Tx) (err error) {
		answer, replayed, err = r.run(tx, s, key)
		return err
	}
	if err := key.write(c.Request().Context(), r.db, attempt); err != nil {
		return err
	}
	if answer.erased {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), scrubWait)
		defer cancel()
		for _, erase := range r.erase {
			erase(ctx)
		}
		if err := r.db.Scrub(ctx); err != nil {
			return err
		}
	}
	return answer.send(c, replayed)
}

func (r *Runner) run(tx *database.Tx, s Steps, key *key) (answer *kept, replayed bool, err error) {
	var log *change.Log
	if s.Publishes {
		if log, err = change.Lock(tx); err != nil {
			return nil, false, err
		}
		tx.Now = r.db.Now() // it may have waited for others: times go the way of the log's numbers
	}
	if s.Find != nil {
		if err := s.Find(tx); err != nil {
			return nil, false, err
		}
	}
	if answer, err = key.lookUp(tx); err != nil || answer != nil {
		return answer, true, err
	}
	result, err := s.Apply(tx, log)
	if err != nil {
		return nil, false, err
	}
	if answer, err = keep(result); err != nil {
		return nil, false, err
	}
	if result.Erased { // then its address is dead, so nobody can ask for the answer again, and its path may be a slug
		return answer, false, nil
	}
	return answer, false, key.store(tx, answer)
}

// keep turns an answer into its stored form.
func keep(a *Answer) (*kept, error) {
	k := &kept{Status: a.Status, Location: a.Location, Version: a.Version, EntryID: a.Entry, Body: []byte{}, erased: a.Erased}
	if a.Body == nil {
		return k, nil
	}
	body, err := web.Marshal(a.Body)
	k.Body = body
	return k, err
}

// send writes a kept answer.
func (k *kept) send(c echo.Context, replayed bool) error {
	h := c.Response().Header()
	if replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	if k.Location != "" {
		h.Set(echo.HeaderLocation, k.Location)
	}
	if k.Status == http.StatusNoContent {
		h.Set("Cache-Control", "private, no-store")
		if k.Version > 0 { // what was changed lives on
			h.Set("ETag", web.VersionTag(k.Version))
		}
		return c.NoContent(k.Status)
	}
	return web.Draft(c, k.Status, json.RawMessage(k.Body), k.Version)
}

// ActorOf is who makes the request.
func ActorOf(c echo.Context) auth.Actor { return auth.ActorFrom(c.Request().Context()) }
