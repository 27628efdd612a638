package search

import (
	"slices"
	"strings"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/search/index"
	"github.com/cpics/working-together-api/internal/search/words"
)

// didYouMean is the query with other words in place of those that nothing has, if something is found by it; else "".
func didYouMean(known *content.Lookup, s *index.Search, req *request, filter index.Filter) (string, error) {
	unknown := s.Unknown()
	meant := make([][]string, len(unknown))
	most := 0
	for i, word := range unknown {
		var err error
		meant[i], err = index.Suggest(known.Tx(), req.query.Words[word].Text, confirm(known))
		if err != nil || len(meant[i]) == 0 {
			return "", err
		}
		most = max(most, len(meant[i]))
	}
	for n := range most { // the likeliest of each, then the second of each …
		text := req.text
		for i, word := range slices.Backward(unknown) {
			w := req.query.Words[word]
			text = text[:w.Start] + meant[i][min(n, len(meant[i])-1)] + text[w.End:]
		}
		other, err := index.Prepare(known.Tx(), words.Parse(text), filter)
		if err != nil {
			return "", err
		}
		found, _, err := other.Count()
		if err != nil || found > 0 {
			return strings.Join(strings.Fields(text), " "), err
		}
	}
	return "", nil
}
