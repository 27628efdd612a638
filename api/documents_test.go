package api_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// ignoring is a view without what every write changes.
func ignoring(view map[string]any, members ...string) doc {
	d := doc(view)
	for _, member := range append(members, "version", "savedAt", "updatedBy") {
		d = d.without(member)
	}
	return d
}

// TestInputGoesRound: what a client reads in input and puts back, changed in one member, changes nothing else.
func TestInputGoesRound(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		full := k.complete(t, s).with("language", "cy", "lastReviewedOn", "2026-03-02", "reviewDueOn", "2027-03-02", "slug", "of-its-own")
		if k.name == "case-study" {
			refer(s, "/v1/topics", topic("Referrals"))
			full = full.with("happenedOn", "2024-03", "topics", []string{"referrals"}, "patientInvolvement", "consented",
				"consent", doc{"reference": "IG-1", "expiresOn": "2999-03-31"})
		}
		path := k.path + "/" + draft(s, k.path, full).String("id")
		before := s.Editor().Get(path + "?view=draft").Must(200)
		input := before.At("input").(map[string]any)
		for name, value := range full.without("principles").without("topics") {
			wantSame(t, "input."+name, input[name], value)
		}
		answer := s.Editor().Put(path, input, apitest.IfMatch(before.Tag())).Must(200)
		wantSame(t, "put back", ignoring(answer.JSON()), ignoring(before.JSON()))
		answer = s.Editor().Put(path, doc(input).with("title", "Another"), anyVersion).Must(200)
		wantSame(t, "put back changed", ignoring(answer.JSON(), "title"), ignoring(before.JSON(), "title").with("input", doc(input).with("title", "Another")))
		again := s.Editor().Get(path + "?view=draft").Must(200)
		wantSame(t, "what GET says", again.JSON(), answer.JSON())
	})
}

// TestPutClears: an absent optional member is cleared; only the slug stays.
func TestPutClears(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		made := draft(s, k.path, k.complete(t, s).with("lastReviewedOn", "2026-03-02", "language", "cy", "slug", "kept"))
		answer := s.Editor().Put(k.path+"/kept", doc{"title": "Alone"}, apitest.IfMatch(made.Tag())).Must(200)
		wantSame(t, "input", answer.At("input"), doc{"title": "Alone", "slug": "kept", "language": "en-GB"})
		if answer.Tag() != "" || answer.Int("version") != 2 {
			t.Errorf("tag %q, version %d", answer.Tag(), answer.Int("version"))
		}
	})
}

// TestPutCreates: under an id of the client's, once.
func TestPutCreates(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path, full := k.path+"/"+newID(t), k.complete(t, s)
		s.Editor().Put(path, full).Problem(428, "precondition-required")
		s.Editor().Put(path, full, anyVersion).Problem(412, "stale")
		s.Editor().Put(path, full, apitest.IfMatch(`"v1"`)).Problem(412, "stale")
		made := s.Editor().Put(path, full, ifNone).Must(201)
		if made.Header.Get("Location") != apitest.BaseURL+path+"?view=draft" || made.Tag() != "" || made.Int("version") != 1 {
			t.Errorf("%v %s", made.Header, made.Raw)
		}
		s.Editor().Put(path, full, ifNone).Problem(412, "stale")
		s.Editor().Put(path, full).Problem(428, "precondition-required")
		for _, other := range contentKinds { // one id space for everything
			s.Editor().Put(strings.Replace(path, k.path, other.path, 1), full, ifNone).Problem(412, "stale")
		}
		at := k.path + "/" + newID(t)
		live := s.Publisher().Put(at+"?publish=true", full, ifNone).Must(201)
		if live.Header.Get("Location") != apitest.BaseURL+at || live.String("status") != "live" || live.Int("version") != 1 {
			t.Errorf("%v %s", live.Header, live.Raw)
		}
	})
}

// TestMergePatch: one case each of what RFC 7396 can do, through the service.
func TestMergePatch(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		one, two := published(s, "/v1/principles", text("One")).String("id"), published(s, "/v1/principles", text("Two")).String("id")
		study := draft(s, "/v1/case-studies", story("Story", one).with("slug", "story", "consent", doc{"reference": "IG-1", "expiresOn": "2999-01-01"}))
		path, input := "/v1/case-studies/"+study.String("id"), doc(study.At("input").(map[string]any))
		for _, c := range []struct {
			name  string
			patch any
			want  doc // the input afterwards
		}{
			{"nothing", doc{}, input},
			{"replace", doc{"title": "Other"}, input.with("title", "Other")},
			{"add", doc{"happenedOn": "2024"}, input.with("happenedOn", "2024")},
			{"remove", doc{"summary": nil}, input.without("summary")},
			{"remove what is not there", doc{"happenedOn": nil}, input},
			{"remove the slug", doc{"slug": nil}, input},
			{"remove the language", doc{"language": nil}, input},
			{"nested", doc{"consent": doc{"reference": "IG-2"}}, input.with("consent", doc{"reference": "IG-2", "expiresOn": "2999-01-01"})},
			{"nested removal", doc{"consent": doc{"expiresOn": nil}}, input.with("consent", doc{"reference": "IG-1"})},
			{"object removed", doc{"consent": nil}, input.without("consent")},
			{"list replaced whole", doc{"principles": []string{"two"}}, input.with("principles", []string{two})},
			{"list in another order", doc{"principles": []string{two, one}}, input.with("principles", []string{two, one})},
			{"list emptied", doc{"principles": []string{}}, input.without("principles")},
		} {
			answer := s.Editor().Patch(path, c.patch, anyVersion).Must(200)
			wantSame(t, c.name, answer.At("input"), c.want)
			s.Editor().Put(path, input, anyVersion).Must(200)
		}
	})
}

func TestMergePatchRefuses(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := k.path + "/" + draft(s, k.path, k.complete(t, s)).String("id")
		for patch, want := range map[string]string{
			`["title"]`:               " type",
			`"title"`:                 " type",
			`null`:                    " type",
			`{"title":null}`:          "/title required",
			`{"colour":"red"}`:        "/colour unknown",
			`{"colour":null}`:         "/colour unknown",
			`{"status":null}`:         "/status read-only",
			`{"status":"live"}`:       "/status read-only",
			`{"summary":["no text"]}`: "/summary type",
		} {
			refused := s.Editor().Patch(path, patch, anyVersion).Problem(422, "invalid-content")
			t.Log(patch)
			wantEqual(t, refused.Faults(), []string{want})
		}
		s.Editor().Patch(path, `{"title":"a","title":"b"}`, anyVersion).Problem(400, "invalid-json")
		wrong := s.Editor().Do("PATCH", path, doc{"title": "x"}, anyVersion).Problem(415, "unsupported-media-type")
		if got := wrong.Header.Get("Accept-Patch"); got != "application/merge-patch+json" {
			t.Errorf("Accept-Patch: %q", got)
		}
		if got := s.Editor().Get(path + "?view=draft").Must(200).Tag(); got != `"v1"` {
			t.Errorf("refused patches made it %s", got)
		}
	})
}

// readOnly are members that the service sets.
var readOnly = strings.Fields(`id type edition status version hasDraft savedAt scheduledFor schedule createdBy updatedBy checks input
	firstPublishedAt publishedAt updatedAt changeNote changeHistory withdrawal licence attribution digest links number`)

// TestFieldsOfTheService: by no door does a client set what the service owns, or what does not exist; nothing is changed.
func TestFieldsOfTheService(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		full := k.complete(t, s)
		path := k.path + "/" + draft(s, k.path, full).String("id")
		before := s.Editor().Get(path + "?view=draft").Must(200)
		var want []string
		wrong := doc{"colour": "red", "principle": "x"}
		for _, member := range readOnly {
			wrong[member] = nil
		}
		for member := range wrong {
			code := " read-only"
			if member == "colour" || member == "principle" {
				code = " unknown"
			}
			want = append(want, "/"+member+code)
		}
		for _, value := range []any{"x", nil} {
			for member := range wrong {
				wrong[member] = value
			}
			for name, answer := range map[string]*apitest.Answer{
				"POST":  s.Editor().Post(k.path, full.with(pairs(wrong)...)),
				"PUT":   s.Editor().Put(path, full.with(pairs(wrong)...), anyVersion),
				"PATCH": s.Editor().Patch(path, wrong, anyVersion),
			} {
				t.Log(name, value)
				wantSameSet(t, answer.Problem(422, "invalid-content").Faults(), want)
			}
		}
		wantSame(t, "afterwards", s.Editor().Get(path+"?view=draft").Must(200).JSON(), before.JSON())
	})
}

// TestLimits: as long as allowed, and one too long.
func TestLimits(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		chars := func(n int) string { return strings.Repeat("é", n) }
		list := func(n int) (ids []string) {
			for len(ids) < n {
				ids = append(ids, newID(t))
			}
			return ids
		}
		for _, c := range []struct {
			path, member string
			most, more   any
			code         string
		}{
			{"/v1/pages", "title", chars(200), chars(201), "length"},
			{"/v1/pages", "summary", chars(500), chars(501), "length"},
			{"/v1/pages", "body", chars(100_000), chars(100_001), "length"},
			{"/v1/principles", "body", chars(100_000), chars(100_001), "length"},
			{"/v1/case-studies", "challenge", chars(100_000), chars(100_001), "length"},
			{"/v1/case-studies", "approach", chars(100_000), chars(100_001), "length"},
			{"/v1/case-studies", "outcome", chars(100_000), chars(100_001), "length"},
			{"/v1/case-studies", "happenedOn", "2024-02-29", "2023-02-29", "format"},
			{"/v1/case-studies", "patientInvolvement", "none", "some", "range"},
			{"/v1/case-studies", "consent", doc{"reference": chars(200)}, doc{"reference": chars(201)}, "length"},
			{"/v1/toolkit-assets", "assetType", "poster", "brochure", "range"},
			{"/v1/toolkit-assets", "audience", "both", "all", "range"},
			{"/v1/toolkit-assets", "url", "https://a.example/", "http://a.example/", "format"},
			{"/v1/toolkit-assets", "featured", true, "true", "type"},
			{"/v1/pages", "language", "cy", "welsh language", "format"},
			{"/v1/pages", "reviewDueOn", "2026-12-31", "2026-12-32", "format"},
		} {
			body := doc{"title": "A title"}
			draft(s, c.path, body.with(c.member, c.most))
			refused := s.Editor().Post(c.path, body.with(c.member, c.more)).Problem(422, "invalid-content")
			pointer := "/" + c.member
			if c.member == "consent" {
				pointer += "/reference"
			}
			wantEqual(t, refused.Faults(), []string{pointer + " " + c.code})
		}
		for _, member := range []string{"principles", "organisations", "topics", "assets"} {
			tooMany := s.Editor().Post("/v1/case-studies", doc{"title": "x", member: list(51)}).Problem(422, "invalid-content")
			if got := tooMany.Faults()[0]; got != "/"+member+" length" {
				t.Errorf("%s: %s", member, got)
			}
			fifty := s.Editor().Post("/v1/case-studies", doc{"title": "x", member: list(50)}).Problem(422, "invalid-content")
			if got := len(fifty.Faults()); got != 50 || fifty.Faults()[49] != "/"+member+"/49 no-such" {
				t.Errorf("%s: %d faults", member, got)
			}
		}
	})
}

func TestLinksAreRefused(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		one := published(s, "/v1/principles", text("One")).String("id")
		page := published(s, "/v1/pages", text("A page")).String("id")
		refused := s.Editor().Post("/v1/case-studies", doc{"title": "x", "principles": []string{"one", "none", one, page, ""},
			"topics": []string{strings.ToUpper(one)}, "assets": []any{nil, 5}}).Problem(422, "invalid-content")
		wantSameSet(t, refused.Faults(), []string{"/principles/1 no-such", "/principles/2 repeated", "/principles/3 no-such",
			"/principles/4 no-such", "/topics/0 no-such", "/assets/0 type", "/assets/1 type"})
		s.Editor().Post("/v1/case-studies", doc{"title": "x", "principles": []string{strings.ToUpper(one)}}).Must(201)
	})
}
