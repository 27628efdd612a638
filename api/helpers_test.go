package api_test

import (
	"maps"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// doc is a JSON document.
type doc = map[string]any

// with is a document with more members, or others.
func with(d doc, more ...doc) doc {
	d = maps.Clone(d)
	for _, m := range more {
		maps.Copy(d, m)
	}
	return d
}

// text is a principle or a page that lacks nothing to be published.
func text(title string, more ...doc) doc {
	return with(doc{"title": title, "summary": title + " in short.", "body": "About *" + title + "*."}, more...)
}

// story is a case study that lacks nothing to be published, on a principle.
func story(title, principle string, more ...doc) doc {
	return with(doc{"title": title, "summary": title + " in short.", "challenge": "c", "approach": "a", "outcome": "o",
		"principles": []string{principle}, "patientInvolvement": "none"}, more...)
}

// asset is a toolkit asset that lacks nothing to be published.
func asset(title string, more ...doc) doc {
	return with(doc{"title": title, "summary": title + " in short.", "assetType": "link", "url": "https://www.example.nhs.uk/asset"}, more...)
}

// organisation and topic are reference data.
func organisation(name string, more ...doc) doc {
	return with(doc{"name": name, "organisationType": "acute-trust"}, more...)
}

func topic(name string, more ...doc) doc { return with(doc{"name": name}, more...) }

// publish makes an entry that is live at once.
func publish(t *testing.T, s *apitest.Service, collection string, d doc) *apitest.Answer {
	t.Helper()
	return s.Publisher().Post("/v1/"+collection+"?publish=true", d).Must(201)
}

// refer makes an organisation or a topic.
func refer(t *testing.T, s *apitest.Service, collection string, d doc) *apitest.Answer {
	t.Helper()
	return s.Editor().Post("/v1/"+collection, d).Must(201)
}
