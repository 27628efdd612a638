package api_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// How many statements a read sends does not depend on how much it shows. Once what content refers to is known, which a
// first read sees to, a list and an item take one.
func TestStatementsOfReads(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := apitest.New(t, db, keepNothing)
		manyLinked(s)
		for address, want := range map[string]int64{
			"/v1/case-studies":                                                   1,
			"/v1/case-studies?limit=1":                                           1,
			"/v1/case-studies?sort=title&limit=3&include=richText":               1,
			"/v1/case-studies?principle=p0&facets=principle,topic,organisation":  1,
			"/v1/case-studies?principle=p0&principle=p1&topic=t1&language=en-GB": 1,
			"/v1/case-studies?publishedAfter=2000-01-01&organisation=o1":         1,
			"/v1/case-studies/story-3":                                           1,
			"/v1/principles":                                                     1,
			"/v1/toolkit-assets?facets=assetType,audience":                       1,
			"/v1/pages/page":                                                     1,
			"/v1/organisations":                                                  4,
			"/v1/search?q=xyzzyq":                                                2,
			"/v1/overview":                                                       9,
			"/v1/principles?include=caseStudies":                                 3,
			s.Anonymous().Get("/v1/case-studies?limit=4").Must(200).String("next")[len(apitest.BaseURL):]: 1,
		} {
			if got := statementsOf(s, s.Anonymous(), address); got > want {
				t.Errorf("%s: %d statements, want %d", address, got, want)
			}
		}
	})
}

// A create sends one statement to find the token, and one for each row that it writes: entry, address, edition, the
// type's own row, audit.
func TestStatementsOfACreate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := apitest.New(t, db)
		n := 0
		editor := s.Editor()
		create := func() {
			n++
			editor.Post("/v1/pages", text(fmt.Sprint("Page ", n), "body", "Nothing is linked.")).Must(201)
		}
		create() // notes that the token is used, which is not done every time
		if got := leastStatements(s, create); got != 6 {
			t.Errorf("%d statements, want 6", got)
		}
	})
}

// statementsOf is how many statements a read sends when it is repeated. Others work on the database meanwhile, so the
// least of some readings counts.
func statementsOf(s *apitest.Service, client apitest.Client, address string) int64 {
	client.Get(address).Must(200)
	return leastStatements(s, func() { client.Get(address).Must(200) })
}

// leastStatements is how many statements it takes to do something, at the least of some times.
func leastStatements(s *apitest.Service, do func()) int64 {
	s.Stop() // what is done beside the requests would be counted
	least := int64(math.MaxInt64)
	for range 5 {
		before := s.DB.Statements()
		do()
		least = min(least, s.DB.Statements()-before)
	}
	return least
}

// keepNothing is for tests of what it takes to make an answer.
func keepNothing(cfg *api.Config) { cfg.CacheBytes = -1 }

// manyLinked publishes something of every type, with links from everywhere to everywhere.
func manyLinked(s *apitest.Service) {
	published(s, "/v1/pages", text("Page").with("body", "See [it](/v1/topics/t0), [nothing](/v1/topics/nothing)."))
	published(s, "/v1/pages", text("Working Together"))
	published(s, "/v1/pages", text("Toolkit"))
	for i := range 3 {
		published(s, "/v1/principles", text(fmt.Sprint("P", i)))
		refer(s, "/v1/topics", topic(fmt.Sprint("T", i)))
		refer(s, "/v1/organisations", organisation(fmt.Sprint("O", i)))
		published(s, "/v1/toolkit-assets", asset(fmt.Sprint("Asset ", i), "audience", "both", "featured", true))
	}
	for i := range 9 {
		published(s, "/v1/case-studies", story(fmt.Sprint("Story ", i), fmt.Sprint("p", i%3), "topics", []string{"t0", fmt.Sprint("t", 1+i%2)},
			"organisations", []string{"o1"}, "assets", []string{"asset-1"}, "approach", "As [told](/v1/principles/p1)."))
	}
}
