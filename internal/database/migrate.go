package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	if err := finishScrub(ctx, db); err != nil {
		return err
	}
	return then(ctx)
}

// finishScrub does what a process that was killed had begun: see [DB.Scrub]. Nobody who reads holds up a start.
func finishScrub(ctx context.Context, db *DB) error {
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
		goose.WithTableName("schema_migrations"),
	)
}

// String is the name without number and ending, for people: "00003_principles.sqlite.sql" is "principles".
func (m Migration) String() string {
	name, _, _ := strings.Cut(m.Name, ".")
	_, name, _ = strings.Cut(name, "_")
	return name
}
