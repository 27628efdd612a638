//go:build services

package starter_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/cpics/working-together-api/internal/starter"
)

// What our own check says of the guiding document is held against another program.
func TestTheGuidingDocumentIsTaggedAsOthersSeeIt(t *testing.T) {
	program, err := exec.LookPath("pdfinfo")
	if err != nil {
		t.Fatal("pdfinfo is missing: install it (Debian: apt-get install poppler-utils)")
	}
	b, err := starter.File("guiding-principles.pdf")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "guide.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{`(?m)^Tagged: +yes$`, `(?m)^Title: +Working Together: our guiding principles$`, `(?m)^JavaScript: +no$`, `(?m)^Encrypted: +no$`, `(?m)^Pages: +2$`} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("pdfinfo does not say %s:\n%s", want, out)
		}
	}
}
