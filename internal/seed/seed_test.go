package seed_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/principle"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/seed"
	"github.com/cpics/working-together-api/internal/starter"
)

var (
	first  = document("018b8a2f-a460-7b69-b817-7e6b30ce1c89", "2023-11-01T09:21:00Z", `{"title": "First", "summary": "One."}`)
	second = document("018b8a30-8ec0-7a2c-8a0e-6f3d3b1d7f11", "2024-02-01T10:00:00Z", `{"title": "Second", "summary": "Two.", "body": "See [one](/v1/principles/first)."}`)
)

func document(id, at, input string) starter.Document {
	published, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return starter.Document{Type: "principle", ID: uuid.MustParse(id), PublishedAt: published, Input: []byte(input)}
}

func TestEachDocumentIsPublishedUnderItsIDAtItsTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		must(t, load(t, db, first, second))
		for i, d := range []starter.Document{first, second} {
			var e content.Entry
			must(t, db.Read(t.Context(), func(tx *database.Tx) error { return tx.Take(&e, "id = ?", d.ID).Error }))
			if e.Status != content.Live || e.Place != i+1 || !e.CreatedAt.Equal(d.PublishedAt) || !e.FirstPublishedAt.Equal(d.PublishedAt) ||
				!e.UpdatedAt.Equal(d.PublishedAt) || e.SavedBy != "seed" {
				t.Errorf("%+v, want it live since %v", e, d.PublishedAt)
			}
			if n := count(t, db, "changes WHERE entry_id = ? AND at = ? AND event = 'published'", d.ID, d.PublishedAt); n != 1 {
				t.Errorf("%d lines of the change log", n)
			}
			if n := count(t, db, "audit WHERE entry_id = ? AND actor_id = 'system:seed'", d.ID); n != 2 {
				t.Errorf("%d rows of the audit, want one for each step", n)
			}
		}
	})
}

func TestOnlyAServiceInWhichNothingWasEverWrittenIsSeeded(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*testing.T, *database.DB){
		"seeded":                    func(t *testing.T, db *database.DB) { must(t, load(t, db, first)) },
		"a draft":                   func(t *testing.T, db *database.DB) { makeDraft(t, db, false) },
		"a draft that is discarded": func(t *testing.T, db *database.DB) { makeDraft(t, db, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, db *database.DB) {
				write(t, db)
				if err := load(t, db, second); !errors.Is(err, seed.ErrNotEmpty) {
					t.Errorf("Load = %v", err)
				}
				if n := count(t, db, "entries WHERE id = ?", second.ID); n != 0 {
					t.Error("it was loaded all the same")
				}
			})
		})
	}
}

func TestATokenMakesAServiceNoLessEmpty(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		_, _, err := auth.NewStore(db).Create(t.Context(), auth.System("token"), auth.NewToken{Name: "x", Role: auth.Admin})
		must(t, err)
		must(t, load(t, db, first))
	})
}

func TestOneFaultyDocumentStopsAll(t *testing.T) {
	t.Parallel()
	faulty := map[string]starter.Document{
		"/colour": document("018b8a31-7920-7c44-9a51-3f1f6f0c2b77", "2024-02-02T10:00:00Z", `{"title": "", "colour": "red", "summary": 3}`),
		"blocks":  document("018b8a31-7920-7c44-9a51-3f1f6f0c2b78", "2024-02-02T10:00:00Z", `{"title": "No summary"}`),
		"type":    {Type: "poem", ID: uuid.MustParse("018b8a31-7920-7c44-9a51-3f1f6f0c2b79"), PublishedAt: time.Unix(0, 0)},
		"syntax":  document("018b8a31-7920-7c44-9a51-3f1f6f0c2b80", "2024-02-02T10:00:00Z", `{`),
	}
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for name, d := range faulty {
			err := load(t, db, first, d)
			if err == nil || !strings.HasPrefix(err.Error(), d.Type+" "+d.ID.String()+": ") {
				t.Fatalf("%s: Load = %v, want the document's name", name, err)
			}
			for _, pointer := range []string{"/title", "/colour", "/summary"} {
				if name == "/colour" && !strings.Contains(err.Error(), pointer) {
					t.Errorf("%s is not named: %v", pointer, err)
				}
			}
		}
		if n := count(t, db, "entries") + count(t, db, "changes") + count(t, db, "audit") + count(t, db, "change_head WHERE seq > 0"); n != 0 {
			t.Errorf("%d rows were left behind", n)
		}
		must(t, load(t, db, first)) // nothing stands in the way of the next attempt
	})
}

func TestOfManyAtOnceOneLoads(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var all sync.WaitGroup
		outcomes := make([]error, 8)
		for i := range outcomes {
			all.Go(func() { outcomes[i] = load(t, db, first, second) })
		}
		all.Wait()
		loaded := 0
		for _, err := range outcomes {
			switch {
			case err == nil:
				loaded++
			case !errors.Is(err, seed.ErrNotEmpty):
				t.Errorf("Load = %v", err)
			}
		}
		if n := count(t, db, "entries"); loaded != 1 || n != 2 {
			t.Errorf("%d loaded, %d entries", loaded, n)
		}
	})
}

func load(t *testing.T, db *database.DB, documents ...starter.Document) error {
	return seed.Load(context.WithoutCancel(t.Context()), db, seed.Seeders{"principle": seed.Published(repository(t))}, documents)
}

func repository(t *testing.T) *content.Repository[*principle.Input] {
	text, err := richtext.New("https://api.example.nhs.uk", content.Collections()...)
	if err != nil {
		t.Error(err)
	}
	return principle.NewRepository(&content.Site{BaseURL: "https://api.example.nhs.uk", Text: text})
}

// makeDraft writes a draft as an editor would, and throws it away again.
func makeDraft(t *testing.T, db *database.DB, discard bool) {
	t.Helper()
	repo := repository(t)
	by := auth.System("test")
	must(t, db.Write(t.Context(), func(tx *database.Tx) error {
		written, err := rest.Decode(repo, []byte(`{"title": "Draft"}`))
		if err != nil {
			return err
		}
		doc, err := repo.Create(tx, by, uuid.Nil, written)
		if err != nil || !discard {
			return err
		}
		return repo.Discard(tx, by, &doc.Entry)
	}))
}

// count counts the rows of a table, with a condition perhaps.
func count(t *testing.T, db *database.DB, from string, args ...any) (n int) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT count(*) FROM "+from, args...).Scan(&n).Error
	}))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
