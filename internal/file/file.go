package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"
	"gorm.io/gorm/clause"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/clamd"
	"github.com/cpics/working-together-api/internal/file/inspect"
)

// maxUsers is how many users of a file a refusal to delete it names.
const maxUsers = 20

// Service is all that is done with files.
type Service struct {
	rest.Services
	Blobs    *blob.Store
	Log      *slog.Logger
	MaxBytes int64          // of one file
	Grace    time.Duration  // how long a file that nobody uses is kept
	Scanner  *clamd.Scanner // looks at every file before anybody gets it; nil for none

	nudged  chan struct{}      // wakes Jobs
	flights singleflight.Group // renditions that requests wait for
	waiting atomic.Int32       // how many they are
}

// Start makes the service ready.
func (s *Service) Start() *Service {
	s.nudged = make(chan struct{}, 1)
	return s
}

// Input is what editors say about a file.
type Input struct {
	content.FileWords
} //@name FileInput

// ReadOnlyFields are members that answers carry and only the service writes.
func (*Input) ReadOnlyFields() []string {
	return []string{"id", "version", "filename", "mediaType", "size", "sha256", "width", "height", "pages", "accessibility", "href",
		"renditions", "createdAt", "createdBy", "scan"}
}

// faults finds what tags cannot say.
func (in *Input) faults() []errs.Fault {
	if in.Decorative && in.Alt != "" {
		return []errs.Fault{errs.At("/decorative", errs.Range, "A decorative image has no text alternative. Give alt or decorative, not both.")}
	}
	return nil
}

// View is a file's record, for editors.
type View struct {
	content.File
	Version   int               `json:"version" validate:"required" example:"1"` // the tag for If-Match is "v1"
	CreatedAt time.Time         `json:"createdAt" validate:"required" example:"2026-11-23T09:30:00Z"`
	CreatedBy string            `json:"createdBy" validate:"required" example:"website team"`
	Scan      content.ScanState `json:"scan" validate:"required" enums:"none,pending,clean,infected" example:"clean"` // what the virus scanner says; none where there is no scanner
} //@name FileRecord

// record is a file with its entry.
type record struct {
	Entry content.Entry
	File  content.StoredFile
}

func (s *Service) view(r record) View {
	return View{File: s.Site.ShowFile(&r.File), Version: r.Entry.Version, CreatedAt: r.Entry.CreatedAt, CreatedBy: r.Entry.CreatedBy, Scan: r.File.Scan}
}

// find reads a file; errs.NotFound when there is none with the id.
func find(tx *database.Tx, ref string) (*record, error) {
	entry, err := content.Find(tx, content.FileType, ref)
	if err != nil {
		return nil, err
	}
	return complete(tx, entry)
}

// findForUpdate is find, and keeps the file to this transaction until it ends.
func findForUpdate(tx *database.Tx, ref string) (*record, error) {
	entry, err := content.FindForUpdate(tx, content.FileType, ref)
	if err != nil {
		return nil, err
	}
	return complete(tx, entry)
}

func complete(tx *database.Tx, entry *content.Entry) (*record, error) {
	r := record{Entry: *entry}
	if err := tx.Where("id = ?", entry.ID).Take(&r.File).Error; err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return &r, nil
}

// create stores the record of an upload whose bytes are kept, under the id, or under a new one where that is uuid.Nil.
func (s *Service) create(tx *database.Tx, by auth.Actor, id uuid.UUID, u *upload, info inspect.Info, words content.FileWords) (*record, error) {
	entry, err := content.Begin(tx, by, id, content.FileType)
	if err != nil {
		return nil, err
	}
	r := &record{Entry: *entry, File: content.StoredFile{ID: entry.ID, Filename: u.name, MediaType: info.MediaType, Size: u.size,
		SHA256: u.sha256, Width: info.Width, Height: info.Height, Pages: info.Pages, FileWords: words,
		Accessibility: info.Accessibility, Scan: content.ScanNone}}
	if s.Scanner != nil {
		r.File.Scan = content.ScanPending
	}
	if err := tx.Create(&r.File).Error; err != nil {
		return nil, fmt.Errorf("store a file: %w", err)
	}
	if s.Scanner != nil {
		if err := content.AskForWork(tx, r.File.ID, content.JobScan); err != nil {
			return nil, err
		}
	}
	return r, content.Record(tx, by, audit.Create, entry, 0, nil)
}

// save replaces what is said about a locked file.
func save(tx *database.Tx, by auth.Actor, r *record, w content.Written[*Input]) error {
	faults := append(w.Faults, w.Input.faults()...)
	if err := errs.Invalid(errs.InvalidContent, faults...); err != nil {
		return err
	}
	changed, err := content.ChangedFields(r.File.FileWords, w.Input)
	if err != nil {
		return err
	}
	r.File.FileWords = w.Input.FileWords
	if err := content.Touch(tx, by, &r.Entry); err != nil {
		return err
	}
	if err := tx.Save(&r.File).Error; err != nil {
		return fmt.Errorf("store what is said about a file: %w", err)
	}
	return content.Record(tx, by, audit.Save, &r.Entry, 0, changed)
}

// remove erases a locked file. It fails with errs.InUse, which names some of them, while any edition uses it.
func remove(tx *database.Tx, by auth.Actor, r *record) error {
	removed, err := content.RemoveFiles(tx, []uuid.UUID{r.File.ID})
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		users, err := content.FileUsersOf(tx, r.File.ID, maxUsers)
		if err != nil {
			return err
		}
		return errs.New(errs.InUse, "Items use this file, in a draft or in an edition: users names up to %d of them.", maxUsers).With("users", users)
	}
	return content.Record(tx, by, audit.Delete, &r.Entry, 0, nil)
}

// object is where the bytes of a file, or something made of them, are kept: a row of table blobs.
type object struct {
	ObjectKey string `gorm:"primaryKey"`
	SHA256    string `gorm:"column:sha256"` // of the file
	Variant   string // "" for the file itself
	Size      int64
	Digest    string    // SHA-256 of the object
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
}

// TableName is where objects are stored.
func (object) TableName() string { return "blobs" }

// keyBatch is how many digests are looked up with one statement.
const keyBatch = 1000

// Keys gives where the bytes of files are kept, by their SHA-256 in hexadecimal. What is not kept has no key.
func Keys(tx *database.Tx, sums []string) (map[string]string, error) {
	keys := map[string]string{}
	for batch := range slices.Chunk(sums, keyBatch) {
		var found []object
		if err := tx.Where("sha256 IN ? AND variant = ''", batch).Find(&found).Error; err != nil {
			return nil, fmt.Errorf("find the bytes of files: %w", err)
		}
		for _, o := range found {
			keys[o.SHA256] = o.ObjectKey
		}
	}
	return keys, nil
}

// errNoObject is that the bytes that were there when one looked have been erased meanwhile.
var errNoObject = errors.New("the bytes are not kept any more")

// kept says whether bytes are kept already.
func kept(tx *database.Tx, sha256 string) (bool, error) {
	var n int64
	err := tx.Model(&object{}).Where("sha256 = ? AND variant = ''", sha256).Count(&n).Error
	return n > 0, err
}

// adopt makes an object the one that holds an upload's bytes, unless another does already: the same bytes are kept
// once. With an empty key it only makes sure that there is one, and fails with errNoObject otherwise. Until the
// transaction ends, nobody erases them.
func adopt(tx *database.Tx, key string, u *upload) (adopted bool, err error) {
	for range adoptionTries {
		if key != "" {
			res := tx.Clauses(clause.OnConflict{DoNothing: true}).
				Create(&object{ObjectKey: key, SHA256: u.sha256, Size: u.size, Digest: u.sha256, CreatedAt: tx.Now})
			if res.Error != nil || res.RowsAffected == 1 {
				return res.Error == nil, res.Error
			}
		}
		var there []object
		err = tx.Hold().Where("sha256 = ? AND variant = ''", u.sha256).Find(&there).Error
		if err != nil || len(there) > 0 {
			return false, err
		}
	}
	return false, errNoObject
}

// adoptionTries is how often an object is tried to be made the one, when another was in the way and is erased.
const adoptionTries = 3

// keyOf is a key for bytes that nobody has used and nobody will use again.
func keyOf(sha256 string) string { return sha256[:2] + "/" + sha256 + "-" + uuid.NewString() }

// EraseNow is EraseMarked for who has just erased something. What fails is done by the sweeper: nobody can get at the
// bytes any more.
func (s *Service) EraseNow(ctx context.Context) {
	if err := s.EraseMarked(ctx); err != nil {
		s.Log.WarnContext(ctx, "bytes of erased files are left to the sweeper", "error", err.Error())
	}
}

// EraseMarked deletes the objects that were marked for erasure. What cannot be deleted now stays marked.
func (s *Service) EraseMarked(ctx context.Context) error {
	var keys []string
	err := s.DB.Read(ctx, func(tx *database.Tx) error {
		return tx.Table("blob_erasures").Order("at").Pluck("object_key", &keys).Error
	})
	for _, key := range keys {
		if err == nil {
			err = s.Blobs.Delete(ctx, key)
		}
		if err == nil {
			err = s.DB.Write(ctx, func(tx *database.Tx) error {
				return tx.Exec("DELETE FROM blob_erasures WHERE object_key = ?", key).Error
			})
		}
	}
	if err != nil {
		return fmt.Errorf("erase objects: %w", err)
	}
	return nil
}

// shownBy is an entry that anybody may see and whose edition uses file f: while it stays as it is, the file is public.
const shownBy = `(SELECT e.id FROM edition_files x JOIN editions d ON d.id = x.edition_id AND d.state = 'live'
	JOIN entries e ON e.id = d.entry_id AND e.status IN ('live', 'withdrawn') WHERE x.file_id = f.id LIMIT 1)`

// stored is what a download needs to know.
type stored struct {
	content.StoredFile `gorm:"embedded"`
	ObjectKey          string
	CreatedAt          time.Time
	ShownBy            *uuid.UUID // nil when nothing public uses it
}

// public says whether anybody may have the file.
func (f *stored) public() bool { return f.ShownBy != nil }

// locate finds a file's bytes; nil where there are none to give.
func locate(tx *database.Tx, ref string) (*stored, error) {
	id, ok := content.ParseID(ref)
	if !ok {
		return nil, nil
	}
	var found []stored
	err := tx.Raw(`SELECT f.id, f.filename, f.media_type, f.size, f.sha256, f.width, f.height, f.focal_point, f.scan,
			b.object_key, n.created_at, `+shownBy+` AS shown_by
		FROM files f JOIN blobs b ON b.sha256 = f.sha256 AND b.variant = '' JOIN entries n ON n.id = f.id
		WHERE f.id = ?`, id).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("find a file's bytes: %w", err)
	}
	if len(found) == 0 || !found[0].Scan.Servable() {
		return nil, nil
	}
	if found[0].public() {
		change.Shows(tx, *found[0].ShownBy)
	}
	return &found[0], nil
}
