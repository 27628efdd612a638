//go:build services

package api_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// understood is what a reader of feeds made of an entry.
type understood struct {
	ID, URL, Title, Content string
	Date                    int64
	Files                   []string
}

// feedReaders are programs that others read feeds with, by name, and the formats that they know.
var feedReaders = map[string]struct {
	formats string
	read    func(t *testing.T, address string) []understood
}{
	"feedparser": {"rss atom", readWith("Debian: python3-feedparser", "/usr/bin/python3", "testdata/feeds/read.py")},
	"rss-parser": {"rss atom", readWith("npm: .ci/npm-tools", "node", "testdata/feeds/read.mjs", "../.ci/node_modules")},
	"SimplePie":  {"rss atom", readWith("Debian: php-cli php-xml php-curl php-mbstring libphp-simplepie", "php", "testdata/feeds/read.php")},
	"gofeed":     {"rss atom json", readWithGofeed},
}

// readWith runs a program on an address.
func readWith(install string, program ...string) func(t *testing.T, address string) []understood {
	return func(t *testing.T, address string) []understood {
		t.Helper()
		var told strings.Builder
		cmd := exec.Command(program[0], append(program[1:], address)...)
		cmd.Stderr = &told
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v (%s)\n%s", program, err, install, &told)
		}
		var entries []understood
		if err := json.Unmarshal(out, &entries); err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, &told)
		}
		return entries
	}
}

func readWithGofeed(t *testing.T, address string) []understood {
	t.Helper()
	feed, err := gofeed.NewParser().ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	var entries []understood
	for _, i := range feed.Items {
		e := understood{ID: i.GUID, URL: i.Link, Title: i.Title, Content: i.Content, Date: i.PublishedParsed.Unix()}
		for _, file := range i.Enclosures {
			e.Files = append(e.Files, file.URL)
		}
		entries = append(entries, e)
	}
	return entries
}

// TestFeedReadersUnderstandTheFeeds has every reader read every feed from the running service, and compares what each
// understood with what the service says of its items.
func TestFeedReadersUnderstandTheFeeds(t *testing.T) {
	t.Parallel()
	store, err := blob.Open(t.Context(), "file:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := apitest.New(t, dbtest.New(t, database.SQLite), func(cfg *api.Config) { cfg.Blobs, cfg.MaxUploadMB = store, 1 })
	file := uploaded(t, s, "A poster & more.png", 1)
	var principle string
	for i := range 3 { // in one second, or nearly
		principle = published(s, "/v1/principles", text(fmt.Sprintf("Care & <respect> “%d” – é", i), "body", "Some *text* & more.")).String("id")
	}
	published(s, "/v1/case-studies", story("A story", principle))
	published(s, "/v1/toolkit-assets", poster(file.String("id")))
	for name, r := range feedReaders {
		for format := range strings.FieldsSeq(r.formats) {
			for _, query := range []string{"", "?content=full", "?limit=2&content=full"} {
				t.Run(name+"/"+format+query, func(t *testing.T) {
					got := r.read(t, s.URL+"/v1/feeds/all."+format+query)
					wantUnderstood(t, s, "/v1/feeds/all."+format+query, got)
					if files := got[0].Files; !slices.Equal(files, []string{file.String("href")}) {
						t.Errorf("the poster's files are %q", files)
					}
				})
			}
		}
	}
}

// wantUnderstood compares what a reader understood of a feed with what we read in it.
func wantUnderstood(t *testing.T, s *apitest.Service, feed string, got []understood) {
	t.Helper()
	want, _ := readFeed(t, s.Anonymous().Get(feed))
	if len(got) != len(want) {
		t.Fatalf("%d entries of %d", len(got), len(want))
	}
	for i, e := range got {
		w := want[i]
		if e.ID != w.id || e.URL != w.url || e.Title != w.title || e.Date != w.date.Unix() {
			t.Errorf("understood %+v of %+v", e, w)
		}
		if i > 0 && e.Date >= got[i-1].Date {
			t.Errorf("%q is no older than %q", e.Title, got[i-1].Title)
		}
		if (w.html != "") != strings.Contains(e.Content, "Contains public sector information.") {
			t.Errorf("%q has the content %q", e.Title, e.Content)
		}
		if i > 0 && len(e.Files) > 0 {
			t.Errorf("%q has files %q", e.Title, e.Files)
		}
	}
}
