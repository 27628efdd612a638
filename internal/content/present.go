package content

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/canonical"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/richtext"
)

// Licence says under which terms content may be used.
type Licence struct {
	Name string `json:"name" validate:"required" example:"Open Government Licence v3.0"`
	URL  string `json:"url" validate:"required" format:"uri" example:"https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"`
}

// Attribution is what a copy must say about where it comes from.
type Attribution struct {
	Text string `json:"text" validate:"required" example:"Contains public sector information licensed under the Open Government Licence v3.0."`
	URL  string `json:"url" validate:"required" format:"uri" example:"https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"`
}

// Site is what every answer says about where it is published. It comes from settings, never from a request.
type Site struct {
	BaseURL     string // of this service, without a slash at the end
	WebTemplate string // address of an item on the website, with {type} and {slug}; may be empty
	Licence     Licence
	Attribution Attribution
	Text        *richtext.Renderer // for this BaseURL

	RequireAccessibleFiles bool // a document that not everybody can read, without an alternative, is not published
}

// Links are the addresses of an item.
type Links struct {
	Self   string `json:"self" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/principles/timely-communications"`                 // this item in this API
	Web    string `json:"web" validate:"required" format:"uri" example:"https://www.example.nhs.uk/working-together/principle/timely-communications"`     // the page for readers; where the service knows of no website, the same as html
	HTML   string `json:"html" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/principles/timely-communications?format=html"`     // as a piece of HTML to put into a page
	JSONLD string `json:"jsonld" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/principles/timely-communications?format=jsonld"` // as JSON-LD in the words of schema.org
}

// Link is a reference to another entry, shown only while that entry is live.
type Link struct {
	ID        uuid.UUID `json:"id" validate:"required" format:"uuid" example:"018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01"`
	Type      string    `json:"type" validate:"required" example:"principle"`
	Slug      string    `json:"slug" validate:"required" example:"timely-communications"`
	Title     string    `json:"title" validate:"required" example:"Timely communications"`                                                      // the title, or the name of an organisation or topic
	Number    int       `json:"number,omitempty" example:"2"`                                                                                   // of a principle
	ShortName string    `json:"shortName,omitempty" example:"CUH"`                                                                              // of an organisation
	Href      string    `json:"href" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/principles/timely-communications"` // where to read it
}

// Core is what every view of an entry shows.
type Core struct {
	ID             uuid.UUID   `json:"id" validate:"required" format:"uuid" example:"018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01"` // never changes
	Type           string      `json:"type" validate:"required" example:"principle"`
	Slug           string      `json:"slug" validate:"required" example:"timely-communications"` // the readable part of the address; former ones redirect
	Title          string      `json:"title" validate:"required" example:"Timely communications"`
	Language       string      `json:"language" validate:"required" example:"en-GB"`                // BCP 47
	Edition        int         `json:"edition" validate:"required" example:"2"`                     // counts published states from 1
	LastReviewedOn string      `json:"lastReviewedOn,omitempty" format:"date" example:"2026-03-02"` // when somebody last confirmed that it is right
	ReviewDueOn    string      `json:"reviewDueOn,omitempty" format:"date" example:"2027-03-02"`    // when it should be looked at again
	Withdrawal     *Withdrawal `json:"withdrawal,omitempty"`                                        // only when status is withdrawn
	Licence        Licence     `json:"licence" validate:"required"`
	Attribution    Attribution `json:"attribution" validate:"required"`
	Links          Links       `json:"links" validate:"required"`
}

// Withdrawal tells readers why something is no longer current.
type Withdrawal struct {
	At          time.Time `json:"at" validate:"required" example:"2026-11-23T09:30:00Z"`
	Explanation string    `json:"explanation" validate:"required" example:"The referral route has changed."`
	Alternative string    `json:"alternative,omitempty" format:"uri-reference" example:"https://www.example.nhs.uk/referrals"`
}

// Item is what every public view shows.
type Item struct {
	Core
	Status           Status        `json:"status" validate:"required" enums:"live,withdrawn" example:"live"`
	Summary          string        `json:"summary" validate:"required" example:"What we say, and when, matters to people and to colleagues."`
	FirstPublishedAt time.Time     `json:"firstPublishedAt" validate:"required" example:"2023-10-02T09:00:00Z"`
	PublishedAt      time.Time     `json:"publishedAt" validate:"required" example:"2026-03-02T09:00:00Z"`                                                // when this edition was published
	UpdatedAt        time.Time     `json:"updatedAt" validate:"required" example:"2026-03-02T09:00:00Z"`                                                  // last major edition: what readers see as last updated
	ChangeNote       string        `json:"changeNote" validate:"required" example:"Explained what timely means."`                                         // of the last major edition
	ChangeHistory    []HistoryItem `json:"changeHistory,omitempty"`                                                                                       // major editions, newest first; only when one item is asked for
	Digest           string        `json:"digest" validate:"required" example:"sha-256:6b3a55e0261b0304143f805a24924d0c1c44524821305f31d9277843b8a10f4e"` // equal content has an equal digest, on any server
}

// DraftItem is what every view for editors shows.
type DraftItem struct {
	Core
	Status           Status     `json:"status" validate:"required" enums:"draft,live,withdrawn,gone" example:"draft"`
	Summary          string     `json:"summary,omitempty" example:"What we say, and when, matters to people and to colleagues."`
	HasDraft         bool       `json:"hasDraft" validate:"required" example:"true"` // whether this is a draft, or the live edition because there is none
	Version          int        `json:"version" validate:"required" example:"3"`     // of the entry; the tag for If-Match is "v3"
	SavedAt          time.Time  `json:"savedAt" validate:"required" example:"2026-11-23T09:30:00Z"`
	ScheduledFor     *time.Time `json:"scheduledFor,omitempty" example:"2026-12-01T09:00:00Z"` // when the next of what is scheduled is done; schedule tells what that is
	Schedule         *Planned   `json:"schedule,omitempty"`                                    // what is scheduled
	CreatedBy        string     `json:"createdBy" validate:"required" example:"website team"`
	UpdatedBy        string     `json:"updatedBy" validate:"required" example:"website team"`
	FirstPublishedAt *time.Time `json:"firstPublishedAt,omitempty" example:"2023-10-02T09:00:00Z"`
	PublishedAt      *time.Time `json:"publishedAt,omitempty" example:"2026-03-02T09:00:00Z"` // of the live edition, where that is shown
	UpdatedAt        *time.Time `json:"updatedAt,omitempty" example:"2026-03-02T09:00:00Z"`
	Checks           []Check    `json:"checks,omitzero"` // what stands against publishing; not in lists
}

// Planned is what is scheduled of an entry.
type Planned struct {
	Publish   *time.Time `json:"publish,omitempty" example:"2026-12-01T09:00:00Z"`   // when the draft is published; it cannot be changed until then
	Unpublish *time.Time `json:"unpublish,omitempty" example:"2027-01-31T17:00:00Z"` // when it is withdrawn or removed
}

// planned is what is scheduled of an entry, and when the next of it is done; nil for nothing.
func (e *Entry) planned() (next *time.Time, p *Planned) {
	if e.PublishAt == nil && e.UnpublishAt == nil {
		return nil, nil
	}
	next = e.PublishAt
	if next == nil || e.UnpublishAt != nil && e.UnpublishAt.Before(*next) {
		next = e.UnpublishAt
	}
	return next, &Planned{Publish: e.PublishAt, Unpublish: e.UnpublishAt}
}

// Fields are the public fields that one type has besides Item. They are used by pointer.
type Fields interface {
	// Texts gives the rich text fields, to be rendered or left out.
	Texts() []**richtext.Text
	// Describe says the same in words that need no knowledge of the type.
	Describe() Description
}

// Shape is how a type is shown.
type Shape[T Input, F Fields, V any] struct {
	Fields func(d *Document[T], p *Presenter) F // the type's own fields, rich text as Markdown only
	View   func(Item, F) V                      // the public view
	Draft  func(DraftItem, F, T) any            // the view for editors
}

// Presenter turns documents into views.
type Presenter struct {
	site     *Site
	mentions map[richtext.Ref]Target
}

// NewPresenter prepares the views of documents whose inputs are given; without inputs, rich text is not rendered.
func NewPresenter(tx *database.Tx, site *Site, inputs ...Input) (*Presenter, error) {
	targets, err := mentioned(tx, site.Text, inputs...)
	if err != nil {
		return nil, err
	}
	p := &Presenter{site: site, mentions: map[richtext.Ref]Target{}}
	for ref, t := range targets {
		if t.Status == Live && !t.viaReserved {
			p.mentions[ref] = Target{Type: t.Type, Slug: t.Slug}
		}
	}
	return p, nil
}

// Home is the address of the website's part that shows the content, or of this service where there is none.
func (s *Site) Home() string {
	fixed, _, _ := strings.Cut(s.WebTemplate, "{")
	fixed, _, _ = strings.Cut(fixed, "?")
	if end := strings.LastIndex(fixed, "/"); end > len("https://") {
		return fixed[:end+1]
	}
	return s.BaseURL + "/"
}

// NewKnownPresenter is NewPresenter by what is known.
func NewKnownPresenter(l *Lookup, site *Site, inputs ...Input) (*Presenter, error) {
	p := &Presenter{site: site, mentions: map[richtext.Ref]Target{}}
	for typ, refs := range referencesOf(site.Text, inputs...) {
		found, err := l.shown(typ, refs)
		if err != nil {
			return nil, err
		}
		for ref, target := range found {
			p.mentions[richtext.Ref{Collection: CollectionOf(typ), Name: ref}] = target
		}
	}
	return p, nil
}

// Href is the address of an item in this API.
func (s *Site) Href(typ, slug string) string {
	return s.BaseURL + "/v1/" + CollectionOf(typ) + "/" + slug
}

// Links are the addresses of an item.
func (s *Site) Links(typ, slug string) Links {
	self := s.Href(typ, slug)
	return Links{Self: self, Web: s.Web(typ, slug), HTML: self + "?format=html", JSONLD: self + "?format=jsonld"}
}

// Web is the address of an item for readers: its page on the website, or where there is none, the item as HTML.
func (s *Site) Web(typ, slug string) string {
	if s.WebTemplate == "" {
		return s.Href(typ, slug) + "?format=html"
	}
	return strings.ReplaceAll(strings.ReplaceAll(s.WebTemplate, "{type}", url.PathEscape(typ)), "{slug}", url.PathEscape(slug))
}

// Links shows the live ones of a relation's targets.
func (p *Presenter) Links(targets []Target) []Link {
	links := make([]Link, 0, len(targets))
	for _, t := range targets {
		if t.Status == Live {
			links = append(links, Link{ID: t.ID, Type: t.Type, Slug: t.Slug, Title: t.Title, Number: t.Place,
				ShortName: t.ShortName, Href: p.site.Href(t.Type, t.Slug)})
		}
	}
	return links
}

// RichText is a rich text field before it is rendered; nil for an empty one.
func (p *Presenter) RichText(markdown string) *richtext.Text {
	if markdown == "" {
		return nil
	}
	return &richtext.Text{Markdown: markdown}
}

// render fills in the HTML of rich text.
func (p *Presenter) render(f Fields) {
	for _, text := range f.Texts() {
		if *text != nil {
			(*text).HTML = p.site.Text.Render((*text).Markdown, func(ref richtext.Ref) (string, bool) {
				t, ok := p.mentions[ref]
				return p.site.Web(t.Type, t.Slug), ok
			})
		}
	}
}

// core is what a document shows in every view.
func core(site *Site, e Entry, d Edition) Core {
	c := Core{ID: e.ID, Type: e.Type, Slug: d.Slug, Title: d.Title, Language: d.Language, Edition: d.Number,
		LastReviewedOn: d.LastReviewedOn, ReviewDueOn: d.ReviewDueOn, Licence: site.Licence, Attribution: site.Attribution,
		Links: site.Links(e.Type, d.Slug)}
	if e.Status == Withdrawn {
		c.Withdrawal = &Withdrawal{At: *e.UnpublishedAt, Explanation: e.Explanation, Alternative: e.Alternative}
	}
	return c
}

// Shown is the public item of an entry.
type Shown struct {
	Item     any // the view for one item
	Digest   string
	Head     Item               // what every item shows; of an item without editions nothing
	Describe func() Description // what its type shows
}

// Source gives the public items of one type by id, as they are now; without whole only their digests are good. What
// is not public has no key.
type Source func(tx *database.Tx, ids []uuid.UUID, whole bool) (map[uuid.UUID]Shown, error)

// Sources are the sources of all types that are served, by type.
type Sources map[string]Source

// Show gives public items of several types, by id.
func (s Sources) Show(tx *database.Tx, byType map[string][]uuid.UUID, whole bool) (map[uuid.UUID]Shown, error) {
	all := map[uuid.UUID]Shown{}
	for typ, ids := range byType {
		source, ok := s[typ]
		if !ok {
			return nil, fmt.Errorf("nothing shows the type %q", typ)
		}
		found, err := source(tx, ids, whole)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, found)
	}
	return all, nil
}

// Public is the public view of a published document: the whole for one item, without rich text and history for a list.
type Public struct {
	RichText bool // with rich text
	History  bool // with changeHistory
}

// Detail is what one item shows.
var Detail = Public{RichText: true, History: true}

// PublicView is a public view in its parts.
type PublicView[F Fields] struct {
	Item   Item
	Fields F
}

// View builds the public view of a document. Its digest is that of the whole, whatever is left out. room is where the
// whole is put for that while.
func View[T Input, F Fields, V any](s Shape[T, F, V], p *Presenter, d *Document[T], part Public, room *V) (v PublicView[F], err error) {
	item := Item{Core: core(p.site, d.Entry, d.Edition), Status: d.Entry.Status, Summary: d.Edition.Summary,
		FirstPublishedAt: *d.Entry.FirstPublishedAt, PublishedAt: *d.Edition.PublishedAt, UpdatedAt: *d.Entry.UpdatedAt, ChangeNote: d.ChangeNote}
	fields := s.Fields(d, p)
	*room = s.View(item, fields)
	if item.Digest, err = canonical.Digest(room); err != nil {
		return v, err
	}
	if part.History {
		item.ChangeHistory = d.History
	}
	showText(p, fields, part.RichText)
	return PublicView[F]{item, fields}, nil
}

// showText renders the rich text of fields, or leaves it out.
func showText(p *Presenter, fields Fields, show bool) {
	if show {
		p.render(fields)
		return
	}
	for _, text := range fields.Texts() {
		*text = nil
	}
}

// DraftView builds the view for editors. secrets says whether the caller may see what only editors may.
func DraftView[T Input, F Fields, V any](s Shape[T, F, V], p *Presenter, d *Document[T], checks []Check, secrets bool) any {
	if !secrets {
		d.Input.Redact()
		checks = forReaders(checks)
	}
	item := DraftItem{Core: core(p.site, d.Entry, d.Edition), Status: d.Entry.Status, Summary: d.Edition.Summary,
		HasDraft: d.HasDraft, Version: d.Entry.Version, SavedAt: d.Entry.SavedAt, CreatedBy: d.Entry.CreatedBy,
		UpdatedBy: d.Entry.SavedBy, FirstPublishedAt: d.Entry.FirstPublishedAt, PublishedAt: d.Edition.PublishedAt,
		UpdatedAt: d.Entry.UpdatedAt, Checks: checks}
	item.ScheduledFor, item.Schedule = d.Entry.planned()
	fields := s.Fields(d, p)
	p.render(fields)
	return s.Draft(item, fields, d.Input)
}
