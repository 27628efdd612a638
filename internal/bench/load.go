package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/search/index"

	// Every type that the rebuilding has to know.
	_ "github.com/cpics/working-together-api/internal/content/casestudy"
	_ "github.com/cpics/working-together-api/internal/content/page"
	_ "github.com/cpics/working-together-api/internal/content/principle"
	_ "github.com/cpics/working-together-api/internal/content/toolkit"
	_ "github.com/cpics/working-together-api/internal/reference/organisation"
	_ "github.com/cpics/working-together-api/internal/reference/topic"
)

// version is part of the names of data sets: another one has what another version made.
const version = 6

func databaseName(size int) string { return fmt.Sprintf("bench_v%d_%d", version, size) }

// ensure makes a data set unless it is there from an earlier run, and gives the address of its database.
func (b *bench) ensure(ctx context.Context, engine database.Engine, size int) (url string, err error) {
	name := databaseName(size)
	done := filepath.Join(b.dir, string(engine)+"_"+name+".done")
	if engine == database.SQLite {
		url = "sqlite:" + filepath.Join(b.dir, name+".db")
	} else {
		url = b.cluster.url(name)
	}
	if _, err := os.Stat(done); err == nil {
		return url, prepared(ctx, url)
	}
	began := time.Now()
	fmt.Printf("loading %d case studies into %s\n", size, engine)
	if engine == database.SQLite {
		err = b.loadSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), size)
	} else {
		err = b.loadPostgres(ctx, name, url, size)
	}
	if err == nil {
		fmt.Printf("%s has its rows after %s\n", engine, time.Since(began).Round(time.Second))
		err = os.WriteFile(done, nil, 0o644) // what follows is made whenever it is missing
	}
	if err == nil {
		err = prepared(ctx, url)
	}
	if err != nil {
		return "", fmt.Errorf("load %s: %w", engine, err)
	}
	fmt.Printf("%s loaded in %s\n", engine, time.Since(began).Round(time.Second))
	return url, nil
}

// migrated brings the schema up to date.
func migrated(ctx context.Context, url string) error {
	db, err := database.Open(ctx, database.Config{URL: url})
	if err != nil {
		return err
	}
	return errors.Join(database.Migrate(ctx, db), db.Close())
}

// prepared is migrated, and makes what is derived from the rows where it is missing or a newer program makes it
// otherwise: lists and their counts, and the index of the search.
func prepared(ctx context.Context, url string) error {
	if err := migrated(ctx, url); err != nil {
		return err
	}
	db, err := database.Open(ctx, database.Config{URL: url})
	if err != nil {
		return err
	}
	var unlisted, stale bool
	err = db.Read(ctx, func(tx *database.Tx) (err error) {
		if stale, err = index.Stale(tx); err == nil {
			err = tx.Raw("SELECT NOT EXISTS (SELECT 1 FROM lists)").Scan(&unlisted).Error
		}
		return err
	})
	if err == nil && unlisted {
		fmt.Println("making the lists of", db.Engine())
		err = unhurried(ctx, db, listed)
	}
	if err == nil && stale {
		fmt.Println("making the search of", db.Engine())
		err = unhurried(ctx, db, content.RebuildSearch)
	}
	err = errors.Join(err, db.Close())
	if err == nil && (unlisted || stale) {
		err = compact(ctx, db.Engine(), url)
	}
	return err
}

// compact leaves a database as one that has been at rest: without the room that loading in another order than that of the
// keys has left, and with all that is visible known to be.
func compact(ctx context.Context, engine database.Engine, url string) error {
	if engine == database.SQLite {
		return compactSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	}
	return compactPostgres(ctx, url)
}

// listed makes lists and their counts, as a service would after an import by another way. Indexes are made after the
// rows.
func listed(tx *database.Tx) error {
	return withoutIndexes(tx, []string{"listings", "list_pairs"}, func() error {
		_, err := content.Rebuild(tx)
		return err
	})
}

// unhurried does large work under the publish lock, with memory for it.
func unhurried(ctx context.Context, db *database.DB, work func(*database.Tx) error) error {
	return db.Write(ctx, func(tx *database.Tx) error {
		if tx.Engine == database.SQLite {
			if err := tx.Exec(loadMemory).Error; err != nil {
				return err
			}
		}
		if _, err := change.Lock(tx); err != nil {
			return err
		}
		return work(tx)
	})
}

// withoutIndexes does work while tables have no indexes but those that refuse something, and makes the others after it,
// which is quicker than to keep them meanwhile.
func withoutIndexes(tx *database.Tx, tables []string, work func() error) error {
	type index struct{ Name, Statement string }
	from := map[database.Engine]string{
		database.SQLite:   "SELECT name, sql AS statement FROM sqlite_master WHERE type = 'index' AND tbl_name IN ? AND sql LIKE 'CREATE INDEX%'",
		database.Postgres: "SELECT indexname AS name, indexdef AS statement FROM pg_indexes WHERE tablename IN ? AND indexdef LIKE 'CREATE INDEX%'",
	}
	var all []index
	if err := tx.Raw(from[tx.Engine], tables).Scan(&all).Error; err != nil {
		return err
	}
	for _, i := range all {
		if err := tx.Exec("DROP INDEX " + i.Name).Error; err != nil {
			return err
		}
	}
	if err := work(); err != nil {
		return err
	}
	for _, i := range all {
		if err := tx.Exec(i.Statement).Error; err != nil {
			return err
		}
	}
	return nil
}
