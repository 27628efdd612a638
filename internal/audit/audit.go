// Package audit records who did what to which entry, when and from where.
//
// A row commits with the change it tells of, or not at all, and is never changed or deleted: triggers refuse it on
// both engines. Rows hold names, ids and numbers, never content, so that recalling an entry leaves the audit whole.
package audit

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// Action says what was done.
type Action string

// The actions. Readers of the audit filter by them, so a name once released stays.
const (
	Create   Action = "create"   // a new entry, organisation or topic
	Save     Action = "save"     // its draft, or what organisations and topics hold, was written
	Discard  Action = "discard"  // a draft was thrown away
	Publish  Action = "publish"  // the draft became the live edition
	Withdraw Action = "withdraw" // unpublished, still readable with an explanation
	Gone     Action = "gone"     // unpublished, removed from its address
	Recall   Action = "recall"   // unpublished and erased
	Restore  Action = "restore"  // an earlier edition was copied into the draft
	Order    Action = "order"    // the order of all live principles was set
	Delete   Action = "delete"   // an organisation or topic was deleted

	PublishSchedule   Action = "publish.schedule"   // the draft is to be published at a time
	PublishCancel     Action = "publish.cancel"     // that was taken back
	PublishMissed     Action = "publish.missed"     // the time came, and something stood against it
	UnpublishSchedule Action = "unpublish.schedule" // it is to be unpublished at a time
	UnpublishCancel   Action = "unpublish.cancel"
	UnpublishMissed   Action = "unpublish.missed"

	TokenCreate Action = "token.create"
	TokenRevoke Action = "token.revoke"

	WebhookCreate    Action = "webhook.create"
	WebhookSave      Action = "webhook.save"
	WebhookDelete    Action = "webhook.delete"
	WebhookRotate    Action = "webhook.rotate" // a new secret
	WebhookTest      Action = "webhook.test"
	WebhookRedeliver Action = "webhook.redeliver"
)

// Who is the actor of a row, as it was when it acted: a token's name stays readable after the token is revoked.
type Who struct {
	ID        string // required: nothing is saved without an actor
	Name      string
	From      string // client address; empty for the command line
	RequestID string // X-Request-Id; empty for the command line
}

// Row is one line of the audit. What does not apply to the action stays at its zero value.
type Row struct {
	By      Who
	Action  Action
	Type    string    // what kind of thing: principle, case-study, topic, token
	Entry   uuid.UUID // which one; uuid.Nil when the action is on many at once
	Version int       // the entry's version after the change
	Edition int       // the edition that was saved, published or removed
	Fields  []string  // names of the changed fields, as in JSON; never their values
}

// record is a Row as it is stored.
type record struct {
	ID        uuid.UUID
	At        time.Time
	ActorID   string
	ActorName string
	Action    Action
	Type      string
	EntryID   uuid.NullUUID
	Version   int
	Edition   int
	Fields    string // separated by commas
	Address   string
	RequestID string
}

// TableName is where records are stored.
func (record) TableName() string { return "audit" }

// fieldName is what the name of a field looks like; nothing that has spaces or punctuation passes for one, so that a
// mistake in the caller cannot bring content into the audit.
var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$`)

// Record adds a row to the audit within the transaction of the change. It fails, and the change with it, when the row
// names no actor or no action, or holds what is not the name of a field.
func Record(tx *database.Tx, row Row) error {
	if row.By.ID == "" || row.Action == "" {
		return fmt.Errorf("audit: a row needs an actor and an action, got %q and %q", row.By.ID, row.Action)
	}
	for i, name := range row.Fields {
		if !fieldName.MatchString(name) {
			return fmt.Errorf("audit: changed field %d of %s does not have the form of a name", i, row.Action)
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return tx.Soon().Create(&record{
		ID: id, At: tx.Now,
		ActorID: row.By.ID, ActorName: row.By.Name, Address: row.By.From, RequestID: row.By.RequestID,
		Action: row.Action, Type: row.Type, EntryID: uuid.NullUUID{UUID: row.Entry, Valid: row.Entry != uuid.Nil},
		Version: row.Version, Edition: row.Edition, Fields: strings.Join(row.Fields, ","),
	}).Error
}
