package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/toolkitzip"
)

// unzipped reads an archive: its manifest, and what its other files hold.
func unzipped(t *testing.T, a *apitest.Answer) (m toolkitzip.Manifest, files map[string]string, order []string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(a.Raw), int64(len(a.Raw)))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
		order = append(order, f.Name)
	}
	if err := json.Unmarshal([]byte(files["manifest.json"]), &m); err != nil {
		t.Fatal(err)
	}
	return m, files, order
}

func TestToolkitArchive(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		if _, _, order := unzipped(t, s.Anonymous().Get("/v1/toolkit.zip").Must(200)); len(order) != 1 {
			t.Errorf("of nothing: %v", order)
		}
		a, again, b, unseen := uploaded(t, s, "a.png", 1), uploaded(t, s, "A.png", 2), uploaded(t, s, "con.a:?.png", 3), uploaded(t, s, "c.png", 4)
		first := poster(a.String("id"), again.String("id")).with("title", "First", "principles", []string{aPrinciple(t, s)})
		first["files"].([]doc)[0]["label"] = "For walls"
		published(s, "/v1/toolkit-assets", first)
		second := published(s, "/v1/toolkit-assets", poster(b.String("id")).with("title", "Second", "assetType", "leaflet"))
		draft(s, "/v1/toolkit-assets", poster(unseen.String("id")))
		whole := s.Anonymous().Get("/v1/toolkit.zip").Must(200)
		m, files, order := unzipped(t, whole)
		wantEqual(t, order, []string{"manifest.json", "first/a.png", "first/A-2.png", "second/_con.a--.png"})
		if files["first/A-2.png"] != apitest.PNG(t, 30, 20, 2) || m.Files[1].Name != "first/A-2.png" || m.Files[1].SHA256 != again.String("sha256") ||
			m.Files[0].Label != "For walls" || m.Files[0].Alt != "What a.png shows." || m.Files[0].Href != a.String("href") || m.Licence.URL == "" || m.Files[2].Asset.Title != "Second" {
			t.Errorf("%s", files["manifest.json"])
		}
		s.Anonymous().Get("/v1/toolkit.zip", apitest.Header{"If-None-Match", whole.Tag()}).Must(304)
		if head := s.Anonymous().Do("HEAD", "/v1/toolkit.zip", nil).Must(200); head.Tag() != whole.Tag() || len(head.Raw) > 0 {
			t.Errorf("HEAD: %v", head.Header)
		}
		if same := s.Anonymous().Get("/v1/toolkit.zip").Must(200); !bytes.Equal(same.Raw, whole.Raw) {
			t.Error("the same tag for other bytes")
		}
		_, _, order = unzipped(t, s.Anonymous().Get("/v1/toolkit.zip?assetType=leaflet&assetType=image").Must(200))
		wantEqual(t, order, []string{"manifest.json", "second/_con.a--.png"})
		_, _, order = unzipped(t, s.Anonymous().Get("/v1/toolkit.zip?principle=linked").Must(200))
		wantEqual(t, order, []string{"manifest.json", "first/a.png", "first/A-2.png"})
		s.Anonymous().Get("/v1/toolkit.zip?principle=nothing").Problem(400, "invalid-query")
		s.Anonymous().Get("/v1/toolkit.zip?audience=staff").Problem(400, "invalid-query")
		unpublish(s, "/v1/toolkit-assets/"+second.String("id"), "withdrawal").Must(200)
		_, _, order = unzipped(t, s.Anonymous().Get("/v1/toolkit.zip").Must(200))
		wantEqual(t, order, []string{"manifest.json", "first/a.png", "first/A-2.png"})
	})
}

// TestToolkitArchiveWithoutLostFiles: what the store has lost is left out and named, and nobody keeps such an archive.
func TestToolkitArchiveWithoutLostFiles(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		a, lost, imported := uploaded(t, s, "a.png", 1), uploaded(t, s, "lost.png", 2), uploaded(t, s, "imported.png", 3)
		published(s, "/v1/toolkit-assets", poster(a.String("id"), lost.String("id"), imported.String("id")).with("title", "First"))
		whole := s.Anonymous().Get("/v1/toolkit.zip").Must(200)
		if m, _, _ := unzipped(t, whole); len(m.Files) != 3 || m.Missing == nil || len(m.Missing) != 0 {
			t.Errorf("whole: %+v", m)
		}
		for _, path := range inFolder(t, folder) {
			if strings.Contains(path, lost.String("sha256")) {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
		dbtest.Exec(t, s.DB, "DELETE FROM blobs WHERE sha256 = ?", imported.String("sha256"))
		part := s.Anonymous().Get("/v1/toolkit.zip", apitest.Header{"If-None-Match", whole.Tag()}).Must(200)
		m, _, order := unzipped(t, part)
		wantEqual(t, order, []string{"manifest.json", "first/a.png"})
		if len(m.Files) != 1 || len(m.Missing) != 2 || m.Missing[0].ID.String() != lost.String("id") || m.Missing[1].ID.String() != imported.String("id") {
			t.Errorf("the manifest has %+v, and misses %+v", m.Files, m.Missing)
		}
		if got := part.Header.Get("Cache-Control"); got != "public, no-cache" || part.Tag() == whole.Tag() {
			t.Errorf("tag %s, cached %s", part.Tag(), got)
		}
		if err := os.Rename(folder, folder+"-away"); err != nil {
			t.Fatal(err)
		}
		s.Anonymous().Get("/v1/toolkit.zip").Problem(503, "unavailable")
		if err := os.Rename(folder+"-away", folder); err != nil {
			t.Fatal(err)
		}
	})
}
