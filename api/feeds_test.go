package api_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// fed is an entry of a feed, in whatever format it came.
type fed struct {
	id, url, title, summary, html string
	date                          time.Time
	tags                          []string
}

// readFeed reads a page of a feed, and the address of the next.
func readFeed(t *testing.T, a *apitest.Answer) (entries []fed, next string) {
	t.Helper()
	a.Must(200)
	switch mediaType, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";"); mediaType {
	case "application/rss+xml":
		return readRSS(t, a.Raw)
	case "application/atom+xml":
		return readAtom(t, a.Raw)
	case "application/feed+json":
		return readJSONFeed(t, a.Raw)
	default:
		t.Fatalf("%s is a %s", a.Request.URL, mediaType)
		return nil, ""
	}
}

type xmlLinks []struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

func (l xmlLinks) of(rel string) string {
	for _, link := range l {
		if link.Rel == rel {
			return link.Href
		}
	}
	return ""
}

func readRSS(t *testing.T, raw []byte) (entries []fed, next string) {
	t.Helper()
	var feed struct {
		Channel struct {
			Links xmlLinks `xml:"http://www.w3.org/2005/Atom link"`
			Items []struct {
				Title       string   `xml:"title"`
				Link        string   `xml:"link"`
				Description string   `xml:"description"`
				Content     string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
				GUID        string   `xml:"guid"`
				Date        string   `xml:"pubDate"`
				Categories  []string `xml:"category"`
			} `xml:"item"`
		} `xml:"channel"`
	}
	unmarshal(t, xml.Unmarshal, raw, &feed)
	for _, i := range feed.Channel.Items {
		date := must(time.Parse(time.RFC1123, i.Date))
		entries = append(entries, fed{i.GUID, i.Link, i.Title, i.Description, i.Content, date.UTC(), i.Categories})
	}
	return entries, feed.Channel.Links.of("next")
}

func readAtom(t *testing.T, raw []byte) (entries []fed, next string) {
	t.Helper()
	var feed struct {
		Links   xmlLinks `xml:"link"`
		Entries []struct {
			ID         string    `xml:"id"`
			Title      string    `xml:"title"`
			Updated    time.Time `xml:"updated"`
			Summary    string    `xml:"summary"`
			Content    string    `xml:"content"`
			Links      xmlLinks  `xml:"link"`
			Categories []struct {
				Label string `xml:"label,attr"`
			} `xml:"category"`
		} `xml:"entry"`
	}
	unmarshal(t, xml.Unmarshal, raw, &feed)
	for _, e := range feed.Entries {
		var tags []string
		for _, c := range e.Categories {
			tags = append(tags, c.Label)
		}
		entries = append(entries, fed{e.ID, e.Links.of("alternate"), e.Title, e.Summary, e.Content, e.Updated.UTC(), tags})
	}
	return entries, feed.Links.of("next")
}

func readJSONFeed(t *testing.T, raw []byte) (entries []fed, next string) {
	t.Helper()
	var feed struct {
		NextURL string `json:"next_url"`
		Items   []struct {
			ID, URL, Title, Summary string
			HTML                    string    `json:"content_html"`
			Date                    time.Time `json:"date_published"`
			Tags                    []string
		}
	}
	unmarshal(t, json.Unmarshal, raw, &feed)
	for _, i := range feed.Items {
		entries = append(entries, fed{i.ID, i.URL, i.Title, i.Summary, i.HTML, i.Date.UTC(), i.Tags})
	}
	return entries, feed.NextURL
}

func unmarshal(t *testing.T, read func([]byte, any) error, raw []byte, into any) {
	t.Helper()
	if err := read(raw, into); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
}

func titlesOf(entries []fed) []string {
	titles := []string{}
	for _, e := range entries {
		titles = append(titles, e.title)
	}
	return titles
}

func feedTitles(t *testing.T, s *apitest.Service, path string) []string {
	t.Helper()
	entries, _ := readFeed(t, s.Anonymous().Get(path))
	return titlesOf(entries)
}

func TestFeedsSayTheSameInEveryFormat(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P & <Q>"))
		refer(s, topics, topic("Referrals"))
		for i := range 5 {
			published(s, "/v1/case-studies", story(fmt.Sprint("Story ", i), "p-and-q").with("topics", []string{"referrals"}, "summary", `A "short" & <true> story.`))
		}
		for _, query := range []string{"?", "?content=full", "?limit=2", "?topic=referrals&limit=2"} {
			want, _ := readFeed(t, s.Anonymous().Get("/v1/feeds/all.json"+query))
			for _, format := range []string{"rss", "atom"} {
				got, _ := readFeed(t, s.Anonymous().Get("/v1/feeds/all."+format+query))
				for i := range got {
					if format == "rss" { // whose descriptions are HTML
						got[i].summary = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`).Replace(got[i].summary)
					}
				}
				if fmt.Sprintf("%v", got) != fmt.Sprintf("%v", want) {
					t.Errorf("%s%s:\n%v\n%v", format, query, got, want)
				}
			}
		}
		full, _ := readFeed(t, s.Anonymous().Get("/v1/feeds/case-studies.rss?content=full"))
		item := s.Anonymous().Get("/v1/case-studies/story-4").Must(200)
		if e := full[0]; e.id != "urn:uuid:"+item.String("id") || e.url != item.String("links", "web") || !slices.Equal(e.tags, []string{"P & <Q>", "Referrals"}) ||
			!strings.Contains(e.html, "Outcome") || !strings.Contains(e.html, "Contains public sector information.") || strings.Contains(e.html, "<h2>Story") {
			t.Errorf("%v", e)
		}
	})
}

// Ten things published in one second have ten dates, which nobody who comes later changes, on any page.
func TestFeedDatesStrictlyIncrease(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		setClock(s, dawn)
		var paths []string
		for i := range 10 {
			paths = append(paths, "/v1/pages/"+published(s, "/v1/pages", text(fmt.Sprint("Page ", i))).String("id"))
		}
		want := map[string]time.Time{}
		for i, e := range allFed(t, s, "/v1/feeds/all.rss?limit=3") {
			want[e.id] = e.date
			if at := dawn.Add(time.Duration(9-i) * time.Second); !e.date.Equal(at) || e.title != fmt.Sprint("Page ", 9-i) {
				t.Errorf("entry %d is %s of %s", i, e.title, e.date)
			}
		}
		s.Editor().Patch(paths[0], doc{"summary": "Corrected."}, anyVersion).Must(200)
		s.Publisher().Post(paths[0]+"/publish", doc{"updateType": "minor"}, anyVersion).Must(200)
		setClock(s, dawn.Add(-time.Hour)) // a clock that goes wrong turns no order round
		s.Editor().Patch(paths[1], doc{"summary": "Revised."}, anyVersion).Must(200)
		publish(s, paths[1], "Revised.").Must(200)
		unpublish(s, paths[2], "withdrawal").Must(200)
		setClock(s, dawn.Add(time.Hour))
		published(s, "/v1/pages", text("Later"))
		now := allFed(t, s, "/v1/feeds/all.atom?limit=4")
		wantEqual(t, titlesOf(now), []string{"Later", "Page 1", "Page 9", "Page 8", "Page 7", "Page 6", "Page 5", "Page 4", "Page 3", "Page 0"})
		want["urn:uuid:"+paths[1][len("/v1/pages/"):]] = dawn.Add(10 * time.Second)
		for i, e := range now[1:] {
			if !e.date.Equal(want[e.id]) || !now[i].date.After(e.date) {
				t.Errorf("%s has moved to %s from %s", e.title, e.date, want[e.id])
			}
		}
	})
}

// allFed follows a feed to its end.
func allFed(t *testing.T, s *apitest.Service, path string) []fed {
	t.Helper()
	var all []fed
	for path != "" {
		a := s.Anonymous().Get(path)
		entries, next := readFeed(t, a)
		all, path = append(all, entries...), next
		if link := a.Header.Get("Link"); (next != "") != strings.Contains(link, "<"+next+`>; rel="next"`) {
			t.Errorf("next is %q, and Link %q", next, link)
		}
	}
	return all
}

func TestFeedsHoldWhatIsLive(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		aPrinciple(t, s)
		draft(s, k.path, k.complete(t, s).with("title", "Hidden"))
		id := published(s, k.path, k.complete(t, s)).String("id")
		path := k.path + "/" + id
		feed := "/v1/feeds/all.json"
		if k.name == "case-study" || k.name == "toolkit-asset" {
			feed = strings.Replace(k.path, "/v1/", "/v1/feeds/", 1) + ".json"
		}
		want := func(shown bool) {
			t.Helper()
			titles := feedTitles(t, s, feed)
			if slices.Contains(titles, "A title") != shown || slices.Contains(titles, "Hidden") {
				t.Errorf("the feed holds %q", titles)
			}
		}
		want(true)
		for _, how := range []string{"withdrawal", "gone"} {
			unpublish(s, path, how).Must(200)
			want(false)
			publish(s, path, "").Must(200)
			want(true)
		}
		s.Editor().Patch(path, doc{"title": "Not yet"}, anyVersion).Must(200)
		want(true)
		unpublish(s, path, "recall").Must(200)
		want(false)
		wantFeedsRebuilt(t, s)
	})
}

func TestFeedsAreNarrowedDown(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, title := range []string{"One", "Two"} {
			published(s, "/v1/principles", text(title))
			refer(s, topics, topic(title+" topic"))
			refer(s, organisations, organisation(title+" trust"))
		}
		published(s, "/v1/case-studies", story("Both", "one").with("principles", []string{"one", "two"}, "topics", []string{"one-topic"}))
		published(s, "/v1/case-studies", story("First", "one").with("topics", []string{"two-topic"}, "organisations", []string{"one-trust"}))
		published(s, "/v1/toolkit-assets", asset("Poster").with("principles", []string{"two"}))
		for feed, want := range map[string][]string{
			"all.rss?principle=one":                                 {"First", "Both"},
			"all.atom?principle=two":                                {"Poster", "Both"},
			"all.json?principle=one&principle=two":                  {"Poster", "First", "Both"},
			"all.json?principle=one&topic=one-topic":                {"Both"},
			"all.json?organisation=one-trust":                       {"First"},
			"case-studies.json?principle=two":                       {"Both"},
			"case-studies.json?topic=two-topic&topic=one-topic":     {"First", "Both"},
			"toolkit-assets.json?principle=two":                     {"Poster"},
			"toolkit-assets.json?principle=one":                     {},
			"case-studies.json?organisation=two-trust":              {},
			"case-studies.json?principle=one&principle=one&limit=1": {"First"},
		} {
			wantEqual(t, feedTitles(t, s, "/v1/feeds/"+feed), want)
		}
		unpublish(s, "/v1/principles/one", "withdrawal").Must(200)
		wantEqual(t, feedTitles(t, s, "/v1/feeds/all.rss?principle=one"), []string{})
		publish(s, "/v1/principles/one", "").Must(200)
		wantEqual(t, feedTitles(t, s, "/v1/feeds/all.rss?principle=one"), []string{"First", "Both"})
		s.Publisher().Patch("/v1/case-studies/both?publish=true&updateType=minor", doc{"principles": []string{"two"}}, anyVersion).Must(200)
		wantEqual(t, feedTitles(t, s, "/v1/feeds/all.rss?principle=one"), []string{"First"})
		unpublish(s, "/v1/principles/two", "recall").Must(200)
		wantFeedsRebuilt(t, s)
	})
}

// wantFeedsRebuilt demands that what feeds hold is what follows from the rest.
func wantFeedsRebuilt(t *testing.T, s *apitest.Service) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := change.Lock(tx); err != nil {
			return err
		}
		changed, err := content.Rebuild(tx)
		if changed > 0 {
			t.Errorf("%d rows were not as they should be", changed)
		}
		if err == nil {
			err = tx.Exec("DELETE FROM feed_rows").Error
		}
		if err != nil {
			return err
		}
		var entries int
		if err := tx.Raw("SELECT count(*) FROM entries WHERE status = 'live' AND type IN ('principle', 'case-study', 'toolkit-asset', 'page')").Scan(&entries).Error; err != nil {
			return err
		}
		if changed, err = content.Rebuild(tx); changed < entries {
			t.Errorf("%d rows were made again for %d entries", changed, entries)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFeedsRefuse(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range 3 {
			published(s, "/v1/pages", text(fmt.Sprint("Page ", i)))
		}
		draft(s, "/v1/principles", text("Hidden"))
		for _, name := range []string{"pages.rss", "all", "all.xml", "all.rss.rss", "principles.atom"} {
			s.Anonymous().Get("/v1/feeds/"+name).Problem(404, "not-found")
		}
		for _, r := range []refusal{
			{"principle=nothing&topic=nothing&organisation=nothing", []string{"organisation no-such", "principle no-such", "topic no-such"}},
			{"principle=hidden", []string{"principle no-such"}},
			{"content=all&limit=0&cursor=x&utm_source=x&topic=nothing", []string{"content range", "cursor format", "limit range", "topic no-such", "utm_source unknown"}},
		} {
			refuses(t, s, "/v1/feeds/all.rss", r)
		}
		refuses(t, s, "/v1/feeds/toolkit-assets.rss", refusal{"topic=x", []string{"topic unknown"}})
		_, next := readFeed(t, s.Anonymous().Get("/v1/feeds/all.rss?limit=1"))
		cursor := must(url.Parse(next)).Query().Get("cursor")
		refuses(t, s, "/v1/feeds/case-studies.rss", refusal{"cursor=" + cursor, []string{"cursor format"}})
		wantEqual(t, feedTitles(t, s, "/v1/feeds/all.json?cursor="+cursor), []string{"Page 1", "Page 0"})
	})
}

func TestFeedsAreKeptAndChecked(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		setClock(s, dawn)
		published(s, "/v1/pages", text("One"))
		for _, name := range []string{"all.rss", "all.atom", "all.json"} {
			a := s.Anonymous().Get("/v1/feeds/" + name).Must(200)
			if got := a.Header.Get("Last-Modified"); a.Header.Get("Cache-Control") != publicly || got != dawn.Format("Mon, 02 Jan 2006 15:04:05 GMT") {
				t.Errorf("%s: %v", name, a.Header)
			}
			s.Anonymous().Get("/v1/feeds/"+name, apitest.Header{"If-None-Match", a.Tag()}).Must(304)
			s.Anonymous().Get("/v1/feeds/"+name, apitest.Header{"If-Modified-Since", a.Header.Get("Last-Modified")}).Must(304)
		}
		empty := apitest.New(t, dbtest.New(t, s.DB.Engine()))
		for _, name := range []string{"all.rss", "all.atom", "all.json"} {
			if entries, next := readFeed(t, empty.Anonymous().Get("/v1/feeds/"+name)); len(entries) > 0 || next != "" {
				t.Errorf("%s of nothing: %v", name, entries)
			}
		}
	})
}
