// Package represent shows public items to other systems in forms of their own: as linked data in the words of
// schema.org, and as a piece of HTML to put into a page. Each is at an address of its own, by the parameter format.
//
// It knows no content type: a type says what its fields mean (content.Description), and one template and one
// mapping serve all of them.
package represent

import (
	"bytes"
	"encoding/json"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/web"
)

// Name is what the content as a whole is called, as its author, publisher and provider.
const Name = "Working Together"

// Format is a form in which an item can be read.
type Format string

// The values of the parameter format; without it, an item comes as JSON.
const (
	JSON   Format = ""
	JSONLD Format = "jsonld"
	HTML   Format = "html"
)

// ReadFormat reads the parameter. The addresses of HTML are shared by people, and by programs that append parameters
// of theirs, so unknown ones are let pass there.
func ReadFormat(q *web.Params) Format {
	f := Format(q.OneOf("format", "", string(JSONLD), string(HTML)))
	if f == HTML {
		q.IgnoreUnknown()
	}
	return f
}

// Item is the public view of an item in parts that need no knowledge of its type. Of organisations and topics, which
// have neither editions nor a summary of a length of their own, some parts are empty.
type Item struct {
	content.Item
	content.Description
	Modified change.Moment // when anything of it changed last; zero when that is not known
}

// Source gives a public item of one type by id or slug. It fails as content.FindPublic does.
type Source func(tx *database.Tx, ref string) (Item, error)

// Sources are the sources of all types that are served, by type.
type Sources map[string]Source

// Write gives an item in a format other than JSON, and what to say of it when it is sent.
func Write(site *content.Site, f Format, i Item) ([]byte, web.PublicOptions, error) {
	opt := web.PublicOptions{LastModified: i.Modified.At, Again: i.Modified.Again}
	if f == HTML {
		opt.MediaType, opt.Header = "text/html; charset=utf-8", htmlHeader(site, i)
		body, err := Fragment(site, i)
		return []byte(body), opt, err
	}
	// Unlike all other JSON of the service it escapes < and >, so that it can stand in a script element of a page.
	body, err := json.Marshal(linkedData(site, i))
	opt.MediaType = "application/ld+json"
	return bytes.TrimSpace(body), opt, err
}
