package web_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

func TestCursorRoundTrip(t *testing.T) {
	for _, parts := range [][]string{nil, {""}, {"", ""}, {"2026-11-23T09:30:00Z", "0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"}, {strings.Repeat("é", 300), "\x00"}} {
		for _, backwards := range []bool{false, true} {
			token := web.EncodeCursor("scope", backwards, parts...)
			gotBackwards, got, err := web.DecodeCursor("scope", token)
			if err != nil || gotBackwards != backwards {
				t.Fatalf("%q: %v", parts, err)
			}
			equal(t, got, parts)
		}
	}
	if long := web.EncodeCursor("scope", false, strings.Repeat("é", 500), strings.Repeat("x", 36)); len(long) > web.MaxCursor {
		t.Errorf("%d characters", len(long))
	}
}

// The token is part of the contract between replicas and releases: walks go on across a deploy.
func TestCursorIsTheSameEverywhere(t *testing.T) {
	if got := web.EncodeCursor("sort=-firstPublishedAt", false, "2026", "id"); got != "AAQyMDI2AmlkSBBZvgLlKwUHZAqo" {
		t.Errorf("%s", got)
	}
}

func TestCursorTampering(t *testing.T) {
	token := web.EncodeCursor("scope", false, "2026", "id")
	refused := func(scope, token string) {
		t.Helper()
		_, _, err := web.DecodeCursor(scope, token)
		equal(t, faults(t, err, errs.InvalidQuery), []string{"cursor format"})
	}
	refused("other", token)
	refused("scope", "")
	refused("scope", "!")
	refused("scope", token+"A")
	refused("scope", token+"\n")
	refused("scope", web.EncodeCursor("", false, "scope", "2026", "id"))
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			refused("scope", base64.RawURLEncoding.EncodeToString(raw))
			raw[i] ^= 1 << bit
		}
		refused("scope", base64.RawURLEncoding.EncodeToString(raw[:i]))
	}
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add("scope", web.EncodeCursor("scope", true, "a", "b"))
	f.Add("", "AP________8B")
	f.Fuzz(func(t *testing.T, scope, token string) {
		backwards, parts, err := web.DecodeCursor(scope, token)
		if err == nil && web.EncodeCursor(scope, backwards, parts...) != token {
			t.Errorf("%q was taken, but is not what its parts make", token)
		}
	})
}
