// Package content is what every content type is: an entry with a stable id, its editions, their links and addresses,
// and the rules by which a draft becomes public and stops being so. A type adds an Input, a View and a Kind.
//
// The functions of a Repository take a transaction and never open one, so that a caller can make several of them, and
// whatever must be stored with them, one unit of work.
package content

import (
	"time"

	"github.com/google/uuid"
)

// Status is where an entry is in its life.
type Status string

// The states of an entry. Only live and withdrawn entries are readable by the public.
const (
	Draft     Status = "draft"     // never published
	Live      Status = "live"      // readable and listed
	Withdrawn Status = "withdrawn" // readable at its address, no longer current
	Gone      Status = "gone"      // removed from its address
	Recalled  Status = "recalled"  // should never have been public: erased, only the id remains
)

// Public says whether anyone may read the entry at its address.
func (s Status) Public() bool { return s == Live || s == Withdrawn }

// UpdateType says how much an edition matters to its readers.
type UpdateType string

// A major edition moves updatedAt and shows its change note; a minor one is a correction.
const (
	Major UpdateType = "major"
	Minor UpdateType = "minor"
)

// Entry is one piece of content for its whole life, whatever its editions say: a row of table entries.
// Slug, Title, TitleKey and ShortName repeat the public side and are empty while nothing was published.
type Entry struct {
	ID               uuid.UUID `gorm:"primaryKey"`
	Type             string
	Status           Status
	Version          int // 1 at creation, one more with every write
	Place            int // a principle's number among the live ones, from 1; 0 where it has none
	Slug             string
	Title            string
	TitleKey         []byte
	ShortName        string
	CreatedAt        time.Time `gorm:"autoCreateTime:false"`
	CreatedBy        string
	SavedAt          time.Time
	SavedBy          string
	FirstPublishedAt *time.Time
	UpdatedAt        *time.Time `gorm:"autoUpdateTime:false"` // when the last major edition was published
	UnpublishedAt    *time.Time
	Explanation      string     // why it was withdrawn or removed
	Alternative      string     // where to look instead
	PublishAt        *time.Time // when its draft is to be published, or it is to come back; see schedule
	UnpublishAt      *time.Time // when it is to be unpublished
	MissedAt         *time.Time // when something was to be done that could not be, and was not scheduled again or done since
}

// state is what an edition is to its entry.
type state string

const (
	stateDraft      state = "draft"
	stateLive       state = "live"
	stateSuperseded state = "superseded"
)

// Edition is one complete state of an entry: a row of table editions. Its type's own fields and its links are kept
// beside it. Once published it never changes; a recall deletes it.
type Edition struct {
	ID             uuid.UUID `gorm:"primaryKey"`
	EntryID        uuid.UUID
	Number         int
	State          state
	Slug           string
	Title          string
	TitleKey       []byte
	Summary        string
	Language       string
	LastReviewedOn string
	ReviewDueOn    string
	UpdateType     UpdateType
	ChangeNote     string
	PublishedAt    *time.Time
	PublishedBy    string
}

// slugState is what an address is to its entry.
type slugState string

const (
	slugReserved slugState = "reserved" // of a draft: nobody else gets it, the public does not know it
	slugCurrent  slugState = "current"  // the address now
	slugFormer   slugState = "former"   // was the address: leads to the current one
)

// slugRow is an address, taken by one entry.
type slugRow struct {
	Type    string `gorm:"primaryKey"`
	Slug    string `gorm:"primaryKey"`
	EntryID uuid.UUID
	State   slugState
}

func (slugRow) TableName() string { return "slugs" }

// linkRow is one reference of an edition.
type linkRow struct {
	EditionID uuid.UUID `gorm:"primaryKey"`
	Relation  string    `gorm:"primaryKey"`
	TargetID  uuid.UUID `gorm:"primaryKey"`
	Position  int
}

func (linkRow) TableName() string { return "edition_links" }

// mentionRow is a name in the rich text of an edition, whether it names something or not.
type mentionRow struct {
	EditionID uuid.UUID `gorm:"primaryKey"`
	Type      string    `gorm:"primaryKey"`
	Name      string    `gorm:"primaryKey"` // a slug, or an id in lower case
}

func (mentionRow) TableName() string { return "edition_mentions" }
