// Package organisation is the reference data that says who did something: the health and care organisations of the
// area, and others that content names.
package organisation

import (
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/reference"
)

// Types are the kinds of organisations, as the tags of Fields and the table's check constraint have them.
var Types = []string{"icb", "acute-trust", "community-trust", "mental-health-trust", "general-practice",
	"local-authority", "voluntary-sector", "service", "other"}

// Kind describes the type.
var Kind = content.Kind{Type: "organisation", Collection: "organisations", Table: "organisations", Schema: "Organization", Plain: true,
	Filters: []content.Filter{{Param: "organisationType", Column: "organisation_type", Values: Types}}}

func init() { content.Register(Kind) }

// Fields are what an organisation has besides what all reference data has.
type Fields struct {
	ShortName        string `json:"shortName,omitempty" gorm:"-" validate:"max=200" maxLength:"200" example:"CUH"` // what people call it; shown with every link to it
	OrganisationType string `json:"organisationType" validate:"required,oneof=icb acute-trust community-trust mental-health-trust general-practice local-authority voluntary-sector service other" enums:"icb,acute-trust,community-trust,mental-health-trust,general-practice,local-authority,voluntary-sector,service,other" example:"acute-trust"`
	ODSCode          string `json:"odsCode,omitempty" validate:"omitempty,odscode" format:"ods-code" example:"RGT"`                                // in the NHS register of organisations (Organisation Data Service)
	URL              string `json:"url,omitempty" validate:"omitempty,https" format:"https-url" maxLength:"2000" example:"https://www.cuh.nhs.uk"` // of its website
}

// Input is an organisation as an editor writes it, and as table organisations stores it.
type Input struct {
	reference.Common
	Fields
}

// Short is the short name.
func (in *Input) Short() *string { return &in.ShortName }

// Describe says it in words that need no knowledge of the type.
func (in *Input) Describe() (string, content.Description) {
	d := content.Description{URL: in.URL, Properties: map[string]any{"alternateName": in.ShortName, "sameAs": in.URL}}
	if in.ODSCode != "" {
		d.Properties["identifier"] = map[string]any{"@type": "PropertyValue", "propertyID": "ODS code", "value": in.ODSCode}
	}
	return "", d
}

// View is an organisation as anyone reads it.
type View struct {
	reference.Item
	Fields
}

func view(i reference.Item, in *Input) View { return View{i, in.Fields} }

// NewStore stores organisations.
func NewStore() *reference.Store[*Input] {
	return reference.NewStore(Kind, func() *Input { return &Input{} })
}
