package api

import (
	"context"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
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

// Run does the work beside the requests until ctx is done, and returns when all of it has ended. Requests that wait for
// something to happen are told then that nothing more will, so it is to be stopped before the last of them is awaited.
func (s *Service) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, w := range s.workers {
		all.Go(func() { w.Run(ctx) })
	}
	all.Wait()
}
