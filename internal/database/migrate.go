package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/cpics/working-together-api/migrations"
)

// Migration is one step of the schema's history.
type Migration struct {
	Version int64
	Name    string    // the file's name
	Applied time.Time // zero while it is pending
}

// migrationsTable says which migrations were applied.
const migrationsTable = "schema_migrations"

// ErrNewer is returned by [Migrate] for a database that a newer program has migrated already.
var ErrNewer = errors.New("the database is newer than this program")

// Migrate brings the schema up to date. Replicas that start together wait for each other, and each sees the finished
// schema when Migrate returns. A migration that fails leaves those before it in place and nothing of itself.
// A database that is newer than the program is refused with [ErrNewer] and left alone.
func Migrate(ctx context.Context, db *DB) error {
	return MigrateThen(ctx, db, func(context.Context) error { return nil })
}

// MigrateThen is [Migrate] followed by then, with no other replica doing either meanwhile.
func MigrateThen(ctx context.Context, db *DB, then func(context.Context) error) error {
	return migrate(ctx, db, migrations.FS, then)
}

// Settled tells by one look whether a start has nothing to do: the schema is the program's, to the last migration and no
// further, nobody migrates or seeds at this moment, and all of the conditions hold, SQL that is the same for both engines.
// Whatever is otherwise makes it false, a database that does not answer included: then [MigrateThen], which takes its
// turn and does what is to be done, finds out. The caller calls [DB.FinishScrub] later, as MigrateThen does at once.
func Settled(ctx context.Context, db *DB, conditions ...string) bool {
	look, err := settledQuery(db, migrations.FS, conditions)
	if err != nil {
		return false
	}
	settled, err := db.dialect.settled(ctx, db, look)
	return err == nil && settled
}

// settledQuery asks whether exactly the migrations for db are applied and the conditions hold.
func settledQuery(db *DB, files fs.FS, conditions []string) (string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", err
	}
	_, foreign := db.dialect.goose()
	var known []string
	for _, name := range names {
		if other, err := path.Match(foreign, name); other || err != nil {
			continue
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			return "", err
		}
		known = append(known, strconv.FormatInt(version, 10))
	}
	all := append([]string{
		fmt.Sprintf("(SELECT count(*) FROM %s WHERE version_id > 0) = %d", migrationsTable, len(known)),
		fmt.Sprintf("(SELECT count(*) FROM %s WHERE is_applied AND version_id IN (%s)) = %d", migrationsTable, strings.Join(known, ", "), len(known)),
	}, conditions...)
	return "SELECT (" + strings.Join(all, ") AND (") + ")", nil
}

func migrate(ctx context.Context, db *DB, files fs.FS, then func(context.Context) error) error {
	release, err := db.dialect.startLock(ctx)
	if err != nil {
		return translate(err)
	}
	defer release()
	provider, err := newProvider(db, files)
	if err != nil {
		return err
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return translate(err)
	}
	if have > want {
		return fmt.Errorf("%w: it is at migration %d, the program knows %d; start a newer version", ErrNewer, have, want)
	}
	if _, err := provider.Up(ctx); err != nil {
		return translate(err)
	}
	if err := db.FinishScrub(ctx); err != nil {
		return err
	}
	return then(ctx)
}

// FinishScrub does what a process that was killed had begun: see [DB.Scrub]. It waits for nobody who reads.
func (db *DB) FinishScrub(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return db.Scrub(ctx)
}

// Status lists every migration that the program knows, oldest first.
func Status(ctx context.Context, db *DB) ([]Migration, error) {
	provider, err := newProvider(db, migrations.FS)
	if err != nil {
		return nil, err
	}
	list, err := provider.Status(ctx)
	if err != nil {
		return nil, translate(err)
	}
	all := make([]Migration, len(list))
	for i, m := range list {
		all[i] = Migration{Version: m.Source.Version, Name: m.Source.Path, Applied: m.AppliedAt.UTC()}
	}
	return all, nil
}

func newProvider(db *DB, files fs.FS) (*goose.Provider, error) {
	dialect, foreign := db.dialect.goose()
	names, err := fs.Glob(files, foreign)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, db.pools[0], files,
		goose.WithExcludeNames(names),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
		goose.WithTableName(migrationsTable),
	)
}

// String is the name without number and ending, for people: "00003_principles.sqlite.sql" is "principles".
func (m Migration) String() string {
	name, _, _ := strings.Cut(m.Name, ".")
	_, name, _ = strings.Cut(name, "_")
	return name
}
