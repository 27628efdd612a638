package api_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
)

// walk follows next from an address to the end and gives the pages.
func walk(t *testing.T, s *apitest.Service, address string) []*apitest.Answer {
	t.Helper()
	var pages []*apitest.Answer
	for address != "" {
		if len(pages) > 500 {
			t.Fatalf("no end: %s", address)
		}
		page := s.Anonymous().Get(address).Must(200)
		pages = append(pages, page)
		address = page.String("next")
	}
	return pages
}

// columns gathers one member of the items of all pages.
func columns(pages []*apitest.Answer, member string) []string {
	var values []string
	for _, p := range pages {
		values = append(values, p.Column(member)...)
	}
	return values
}

var contentSorts = []string{"-firstPublishedAt", "firstPublishedAt", "title", "-title", "-updatedAt", "updatedAt"}

// awkward are titles that databases and languages order differently, in the order of the contract: without marks and
// case, by bytes. Equal keys go by id.
var awkward = []string{"10 steps", "2 steps", "a-b", "Aa", "ab", "Éclair", "eclairs", "ﬁsh", "FISHER", "Straße", "STRASSEN",
	"Zoo", "Æther", "Ødegård", "日本"}

func TestTitlesHaveOneOrder(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range awkward {
			title := awkward[(i*7)%len(awkward)]
			published(s, "/v1/pages", text(title))
			refer(s, "/v1/topics", topic(title))
		}
		want := slices.Clone(awkward)
		wantEqual(t, columns(walk(t, s, "/v1/pages?sort=title&limit=3"), "title"), want)
		wantEqual(t, columns(walk(t, s, "/v1/topics?limit=3&sort=name"), "name"), want)
		wantEqual(t, columns(walk(t, s, "/v1/topics?limit=5"), "name"), want)
		slices.Reverse(want)
		wantEqual(t, columns(walk(t, s, "/v1/pages?sort=-title&limit=3"), "title"), want)
	})
}

// TestPagesLeadBothWays walks forth and back in every order, with many equal values.
func TestPagesLeadBothWays(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range 11 {
			setClock(s, dawn.Add(time.Duration(i/4)*time.Second))
			published(s, "/v1/principles", text(fmt.Sprint("Same ", i/3)))
		}
		for _, sort := range append([]string{"number"}, contentSorts...) {
			for _, limit := range []int{1, 4, 10, 11, 12} {
				address := fmt.Sprintf("/v1/principles?sort=%s&limit=%d&fields=title", sort, limit)
				forth := walk(t, s, address)
				if ids := columns(forth, "id"); len(ids) != 11 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 11 {
					t.Errorf("%s: %d ids: %q", address, len(ids), ids)
				}
				if want := (11 + limit - 1) / limit; len(forth) != want {
					t.Errorf("%s: %d pages, want %d", address, len(forth), want)
				}
				leadsBack(t, s, address, forth)
			}
		}
	})
}

// leadsBack follows previous from the last page to the first.
func leadsBack(t *testing.T, s *apitest.Service, address string, forth []*apitest.Answer) {
	t.Helper()
	page := forth[len(forth)-1]
	for i := len(forth) - 1; i > 0; i-- {
		if page.String("previous") == "" {
			t.Fatalf("%s: page %d has no page before it", address, i)
		}
		page = s.Anonymous().Get(page.String("previous")).Must(200)
		wantEqual(t, page.Column("id"), forth[i-1].Column("id"))
		wantLinks(t, page)
	}
	if page.At("previous") != nil {
		t.Errorf("%s: something is before the first page: %s", address, page.String("previous"))
	}
	if len(forth) > 1 {
		again := s.Anonymous().Get(page.String("next")).Must(200)
		wantEqual(t, again.Column("id"), forth[1].Column("id"))
	}
}

// wantLinks compares the Link header (RFC 8288) with the body, which has absolute addresses.
func wantLinks(t *testing.T, page *apitest.Answer) {
	t.Helper()
	var want []string
	for member, rel := range map[string]string{"next": "next", "previous": "prev"} {
		if address := page.String(member); address != "" {
			want = append(want, "<"+address+`>; rel="`+rel+`"`)
			if !strings.HasPrefix(address, apitest.BaseURL+"/v1/") {
				t.Errorf("%s is not below the published address: %s", member, address)
			}
		}
	}
	got := strings.Split(strings.Join(page.Header.Values("Link"), ", "), ", ")
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) && len(want) > 0 {
		t.Errorf("Link: %q, want %q", got, want)
	}
}

func TestNextKeepsTheQuery(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P & Q"))
		for i := range 3 {
			published(s, "/v1/case-studies", story(fmt.Sprint("Story ", i), "p-and-q"))
		}
		first := s.Anonymous().Get("/v1/case-studies?principle=p-and-q&limit=1&fields=title,principles&facets=principle&include=richText&status=live&language=en-GB&publishedAfter=2000-01-01").Must(200)
		wantLinks(t, first)
		next, err := url.Parse(first.String("next"))
		if err != nil {
			t.Fatal(err)
		}
		query := next.Query()
		query.Del("cursor")
		if got := query.Encode(); got != "facets=principle&fields=title%2Cprinciples&include=richText&language=en-GB&limit=1&principle=p-and-q&publishedAfter=2000-01-01&status=live" {
			t.Errorf("next: %s", got)
		}
		if n := len(walk(t, s, first.Request.URL.RequestURI())); n != 3 {
			t.Errorf("%d pages", n)
		}
	})
}

func TestCursorsAreTamperEvident(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range 3 {
			published(s, "/v1/pages", text(fmt.Sprint("Page ", i)))
			published(s, "/v1/toolkit-assets", asset(fmt.Sprint("Asset ", i)))
		}
		cursor := nextCursor(t, s.Anonymous().Get("/v1/pages?limit=1").Must(200))
		english := nextCursor(t, s.Anonymous().Get("/v1/pages?limit=1&language=en-GB").Must(200))
		drafts := nextCursor(t, s.Reader().Get("/v1/pages?view=draft&limit=1").Must(200))
		s.Anonymous().Get("/v1/pages?language=en-US&cursor="+english).Problem(400, "invalid-query")
		s.Anonymous().Get("/v1/pages?cursor="+drafts).Problem(400, "invalid-query")
		s.Anonymous().Get("/v1/pages?limit=2&fields=title&include=richText&cursor=" + cursor).Must(200)
		s.Anonymous().Get("/v1/pages?sort=-firstPublishedAt&status=live&cursor=" + cursor).Must(200)
		for _, elsewhere := range []string{"/v1/toolkit-assets?x=1", "/v1/pages?sort=firstPublishedAt", "/v1/pages?sort=title",
			"/v1/pages?status=withdrawn", "/v1/pages?language=en-GB", "/v1/pages?publishedAfter=2000-01-01"} {
			s.Anonymous().Get(strings.Replace(elsewhere, "x=1", "limit=1", 1)+"&cursor="+cursor).Problem(400, "invalid-query")
		}
		for i := range cursor {
			swapped := byte('A')
			if cursor[i] == swapped {
				swapped = 'B'
			}
			for _, broken := range []string{cursor[:i] + string(swapped) + cursor[i+1:], cursor[:i], cursor[:i] + "A" + cursor[i:]} {
				if broken != "" {
					refuses(t, s, "/v1/pages", refusal{"cursor=" + broken, []string{"cursor format"}})
				}
			}
		}
	})
}

// nextCursor is the cursor of the page after a page.
func nextCursor(t *testing.T, page *apitest.Answer) string {
	t.Helper()
	next, err := url.Parse(page.String("next"))
	if err != nil || next.Query().Get("cursor") == "" {
		t.Fatalf("no next page: %s", page.Raw)
	}
	return next.Query().Get("cursor")
}

// TestACursorOutlivesItsEntry takes away the entries beside which a walk stands.
func TestACursorOutlivesItsEntry(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range 6 {
			setClock(s, dawn.Add(time.Duration(i)*time.Second))
			published(s, "/v1/pages", text(fmt.Sprint(i)))
		}
		first := s.Anonymous().Get("/v1/pages?limit=2").Must(200)
		s.Publisher().Delete("/v1/pages/4", anyVersion).Must(204)
		unpublish(s, "/v1/pages/3", "recall").Must(200)
		second := s.Anonymous().Get(first.String("next")).Must(200)
		wantEqual(t, second.Column("title"), []string{"2", "1"})
		back := s.Anonymous().Get(second.String("previous")).Must(200)
		wantEqual(t, back.Column("title"), []string{"5"})
		for _, left := range []string{"0", "1"} {
			s.Publisher().Delete("/v1/pages/"+left, anyVersion).Must(204)
		}
		end := s.Anonymous().Get(second.String("next")).Must(200)
		wantEqual(t, end.Column("title"), nil)
		if end.At("next") != nil || end.Int("total") != 2 || string(end.Raw[:12]) != `{"items":[],` {
			t.Errorf("the end: %s", end.Raw)
		}
	})
}

// TestWalksSeeEverythingOnce walks all pages in every order while others publish, edit and remove. What is there all
// the time is seen exactly once, and in its order.
func TestWalksSeeEverythingOnce(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		var steady []string
		for i := range 30 {
			setClock(s, dawn.Add(time.Duration(i%7)*time.Hour))
			steady = append(steady, published(s, "/v1/pages", text(fmt.Sprint("Steady ", i*11%30))).String("id"))
		}
		slices.Sort(steady)
		var mu sync.Mutex
		ticks := 0
		s.DB.SetClock(func() time.Time { // so that what happens meanwhile falls between what is there
			mu.Lock()
			defer mu.Unlock()
			ticks++
			return dawn.Add(time.Duration(ticks*37%420) * time.Minute)
		})
		ctx, stop := context.WithCancel(t.Context())
		var others sync.WaitGroup
		for n := range 2 {
			others.Go(func() { disturb(ctx, s, n, steady) })
		}
		for _, sort := range contentSorts {
			for range 2 {
				seen := columns(walk(t, s, "/v1/pages?limit=4&sort="+sort), "id")
				seen = slices.DeleteFunc(seen, func(id string) bool { return !slices.Contains(steady, id) })
				if slices.Sort(seen); !slices.Equal(seen, steady) {
					t.Errorf("sort=%s: saw %d of %d that were there all the time", sort, len(seen), len(steady))
				}
			}
		}
		stop()
		others.Wait()
	})
}

// disturb publishes, renames, corrects and removes until it is told to stop. The steady entries get minor editions
// that leave the title alone, so that no order is changed by them.
func disturb(ctx context.Context, s *apitest.Service, n int, steady []string) {
	for i := 0; ctx.Err() == nil; i++ {
		made := published(s, "/v1/pages", text(fmt.Sprintf("Steady %d passing", i*7%30), "slug", fmt.Sprintf("passing-%d-%d", n, i)))
		path := "/v1/pages/" + made.String("id")
		s.Publisher().Patch("/v1/pages/"+steady[(2*i+n)%len(steady)]+"?publish=true&updateType=minor", doc{"summary": fmt.Sprint("Corrected ", i)}, anyVersion).Must(200)
		s.Publisher().Patch(path+"?publish=true&changeNote=Renamed.", doc{"title": fmt.Sprintf("Steady %d renamed", i*13%30)}, anyVersion).Must(200)
		if i%3 != 0 {
			s.Publisher().Delete(path, anyVersion).Must(204)
		}
	}
}
