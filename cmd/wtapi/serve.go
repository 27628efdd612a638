package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/memory"
	"github.com/cpics/working-together-api/internal/web"
)

type serveCmd struct{}

// Run serves until ctx is done, and then finishes what is under way.
func (serveCmd) Run(ctx context.Context, p *program) error {
	memory.Bound()
	cfg, err := p.settings.read()
	if err != nil {
		return err
	}
	// Listening comes first: a port that is taken is known before anything is written, and who calls early waits
	// instead of being refused.
	listener, err := net.Listen("tcp", cfg.listen.String())
	if err != nil {
		return fmt.Errorf("WT_LISTEN: %w", err)
	}
	defer listener.Close()
	memory.Room(room(cfg)) // for as long as the process runs
	log, journal := p.logs(cfg.logLevel)
	slog.SetDefault(log)
	for _, name := range p.unknown {
		log.WarnContext(ctx, "no setting has this name", "name", name)
	}
	err = p.serve(ctx, cfg, listener, log, journal)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped before it was ready
	}
	return err
}

// room is how many bytes more the program may take than [memory.Most].
func room(cfg config) int64 {
	more := int64(max(0, cfg.cacheMB-api.DefaultCacheMB)) << 20
	if cfg.database.Remote() {
		more += memory.SQLite
	}
	return more
}

// serve answers, as soon as the database is where the program needs it.
func (p *program) serve(ctx context.Context, cfg config, listener net.Listener, log *slog.Logger, journal *web.Journal) error {
	site, err := newSite(cfg, cfg.address(cfg.listen.at(listener)))
	if err != nil {
		return err
	}
	files, err := blob.Open(ctx, cfg.blobURL)
	if err != nil {
		return fmt.Errorf("WT_BLOB_URL: %w", err)
	}
	defer files.Close()
	watch, stopWatch := observe(ctx, cfg, log, journal)
	defer stopWatch()
	t := &taking{cfg: cfg, site: site, files: files, log: log, watch: watch, door: newDoor(listener, log)}
	t.door.expect(sync.OnceValue(func() http.Handler { return api.Waiting(t.api(nil)) }))
	defer t.door.close()
	db, settled, err := t.start(ctx)
	if err != nil {
		return err
	}
	defer db.Close() // after a panic; a second time it does nothing
	return errors.Join(t.answer(ctx, db, settled, p.stdout), db.Close())
}

// taking is what it takes to answer, the database aside.
type taking struct {
	cfg   config
	site  *content.Site
	files *blob.Store
	log   *slog.Logger
	watch *observation
	door  *door
}

// answer answers on a database that is where the program needs it; settled says whether it was so before the start.
func (t *taking) answer(ctx context.Context, db *database.DB, settled bool, stdout io.Writer) error {
	service, err := api.New(t.api(db))
	if err != nil {
		return err
	}
	stopOps, err := t.watch.serve(t.cfg.opsListen, service, t.log)
	if err != nil {
		return err
	}
	defer stopOps()
	t.door.open(service)
	t.log.InfoContext(ctx, "serving", "address", t.door.listener.Addr().String(), "version", version(), "database", string(db.Engine()))
	fmt.Fprintf(stdout, "Serving %[1]s, explained at %[1]s/docs. To write, make a token: wtapi token create --name NAME --role publisher\n", t.site.BaseURL)
	defer returnProgram(t.log)()
	var beside sync.WaitGroup
	working, stop := context.WithCancel(ctx)
	beside.Go(func() {
		letReadersFirst(working)
		if settled {
			finishScrub(working, db, t.log)
		}
		service.Run(working)
	})
	defer beside.Wait()
	defer stop()
	return t.door.await(ctx, t.cfg.shutdownTimeout)
}

// api is what the service is made of.
func (t *taking) api(db *database.DB) api.Config {
	return api.Config{
		DB: db, Site: t.site, Log: t.log, Record: t.watch.record, Version: version(),
		OverviewPage: t.cfg.overviewPage, ToolkitPage: t.cfg.toolkitPage,
		MaxBodyKB: t.cfg.maxBodyKB, CacheBytes: int64(t.cfg.cacheMB) << 20, CORSOrigins: t.cfg.corsOrigins, TrustedProxies: t.cfg.trustedProxies,
		WebhookAllow: t.cfg.webhookAllow, Blobs: t.files, MaxUploadMB: t.cfg.maxUploadMB, Scanner: t.cfg.scanner,
	}
}

// headStart is how long the first readers have the machine and the database to themselves.
const headStart = 100 * time.Millisecond

// letReadersFirst waits until the work beside the requests may begin, or ctx is done.
func letReadersFirst(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(headStart):
	}
	memory.Settle()
}

// settling is how long after the start nothing more is done that is done but once.
const settling = 3 * time.Second

// returnProgram gives back the memory that the start has taken and nothing else will, some time later unless stop is
// called.
func returnProgram(log *slog.Logger) (stop func() bool) {
	return time.AfterFunc(settling, func() {
		debug.FreeOSMemory()
		if err := memory.ReturnProgram(); err != nil {
			log.Warn("the memory that the start took could not be returned", "error", err.Error())
		}
	}).Stop
}

// finishScrub takes from the disk what the process before was about to.
func finishScrub(ctx context.Context, db *database.DB, log *slog.Logger) {
	if err := db.FinishScrub(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "what was deleted may still be on the disk", "error", err.Error())
	}
}

// address is where the service is published, when it listens at a.
func (c config) address(a address) string {
	if c.baseURL != "" {
		return c.baseURL
	}
	return "http://" + a.reachable().String()
}

// at is the address with the port that the system chose, where port 0 left it the choice.
func (a address) at(l net.Listener) address {
	if tcp, ok := l.Addr().(*net.TCPAddr); ok {
		a.port = fmt.Sprint(tcp.Port)
	}
	return a
}
