package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
)

// states bring a new entry into each state of its life and give its address by id.
var states = map[string]func(t *testing.T, s *apitest.Service, k contentKind) string{
	"draft": func(t *testing.T, s *apitest.Service, k contentKind) string {
		return k.path + "/" + draft(s, k.path, k.complete(t, s)).String("id")
	},
	"live": live,
	"live with a draft": func(t *testing.T, s *apitest.Service, k contentKind) string {
		path := live(t, s, k)
		s.Editor().Patch(path, doc{"title": "Another title"}, anyVersion).Must(200)
		return path
	},
	"withdrawn": func(t *testing.T, s *apitest.Service, k contentKind) string { return ended(t, s, k, "withdrawal") },
	"gone":      func(t *testing.T, s *apitest.Service, k contentKind) string { return ended(t, s, k, "gone") },
	"recalled":  func(t *testing.T, s *apitest.Service, k contentKind) string { return ended(t, s, k, "recall") },
	"withdrawn with a draft": func(t *testing.T, s *apitest.Service, k contentKind) string {
		path := ended(t, s, k, "withdrawal")
		s.Editor().Patch(path, doc{"title": "Another title"}, anyVersion).Must(200)
		return path
	},
}

func live(t *testing.T, s *apitest.Service, k contentKind) string {
	return k.path + "/" + published(s, k.path, k.complete(t, s)).String("id")
}

func ended(t *testing.T, s *apitest.Service, k contentKind, how string) string {
	path := live(t, s, k)
	unpublish(s, path, how).Must(200)
	return path
}

// actions are the columns of the lifecycle table.
var actions = map[string]func(s *apitest.Service, path string) *apitest.Answer{
	"publish":    func(s *apitest.Service, path string) *apitest.Answer { return publish(s, path, "What is new.") },
	"withdrawal": func(s *apitest.Service, path string) *apitest.Answer { return unpublish(s, path, "withdrawal") },
	"gone":       func(s *apitest.Service, path string) *apitest.Answer { return unpublish(s, path, "gone") },
	"recall":     func(s *apitest.Service, path string) *apitest.Answer { return unpublish(s, path, "recall") },
	"DELETE":     func(s *apitest.Service, path string) *apitest.Answer { return s.Publisher().Delete(path, anyVersion) },
}

// outcome is a cell of the table: the answer's status, its problem where it is one, and what the public finds then.
type outcome struct {
	status  int
	problem string
	public  int
	event   change.Event // the log's first new line; "" for none
}

var lifecycle = map[string]map[string]outcome{
	"draft": {
		"publish":    {200, "", 200, change.Published},
		"withdrawal": {409, "conflict", 404, ""},
		"gone":       {409, "conflict", 404, ""},
		"recall":     {409, "conflict", 404, ""},
		"DELETE":     {204, "", 404, ""},
	},
	"live": {
		"publish":    {409, "nothing-to-publish", 200, ""},
		"withdrawal": {200, "", 200, change.Withdrawn},
		"gone":       {200, "", 410, change.Gone},
		"recall":     {200, "", 404, change.Recalled},
		"DELETE":     {204, "", 410, change.Gone},
	},
	"live with a draft": {
		"publish":    {200, "", 200, change.Published},
		"withdrawal": {200, "", 200, change.Withdrawn},
		"gone":       {200, "", 410, change.Gone},
		"recall":     {200, "", 404, change.Recalled},
		"DELETE":     {204, "", 410, change.Gone},
	},
	"withdrawn": {
		"publish":    {200, "", 200, change.Published},
		"withdrawal": {200, "", 200, change.Withdrawn},
		"gone":       {200, "", 410, change.Gone},
		"recall":     {200, "", 404, change.Recalled},
		"DELETE":     {204, "", 410, change.Gone},
	},
	"withdrawn with a draft": {
		"publish": {200, "", 200, change.Published},
	},
	"gone": {
		"publish":    {200, "", 200, change.Published},
		"withdrawal": {409, "conflict", 410, ""},
		"gone":       {200, "", 410, change.Gone},
		"recall":     {200, "", 404, change.Recalled},
		"DELETE":     {410, "gone", 410, ""},
	},
	"recalled": {
		"publish":    {404, "not-found", 404, ""},
		"withdrawal": {404, "not-found", 404, ""},
		"gone":       {404, "not-found", 404, ""},
		"recall":     {404, "not-found", 404, ""},
		"DELETE":     {404, "not-found", 404, ""},
	},
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		for state, cells := range lifecycle {
			for action, want := range cells {
				path := states[state](t, s, k)
				before := lastSeq(t, s)
				answer := actions[action](s, path)
				if answer.StatusCode != want.status || want.problem != "" && answer.String("type") != apitest.BaseURL+"/docs/problems#"+want.problem {
					t.Errorf("%s, %s: %d, want %d %s\n%s", state, action, answer.StatusCode, want.status, want.problem, answer.Raw)
				}
				if got := s.Anonymous().Get(path).StatusCode; got != want.public {
					t.Errorf("%s, %s: the public finds %d, want %d", state, action, got, want.public)
				}
				var event change.Event
				if lines := linesAfter(t, s, before); len(lines) > 0 {
					event = lines[0].Event
				}
				if event != want.event {
					t.Errorf("%s, %s: the log says %q, want %q", state, action, event, want.event)
				}
			}
		}
	})
}

// TestWithdrawnStaysReadable: readers find it by its address with the reason, lists leave it out, and it comes back.
func TestWithdrawnStaysReadable(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := live(t, s, k)
		before := s.Anonymous().Get(path).Must(200)
		answer := s.Publisher().Post(path+"/unpublish", doc{"type": "withdrawal", "explanation": "The route has changed.",
			"alternative": "https://www.example.nhs.uk/new", "deadline": "2026-12-01T12:00:00Z"}, anyVersion).Must(200)
		if answer.String("status") != "withdrawn" || answer.Tag() != `"v2"` {
			t.Errorf("%s %s", answer.Tag(), answer.Raw)
		}
		seen := s.Anonymous().Get(k.path + "/" + before.String("slug")).Must(200)
		wantSame(t, "withdrawal", seen.At("withdrawal"), doc{"at": seen.At("withdrawal", "at"),
			"explanation": "The route has changed.", "alternative": "https://www.example.nhs.uk/new"})
		if seen.String("status") != "withdrawn" || seen.String("withdrawal", "at") == "" {
			t.Errorf("withdrawn: %s", seen.Raw)
		}
		wantListed(t, s, k, "", before.String("id"), false)
		wantListed(t, s, k, "?status=withdrawn", before.String("id"), true)
		again := publish(s, path, "").Must(200) // nothing new is said, so no note is asked for
		if again.String("status") != "live" || again.Int("edition") != 1 {
			t.Errorf("back: %s", again.Raw)
		}
		after := s.Anonymous().Get(path).Must(200)
		wantSame(t, "came back", after.JSON(), before.JSON())
	})
}

// wantListed says whether the collection's list, with a query, shows an entry.
func wantListed(t *testing.T, s *apitest.Service, k contentKind, query, id string, want bool) {
	t.Helper()
	list := s.Anonymous().Get(k.path + query).Must(200)
	if got := slices.Contains(list.Column("id"), id); got != want {
		t.Errorf("%s%s shows it: %v, want %v\n%s", k.path, query, got, want, list.Raw)
	}
}

func TestGoneTellsWhyAndWhere(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		first := published(s, k.path, k.complete(t, s))
		path, slug := k.path+"/"+first.String("id"), first.String("slug")
		s.Editor().Patch(path, doc{"slug": "moved-there"}, anyVersion).Must(200)
		publish(s, path, "Moved.").Must(200)
		s.Editor().Patch(path, doc{"slug": "only-a-draft"}, anyVersion).Must(200)
		s.Publisher().Post(path+"/unpublish", doc{"type": "gone", "explanation": "Out of date.", "alternative": "/v1/pages/new"}, anyVersion).Must(200)
		for _, address := range []string{path, k.path + "/moved-there", k.path + "/" + slug} {
			gone := s.Anonymous().Get(address).Problem(410, "gone")
			if gone.String("explanation") != "Out of date." || gone.String("alternative") != "/v1/pages/new" {
				t.Errorf("%s: %s", address, gone.Raw)
			}
		}
		s.Anonymous().Get(k.path+"/only-a-draft").Problem(404, "not-found")
		wantListed(t, s, k, "", first.String("id"), false)
		wantListed(t, s, k, "?status=withdrawn", first.String("id"), false)
		if view := s.Reader().Get(path + "?view=draft").Must(200); view.String("status") != "gone" || !view.At("hasDraft").(bool) {
			t.Errorf("editors see: %s", view.Raw)
		}
		s.Publisher().Post(path+"/unpublish", doc{"type": "gone", "explanation": "Replaced."}, anyVersion).Must(200)
		if gone := s.Anonymous().Get(path).Problem(410, "gone"); gone.String("explanation") != "Replaced." || gone.At("alternative") != nil {
			t.Errorf("new explanation: %s", gone.Raw)
		}
		back := publish(s, path, "Back again.").Must(200)
		if back.Int("edition") != 3 || back.String("slug") != "only-a-draft" {
			t.Errorf("back with its draft: %s", back.Raw)
		}
		if seen := s.Anonymous().Get(path).Must(200); seen.At("withdrawal") != nil || seen.String("status") != "live" {
			t.Errorf("back: %s", seen.Raw)
		}
		s.Anonymous().Get(k.path + "/" + slug).Must(308)
	})
}

// TestDeletedNeedsNoReason: DELETE asks for none, so its 410 gives none.
func TestDeletedNeedsNoReason(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := live(t, s, k)
		s.Editor().Delete(path, anyVersion).Problem(403, "forbidden")
		s.Anonymous().Get(path).Must(200)
		s.Publisher().Delete(path, anyVersion).Must(204)
		gone := s.Anonymous().Get(path).Problem(410, "gone")
		if gone.At("explanation") != nil || gone.At("alternative") != nil {
			t.Errorf("%s", gone.Raw)
		}
		s.Anonymous().Get(path+"?view=draft").Problem(401, "unauthenticated")
	})
}

// TestDiscardLeavesNothing: a draft that was never public goes for good; its id and address are free again.
func TestDiscardLeavesNothing(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		for _, suffix := range []string{"", "/draft"} {
			made := draft(s, k.path, k.complete(t, s))
			path := k.path + "/" + made.String("id")
			s.Editor().Delete(path+suffix, apitest.IfMatch(made.Tag())).Must(204)
			s.Editor().Get(path+"?view=draft").Problem(404, "not-found")
			s.Editor().Delete(path+suffix, anyVersion).Problem(404, "not-found")
			again := s.Editor().Put(path, k.complete(t, s), apitest.Header{"If-None-Match", "*"}).Must(201)
			if again.String("slug") != made.String("slug") || again.Int("version") != 1 {
				t.Errorf("again: %s", again.Raw)
			}
			s.Editor().Delete(path, anyVersion).Must(204)
		}
		if lines := linesAfter(t, s, 0); len(lines) > 1 { // the principle that a case study needs
			t.Errorf("the public log tells of drafts: %v", lines)
		}
	})
}

func TestUnpublishSaysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		path := live(t, s, contentKinds[0])
		long := strings.Repeat("é", 1001)
		for name, c := range map[string]struct {
			body any
			want []string
		}{
			"nothing":           {doc{}, []string{"/type required"}},
			"no explanation":    {doc{"type": "withdrawal"}, []string{"/explanation required"}},
			"blank explanation": {doc{"type": "recall", "explanation": " \n"}, []string{"/explanation required"}},
			"unknown type":      {doc{"type": "hide", "explanation": "x"}, []string{"/type range"}},
			"http": {doc{"type": "gone", "alternative": "http://www.example.nhs.uk/"},
				[]string{"/alternative format"}},
			"relative":  {doc{"type": "gone", "alternative": "/v2/pages/x"}, []string{"/alternative format"}},
			"dots":      {doc{"type": "gone", "alternative": "/v1/../pages/x"}, []string{"/alternative format"}},
			"bidi":      {doc{"type": "gone", "alternative": "https://x.example/\u202e"}, []string{"/alternative format"}},
			"empty":     {doc{"type": "gone", "alternative": ""}, []string{"/alternative length"}},
			"too long":  {doc{"type": "gone", "explanation": long}, []string{"/explanation length"}},
			"no time":   {doc{"type": "gone", "deadline": "2026-12-01"}, []string{"/deadline format"}},
			"unknown":   {doc{"type": "gone", "reason": "x"}, []string{"/reason unknown"}},
			"all wrong": {doc{"type": "withdrawal", "alternative": "x", "why": ""}, []string{"/why unknown", "/explanation required", "/alternative format"}},
		} {
			refused := s.Publisher().Post(path+"/unpublish", c.body, anyVersion).Problem(422, "invalid-content")
			t.Log(name)
			wantEqual(t, refused.Faults(), c.want)
		}
		s.Publisher().Post(path+"/unpublish", doc{"type": "gone", "explanation": long[:2000]}, anyVersion).Must(200)
	})
}
