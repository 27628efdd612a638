package content

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/errs"
)

// Common is what an editor writes on every content type. A type's Input embeds it, followed by its own fields; the
// whole is both the document that PUT takes and the row of the type's table (whose key is EditionID).
type Common struct {
	EditionID      uuid.UUID `json:"-" gorm:"primaryKey" swaggerignore:"true"`
	Slug           string    `json:"slug,omitempty" gorm:"-" validate:"omitempty,slug" example:"timely-communications" maxLength:"100"`                                   // the last part of the address; made from the first title when absent, and kept until written again
	Title          string    `json:"title" gorm:"-" validate:"required,visible,max=200" example:"Timely communications" minLength:"1" maxLength:"200"`                    // plain text
	Summary        string    `json:"summary,omitempty" gorm:"-" validate:"max=500" example:"What we say, and when, matters to people and to colleagues." maxLength:"500"` // plain text; required to publish
	Language       string    `json:"language,omitempty" gorm:"-" validate:"omitempty,language" example:"en-GB" default:"en-GB"`                                           // BCP 47 tag
	LastReviewedOn string    `json:"lastReviewedOn,omitempty" gorm:"-" validate:"omitempty,date" example:"2026-03-02" format:"date"`                                      // when somebody last confirmed that it is right
	ReviewDueOn    string    `json:"reviewDueOn,omitempty" gorm:"-" validate:"omitempty,date" example:"2027-03-02" format:"date"`                                         // when it should be looked at again
}

// Shared gives the shared fields of an Input.
func (c *Common) Shared() *Common { return c }

// ReadOnlyFields are members that answers carry and only the service writes.
func (*Common) ReadOnlyFields() []string {
	return []string{"id", "type", "edition", "status", "version", "number", "hasDraft", "savedAt", "scheduledFor", "schedule", "createdBy",
		"updatedBy", "checks", "input", "firstPublishedAt", "publishedAt", "updatedAt", "changeNote", "changeHistory",
		"withdrawal", "licence", "attribution", "digest", "links"}
}

// Input is a type's document as an editor writes it, and at once its stored row. It is used by pointer.
type Input interface {
	// Shared gives the fields that every type has.
	Shared() *Common
	// LinkFields gives the members that name other entries: relation (the member's name) to its list, to be read and set.
	LinkFields() map[string]*[]string
	// FileFields gives the members that name files, to be read and set.
	FileFields() []FileField
	// RichText gives the Markdown members in the order of the document.
	RichText() []RichField
	// Checks lists what the type itself demands before publishing, beside what every type demands.
	// today is a date, 2006-01-02.
	Checks(today string) []Check
	// Redact removes what only editors may see.
	Redact()
	// Row gives the columns of the type's table t that anyone may see, in SQL, and where their values go.
	Row() (columns string, dest []any)
}

// RichField is a member that holds Markdown.
type RichField struct{ Name, Markdown string }

// NoSecrets is for Inputs without anything that a reader may not see.
type NoSecrets struct{}

// Redact does nothing.
func (NoSecrets) Redact() {}

// Relation is a member that links to entries of one type.
type Relation struct {
	Name   string // the member and the stored relation: "principles"
	Target string // the type of what it links to: "principle"
}

// Filter is a query parameter of a type's list. Exactly one of Relation, Column and Flag is set.
type Filter struct {
	Param    string              // name of the parameter
	Relation string              // follow this relation; values are ids or slugs
	Column   string              // or compare this column of the type's table; values are of Values
	Flag     string              // or a boolean column; the value is true or false
	Values   []string            // allowed values of Column, or of the flag: true, false
	Also     map[string][]string // a value that finds others too: audience staff also finds both
	Facet    bool                // counted by facets=
}

// Kind describes a content type to the shared machinery.
type Kind struct {
	Type       string     // "case-study"
	Collection string     // "case-studies"
	Table      string     // "case_studies"
	Schema     string     // what it is in the words of schema.org: "Article"
	Relations  []Relation // in the order of the view
	Filters    []Filter
	Texts      []string // columns of Table that hold Markdown, in the order of the document: what can be searched for
	Numbered   bool     // live entries are numbered 1…n
	Plain      bool     // entries have no editions: Table is keyed by the entry's id
}

// filter finds a filter by its parameter.
func (k Kind) filter(param string) Filter {
	for _, f := range k.Filters {
		if f.Param == param {
			return f
		}
	}
	return Filter{}
}

// relation finds a relation by name.
func (k Kind) relation(name string) (Relation, bool) {
	for _, r := range k.Relations {
		if r.Name == name {
			return r, true
		}
	}
	return Relation{}, false
}

// kinds are all types that may be linked, by type. It is filled by Register at start.
var kinds = map[string]Kind{}

// Register makes a type known, so that links to it have an address and tell other systems what they lead to, and its
// lists and what can be searched for are kept. It is called while packages are initialised, never later.
func Register(k Kind) { kinds[k.Type] = k }

// SchemaOf is what schema.org calls a type, "" for a type that nobody registered.
func SchemaOf(typ string) string { return kinds[typ].Schema }

// CollectionOf is the collection of a type, "" for a type that nobody registered.
func CollectionOf(typ string) string { return kinds[typ].Collection }

// TypeOf is the type of a collection, "" for an unknown one.
func TypeOf(collection string) string {
	for t, k := range kinds {
		if k.Collection == collection {
			return t
		}
	}
	return ""
}

// errNotFound is the one answer for what is not there and for what the caller may not know of.
func errNotFound() error {
	return errs.New(errs.NotFound, "Nothing is at this address. Check the id or slug, or look it up in the collection's list.")
}

// Collections lists the collections of all registered types, sorted.
func Collections() []string {
	var all []string
	for _, k := range kinds {
		all = append(all, k.Collection)
	}
	slices.Sort(all)
	return all
}

// Types lists all registered types, sorted.
func Types() []string { return slices.Sorted(maps.Keys(kinds)) }

// EditionTypes lists all registered types that have editions, sorted.
func EditionTypes() []string {
	return slices.DeleteFunc(Types(), func(typ string) bool { return kinds[typ].Plain })
}
