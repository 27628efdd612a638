package auth_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/auth"
)

func TestCredentials(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.server(t)
		_, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Reader})
		revoked, lost := f.create(t, auth.NewToken{Name: "Lost", Role: auth.Admin})
		if err := f.Revoke(t.Context(), by, revoked.ID); err != nil {
			t.Fatal(err)
		}
		tests := map[string]struct {
			header []string
			status int
		}{
			"none":                 {nil, 200},
			"a token":              {[]string{"Bearer " + secret}, 200},
			"scheme in lower case": {[]string{"bearer " + secret}, 200},
			"two spaces":           {[]string{"Bearer  " + secret}, 200},
			"empty":                {[]string{""}, 401},
			"no token":             {[]string{"Bearer"}, 401},
			"the token alone":      {[]string{secret}, 401},
			"another scheme":       {[]string{"Basic " + secret}, 401},
			"something after it":   {[]string{"Bearer " + secret + " x"}, 401},
			"in a list":            {[]string{"Bearer " + secret + ", Bearer " + secret}, 401},
			"twice":                {[]string{"Bearer " + secret, "Bearer " + secret}, 401},
			"revoked":              {[]string{"Bearer " + lost}, 401},
			"mistyped":             {[]string{"Bearer " + strings.ToLower(secret)}, 401},
		}
		for name, tt := range tests {
			resp := call(t, s, "GET", "/public", "", tt.header...)
			if resp.StatusCode != tt.status {
				t.Errorf("%s: %d %s, want %d", name, resp.StatusCode, resp.body, tt.status)
			}
			challenge := resp.Header.Get("WWW-Authenticate")
			if got, want := strings.Contains(challenge, `error="invalid_token"`), tt.status == 401; got != want {
				t.Errorf("%s: WWW-Authenticate is %q", name, challenge)
			}
			if strings.Contains(string(resp.body), secret) || strings.Contains(string(resp.body), lost) {
				t.Errorf("%s: the answer repeats the token: %s", name, resp.body)
			}
		}
	})
}

// TestRoles tries every role on every guard: 200 from the role up, 403 below, 401 without a credential.
func TestRoles(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.server(t)
		secrets := map[auth.Role]string{}
		for _, role := range auth.Roles() {
			_, secret := f.create(t, auth.NewToken{Name: role.String(), Role: role})
			secrets[role] = bearer(secret)
		}
		for _, needed := range append(auth.Roles(), auth.Anyone) {
			var p problem
			if needed == auth.Anyone {
				call(t, s, "GET", "/anyone", "").into(t, http.StatusOK, nil)
			} else {
				resp := call(t, s, "GET", "/"+needed.String(), "")
				resp.into(t, http.StatusUnauthorized, &p)
				if p.Type != base+"/docs/problems#unauthenticated" || resp.Header.Get("WWW-Authenticate") != `Bearer realm="wtapi"` {
					t.Errorf("%v without a credential: %s, %v", needed, resp.body, resp.Header)
				}
			}
			for role, secret := range secrets {
				if role.Includes(needed) {
					call(t, s, "GET", "/"+needed.String(), "", secret).into(t, http.StatusOK, nil)
					continue
				}
				call(t, s, "GET", "/"+needed.String(), "", secret).into(t, http.StatusForbidden, &p)
				if p.Type != base+"/docs/problems#forbidden" || !strings.Contains(p.Detail, "the role "+needed.String()) {
					t.Errorf("%v on %v: %+v, want the role that is needed", role, needed, p)
				}
			}
		}
	})
}

func TestTheActorOfARequest(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.server(t)
		token, secret := f.create(t, auth.NewToken{Name: "Front end", Role: auth.Editor})
		want := map[string]auth.Actor{
			"":     {Name: "anonymous", From: "127.0.0.1", RequestID: "test-request"},
			secret: {ID: token.ID.String(), Name: "Front end", Role: auth.Editor, TokenID: token.ID, From: "127.0.0.1", RequestID: "test-request"},
		}
		for secret, actor := range want {
			var header []string
			if secret != "" {
				header = []string{bearer(secret)}
			}
			var got auth.Actor
			call(t, s, "GET", "/public", "", header...).into(t, http.StatusOK, &got)
			if got != actor {
				a, _ := json.Marshal(got)
				t.Errorf("the actor is %s, want %+v", a, actor)
			}
		}
	})
}

func TestWithoutARouteTheCredentialDoesNotMatter(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.server(t)
		call(t, s, "GET", "/nowhere", "", "Bearer nonsense").into(t, http.StatusNotFound, nil)
		call(t, s, "PATCH", "/v1/tokens/1", "", "Bearer nonsense").into(t, http.StatusMethodNotAllowed, nil)
		call(t, s, "GET", "/v1/tokens/1", "", "Bearer nonsense").into(t, http.StatusUnauthorized, nil)
	})
}

func TestContextWithoutAnActorIsAnonymous(t *testing.T) {
	t.Parallel()
	if a := auth.ActorFrom(t.Context()); !a.IsAnonymous() || a.Role != auth.Anyone {
		t.Errorf("the actor of a bare context is %+v", a)
	}
	if err := auth.Check(t.Context(), auth.Reader); err == nil {
		t.Error("a bare context may read drafts")
	}
	seed := auth.System("seed")
	if a := auth.ActorFrom(auth.WithActor(t.Context(), seed)); a != seed || a.ID != "system:seed" || a.Role != auth.Admin {
		t.Errorf("the actor is %+v, want %+v", a, seed)
	}
}
