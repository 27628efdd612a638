package api_test

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// address is a method and a path, as the description writes them.
type address struct{ method, path string }

func (a address) String() string { return a.method + " " + a.path }

// parameter is a path parameter in Echo's spelling.
var parameter = regexp.MustCompile(`:(\w+)`)

// TestEveryRouteIsDescribedAndServed compares the routes with the description, both ways.
func TestEveryRouteIsDescribedAndServed(t *testing.T) {
	t.Parallel()
	checker, err := apitest.Contract()
	if err != nil {
		t.Fatal(err)
	}
	var described []address
	for _, o := range checker.Operations() {
		described = append(described, address{o.Method, o.Path})
	}
	served := routes(t)
	for _, a := range served {
		if !slices.Contains(described, a) {
			t.Errorf("%s is served and not described: annotate its handler", a)
		}
	}
	for _, a := range described {
		if !slices.Contains(served, a) {
			t.Errorf("%s is described and not served: it is missing in the route table", a)
		}
	}
	if len(served) < 30 {
		t.Errorf("only %d routes", len(served))
	}
}

// routes lists what the service serves, but for HEAD and OPTIONS, which follow from the rest.
func routes(t *testing.T) []address {
	t.Helper()
	handler, err := api.New(api.Config{DB: dbtest.New(t, database.SQLite), Site: apitest.Site(t), MaxBodyKB: 1})
	if err != nil {
		t.Fatal(err)
	}
	var all []address
	for _, r := range handler.Routes() {
		skipped := []string{http.MethodHead, http.MethodOptions, echo.RouteNotFound}
		if !slices.Contains(skipped, r.Method) {
			all = append(all, address{r.Method, parameter.ReplaceAllString(r.Path, "{$1}")})
		}
	}
	slices.SortFunc(all, func(a, b address) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(all)
}

// TestDescribedRolesAreTheGuards asks for every described address as nobody: who needs no role gets no 401, and
// everybody else does, before the service looks at anything but the path.
func TestDescribedRolesAreTheGuards(t *testing.T) {
	t.Parallel()
	checker, err := apitest.Contract()
	if err != nil {
		t.Fatal(err)
	}
	s := apitest.New(t, dbtest.New(t, database.SQLite))
	for _, o := range checker.Operations() {
		path := strings.NewReplacer("{ref}", "nothing", "{id}", "018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01", "{edition}", "1", "{name}", "pages.css", "{filename}", "a.png", "{feed}", "all.atom", "{delivery}", "018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01").Replace(o.Path)
		answer := s.Anonymous().Do(o.Method, path, nil)
		if refused := answer.StatusCode == http.StatusUnauthorized; refused != (o.Role != "anyone") {
			t.Errorf("%s %s needs the role %s, and anonymous requests get %d", o.Method, o.Path, o.Role, answer.StatusCode)
		}
		if o.DraftView {
			if answer := s.Anonymous().Get(path + "?view=draft"); answer.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: drafts are shown to anyone, with %d", o.Path, answer.StatusCode)
			}
		}
	}
}
