//go:build services

package inspect_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/file/report"
)

// What Chromium exports is held against what it was told to export: documents as people make them, not as we do.
func TestDocumentsThatChromiumExports(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: install it (Debian: apt-get install chromium)")
	}
	const dot = `<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="`
	const whole = `<!doctype html><html lang="en-GB"><head><title>Principles</title></head><body><h1>One</h1><p>Text.</p>` + dot + ` alt="A dot"></body></html>`
	for name, c := range map[string]struct {
		html string
		flag string
		want []report.Code
	}{
		"tagged":     {whole, "--export-tagged-pdf", nil},
		"untagged":   {whole, "--disable-pdf-tagging", []report.Code{report.NoLanguage, report.NotTagged}},
		"no title":   {`<!doctype html><html lang="en-GB"><body><p>Text.</p></body></html>`, "--export-tagged-pdf", nil},
		"silent dot": {`<!doctype html><html lang="en-GB"><head><title>T</title></head><body><p>Text.</p>` + dot + `></body></html>`, "--export-tagged-pdf", []report.Code{report.ImageWithoutAlt}},
	} {
		dir := t.TempDir()
		page, out := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.pdf")
		if err := os.WriteFile(page, []byte(c.html), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		said, err := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
			"--user-data-dir="+dir, "--no-pdf-header-footer", c.flag, "--print-to-pdf="+out, page).CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, said)
		}
		file, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		info, err := look(t, file, "page.pdf")
		if err != nil || info.Pages != 1 {
			t.Errorf("%s: %d pages, %v", name, info.Pages, err)
			continue
		}
		var got []report.Code
		for _, f := range info.Accessibility.Findings {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
