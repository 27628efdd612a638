// Package topic is the reference data that says what content is about, such as kidney disease or referrals.
package topic

import (
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/reference"
)

// Kind describes the type.
var Kind = content.Kind{Type: "topic", Collection: "topics", Table: "topics", Schema: "DefinedTerm", Plain: true}

func init() { content.Register(Kind) }

// Fields are what a topic has besides what all reference data has.
type Fields struct {
	Summary string `json:"summary,omitempty" validate:"max=500" maxLength:"500" example:"Chronic kidney disease, and living with it."` // plain text
}

// Input is a topic as an editor writes it, and as table topics stores it.
type Input struct {
	reference.Common
	Fields
}

// Describe says it in words that need no knowledge of the type.
func (in *Input) Describe() (string, content.Description) {
	return in.Summary, content.Description{Properties: map[string]any{"termCode": in.Slug}}
}

// View is a topic as anyone reads it.
type View struct {
	reference.Item
	Fields
}

func view(i reference.Item, in *Input) View { return View{i, in.Fields} }

// NewStore stores topics.
func NewStore() *reference.Store[*Input] {
	return reference.NewStore(Kind, func() *Input { return &Input{} })
}
