package mirror_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cpics/working-together-api/internal/canonical"
	"github.com/cpics/working-together-api/internal/mirror"
)

const (
	anID   = "018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01"
	fileID = "018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b02"
	// emptySum is the SHA-256 of nothing.
	emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// thing is an item, with members changed: name, value, name, value …
func thing(t *testing.T, members ...any) map[string]any {
	t.Helper()
	item := map[string]any{"id": anID, "type": "page", "slug": "a-page", "status": "live", "title": "A page",
		"links": map[string]any{"self": "https://api.example.nhs.uk/v1/pages/a-page"}}
	for i := 0; i < len(members); i += 2 {
		item[members[i].(string)] = members[i+1]
	}
	if item["digest"] == nil {
		digest, err := canonical.Digest(item)
		if err != nil {
			t.Fatal(err)
		}
		item["digest"] = digest
	}
	return item
}

func withFile(href string) map[string]any {
	return map[string]any{"id": fileID, "href": href, "sha256": emptySum, "size": 0}
}

// open opens a mirror of a service in a folder.
func open(t *testing.T, service http.Handler, folder string) *mirror.Mirror {
	t.Helper()
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	m, err := mirror.Open(mirror.Config{API: server.URL, Folder: folder, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// saying is a service whose log has one line with the item.
func saying(t *testing.T, item map[string]any) http.Handler {
	t.Helper()
	page, err := json.Marshal(map[string]any{"items": []any{map[string]any{"seq": 1, "event": "published", "id": anID, "item": item}},
		"next": "https://elsewhere.example/v1/changes?after=x", "hasMore": false})
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/changes" {
			_, _ = w.Write(page)
		}
	})
}

// holds lists the files below a folder.
func holds(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			body, err := os.ReadFile(filepath.Join(folder, name))
			files[name] = string(body)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A service that means ill gets nothing written beside its items, inside or outside of the folder.
func TestNothingHostileIsWritten(t *testing.T) {
	t.Parallel()
	for name, item := range map[string]map[string]any{
		"an id that leads elsewhere":   thing(t, "id", "../../evil"),
		"a slug that leads elsewhere":  thing(t, "slug", "../evil"),
		"a slug that is another's id":  thing(t, "slug", fileID),
		"a collection that does":       thing(t, "links", map[string]any{"self": "https://x/v1/../evil/a-page"}),
		"a collection called files":    thing(t, "links", map[string]any{"self": "https://x/v1/files/a-page"}),
		"no address":                   thing(t, "links", map[string]any{}),
		"another item's id":            thing(t, "id", fileID),
		"a digest of something else":   thing(t, "digest", "sha-256:"+emptySum),
		"a file at another's address":  thing(t, "files", []any{withFile("https://x/v1/files/" + anID + "/a.pdf")}),
		"a file without a SHA-256":     thing(t, "files", []any{map[string]any{"id": fileID, "href": "https://x/v1/files/" + fileID + "/a", "sha256": "x"}}),
		"a number where text is to be": thing(t, "slug", 7),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			folder := filepath.Join(parent, "mirror")
			if err := open(t, saying(t, item), folder).Pass(t.Context()); err == nil {
				t.Error("it was taken")
			}
			for file := range holds(t, parent) {
				if !strings.HasPrefix(file, "mirror/.wtapi-mirror/") {
					t.Errorf("it has written %s", file)
				}
			}
		})
	}
}

func TestNamesThatNoFolderIsToHold(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"..", "..%2f..%2fevil", "%2e%2e%2fevil", "a%2fb", "a%5cb", "%00", ".htaccess", "a%0ab", strings.Repeat("a", 300)} {
		folder := t.TempDir()
		m := open(t, saying(t, thing(t, "files", []any{withFile("https://x/v1/files/" + fileID + "/" + name)})), folder)
		if err := m.Pass(t.Context()); err == nil || !strings.Contains(err.Error(), "name") {
			t.Errorf("%s: %v", name, err)
		}
		for file := range holds(t, folder) {
			if strings.Contains(file, "files/") {
				t.Errorf("%s: it has written %s", name, file)
			}
		}
	}
}

// What is in the folder already leads nowhere else either.
func TestALinkLeadsNowhere(t *testing.T) {
	t.Parallel()
	folder, outside := t.TempDir(), t.TempDir()
	m := open(t, saying(t, thing(t)), folder)
	if err := os.MkdirAll(filepath.Join(folder, "v1"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "v1", "pages")); err != nil {
		t.Fatal(err)
	}
	if err := m.Pass(t.Context()); err == nil {
		t.Error("the link was followed")
	}
	if files := holds(t, outside); len(files) > 0 {
		t.Errorf("outside of the folder there is %v", files)
	}
}

func TestAFolderOfSomebodyElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Open(mirror.Config{API: "http://127.0.0.1:1", Folder: folder}); err == nil {
		t.Error("a folder with other files was taken")
	}
	other := t.TempDir()
	if err := open(t, saying(t, thing(t)), other).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Open(mirror.Config{API: "https://api.example.nhs.uk", Folder: other}); err == nil {
		t.Error("a mirror of another service was taken")
	}
}

// A service that is away for a moment is asked again, and not before it says so.
func TestAMirrorTriesAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	good := saying(t, thing(t))
	folder := t.TempDir()
	m := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			panic(http.ErrAbortHandler)
		case 3:
			fmt.Fprint(w, `{"items":[{"se`)
		default:
			good.ServeHTTP(w, r)
		}
	}), folder)
	if err := m.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := holds(t, folder)
	if item := files["v1/pages/"+anID+".json"]; item == "" || files["v1/pages/a-page.json"] != item || !strings.HasPrefix(files["v1/pages.json"], `{"items":[{`) ||
		files["v1/topics.json"] != `{"items":[],"total":0}` || calls.Load() != 4 {
		t.Errorf("after %d calls there is %v", calls.Load(), files)
	}
}

// Bytes that are not those of which the item speaks are not kept.
func TestDamagedFilesAreNotKept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	item := thing(t, "files", []any{withFile("https://x/v1/files/" + fileID + "/a.txt")})
	page := saying(t, item)
	var calls atomic.Int32
	m := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/changes" {
			page.ServeHTTP(w, r)
		} else if calls.Add(1) == 1 {
			fmt.Fprint(w, "not nothing")
		}
	}), folder)
	if err := m.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if body, kept := holds(t, folder)["v1/files/"+fileID+"/a.txt"]; !kept || body != "" || calls.Load() != 2 {
		t.Errorf("%q after %d calls", body, calls.Load())
	}
}
