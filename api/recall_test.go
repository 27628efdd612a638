package api_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
)

// marker is what nobody would write by chance. It is in lower case, so that slugs and sort keys have it too.
const marker = "zwetschgenbaum"

// marked is a document of a type with the marker in every text field.
func marked(t *testing.T, s *apitest.Service, k contentKind) doc {
	d := k.complete(t, s)
	for _, member := range []string{"title", "summary", "body", "challenge", "approach", "outcome"} {
		if _, has := d[member]; has {
			d[member] = marker + " in the " + member
		}
	}
	switch k.name {
	case "case-study":
		d = d.with("patientInvolvement", "consented", "consent", doc{"reference": marker + " consent"})
	case "toolkit-asset":
		d = d.with("url", "https://"+marker+".example/")
	}
	return d
}

// tellAll brings the marker wherever an entry's words can get, and gives its address and those of who links to it.
func tellAll(t *testing.T, s *apitest.Service, k contentKind) (path string, linking []string) {
	t.Helper()
	d := marked(t, s, k)
	first := s.Editor().Post(k.path, d, key("create")).Must(201)
	path = k.path + "/" + first.String("id")
	s.Publisher().Post(path+"/publish", doc{"changeNote": marker + " note"}, anyVersion, key("publish")).Must(200)
	linking = linkTo(t, s, k, first.String("id"))
	for _, n := range []string{"2", "3"} {
		s.Editor().Patch(path, doc{"title": marker + n, "slug": marker + "-" + n}, anyVersion).Must(200)
		publish(s, path, marker+" note "+n).Must(200)
	}
	s.Publisher().Post(path+"/unpublish", doc{"type": "withdrawal", "explanation": marker + " why",
		"alternative": "https://" + marker + ".example/"}, anyVersion, key("withdraw")).Must(200)
	publish(s, path, "").Must(200)
	s.Editor().Post(path+"/editions/1/restore", nil, anyVersion, key("restore")).Must(200)
	s.Editor().Patch(path, doc{"slug": marker + "-draft", "summary": marker + " once more"}, anyVersion).Must(200)
	return path, linking
}

// linkTo publishes who links to an entry, by the members that can and in the text.
func linkTo(t *testing.T, s *apitest.Service, k contentKind, id string) []string {
	t.Helper()
	text := "See [this](" + k.path + "/" + id + ")."
	page := s.Publisher().Post("/v1/pages?publish=true", doc{"title": "Refers", "summary": "x", "body": text}, key("page")).Must(201)
	study := contentKinds[1].complete(t, s).with("title", "Links", "approach", text)
	switch k.name {
	case "principle":
		study["principles"] = []string{id}
	case "toolkit-asset":
		study["assets"] = []string{id}
	}
	links := s.Publisher().Post("/v1/case-studies?publish=true", study, key("study")).Must(201)
	return []string{"/v1/pages/" + page.String("id"), "/v1/case-studies/" + links.String("id")}
}

// TestRecallErases puts the marker into everything that an entry says, recalls it, and looks for it everywhere.
func TestRecallErases(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path, linking := tellAll(t, s, k)
		table := strings.ReplaceAll(strings.TrimPrefix(k.path, "/v1/"), "-", "_")
		for _, name := range []string{"entries", "editions", table, "slugs", "changes", "idempotency_keys"} {
			if !slices.Contains(tablesWith(t, s, marker), name) {
				t.Errorf("table %s does not have the marker: the test shows too little", name)
			}
		}
		if got := telling(s, aroundRecalled(path, linking)); len(got) < 12 {
			t.Errorf("only %q have the marker: the test shows too little", got)
		}
		recalled := s.Publisher().Post(path+"/unpublish", doc{"type": "recall", "explanation": "A mistake."}, anyVersion, key("recall")).Must(200)
		_, id, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
		wantSame(t, "the answer", recalled.JSON(), doc{"id": id, "type": k.name, "status": "recalled"})
		if got := tablesWith(t, s, marker); len(got) > 0 {
			t.Errorf("the marker is still in %q", got)
		}
		if got := filesWith(t, s, marker); len(got) > 0 {
			t.Errorf("the marker is still in %q", got)
		}
		if got := telling(s, aroundRecalled(path, linking)); len(got) > 0 {
			t.Errorf("the marker is still at %q", got)
		}
	})
}

// telling lists the addresses at which somebody is shown the marker.
func telling(s *apitest.Service, addresses []string) (tell []string) {
	for _, address := range addresses {
		for _, c := range []apitest.Client{s.Anonymous(), s.Reader(), s.Admin()} {
			if strings.Contains(strings.ToLower(string(c.Get(address).Raw)), marker) {
				tell = append(tell, address)
				break
			}
		}
	}
	return tell
}

// aroundRecalled lists addresses that could tell of a recalled entry.
func aroundRecalled(path string, linking []string) []string {
	all := []string{path, path + "?view=draft", path + "/editions", path + "/editions/1", path + "/editions/3/diff", "/v1/overview", "/v1/changes", "/v1/changes?item=true"}
	for _, other := range contentKinds {
		all = append(all, other.path+"?include=richText", other.path+"?status=withdrawn", other.path+"?view=draft")
	}
	all = append(all, "/v1/case-studies?facets=principle,organisation,topic", "/v1/principles?include=caseStudies",
		"/v1/toolkit-assets?facets=principle,assetType,audience")
	for _, other := range linking {
		all = append(all, other, other+"?view=draft", other+"/editions/1", other+"/editions/1/diff")
	}
	return all
}

// TestRecalledStaysDead: nothing is at its addresses, nothing can be done with it, and its id is never used again.
func TestRecalledStaysDead(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path, _ := tellAll(t, s, k)
		body := doc{"type": "recall", "explanation": "A mistake."}
		s.Publisher().Post(path+"/unpublish", body, anyVersion, key("recall")).Must(200)
		for _, slug := range []string{"-in-the-title", "-2", "-3", "-draft"} {
			s.Anonymous().Get(k.path+"/"+marker+slug).Problem(404, "not-found")
		}
		for _, c := range []apitest.Client{s.Anonymous(), s.Admin()} {
			c.Get(path).Problem(404, "not-found")
		}
		full := k.complete(t, s)
		s.Admin().Get(path+"?view=draft").Problem(404, "not-found")
		s.Admin().Get(path+"/editions").Problem(404, "not-found")
		s.Admin().Patch(path, doc{"title": "x"}, anyVersion).Problem(404, "not-found")
		s.Admin().Delete(path, anyVersion).Problem(404, "not-found")
		s.Admin().Delete(path+"/draft", anyVersion).Problem(404, "not-found")
		s.Admin().Put(path, full, anyVersion).Problem(412, "stale")
		s.Admin().Post(path+"/unpublish", body, anyVersion, key("recall")).Problem(404, "not-found")
		for _, other := range contentKinds { // one id space for everything
			s.Admin().Put(strings.Replace(path, k.path, other.path, 1), full, apitest.Header{"If-None-Match", "*"}).Problem(409, "conflict")
		}
		if list := s.Reader().Get(k.path + "?view=draft").Must(200); slices.Contains(list.Column("status"), "recalled") {
			t.Errorf("%s", list.Raw)
		}
		again := s.Editor().Post(k.path, marked(t, s, k), key("create")) // its answer was forgotten, so this is a new one
		if again.Must(201); again.Header.Get("Idempotency-Replayed") != "" || again.String("slug") != marker+"-in-the-title" {
			t.Errorf("%v %s", again.Header, again.Raw)
		}
	})
}

// TestRecallInTheLog: earlier lines keep that something happened and say nothing more; the recall says why and until when.
func TestRecallInTheLog(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path, _ := tellAll(t, s, k)
		before := linesAfter(t, s, 0)
		s.Publisher().Post(path+"/unpublish", doc{"type": "recall", "explanation": "A mistake.", "alternative": "/v1/pages",
			"deadline": "2026-12-01T12:00:00Z"}, anyVersion).Must(200)
		after := linesAfter(t, s, 0)
		for i, was := range before {
			is := after[i]
			if !strings.HasSuffix(path, was.EntryID.String()) {
				wantSame(t, fmt.Sprintf("line %d of another entry", was.Seq), is, was)
				continue
			}
			was.Slug, was.Title, was.UpdateType, was.PreviousSlug, was.Explanation, was.Alternative, was.Deadline = "", "", "", "", "", "", nil
			wantSame(t, fmt.Sprintf("line %d", was.Seq), is, was)
		}
		line := after[len(before)]
		if line.Event != "recalled" || line.Slug+line.Title+line.PreviousSlug != "" || line.Explanation != "A mistake." ||
			line.Alternative != "/v1/pages" || line.Deadline == nil {
			t.Errorf("%+v", line)
		}
	})
}

// TestRecallLeavesNoBytes: on SQLite, not where pages were split, merged and shared with others either.
func TestRecallLeavesNoBytes(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		var paths []string
		for i := range 60 {
			published(s, "/v1/pages", doc{"title": fmt.Sprint("Neighbour ", i), "summary": "x", "body": strings.Repeat("n", i*37)})
			words := strings.Repeat(marker+" ", 1+i*i)
			path := "/v1/pages/" + published(s, "/v1/pages", doc{"title": marker, "summary": "x", "body": words}).String("id")
			s.Editor().Patch(path, doc{"title": fmt.Sprint(marker, i), "body": words[:len(words)/2]}, anyVersion).Must(200)
			s.Editor().Patch(path, doc{"slug": fmt.Sprint(marker, i)}, anyVersion).Must(200)
			publish(s, path, marker).Must(200)
			paths = append(paths, path)
		}
		for _, path := range paths {
			unpublish(s, path, "recall").Must(200)
		}
		if got := append(tablesWith(t, s, marker), filesWith(t, s, marker)...); len(got) > 0 {
			t.Errorf("the marker is still in %q", got)
		}
	})
}

// tablesWith names the tables in which some column of some row holds the text.
func tablesWith(t *testing.T, s *apitest.Service, text string) []string {
	t.Helper()
	catalogue := map[database.Engine]string{
		database.SQLite:   "SELECT name FROM sqlite_master WHERE type = 'table'",
		database.Postgres: "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
	}
	var with []string
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		var tables []string
		if err := tx.Raw(catalogue[tx.Engine]).Scan(&tables).Error; err != nil {
			return err
		}
		for _, table := range tables {
			var rows []map[string]any
			if err := tx.Table(table).Find(&rows).Error; err != nil {
				return err
			}
			if slices.ContainsFunc(rows, func(row map[string]any) bool { return rowHolds(row, text) }) {
				with = append(with, table)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return with
}

func rowHolds(row map[string]any, text string) bool {
	for _, value := range row {
		if b, ok := value.([]byte); ok {
			value = string(b)
		}
		if strings.Contains(strings.ToLower(fmt.Sprint(value)), text) {
			return true
		}
	}
	return false
}

// filesWith names the files of an SQLite database whose bytes hold the text.
func filesWith(t *testing.T, s *apitest.Service, text string) []string {
	t.Helper()
	if s.DB.Engine() != database.SQLite {
		return nil
	}
	var file string
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file).Error
	})
	if err != nil || file == "" {
		t.Fatal("where the database is:", file, err)
	}
	files, err := filepath.Glob(file + "*")
	if err != nil {
		t.Fatal(err)
	}
	var with []string
	for _, name := range files {
		all, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(string(all)), text) {
			with = append(with, filepath.Base(name))
		}
	}
	return with
}
