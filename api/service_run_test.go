package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

func TestWhoWaitsForTheLogIsAnsweredWhenTheServiceStops(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		service, err := api.New(api.Config{DB: db, Site: apitest.Site(t), Log: slog.New(slog.DiscardHandler), MaxBodyKB: 1})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(service)
		t.Cleanup(server.Close)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			service.Run(ctx)
			close(ended)
		}()
		go stop()
		impatient := http.Client{Timeout: 20 * time.Second} // less than the wait that is asked for
		resp, err := impatient.Get(server.URL + "/v1/changes?wait=30")
		if err != nil {
			t.Fatal("the request outlived the service's work:", err)
		}
		if resp.Body.Close(); resp.StatusCode != http.StatusOK {
			t.Errorf("it answered %s", resp.Status)
		}
		<-ended
	})
}
