package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

func TestTokensAreMadeListedAndRevoked(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, url string) {
		for _, args := range []string{"--name=first --role=reader", "--name=second --role=admin --expires=90d"} {
			_, err := wtapi(t, url, append([]string{"token", "create"}, strings.Fields(args)...)...)
			must(t, err)
		}
		lines := tokenList(t, url)
		if len(lines) != 3 || !strings.HasPrefix(lines[0], "ID ") {
			t.Fatalf("the table: %q", lines)
		}
		first := strings.Fields(lines[2])
		if first[1] != "first" || first[2] != "reader" || !strings.Contains(lines[2], "never") || strings.Contains(lines[2], "wtp_") {
			t.Errorf("the older token: %q", lines[2])
		}
		expires := time.Now().Add(90 * 24 * time.Hour).UTC()
		if !strings.Contains(lines[1], expires.Format("2006-01-")) {
			t.Errorf("the token for 90 days: %q", lines[1])
		}
		_, err := wtapi(t, url, "token", "revoke", first[0])
		must(t, err)
		if lines := tokenList(t, url); len(lines) != 2 {
			t.Errorf("after revoking: %q", lines)
		}
		_, err = wtapi(t, url, "token", "revoke", first[0])
		failing(t, err, "no token with this id")
	})
}

func tokenList(t *testing.T, url string) []string {
	t.Helper()
	out, err := wtapi(t, url, "token", "list")
	must(t, err)
	return strings.Split(strings.TrimSpace(out), "\n")
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t, database.SQLite)
	for args, words := range map[string]string{
		"create":                                            "--name",
		"create --name=x --role=boss":                       "boss",
		"create --name=x --role=anyone":                     "/role: Give one of the roles",
		"create --name= --role=reader":                      "/name: Give the token a name",
		"create --name=x --role=reader --expires=0d":        "90d",
		"create --name=x --role=reader --expires=-5h":       "90d",
		"create --name=x --role=reader --expires=1.5d":      "90d",
		"create --name=x --role=reader --expires=99999999d": "90d",
		"revoke x": "token list",
	} {
		_, err := wtapi(t, url, append([]string{"token"}, strings.Fields(args)...)...)
		failing(t, err, words)
	}
	if lines := tokenList(t, url); len(lines) != 1 {
		t.Errorf("tokens were made: %q", lines)
	}
}

func TestMigrateTellsWhereTheSchemaIs(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, url string) {
		before, err := wtapi(t, url, "migrate", "status")
		must(t, err)
		_, err = wtapi(t, url, "migrate", "up")
		must(t, err)
		after, err := wtapi(t, url, "migrate", "status")
		must(t, err)
		if steps := strings.Count(after, "\n"); steps == 0 || strings.Count(before, "pending") != steps || strings.Contains(after, "pending") {
			t.Errorf("before:\n%safter:\n%s", before, after)
		}
	})
}

func TestOpenAPIPrintsTheDescriptionAsServed(t *testing.T) {
	t.Parallel()
	for form, member := range map[string]string{"json": "openapi", "swagger": "swagger"} {
		out, err := wtapi(t, "sqlite:unused", "openapi", form, "--base-url=https://api.example.nhs.uk")
		must(t, err)
		var document map[string]any
		if err := json.Unmarshal([]byte(out), &document); err != nil || document[member] == nil {
			t.Errorf("%s: %v", form, err)
		}
	}
	out, err := wtapi(t, "sqlite:unused", "openapi", "yaml", "--base-url=https://api.example.nhs.uk")
	must(t, err)
	if !strings.Contains(out, "openapi: ") || !strings.Contains(out, "https://api.example.nhs.uk") {
		t.Errorf("yaml: %.200s", out)
	}
}

func TestVersionNeedsNoSettings(t *testing.T) {
	t.Parallel()
	out, err := wtapi(t, "nonsense", "version")
	if err != nil || out != "wtapi "+version()+"\n" || version() == "" {
		t.Errorf("version: %q, %v", out, err)
	}
}

func TestHealthcheckFailsWhereNothingServes(t *testing.T) {
	t.Parallel()
	_, err := wtapi(t, "sqlite:unused", "healthcheck", "--listen=127.0.0.1:1")
	failing(t, err, "refused")
}

func TestACommandLineThatIsNotUnderstoodPointsToHelp(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "import", "serve now", "serve --no-such", "token"} {
		failing(t, run(t.Context(), strings.Fields(line), nil, io.Discard, io.Discard), "wtapi help")
	}
}
