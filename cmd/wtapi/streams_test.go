package main

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Streams would outlive every patience; the service ends at once all the same, and they end well.
func TestAStopWaitsForNoStream(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, db string) {
		p := serve(t, "WT_DATABASE_URL="+db, "WT_SHUTDOWN_TIMEOUT=15s")
		var streams []io.Reader
		for range 20 {
			resp, err := http.Get(p.url + "/v1/changes/stream")
			must(t, err)
			defer resp.Body.Close()
			lines := bufio.NewScanner(resp.Body)
			for lines.Scan() && !strings.Contains(lines.Text(), `"type":"case-study"`) { // the last of the starter content
			}
			must(t, lines.Err())
			streams = append(streams, resp.Body)
		}
		began := time.Now()
		p.stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the service took %s to end", took)
		}
		for _, stream := range streams {
			if _, err := io.Copy(io.Discard, stream); err != nil {
				t.Error("a stream ended with", err)
			}
		}
	})
}
