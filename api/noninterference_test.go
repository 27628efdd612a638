package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/docs"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestTheHiddenLeavesNoTrace asks for every address of the description, in every variant, of two services whose
// public content is the same. Drafts, secret members and whatever else only editors know are in one of them only.
func TestTheHiddenLeavesNoTrace(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, bare *apitest.Service) {
		full := apitest.New(t, dbtest.New(t, bare.DB.Engine()))
		relive(t, bare, false)
		relive(t, full, true)
		without, with := crawl(t, bare), crawl(t, full)
		wantAlike(t, with, without)
		for address, answer := range with {
			if i := strings.Index(answer, "Covert"); i >= 0 {
				t.Errorf("%s: %.100s", address, answer[i:])
			}
		}
	})
}

// TestEnginesAnswerAlike compares the same answers, tags and all, across engines. Cursors belong to the log that gave
// them, so both are given the same id.
func TestEnginesAnswerAlike(t *testing.T) {
	t.Parallel()
	lite, post := apitest.New(t, dbtest.New(t, database.SQLite)), apitest.New(t, dbtest.New(t, database.Postgres))
	for _, s := range []*apitest.Service{lite, post} {
		dbtest.Exec(t, s.DB, "UPDATE change_head SET log_id = 'alike'")
	}
	relive(t, lite, true)
	relive(t, post, true)
	wantAlike(t, crawl(t, lite), crawl(t, post))
}

// TestADraftIsAnsweredLikeNothing compares what is said of drafts with what is said of nothing at all.
func TestADraftIsAnsweredLikeNothing(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		for list, unseen := range map[string][]string{"principles": {"s1", "covert-principle", "reserved"}, "toolkit-assets": {"s2", "covert-asset"},
			"pages": {"s3", "covert-page", "covert-overview"}, "case-studies": {"s4", "covert-story", "covert-slug", "s5"}} {
			for _, ref := range unseen {
				if len(ref) == 2 {
					ref = idOf(ref)
				}
				for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"} {
					got, want := alone(s, method, list, ref), alone(s, method, list, "nothing")
					if got != want {
						t.Errorf("%s %s/%s:\n%s\n---\n%s", method, list, ref, got, want)
					}
				}
			}
		}
	})
}

// alone is an answer without what names the request.
func alone(s *apitest.Service, method, list, ref string) string {
	path := "/v1/" + list + "/" + ref
	a := s.Anonymous().Do(method, path, nil, apitest.Header{"X-Request-Id", "one"})
	a.Header.Del("Date")
	a.Header.Del("Content-Length")
	return fmt.Sprint(a.StatusCode, headerLines(a.Header), strings.ReplaceAll(string(a.Raw), path, "/"))
}

// wantAlike compares what two crawls saw.
func wantAlike(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(got) < 500 {
		t.Errorf("only %d addresses were asked for", len(got))
	}
	addresses := maps.Clone(want)
	maps.Copy(addresses, got)
	different := 0
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		if got[address] != want[address] {
			if different++; different <= 5 {
				t.Errorf("%s differs:\n%s\n---\n%s", address, got[address], want[address])
			}
		}
	}
	if different > 0 {
		t.Errorf("%d of %d answers differ", different, len(addresses))
	}
}

// crawler remembers what it saw at each address.
type crawler struct {
	s    *apitest.Service
	seen map[string]string
}

// crawl asks a service, without a credential, for every address that the description knows.
func crawl(t *testing.T, s *apitest.Service) map[string]string {
	t.Helper()
	description, err := openapi3.NewLoader().LoadFromData(docs.OpenAPIJSON(apitest.BaseURL))
	if err != nil {
		t.Fatal(err)
	}
	c := crawler{s, map[string]string{}}
	for path, item := range description.Paths.Map() {
		if item.Get == nil || path == "/readyz" { // which tells of the machine, not of the content
			continue
		}
		refs := everyRef()
		if item.Get.Extensions["x-role"] != "anyone" { // answered before anything is looked up
			refs = []string{"alpha", "covert-principle", idOf("c1"), idOf("s4")}
		}
		for _, address := range addressesOf(t, path, refs) {
			c.visit(address)
			for _, query := range queriesOf(t, path, item.Get.Parameters) {
				c.visit(address + "?" + query)
			}
		}
	}
	return c.seen
}

var pathParameter = regexp.MustCompile(`\{\w+\}`)

// addressesOf fills the parameters of a path in; refs are the ids and slugs to try.
func addressesOf(t *testing.T, path string, refs []string) []string {
	t.Helper()
	addresses := []string{path}
	for _, name := range pathParameter.FindAllString(path, -1) {
		var filled []string
		for _, value := range pathValues(t, strings.Trim(name, "{}"), refs) {
			for _, address := range addresses {
				filled = append(filled, strings.Replace(address, name, value, 1))
			}
		}
		addresses = filled
	}
	return addresses
}

func pathValues(t *testing.T, name string, refs []string) []string {
	t.Helper()
	switch name {
	case "ref":
		return refs
	case "id", "delivery":
		return []string{idOf("nothing"), "nothing"}
	case "edition":
		return []string{"1"}
	case "filename":
		return []string{"covert.png"}
	case "name":
		return []string{"reference.js", "nothing"}
	case "feed":
		return []string{"all.rss", "all.atom", "all.json", "case-studies.rss", "case-studies.atom", "case-studies.json", "toolkit-assets.json", "pages.rss"}
	}
	t.Fatalf("no values for the path parameter %s", name)
	return nil
}

// everyRef is every id and slug of the history.
func everyRef() []string {
	refs := slices.Clone(slugs)
	for _, name := range names {
		refs = append(refs, idOf(name))
	}
	return refs
}

// everyAddress is where every id and slug could be, in the service and on the website.
func everyAddress() []string {
	var addresses []string
	for _, typ := range content.Types() {
		for _, ref := range everyRef() {
			addresses = append(addresses, apitest.BaseURL+"/v1/"+content.CollectionOf(typ)+"/"+ref)
		}
		for _, slug := range slugs {
			addresses = append(addresses, "https://www.example.nhs.uk/working-together/"+typ+"/"+slug)
		}
	}
	return addresses
}

// queriesOf gives each parameter every value alone, and some of them together.
func queriesOf(t *testing.T, path string, parameters openapi3.Parameters) []string {
	t.Helper()
	var queries []string
	if !strings.HasPrefix(path, "/docs") && !strings.HasSuffix(path, "{filename}") { // whose addresses people share
		queries = append(queries, "unknown=1")
	}
	for _, ref := range parameters {
		p := ref.Value
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		for _, value := range queryValues(t, p) {
			queries = append(queries, p.Name+"="+url.QueryEscape(value))
		}
	}
	if q := parameters.GetByInAndName(openapi3.ParameterInQuery, "q"); q != nil && q.Required {
		for _, query := range queries {
			if !strings.HasPrefix(query, "q=") {
				queries = append(queries, "q=s&"+query, "limit=1&q=covert&"+query)
			}
		}
	}
	if parameters.GetByInAndName(openapi3.ParameterInQuery, "facets") != nil {
		for _, value := range []string{"alpha", "beta", idOf("p4")} {
			queries = append(queries, "facets=principle&limit=1&principle="+value, "facets=principle&status=withdrawn&principle="+value)
		}
	}
	if sort := parameters.GetByInAndName(openapi3.ParameterInQuery, "sort"); sort != nil {
		for _, value := range queryValues(t, sort) {
			queries = append(queries, "limit=1&sort="+value, "limit=2&include=richText&sort="+value)
		}
	}
	return queries
}

// queryValues are the values to try of a parameter: those that the description lists, else ones known here.
func queryValues(t *testing.T, p *openapi3.Parameter) []string {
	t.Helper()
	schema := p.Schema.Value
	if schema.Items != nil {
		schema = schema.Items.Value
	}
	if schema.Type.Is(openapi3.TypeBoolean) {
		return []string{"true", "false"}
	}
	if len(schema.Enum) > 0 {
		var values []string
		for _, v := range schema.Enum {
			values = append(values, fmt.Sprint(v))
		}
		return values
	}
	values, known := map[string][]string{
		"limit": {"0", "1", "3", "100"}, "cursor": {"AAAA"}, "fields": {"title", "slug,links,digest", "input"}, "caseStudies": {"1", "20"},
		"include": {"richText", "caseStudies", "richText,caseStudies"}, "language": {"cy", "en-GB", "fr"}, "against": {"1"}, "seq": {"1"},
		"content": {"full", "summary"}, "after": {"AAAA"}, "wait": {"0"}, "type": {"page", "topic"},
		"facets":         {"principle", "organisation", "topic", "principle,organisation,topic", "assetType", "audience,assetType,principle"},
		"publishedAfter": {"2024-05-01T09:20:00Z"}, "publishedBefore": {"2024-05-01T09:20:00Z"}, "updatedAfter": {"2024-05-01T09:20:00Z"},
		"q":   {"covert", "covret", "Alpha", "alhpa", "s", "-s", "-covert", "sto", `"a story"`, `-"covert story"`, "nothing"},
		"url": everyAddress(), "maxwidth": {"300"}, "maxheight": {"300"}, "focus": {"0.5,0.5", "0,1"},
		"principle": everyRef(), "organisation": everyRef(), "topic": everyRef(),
	}[p.Name]
	if !known {
		t.Fatalf("no values for the parameter %s", p.Name)
	}
	return values
}

// following is the address in a Link header that leads to the next page.
var following = regexp.MustCompile(`<` + apitest.BaseURL + `([^>]*)>; rel="next"`)

// visit asks for an address, and for the pages that follow.
func (c crawler) visit(address string) {
	for address != "" && c.seen[address] == "" {
		a := c.s.Anonymous().Get(address, apitest.Header{"X-Request-Id", "crawl"})
		a.Header.Del("Date")
		c.seen[address] = fmt.Sprint(a.StatusCode, "\n", headerLines(a.Header), "\n", string(a.Raw))
		address = ""
		if next := following.FindStringSubmatch(a.Header.Get("Link")); next != nil {
			address = next[1]
		}
	}
}

// headerLines writes headers in one order.
func headerLines(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(&b, "%s: %q\n", name, h[name])
	}
	return b.String()
}
