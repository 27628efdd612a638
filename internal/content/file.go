package content

import (
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/file/preset"
	"github.com/cpics/working-together-api/internal/file/report"
)

// FileType is the type of files among entries: they share the ids, and have no address of their own among items.
const FileType = "file"

// FileRef is a file as an editor names it on an item.
type FileRef struct {
	ID    uuid.UUID `json:"id" validate:"required" format:"uuid" example:"0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"`               // of an uploaded file
	Label string    `json:"label,omitempty" validate:"unblank,max=1000" maxLength:"1000" example:"Poster for staff rooms, A3"` // what to call it here; without one, what the file itself is called
}

// ImageRef is an image as an editor names it on an item.
type ImageRef struct {
	ID uuid.UUID `json:"id" validate:"required" format:"uuid" example:"0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"` // of an uploaded image
}

// FileWords are what is said about a file beside its bytes. An edition keeps them as they were when it was published.
type FileWords struct {
	Alt         string `json:"alt,omitempty" validate:"unblank,max=1000" maxLength:"1000" example:"Three women talk in a hospital corridor."` // the text alternative of an image; none for a decorative one
	Decorative  bool   `json:"decorative,omitempty" example:"true"`                                                                           // the image says nothing that the text beside it does not
	Credit      string `json:"credit,omitempty" validate:"unblank,max=1000" maxLength:"1000" example:"Photograph: communications team"`       // whom to name beside it
	Label       string `json:"label,omitempty" validate:"unblank,max=1000" maxLength:"1000" example:"Poster, A3"`                             // what to call it
	FocalPoint  string `json:"focalPoint,omitempty" validate:"omitempty,focalpoint" example:"0.5,0.33"`                                       // where the subject of an image is: x,y from the upper left corner, 0 to 1
	Alternative string `json:"alternative,omitempty" validate:"unblank,max=1000" maxLength:"1000" example:"https://www.example.nhs.uk/guide"` // for those who cannot use it: the address of a page, or why there is none
}

// ScanState is what a virus scanner said about a file.
type ScanState string

// The states. Nobody gets a file that waits for a scanner, or in which one found something.
const (
	ScanNone     ScanState = "none" // no scanner was asked for
	ScanPending  ScanState = "pending"
	ScanClean    ScanState = "clean"
	ScanInfected ScanState = "infected"
)

// Servable says whether the bytes may be given to anybody.
func (s ScanState) Servable() bool { return s == ScanNone || s == ScanClean }

// StoredFile is a file as it is kept: a row of table files. Its bytes, and all that follows from them, never change.
type StoredFile struct {
	ID            uuid.UUID `gorm:"primaryKey"`
	Filename      string    // as it was sent
	MediaType     string    // by its content
	Size          int64     // bytes
	SHA256        string    `gorm:"column:sha256"` // 64 lower-case hex digits
	Width, Height int       // pixels; 0 where there are none
	Pages         int       // or slides; 0 where there are none
	FileWords     `gorm:"embedded"`
	Accessibility *report.Accessibility `gorm:"serializer:json"` // nil for what is no document
	Scan          ScanState
	UnusedSince   *time.Time // when the sweeper first found it so
}

// TableName is where files are stored.
func (StoredFile) TableName() string { return "files" }

// IsImage says whether the file is one that needs a text alternative and has renditions.
func (f *StoredFile) IsImage() bool { return strings.HasPrefix(f.MediaType, "image/") }

// Attached is a file of an edition: with its words as the edition says them, which are those of now for a draft.
type Attached struct {
	StoredFile `gorm:"embedded"`
	GivenLabel string // of this edition; it goes before the file's own
}

// File is a file as items show it.
type File struct {
	ID        uuid.UUID `json:"id" validate:"required" format:"uuid" example:"0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"`
	Filename  string    `json:"filename" validate:"required" example:"Staff poster (A3).png"`                                          // as it was uploaded
	MediaType string    `json:"mediaType" validate:"required" example:"image/png"`                                                     // by its content, whatever the name says
	Size      int64     `json:"size" validate:"required" example:"482133"`                                                             // bytes
	SHA256    string    `json:"sha256" validate:"required" example:"6b3a55e0261b0304143f805a24924d0c1c44524821305f31d9277843b8a10f4e"` // of the bytes, in hexadecimal
	Width     int       `json:"width,omitempty" example:"2480"`                                                                        // of an image, in pixels
	Height    int       `json:"height,omitempty" example:"3508"`                                                                       // of an image, in pixels
	Pages     int       `json:"pages,omitempty" example:"12"`                                                                          // of a document, or slides
	FileWords
	Accessibility *report.Accessibility `json:"accessibility,omitempty"`                                                                                                                            // of a document: whether everybody can read it
	Href          string                `json:"href" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/files/0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77/Staff%20poster%20(A3).png"` // the bytes
	Renditions    []preset.Rendition    `json:"renditions" validate:"required"`                                                                                                                     // of an image: smaller ones, for srcset
}

// ShowFile is the view of a file, whether anybody may read its bytes or not.
func (s *Site) ShowFile(f *StoredFile) File {
	view := File{ID: f.ID, Filename: f.Filename, MediaType: f.MediaType, Size: f.Size, SHA256: f.SHA256, Width: f.Width,
		Height: f.Height, Pages: f.Pages, FileWords: f.FileWords, Accessibility: f.Accessibility,
		Href: s.FileHref(f.ID, f.Filename), Renditions: []preset.Rendition{}}
	if f.IsImage() {
		view.Renditions = preset.List(view.Href, f.FocalPoint, f.Width, f.Height)
	}
	return view
}

// FileHref is the address of a file's bytes.
func (s *Site) FileHref(id uuid.UUID, filename string) string {
	return s.BaseURL + "/v1/files/" + id.String() + "/" + url.PathEscape(URLName(filename))
}

// URLName is the last part of a file's address: its name without what proxies and file systems take for something
// else. Every name has one.
func URLName(filename string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\%;`, r) || r < ' ' || r == 0x7f {
			return '-'
		}
		return r
	}, filename)
	if strings.Trim(name, ".") == "" {
		return "file"
	}
	return name
}

// Files shows a relation's files, in their order.
func (p *Presenter) Files(files []Attached) []File {
	views := make([]File, len(files))
	for i := range files {
		views[i] = p.site.ShowFile(&files[i].StoredFile)
		if files[i].GivenLabel != "" {
			views[i].Label = files[i].GivenLabel
		}
	}
	return views
}

// Image shows a relation's only file; nil where there is none.
func (p *Presenter) Image(files []Attached) *File {
	if len(files) == 0 {
		return nil
	}
	return &p.Files(files[:1])[0]
}
