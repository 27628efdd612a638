package oembed

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/cpics/working-together-api/internal/content"
)

// addresses know which item an address leads to: of this API, and of the website's pages. Nothing is ever fetched.
type addresses struct {
	api      string // without its scheme
	web      *regexp.Regexp
	template string
}

// newAddresses reverses the addresses that the site gives its items.
func newAddresses(site *content.Site) addresses {
	a := addresses{api: bare(site.BaseURL + "/v1/"), template: site.WebTemplate}
	if site.WebTemplate != "" {
		a.web = reversed(bare(site.WebTemplate))
	}
	return a
}

// placeholder is what a template has in place of an item's type and slug.
var placeholder = regexp.MustCompile(`\\\{(type|slug)\\\}`)

// reversed matches the addresses that are made of a template, and what people and programs append to them.
func reversed(template string) *regexp.Regexp {
	pattern := placeholder.ReplaceAllString(regexp.QuoteMeta(template), `(?P<$1>[a-z0-9-]+)`)
	return regexp.MustCompile(`^` + strings.TrimSuffix(pattern, "/") + `/?(?:[?&#].*)?$`)
}

// bare is an address without its scheme, since people copy it with either.
func bare(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, path, _ := strings.Cut(rest, "/")
	return strings.ToLower(host) + "/" + path
}

// item is the type and the id or slug that an address names; false for an address of something else.
func (a addresses) item(address string) (typ, ref string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return "", "", false
	}
	address = bare(address)
	if a.web != nil {
		if found := a.web.FindStringSubmatch(address); found != nil {
			return found[a.web.SubexpIndex("type")], found[a.web.SubexpIndex("slug")], true
		}
	}
	path, ok := strings.CutPrefix(address, a.api)
	if !ok {
		return "", "", false
	}
	path, _, _ = strings.Cut(path, "#")
	path, _, _ = strings.Cut(path, "?")
	collection, ref, ok := strings.Cut(path, "/")
	typ = content.TypeOf(collection)
	return typ, ref, ok && typ != ""
}
