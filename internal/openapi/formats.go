package openapi

import (
	"errors"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// itemFormats is what x-formats says: the same for all items.
const itemFormats = "jsonld, html"

const (
	linkedDataType = "application/ld+json"
	htmlType       = "text/html"
)

// addFormats documents in which other formats the same address answers. What is in the linked data is for schema.org
// to say, so its schema is that of any object.
func (c *converter) addFormats(o *operation) error {
	if !o.formats {
		return nil
	}
	if o.Responses.Value("200") == nil {
		return errors.New("there is no answer 200 to have other formats")
	}
	o.setParameter(c.parameter("Format"))
	content := o.Responses.Value("200").Value.Content
	anything := &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeObject}, Description: "JSON-LD in the context of https://schema.org.",
		AdditionalProperties: openapi3.AdditionalProperties{Has: ptr(true)}}
	content[linkedDataType] = &openapi3.MediaType{Schema: inline(anything), Example: map[string]any{
		"@context": "https://schema.org", "@type": "Article", "name": "Shorter waits for physiotherapy"}}
	content[htmlType] = &openapi3.MediaType{Schema: inline(&openapi3.Schema{Type: str}),
		Example: `<article lang="en-GB" dir="ltr"><h2>Shorter waits for physiotherapy</h2></article>`}
	return nil
}

// addMarkup documents answers in XML, of whose form the standard that the media type belongs to says all.
func (c *converter) addMarkup(o *operation) error {
	for _, answer := range o.succeeded() {
		for name, media := range answer.Content {
			if strings.HasSuffix(name, "+xml") {
				media.Schema = inline(&openapi3.Schema{Type: str})
				media.Example = `<?xml version="1.0" encoding="UTF-8"?>…`
			}
		}
	}
	return nil
}
