//go:build services

package clamd_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/file/clamd"
	"github.com/cpics/working-together-api/internal/file/clamd/clamdtest"
)

func TestARealDaemonFindsWhatItsSignaturesSay(t *testing.T) {
	t.Parallel()
	s, err := clamd.New(clamdtest.Start(t).Address)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content string
		found   bool
	}{
		"nothing":         {"", false},
		"text":            {"Guiding principles", false},
		"EICAR":           {clamdtest.EICAR, true},
		"EICAR in a long": {strings.Repeat("x", 300_000), false},
	} {
		found, err := s.Scan(t.Context(), strings.NewReader(c.content))
		if err != nil || (found != "") != c.found {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}

func TestARealDaemonThatTakesNoFileOfTheSizeClearsNothing(t *testing.T) {
	t.Parallel()
	s, err := clamd.New(clamdtest.Start(t).Address)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", clamdtest.MaxStream+1))); err == nil {
		t.Errorf("found %q", found)
	}
}
