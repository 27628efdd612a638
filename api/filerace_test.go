package api_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/file"
)

// sweeper is a service with a sweeper that runs when it is told.
type sweeper struct {
	t      *testing.T
	s      *apitest.Service
	folder string
	files  *file.Service
}

func sweeping(t *testing.T, db *database.DB) sweeper {
	t.Helper()
	folder := t.TempDir()
	store, err := blob.Open(t.Context(), "file:"+folder)
	if err != nil {
		t.Fatal(err)
	}
	w := sweeper{t: t, folder: folder}
	w.s = apitest.New(t, db, func(cfg *api.Config) {
		cfg.Blobs = store
		w.files = &file.Service{Services: rest.Services{DB: db}, Blobs: store, Log: cfg.Log, Grace: 24 * time.Hour}
	})
	return w
}

func (w sweeper) run() {
	w.t.Helper()
	if err := w.files.Sweep(context.Background()); err != nil {
		w.t.Error("sweep:", err)
	}
}

// TestOrphansAreSwept: what a crash left in the store goes after the time of grace.
func TestOrphansAreSwept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := sweeping(t, db)
		uploaded(t, w.s, "a.png", 1)
		for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "new": 23 * time.Hour} {
			path := filepath.Join(w.folder, name)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
				t.Fatal(err)
			}
		}
		setClock(w.s, time.Now())
		w.run()
		if _, err := os.Stat(filepath.Join(w.folder, "old")); !os.IsNotExist(err) || len(inFolder(t, w.folder)) != 2 {
			t.Errorf("left: %v %v", inFolder(t, w.folder), err)
		}
	})
}

// TestFilesUnderEverybodysHands: while the same bytes are uploaded, used, taken out, deleted, recalled and swept at
// once, no item ever names a file whose bytes are not there, and in the end nothing is left over.
func TestFilesUnderEverybodysHands(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := sweeping(t, db)
		w.files.Grace = -time.Hour // everything that is not used goes at once, but what arrives is no orphan
		stop := make(chan struct{})
		var sweeps, work sync.WaitGroup
		sweeps.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.sweepFilesOnly()
				}
			}
		})
		for range 8 {
			work.Go(func() {
				for range 8 {
					w.useOnce()
				}
			})
		}
		work.Wait()
		close(stop)
		sweeps.Wait()
		w.sweepFilesOnly()
		eventually(t, func() bool { return len(inFolder(t, w.folder)) == 0 }) // a rendition under way is taken back
		if total := w.s.Reader().Get("/v1/files").Must(200).Int("total"); total != 0 {
			t.Errorf("%d files are left", total)
		}
	})
}

// sweepFilesOnly sweeps, but for orphans: those of uploads under way look like some without a time of grace.
func (w sweeper) sweepFilesOnly() {
	if err := w.files.SweepFiles(context.Background()); err != nil {
		w.t.Error("sweep:", err)
	}
}

// useOnce uploads what others upload too, uses it if nobody has removed it yet, and takes it back.
func (w sweeper) useOnce() {
	made := w.s.Editor().Upload([]apitest.Part{{Name: "alt", Text: "x"}, apitest.FilePart("a.png", apitest.PNG(w.t, 30, 20, 1))})
	if made.StatusCode != 201 {
		w.t.Errorf("upload: %d %s", made.StatusCode, made.Raw)
		return
	}
	id := made.String("id")
	asset := w.s.Publisher().Post("/v1/toolkit-assets?publish=true", poster(id))
	switch asset.StatusCode {
	case 201:
		if got := w.s.Anonymous().Get(made.String("href")); got.StatusCode != 200 {
			w.t.Errorf("a published file: %d %s", got.StatusCode, got.Raw)
		}
		if gone := w.s.Editor().Delete("/v1/files/"+id, anyVersion); gone.StatusCode != 409 {
			w.t.Errorf("deleting a published file: %d", gone.StatusCode)
		}
		unpublish(w.s, "/v1/toolkit-assets/"+asset.String("id"), "recall")
	case 422: // it was swept before
		wantEqual(w.t, asset.Faults(), []string{"/files/0/id no-such"})
	default:
		w.t.Errorf("use: %d %s", asset.StatusCode, asset.Raw)
	}
	if got := w.s.Reader().Get(made.String("href")); got.StatusCode != 404 {
		w.t.Errorf("after all: %d", got.StatusCode)
	}
}
