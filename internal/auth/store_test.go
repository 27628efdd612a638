package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/newest"
)

// start is when the tests begin by the database's clock.
var start = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// by is who does everything in these tests.
var by = auth.System("test")

// each runs the test on both engines with a store whose clock the test moves.
func each(t *testing.T, test func(t *testing.T, f fixture)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := fixture{auth.NewStore(db), db}
		f.at(start)
		test(t, f)
	})
}

type fixture struct {
	*auth.Store
	db *database.DB
}

// at sets the clock. No request may be under way.
func (f fixture) at(now time.Time) { f.db.SetClock(func() time.Time { return now }) }

// create makes a token and gives it with its secret.
func (f fixture) create(t *testing.T, n auth.NewToken) (auth.Token, string) {
	t.Helper()
	token, secret, err := f.Create(t.Context(), by, n)
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

// refused fails the test unless the secret is refused with words that contain part.
func (f fixture) refused(t *testing.T, secret, part string) {
	t.Helper()
	actor, err := f.Authenticate(t.Context(), secret)
	if errs.KindOf(err) != errs.Unauthenticated || !strings.Contains(fmt.Sprint(err), part) {
		t.Errorf("Authenticate = %v, want %s with %q", err, errs.Unauthenticated, part)
	}
	if !actor.IsAnonymous() || actor.Role != auth.Anyone {
		t.Errorf("a refused token acts as %+v", actor)
	}
}

func TestTokenActsAsWhatItWasMadeFor(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		until := start.Add(time.Hour)
		for _, role := range auth.Roles() {
			token, secret := f.create(t, auth.NewToken{Name: "Müllers " + role.String(), Role: role, ExpiresAt: &until})
			actor, err := f.Authenticate(t.Context(), secret)
			if err != nil {
				t.Fatal(err)
			}
			if actor.ID != token.ID.String() || actor.TokenID != token.ID || actor.Name != token.Name || actor.Role != role || !actor.Expires.Equal(until) {
				t.Errorf("the token %+v acts as %+v", token, actor)
			}
		}
	})
}

func TestTokensAreAudited(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		token, _ := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		if err := f.Revoke(t.Context(), by, token.ID); err != nil {
			t.Fatal(err)
		}
		for _, action := range []string{"token.create", "token.revoke"} {
			var n int
			read(t, f.db, "SELECT count(*) FROM audit WHERE action = ? AND type = 'token' AND entry_id = ? AND actor_id = ?", &n, action, token.ID, by.ID)
			if n != 1 {
				t.Errorf("%d rows of %s by %s, want 1", n, action, by.ID)
			}
		}
	})
}

func TestNobodyMakesOrRevokesTokens(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		if _, _, err := f.Create(t.Context(), auth.Anonymous, auth.NewToken{Name: "Front end", Role: auth.Reader}); err == nil {
			t.Error("a token was made without an actor")
		}
		token, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		if err := f.Revoke(t.Context(), auth.Anonymous, token.ID); err == nil {
			t.Error("a token was revoked without an actor")
		}
		if _, err := f.Authenticate(t.Context(), secret); err != nil {
			t.Errorf("after a revocation that failed: %v", err)
		}
		if l, err := f.List(t.Context(), newest.Part{}); err != nil || l.Total != 1 {
			t.Errorf("there are %d tokens, %v, want 1", l.Total, err)
		}
	})
}

func TestTimesAreWholeSecondsInUTC(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		until := start.Add(time.Hour + time.Second/2).In(time.FixedZone("east", 3600))
		made, _ := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader, ExpiresAt: &until})
		stored, err := f.Get(t.Context(), made.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []auth.Token{made, stored} {
			if *token.ExpiresAt != start.Add(time.Hour) || token.CreatedAt != start {
				t.Errorf("made at %v, until %v", token.CreatedAt, token.ExpiresAt)
			}
		}
	})
}

func TestOnlyADigestIsStored(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		_, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		var digest []byte
		read(t, f.db, "SELECT digest FROM tokens", &digest)
		if len(digest) != 32 || strings.Contains(secret, string(digest)) {
			t.Errorf("stored is %d bytes, want the 32 of a SHA-256 digest", len(digest))
		}
	})
}

func TestWhatCreateRefuses(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		now, late := start, time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("west", -3600))
		tests := map[string]struct {
			n    auth.NewToken
			want string
		}{
			"everything": {auth.NewToken{ExpiresAt: &now}, "[/name length] [/role range] [/expiresAt range]"},
			"long name":  {auth.NewToken{Name: strings.Repeat("é", 201), Role: auth.Admin}, "[/name length]"},
			"blank name": {auth.NewToken{Name: "  ", Role: auth.Admin}, "[/name length]"},
			"no text":    {auth.NewToken{Name: "a\x00b", Role: auth.Admin}, "[/name format]"},
			"no role":    {auth.NewToken{Name: "n", Role: auth.Admin + 1}, "[/role range]"},
			"year 10000": {auth.NewToken{Name: "n", Role: auth.Admin, ExpiresAt: &late}, "[/expiresAt range]"},
		}
		for name, tt := range tests {
			_, secret, err := f.Create(t.Context(), by, tt.n)
			if errs.KindOf(err) != errs.InvalidContent || !strings.HasSuffix(fmt.Sprint(err), " "+tt.want) || secret != "" {
				t.Errorf("%s: Create = %q, %v, want %s", name, secret, err, tt.want)
			}
		}
		f.create(t, auth.NewToken{Name: strings.Repeat("é", 200), Role: auth.Admin})
		if l, err := f.List(t.Context(), newest.Part{}); err != nil || l.Total != 1 {
			t.Errorf("after what was refused there are %d tokens, %v, want 1", l.Total, err)
		}
	})
}

func TestRevokedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		token, secret := f.create(t, auth.NewToken{Name: "Lost", Role: auth.Admin})
		replica := auth.NewStore(f.db)
		if _, err := replica.Authenticate(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		if err := f.Revoke(t.Context(), by, token.ID); err != nil {
			t.Fatal(err)
		}
		f.refused(t, secret, "revoked")
		if _, err := replica.Authenticate(t.Context(), secret); errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("another replica still answers %v", err)
		}
		if err := f.Revoke(t.Context(), by, token.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("revoking again = %v, want %s", err, errs.NotFound)
		}
		if _, err := f.Get(t.Context(), token.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Get of a revoked token = %v, want %s", err, errs.NotFound)
		}
	})
}

func TestExpiry(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		until := start.Add(90 * time.Second)
		_, secret := f.create(t, auth.NewToken{Name: "Short", Role: auth.Reader, ExpiresAt: &until})
		f.at(until.Add(-time.Second))
		if _, err := f.Authenticate(t.Context(), secret); err != nil {
			t.Errorf("a second before it expires: %v", err)
		}
		f.at(until)
		f.refused(t, secret, "expired at 2026-11-23T09:31:30Z")
	})
}

func TestWhoHasNotTheSecretLearnsNothing(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		token, secret := f.create(t, auth.NewToken{Name: "Target", Role: auth.Admin})
		guess := auth.TokenText(token.ID, [32]byte{1})
		f.refused(t, guess, "not known here")
		f.refused(t, auth.TokenText(uuid.Must(uuid.NewV7()), [32]byte{1}), "not known here")
		if err := f.Revoke(t.Context(), by, token.ID); err != nil {
			t.Fatal(err)
		}
		f.refused(t, guess, "not known here")
		f.refused(t, secret, "revoked")
	})
}

func TestMistypedTokenAsksNoDatabase(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		_, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		if err := f.db.Close(); err != nil {
			t.Fatal(err)
		}
		f.refused(t, secret[:len(secret)-1]+"!", "mistyped")
		if _, err := f.Authenticate(t.Context(), secret); err == nil || errs.KindOf(err) == errs.Unauthenticated {
			t.Errorf("a whole token without a database = %v, want another failure", err)
		}
	})
}

func TestAuthenticateWithoutAnAnswerIsUnavailable(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		_, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		if _, err := f.Authenticate(ctx, secret); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("Authenticate = %v, want %s", err, errs.Unavailable)
		}
	})
}

// read scans the one value that the query gives.
func read(t *testing.T, db *database.DB, query string, dest any, args ...any) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw(query, args...).Row().Scan(dest)
	})
	if err != nil {
		t.Fatal(err)
	}
}
