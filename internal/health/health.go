// Package health tells load balancers and people whether the service is alive and ready.
package health

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

const (
	// freshness is how old a report may be. Whoever asks more often costs nothing more.
	freshness = time.Second
	// patience is how long a part may take to answer before it counts as away.
	patience = time.Second
)

// Report is what the service can do now.
type Report struct {
	Reads  bool    `json:"reads" validate:"required" example:"true"`  // what is published can be read
	Writes bool    `json:"writes" validate:"required" example:"true"` // changes can be saved
	Checks []Check `json:"checks" validate:"required"`                // what this was found by

	cause error // of what is not OK, for the operator's log
}

// Check is one look at one part of the service.
type Check struct {
	Name   string `json:"name" validate:"required" example:"database reads"`
	OK     bool   `json:"ok" validate:"required" example:"true"`
	Detail string `json:"detail,omitempty" example:"The database does not answer. Try again shortly."` // only when it is not
}

// Checker looks at the parts of a service. Many may ask at once; one look serves them all.
type Checker struct {
	db   *database.DB
	copy func() bool // whether there is a last good copy to read from
	now  func() time.Time

	mu   sync.Mutex // held during a look
	last Report
	at   time.Time // when the last look ended; zero before the first
}

// NewChecker looks at a service on db that may have a last good copy of what is published, as copy says.
func NewChecker(db *database.DB, copy func() bool) *Checker {
	return &Checker{db: db, copy: copy, now: time.Now}
}

// Report is what was found within the last second; if nothing was, it looks now, which takes a second at most.
func (c *Checker) Report(ctx context.Context) Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() || c.now().Sub(c.at) >= freshness {
		c.last = c.look(context.WithoutCancel(ctx)) // the others that wait have not gone away
		c.at = c.now()
	}
	return c.last
}

// look tries what readers and editors need. Nothing is locked or changed by it.
func (c *Checker) look(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var noReads, noWrites error
	var both sync.WaitGroup
	both.Go(func() {
		var seq int64
		noReads = c.db.Read(ctx, func(tx *database.Tx) error {
			return tx.Raw("SELECT seq FROM change_head").Scan(&seq).Error
		})
	})
	both.Go(func() {
		noWrites = c.db.Write(ctx, func(tx *database.Tx) error {
			return tx.Exec("UPDATE change_head SET seq = seq WHERE seq < 0").Error // a standby refuses even this
		})
	})
	both.Wait()
	report := Report{Reads: noReads == nil, Writes: noWrites == nil, cause: errors.Join(noReads, noWrites),
		Checks: []Check{checked("database reads", noReads), checked("database writes", noWrites)}}
	if noReads != nil && c.copy() {
		report.Reads = true
		report.Checks = append(report.Checks, checked("last good copy", nil))
	}
	return report
}

// checked is the outcome of a check. Only what is meant for the public is told of a failure.
func checked(name string, err error) Check {
	var public *errs.Error
	switch {
	case err == nil:
		return Check{Name: name, OK: true}
	case errors.As(err, &public):
		return Check{Name: name, Detail: public.Detail}
	default:
		return Check{Name: name, Detail: "It failed; the log of the service says more."}
	}
}
