// Package toolkit is the content type of toolkit assets: what helps people to share the principles.
package toolkit

import (
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/richtext"
)

// Types of assets.
const (
	TypeLink            = "link"             // leads elsewhere; the only one that needs no file
	TypeGuidingDocument = "guiding-document" // the full text of the principles
)

var (
	assetTypes = []string{TypeGuidingDocument, "poster", "leaflet", "presentation", "template", "image", "video", "screensaver", TypeLink, "other"}
	audiences  = []string{"staff", "public", "both"}
)

// Kind describes the type.
var Kind = content.Kind{
	Type: "toolkit-asset", Collection: "toolkit-assets", Table: "toolkit_assets", Schema: "DigitalDocument",
	Relations: []content.Relation{{Name: "principles", Target: "principle"}},
	Filters: []content.Filter{
		{Param: "assetType", Column: "asset_type", Values: assetTypes, Facet: true},
		{Param: "principle", Relation: "principles", Facet: true},
		{Param: "audience", Column: "audience", Values: audiences, Facet: true,
			Also: map[string][]string{"staff": {"both"}, "public": {"both"}}},
		{Param: "featured", Flag: "featured", Values: []string{"true", "false"}},
	},
}

func init() { content.Register(Kind) }

// Input is a toolkit asset as an editor writes it, and as table toolkit_assets stores it.
type Input struct {
	content.Common
	content.NoSecrets `json:"-" gorm:"-"`
	AssetType         string            `json:"assetType,omitempty" validate:"omitempty,oneof=guiding-document poster leaflet presentation template image video screensaver link other" enums:"guiding-document,poster,leaflet,presentation,template,image,video,screensaver,link,other" example:"link"` // required to publish
	URL               string            `json:"url,omitempty" validate:"omitempty,https" format:"uri" example:"https://www.example.nhs.uk/toolkit"`                                                                                                                                                      // where a link leads; required to publish one
	Files             []content.FileRef `json:"files,omitempty" gorm:"-" validate:"max=50,dive" maxItems:"50"`                                                                                                                                                                                           // required to publish anything but a link
	Image             *content.ImageRef `json:"image,omitempty" gorm:"-"`                                                                                                                                                                                                                                // what stands for it in lists
	Audience          string            `json:"audience,omitempty" validate:"omitempty,oneof=staff public both" enums:"staff,public,both" example:"staff"`
	Principles        []string          `json:"principles,omitempty" gorm:"-" validate:"max=50" maxItems:"50" example:"timely-communications"` // ids or slugs
	Featured          bool              `json:"featured,omitempty" example:"true"`                                                             // shown on the overview
}

// LinkFields are the principles.
func (in *Input) LinkFields() map[string]*[]string {
	return map[string]*[]string{"principles": &in.Principles}
}

// FileFields are the files and the image.
func (in *Input) FileFields() []content.FileField {
	return []content.FileField{{Name: "files", List: &in.Files}, {Name: "image", Image: &in.Image}}
}

// RichText is empty: an asset is described by its summary.
func (in *Input) RichText() []content.RichField { return nil }

// Row is the whole row.
func (in *Input) Row() (string, []any) {
	return "t.asset_type, t.url, t.audience, t.featured", []any{&in.AssetType, &in.URL, &in.Audience, &in.Featured}
}

// Checks demands what there is to share: an address for a link, a file for everything else.
func (in *Input) Checks(string) []content.Check {
	switch {
	case in.AssetType == "":
		return []content.Check{content.Missing("assetType", "It is not said what kind of asset this is.", "Choose an asset type, such as link.")}
	case in.AssetType != TypeLink && len(in.Files) == 0:
		return []content.Check{content.Missing("files", "An asset of this type needs a file.",
			"Upload it with POST /v1/files and name its id here, or make the asset a link.")}
	case in.AssetType == TypeLink && in.URL == "":
		return []content.Check{content.Missing("url", "A link needs an address.", "Give the absolute https address that it leads to.")}
	}
	return nil
}

// Fields are what an asset shows besides what every item does.
type Fields struct {
	AssetType  string         `json:"assetType,omitempty" enums:"guiding-document,poster,leaflet,presentation,template,image,video,screensaver,link,other" example:"link"`
	URL        string         `json:"url,omitempty" format:"uri" example:"https://www.example.nhs.uk/toolkit"`
	Files      []content.File `json:"files" validate:"required"`
	Image      *content.File  `json:"image,omitempty"` // what stands for it in lists
	Audience   string         `json:"audience,omitempty" enums:"staff,public,both" example:"staff"`
	Principles []content.Link `json:"principles" validate:"required"`
	Featured   bool           `json:"featured" validate:"required" example:"true"`
}

// Texts is empty.
func (f *Fields) Texts() []**richtext.Text { return nil }

// Describe says it in words that need no knowledge of the type.
func (f *Fields) Describe() content.Description {
	d := content.Description{Image: f.Image, Files: f.Files, URL: f.URL,
		Related:    []content.Related{{Heading: "Principles", Property: "about", Links: f.Principles}},
		Properties: map[string]any{"genre": f.AssetType, "sameAs": f.URL}}
	if f.Audience != "" {
		d.Properties["audience"] = map[string]any{"@type": "Audience", "audienceType": f.Audience}
	}
	return d
}

// View is an asset as anyone reads it.
type View struct {
	content.Item
	Fields
}

// Draft is an asset as editors read it.
type Draft struct {
	content.DraftItem
	Fields
	Input *Input `json:"input" validate:"required"` // exactly what PUT takes and PATCH is applied to
}

// Shape is how an asset is shown.
var Shape = content.Shape[*Input, *Fields, View]{
	Fields: func(d *content.Document[*Input], p *content.Presenter) *Fields {
		return &Fields{AssetType: d.Input.AssetType, URL: d.Input.URL,
			Files: p.Files(d.Files["files"]), Image: p.Image(d.Files["image"]), Audience: d.Input.Audience,
			Principles: p.Links(d.Links["principles"]), Featured: d.Input.Featured}
	},
	View:  func(i content.Item, f *Fields) View { return View{i, *f} },
	Draft: func(i content.DraftItem, f *Fields, in *Input) any { return Draft{i, *f, in} },
}

// NewRepository stores toolkit assets.
func NewRepository(site *content.Site) *content.Repository[*Input] {
	return content.NewRepository(site, Kind, func() *Input { return &Input{} })
}
