// Package page is the content type of pages: prose around the principles, such as the public page itself.
package page

import (
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/richtext"
)

// Kind describes the type.
var Kind = content.Kind{Type: "page", Collection: "pages", Table: "pages", Schema: "WebPage", Texts: []string{"body"}}

func init() { content.Register(Kind) }

// Input is a page as an editor writes it, and as table pages stores it.
type Input struct {
	content.Common
	content.NoSecrets `json:"-" gorm:"-"`
	HeroImage         *content.ImageRef `json:"heroImage,omitempty" gorm:"-"`                                                                                                              // across the top
	Body              string            `json:"body,omitempty" validate:"max=100000,multiline" maxLength:"100000" example:"These principles were written by **the people who use them**."` // Markdown
}

// LinkFields is empty: a page links inside its text.
func (in *Input) LinkFields() map[string]*[]string { return nil }

// FileFields is the image across the top.
func (in *Input) FileFields() []content.FileField {
	return []content.FileField{{Name: "heroImage", Image: &in.HeroImage}}
}

// RichText is the body.
func (in *Input) RichText() []content.RichField {
	return []content.RichField{{Name: "body", Markdown: in.Body}}
}

// Row is the body.
func (in *Input) Row() (string, []any) { return "t.body", []any{&in.Body} }

// Checks demands nothing beyond what every type does.
func (in *Input) Checks(string) []content.Check { return nil }

// Fields are what a page shows besides what every item does.
type Fields struct {
	HeroImage *content.File  `json:"heroImage,omitempty"` // across the top
	Body      *richtext.Text `json:"body,omitempty"`      // not in lists, unless include=richText
}

// Texts is the body.
func (f *Fields) Texts() []**richtext.Text { return []**richtext.Text{&f.Body} }

// Describe says it in words that need no knowledge of the type.
func (f *Fields) Describe() content.Description {
	return content.Description{Image: f.HeroImage, Sections: []content.Section{{Text: f.Body}}}
}

// View is a page as anyone reads it.
type View struct {
	content.Item
	Fields
}

// Draft is a page as editors read it.
type Draft struct {
	content.DraftItem
	Fields
	Input *Input `json:"input" validate:"required"` // exactly what PUT takes and PATCH is applied to
}

// Shape is how a page is shown.
var Shape = content.Shape[*Input, *Fields, View]{
	Fields: func(d *content.Document[*Input], p *content.Presenter) *Fields {
		return &Fields{HeroImage: p.Image(d.Files["heroImage"]), Body: p.RichText(d.Input.Body)}
	},
	View:  func(i content.Item, f *Fields) View { return View{i, *f} },
	Draft: func(i content.DraftItem, f *Fields, in *Input) any { return Draft{i, *f, in} },
}

// NewRepository stores pages.
func NewRepository(site *content.Site) *content.Repository[*Input] {
	return content.NewRepository(site, Kind, func() *Input { return &Input{} })
}
