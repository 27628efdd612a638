package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cpics/working-together-api/api"
)

// The bounds on a connection: what a slow or hostile client can hold on to.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second // of a whole request
	writeTimeout   = 60 * time.Second // from its header to the end of its answer
	idleTimeout    = 2 * time.Minute  // longer than the minute that load balancers keep theirs
	maxHeaderBytes = 64 << 10         // room for a query that is too long, so that it is told so
)

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// early is how long those who call before the service is there wait for it; then they are told to come again.
const early = time.Second

// door is where requests come in.
type door struct {
	listener net.Listener
	server   *http.Server
	log      *slog.Logger
	waiting  func() http.Handler // answers for the service until it is there
	service  atomic.Pointer[api.Service]

	begin  sync.Once
	late   *time.Timer
	failed chan error // what ended the serving
}

func newDoor(listener net.Listener, log *slog.Logger) *door {
	d := &door{listener: listener, log: log, failed: make(chan error, 1)}
	d.server = newServer(d, log)
	return d
}

// ServeHTTP answers a request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if service := d.service.Load(); service != nil {
		service.ServeHTTP(w, r)
		return
	}
	d.waiting().ServeHTTP(w, r)
}

// expect has waiting answer those who call, should the service take long to be there.
func (d *door) expect(waiting func() http.Handler) {
	d.waiting = waiting
	d.late = time.AfterFunc(early, d.serve)
}

func (d *door) serve() {
	d.begin.Do(func() { go func() { d.failed <- d.server.Serve(d.listener) }() })
}

// close ends what was begun.
func (d *door) close() {
	d.late.Stop()
	_ = d.server.Close() // after a shutdown it does nothing
}

// open lets the service answer.
func (d *door) open(service *api.Service) {
	d.service.Store(service)
	d.serve()
}

// await waits until ctx is done. Then nothing more is accepted, and what is under way has as long as patience lasts to
// finish; what lasts longer is cut off, which is logged and no failure.
func (d *door) await(ctx context.Context, patience time.Duration) error {
	select {
	case err := <-d.failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	d.log.Info("stopping", "patience", patience.String())
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := d.server.Shutdown(limited)
	if errors.Is(err, context.DeadlineExceeded) {
		d.log.Warn("requests were cut off: they took longer than WT_SHUTDOWN_TIMEOUT")
		return d.server.Close()
	}
	return err
}
