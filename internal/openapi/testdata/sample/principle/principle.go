// Package principle is the sample's content type.
package principle

import (
	"time"

	"github.com/google/uuid"
)

// Common is what each view starts with.
type Common struct {
	ID        uuid.UUID `json:"id" validate:"required"`
	Slug      string    `json:"slug" validate:"required" format:"slug" example:"keeping-the-person"`
	UpdatedAt time.Time `json:"updatedAt" validate:"required"`
}

// View is what the public sees.
type View struct {
	Common
	Title   string `json:"title" validate:"required,min=1,max=200" example:"Keeping the person at the centre"`
	Number  int    `json:"number,omitempty" minimum:"1" example:"1"` // place among the live ones
	Status  Status `json:"status" validate:"required"`
	Related []Link `json:"related" validate:"required,max=50"`
	Main    *Link  `json:"main,omitempty"` // only where there is one that matters most
}

// Status is where an entry stands.
type Status string

// The states that the public may see.
const (
	Live      Status = "live"
	Withdrawn Status = "withdrawn"
)

// Draft is what editors see.
type Draft struct {
	Common
	Title   string `json:"title" validate:"required,max=200" example:"Keeping the person at the centre"`
	Version int    `json:"version" validate:"required" minimum:"1" example:"3"`
	Input   Input  `json:"input" validate:"required"`
}

// Input is what a client writes.
type Input struct {
	Title          string   `json:"title" validate:"required,min=1,max=200" example:"Keeping the person at the centre"`
	Summary        string   `json:"summary,omitempty" validate:"max=500" example:"People come first."`
	LastReviewedOn string   `json:"lastReviewedOn,omitempty"`
	Audience       string   `json:"audience,omitempty" enums:"staff,public,both" default:"both"`                    // who it is for
	Related        []string `json:"related,omitempty" validate:"max=50" extensions:"x-min-items=1" example:"first"` // ids or slugs
	Consent        *Consent `json:"consent,omitempty"`
}

// Consent says on what ground a story is told.
type Consent struct {
	Reference string `json:"reference" validate:"required" example:"IG-2026-014"`
	ExpiresOn string `json:"expiresOn,omitempty"`
}

// Link names another entry.
type Link struct {
	ID   uuid.UUID `json:"id" validate:"required"`
	Href string    `json:"href" validate:"required" example:"http://127.0.0.1:8080/v1/principles/first"`
}

// Outcome is what a dry run would have come to.
type Outcome struct {
	Publishable bool `json:"publishable" validate:"required" example:"false"`
	Value       any  `json:"value,omitempty" swaggertype:"object"` // whatever stands against it
}
