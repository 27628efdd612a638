package database

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// connectTimeout is how long a server may take to let anybody in, and to answer while nobody hears of it, where the
	// address says nothing else (connect_timeout).
	connectTimeout = 3 * time.Second
	// glance is the time between two looks at whether somebody waits for an answer, and between two questions to a server
	// that gives none.
	glance = 500 * time.Millisecond
)

// errSilent is what comes of connecting to a server that is known to be silent.
var errSilent = errors.New("the server does not answer, and was not asked again")

// sentry finds out that a server has fallen silent and left its connections open, as one does that was suspended, or
// that a network no longer leads to. Time alone does not tell, since a statement may take minutes. So where somebody has
// waited for a moment, sentry asks the server something of its own. If nobody hears of the server until its time is over,
// it is silent: every connection is closed, so that who waits on one fails, and none is made, so that nobody waits for
// one, until the server answers.
type sentry struct {
	ask      func(context.Context) error // the server, by a connection of its own
	patience time.Duration
	dialer   *net.Dialer
	lookup   pgconn.LookupFunc

	mu     sync.Mutex
	lines  map[*line]struct{}
	silent bool

	stop func()
	done sync.WaitGroup
}

// line is a connection that a sentry watches.
type line struct {
	net.Conn
	watch *sentry
	waits atomic.Int64 // grows when somebody begins to wait and when that ends: odd while somebody does
	heard atomic.Int64 // how often something was heard

	idle bool  // who waits on it waits for whatever may come
	last int64 // waits at the last glance
	mark int64 // heard when the sentry began to doubt
}

// Read notes that somebody waits.
func (l *line) Read(p []byte) (int, error) {
	l.waits.Add(1)
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.heard.Add(1)
	}
	l.waits.Add(1)
	return n, err
}

// Close closes the connection.
func (l *line) Close() error {
	l.watch.mu.Lock()
	delete(l.watch.lines, l)
	l.watch.mu.Unlock()
	return l.Conn.Close()
}

// newSentry watches what is connected by config from now on, until its end is called.
func newSentry(config *pgx.ConnConfig) *sentry {
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	patience := config.ConnectTimeout * time.Duration(hosts(config))
	s := &sentry{patience: patience, lookup: config.LookupFunc, lines: map[*line]struct{}{}, dialer: &net.Dialer{
		Timeout:         config.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: patience, Interval: patience, Count: 3},
		Control:         limitUnacknowledged(patience),
	}}
	asking := config.Copy()
	asking.DialFunc = s.dialer.DialContext
	s.ask = func(ctx context.Context) error {
		conn, err := pgx.ConnectConfig(ctx, asking)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
	config.DialFunc, config.LookupFunc = s.dialFor(false), s.lookUp
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.done.Go(func() { s.run(ctx) })
	return s
}

// hosts is how many servers an address names.
func hosts(config *pgx.ConnConfig) int {
	named := map[string]bool{config.Host: true}
	for _, f := range config.Fallbacks {
		named[f.Host] = true
	}
	return len(named)
}

// end ends the watch.
func (s *sentry) end() {
	s.stop()
	s.done.Wait()
}

// lookUp is [net.Resolver.LookupHost] in bounded time.
func (s *sentry) lookUp(ctx context.Context, host string) ([]string, error) {
	if s.isSilent() {
		return nil, errSilent
	}
	ctx, cancel := context.WithTimeout(ctx, s.dialer.Timeout)
	defer cancel()
	return s.lookup(ctx, host)
}

// dialFor makes connections that are watched.
func (s *sentry) dialFor(idle bool) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if s.isSilent() {
			return nil, errSilent
		}
		conn, err := s.dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		l := &line{Conn: conn, watch: s, idle: idle}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.silent { // it has become so meanwhile
			return nil, errors.Join(errSilent, conn.Close())
		}
		s.lines[l] = struct{}{}
		return l, nil
	}
}

func (s *sentry) isSilent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.silent
}

// run watches until ctx is done.
func (s *sentry) run(ctx context.Context) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if !s.awaited() {
			continue
		}
		s.doubt()
		if s.answersInTime(ctx) || ctx.Err() != nil || s.heard() {
			continue
		}
		s.setSilent(true)
		s.answers(ctx) // a question may take longer now: of several addresses, those that answer nothing come first perhaps
		s.setSilent(false)
	}
}

// awaited says whether anybody has waited for an answer since the last call.
func (s *sentry) awaited() (awaited bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.lines {
		waits := l.waits.Load()
		awaited = awaited || !l.idle && waits%2 == 1 && waits == l.last
		l.last = waits
	}
	return awaited
}

// doubt begins to note whether anything is heard.
func (s *sentry) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.lines {
		l.mark = l.heard.Load()
	}
}

// heard says whether anything was heard since doubt, on connections that are there still.
func (s *sentry) heard() (heard bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.lines {
		heard = heard || l.heard.Load() != l.mark
	}
	return heard
}

// setSilent notes what was found out. With silence, all that waits for the server fails.
func (s *sentry) setSilent(silent bool) {
	s.mu.Lock()
	lines := s.lines
	if s.silent = silent; silent {
		s.lines = map[*line]struct{}{}
	}
	s.mu.Unlock()
	if silent {
		for l := range lines {
			_ = l.Conn.Close() // nothing is left to be said on it
		}
	}
}

// answersInTime is answers while the server's time is not over.
func (s *sentry) answersInTime(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	return s.answers(ctx)
}

// answers asks the server, and again at every glance, until it answers or ctx is done. That it refuses is an answer too.
func (s *sentry) answers(ctx context.Context) bool {
	ctx, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	answered := make(chan struct{}, 1)
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		asking.Go(func() {
			var refusal *pgconn.PgError
			if err := s.ask(ctx); err == nil || errors.As(err, &refusal) {
				select {
				case answered <- struct{}{}:
				default: // another one was quicker
				}
			}
		})
		select {
		case <-answered:
			return true
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
}
