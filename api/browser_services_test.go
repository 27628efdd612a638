//go:build services

package api_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
)

// browse opens an address in Chromium and gives what the document is once everything in it has run.
func browse(t *testing.T, address string) string {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: install it (Debian: apt-get install chromium)")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
		"--disable-extensions", "--disable-sync", "--no-first-run", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=5000", "--dump-dom", address)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium on %s: %v", address, err)
	}
	return string(out)
}

// forceIn puts bytes into the store in place of those of an upload, past every look at them, and has the record call
// them whatever it likes.
func forceIn(t *testing.T, s *apitest.Service, folder, sum, mediaType, content string) {
	t.Helper()
	var key string
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		if err := tx.Raw("SELECT object_key FROM blobs WHERE sha256 = ? AND variant = ''", sum).Scan(&key).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE files SET media_type = ?, size = ? WHERE sha256 = ?", mediaType, len(content), sum).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE blobs SET size = ? WHERE object_key = ?", len(content), key).Error
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, filepath.FromSlash(key)), []byte(content), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever is in the store, and whatever its record calls it: a browser runs none of it on the service's origin, whether
// it is opened by itself or in a frame of a page elsewhere, or loaded as a script.
func TestNoFileRunsScriptOnTheOriginOfTheService(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		var calls atomic.Int32 // of scripts, if any runs
		witness := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { calls.Add(1) }))
		defer witness.Close()
		script := fmt.Sprintf("document.documentElement.setAttribute('ran','yes');new Image().src='%s/?'+document.domain;", witness.URL)
		page := "<!doctype html><html><body><p>hostile</p><img src=x onerror=\"" + script + "\"><script>" + script + "</script></body></html>"
		svg := `<svg xmlns="http://www.w3.org/2000/svg" onload="` + script + `"><script>` + script + `</script></svg>`
		var hrefs []string
		for i, hostile := range []struct{ name, mediaType, content string }{
			{"a.png", "text/html", page}, {"b.png", "image/svg+xml", svg}, {"c.png", "application/xhtml+xml", strings.Replace(page, "<!doctype html><html>", `<html xmlns="http://www.w3.org/1999/xhtml">`, 1)},
			{"d.png", "image/png", page}, {"e.png", "image/gif", "GIF89a/*" + page + "*/=1;" + script}, {"f.png", "text/plain", page},
			{"g.png", "application/pdf", page}, {"h.png", "text/xml", svg}, {"i.png", "video/mp4", page}, {"j.png", "application/javascript", script},
		} {
			up := uploaded(t, s, hostile.name, uint8(i+1))
			published(s, "/v1/toolkit-assets", poster(up.String("id")))
			forceIn(t, s, folder, up.String("sha256"), hostile.mediaType, hostile.content)
			got := s.Anonymous().Get(up.String("href")).Must(200)
			if string(got.Raw) != hostile.content {
				t.Fatalf("%s was not forced in", hostile.name)
			}
			hrefs = append(hrefs, up.String("href"))
		}
		frames := "<!doctype html><html><body>"
		for _, href := range hrefs {
			if dom := browse(t, href); strings.Contains(dom, `ran="yes"`) {
				t.Errorf("%s ran a script:\n%s", href, dom)
			}
			frames += fmt.Sprintf(`<iframe src="%s"></iframe><object data="%s"></object><embed src="%s"><script src="%s"></script><link rel="stylesheet" href="%s">`, href, href, href, href, href)
		}
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, frames+"</body></html>")
		}))
		defer other.Close()
		browse(t, other.URL)
		if n := calls.Load(); n != 0 {
			t.Errorf("%d scripts called home", n)
		}
		// The witness sees a script that does run, or it would have seen nothing in any case.
		plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, page)
		}))
		defer plain.Close()
		if dom := browse(t, plain.URL); !strings.Contains(dom, `ran="yes"`) || calls.Load() == 0 {
			t.Errorf("the witness is blind: %s", hex.EncodeToString([]byte(dom[:min(len(dom), 200)])))
		}
	})
}
