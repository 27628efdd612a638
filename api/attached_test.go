package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// withFiles are the members that name files, by the path of their type, and what they name files by.
var withFiles = map[string][]string{"/v1/toolkit-assets": {"files", "image"}, "/v1/case-studies": {"image"}, "/v1/pages": {"heroImage"}}

// naming is what a member says that names a file.
func naming(member, id string) any {
	if member == "files" {
		return []doc{{"id": id, "label": "Here"}}
	}
	return doc{"id": id}
}

// shownFile is a file in an item's member.
func shownFile(a *apitest.Answer, member, property string) any {
	if member == "files" {
		return a.At(member, 0, property)
	}
	return a.At(member, property)
}

// TestItemsShowFiles: named by id, shown whole, written back as they were named.
func TestItemsShowFiles(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		for _, member := range withFiles[k.path] {
			file := uploaded(t, s, "a.png", 1)
			id := file.String("id")
			made := draft(s, k.path, k.complete(t, s).with(member, naming(member, id)))
			path := k.path + "/" + made.String("id")
			wantSame(t, "the input", made.At("input", member), naming(member, id))
			for _, name := range []string{"href", "alt", "sha256", "mediaType", "width", "renditions"} {
				wantSame(t, name, shownFile(made, member, name), file.At(name))
			}
			if label := shownFile(made, member, "label"); member == "files" && label != "Here" {
				t.Errorf("its label is %v", label)
			}
			again := s.Editor().Put(path, made.At("input"), anyVersion).Must(200)
			wantSame(t, "written back", again.At("input"), made.At("input"))
			patched := s.Editor().Patch(path, doc{"summary": "Other."}, anyVersion).Must(200)
			wantSame(t, "patched", patched.At("input", member), naming(member, id))
			publish(s, path, "").Must(200)
			wantSame(t, "in public", shownFile(s.Anonymous().Get(path).Must(200), member, "href"), file.At("href"))
			wantSame(t, "in the list", s.Anonymous().Get(k.path).Must(200).At("items", 0, member), s.Anonymous().Get(path).At(member))
			s.Publisher().Patch(path+"?publish=true&changeNote=n", doc{member: nil}, anyVersion).Must(200)
			if s.Anonymous().Get(path).Must(200); shownFile(s.Anonymous().Get(path), member, "id") != nil {
				t.Error("it is shown still")
			}
			wantSame(t, "the difference", s.Reader().Get(path+"/editions/2/diff").Must(200).At(0), doc{"pointer": "/" + member, "from": made.At("input", member)})
			restored := s.Editor().Do("POST", path+"/editions/1/restore", nil, anyVersion).Must(200)
			wantSame(t, "restored", restored.At("input", member), naming(member, id))
			unpublish(s, path, "recall").Must(200)
			s.Reader().Get("/v1/files/"+id).Problem(404, "not-found")
		}
	})
}

// TestWrongFilesAreRefused: each where it is named, all at once.
func TestWrongFilesAreRefused(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		id, text := uploaded(t, s, "a.png", 1).String("id"), s.Editor().Upload([]apitest.Part{apitest.FilePart("a.txt", "Words.")}).Must(201).String("id")
		page := draft(s, "/v1/pages", doc{"title": "No file"}).String("id")
		for _, c := range []struct {
			path   string
			member string
			value  any
			want   []string
		}{
			{"/v1/toolkit-assets", "files", []doc{{"id": newID(t)}, {"id": id}, {"id": page}, {"id": id}}, []string{"/files/0/id no-such", "/files/2/id no-such", "/files/3/id repeated"}},
			{"/v1/toolkit-assets", "files", []doc{{}, {"id": "x"}, {"id": id, "label": strings.Repeat("x", 1001)}, {"id": id, "alt": "x"}}, []string{"/files/0/id required", "/files/1/id format", "/files/2/label length", "/files/3/alt unknown", "/files/3/id repeated"}},
			{"/v1/toolkit-assets", "files", []string{id}, []string{"/files/0 type"}},
			{"/v1/toolkit-assets", "image", doc{"id": text}, []string{"/image/id range"}},
			{"/v1/case-studies", "image", doc{"id": newID(t)}, []string{"/image/id no-such"}},
			{"/v1/case-studies", "image", doc{"id": id, "label": "x"}, []string{"/image/label unknown"}},
			{"/v1/pages", "heroImage", doc{"id": text}, []string{"/heroImage/id range"}},
			{"/v1/pages", "heroImage", id, []string{"/heroImage type"}},
			{"/v1/principles", "image", doc{"id": id}, []string{"/image unknown"}},
		} {
			refused := s.Editor().Post(c.path, doc{"title": "T", c.member: c.value}).Problem(422, "invalid-content")
			wantSameSet(t, refused.Faults(), c.want)
		}
	})
}

// TestFilesAreChecked: what stands against publishing an item because of its files.
func TestFilesAreChecked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := apitest.New(t, db)
		strict := apitest.New(t, db, func(cfg *api.Config) {
			site := *cfg.Site
			site.RequireAccessibleFiles = true
			cfg.Site = &site
		})
		bare := s.Editor().Upload([]apitest.Part{apitest.FilePart("a.png", apitest.PNG(t, 30, 20, 1))}).Must(201).String("id")
		text := s.Editor().Upload([]apitest.Part{apitest.FilePart("a.txt", "Words.")}).Must(201).String("id")
		path := "/v1/toolkit-assets/" + draft(s, "/v1/toolkit-assets", poster(bare, text).with("image", doc{"id": bare})).String("id")
		wantChecks(t, s, path, "blocker alt-missing /files/0", "blocker alt-missing /image")
		s.Editor().Patch("/v1/files/"+bare, doc{"decorative": true}, anyVersion).Must(200)
		wantChecks(t, s, path)
		change := func(sql string) {
			t.Helper()
			dbtest.Exec(t, db, "UPDATE files SET "+sql+" WHERE id = ?", text)
		}
		change(`accessibility = '{"passed":false,"findings":[{"code":"not-tagged","detail":"It is not tagged.","help":"Tag it."}]}'`)
		wantChecks(t, s, path, "warning not-accessible /files/1")
		wantEqual(t, checksOf(strict.Editor().Post(path+"/publish?dryRun=true", nil)), []string{"blocker not-accessible /files/1"})
		strict.Publisher().Post(path+"/publish", nil, anyVersion).Problem(422, "not-publishable")
		s.Editor().Patch("/v1/files/"+text, doc{"alternative": "https://www.example.nhs.uk/guide"}, anyVersion).Must(200)
		wantEqual(t, checksOf(strict.Editor().Post(path+"/publish?dryRun=true", nil)), []string{"warning not-accessible /files/1"})
		change("accessibility = NULL")
		href := s.Reader().Get("/v1/files/" + text).Must(200).String("href")
		for state, check := range map[content.ScanState]string{content.ScanPending: "blocker not-scanned /files/1", content.ScanInfected: "blocker infected /files/1"} {
			change("scan = '" + string(state) + "'")
			wantChecks(t, s, path, check)
			s.Reader().Get(href).Problem(404, "not-found")
		}
		change("scan = 'clean'")
		s.Reader().Get(href).Must(200)
		publish(s, path, "").Must(200)
	})
}

// TestWordsAreFrozen: a published edition says of its files what they said then; drafts say what they say now.
func TestWordsAreFrozen(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		file := uploaded(t, s, "a.png", 1)
		id := file.String("id")
		path := "/v1/toolkit-assets/" + published(s, "/v1/toolkit-assets", poster(id)).String("id")
		before := s.Anonymous().Get(path).Must(200)
		changed := s.Editor().Patch("/v1/files/"+id, doc{"alt": "New.", "credit": "Somebody", "focalPoint": "0,1", "label": "L", "alternative": "None."}, apitest.IfMatch(`"v1"`)).Must(200)
		if changed.Tag() != `"v2"` || changed.String("focalPoint") != "0,1" {
			t.Errorf("%s %s", changed.Tag(), changed.Raw)
		}
		s.Editor().Patch("/v1/files/"+id, doc{"alt": "Newer."}, apitest.IfMatch(`"v1"`)).Problem(412, "stale")
		s.Editor().Patch("/v1/files/"+id, doc{"alt": "Newer."}).Problem(428, "precondition-required")
		refused := s.Editor().Patch("/v1/files/"+id, doc{"decorative": true, "filename": "x", "colour": "red", "focalPoint": "0.5"}, anyVersion).Problem(422, "invalid-content")
		wantSameSet(t, refused.Faults(), []string{"/decorative range", "/filename read-only", "/colour unknown", "/focalPoint format"})
		if now := s.Anonymous().Get(path).Must(200); now.String("digest") != before.String("digest") || now.String("files", 0, "alt") != "What a.png shows." {
			t.Errorf("the public item has changed: %s", now.Raw)
		}
		edited := s.Editor().Patch(path, doc{"title": "Again"}, anyVersion).Must(200)
		if edited.String("files", 0, "alt") != "New." || edited.String("files", 0, "credit") != "Somebody" {
			t.Errorf("the draft: %s", edited.Raw)
		}
		publish(s, path, "New words.").Must(200)
		after := s.Anonymous().Get(path).Must(200)
		if after.String("files", 0, "alt") != "New." || after.String("files", 0, "label") != "L" || after.String("files", 0, "alternative") != "None." || after.String("digest") == before.String("digest") {
			t.Errorf("the new edition: %s", after.Raw)
		}
		gone := s.Editor().Delete("/v1/files/"+id, anyVersion).Problem(409, "in-use")
		if gone.String("users", 0, "title") != "Again" || len(gone.List("users")) != 1 {
			t.Errorf("%s", gone.Raw)
		}
	})
}

// TestTheSweeper: what nobody uses goes after its time of grace, and nothing else does.
func TestTheSweeper(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		sweep := sweeping(t, db)
		s, now := sweep.s, time.Now()
		at := func(passed time.Duration) { setClock(s, now.Add(passed)); sweep.run() }
		a, b, c := uploaded(t, s, "a.png", 1), uploaded(t, s, "b.png", 2), uploaded(t, s, "c.png", 3)
		used, live, loose := a.String("id"), b.String("id"), c.String("id")
		draft(s, "/v1/toolkit-assets", poster(used))
		path := "/v1/toolkit-assets/" + published(s, "/v1/toolkit-assets", poster(live)).String("id")
		unpublish(s, path, "gone").Must(200)
		at(time.Hour)
		at(24 * time.Hour)
		wantSameSet(t, s.Reader().Get("/v1/files").Must(200).Column("id"), []string{used, live, loose})
		later := draft(s, "/v1/toolkit-assets", poster(loose)) // it is used after all
		at(26 * time.Hour)
		s.Editor().Delete("/v1/toolkit-assets/"+later.String("id"), anyVersion).Must(204)
		at(27 * time.Hour)
		at(50 * time.Hour)
		wantSameSet(t, s.Reader().Get("/v1/files").Must(200).Column("id"), []string{used, live, loose})
		at(52 * time.Hour)
		wantSameSet(t, s.Reader().Get("/v1/files").Must(200).Column("id"), []string{used, live})
		kept := strings.Join(inFolder(t, sweep.folder), " ") // with renditions of what was live, if there was time for them
		if !strings.Contains(kept, a.String("sha256")) || !strings.Contains(kept, b.String("sha256")) || strings.Contains(kept, c.String("sha256")) {
			t.Errorf("kept: %v", kept)
		}
		s.Reader().Get("/v1/files/"+loose).Problem(404, "not-found")
	})
}
