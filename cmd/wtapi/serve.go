package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/file"
	"github.com/cpics/working-together-api/internal/memory"
	"github.com/cpics/working-together-api/internal/seed"
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
	err = openDatabase(ctx, cfg, func(db *database.DB) error {
		memory.Room(room(cfg, db.Engine())) // for as long as the process runs
		log, journal := p.logs(cfg.logLevel)
		slog.SetDefault(log)
		for _, name := range p.unknown {
			log.WarnContext(ctx, "no setting has this name", "name", name)
		}
		return p.serve(ctx, cfg, db, listener, log, journal)
	})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped before it was ready
	}
	return err
}

// room is how many bytes more the program may take than [memory.Most].
func room(cfg config, engine database.Engine) int64 {
	more := int64(max(0, cfg.cacheMB-api.DefaultCacheMB)) << 20
	if engine != database.SQLite {
		more += memory.SQLite
	}
	return more
}

// serve brings the database to where the program needs it, and answers.
func (p *program) serve(ctx context.Context, cfg config, db *database.DB, listener net.Listener, log *slog.Logger, journal *web.Journal) error {
	site, err := newSite(cfg, cfg.address(cfg.listen.at(listener)))
	if err != nil {
		return err
	}
	files, err := blob.Open(ctx, cfg.blobURL)
	if err != nil {
		return fmt.Errorf("WT_BLOB_URL: %w", err)
	}
	defer files.Close()
	settled := database.Settled(ctx, db, conditions(cfg)...)
	if !settled {
		if err := prepare(ctx, cfg, db, files, site, log); err != nil {
			return err
		}
	}
	watch, stopWatch := observe(ctx, cfg, log, journal)
	defer stopWatch()
	service, err := newService(cfg, db, files, site, log, watch.record)
	if err != nil {
		return err
	}
	stopOps, err := watch.serve(cfg.opsListen, service, log)
	if err != nil {
		return err
	}
	defer stopOps()
	log.InfoContext(ctx, "serving", "address", listener.Addr().String(), "version", version(), "database", string(db.Engine()))
	fmt.Fprintf(p.stdout, "Serving %[1]s, explained at %[1]s/docs. To write, make a token: wtapi token create --name NAME --role publisher\n", site.BaseURL)
	defer returnProgram(log)()
	var beside sync.WaitGroup
	working, stop := context.WithCancel(ctx)
	beside.Go(func() {
		letReadersFirst(working)
		if settled {
			finishScrub(working, db, log)
		}
		service.Run(working)
	})
	defer beside.Wait()
	defer stop()
	return answer(ctx, newServer(service, log), listener, cfg.shutdownTimeout, log)
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

func newService(cfg config, db *database.DB, files *blob.Store, site *content.Site, log *slog.Logger, record func(web.Access)) (*api.Service, error) {
	return api.New(api.Config{
		DB: db, Site: site, Log: log, Record: record, Version: version(),
		OverviewPage: cfg.overviewPage, ToolkitPage: cfg.toolkitPage,
		MaxBodyKB: cfg.maxBodyKB, CacheBytes: int64(cfg.cacheMB) << 20, CORSOrigins: cfg.corsOrigins, TrustedProxies: cfg.trustedProxies,
		WebhookAllow: cfg.webhookAllow, Blobs: files, MaxUploadMB: cfg.maxUploadMB, Scanner: cfg.scanner,
	})
}

// conditions say, in SQL, when prepare would find nothing to do in a database with the program's schema.
func conditions(cfg config) []string {
	all := []string{content.AllListed, content.AllSearchable}
	if cfg.seed {
		all = append(all, seed.Written)
	}
	if cfg.scanner != nil {
		all = append(all, file.AllScanned)
	}
	return all
}

// finishScrub takes from the disk what the process before was about to.
func finishScrub(ctx context.Context, db *database.DB, log *slog.Logger) {
	if err := db.FinishScrub(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "what was deleted may still be on the disk", "error", err.Error())
	}
}

// prepare migrates and seeds while every other replica that starts waits: two first starts make one set of content.
func prepare(ctx context.Context, cfg config, db *database.DB, files *blob.Store, site *content.Site, log *slog.Logger) error {
	return database.MigrateThen(ctx, db, func(ctx context.Context) error {
		if err := errors.Join(content.EnsureListed(ctx, db), content.EnsureSearchable(ctx, db)); err != nil {
			return err
		}
		if cfg.seed {
			if err := seedStarter(ctx, db, files, site, log); err != nil {
				return err
			}
		}
		if cfg.scanner == nil {
			return nil
		}
		return file.RequireScans(ctx, db)
	})
}

// seedStarter loads the starter content where nothing was ever written.
func seedStarter(ctx context.Context, db *database.DB, files *blob.Store, site *content.Site, log *slog.Logger) error {
	n, err := loadStarter(ctx, db, files, site)
	if errors.Is(err, seed.ErrNotEmpty) {
		return nil
	}
	if err == nil {
		log.InfoContext(ctx, "starter content loaded", "items", n)
	}
	return err
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
