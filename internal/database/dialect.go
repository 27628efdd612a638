package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// dialect is all that the engines do each in their own way. sqlite.go and postgres.go are the two; nothing else in
// the package asks which engine it is on.
type dialect interface {
	engine() Engine
	// close ends what goes on beside the connections, after they are closed.
	close()
	// goose is the engine's name among goose's, and the pattern of migrations that are not for it.
	goose() (name goose.Dialect, foreign string)
	// snapshot is how a transaction begins that reads one state of the database and never writes.
	snapshot() *sql.TxOptions
	// startLock waits for the lock of migrations and seeding, which ends with release or with the process.
	startLock(ctx context.Context) (release func(), err error)
	// settled gives what one query says, a boolean, while nobody has the start lock; false while somebody has.
	settled(ctx context.Context, db *DB, query string) (bool, error)
	// begin begins a transaction that writes.
	begin(ctx context.Context, db *DB) (writeTx, error)
	// writeHolding is [DB.WriteHolding].
	writeHolding(ctx context.Context, db *DB, key string, work func(*Tx) error) error
	// listen is [DB.Listen].
	listen(ctx context.Context, channel string, wake func()) error
	// scrub tries what [DB.Scrub] promises, and waits for nobody: it is not done while an earlier read goes on.
	// rewritten is for it to remember, from one try to the next, what need not be done again.
	scrub(db *DB, rewritten *bool) (done bool, err error)
}

// writeTx is a transaction that writes.
type writeTx interface {
	gorm.ConnPool
	// outcome is what came of work that ended with err, when all is done that was put off.
	outcome(ctx context.Context, err error) error
	Commit() error
	// end rolls back what was not committed. Nothing is done with it afterwards.
	end()
}

// open chooses the engine by the URL's scheme.
func open(cfg Config) (*DB, error) {
	scheme, rest, _ := strings.Cut(cfg.URL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(rest, cmp.Or(max(0, cfg.MaxConns), sqliteMaxConns()))
	case "postgres", "postgresql":
		return openPostgres(cfg.URL, cmp.Or(max(0, cfg.MaxConns), defaultMaxConns))
	}
	return nil, errors.New("the database URL must start with sqlite: or postgres://")
}

// finding is a driver's error, understood.
type finding struct {
	verdict    verdict
	constraint string // see [Constraint]
}

// verdict is what a driver's error means to us.
type verdict int

const (
	other      verdict = iota // a fault of ours, or one that we know nothing better about
	duplicate                 // a unique constraint
	reference                 // a foreign key
	check                     // a check constraint
	raced                     // a foreign key, which others may have broken meanwhile
	contention                // others were quicker: trying again helps
	away                      // the database cannot work at present
)

// inspect looks for a driver's error in err's chain.
func inspect(err error) (finding, bool) {
	if f, ok := inspectPostgres(err); ok {
		return f, true
	}
	return inspectSQLite(err)
}
