package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
)

// days makes a clock that stands at noon of a day of January 2026, for tests that compare times.
func days(s *apitest.Service, day int) {
	setClock(s, time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC))
}

// noon is how such a time is shown.
func noon(day int) string { return fmt.Sprintf("2026-01-%02dT12:00:00Z", day) }

// threeEditions publishes on the days 2, 3 (minor) and 4, and leaves a draft of day 5.
func threeEditions(t *testing.T, s *apitest.Service, k contentKind) string {
	t.Helper()
	full := k.complete(t, s)
	days(s, 1)
	path := k.path + "/" + draft(s, k.path, full).String("id")
	for i, p := range []doc{{}, {"updateType": "minor", "changeNote": "A typing error."}, {"changeNote": "A new summary."}} {
		day := i + 2
		days(s, day)
		s.Editor().Patch(path, doc{"summary": fmt.Sprint("Summary ", day)}, anyVersion).Must(200)
		s.Publisher().Post(path+"/publish", p, anyVersion).Must(200)
	}
	days(s, 5)
	s.Editor().Patch(path, doc{"title": "Draft title"}, anyVersion).Must(200)
	return path
}

// TestMajorAndMinor: only major editions move updatedAt and say publicly what changed; every edition is published.
func TestMajorAndMinor(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := threeEditions(t, s, k)
		shown := func(publishedAt, updatedAt int, edition int, note string, history ...any) {
			t.Helper()
			seen := s.Anonymous().Get(path).Must(200)
			got := doc{}
			for _, member := range []string{"edition", "firstPublishedAt", "publishedAt", "updatedAt", "changeNote", "changeHistory"} {
				got[member] = seen.At(member)
			}
			wantSame(t, "shown", got, doc{"edition": edition, "firstPublishedAt": noon(2), "publishedAt": noon(publishedAt),
				"updatedAt": noon(updatedAt), "changeNote": note, "changeHistory": history})
		}
		first := doc{"edition": 1, "at": noon(2), "changeNote": "First published"}
		third := doc{"edition": 3, "at": noon(4), "changeNote": "A new summary."}
		shown(4, 4, 3, "A new summary.", third, first)
		days(s, 6)
		s.Publisher().Post(path+"/publish", doc{"updateType": "minor"}, anyVersion).Must(200)
		shown(6, 4, 4, "A new summary.", third, first)
		list := s.Anonymous().Get(k.path + "?sort=-updatedAt").Must(200)
		at := slices.Index(list.Column("title"), "Draft title")
		if item := list.At("items", at).(map[string]any); item["changeHistory"] != nil || item["updatedAt"] != noon(4) || item["changeNote"] != "A new summary." {
			t.Errorf("in the list: %v", item)
		}
		days(s, 7)
		s.Editor().Patch(path, doc{"title": "Another"}, anyVersion).Must(200)
		for _, body := range []any{nil, doc{}, doc{"updateType": "major"}, doc{"changeNote": ""}} {
			refused := s.Publisher().Post(path+"/publish", body, anyVersion).Problem(422, "invalid-content")
			wantEqual(t, refused.Faults(), []string{"/changeNote required"})
		}
		refused := s.Publisher().Post(path+"/publish", doc{"updateType": "small", "note": "x"}, anyVersion).Problem(422, "invalid-content")
		wantSameSet(t, refused.Faults(), []string{"/updateType range", "/note unknown"})
	})
}

func TestPublishedEditions(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := threeEditions(t, s, k)
		wantSame(t, "editions", s.Reader().Get(path+"/editions").Must(200).JSON(), doc{"total": 3, "items": []doc{
			{"edition": 3, "at": noon(4), "updateType": "major", "changeNote": "A new summary.", "publishedBy": "publisher"},
			{"edition": 2, "at": noon(3), "updateType": "minor", "changeNote": "A typing error.", "publishedBy": "publisher"},
			{"edition": 1, "at": noon(2), "updateType": "major", "changeNote": "First published", "publishedBy": "publisher"},
		}})
		second := s.Reader().Get(path + "/editions/2").Must(200)
		if second.String("input", "summary") != "Summary 3" || second.Int("edition") != 2 || second.String("input", "title") != "A title" {
			t.Errorf("edition 2: %s", second.Raw)
		}
		for _, number := range []string{"0", "4", "-1", "one", "1.0", "99999999999999999999"} {
			s.Reader().Get(path+"/editions/"+number).Problem(404, "not-found")
			s.Reader().Get(path+"/editions/"+number+"/diff").Problem(404, "not-found")
			s.Editor().Post(path+"/editions/"+number+"/restore", nil, anyVersion).Problem(404, "not-found")
		}
		for _, address := range []string{"/editions", "/editions/1", "/editions/1/diff"} {
			s.Anonymous().Get(path+address).Problem(401, "unauthenticated")
		}
		s.Reader().Post(path+"/editions/1/restore", nil, anyVersion).Problem(403, "forbidden")
		never := k.path + "/" + draft(s, k.path, doc{"title": "Never"}).String("id")
		wantSame(t, "a draft's", s.Reader().Get(never+"/editions").Must(200).JSON(), doc{"total": 0, "items": []any{}})
	})
}

func TestDiff(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := threeEditions(t, s, k)
		differs := func(query string, want ...doc) {
			t.Helper()
			wantSame(t, query, doc{"diff": s.Reader().Get(path + "/editions/" + query).Must(200).At()}, doc{"diff": want})
		}
		differs("3/diff", doc{"pointer": "/summary", "from": "Summary 3", "to": "Summary 4"})
		differs("3/diff?against=1", doc{"pointer": "/summary", "from": "Summary 2", "to": "Summary 4"})
		differs("1/diff?against=3", doc{"pointer": "/summary", "from": "Summary 4", "to": "Summary 2"})
		if same := s.Reader().Get(path + "/editions/2/diff?against=2").Must(200); string(same.Raw) != "[]" {
			t.Errorf("with itself: %s", same.Raw)
		}
		first := s.Reader().Get(path + "/editions/1").Must(200).At("input").(map[string]any)
		var want []string
		for member := range first {
			if member != "patientInvolvement" { // not for readers
				want = append(want, "/"+member)
			}
		}
		var got []string
		all := s.Reader().Get(path + "/editions/1/diff").Must(200)
		for i := range all.List() {
			got = append(got, all.String(i, "pointer"))
			if all.At(i, "from") != nil || all.At(i, "to") == nil {
				t.Errorf("the first edition has nothing before it: %s", all.Raw)
			}
		}
		wantSameSet(t, got, want)
		if !slices.IsSorted(got) {
			t.Errorf("order: %q", got)
		}
		s.Reader().Get(path+"/editions/3/diff?against=4").Problem(404, "not-found")
		for _, query := range []string{"against=0", "against=x", "against=1&against=2", "with=1"} {
			s.Reader().Get(path+"/editions/3/diff?"+query).Problem(400, "invalid-query")
		}
	})
}

// TestRestore: an old edition comes back as the draft; nothing is published, the address stays, history is not rewritten.
func TestRestore(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := threeEditions(t, s, k)
		old := s.Editor().Get(path + "/editions/1").Must(200).At("input").(map[string]any)
		s.Editor().Patch(path, doc{"slug": "new-address"}, anyVersion).Must(200)
		before := s.Anonymous().Get(path).Must(200)
		editions := s.Reader().Get(path + "/editions").Must(200)
		seq := lastSeq(t, s)
		s.Editor().Post(path+"/editions/1/restore", nil).Problem(428, "precondition-required")
		s.Editor().Post(path+"/editions/1/restore", nil, apitest.IfMatch(`"v1"`)).Problem(412, "stale")
		restored := s.Editor().Post(path+"/editions/1/restore", nil, anyVersion).Must(200)
		wantSame(t, "restored", restored.At("input"), doc(old).with("slug", "new-address"))
		if restored.Int("edition") != 4 || !restored.At("hasDraft").(bool) {
			t.Errorf("%s", restored.Raw)
		}
		wantSame(t, "in public", s.Anonymous().Get(path).Must(200).JSON(), before.JSON())
		wantSame(t, "editions", s.Reader().Get(path+"/editions").Must(200).JSON(), editions.JSON())
		wantEvents(t, s, seq)
		if again := publish(s, path, "As at first.").Must(200); again.Int("edition") != 4 || again.String("summary") != "Summary 2" {
			t.Errorf("%s", again.Raw)
		}
		wantSame(t, "edition 1", s.Editor().Get(path+"/editions/1").Must(200).At("input"), old)
	})
}

// TestDiscardDraft: only the draft goes; its number is given to the next one, its tag to nothing.
func TestDiscardDraft(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := threeEditions(t, s, k)
		before, view := s.Anonymous().Get(path).Must(200), s.Editor().Get(path+"?view=draft").Must(200)
		s.Editor().Delete(path+"/draft").Problem(428, "precondition-required")
		gone := s.Editor().Delete(path+"/draft", apitest.IfMatch(view.Tag())).Must(204)
		if len(gone.Raw) > 0 {
			t.Errorf("204 with %q", gone.Raw)
		}
		after := s.Editor().Get(path + "?view=draft").Must(200)
		if after.At("hasDraft").(bool) || after.String("title") != "A title" || after.Int("edition") != 3 || after.Int("version") != view.Int("version")+1 {
			t.Errorf("%s", after.Raw)
		}
		wantSame(t, "in public", s.Anonymous().Get(path).Must(200).JSON(), before.JSON())
		s.Editor().Delete(path+"/draft", anyVersion).Problem(404, "not-found")
		publish(s, path, "x").Problem(409, "nothing-to-publish")
		if next := s.Editor().Patch(path, doc{"title": "Next"}, anyVersion).Must(200); next.Int("edition") != 4 {
			t.Errorf("%s", next.Raw)
		}
	})
}

// TestVersions: 1 at first, and one more with every write, whatever it writes and however much at once.
func TestVersions(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		full := k.complete(t, s)
		made := draft(s, k.path, full)
		path, version := k.path+"/"+made.String("id"), 1
		wrote := func(what string, answer *apitest.Answer) {
			t.Helper()
			tag := fmt.Sprintf(`"v%d"`, version)
			view := s.Editor().Get(path + "?view=draft").Must(200)
			if view.Int("version") != version || view.Tag() != tag {
				t.Errorf("%s: version %d, tag %s; want %s", what, view.Int("version"), view.Tag(), tag)
			}
			if answer.Request.Method != "PUT" && answer.Tag() != tag {
				t.Errorf("%s answers tag %q, want %s", what, answer.Tag(), tag)
			}
			version++
		}
		wrote("POST", made)
		wrote("PUT", s.Editor().Put(path, full, apitest.IfMatch(`"v1"`)).Must(200))
		wrote("PATCH", s.Editor().Patch(path, doc{}, apitest.IfMatch(`"v0", "v2"`)).Must(200))
		wrote("publish", publish(s, path, "").Must(200))
		wrote("PATCH and publish", s.Publisher().Patch(path+"?publish=true&changeNote=x", doc{"title": "One"}, anyVersion).Must(200))
		wrote("PUT and publish", s.Publisher().Put(path+"?publish=true&updateType=minor", full, anyVersion).Must(200))
		wrote("restore", s.Editor().Post(path+"/editions/1/restore", nil, anyVersion).Must(200))
		wrote("discard", s.Editor().Delete(path+"/draft", anyVersion).Must(204))
		wrote("withdraw", unpublish(s, path, "withdrawal").Must(200))
		wrote("gone", unpublish(s, path, "gone").Must(200))
		wrote("back", publish(s, path, "").Must(200))
		wrote("DELETE", s.Publisher().Delete(path, anyVersion).Must(204))
		s.Editor().Patch(path, doc{"title": ""}, anyVersion).Problem(422, "invalid-content")
		s.Editor().Patch(path, doc{"title": "x"}, apitest.IfMatch(`"v12"x`)).Problem(400, "invalid-query")
		s.Editor().Patch(path, doc{"title": "x"}, apitest.IfMatch(`W/"v12"`)).Problem(412, "stale")
		s.Editor().Patch(path, doc{"title": "x"}, apitest.IfMatch(`"v11"`)).Problem(412, "stale")
		s.Editor().Patch(path, doc{"title": "x"}).Problem(428, "precondition-required")
		wrote("after refusals", s.Editor().Patch(path, doc{"title": "x"}, apitest.IfMatch(`"v12"`)).Must(200))
	})
}
