package api_test

import (
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// endless is text without an end.
type endless struct{}

var chatter = strings.Repeat("Words, words, words.\n", 4<<10)

func (endless) Read(p []byte) (int, error) { return copy(p, chatter), nil }

// TestMemoryDoesNotGrowWithFiles uploads 200 MB and downloads them, and watches the heap meanwhile.
func TestMemoryDoesNotGrowWithFiles(t *testing.T) {
	const size, most = 200 << 20, 24 << 20
	s := apitest.New(t, dbtest.New(t, database.SQLite), func(cfg *api.Config) { cfg.MaxUploadMB = 200 })
	head := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"long.txt\"\r\n\r\n"
	body := io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, size), strings.NewReader("\r\n--b--\r\n"))
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // what is counted is what is held, not what waits to be collected
	s.Reader().Get("/v1/files").Must(200)            // what is made once is there
	peak := watchHeap(t)
	up, err := http.NewRequest("POST", s.URL+"/v1/files", body)
	if err != nil {
		t.Fatal(err)
	}
	up.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	up.Header.Set("Authorization", "Bearer "+s.Token("editor"))
	resp, err := http.DefaultClient.Do(up)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 201 {
		t.Fatalf("%s %v %s", resp.Status, err, answer)
	}
	href := s.Reader().Get("/v1/files").Must(200).String("items", 0, "href")
	down, err := http.NewRequest("GET", s.URL+strings.TrimPrefix(href, apitest.BaseURL), nil)
	if err != nil {
		t.Fatal(err)
	}
	down.Header.Set("Authorization", "Bearer "+s.Token("reader"))
	got, err := http.DefaultClient.Do(down)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if n, err := io.Copy(io.Discard, got.Body); err != nil || n != size {
		t.Errorf("%d bytes came back: %v", n, err)
	}
	grown := peak()
	t.Logf("the heap grew by %d MB at most", grown>>20)
	if grown > most {
		t.Errorf("more than %d MB", most>>20)
	}
}

// watchHeap gives by how many bytes the heap has grown at most since.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	start, peak := m.HeapAlloc, uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > start {
				peak = max(peak, m.HeapAlloc-start)
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return peak
	}
}
