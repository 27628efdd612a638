package auth

import (
	"crypto/sha256"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// known is a credential with both extremes of padding: a small id and a secret of nothing but ones.
func known() credential {
	c := credential{id: uuid.MustParse("00000000-0000-7000-8000-000000000001")}
	for i := range c.secret {
		c.secret[i] = 0xff
	}
	return c
}

func TestTokenForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^wtp_[0-9A-Za-z]{71}$`)
	for _, c := range []credential{known(), {}, mustCredential(t)} {
		text := c.text()
		if !form.MatchString(text) {
			t.Errorf("a token is %q, want the form %v", text, form)
		}
		if back, ok := parse(text); !ok || back != c {
			t.Errorf("parse(%q) = %v, %v, want the credential it was made of", text, back, ok)
		}
	}
}

// TestTokenFormIsFixed keeps tokens that are out in the world valid. The value was worked out in another language.
func TestTokenFormIsFixed(t *testing.T) {
	t.Parallel()
	const want = "wtp_000000002DWhtrtfrXwltnYHJSKWDa6oz1al1yMhwzwM8llg7hJNUca2J5RoW8xP13T14jE"
	if got := known().text(); got != want {
		t.Errorf("the token of a known credential is\n%s, want\n%s", got, want)
	}
}

func TestParseRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	good := mustCredential(t).text()
	tests := map[string]string{
		"empty":                  "",
		"the prefix only":        "wtp_",
		"another prefix":         "ghp_" + good[4:],
		"prefix in upper case":   "WTP_" + good[4:],
		"one character short":    good[:len(good)-1],
		"one character long":     good + "0",
		"space before":           " " + good[:len(good)-1],
		"wrong checksum":         swap(good, len(good)-1),
		"mistyped secret":        swap(good, 40),
		"mistyped id":            swap(good, 6),
		"case turned":            strings.ToUpper(good[:4]) + strings.ToUpper(good[4:]),
		"id above 128 bits":      summed("wtp_" + strings.Repeat("Z", idChars) + good[26:69]),
		"secret above 256 bits":  summed("wtp_" + good[4:26] + strings.Repeat("Z", secretChars)),
		"signed id":              summed("wtp_+" + good[5:69]),
		"negative secret":        summed(good[:26] + "-" + good[27:69]),
		"character out of range": summed(good[:26] + "!" + good[27:69]),
	}
	for name, text := range tests {
		if _, ok := parse(text); ok {
			t.Errorf("%s: parse(%q) took it for a token", name, text)
		}
	}
}

func TestEveryMistypedCharacterIsNoticed(t *testing.T) {
	t.Parallel()
	good := mustCredential(t).text()
	for i := range good {
		if _, ok := parse(swap(good, i)); ok {
			t.Errorf("another character at %d is not noticed", i)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	c := mustCredential(t)
	right := sha256.Sum256(c.secret[:])
	wrong := right
	wrong[31] ^= 1
	tests := []struct {
		name   string
		stored []byte
		want   bool
	}{
		{"its digest", right[:], true},
		{"one bit off", wrong[:], false},
		{"nothing stored", nil, false},
		{"no digest", make([]byte, sha256.Size), false},
		{"the secret itself", c.secret[:], false},
		{"the start of its digest", right[:16], false},
	}
	for _, tt := range tests {
		if got := c.matches(tt.stored); got != tt.want {
			t.Errorf("%s: matches = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(known().text())
	f.Add("wtp_")
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := parse(text); ok && c.text() != text {
			t.Errorf("parse took %q for %q: a token has one spelling", text, c.text())
		}
	})
}

func mustCredential(t *testing.T) credential {
	t.Helper()
	c, err := newCredential()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// swap puts another character of the alphabet at i.
func swap(text string, i int) string {
	other := "a"
	if text[i] == 'a' {
		other = "b"
	}
	return text[:i] + other + text[i+1:]
}

// summed adds the right checksum, so that what is refused is refused for another reason.
func summed(body string) string { return body + checksum(body) }
