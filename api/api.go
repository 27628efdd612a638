// Package api is the published HTTP surface: the route table, the middleware in its order, and the documentation that
// is served beside it.
package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/cache"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/changelog"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/casestudy"
	"github.com/cpics/working-together-api/internal/content/page"
	"github.com/cpics/working-together-api/internal/content/principle"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/content/toolkit"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/feed"
	"github.com/cpics/working-together-api/internal/file"
	"github.com/cpics/working-together-api/internal/file/clamd"
	"github.com/cpics/working-together-api/internal/health"
	"github.com/cpics/working-together-api/internal/oembed"
	"github.com/cpics/working-together-api/internal/overview"
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/schedule"
	"github.com/cpics/working-together-api/internal/search"
	"github.com/cpics/working-together-api/internal/toolkitzip"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/webhook"
	"github.com/cpics/working-together-api/internal/work"
)

// Config is what the service needs to answer.
type Config struct {
	DB             *database.DB
	Site           *content.Site
	Log            *slog.Logger
	Record         func(web.Access) // is told of each request; nil: Log is
	Version        string
	OverviewPage   string   // slug of the page that the overview shows
	ToolkitPage    string   // slug of the page that it leads to
	MaxBodyKB      int      // of a JSON body
	CacheBytes     int64    // of answers that are kept; 0: as many as suit most, below 0: none
	CORSOrigins    []string // whose scripts may write
	TrustedProxies []string // whose X-Forwarded-For is believed: addresses or CIDR blocks
	Blobs          *blob.Store
	MaxUploadMB    int            // of one file
	FileGrace      time.Duration  // how long a file that nothing uses is kept; 0: a day
	Scanner        *clamd.Scanner // looks at files before anybody gets them; nil for none
	LookEvery      time.Duration  // after which changes of other replicas are noticed although nobody told; 0: as suits most
	WebhookAllow   []string       // where webhooks may go although it is not public, without https too: CIDR blocks or host names
}

// handlers are what the route table names.
type handlers struct {
	services    rest.Services // with which the table makes what nothing but the table names
	principles  principle.Handler
	caseStudies casestudy.Handler
	assets      toolkit.Handler
	pages       page.Handler
	overview    overview.Handler
	embed       oembed.Handler
	changes     changelog.Handler
	search      search.Handler
	feeds       feed.Handler
	tokens      *auth.Handlers
	webhooks    *webhook.Handlers
	files       *file.Service
	archive     toolkitzip.Handler
	root        rootHandler
	docs        *Docs
	health      *health.Checker
}

// New is the service, which answers as an http.Handler. It fails when a setting does.
func New(cfg Config) (*Service, error) {
	if cfg.Record == nil {
		cfg.Record = func(a web.Access) { web.LogAccess(cfg.Log, a) }
	}
	ip, err := web.TrustedProxies(cfg.TrustedProxies)
	if err != nil {
		return nil, err
	}
	e := newEcho(cfg, ip)
	reference, err := NewDocs(cfg.Site.BaseURL)
	if err != nil {
		return nil, err
	}
	store := auth.NewStore(cfg.DB)
	services := rest.Services{DB: cfg.DB, Writes: work.NewRunner(cfg.DB), Site: cfg.Site, Known: &content.Known{},
		Sources: content.Sources{}, Represented: represent.Sources{}, Scheduled: content.Doers{}}
	h := &handlers{
		services:    services,
		principles:  principle.NewHandler(services),
		caseStudies: casestudy.NewHandler(services),
		assets:      toolkit.NewHandler(services),
		pages:       page.NewHandler(services),
		search:      search.Handler{Services: services},
		tokens:      auth.NewHandlers(store, cfg.Site.BaseURL),
		files:       newFiles(cfg, services),
		archive:     toolkitzip.NewHandler(services, cfg.Blobs, cfg.Log),
		root:        newRoot(cfg.Site.BaseURL, cfg.Version),
		docs:        reference,
	}
	h.overview = overview.Handler{DB: cfg.DB, Site: cfg.Site, Known: services.Known, PageSlug: cfg.OverviewPage, ToolkitSlug: cfg.ToolkitPage,
		Principles: h.principles, CaseStudies: h.caseStudies, Assets: h.assets, Pages: h.pages}
	h.embed = oembed.NewHandler(cfg.DB, cfg.Site, services.Represented)
	watcher := change.NewWatcher(cfg.DB)
	if cfg.LookEvery > 0 {
		watcher.LookEvery = cfg.LookEvery
	}
	h.changes = changelog.NewHandler(cfg.DB, cfg.Site, services.Sources, watcher)
	h.feeds = feed.Handler{Services: services}
	sender, err := h.addWebhooks(cfg, watcher)
	if err != nil {
		return nil, err
	}
	kept := cache.New(watcher, cmp.Or(cfg.CacheBytes, cacheBudget()))
	h.health = health.NewChecker(cfg.DB, kept.Holds)
	planned := schedule.NewWorker(cfg.DB, services.Scheduled, watcher, cfg.Log)
	if cfg.LookEvery > 0 {
		planned.LookEvery = cfg.LookEvery
	}
	for _, r := range h.routes() {
		register(e, r, r.guards(store, kept, planned.Horizon)...)
	}
	for _, r := range h.probes() {
		register(e, r)
	}
	before := &front{kept: kept, horizon: planned.Horizon, common: web.ReadingHeaders(cfg.Site.BaseURL), ip: ip, record: cfg.Record, router: e}
	return &Service{Echo: e, front: before, workers: []Worker{watcher, h.changes.Tip, sender, h.files, file.Jobs{Service: h.files}, planned}}, nil
}

// newEcho is a router without routes: what every request passes through, in this order.
func newEcho(cfg Config, ip echo.IPExtractor) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = ip
	e.HTTPErrorHandler = web.ErrorHandler(cfg.Site.BaseURL, cfg.Log)
	e.Use(
		web.RequestIDs(),
		web.AccessLog(cfg.Record),
		web.Recover(),
		web.SecurityHeaders(cfg.Site.BaseURL),
		web.CORS(cfg.CORSOrigins, "/v1/changes/check"),
		web.StrictPaths("/v1/files/"),
		web.FixedPaths(e),
		web.BodyLimit(int64(cfg.MaxBodyKB)<<10),
	)
	return e
}

// addWebhooks adds the handlers of webhooks, and gives the work that they leave to be done beside the requests.
func (h *handlers) addWebhooks(cfg Config, watcher *change.Watcher) (*webhook.Sender, error) {
	guard, err := webhook.NewGuard(cfg.WebhookAllow)
	if err != nil {
		return nil, err
	}
	sender := webhook.NewSender(cfg.DB, h.changes.Lines, watcher, guard, cfg.Log)
	h.webhooks = &webhook.Handlers{DB: cfg.DB, Writes: h.services.Writes, BaseURL: cfg.Site.BaseURL, Guard: guard, Sender: sender}
	return sender, nil
}

// register adds a route with its guards, and HEAD wherever there is GET.
func register(e *echo.Echo, r Route, guards ...echo.MiddlewareFunc) {
	if r.Method == http.MethodGet {
		web.GET(e, r.Path, r.Handler, guards...)
		return
	}
	e.Add(r.Method, r.Path, r.Handler, guards...)
}
