package api_test

import (
	"time"

	"github.com/cpics/working-together-api/api/apitest"
)

// text is a principle or a page that lacks nothing to be published.
func text(title string, more ...any) doc {
	return doc{"title": title, "summary": title + " in short.", "body": "About *" + title + "*."}.with(more...)
}

// story is a case study that lacks nothing to be published, on a principle.
func story(title, principle string, more ...any) doc {
	return doc{"title": title, "summary": title + " in short.", "challenge": "c", "approach": "a", "outcome": "o",
		"principles": []string{principle}, "patientInvolvement": "none"}.with(more...)
}

// asset is a toolkit asset that lacks nothing to be published.
func asset(title string, more ...any) doc {
	return doc{"title": title, "summary": title + " in short.", "assetType": "link", "url": "https://www.example.nhs.uk/asset"}.with(more...)
}

// organisation and topic are reference data.
func organisation(name string, more ...any) doc {
	return doc{"name": name, "organisationType": "acute-trust"}.with(more...)
}

func topic(name string, more ...any) doc { return doc{"name": name}.with(more...) }

// refer stores an organisation or a topic.
func refer(s *apitest.Service, path string, d doc) *apitest.Answer {
	return s.Editor().Post(path, d).Must(201)
}

// setClock stops the service's clock at a time.
func setClock(s *apitest.Service, at time.Time) { s.DB.SetClock(func() time.Time { return at }) }
