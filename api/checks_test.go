package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// checksOf lists checks as "severity code pointer".
func checksOf(a *apitest.Answer) (checks []string) {
	for i := range a.List("checks") {
		checks = append(checks, a.String("checks", i, "severity")+" "+a.String("checks", i, "code")+" "+a.String("checks", i, "pointer"))
		if a.String("checks", i, "detail") == "" || a.String("checks", i, "help") == "" {
			checks = append(checks, "says nothing")
		}
	}
	return checks
}

// wantChecks compares what the draft view, a dry run and, where something blocks, publishing say of a draft.
func wantChecks(t *testing.T, s *apitest.Service, path string, want ...string) {
	t.Helper()
	wantEqual(t, checksOf(s.Editor().Get(path+"?view=draft").Must(200)), want)
	before := s.Editor().Get(path + "?view=draft").Must(200)
	blocked := slices.ContainsFunc(want, func(check string) bool { return strings.HasPrefix(check, "blocker") })
	dry := s.Editor().Post(path+"/publish?dryRun=true", nil).Must(200)
	wantEqual(t, checksOf(dry), want)
	if dry.At("publishable") != !blocked || dry.At("checks") == nil {
		t.Errorf("%s", dry.Raw)
	}
	if blocked {
		wantEqual(t, checksOf(publish(s, path, "x").Problem(422, "not-publishable")), want)
	}
	wantSame(t, "afterwards", s.Editor().Get(path+"?view=draft").Must(200).JSON(), before.JSON())
}

// TestRequiredToPublish: a draft needs a title only; publishing names everything else that the type demands, at once.
func TestRequiredToPublish(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := k.path + "/" + draft(s, k.path, doc{"title": "Only a title"}).String("id")
		var want []string
		for _, pointer := range k.required {
			want = append(want, "blocker required "+pointer)
		}
		wantChecks(t, s, path, want...)
		s.Anonymous().Get(path).Problem(404, "not-found")
		full := k.complete(t, s)
		for _, pointer := range k.required {
			s.Editor().Put(path, full.without(pointer[1:]), anyVersion).Must(200)
			wantChecks(t, s, path, "blocker required "+pointer)
		}
		s.Editor().Put(path, full, anyVersion).Must(200)
		wantChecks(t, s, path)
		refused := s.Editor().Post(k.path, full.without("title")).Problem(422, "invalid-content")
		wantEqual(t, refused.Faults(), []string{"/title required"})
		publish(s, path, "").Must(200)
	})
}

func TestRequiredBesides(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		principle := aPrinciple(t, s)
		for _, c := range []struct {
			path string
			doc  doc
			want []string
		}{
			{"/v1/toolkit-assets", asset("A").without("url"), []string{"blocker required /url"}},
			{"/v1/toolkit-assets", asset("A", "assetType", "poster"), []string{"blocker required /files"}},
			{"/v1/case-studies", story("A", principle, "patientInvolvement", "consented"), []string{"blocker required /consent"}},
			{"/v1/case-studies", story("A", principle, "patientInvolvement", "anonymised"), nil},
			{"/v1/case-studies", story("A", principle, "patientInvolvement", "consented", "consent", doc{"reference": "IG-1", "expiresOn": "2020-03-31"}),
				[]string{"blocker consent-expired /consent/expiresOn"}},
			{"/v1/case-studies", story("A", principle, "patientInvolvement", "consented", "consent", doc{"reference": "IG-1", "expiresOn": "2999-03-31"}), nil},
		} {
			made := draft(s, c.path, c.doc)
			wantEqual(t, checksOf(made), c.want)
			wantChecks(t, s, c.path+"/"+made.String("id"), c.want...)
		}
	})
}

// TestLinksThatReadersMiss: a link counts as one whether shown or not; publishing warns of what readers will not see.
func TestLinksThatReadersMiss(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		unseen := draft(s, "/v1/principles", text("Unseen")).String("id")
		asset := draft(s, "/v1/toolkit-assets", asset("Unseen")).String("id")
		body := story("Story", unseen, "assets", []string{asset}, "approach", "See [this](/v1/principles/unseen) and [that](/v1/pages/nowhere).")
		path := "/v1/case-studies/" + draft(s, "/v1/case-studies", body).String("id")
		wantChecks(t, s, path, "warning link-not-live /principles/0", "warning link-not-live /assets/0",
			"warning mention-not-live /approach", "warning mention-not-live /approach")
		published := publish(s, path, "").Must(200)
		if len(published.List("checks")) != 4 {
			t.Errorf("what is wrong is forgotten: %s", published.Raw)
		}
		seen := s.Anonymous().Get(path).Must(200)
		if len(seen.List("principles")) != 0 || len(seen.List("assets")) != 0 || strings.Contains(seen.String("approach", "html"), "href") {
			t.Errorf("%s", seen.Raw)
		}
		after := lastSeq(t, s)
		publish(s, "/v1/principles/"+unseen, "").Must(200)
		wantEvents(t, s, after, "published "+unseen, "refreshed "+published.String("id"))
		seen = s.Anonymous().Get(path).Must(200)
		if seen.String("principles", 0, "title") != "Unseen" || !strings.Contains(seen.String("approach", "html"), "/principle/unseen") {
			t.Errorf("%s", seen.Raw)
		}
		unpublish(s, "/v1/principles/"+unseen, "withdrawal").Must(200)
		s.Editor().Patch(path, doc{"summary": "x"}, anyVersion).Must(200)
		wantChecks(t, s, path, "warning link-not-live /principles/0", "warning link-not-live /assets/0",
			"warning mention-not-live /approach", "warning mention-not-live /approach")
	})
}

// TestDryRun: an editor may ask, nothing is needed and nothing changed, and the question is read as strictly as a command.
func TestDryRun(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		path := "/v1/pages/" + draft(s, "/v1/pages", text("A page")).String("id") + "/publish?dryRun="
		s.Anonymous().Post(path+"true", nil).Problem(401, "unauthenticated")
		s.Reader().Post(path+"true", nil).Problem(403, "forbidden")
		s.Editor().Post(path+"false", nil, anyVersion).Problem(403, "forbidden")
		s.Editor().Post(path+"maybe", nil, anyVersion).Problem(403, "forbidden")
		s.Publisher().Post(path+"maybe", nil, anyVersion).Problem(400, "invalid-query")
		s.Editor().Post(path+"true&publish=true", nil).Problem(400, "invalid-query")
		s.Editor().Post(path+"true", "{").Problem(400, "invalid-json")
		refused := s.Editor().Post(path+"true", doc{"updateType": "huge", "at": 1}).Problem(422, "invalid-content")
		wantSameSet(t, refused.Faults(), []string{"/updateType range", "/at type"})
		s.Editor().Post(path+"true", doc{"updateType": "minor"}).Must(200)
		s.Publisher().Post(path+"false", nil, anyVersion).Must(200)
		s.Editor().Post("/v1/pages/"+newID(t)+"/publish?dryRun=true", nil).Problem(404, "not-found")
	})
}

// TestPublishInOneStep: saved and published together, or not at all.
func TestPublishInOneStep(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		full, id := k.complete(t, s), newID(t)
		path := k.path + "/" + id
		s.Publisher().Put(path+"?publish=true", full.without("summary"), ifNone).Problem(422, "not-publishable")
		s.Editor().Get(path+"?view=draft").Problem(404, "not-found")
		s.Publisher().Post(k.path+"?publish=true", full.without("summary")).Problem(422, "not-publishable")
		s.Editor().Post(k.path+"?publish=true", full).Problem(403, "forbidden")
		s.Publisher().Put(path+"?publish=true&updateType=minor", full, ifNone).Problem(422, "invalid-content")
		first := s.Publisher().Put(path+"?publish=true&changeNote=Here+it+is.", full, ifNone).Must(201)
		if seen := s.Anonymous().Get(path).Must(200); seen.String("changeNote") != "Here it is." || first.At("hasDraft").(bool) {
			t.Errorf("%s", seen.Raw)
		}
		refused := s.Publisher().Patch(path+"?publish=true", doc{"title": "x"}, anyVersion).Problem(422, "invalid-content")
		wantEqual(t, refused.Faults(), []string{"changeNote required"})
		if view := s.Editor().Get(path + "?view=draft").Must(200); view.String("title") != "A title" || view.At("hasDraft").(bool) {
			t.Errorf("%s", view.Raw)
		}
		s.Publisher().Patch(path+"?publish=true&changeNote="+strings.Repeat("x", 1001), doc{}, anyVersion).Problem(400, "invalid-query")
		s.Editor().Patch(path+"?changeNote=x", doc{}, anyVersion).Problem(400, "invalid-query")
		if made := s.Publisher().Post(k.path+"?publish=true", full).Must(201); made.Header.Get("Location") != apitest.BaseURL+k.path+"/"+made.String("id") {
			t.Errorf("Location: %q", made.Header.Get("Location"))
		}
	})
}
