package changelog_test

import (
	"bufio"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/changelog"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/web"
)

// Nothing happens, and the server's bounds on requests are short: the stream shows that it is alive all the same.
func TestAStreamIsAliveBeyondTheBoundsOfARequest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := changelog.NewHandler(db, &content.Site{BaseURL: "https://api.example.nhs.uk"}, content.Sources{}, change.NewWatcher(db))
		h.Heartbeat = 50 * time.Millisecond
		e := echo.New()
		e.HTTPErrorHandler = web.ErrorHandler("https://api.example.nhs.uk", slog.New(slog.DiscardHandler))
		web.GET(e, "/v1/changes/stream", h.Stream)
		server := httptest.NewUnstartedServer(e)
		server.Config.ReadTimeout, server.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
		server.Start()
		t.Cleanup(server.Close)
		resp, err := http.Get(server.URL + "/v1/changes/stream")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		began, comments := time.Now(), 0
		for lines := bufio.NewScanner(resp.Body); time.Since(began) < time.Second; {
			if !lines.Scan() {
				t.Fatalf("the stream ended after %s with %v", time.Since(began), lines.Err())
			}
			if line := lines.Text(); line != "" && line[0] == ':' {
				comments++
			}
		}
		if comments < 5 || comments > 21 {
			t.Errorf("%d comments in a second, one every 50 ms", comments)
		}
	})
}
