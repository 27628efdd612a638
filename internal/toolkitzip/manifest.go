// Package toolkitzip serves all files of the toolkit as one archive.
package toolkitzip

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/toolkit"
)

// manifestName is the file of the archive that tells of the others.
const manifestName = "manifest.json"

// Manifest says what an archive holds.
type Manifest struct {
	Licence     content.Licence     `json:"licence"`
	Attribution content.Attribution `json:"attribution"`
	Files       []Entry             `json:"files"`   // in the order of the archive
	Missing     []Entry             `json:"missing"` // what belongs here, and whose bytes the service does not have at present
}

// Entry is one file of an archive.
type Entry struct {
	Name      string    `json:"name"` // in the archive, with its folder
	ID        uuid.UUID `json:"id"`   // of the file
	Filename  string    `json:"filename"`
	MediaType string    `json:"mediaType"`
	Size      int64     `json:"size"`   // bytes
	SHA256    string    `json:"sha256"` // in hexadecimal
	Alt       string    `json:"alt,omitempty"`
	Label     string    `json:"label,omitempty"`
	Credit    string    `json:"credit,omitempty"`
	Href      string    `json:"href"`
	Asset     Asset     `json:"asset"`
}

// Asset is the toolkit asset that a file belongs to.
type Asset struct {
	ID      uuid.UUID `json:"id"`
	Slug    string    `json:"slug"`
	Title   string    `json:"title"`
	Edition int       `json:"edition"`
	Href    string    `json:"href"`
	Web     string    `json:"web"`

	publishedAt time.Time
}

// manifestOf lists the files of assets: a folder for each asset, named by its slug, and in it its files by their names.
func manifestOf(site *content.Site, docs []*content.Document[*toolkit.Input]) Manifest {
	m := Manifest{Licence: site.Licence, Attribution: site.Attribution, Files: []Entry{}}
	for _, doc := range docs {
		e := doc.Entry
		asset := Asset{ID: e.ID, Slug: doc.Edition.Slug, Title: doc.Edition.Title, Edition: doc.Edition.Number,
			Href: site.Href(e.Type, doc.Edition.Slug), Web: site.Web(e.Type, doc.Edition.Slug), publishedAt: *doc.Edition.PublishedAt}
		taken := map[string]bool{}
		for _, a := range doc.Files["files"] {
			if !a.Scan.Servable() {
				continue
			}
			label := a.GivenLabel
			if label == "" {
				label = a.Label
			}
			m.Files = append(m.Files, Entry{Name: asset.Slug + "/" + free(taken, safeName(a.Filename)), ID: a.ID, Filename: a.Filename,
				MediaType: a.MediaType, Size: a.Size, SHA256: a.SHA256, Alt: a.Alt, Label: label, Credit: a.Credit,
				Href: site.FileHref(a.ID, a.Filename), Asset: asset})
		}
	}
	return m
}

// reserved are names that Windows takes for devices, whatever follows a dot.
const reserved = " con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 "

// maxSafe is how many bytes of a name every file system takes, with room for a number.
const maxSafe = 200

// safeName is a file's name as every file system takes it.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	base, ext := split(strings.Trim(name, " ."))
	for len(base) > maxSafe-len(ext) {
		runes := []rune(base)
		base = string(runes[:len(runes)-1])
	}
	first, _, _ := strings.Cut(base, ".")
	if base == "" || strings.Contains(reserved, " "+strings.ToLower(strings.TrimSpace(first))+" ") {
		base = "_" + base
	}
	return base + ext
}

// split cuts a name before its extension, if that is a short one.
func split(name string) (base, ext string) {
	const most = 10
	i := strings.LastIndexByte(name, '.')
	if i < 0 || len(name)-i > most {
		return name, ""
	}
	return name[:i], name[i:]
}

// free is the name, or with a number where it is taken: some file systems take large and small letters for the same.
func free(taken map[string]bool, name string) string {
	base, ext := split(name)
	for n := 2; taken[strings.ToLower(name)]; n++ {
		name = base + "-" + strconv.Itoa(n) + ext
	}
	taken[strings.ToLower(name)] = true
	return name
}
