package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file"
	"github.com/cpics/working-together-api/internal/seed"
)

// startAgain is how long a start waits before it asks once more a database that was away.
const startAgain = time.Second

// start opens the database and brings it to where the program needs it; settled says whether it was there. It tries again
// while the server is away, until ctx is done: a service that is started in an outage answers when that ends. What no
// waiting mends makes it fail: a file that cannot be opened, a password that is wrong.
func (t *taking) start(ctx context.Context) (db *database.DB, settled bool, err error) {
	for {
		db, settled, err = t.startOnce(ctx)
		if err == nil || !t.cfg.database.Remote() || errs.KindOf(err) != errs.Unavailable || database.Refused(err) {
			return db, settled, err
		}
		t.log.WarnContext(ctx, "cannot start yet; trying again", "address", t.door.listener.Addr().String(), "error", explain(err))
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-time.After(startAgain):
		}
	}
}

func (t *taking) startOnce(ctx context.Context) (db *database.DB, settled bool, err error) {
	if db, err = database.Open(ctx, t.cfg.database); err != nil {
		return nil, false, fmt.Errorf("WT_DATABASE_URL: %w", err)
	}
	if settled = database.Settled(ctx, db, conditions(t.cfg)...); settled {
		return db, true, nil
	}
	if err := t.prepare(ctx, db); err != nil {
		return nil, false, errors.Join(err, db.Close())
	}
	return db, false, nil
}

// conditions say, in SQL, when prepare would find nothing to do in a database with the program's schema.
func conditions(cfg config) []string {
	all := []string{content.AllListed, content.AllSearchable}
	if cfg.seed {
		all = append(all, seed.Written)
	}
	if cfg.scanner != nil {
		all = append(all, file.AllScanned)
	}
	return all
}

// prepare migrates and seeds while every other replica that starts waits: two first starts make one set of content.
func (t *taking) prepare(ctx context.Context, db *database.DB) error {
	return database.MigrateThen(ctx, db, func(ctx context.Context) error {
		if err := errors.Join(content.EnsureListed(ctx, db), content.EnsureSearchable(ctx, db)); err != nil {
			return err
		}
		if t.cfg.seed {
			if err := t.seedStarter(ctx, db); err != nil {
				return err
			}
		}
		if t.cfg.scanner == nil {
			return nil
		}
		return file.RequireScans(ctx, db)
	})
}

// seedStarter loads the starter content where nothing was ever written.
func (t *taking) seedStarter(ctx context.Context, db *database.DB) error {
	n, err := loadStarter(ctx, db, t.files, t.site)
	if errors.Is(err, seed.ErrNotEmpty) {
		return nil
	}
	if err == nil {
		t.log.InfoContext(ctx, "starter content loaded", "items", n)
	}
	return err
}
