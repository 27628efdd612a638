// Package principle is the content type of the guiding principles: a few numbered statements that everything else in
// the service refers to.
package principle

import (
	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/richtext"
)

// Kind describes the type.
var Kind = content.Kind{Type: "principle", Collection: "principles", Table: "principles", Schema: "CreativeWork", Texts: []string{"body"}, Numbered: true}

func init() { content.Register(Kind) }

// Input is a principle as an editor writes it, and as table principles stores it. Its number is no part of it: see
// Handler.Order.
type Input struct {
	content.Common
	content.NoSecrets `json:"-" gorm:"-"`
	content.NoFiles   `json:"-" gorm:"-"`
	Body              string `json:"body,omitempty" validate:"max=100000,multiline" maxLength:"100000" example:"People take part in **every** decision about them."` // Markdown
}

// LinkFields is empty: a principle links to nothing by itself.
func (in *Input) LinkFields() map[string]*[]string { return nil }

// RichText is the body.
func (in *Input) RichText() []content.RichField {
	return []content.RichField{{Name: "body", Markdown: in.Body}}
}

// Row is the body.
func (in *Input) Row() (string, []any) { return "t.body", []any{&in.Body} }

// Checks demands nothing beyond what every type does.
func (in *Input) Checks(string) []content.Check { return nil }

// Fields are what a principle shows besides what every item does.
type Fields struct {
	Number      int                 `json:"number,omitempty" example:"2"`                   // its place among the live principles, from 1
	Body        *richtext.Text      `json:"body,omitempty"`                                 // not in lists, unless include=richText
	CaseStudies *[]content.LinkItem `json:"caseStudies,omitempty" extensions:"x-omitempty"` // the newest five, with include=caseStudies
}

// Texts is the body.
func (f *Fields) Texts() []**richtext.Text { return []**richtext.Text{&f.Body} }

// Describe says it in words that need no knowledge of the type.
func (f *Fields) Describe() content.Description {
	return content.Description{Sections: []content.Section{{Text: f.Body}}, Properties: map[string]any{"position": f.Number}}
}

// View is a principle as anyone reads it.
type View struct {
	content.Item
	Fields
}

// Draft is a principle as editors read it.
type Draft struct {
	content.DraftItem
	Fields
	Input *Input `json:"input" validate:"required"` // exactly what PUT takes and PATCH is applied to
}

// Shape is how a principle is shown.
var Shape = content.Shape[*Input, *Fields, View]{
	Fields: func(d *content.Document[*Input], p *content.Presenter) *Fields {
		return &Fields{Number: d.Entry.Place, Body: p.RichText(d.Input.Body)}
	},
	View:  func(i content.Item, f *Fields) View { return View{i, *f} },
	Draft: func(i content.DraftItem, f *Fields, in *Input) any { return Draft{i, *f, in} },
}

// NewRepository stores principles.
func NewRepository(site *content.Site) *content.Repository[*Input] {
	return content.NewRepository(site, Kind, func() *Input { return &Input{} })
}

// includedCaseStudies is how many case studies include=caseStudies shows.
const includedCaseStudies = 5

// options has the type's own sort order and include.
func options(site *content.Site) rest.Options[*Fields] {
	return rest.Options[*Fields]{
		Sorts: []string{"number", "-firstPublishedAt", "firstPublishedAt", "title", "-title", "-updatedAt", "updatedAt"},
		Includes: map[string]rest.Include[*Fields]{
			"caseStudies": func(tx *database.Tx, ids []uuid.UUID, fields []*Fields) error {
				items, err := content.NewestLinking(tx, site, "case-study", Kind.Type, ids, includedCaseStudies)
				for i, id := range ids {
					list := append([]content.LinkItem{}, items[id]...)
					fields[i].CaseStudies = &list
				}
				return err
			},
		},
	}
}
