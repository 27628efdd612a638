package api

import (
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/cache"
	"github.com/cpics/working-together-api/internal/web"
)

// keptRoutes are the routes whose answers are kept: what anyone may read, and what is answered at once. A handler of
// one that reads more than items and lists need say nothing: each line of the change log makes its answers old. With
// the functions of package change (Complete and its like) it can be more exact.
var keptRoutes = map[string]bool{
	"/v1/principles":          true,
	"/v1/principles/:ref":     true,
	"/v1/case-studies":        true,
	"/v1/case-studies/:ref":   true,
	"/v1/toolkit-assets":      true,
	"/v1/toolkit-assets/:ref": true,
	"/v1/pages":               true,
	"/v1/pages/:ref":          true,
	"/v1/organisations":       true,
	"/v1/organisations/:ref":  true,
	"/v1/topics":              true,
	"/v1/topics/:ref":         true,
	"/v1/oembed":              true,
	"/v1/overview":            true,
	"/v1/search":              true,
	"/v1/feeds/:feed":         true,
	"/v1/changes":             true,
	fileRoute:                 true,
}

// fileRoute is where files are. What is not there is not kept: bytes can be brought for a record that had none, or found
// clean, without a line of the change log.
const fileRoute = "/v1/files/:id/:filename"

// archiveRoute is read by anyone as what is kept is, and made anew for each.
const archiveRoute = "/v1/toolkit.zip"

// guards are what a request passes before its handler.
func (r Route) guards(store *auth.Store, kept *cache.Cache, horizon *web.Horizon) []echo.MiddlewareFunc {
	guards := []echo.MiddlewareFunc{auth.Authenticate(store), auth.Require(r.Role)}
	if r.kept() || r.Path == archiveRoute {
		guards = append(guards, horizon.Keep)
	}
	switch {
	case !r.kept():
		return guards
	case r.Path == fileRoute:
		return append(guards, kept.KeepFound)
	}
	return append(guards, kept.Keep)
}

// DefaultCacheMB is how much memory kept answers may take where nothing else is said, in units of 1024 × 1024 bytes:
// every answer that a small service has.
const DefaultCacheMB = 16

// cacheBudget is DefaultCacheMB in bytes, or a third of what the Go runtime is to make do with where that is less.
func cacheBudget() int64 {
	return min(DefaultCacheMB<<20, debug.SetMemoryLimit(-1)/3) // a negative limit changes nothing
}

// kept says whether the answers of a route are kept.
func (r Route) kept() bool {
	return r.Method == http.MethodGet && r.Role == auth.Anyone && keptRoutes[r.Path]
}

// front answers ahead of the router what is kept, and has all other requests routed.
type front struct {
	kept    *cache.Cache
	horizon *web.Horizon
	common  web.Headers
	ip      echo.IPExtractor
	record  func(web.Access)
	router  http.Handler
}

// ServeHTTP answers a request. Shortly before something is published or unpublished as scheduled, the router does: then
// answers are kept for as long as is left.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	var ready *cache.Answer
	if !f.horizon.Near() {
		ready = f.kept.Ready(r)
	}
	if ready == nil {
		f.router.ServeHTTP(w, r)
		return
	}
	id := web.RequestIDOf(r)
	w.Header()[web.HeaderRequestID] = []string{id}
	status, sent, ok := ready.Serve(w, r, f.common)
	if !ok { // its bytes are lost, or the store is away
		f.router.ServeHTTP(w, r)
		return
	}
	f.record(web.Access{Request: r, Route: ready.Route(), Status: status, Bytes: int64(sent), Took: time.Since(start),
		RequestID: id, Client: f.ip(r)})
}
