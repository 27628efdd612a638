package api

import (
	"context"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/telemetry"
)

// Worker is a part of the service that works beside the requests: it follows the change log, tries again, tidies up.
type Worker interface {
	// Run works until ctx is done, and returns when all that it started has ended.
	Run(ctx context.Context)
}

// Service is the whole service: the handler of requests, and the work that goes on beside them.
type Service struct {
	*echo.Echo
	front   *front
	workers []Worker
}

// ServeHTTP answers a request: with what is kept, or by its route.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// Counts are the numbers that the service has for its operator.
func (s *Service) Counts() []telemetry.Counts {
	c := s.front.kept
	number := func(n func() uint64) func() float64 { return func() float64 { return float64(n()) } }
	return []telemetry.Counts{
		{Name: "wtapi_cache_hits_total", Help: "Requests that were answered from what is kept.", Value: number(c.Hits), Counter: true},
		{Name: "wtapi_cache_fills_total", Help: "Answers that were made to be kept.", Value: number(c.Fills), Counter: true},
		{Name: "wtapi_cache_outage_answers_total", Help: "Requests that were answered with the last good copy.", Value: number(c.Outages), Counter: true},
		{Name: "wtapi_cache_bytes", Help: "Memory that kept answers take.", Value: number(c.Bytes)},
	}
}

// Run does the work beside the requests until ctx is done, and returns when all of it has ended. Requests that wait for
// something to happen are told then that nothing more will, so it is to be stopped before the last of them is awaited.
func (s *Service) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, w := range s.workers {
		all.Go(func() { w.Run(ctx) })
	}
	all.Wait()
}
