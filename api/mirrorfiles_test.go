package api_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// TestAMirrorKeepsFiles follows what becomes of files: they come with their items, stay as long as any item shows them,
// and are put right when they are damaged.
func TestAMirrorKeepsFiles(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		one, two := uploaded(t, s, "A “poster” (A3) – 50%.png", 1).String("id"), uploaded(t, s, "..two.png", 2).String("id")
		shared := uploaded(t, s, "shared.png", 3).String("id")
		uploaded(t, s, "unused.png", 4)
		first := "/v1/toolkit-assets/" + published(s, "/v1/toolkit-assets", poster(one, shared)).String("id")
		second := "/v1/toolkit-assets/" + published(s, "/v1/toolkit-assets", poster(shared).with("image", doc{"id": shared})).String("id")
		folder := t.TempDir()
		passMirror(t, s, folder)
		wantMirrored(t, s, folder)
		for name := range mirrored(t, folder) {
			if strings.HasPrefix(name, "v1/files/") {
				if err := os.WriteFile(filepath.Join(folder, name), []byte("damaged"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		passMirror(t, s, folder)
		wantMirrored(t, s, folder)
		for _, change := range []func(){
			func() {
				s.Publisher().Patch(first+"?publish=true&updateType=minor", doc{"files": []doc{{"id": shared}}}, anyVersion).Must(200)
			},
			func() { unpublish(s, second, "recall").Must(200) },
			func() { unpublish(s, first, "withdrawal").Must(200) },
			func() { unpublish(s, first, "gone").Must(200) },
		} {
			change()
			passMirror(t, s, folder)
			wantMirrored(t, s, folder)
		}
		if left, err := os.ReadDir(filepath.Join(folder, "v1", "files")); err == nil {
			t.Errorf("files that nothing shows are left: %v", left)
		}
		// A name by which a web server is told what to do is shown by the service, and not taken into a folder.
		published(s, "/v1/toolkit-assets", poster(two))
		m := openMirror(t, s, folder)
		if err := m.Pass(t.Context()); err == nil || !strings.Contains(err.Error(), "name") {
			t.Errorf("a file called ..two.png: %v", err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestFeedsHaveEnclosures compares the files of a feed's entry in each format with what the item says of them.
func TestFeedsHaveEnclosures(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		id := uploaded(t, s, "A poster & more.png", 1).String("id")
		published(s, "/v1/toolkit-assets", poster(id).with("slug", "poster", "image", doc{"id": id}))
		file := s.Anonymous().Get("/v1/toolkit-assets/poster").Must(200)
		href, size := file.String("files", 0, "href"), file.Int("files", 0, "size")
		var rss struct {
			URL    string `xml:"url,attr"`
			Length int    `xml:"length,attr"`
			Type   string `xml:"type,attr"`
		}
		feed := string(s.Anonymous().Get("/v1/feeds/toolkit-assets.rss").Must(200).Raw)
		_, enclosure, _ := strings.Cut(feed, "<enclosure")
		enclosure, _, _ = strings.Cut(enclosure, ">")
		unmarshal(t, xml.Unmarshal, []byte("<enclosure"+enclosure+"></enclosure>"), &rss)
		if rss.URL != href || rss.Length != size || rss.Type != "image/png" {
			t.Errorf("RSS: %+v, want %s of %d bytes", rss, href, size)
		}
		json := s.Anonymous().Get("/v1/feeds/toolkit-assets.json").Must(200)
		if json.String("items", 0, "attachments", 0, "url") != href || json.Int("items", 0, "attachments", 0, "size_in_bytes") != size ||
			json.String("items", 0, "attachments", 0, "mime_type") != "image/png" || json.String("items", 0, "image") != href {
			t.Errorf("JSON Feed: %s", json.Raw)
		}
		var atom struct {
			Entry struct {
				Links []struct {
					Rel    string `xml:"rel,attr"`
					Href   string `xml:"href,attr"`
					Length int    `xml:"length,attr"`
				} `xml:"link"`
			} `xml:"entry"`
		}
		unmarshal(t, xml.Unmarshal, s.Anonymous().Get("/v1/feeds/toolkit-assets.atom").Must(200).Raw, &atom)
		found := false
		for _, l := range atom.Entry.Links {
			found = found || l.Rel == "enclosure" && l.Href == href && l.Length == size
		}
		if !found {
			t.Errorf("Atom: %+v", atom)
		}
	})
}
