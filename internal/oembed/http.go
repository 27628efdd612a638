// Package oembed answers oEmbed (version 1.0, https://oembed.com): given the address of an item, in this API or on the
// website, it gives the item as HTML that a content management system puts into its own page.
package oembed

import (
	"errors"
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	maxAddress   = 2000   // characters
	maxPixels    = 10_000 // that a consumer may give as the most
	defaultWidth = 600    // pixels
	// cacheAge is how many seconds a consumer is advised to keep the answer: what is recalled must go soon.
	cacheAge = 300
)

// Embed is an oEmbed answer of the type rich.
type Embed struct {
	Version         string        `json:"version" validate:"required" enums:"1.0" example:"1.0"` // of oEmbed
	Type            string        `json:"type" validate:"required" enums:"rich" example:"rich"`
	Title           string        `json:"title" validate:"required" example:"Shorter waits for physiotherapy"`
	AuthorName      string        `json:"author_name" validate:"required" example:"Working Together"`
	AuthorURL       string        `json:"author_url" validate:"required" format:"uri" example:"https://www.example.nhs.uk/working-together/"`
	ProviderName    string        `json:"provider_name" validate:"required" example:"Working Together"`
	ProviderURL     string        `json:"provider_url" validate:"required" format:"uri" example:"https://www.example.nhs.uk/working-together/"`
	CacheAge        int           `json:"cache_age" validate:"required" example:"300"`                                                                                                                                 // seconds
	HTML            template.HTML `json:"html" validate:"required" swaggertype:"string" example:"<article>…</article>"`                                                                                                // what ?format=html answers
	Width           int           `json:"width" validate:"required" example:"600"`                                                                                                                                     // pixels; the HTML takes whatever width it is given
	ThumbnailURL    string        `json:"thumbnail_url,omitempty" format:"uri" example:"https://api.example.nhs.uk/v1/files/0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77/corridor.jpg?preset=card&format=jpeg&focus=0.5,0.33"` // of the item's image, where it has one that is small enough
	ThumbnailWidth  int           `json:"thumbnail_width,omitempty" example:"640"`                                                                                                                                     // pixels
	ThumbnailHeight int           `json:"thumbnail_height,omitempty" example:"360"`                                                                                                                                    // pixels
	Height          int           `json:"height" validate:"required" example:"900"`                                                                                                                                    // pixels of a box to read it in; at most maxheight, then by scrolling
}

// Handler serves it.
type Handler struct {
	db        *database.DB
	site      *content.Site
	sources   represent.Sources
	addresses addresses
}

// NewHandler serves the items that the sources give.
func NewHandler(db *database.DB, site *content.Site, sources represent.Sources) Handler {
	return Handler{db, site, sources, newAddresses(site)}
}

// request is what a consumer asks for.
type request struct {
	address             string
	maxWidth, maxHeight int
}

// read reads the query. Consumers say dnt where their readers do not want to be tracked, which nobody is here.
func read(c echo.Context) (r request, err error) {
	q := web.Query(c)
	r.address = q.String("url", maxAddress)
	if !q.Has("url") {
		q.Fault("url", errs.Required, "Give url, the address of an item, percent-encoded.")
	}
	format := q.OneOf("format", "json", "json", "xml")
	r.maxWidth, r.maxHeight = q.Int("maxwidth", maxPixels, 1, maxPixels), q.Int("maxheight", maxPixels, 1, maxPixels)
	q.OneOf("dnt", "", "0", "1", "true", "false")
	if err = q.Done(); err == nil && format == "xml" {
		err = errs.New(errs.NotImplemented, "There is no XML here. Ask with format=json, or without format.")
	}
	return r, err
}

// Show answers what to embed.
//
//	@Summary      Embed an item
//	@Description  oEmbed 1.0: takes the address of a live or withdrawn item, in this API (by id or slug, former slugs included) or as its links.web, and answers with the HTML that links.html has. Nothing is fetched from the address. XML is not implemented (501).
//	@ID           getOEmbed
//	@Tags         embedding
//	@Produce      json
//	@Param        url        query  string  true   "Address of an item"  maxLength(2000)
//	@Param        format     query  string  false  "json; xml is answered 501"  Enums(json, xml) default(json)
//	@Param        maxwidth   query  int     false  "The most pixels in width"   minimum(1) maximum(10000)
//	@Param        maxheight  query  int     false  "The most pixels in height"  minimum(1) maximum(10000)
//	@Param        dnt        query  string  false  "Do not track: accepted, and never needed"  Enums(0, 1, true, false)
//	@Success      200  {object}  Embed
//	@Router       /v1/oembed [get]
//	@x-role       "anyone"
//	@x-failures   "404 410 501"
func (h Handler) Show(c echo.Context) error {
	r, err := read(c)
	if err != nil {
		return err
	}
	var item represent.Item
	err = h.db.Read(c.Request().Context(), func(tx *database.Tx) (err error) {
		change.Complete(tx)
		item, err = h.find(tx, r.address)
		return err
	})
	if err != nil {
		return err
	}
	html, err := represent.Fragment(h.site, item)
	if err != nil {
		return err
	}
	home, width := h.site.Home(), min(defaultWidth, r.maxWidth)
	embed := Embed{Version: "1.0", Type: "rich", Title: item.Title, AuthorName: represent.Name, AuthorURL: home,
		ProviderName: represent.Name, ProviderURL: home, CacheAge: cacheAge, HTML: html, Width: width, Height: min(height(html, width), r.maxHeight)}
	if t, ok := represent.Thumbnail(item, r.maxWidth, r.maxHeight); ok {
		embed.ThumbnailURL, embed.ThumbnailWidth, embed.ThumbnailHeight = t.URL, t.Width, t.Height
	}
	return web.Public(c, embed, web.PublicOptions{LastModified: item.Modified.At, Again: item.Modified.Again})
}

// find gives the public item at an address, a former one included. A draft is answered like nothing.
func (h Handler) find(tx *database.Tx, address string) (item represent.Item, err error) {
	typ, ref, ok := h.addresses.item(address)
	source, known := h.sources[typ]
	if ok && known {
		var moved *content.Moved
		if item, err = source(tx, ref); errors.As(err, &moved) {
			item, err = source(tx, moved.Slug)
		}
	}
	if !ok || !known || errs.KindOf(err) == errs.NotFound {
		err = errs.New(errs.NotFound, "No public item has the address that url names. Give one of an item's links: self, web or html.")
	}
	return item, err
}

// height is about how many pixels the text takes at a width: lines of letters 8 pixels wide and 24 high, and a line
// between blocks.
func height(html template.HTML, width int) int {
	letters, tags := utf8.RuneCountInString(string(html)), strings.Count(string(html), "\n<")
	return (letters*8/width + tags) * 24
}
