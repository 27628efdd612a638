package api_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
)

// TestLogOfALife: what the log says of an entry, step by step; nothing of what only editors see.
func TestLogOfALife(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		full := k.complete(t, s)
		after := lastSeq(t, s)
		id := draft(s, k.path, full.with("slug", "first")).String("id")
		path := k.path + "/" + id
		says := func(want ...change.Line) {
			t.Helper()
			lines := linesAfter(t, s, after)
			if len(lines) != len(want) {
				t.Fatalf("the log says %+v, want %+v", lines, want)
			}
			for i, line := range lines {
				if line.EntryID.String() != id || line.Type != k.name || line.At.IsZero() {
					t.Errorf("line of something else: %+v", line)
				}
				want[i].Seq, want[i].EntryID, want[i].Type, want[i].At, want[i].Deadline = after+int64(i)+1, line.EntryID, k.name, line.At, line.Deadline
				want[i].FeedAt, want[i].Lists = line.FeedAt, line.Lists // for feeds and caches
				wantSame(t, "line", line, want[i])
			}
			after += int64(len(lines))
		}
		s.Editor().Patch(path, doc{"summary": "Better."}, anyVersion).Must(200)
		s.Publisher().Post(path+"/publish?dryRun=true", nil).Must(200)
		says()
		publish(s, path, "").Must(200)
		says(change.Line{Event: change.Published, Slug: "first", Title: "A title", UpdateType: "major"})
		s.Editor().Patch(path, doc{"slug": "second", "title": "Second"}, anyVersion).Must(200)
		s.Editor().Post(path+"/editions/1/restore", nil, anyVersion).Must(200)
		s.Editor().Delete(path+"/draft", anyVersion).Must(204)
		s.Editor().Patch(path, doc{"slug": "second", "title": "Second"}, anyVersion).Must(200)
		says()
		s.Publisher().Post(path+"/publish", doc{"updateType": "minor"}, anyVersion).Must(200)
		says(change.Line{Event: change.Moved, Slug: "second", Title: "Second", PreviousSlug: "first"},
			change.Line{Event: change.Published, Slug: "second", Title: "Second", UpdateType: "minor"})
		s.Publisher().Post(path+"/unpublish", doc{"type": "withdrawal", "explanation": "Old.", "alternative": "/v1/pages/new",
			"deadline": "2026-12-01T12:00:00Z"}, anyVersion).Must(200)
		if line := linesAfter(t, s, after)[0]; line.Deadline == nil || line.Deadline.UTC().Format("2006-01-02 15:04") != "2026-12-01 12:00" {
			t.Errorf("deadline: %v", line.Deadline)
		}
		says(change.Line{Event: change.Withdrawn, Slug: "second", Title: "Second", Explanation: "Old.", Alternative: "/v1/pages/new"})
		s.Editor().Patch(path, doc{"slug": "first"}, anyVersion).Must(200)
		s.Publisher().Post(path+"/publish", doc{"changeNote": "Back."}, anyVersion).Must(200)
		says(change.Line{Event: change.Moved, Slug: "first", Title: "Second", PreviousSlug: "second"},
			change.Line{Event: change.Published, Slug: "first", Title: "Second", UpdateType: "major"})
		s.Publisher().Delete(path, anyVersion).Must(204)
		says(change.Line{Event: change.Gone, Slug: "first", Title: "Second"})
		unpublish(s, path, "gone").Must(200)
		says(change.Line{Event: change.Gone, Slug: "first", Title: "Second", Explanation: "Because of gone."})
		unpublish(s, path, "recall").Must(200)
		says(change.Line{Event: change.Recalled, Explanation: "Because of recall."})
		s.Publisher().Post(path+"/publish", nil, anyVersion).Problem(404, "not-found")
		says()
	})
}

// TestRefreshed: whoever shows something of an entry gets a line when that looks different, in the transaction of the
// cause, and only then.
func TestRefreshed(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		one, two := published(s, "/v1/principles", text("One")), published(s, "/v1/principles", text("Two"))
		first, second := one.String("id"), two.String("id")
		study := published(s, "/v1/case-studies", story("Story", second)).String("id")
		page := published(s, "/v1/pages", text("Page", "body", "See [it](/v1/principles/"+second+").")).String("id")
		withdrawn := published(s, "/v1/toolkit-assets", asset("Withdrawn", "principles", []string{second})).String("id")
		unpublish(s, "/v1/toolkit-assets/"+withdrawn, "withdrawal").Must(200)
		gone := published(s, "/v1/toolkit-assets", asset("Gone", "principles", []string{second})).String("id")
		unpublish(s, "/v1/toolkit-assets/"+gone, "gone").Must(200)
		draft(s, "/v1/case-studies", story("Draft", second))
		unlinked := published(s, "/v1/toolkit-assets", asset("Not any more", "principles", []string{second})).String("id")
		s.Publisher().Patch("/v1/toolkit-assets/"+unlinked+"?publish=true&changeNote=x", doc{"principles": nil}, anyVersion).Must(200)
		showing := []string{study, page, withdrawn} // in the order of their ids
		path := "/v1/principles/" + second
		step := func(name string, change func(), own []string, refreshed ...string) {
			t.Helper()
			after, want := lastSeq(t, s), own
			for _, id := range refreshed {
				want = append(want, "refreshed "+id)
			}
			t.Log(name)
			change()
			lines := wantEvents(t, s, after, want...)
			for _, line := range lines[len(own):] {
				if line.Slug == "" || line.Title == "" || line.UpdateType+line.Explanation+line.PreviousSlug != "" {
					t.Errorf("%s: %+v", name, line)
				}
			}
		}
		edit := func(member string, value any) func() {
			return func() {
				s.Publisher().Patch(path+"?publish=true&changeNote=x", doc{member: value}, anyVersion).Must(200)
			}
		}
		self := func(events ...string) (own []string) {
			for _, event := range events {
				own = append(own, event+" "+second)
			}
			return own
		}
		step("summary", edit("summary", "Other."), self("published"))
		step("title", edit("title", "Twofold"), self("published"), showing...)
		step("slug", edit("slug", "twofold"), self("moved", "published"), showing...)
		step("number", func() {
			s.Publisher().Put("/v1/principles/order", doc{"ids": []string{second, first}}).Must(200)
		}, nil, append([]string{first, second}, showing...)...)
		step("same order", func() {
			s.Publisher().Put("/v1/principles/order", doc{"ids": []string{second, first}}).Must(200)
		}, nil)
		step("withdrawn", func() { unpublish(s, path, "withdrawal").Must(200) }, self("withdrawn"), append([]string{first}, showing...)...)
		step("withdrawn again", func() { unpublish(s, path, "withdrawal").Must(200) }, self("withdrawn"))
		step("gone", func() { unpublish(s, path, "gone").Must(200) }, self("gone"))
		step("back", func() { publish(s, path, "x").Must(200) }, self("published"), showing...)
		step("number closed", func() { unpublish(s, "/v1/principles/"+first, "gone").Must(200) }, []string{"gone " + first},
			append([]string{second}, showing...)...)
		step("gone from the middle", func() { unpublish(s, path, "gone").Must(200) }, self("gone"), showing...)
		step("recalled when nobody shows it", func() { unpublish(s, path, "recall").Must(200) }, self("recalled"))
	})
}

// TestRefreshedByVisibility: whoever links to an entry, or mentions it, gets a line when it appears, vanishes or is erased.
func TestRefreshedByVisibility(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		aPrinciple(t, s) // before the one that comes and goes, so that it keeps its number
		path := live(t, s, k)
		id := path[strings.LastIndex(path, "/")+1:]
		linking := linkTo(t, s, k, id)
		var refreshed []string
		for _, other := range linking {
			refreshed = append(refreshed, "refreshed "+other[strings.LastIndex(other, "/")+1:])
		}
		for _, step := range []struct {
			event  string
			change func()
		}{
			{"withdrawn", func() { unpublish(s, path, "withdrawal").Must(200) }},
			{"published", func() { publish(s, path, "").Must(200) }},
			{"gone", func() { s.Publisher().Delete(path, anyVersion).Must(204) }},
			{"published", func() { publish(s, path, "").Must(200) }},
			{"recalled", func() { unpublish(s, path, "recall").Must(200) }},
		} {
			after := lastSeq(t, s)
			step.change()
			wantEvents(t, s, after, append([]string{step.event + " " + id}, refreshed...)...)
		}
		if seen := s.Anonymous().Get(linking[1]).Must(200); strings.Contains(string(seen.Raw), `"id":"`+id) {
			t.Errorf("%s", seen.Raw)
		}
	})
}

// TestRefreshedByWhatWasNotThere: a text may name what comes to be later, by its id or by a slug that somebody takes.
func TestRefreshedByWhatWasNotThere(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		aPrinciple(t, s)
		id := newID(t)
		name := func(title, ref string) string {
			return published(s, "/v1/pages", text(title, "body", "See [it]("+k.path+"/"+ref+").")).String("id")
		}
		bySlug, byID := name("By slug", "to-come"), name("By id", strings.ToUpper(id))
		for _, odd := range []string{"%00", "%ff", "a%2fb", "Upper", strings.Repeat("x", 5000)} {
			name("Odd", odd)
		}
		if html := s.Anonymous().Get("/v1/pages/"+bySlug).Must(200).String("body", "html"); strings.Contains(html, "href") {
			t.Fatalf("a link to nothing: %s", html)
		}
		after := lastSeq(t, s)
		s.Publisher().Put(k.path+"/"+id+"?publish=true", k.complete(t, s).with("slug", "to-come"), ifNone).Must(201)
		wantEvents(t, s, after, "published "+id, "refreshed "+bySlug, "refreshed "+byID)
		after = lastSeq(t, s)
		unpublish(s, k.path+"/"+id, "recall").Must(200)
		wantEvents(t, s, after, "recalled "+id, "refreshed "+bySlug, "refreshed "+byID)
		after = lastSeq(t, s)
		other := published(s, k.path, k.complete(t, s).with("slug", "to-come")).String("id")
		wantEvents(t, s, after, "published "+other, "refreshed "+bySlug)
		if html := s.Anonymous().Get("/v1/pages/"+bySlug).Must(200).String("body", "html"); !strings.Contains(html, "/to-come") {
			t.Errorf("no link to what is there now: %s", html)
		}
	})
}
