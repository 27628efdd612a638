package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/canonical"
)

// item is one item of the copy.
type item struct {
	id, collection, slug string
	status               string
	number               int
	name                 string // of an organisation or topic
	firstPublishedAt     string
	body                 []byte // as the service answers it
	files                []*file
}

// file is a file of an item.
type file struct {
	id, name, sha256 string // the name is empty where it is one that no folder is to hold
	size             int64
	missing          bool // the service does not give it out
}

// errHostile is what a server says that no item of this API can be.
var errHostile = errors.New("this is no answer of this API")

var (
	nameForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`) // of slugs and collections
	sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// path is where an item lies: at its address by id.
func (i *item) path() string { return "v1/" + i.collection + "/" + i.id + ".json" }

// slugPath is where it lies by its slug.
func (i *item) slugPath() string { return "v1/" + i.collection + "/" + i.slug + ".json" }

// paths are all that an item needs. Its own place is the last: as long as that is there, the rest is known.
func (i *item) paths() []string {
	paths := []string{i.slugPath()}
	for _, f := range i.files {
		if f.name != "" {
			paths = append(paths, f.path())
		}
	}
	return append(paths, i.path())
}

// path is where a file lies: at its address.
func (f *file) path() string { return "v1/files/" + f.id + "/" + f.name }

// readItem reads an item and judges it by its digest.
func readItem(body []byte) (*item, error) {
	var said struct {
		ID, Slug, Status, Digest, Name string
		Number                         int
		FirstPublishedAt               string
		Links                          struct{ Self string }
		Files                          []fileJSON
		Image, HeroImage               *fileJSON
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return nil, fmt.Errorf("%w: %w", errHostile, err)
	}
	id, err := uuid.Parse(said.ID)
	if err != nil || !nameForm.MatchString(said.Slug) || len(said.Slug) > 100 || uuid.Validate(said.Slug) == nil {
		return nil, fmt.Errorf("%w: an item with the id %.60q and the slug %.60q", errHostile, said.ID, said.Slug)
	}
	it := &item{id: id.String(), slug: said.Slug, status: said.Status, number: said.Number, name: said.Name,
		firstPublishedAt: said.FirstPublishedAt, body: body}
	if it.collection, err = collectionOf(said.Links.Self); err != nil {
		return nil, err
	}
	if digest, err := canonical.DigestJSON(body); err != nil || digest != said.Digest {
		return nil, fmt.Errorf("%w: %s is not what its digest says", errDamaged, it.path())
	}
	for _, f := range append(said.Files, present(said.Image, said.HeroImage)...) {
		read, err := f.read()
		if err != nil {
			return nil, err
		}
		it.files = append(it.files, read)
	}
	return it, nil
}

// collectionOf takes the collection out of an item's own address.
func collectionOf(self string) (string, error) {
	_, path, _ := strings.Cut(self, "/v1/")
	collection, _, ok := strings.Cut(path, "/")
	if !ok || !nameForm.MatchString(collection) || collection == "files" {
		return "", fmt.Errorf("%w: an item at %.100q", errHostile, self)
	}
	return collection, nil
}

// fileJSON is a file as items show it.
type fileJSON struct {
	ID, Href, SHA256 string
	Size             int64
}

func present(files ...*fileJSON) []fileJSON {
	var all []fileJSON
	for _, f := range files {
		if f != nil {
			all = append(all, *f)
		}
	}
	return all
}

// read takes a file's address apart.
func (f fileJSON) read() (*file, error) {
	id, err := uuid.Parse(f.ID)
	if err != nil || !sha256Form.MatchString(f.SHA256) {
		return nil, fmt.Errorf("%w: a file with the id %.60q", errHostile, f.ID)
	}
	_, escaped, ok := strings.Cut(f.Href, "/v1/files/"+id.String()+"/")
	name, err := url.PathUnescape(escaped)
	if !ok || err != nil {
		return nil, fmt.Errorf("%w: a file at %.100q", errHostile, f.Href)
	}
	if !plainName(name) {
		name = ""
	}
	return &file{id: id.String(), name: name, sha256: f.SHA256, size: f.Size}, nil
}

// plainName says whether a name is that of a file in one folder, on every system, and of none by which a web server is
// told what to do.
func plainName(name string) bool {
	return name != "" && len(name) <= 255 && name[0] != '.' && !strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '/' || r == '\\' || r == 0xfffd
	})
}
