package content

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// FileField is a member of an Input that names files: either a list of them or one image.
type FileField struct {
	Name  string // the member and the stored relation: "files"
	List  *[]FileRef
	Image **ImageRef
}

// refs are the files that the member names.
func (f FileField) refs() []FileRef {
	switch {
	case f.List != nil:
		return *f.List
	case *f.Image != nil:
		return []FileRef{{ID: (*f.Image).ID}}
	}
	return nil
}

// pointer is the place of one of the member's files.
func (f FileField) pointer(i int) string {
	if f.List != nil {
		return "/" + f.Name + "/" + strconv.Itoa(i)
	}
	return "/" + f.Name
}

// set makes the member name what is stored.
func (f FileField) set(files []Attached) {
	if f.List == nil {
		*f.Image = nil
		if len(files) > 0 {
			*f.Image = &ImageRef{ID: files[0].ID}
		}
		return
	}
	*f.List = nil
	for _, a := range files {
		*f.List = append(*f.List, FileRef{ID: a.ID, Label: a.GivenLabel})
	}
}

// NoFiles is for Inputs that name no files.
type NoFiles struct{}

// FileFields is empty.
func (NoFiles) FileFields() []FileField { return nil }

// fileRow is a file of an edition: a row of table edition_files, without the words that a published one has.
type fileRow struct {
	EditionID  uuid.UUID `gorm:"primaryKey"`
	Relation   string    `gorm:"primaryKey"`
	Position   int       `gorm:"primaryKey"`
	FileID     uuid.UUID
	GivenLabel string
}

func (fileRow) TableName() string { return "edition_files" }

// resolveFiles turns the files of an input into rows, and lists every one that is not there, stands in its list
// already, or is no image where one is needed. What the reader of the input has found to be wrong, it passes over.
func resolveFiles(tx *database.Tx, in Input, told []errs.Fault) (rows []fileRow, faults []errs.Fault, err error) {
	fields := in.FileFields()
	known, err := filesNamed(tx, fields)
	if err != nil {
		return nil, nil, err
	}
	for _, field := range fields {
		seen := map[uuid.UUID]bool{}
		for i, ref := range field.refs() {
			pointer := field.pointer(i) + "/id"
			file, ok := known[ref.ID]
			switch {
			case faultAt(told, pointer) || faultAt(told, field.pointer(i)) || faultAt(told, "/"+field.Name):
			case !ok:
				faults = append(faults, errs.At(pointer, errs.NoSuch, "There is no file with the id %s. Upload it first, with POST /v1/files.", ref.ID))
			case field.Image != nil && !file.IsImage():
				faults = append(faults, errs.At(pointer, errs.Range, "This file is no image, but %s. Name an image.", file.MediaType))
			case seen[ref.ID]:
				faults = append(faults, errs.At(pointer, errs.Repeated, "This file stands in the list already."))
			default:
				seen[ref.ID] = true
				rows = append(rows, fileRow{Relation: field.Name, Position: i + 1, FileID: ref.ID, GivenLabel: ref.Label})
			}
		}
	}
	return rows, faults, nil
}

// filesNamed reads the files that fields name, by id.
func filesNamed(tx *database.Tx, fields []FileField) (map[uuid.UUID]StoredFile, error) {
	var ids []uuid.UUID
	for _, f := range fields {
		for _, ref := range f.refs() {
			ids = append(ids, ref.ID)
		}
	}
	known := map[uuid.UUID]StoredFile{}
	if len(ids) == 0 {
		return known, nil
	}
	var files []StoredFile
	if err := tx.Where("id IN ?", ids).Find(&files).Error; err != nil {
		return nil, fmt.Errorf("look up files: %w", err)
	}
	for _, f := range files {
		known[f.ID] = f
	}
	return known, nil
}

// saveFiles stores the files of a draft that has none. That they are still there, the foreign key sees to: who removes one waits
// for us, or we find it gone and look again.
func saveFiles(tx *database.Tx, edition uuid.UUID, rows []fileRow) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(rows))
	for i := range rows {
		rows[i].EditionID, ids[i] = edition, rows[i].FileID
	}
	err := tx.Create(&rows).Error
	if err == nil {
		err = tx.Exec("UPDATE files SET unused_since = NULL WHERE id IN ? AND unused_since IS NOT NULL", ids).Error
	}
	if err != nil {
		return fmt.Errorf("store files: %w", err)
	}
	return nil
}

// filesOf reads the files of editions, by edition and relation, in their order: with the words that they were
// published with, or for a draft with those of now.
func filesOf(tx *database.Tx, editions []uuid.UUID) (map[uuid.UUID]map[string][]Attached, error) {
	var rows []struct {
		EditionID uuid.UUID
		Relation  string
		Attached  `gorm:"embedded"`
	}
	err := tx.Raw(`
		SELECT x.edition_id, x.relation, x.given_label, f.id, f.filename, f.media_type, f.size, f.sha256, f.width, f.height,
			f.pages, f.accessibility, f.scan,
			CASE WHEN d.state = 'draft' THEN f.alt ELSE x.alt END AS alt,
			CASE WHEN d.state = 'draft' THEN f.decorative ELSE x.decorative END AS decorative,
			CASE WHEN d.state = 'draft' THEN f.credit ELSE x.credit END AS credit,
			CASE WHEN d.state = 'draft' THEN f.label ELSE x.label END AS label,
			CASE WHEN d.state = 'draft' THEN f.focal_point ELSE x.focal_point END AS focal_point,
			CASE WHEN d.state = 'draft' THEN f.alternative ELSE x.alternative END AS alternative
		FROM edition_files x JOIN editions d ON d.id = x.edition_id JOIN files f ON f.id = x.file_id
		WHERE x.edition_id IN ? ORDER BY x.edition_id, x.relation, x.position`, editions).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read files of editions: %w", err)
	}
	files := map[uuid.UUID]map[string][]Attached{}
	for _, row := range rows {
		if files[row.EditionID] == nil {
			files[row.EditionID] = map[string][]Attached{}
		}
		files[row.EditionID][row.Relation] = append(files[row.EditionID][row.Relation], row.Attached)
	}
	return files, nil
}

// freezeFiles keeps what a draft's files say, as it was checked, in the edition that is about to be published.
func freezeFiles[T Input](tx *database.Tx, doc *Document[T]) error {
	for relation, files := range doc.Files {
		for _, a := range files {
			err := tx.Exec(`UPDATE edition_files SET alt = ?, decorative = ?, credit = ?, label = ?, focal_point = ?, alternative = ?
				WHERE edition_id = ? AND relation = ? AND file_id = ?`, a.Alt, a.Decorative, a.Credit, a.Label, a.FocalPoint,
				a.Alternative, doc.Edition.ID, relation, a.ID).Error
			if err != nil {
				return fmt.Errorf("freeze a file's words: %w", err)
			}
			if !a.IsImage() {
				continue
			}
			if err := AskForWork(tx, a.ID, JobRender); err != nil {
				return err
			}
		}
	}
	return nil
}

// Work that files wait for (see package file).
const (
	JobScan   = "scan"   // a look by the virus scanner
	JobRender = "render" // the renditions that the public may ask for
)

// AskForWork notes work on a file, to be done once the transaction is committed. What is under way already begins again.
func AskForWork(tx *database.Tx, file uuid.UUID, kind string) error {
	err := tx.Exec(`INSERT INTO file_jobs (file_id, kind, next_at, attempts) VALUES (?, ?, ?, 0)
		ON CONFLICT (file_id, kind) DO UPDATE SET next_at = excluded.next_at, attempts = file_jobs.attempts + 1`, file, kind, tx.Now).Error
	if err != nil {
		return fmt.Errorf("ask for work on a file: %w", err)
	}
	return nil
}

// PutWorkOff has all work on files that is asked for so far begin at the given time.
func PutWorkOff(tx *database.Tx, until time.Time) error {
	if err := tx.Exec("UPDATE file_jobs SET next_at = ?", until).Error; err != nil {
		return fmt.Errorf("put work on files off: %w", err)
	}
	return nil
}

// FileUsersOf gives the entries of which any edition uses a file, at most limit of them, by type and title, as their
// editors know it. It names drafts, so only editors may see what it gives.
func FileUsersOf(tx *database.Tx, file uuid.UUID, limit int) ([]User, error) {
	var users []User
	err := tx.Raw(`
		SELECT id, type, title FROM (
			SELECT e.id, e.type, d.title, d.title_key, row_number() OVER (PARTITION BY e.id ORDER BY d.number DESC) AS place
			FROM edition_files x JOIN editions d ON d.id = x.edition_id JOIN entries e ON e.id = d.entry_id
			WHERE x.file_id = ?) AS using_it
		WHERE place = 1 ORDER BY type, title_key, id LIMIT ?`, file, limit).Scan(&users).Error
	if err != nil {
		return nil, fmt.Errorf("find who uses a file: %w", err)
	}
	return users, nil
}

// RemoveFiles erases those of the files that no edition uses, and says which they were: their rows, the answers kept
// about them, and, as soon as the transaction is committed (see package file), their bytes, unless another file has
// the same ones. It waits for those who are about to use one of them.
func RemoveFiles(tx *database.Tx, ids []uuid.UUID) (removed []uuid.UUID, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var files []StoredFile
	if err := tx.LockAlone().Where("id IN ?", ids).Order("id").Find(&files).Error; err != nil {
		return nil, fmt.Errorf("lock files: %w", err)
	}
	var used []uuid.UUID
	if err := tx.Raw("SELECT DISTINCT file_id FROM edition_files WHERE file_id IN ?", ids).Scan(&used).Error; err != nil {
		return nil, fmt.Errorf("find files in use: %w", err)
	}
	for _, f := range files {
		if slices.Contains(used, f.ID) {
			continue
		}
		if err := removeFile(tx, &f); err != nil {
			return nil, err
		}
		removed = append(removed, f.ID)
	}
	return removed, nil
}

// removeFile erases a locked file that nobody uses.
func removeFile(tx *database.Tx, f *StoredFile) error {
	if err := eraseAnswers(tx, f.ID); err != nil {
		return err
	}
	if err := tx.Delete(f).Error; err != nil {
		return fmt.Errorf("remove a file: %w", err)
	}
	if err := tx.Delete(&Entry{ID: f.ID}).Error; err != nil {
		return fmt.Errorf("remove a file's entry: %w", err)
	}
	return eraseBlobs(tx, f.SHA256)
}

// eraseBlobs marks all objects that hold some bytes, or were made of them, for erasure, unless a file still has them.
// The lock is for who stores the same bytes at this moment: they hold the row, or find it gone.
func eraseBlobs(tx *database.Tx, sha256 string) error {
	var keys []string
	err := tx.LockAlone().Table("blobs").Where("sha256 = ?", sha256).Pluck("object_key", &keys).Error
	if err != nil {
		return fmt.Errorf("lock a file's objects: %w", err)
	}
	err = tx.Exec(`INSERT INTO blob_erasures (object_key, at) SELECT b.object_key, ? FROM blobs b WHERE b.sha256 = ?
		AND NOT EXISTS (SELECT 1 FROM files f WHERE f.sha256 = b.sha256)`, tx.Now, sha256).Error
	if err == nil {
		err = tx.Exec("DELETE FROM blobs WHERE object_key IN (SELECT object_key FROM blob_erasures)").Error
	}
	if err != nil {
		return fmt.Errorf("mark a file's objects for erasure: %w", err)
	}
	return nil
}

// filesOfEntry are the files that any edition of an entry uses.
func filesOfEntry(tx *database.Tx, entry uuid.UUID) (ids []uuid.UUID, err error) {
	err = tx.Raw("SELECT DISTINCT x.file_id FROM edition_files x JOIN editions d ON d.id = x.edition_id WHERE d.entry_id = ?", entry).
		Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("find the files of an entry: %w", err)
	}
	return ids, nil
}
