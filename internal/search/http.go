// Package search serves the search over all content types: what is found, in which order, and where in it the words
// stand. Package index below keeps and finds the documents, package words says what a word is.
package search

import (
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/search/index"
	"github.com/cpics/working-together-api/internal/search/words"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	defaultLimit = 20
	maxLimit     = 50
)

// Results are what a search finds, the best first.
type Results struct {
	Items          []Item                      `json:"items" validate:"required"`
	Total          int                         `json:"total" validate:"required" example:"12"`                                                             // how many are found; next leads through the best 200
	TotalIsMinimum bool                        `json:"totalIsMinimum,omitempty" example:"true"`                                                            // there are more than total, or may be; counting stopped there
	Next           string                      `json:"next,omitempty" format:"uri" example:"https://api.example.nhs.uk/v1/search?cursor=AAEyMDI2&q=renal"` // address of the next page; absent on the last
	Facets         map[string][]web.FacetValue `json:"facets,omitempty"`                                                                                   // by parameter, when asked for
	DidYouMean     string                      `json:"didYouMean,omitempty" example:"kidney disease"`                                                      // the query in words that there are, when it has one that there is not
}

// Item is what is shown of an item that was found.
type Item struct {
	Type    string    `json:"type" validate:"required" enums:"principle,case-study,toolkit-asset,page" example:"case-study"`
	ID      uuid.UUID `json:"id" validate:"required" format:"uuid" example:"018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"`
	Slug    string    `json:"slug" validate:"required" example:"supporting-a-patient-with-chronic-kidney-disease"`
	Title   string    `json:"title" validate:"required" example:"Supporting a patient with chronic kidney disease"`
	Summary string    `json:"summary" validate:"required" example:"The care went on close to home."`
	Snippet string    `json:"snippet" validate:"required" example:"… worked with the <mark>renal</mark> team of the hospital …"` // HTML: the words that were looked for in mark elements, all else escaped
	Href    string    `json:"href" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/case-studies/supporting-a-patient-with-chronic-kidney-disease"`
}

// Handler serves the search.
type Handler struct{ rest.Services }

// request is what a request asks for.
type request struct {
	text   string
	query  words.Query
	types  []string
	named  map[string][]string // values of the filters that name an entry, by parameter
	facets []string
	limit  int
	cursor string
	shown  int  // on the pages before
	after  *hit // the last of them

	prepared *index.Search // in a light transaction
}

// linkFilters are the filters that name what a document links to: parameter and type.
var linkFilters = []struct{ param, typ string }{{"principle", "principle"}, {"topic", "topic"}}

// Find answers a search.
//
//	@Summary      Search everything
//	@Description  Looks for words in principles, case studies, toolkit assets and pages that are live: in titles, summaries and texts. What has all words in its title comes first, then what has them in title and summary, then all else; the newer before the older. Inflections and American spellings are found too, and words that begin as the last one does, from three letters on. Words in double quotes must stand in a row, as they are written; a - right before a word or phrase leaves out what has it. Words in a row are looked for in the newest 1,000 items that have them. Pages lead through the best 200 results; facets count among the newest 10,000.
//	@ID           search
//	@Tags         search
//	@Produce      json
//	@Param        q          query  string    true   "What to look for"  minlength(1) maxlength(200)
//	@Param        type       query  []string  false  "Any of these types"  collectionFormat(multi) Enums(principle, case-study, toolkit-asset, page)
//	@Param        principle  query  []string  false  "What links to any of these principles (id or slug)"  collectionFormat(multi)
//	@Param        topic      query  []string  false  "What links to any of these topics (id or slug)"  collectionFormat(multi)
//	@Param        facets     query  string    false  "Separated by commas: type, principle, topic"
//	@Param        limit      query  int       false  "How many to show"  minimum(1) maximum(50) default(20)
//	@Param        cursor     query  string    false  "Where to go on, as given in next"
//	@Success      200  {object}  Results
//	@Router       /v1/search [get]
//	@x-role       "anyone"
func (h Handler) Find(c echo.Context) error {
	req, err := readRequest(c)
	if err != nil {
		return h.WithTargets(c, err, func(known *content.Lookup) error {
			_, err := req.filter(known, "")
			return err
		})
	}
	var results *Results
	err = h.DB.ReadLight(c.Request().Context(), func(tx *database.Tx) (err error) {
		results, err = h.find(c, tx, req)
		return err
	})
	if err != nil {
		return err
	}
	if results.Next != "" {
		c.Response().Header().Add("Link", "<"+results.Next+`>; rel="next"`)
	}
	return web.Public(c, results, web.PublicOptions{})
}

// readRequest reads the query of a request, and tells all that is wrong with it at once.
func readRequest(c echo.Context) (*request, error) {
	q := web.Query(c)
	req := &request{text: q.Required("q", rest.MaxQuery), named: map[string][]string{}}
	req.types = q.OneOfAll("type", content.EditionTypes()...)
	for _, f := range linkFilters {
		if values := q.All(f.param); len(values) > 0 {
			req.named[f.param] = values
		}
	}
	req.facets = q.Names("facets", "type", "principle", "topic")
	req.limit = q.Int("limit", defaultLimit, 1, maxLimit)
	req.cursor = q.Cursor("cursor")
	if err := q.Done(); err != nil {
		return req, err
	}
	req.query = words.Parse(req.text)
	return req, req.begin()
}

// begin finds where the page starts.
func (r *request) begin() error {
	if r.cursor == "" {
		return nil
	}
	_, parts, err := web.DecodeCursor(r.scope(), r.cursor)
	if err != nil {
		return err
	}
	if len(parts) > 0 {
		if shown, err := strconv.Atoi(parts[0]); err == nil {
			if last, ok := parseHit(parts[1:]); ok {
				r.shown, r.after = shown, &last
				return nil
			}
		}
	}
	return errs.Invalid(errs.InvalidQuery, errs.In("cursor", errs.Format, "This cursor does not belong to this search. Start without a cursor."))
}

// scope is what cursors belong to.
func (r *request) scope() string {
	s := content.Selection{Query: r.text, Filters: map[string][]string{"type": r.types}}
	for param, values := range r.named {
		s.Filters[param] = values
	}
	return "search " + s.Scope()
}

// prepare reads how common the words are. What a first, light transaction read is good for the next one, if nothing has
// changed in between.
func (r *request) prepare(known *content.Lookup, filter index.Filter) (s *index.Search, err error) {
	tx := known.Tx()
	if r.prepared != nil && !tx.Light && known.At(r.prepared.Head().Seq, r.prepared.Head().Entry) {
		return r.prepared.In(tx), nil
	}
	s, err = index.Prepare(tx, r.query, filter)
	if err != nil || !tx.Light {
		return s, err
	}
	if err := confirm(known)(s.Head()); err != nil { // it may have been filtered by what is true no more
		return nil, err
	}
	r.prepared = s
	return s, nil
}

// confirm is how what was read outside of a snapshot is found to belong to what is known.
func confirm(known *content.Lookup) func(index.Head) error {
	return func(head index.Head) error { return known.Confirm(head.Seq, head.Entry) }
}

// find reads the answer from one snapshot. That nothing is found can be told without one, by how common the words are.
func (h Handler) find(c echo.Context, tx *database.Tx, req *request) (*Results, error) {
	known, err := h.Known.In(tx)
	if err != nil {
		return nil, err
	}
	filter, err := req.filter(known, "")
	if err != nil {
		return nil, err
	}
	s, err := req.prepare(known, filter)
	if err != nil {
		return nil, err
	}
	if tx.Light && s.Possible() {
		return nil, database.ErrMore
	}
	hits, err := rank(s, req.query)
	if err != nil {
		return nil, err
	}
	results := &Results{Items: []Item{}}
	page, more := req.page(hits)
	if results.Items, err = h.show(tx, s, page); err != nil {
		return nil, err
	}
	if more {
		results.Next = req.next(c, h.Site.BaseURL, page)
	}
	if results.Total, results.TotalIsMinimum, err = s.Count(); err != nil {
		return nil, err
	}
	if len(hits) == 0 {
		if results.DidYouMean, err = didYouMean(known, s, req, filter); err != nil {
			return nil, err
		}
	}
	results.Facets, err = facets(known, s, req)
	return results, err
}

// filter looks up what the filters name, but that of one parameter. What was never public is errs.InvalidQuery.
func (r *request) filter(known *content.Lookup, without string) (index.Filter, error) {
	var filter index.Filter
	if without != "type" {
		filter.Types = r.types
	}
	var faults []errs.Fault
	for _, f := range linkFilters {
		if len(r.named[f.param]) == 0 || f.param == without {
			continue
		}
		ids, more, err := known.PublicTargets(f.param, f.typ, r.named[f.param])
		if err != nil {
			return filter, err
		}
		faults = append(faults, more...)
		filter.Links = append(filter.Links, ids)
	}
	return filter, errs.Invalid(errs.InvalidQuery, faults...)
}

// page is the part of the results that is asked for, and whether there is more.
func (r *request) page(hits []hit) (page []hit, more bool) {
	if r.after != nil {
		for len(hits) > 0 && compare(hits[0], *r.after) <= 0 {
			hits = hits[1:]
		}
		hits = hits[:min(len(hits), max(0, best-r.shown))]
	}
	n := min(r.limit, len(hits))
	return hits[:n], n < len(hits)
}

// next is the address of the page after one.
func (r *request) next(c echo.Context, baseURL string, page []hit) string {
	last := page[len(page)-1]
	parts := append([]string{strconv.Itoa(r.shown + len(page))}, last.parts()...)
	return web.PageURL(baseURL, c.Request(), web.EncodeCursor(r.scope(), false, parts...))
}

// show reads what is shown of results, in their order.
func (h Handler) show(tx *database.Tx, s *index.Search, page []hit) ([]Item, error) {
	items := make([]Item, len(page))
	if len(page) == 0 {
		return items, nil
	}
	at := make(map[int64]int, len(page))
	places := make([]int64, len(page))
	for i, hit := range page {
		at[hit.place], places[i] = i, hit.place
	}
	in, list, err := index.Places(tx, places)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(`SELECT s.place, s.title, s.summary, s.body, e.id, e.type, e.slug
		FROM search_documents s JOIN entries e ON e.id = s.entry_id WHERE s.place IN `+in, list)
	if err != nil {
		return nil, fmt.Errorf("read what was found: %w", err)
	}
	defer rows.Close()
	stand := s.Stand()
	for rows.Next() {
		var place int64
		var text index.Text
		var item Item
		if err := rows.Scan(&place, &text.Title, &text.Summary, &text.Body, &item.ID, &item.Type, &item.Slug); err != nil {
			return nil, fmt.Errorf("read what was found: %w", err)
		}
		item.Title, item.Summary, item.Snippet, item.Href = text.Title, text.Summary, bestSnippet(text, stand), h.Site.Href(item.Type, item.Slug)
		items[at[place]] = item
	}
	return items, rows.Err()
}

// bestSnippet is from the text, or from the summary where the words are only there or there is no text.
func bestSnippet(text index.Text, stand map[string][]int) string {
	body, found := words.Snippet(text.Body, stand)
	if found {
		return body
	}
	summary, found := words.Snippet(text.Summary, stand)
	if found || body == "" {
		return summary
	}
	return body
}
