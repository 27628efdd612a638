package search

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/search/index"
	"github.com/cpics/working-together-api/internal/web"
)

// facets counts the values of filters over what is found, every other filter applied: the most common first and equal
// counts by title. They are counted among the newest index.MaxCount results.
func facets(known *content.Lookup, s *index.Search, req *request) (map[string][]web.FacetValue, error) {
	if len(req.facets) == 0 {
		return nil, nil
	}
	facets := map[string][]web.FacetValue{}
	for _, param := range req.facets {
		filter, err := req.filter(known, param)
		if err != nil {
			return nil, err
		}
		others, err := s.With(filter)
		if err != nil {
			return nil, err
		}
		places, _, err := others.Newest(index.Anywhere, index.MaxCount)
		if err != nil {
			return nil, err
		}
		if facets[param], err = facet(known.Tx(), param, places); err != nil {
			return nil, err
		}
	}
	return facets, nil
}

// facetStatements count values among documents at places: their types, or what they link to.
var facetStatements = map[string]func(in string) string{"type": typeFacet, "principle": linkFacet("principles"), "topic": linkFacet("topics")}

func typeFacet(in string) string {
	return "SELECT e.type AS value, count(*) AS count FROM search_documents s JOIN entries e ON e.id = s.entry_id WHERE s.place IN " + in + " GROUP BY e.type"
}

func linkFacet(relation string) func(in string) string {
	return func(in string) string {
		return `SELECT t.id, t.slug, t.title, t.title_key, count(*) AS count FROM search_documents s
			JOIN editions d ON d.entry_id = s.entry_id AND d.state = 'live'
			JOIN edition_links l ON l.edition_id = d.id AND l.relation = '` + relation + `'
			JOIN entries t ON t.id = l.target_id AND t.status = 'live'
			WHERE s.place IN ` + in + ` GROUP BY t.id, t.slug, t.title, t.title_key`
	}
}

func facet(tx *database.Tx, param string, places []int64) ([]web.FacetValue, error) {
	var rows []struct {
		ID                 uuid.UUID
		Slug, Title, Value string
		TitleKey           []byte
		Count              int
	}
	in, list, err := index.Places(tx, places)
	if err == nil {
		err = tx.Raw(facetStatements[param](in), list).Scan(&rows).Error
	}
	if err != nil {
		return nil, fmt.Errorf("count the facet %s: %w", param, err)
	}
	values := make([]web.FacetValue, len(rows))
	keys := map[web.FacetValue]string{}
	for i, r := range rows {
		values[i] = web.FacetValue{Slug: r.Slug, Title: r.Title, Value: r.Value, Count: r.Count}
		if r.ID != uuid.Nil {
			values[i].ID = r.ID.String()
		}
		keys[values[i]] = string(r.TitleKey)
	}
	slices.SortFunc(values, func(a, b web.FacetValue) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(keys[a], keys[b]), strings.Compare(a.Value, b.Value), strings.Compare(a.ID, b.ID))
	})
	return values, nil
}
