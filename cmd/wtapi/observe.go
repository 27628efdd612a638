package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/internal/telemetry"
	"github.com/cpics/working-together-api/internal/web"
)

// observation is how the operator sees what requests come: the access log, and metrics where they are served.
type observation struct {
	metrics *telemetry.Metrics // nil when nobody could read them
	log     func(web.Access)   // nil when it is not wanted
}

// logs are the log, and the journal through which it and the access log are written; nil for people on a terminal.
func (p *program) logs(least slog.Level) (*slog.Logger, *web.Journal) {
	if onTerminal(p.stderr) {
		return newLog(p.stderr, least), nil
	}
	journal := web.NewJournal(p.stderr)
	return newLog(journal, least), journal
}

// observe begins to write the access log until stop is called, after the last request.
func observe(ctx context.Context, cfg config, log *slog.Logger, journal *web.Journal) (o *observation, stop func()) {
	o, stop = &observation{}, func() {}
	if cfg.opsListen != "" {
		o.metrics = telemetry.New()
	}
	switch {
	case !log.Enabled(ctx, slog.LevelInfo):
	case journal == nil:
		o.log = func(a web.Access) { web.LogAccess(log, a) }
	default:
		writing, end := context.WithCancel(context.WithoutCancel(ctx))
		var done sync.WaitGroup
		done.Go(func() { journal.Run(writing) })
		o.log, stop = journal.Log, func() {
			end()
			done.Wait()
		}
	}
	return o, stop
}

// record notes a request.
func (o *observation) record(a web.Access) {
	if o.metrics != nil {
		o.metrics.Request(a.Route, a.Request.Method, a.Status, a.Took)
	}
	if o.log != nil {
		o.log(a)
	}
}

// serve serves metrics and profiles to the operator until stop is called; nothing at all for an empty address.
func (o *observation) serve(address string, service *api.Service, log *slog.Logger) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("WT_OPS_LISTEN: %w", err)
	}
	o.metrics.Add(service.Counts()...)
	mux := http.NewServeMux()
	mux.Handle("/metrics", o.metrics.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the operator's address is no longer served", "error", err)
		}
	}()
	return func() { _ = server.Close() }, nil // the process ends with it
}
