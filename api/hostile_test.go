package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/web"
)

// Parts of queries that somebody might try.
var (
	hostileNames = strings.Fields("limit cursor sort fields include facets principle organisation topic assetType audience featured language status " +
		"publishedAfter publishedBefore updatedAfter organisationType view hasDraft caseStudies id e.id $where constructor")
	hostileValues = []string{"", "0", "1", "2", "-1", "007", "%2B1", "9223372036854775808", "true", "false", "null", "alpha", "one", "referrals", "five", "link",
		"both", "en-GB", "x-klingon", "live", "withdrawn", "title", "-updatedAt", "number", "name", "richText", "caseStudies", "topic", "title,slug", "%00", "%C0%AF",
		"%ED%A0%80", "%E2%80%AE", "'", "%27%20OR%201=1--", "%22", "%25", "_", "%5C", "%3Bdrop%20table%20entries", "2024-02-30", "0000-00-00", "0000-01-01",
		"9999-12-31", "9999-12-31T23:59:60Z", "2024-05-01T09:03:00.999999999Z", "0001-01-01T00:00:00%2B23:59", "AAAA", "%F0%9F%98%80", "NaN", "1e3",
		"..%2F..%2Fetc", "[]", "{}", "a%0D%0AX:y", "draft", url.QueryEscape(strings.Repeat("é", 200)), strings.Repeat("9", 201)}
)

// TestNoQueryIsAFaultOfOurs sends queries put together at random, always the same ones, and compares the engines.
func TestNoQueryIsAFaultOfOurs(t *testing.T) {
	t.Parallel()
	lite, post := apitest.New(t, dbtest.New(t, database.SQLite)), apitest.New(t, dbtest.New(t, database.Postgres))
	relive(t, lite, true)
	relive(t, post, true)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	sensible := listQueries(t)
	statuses := map[int]int{}
	for range 1500 {
		list := "/v1/" + pick(allLists)
		address := list + "?" + pick(sensible[list])
		for range random.IntN(4) {
			address += "&" + pick(sensible[list])
		}
		if random.IntN(3) == 0 {
			address += "&" + pick(hostileNames) + "=" + pick(hostileValues)
		}
		same := apitest.Header{"X-Request-Id", "same"}
		a, b := lite.Anonymous().Get(address, same), post.Anonymous().Get(address, same)
		statuses[a.StatusCode]++
		if a.StatusCode != b.StatusCode || string(a.Raw) != string(b.Raw) || !slices.Contains([]int{200, 400, 401}, a.StatusCode) {
			t.Errorf("%s: %d, %d\n%s\n%s", address, a.StatusCode, b.StatusCode, a.Raw, b.Raw)
		}
	}
	if statuses[200] < 100 || statuses[400] < 100 {
		t.Errorf("the queries are not varied enough: %v", statuses)
	}
}

// listQueries are the parameters of each list with values that make sense, one at a time.
func listQueries(t *testing.T) map[string][]string {
	t.Helper()
	queries := map[string][]string{}
	for address, op := range reads(t) {
		if !strings.Contains(strings.TrimPrefix(address, "/v1/"), "/") {
			queries[address] = slices.DeleteFunc(queriesOf(t, address, op.Parameters), func(q string) bool {
				return q == "unknown=1" || strings.HasPrefix(q, "view=") || strings.HasPrefix(q, "hasDraft=") || strings.HasPrefix(q, "cursor=")
			})
		}
	}
	return queries
}

// TestForgedCursors: a cursor is no secret, so anybody can make one with a right checksum and a wrong place.
func TestForgedCursors(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P"))
		scope := content.Selection{Statuses: []content.Status{content.Live}}.Scope()
		id := idOf("p1")
		for _, forged := range []struct {
			sort  string
			place []string
		}{
			{"number", []string{"99999999999", id}}, {"number", []string{"x", id}}, {"number", []string{"1"}}, {"number", nil},
			{"number", []string{"1", "x"}}, {"number", []string{"1", id, id}}, {"updatedAt", []string{"1", id}}, {"updatedAt", []string{"", id}},
			{"updatedAt", []string{"9999-12-31T23:59:59-10:00", id}}, {"firstPublishedAt", []string{"0000-01-01T00:00:00+10:00", id}}, {"title", []string{"p"}},
		} {
			cursor := web.EncodeCursor("principles "+forged.sort+" "+scope, false, forged.place...)
			refuses(t, s, "/v1/principles", refusal{fmt.Sprintf("sort=%s&cursor=%s", forged.sort, cursor), []string{"cursor format"}})
		}
		good := web.EncodeCursor("principles title "+scope, true, "\x00\xff", id)
		s.Anonymous().Get("/v1/principles?sort=title&cursor=" + good).Must(200)
	})
}
