package api_test

import (
	"context"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/mirror"
)

// allCollections are those of which items are public.
var allCollections = []string{"/v1/principles", "/v1/case-studies", "/v1/toolkit-assets", "/v1/pages", organisations, topics}

// everythingOf is what a service shows to the public, by the path that a mirror has for it.
func everythingOf(t *testing.T, s *apitest.Service) map[string]string {
	t.Helper()
	want := map[string]string{}
	for _, collection := range allCollections {
		list := s.Anonymous().Get(collection + "?limit=100").Must(200)
		want[collection[1:]+".json"] = string(list.Raw)
		ids := list.Column("id")
		if collection != organisations && collection != topics {
			ids = append(ids, s.Anonymous().Get(collection+"?limit=100&status=withdrawn").Must(200).Column("id")...)
		}
		for _, id := range ids {
			item := s.Anonymous().Get(collection + "/" + id).Must(200)
			for _, name := range []string{id, item.String("slug")} {
				want[collection[1:]+"/"+name+".json"] = string(item.Raw)
			}
			addFiles(t, s, item, want)
		}
	}
	return want
}

// addFiles adds the bytes of an item's files.
func addFiles(t *testing.T, s *apitest.Service, item *apitest.Answer, want map[string]string) {
	t.Helper()
	add := func(path ...any) {
		if href := item.String(append(path, "href")...); href != "" {
			name := must(url.PathUnescape(href[strings.LastIndex(href, "/")+1:]))
			want["v1/files/"+item.String(append(path, "id")...)+"/"+name] = string(s.Anonymous().Get(href).Must(200).Raw)
		}
	}
	for i := range item.List("files") {
		add("files", i)
	}
	add("image")
	add("heroImage")
}

// mirrored is what a folder holds below v1.
func mirrored(t *testing.T, folder string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), "v1", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(filepath.Join(folder, name))
		got[name] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// wantMirrored compares a folder with what is public, byte for byte.
func wantMirrored(t *testing.T, s *apitest.Service, folder string) {
	t.Helper()
	got, want := mirrored(t, folder), everythingOf(t, s)
	for name, body := range want {
		if got[name] != body {
			t.Errorf("%s holds\n%.300s\nwant\n%.300s", name, got[name], body)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is too much", name)
		}
	}
}

// openMirror opens a mirror as a new process would.
func openMirror(t *testing.T, s *apitest.Service, folder string) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Open(mirror.Config{API: s.URL, Folder: folder, Limit: 7, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func passMirror(t *testing.T, s *apitest.Service, folder string) {
	t.Helper()
	m := openMirror(t, s, folder)
	if err := m.Pass(t.Context()); err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// TestAMirrorEqualsTheServiceAfterEveryWalk breaks the mirror off anywhere, many times, while everything changes.
func TestAMirrorEqualsTheServiceAfterEveryWalk(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2} {
		apitest.Each(t, func(t *testing.T, s *apitest.Service) {
			w := &walker{t: t, s: s, random: rand.New(rand.NewPCG(seed, 7))}
			folder := t.TempDir()
			for range 12 {
				for range 15 {
					w.step()
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(w.random.IntN(40))*time.Millisecond)
				m := openMirror(t, s, folder)
				_ = m.Pass(ctx) // wherever it got to
				cancel()
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			}
			passMirror(t, s, folder)
			wantMirrored(t, s, folder)
			w.wantVariety()
		})
	}
}

// What is wrong in the folder is put right, and what is of another log goes.
func TestAMirrorHeals(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		folder := t.TempDir()
		passMirror(t, s, folder)
		wantMirrored(t, s, folder)
		names := slices.Sorted(func(yield func(string) bool) {
			for name := range mirrored(t, folder) {
				if !yield(name) {
					return
				}
			}
		})
		for i, name := range names {
			if i%3 == 0 {
				if err := os.WriteFile(filepath.Join(folder, name), []byte("damaged"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		stray := filepath.Join(folder, "v1", "pages", "stray.json")
		if err := os.WriteFile(stray, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		passMirror(t, s, folder)
		wantMirrored(t, s, folder)
	})
}

// A mirror that stands in the future, as after a restore, or in another service's log, begins again.
func TestAMirrorOfAnotherLogBeginsAgain(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		folder := t.TempDir()
		passMirror(t, s, folder)
		err := s.DB.Write(t.Context(), func(tx *database.Tx) error { // the log as it was before its last line
			err := tx.Exec("DELETE FROM changes WHERE seq = (SELECT seq FROM change_head)").Error
			if err == nil {
				err = tx.Exec("UPDATE change_head SET seq = seq - 1").Error
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		restored := apitest.New(t, dbtest.Replica(t, s.DB)) // a restored service is a new process
		published(restored, "/v1/pages", text("After the restore"))
		retarget(t, folder, s, restored)
		passMirror(t, restored, folder)
		wantMirrored(t, restored, folder)

		other := apitest.New(t, dbtest.New(t, s.DB.Engine()))
		published(other, "/v1/pages", text("Another world"))
		retarget(t, folder, restored, other)
		passMirror(t, other, folder)
		wantMirrored(t, other, folder)
	})
}

// retarget makes a mirror believe that it has always been one of another service.
func retarget(t *testing.T, folder string, from, to *apitest.Service) {
	t.Helper()
	place := filepath.Join(folder, ".wtapi-mirror", "place.json")
	text, err := os.ReadFile(place)
	if err == nil {
		err = os.WriteFile(place, []byte(strings.Replace(string(text), from.URL, to.URL, 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
