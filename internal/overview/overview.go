// Package overview serves the whole public page in one answer.
package overview

import (
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/casestudy"
	"github.com/cpics/working-together-api/internal/content/page"
	"github.com/cpics/working-together-api/internal/content/principle"
	"github.com/cpics/working-together-api/internal/content/toolkit"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	defaultCaseStudies = 6
	maxCaseStudies     = 20
	maxPrinciples      = 100
	maxFeatured        = 12
)

// Overview is everything that the public page shows. What is not live is absent.
type Overview struct {
	Page            *page.View          `json:"page,omitempty"`                     // the page itself
	Principles      []principle.View    `json:"principles" validate:"required"`     // in order, with their rich text
	CaseStudies     []casestudy.View    `json:"caseStudies" validate:"required"`    // the newest, as in lists
	GuidingDocument *toolkit.View       `json:"guidingDocument,omitempty"`          // the full guiding-principles document
	FeaturedAssets  []toolkit.View      `json:"featuredAssets" validate:"required"` // at most 12, newest first
	ToolkitPage     *content.Link       `json:"toolkitPage,omitempty"`              // where the toolkit is explained
	Licence         content.Licence     `json:"licence" validate:"required"`
	Attribution     content.Attribution `json:"attribution" validate:"required"`
	Links           Links               `json:"links" validate:"required"`
}

// Links are the addresses of the overview and of the lists behind it.
type Links struct {
	Self          string `json:"self" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/overview"`
	Principles    string `json:"principles" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/principles"`
	CaseStudies   string `json:"caseStudies" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/case-studies"`
	ToolkitAssets string `json:"toolkitAssets" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/toolkit-assets"`
}

// Handler serves the overview.
type Handler struct {
	DB          *database.DB
	Site        *content.Site
	Known       *content.Known
	PageSlug    string // of the page that is shown
	ToolkitSlug string // of the page that it leads to
	Principles  principle.Handler
	CaseStudies casestudy.Handler
	Assets      toolkit.Handler
	Pages       page.Handler
}

// Show answers the overview.
//
//	@Summary      Get the whole public page
//	@Description  Everything that the Working Together page shows, in one answer: the page, the principles in order, the newest case studies, the guiding document, featured assets and where the toolkit is. What is not live is absent.
//	@ID           getOverview
//	@Tags         overview
//	@Produce      json
//	@Param        caseStudies  query  int  false  "How many case studies"  minimum(1) maximum(20) default(6)
//	@Success      200  {object}  Overview
//	@Router       /v1/overview [get]
//	@x-role       "anyone"
func (h Handler) Show(c echo.Context) error {
	q := web.Query(c)
	studies := q.Int("caseStudies", defaultCaseStudies, 1, maxCaseStudies)
	if err := q.Done(); err != nil {
		return err
	}
	var o *Overview
	err := h.DB.Read(c.Request().Context(), func(tx *database.Tx) (err error) {
		change.Complete(tx)
		known, err := h.Known.In(tx)
		if err != nil {
			return err
		}
		o, err = h.read(known, studies)
		return err
	})
	if err != nil {
		return err
	}
	return web.Public(c, o, web.PublicOptions{})
}

// read gathers the parts from one snapshot.
func (h Handler) read(known *content.Lookup, studies int) (*Overview, error) {
	base := h.Site.BaseURL + "/v1/"
	o := &Overview{Licence: h.Site.Licence, Attribution: h.Site.Attribution, Links: Links{Self: base + "overview",
		Principles: base + principle.Kind.Collection, CaseStudies: base + casestudy.Kind.Collection, ToolkitAssets: base + toolkit.Kind.Collection}}
	var all [6]error
	const newest = "-firstPublishedAt"
	o.Page, all[0] = h.Pages.Show(known, h.PageSlug)
	o.Principles, all[1] = h.Principles.ShowList(known, nil, "number", maxPrinciples, content.Detail)
	o.CaseStudies, all[2] = h.CaseStudies.ShowList(known, nil, newest, studies, content.Public{})
	o.FeaturedAssets, all[3] = h.Assets.ShowList(known, map[string][]string{"featured": {"true"}}, newest, maxFeatured, content.Public{})
	o.GuidingDocument, all[4] = h.guidingDocument(known)
	o.ToolkitPage, all[5] = h.toolkitPage(known)
	return o, errors.Join(all[:]...)
}

func (h Handler) guidingDocument(known *content.Lookup) (*toolkit.View, error) {
	found, err := h.Assets.ShowList(known, map[string][]string{"assetType": {toolkit.TypeGuidingDocument}}, "-firstPublishedAt", 1, content.Public{})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (h Handler) toolkitPage(known *content.Lookup) (*content.Link, error) {
	found, err := h.Pages.Show(known, h.ToolkitSlug)
	if err != nil || found == nil {
		return nil, err
	}
	return &content.Link{ID: found.ID, Type: found.Type, Slug: found.Slug, Title: found.Title, Href: found.Core.Links.Self}, nil
}
