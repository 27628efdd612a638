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
// what no driver said, passes unchanged, and so does the end of a caller that went away.
func translate(err error) error {
	var known *errs.Error
	var done *violation
	if err == nil || errors.As(err, &known) || errors.As(err, &done) {
		return err
	}
	found, _ := inspect(err)
	switch found.verdict {
	case duplicate:
		return &violation{gorm.ErrDuplicatedKey, found.constraint, err}
	case reference, raced:
		return &violation{gorm.ErrForeignKeyViolated, found.constraint, err}
	case check:
		return &violation{gorm.ErrCheckConstraintViolated, found.constraint, err}
	case contention:
		return errs.New(errs.Unavailable, "Too many are writing at once. Try again shortly.").Because(err)
	}
	if lost(err) {
		return errs.New(errs.Unavailable, "The database does not answer. Try again shortly.").Because(err)
	}
	return err
}

// lost reports whether the database, the connection to it or the time ran out.
func lost(err error) bool {
	if errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var network net.Error
	found, _ := inspect(err)
	return found.verdict == away ||
		errors.As(err, &network) || // a context's deadline among them
		errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// answered reports whether the database itself said err, so that the outcome is known.
func answered(err error) bool {
	found, ok := inspect(err)
	return ok && found.verdict != away || errors.Is(err, sql.ErrTxDone)
}

// retryable reports whether the whole unit of work may end otherwise when it is run again after n attempts. A foreign
// key gets one more: what was there when the work looked can be gone when it refers to it, and the next look sees that.
func retryable(err error, n int) bool {
	found, _ := inspect(err)
	return found.verdict == contention || found.verdict == raced && n == 1
}
