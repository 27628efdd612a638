// Package casestudy is the content type of case studies: short stories of the principles in action. Whether a patient
// is in one, and with what consent, is known to editors only.
package casestudy

import (
	"strings"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/richtext"
)

// Kind describes the type.
var Kind = content.Kind{
	Type: "case-study", Collection: "case-studies", Table: "case_studies", Schema: "Article",
	Texts: []string{"challenge", "approach", "outcome"},
	Relations: []content.Relation{
		{Name: "principles", Target: "principle"},
		{Name: "organisations", Target: "organisation"},
		{Name: "topics", Target: "topic"},
		{Name: "assets", Target: "toolkit-asset"},
	},
	Filters: []content.Filter{
		{Param: "principle", Relation: "principles", Facet: true},
		{Param: "organisation", Relation: "organisations", Facet: true},
		{Param: "topic", Relation: "topics", Facet: true},
	},
}

func init() { content.Register(Kind) }

// Input is a case study as an editor writes it, and as table case_studies stores it.
type Input struct {
	content.Common
	Challenge          string            `json:"challenge,omitempty" validate:"max=100000,multiline" maxLength:"100000" example:"People waited because referrals took a detour."`    // Markdown; required to publish
	Approach           string            `json:"approach,omitempty" validate:"max=100000,multiline" maxLength:"100000" example:"The two services sat down together."`                // Markdown; required to publish
	Outcome            string            `json:"outcome,omitempty" validate:"max=100000,multiline" maxLength:"100000" example:"People are seen sooner."`                             // Markdown; required to publish
	Principles         []string          `json:"principles,omitempty" gorm:"-" validate:"max=50" maxItems:"50" example:"timely-communications"`                                      // ids or slugs; at least one to publish
	Organisations      []string          `json:"organisations,omitempty" gorm:"-" validate:"max=50" maxItems:"50" example:"city-hospital"`                                           // ids or slugs
	Topics             []string          `json:"topics,omitempty" gorm:"-" validate:"max=50" maxItems:"50" example:"referrals"`                                                      // ids or slugs
	Assets             []string          `json:"assets,omitempty" gorm:"-" validate:"max=50" maxItems:"50" example:"staff-poster"`                                                   // ids or slugs of toolkit assets
	Image              *content.ImageRef `json:"image,omitempty" gorm:"-"`                                                                                                           // what stands for it in lists, and at its top
	HappenedOn         string            `json:"happenedOn,omitempty" validate:"omitempty,partialdate" example:"2024-03"`                                                            // a year, month or day
	PatientInvolvement string            `json:"patientInvolvement,omitempty" validate:"omitempty,oneof=none anonymised consented" enums:"none,anonymised,consented" example:"none"` // whether a patient is in it; required to publish, never public
	Consent            *Consent          `json:"consent,omitempty" gorm:"embedded;embeddedPrefix:consent_"`                                                                          // of the patient; never public
}

// Consent says where a patient's agreement is kept. It is never public.
type Consent struct {
	Reference string `json:"reference" validate:"required,visible,max=200" maxLength:"200" example:"IG-2026-0147"` // where the signed form is found; no name
	ExpiresOn string `json:"expiresOn,omitempty" validate:"omitempty,date" format:"date" example:"2028-03-31"`
}

// LinkFields are the lists of references.
func (in *Input) LinkFields() map[string]*[]string {
	return map[string]*[]string{"principles": &in.Principles, "organisations": &in.Organisations,
		"topics": &in.Topics, "assets": &in.Assets}
}

// FileFields is the image.
func (in *Input) FileFields() []content.FileField {
	return []content.FileField{{Name: "image", Image: &in.Image}}
}

// RichText are the three parts of the story.
func (in *Input) RichText() []content.RichField {
	return []content.RichField{{Name: "challenge", Markdown: in.Challenge}, {Name: "approach", Markdown: in.Approach},
		{Name: "outcome", Markdown: in.Outcome}}
}

// Row is all but what is known of the patient.
func (in *Input) Row() (string, []any) {
	return "t.challenge, t.approach, t.outcome, t.happened_on", []any{&in.Challenge, &in.Approach, &in.Outcome, &in.HappenedOn}
}

// Redact removes what only editors may see.
func (in *Input) Redact() { in.PatientInvolvement, in.Consent = "", nil }

// Checks demands the whole story, a principle that it shows, and a word on whether a patient is in it.
func (in *Input) Checks(today string) []content.Check {
	var checks []content.Check
	for _, part := range in.RichText() {
		if strings.TrimSpace(part.Markdown) == "" {
			checks = append(checks, content.Missing(part.Name, "The "+part.Name+" is missing.", "Tell it in a paragraph or two."))
		}
	}
	if len(in.Principles) == 0 {
		checks = append(checks, content.Missing("principles", "No principle is named.", "Name at least one principle that this is an example of."))
	}
	if in.PatientInvolvement == "" {
		checks = append(checks, secret("patientInvolvement", "It is not said whether a patient is in this story.",
			"Say none, anonymised or consented. This is never public."))
	}
	if in.PatientInvolvement == "consented" && in.Consent == nil {
		checks = append(checks, secret("consent", "A patient's consent is claimed and not recorded.",
			"Give the reference under which the signed consent is kept, and its expiry date if it has one."))
	}
	if in.Consent != nil && in.Consent.ExpiresOn != "" && in.Consent.ExpiresOn < today {
		expired := secret("consent/expiresOn", "The patient's consent has expired.",
			"Ask for consent again and record it, or tell the story without the patient.")
		expired.Code = "consent-expired"
		checks = append(checks, expired)
	}
	return checks
}

// secret is content.Missing for a member that only editors may see.
func secret(member, what, help string) content.Check {
	check := content.Missing(member, what, help)
	check.Secret = true
	return check
}

// Fields are what a case study shows besides what every item does.
type Fields struct {
	Challenge     *richtext.Text `json:"challenge,omitempty"` // not in lists, unless include=richText
	Approach      *richtext.Text `json:"approach,omitempty"`  // not in lists, unless include=richText
	Outcome       *richtext.Text `json:"outcome,omitempty"`   // not in lists, unless include=richText
	Principles    []content.Link `json:"principles" validate:"required"`
	Organisations []content.Link `json:"organisations" validate:"required"`
	Topics        []content.Link `json:"topics" validate:"required"`
	Assets        []content.Link `json:"assets" validate:"required"`
	Image         *content.File  `json:"image,omitempty"`                        // what stands for it in lists, and at its top
	HappenedOn    string         `json:"happenedOn,omitempty" example:"2024-03"` // a year, month or day
}

// Texts are the three parts of the story.
func (f *Fields) Texts() []**richtext.Text {
	return []**richtext.Text{&f.Challenge, &f.Approach, &f.Outcome}
}

// Describe says it in words that need no knowledge of the type.
func (f *Fields) Describe() content.Description {
	return content.Description{
		Image: f.Image,
		Sections: []content.Section{{Heading: "Challenge", Text: f.Challenge}, {Heading: "Approach", Text: f.Approach},
			{Heading: "Outcome", Text: f.Outcome}},
		Related: []content.Related{
			{Heading: "Principles", Property: "about", Links: f.Principles}, {Heading: "Topics", Property: "about", Links: f.Topics},
			{Heading: "Organisations", Property: "mentions", Links: f.Organisations}, {Heading: "Toolkit", Property: "mentions", Links: f.Assets}},
		Properties: map[string]any{"temporalCoverage": f.HappenedOn},
	}
}

// View is a case study as anyone reads it.
type View struct {
	content.Item
	Fields
}

// Draft is a case study as editors read it.
type Draft struct {
	content.DraftItem
	Fields
	PatientInvolvement string   `json:"patientInvolvement,omitempty" enums:"none,anonymised,consented" example:"none"` // editors and above
	Consent            *Consent `json:"consent,omitempty"`                                                             // editors and above
	Input              *Input   `json:"input" validate:"required"`                                                     // exactly what PUT takes and PATCH is applied to
}

// Shape is how a case study is shown.
var Shape = content.Shape[*Input, *Fields, View]{
	Fields: func(d *content.Document[*Input], p *content.Presenter) *Fields {
		return &Fields{
			Challenge: p.RichText(d.Input.Challenge), Approach: p.RichText(d.Input.Approach), Outcome: p.RichText(d.Input.Outcome),
			Principles: p.Links(d.Links["principles"]), Organisations: p.Links(d.Links["organisations"]),
			Topics: p.Links(d.Links["topics"]), Assets: p.Links(d.Links["assets"]),
			Image: p.Image(d.Files["image"]), HappenedOn: d.Input.HappenedOn,
		}
	},
	View: func(i content.Item, f *Fields) View { return View{i, *f} },
	Draft: func(i content.DraftItem, f *Fields, in *Input) any {
		return Draft{i, *f, in.PatientInvolvement, in.Consent, in}
	},
}

// NewRepository stores case studies.
func NewRepository(site *content.Site) *content.Repository[*Input] {
	return content.NewRepository(site, Kind, func() *Input { return &Input{} })
}
