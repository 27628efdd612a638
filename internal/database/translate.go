package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/errs"
)

// verdict is what an engine's error means to us.
type verdict int

const (
	other      verdict = iota // a fault of ours, or one that we know nothing better about
	duplicate                 // a unique constraint
	reference                 // a foreign key
	check                     // a check constraint
	contention                // somebody else was quicker: trying again helps
	away                      // the database cannot work at present
)

// finding is a driver's error, understood.
type finding struct {
	verdict    verdict
	constraint string // see [Constraint]
}

// violation is one of gorm's sentinels together with the driver's error and the constraint's name.
type violation struct {
	sentinel   error
	constraint string
	cause      error
}

func (v *violation) Error() string   { return v.sentinel.Error() + ": " + v.cause.Error() }
func (v *violation) Unwrap() []error { return []error{v.sentinel, v.cause} }

// Constraint names the constraint that err is about: on Postgres by its name; on SQLite by name for a check, by
// columns ("slugs.type, slugs.slug") for a unique constraint, and not at all for a foreign key. It is "" where the
// engine does not tell and for any other error.
func Constraint(err error) string {
	var v *violation
	if errors.As(err, &v) {
		return v.constraint
	}
	return ""
}

// translate turns what a driver reports into the errors that the package promises. What is translated already, and
// what no driver said, passes unchanged.
func translate(err error) error {
	var known *errs.Error
	var done *violation
	if err == nil || errors.As(err, &known) || errors.As(err, &done) {
		return err
	}
	found, ok := inspect(err)
	switch {
	case !ok && lost(err):
		return errs.New(errs.Unavailable, "The database does not answer. Try again shortly.").Because(err)
	case found.verdict == contention:
		return errs.New(errs.Unavailable, "Too many are writing at once. Try again shortly.").Because(err)
	case found.verdict == away:
		return errs.New(errs.Unavailable, "The database cannot do this at present. Try again shortly.").Because(err)
	}
	if sentinel := sentinels[found.verdict]; sentinel != nil {
		return &violation{sentinel, found.constraint, err}
	}
	return err
}

var sentinels = map[verdict]error{
	duplicate: gorm.ErrDuplicatedKey,
	reference: gorm.ErrForeignKeyViolated,
	check:     gorm.ErrCheckConstraintViolated,
}

// inspect looks for a driver's error in err's chain.
func inspect(err error) (finding, bool) {
	if f, ok := inspectPostgres(err); ok {
		return f, true
	}
	return inspectSQLite(err)
}

// answered reports whether the database itself said err, so that its outcome is known.
func answered(err error) bool {
	found, ok := inspect(err)
	return ok && found.verdict != away || errors.Is(err, sql.ErrTxDone)
}

// retryable reports whether the whole unit of work may end otherwise when it is run again. A foreign key is among
// it: what was there when the work looked can be gone when it refers to it, and the next look will see that.
func retryable(err error) bool {
	found, _ := inspect(err)
	return found.verdict == contention || found.verdict == reference && !isSQLite(err)
}

// lost reports whether the connection or the time ran out rather than the database answering. A caller that went
// away (context.Canceled) is not a lost database.
func lost(err error) bool {
	var network net.Error
	return errors.As(err, &network) ||
		errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.ErrUnexpectedEOF) ||
		lostPostgres(err)
}
