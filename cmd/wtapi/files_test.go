package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestFilesAreChecked: what is whole is passed over, and each thing that is wrong is named.
func TestFilesAreChecked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, engine database.Engine) {
		url, folder := dbtest.URL(t, engine), t.TempDir()
		check := func() (string, error) { return wtapi(t, url, "files", "check", "--blob-url=file:"+folder) }
		out, err := check()
		must(t, err)
		if out != "0 objects read: 0 damaged, 0 lost, 0 orphans\n" {
			t.Errorf("of nothing: %q", out)
		}
		keepFiles(t, dbtest.Open(t, url), folder, "whole", "damaged", "lost")
		out, err = check()
		must(t, err)
		if out != "3 objects read: 0 damaged, 0 lost, 0 orphans\n" {
			t.Errorf("of what is whole: %q", out)
		}
		must(t, os.WriteFile(filepath.Join(folder, "damaged"), []byte("Damaged"), 0o600))
		must(t, os.Remove(filepath.Join(folder, "lost")))
		must(t, os.WriteFile(filepath.Join(folder, "orphan"), nil, 0o600))
		must(t, os.Chtimes(filepath.Join(folder, "orphan"), time.Time{}, time.Now().Add(-3*time.Hour)))
		must(t, os.WriteFile(filepath.Join(folder, "arriving"), nil, 0o600))
		out, err = check()
		failing(t, err, "not what they were")
		for _, want := range []string{"damaged damaged ", "lost lost ", "orphan orphan", "3 objects read: 1 damaged, 1 lost, 1 orphans\n"} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in %q", want, out)
			}
		}
	})
}

// keepFiles keeps files whose bytes are their keys.
func keepFiles(t *testing.T, db *database.DB, folder string, keys ...string) {
	t.Helper()
	store, err := blob.Open(t.Context(), "file:"+folder)
	must(t, err)
	defer store.Close()
	for _, key := range keys {
		must(t, store.Put(t.Context(), key, strings.NewReader(key)))
		bytes := sha256.Sum256([]byte(key))
		sum := hex.EncodeToString(bytes[:])
		must(t, db.Write(t.Context(), func(tx *database.Tx) error {
			entry, err := content.Begin(tx, auth.System("test"), uuid.Nil, content.FileType)
			if err == nil {
				err = tx.Create(&content.StoredFile{ID: entry.ID, Filename: key, MediaType: "text/plain", Size: int64(len(key)), SHA256: sum, Scan: content.ScanNone}).Error
			}
			if err == nil {
				err = tx.Exec("INSERT INTO blobs (object_key, sha256, variant, size, digest, created_at) VALUES (?, ?, '', ?, ?, ?)",
					key, sum, len(key), sum, tx.Now).Error
			}
			return err
		}))
	}
}
