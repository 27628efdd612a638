package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Page is one page of a list.
type Page[T any] struct {
	Items          []T                     `json:"items" validate:"required"`                                                                        // in the order asked for; make it with NewPage, so that it is never null
	Total          int                     `json:"total" validate:"required" example:"123"`                                                          // how many the whole list has
	TotalIsMinimum bool                    `json:"totalIsMinimum,omitempty" example:"true"`                                                          // there are more than total; counting stopped there
	Next           string                  `json:"next,omitempty" example:"https://api.example.nhs.uk/v1/case-studies?cursor=AAEyMDI2&limit=20"`     // address of the next page; absent on the last
	Previous       string                  `json:"previous,omitempty" example:"https://api.example.nhs.uk/v1/case-studies?cursor=AQEyMDI2&limit=20"` // address of the page before; absent on the first
	Facets         map[string][]FacetValue `json:"facets,omitempty"`                                                                                 // by parameter, when asked for
}

// FacetValue is one value of a filter, and how many items it would leave. A value that is an entry has ID, Slug and
// Title; one from a list of words has Value.
type FacetValue struct {
	ID    string `json:"id,omitempty" example:"0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"`
	Slug  string `json:"slug,omitempty" example:"discharge"`
	Title string `json:"title,omitempty" example:"Discharge"`
	Value string `json:"value,omitempty" example:"poster"`
	Count int    `json:"count" validate:"required" example:"12"`
}

// NewPage makes a page of the items.
func NewPage[T any](items []T, total int) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{Items: items, Total: total}
}

// SetLinks repeats the page's next and previous in the Link header (RFC 8288).
func SetLinks[T any](c echo.Context, page Page[T]) {
	h := c.Response().Header()
	for _, link := range []struct{ url, rel string }{{page.Next, "next"}, {page.Previous, "prev"}} {
		if link.url != "" {
			h.Add("Link", "<"+link.url+`>; rel="`+link.rel+`"`)
		}
	}
}

// PageURL is the absolute address of the page at the cursor, of the list that the request asks for; "" without a
// cursor. The host comes from baseURL alone: what a request says of it would poison caches.
func PageURL(baseURL string, r *http.Request, cursor string) string {
	if cursor == "" {
		return ""
	}
	query := r.URL.Query()
	query.Set("cursor", cursor)
	return baseURL + r.URL.EscapedPath() + "?" + query.Encode()
}
