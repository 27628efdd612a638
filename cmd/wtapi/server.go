package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
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

// answer serves on the listener until ctx is done. Then it accepts nothing more, and gives what is under way as long
// as patience lasts to finish; what lasts longer is cut off, which is logged and no failure.
func answer(ctx context.Context, server *http.Server, listener net.Listener, patience time.Duration, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping", "patience", patience.String())
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := server.Shutdown(limited)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests were cut off: they took longer than WT_SHUTDOWN_TIMEOUT")
		return server.Close()
	}
	return err
}
