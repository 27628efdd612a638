package auth_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/newest"
)

func TestLastUseIsKnownToTheMinute(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		token, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		if token.LastUsedAt != nil {
			t.Errorf("a new token was used at %v", token.LastUsedAt)
		}
		steps := []struct{ now, want time.Duration }{
			{0, 0}, {30 * time.Second, 0}, {59 * time.Second, 0}, {60 * time.Second, 60 * time.Second}, {time.Hour, time.Hour},
		}
		for _, s := range steps {
			f.at(start.Add(s.now))
			if _, err := f.Authenticate(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
			f.wantLastUsed(t, token, start.Add(s.want))
		}
	})
}

func TestReplicasShareTheMinute(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		token, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		if _, err := f.Authenticate(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		f.at(start.Add(59 * time.Second))
		if _, err := auth.NewStore(f.db).Authenticate(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		f.wantLastUsed(t, token, start)
	})
}

// TestRequestDoesNotFailForItsLastUse holds the lock that noting the use needs. What could not be noted then is tried
// again after a minute, not by the next request, which would have to wait too.
func TestRequestDoesNotFailForItsLastUse(t *testing.T) {
	t.Parallel()
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			url := dbtest.URL(t, engine)
			db, other := dbtest.Open(t, url), dbtest.Open(t, url)
			f := fixture{auth.NewStore(db), db}
			f.at(start)
			token, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
			begin := time.Now()
			err := other.Write(t.Context(), func(tx *database.Tx) error {
				if err := tx.Exec("UPDATE tokens SET name = 'busy' WHERE id = ?", token.ID).Error; err != nil {
					return err
				}
				_, err := f.Authenticate(t.Context(), secret)
				return err
			})
			if err != nil {
				t.Fatalf("a token was not accepted while its row was locked: %v", err)
			}
			if waited := time.Since(begin); waited > 10*time.Second {
				t.Errorf("the request waited %v", waited)
			}
			for _, wait := range []time.Duration{59 * time.Second, time.Minute} {
				f.at(start.Add(wait))
				if _, err := f.Authenticate(t.Context(), secret); err != nil {
					t.Fatal(err)
				}
				got, err := f.Get(t.Context(), token.ID)
				if noted := got.LastUsedAt != nil; err != nil || noted != (wait == time.Minute) {
					t.Errorf("%v after the failed attempt: last used at %v, %v", wait, got.LastUsedAt, err)
				}
			}
		})
	}
}

// TestOneConnectionIsEnough would wait for ever if a method asked for a second connection while it held the first.
func TestOneConnectionIsEnough(t *testing.T) {
	t.Parallel()
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			db, err := database.Open(ctx, database.Config{URL: dbtest.URL(t, engine), MaxConns: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			s := auth.NewStore(db)
			token, secret, err := s.Create(ctx, by, auth.NewToken{Name: "Front end", Role: auth.Reader})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Authenticate(ctx, secret); err != nil {
				t.Error(err)
			}
			if _, err := s.List(ctx, newest.Part{}); err != nil {
				t.Error(err)
			}
			if err := s.Revoke(ctx, by, token.ID); err != nil {
				t.Error(err)
			}
		})
	}
}

func (f fixture) wantLastUsed(t *testing.T, token auth.Token, want time.Time) {
	t.Helper()
	got, err := f.Get(t.Context(), token.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.LastUsedAt == nil || !got.LastUsedAt.Equal(want) {
		t.Errorf("last used at %v, want %v", got.LastUsedAt, want)
	}
}

// TestManyUseOneTokenAtOnce is for the race detector, and for a first use by all at the same moment.
func TestManyUseOneTokenAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		token, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := f.Authenticate(t.Context(), secret); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		f.wantLastUsed(t, token, start)
	})
}
