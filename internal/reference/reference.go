// Package reference is what organisations and topics have in common: entries that content refers to, without drafts
// and editions. What an editor writes is public at once, so every write takes the publish lock and leaves a line in
// the change log. A type adds an Input, a View and a content.Kind, each in a folder below.
package reference

import (
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
)

// Common is what an editor writes on every type. A type's Input embeds it, followed by its own fields; the whole is
// the document that PUT takes and, but for what stands in entries, the row of the type's table (whose key is ID).
type Common struct {
	ID   uuid.UUID `json:"-" gorm:"primaryKey" swaggerignore:"true"`
	Slug string    `json:"slug,omitempty" gorm:"-" validate:"omitempty,slug" example:"cambridge-university-hospitals" maxLength:"100"`               // the last part of the address; made from the first name when absent, and kept until written again
	Name string    `json:"name" gorm:"-" validate:"required,visible,max=200" example:"Cambridge University Hospitals" minLength:"1" maxLength:"200"` // plain text
}

// Shared gives the fields of an Input that every type has.
func (c *Common) Shared() *Common { return c }

// Short is nil: a type has no short name unless it says so.
func (*Common) Short() *string { return nil }

// ReadOnlyFields are members that answers carry and only the service writes.
func (*Common) ReadOnlyFields() []string {
	return []string{"id", "type", "version", "updatedAt", "digest", "links"}
}

// Input is a type's document as an editor writes it, and at once its stored row. It is used by pointer.
type Input interface {
	// Shared gives the fields that every type has.
	Shared() *Common
	// Short gives the member that links show as the short name, to be read and set; nil where the type has none.
	Short() *string
	// Describe says what the type's own fields say in words that need no knowledge of it: a summary, "" for none, and
	// the rest.
	Describe() (summary string, rest content.Description)
}

// Item is what every type shows.
type Item struct {
	ID        uuid.UUID     `json:"id" validate:"required" format:"uuid" example:"018b8a27-6700-7a92-93cc-0596c534e51d"` // never changes
	Type      string        `json:"type" validate:"required" enums:"organisation,topic" example:"organisation"`
	Slug      string        `json:"slug" validate:"required" example:"cambridge-university-hospitals"` // the readable part of the address; former ones redirect
	Name      string        `json:"name" validate:"required" example:"Cambridge University Hospitals"`
	Version   int           `json:"version" validate:"required" example:"3"`                                                                       // counts writes from 1; the tag for If-Match is "v3"
	UpdatedAt time.Time     `json:"updatedAt" validate:"required" example:"2026-03-02T09:00:00Z"`                                                  // when it was written last
	Digest    string        `json:"digest" validate:"required" example:"sha-256:6b3a55e0261b0304143f805a24924d0c1c44524821305f31d9277843b8a10f4e"` // equal content has an equal digest, on any server
	Links     content.Links `json:"links" validate:"required"`
}
