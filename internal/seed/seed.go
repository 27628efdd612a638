// Package seed loads the first content of a service by the same steps as an editor's request: read, create, publish.
// What it loads has therefore passed every check of the API, and leaves the same audit and change log.
package seed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/starter"
)

// ErrNotEmpty is returned by [Load] where anything was ever written.
var ErrNotEmpty = errors.New("the service is not empty, so nothing was loaded")

// settleIn is how long a service that has just been filled is left in peace: its first readers come before renditions.
const settleIn = time.Minute

// Seeder writes one document of one type under the given id and makes it public, as the actor and at tx.Now.
type Seeder func(tx *database.Tx, log *change.Log, by auth.Actor, id uuid.UUID, input []byte) error

// Seeders are the seeders by type.
type Seeders map[string]Seeder

// Published seeds a type that has drafts and editions.
func Published[T content.Input](repo *content.Repository[T]) Seeder {
	return func(tx *database.Tx, log *change.Log, by auth.Actor, id uuid.UUID, input []byte) error {
		written, err := rest.Decode(repo, input)
		if err != nil {
			return err
		}
		doc, err := repo.Create(tx, by, id, written)
		if err != nil {
			return err
		}
		_, err = repo.Publish(tx, log, by, &doc.Entry, content.Publication{})
		return err
	}
}

// Load writes the documents, each at its own id and time, into a service in which nothing was ever written: all of
// them, in one transaction, or none. It fails with ErrNotEmpty elsewhere, and names the document that is at fault,
// with all its faults, when there is one.
func Load(ctx context.Context, db *database.DB, seeders Seeders, documents []starter.Document) error {
	return db.Write(ctx, func(tx *database.Tx) error {
		if _, err := change.Lock(tx); err != nil {
			return err
		}
		if err := mustBeEmpty(tx); err != nil {
			return err
		}
		for _, d := range documents {
			if err := load(tx, seeders, d); err != nil {
				return fmt.Errorf("%s %s: %w", d.Type, d.ID, err)
			}
		}
		return content.PutWorkOff(tx, tx.Now.Add(settleIn))
	})
}

// load writes one document in a transaction whose clock stands at the document's time.
func load(tx *database.Tx, seeders Seeders, d starter.Document) error {
	write, ok := seeders[d.Type]
	if !ok {
		return errors.New("nothing here knows this type")
	}
	then := *tx
	then.Now = d.PublishedAt
	log, err := change.Lock(&then) // held already; a log writes at its transaction's time
	if err != nil {
		return err
	}
	return write(&then, log, auth.System("seed"), d.ID, d.Input)
}

// Written is the condition, in SQL, under which anything was ever written. The audit knows of drafts that were thrown away,
// which leave nothing else.
const Written = "EXISTS (SELECT 1 FROM entries) OR EXISTS (SELECT 1 FROM audit WHERE type <> 'token') OR EXISTS (SELECT 1 FROM changes)"

func mustBeEmpty(tx *database.Tx) error {
	var written bool
	err := tx.Raw("SELECT " + Written).Scan(&written).Error
	if err != nil {
		return fmt.Errorf("look whether anything was written: %w", err)
	}
	if written {
		return ErrNotEmpty
	}
	return nil
}
