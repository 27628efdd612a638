package api_test

import (
	"slices"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestBlankWordsAreNoWords: what nobody can see says nothing about a file, whichever way it comes.
func TestBlankWordsAreNoWords(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		a := uploaded(t, s, "a.png", 1).String("id")
		for _, blank := range []string{"  ", "\u200b", "\u00a0"} {
			for _, member := range []string{"alt", "label"} {
				refused := s.Editor().Upload([]apitest.Part{{Name: member, Text: blank}, apitest.FilePart("b.png", apitest.PNG(t, 30, 20, 2))}).Problem(422, "invalid-content")
				wantSameSet(t, refused.Faults(), []string{"/" + member + " format"})
			}
			patch := doc{"alt": blank, "credit": blank, "label": blank, "alternative": blank}
			refused := s.Editor().Patch("/v1/files/"+a, patch, anyVersion).Problem(422, "invalid-content")
			wantSameSet(t, refused.Faults(), []string{"/alt format", "/credit format", "/label format", "/alternative format"})
			labelled := poster()
			labelled["files"] = []doc{{"id": a, "label": blank}}
			wantSameSet(t, s.Editor().Post("/v1/toolkit-assets", labelled).Problem(422, "invalid-content").Faults(), []string{"/files/0/label format"})
		}
		item := draft(s, "/v1/toolkit-assets", poster(a))
		dbtest.Exec(t, s.DB, "UPDATE files SET alt = ? WHERE id = ?", "\u200b ", a) // as it may have been kept before blanks were refused
		refused := s.Publisher().Post("/v1/toolkit-assets/"+item.String("id")+"/publish", doc{}, anyVersion).Problem(422, "not-publishable")
		if refused.String("checks", 0, "code") != "alt-missing" {
			t.Errorf("%s", refused.Raw)
		}
	})
}

// TestOnlyTrueFaultsOfFiles: what cannot be read names no file, so it is not looked up.
func TestOnlyTrueFaultsOfFiles(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		item := draft(s, "/v1/toolkit-assets", poster()).String("id")
		for _, files := range []any{[]any{aFileID}, []any{nil}, []any{7}} {
			refused := s.Editor().Post("/v1/toolkit-assets", poster().with("files", files)).Problem(422, "invalid-content")
			wantEqual(t, refused.Faults(), []string{"/files/0 type"})
			refused = s.Editor().Patch("/v1/toolkit-assets/"+item, doc{"files": files}, anyVersion).Problem(422, "invalid-content")
			wantEqual(t, refused.Faults(), []string{"/files/0 type"})
		}
		refusedImage := s.Editor().Post("/v1/toolkit-assets", poster().with("image", aFileID)).Problem(422, "invalid-content")
		wantEqual(t, refusedImage.Faults(), []string{"/image type"})
		refused := s.Editor().Post("/v1/toolkit-assets", poster().with("files", []any{doc{}})).Problem(422, "invalid-content")
		wantEqual(t, refused.Faults(), []string{"/files/0/id required"})
	})
}

const aFileID = "0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77"

// TestAllFaultsOfAnUpload: the file is looked at, too, when its other parts are wrong, and the type goes first.
func TestAllFaultsOfAnUpload(t *testing.T) {
	t.Parallel()
	png, latin1 := apitest.PNG(t, 30, 20, 1), apitest.Part{Name: "alt", Text: "caf\xe9"}
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		for _, c := range []struct {
			parts  []apitest.Part
			status int
			kind   string
			want   []string
		}{
			{[]apitest.Part{latin1, apitest.FilePart("a.png", png)}, 422, "invalid-content", []string{"/alt format"}},
			{[]apitest.Part{apitest.FilePart("a.html", "<!DOCTYPE html>")}, 415, "unsupported-media-type", []string{"/file type"}},
			{[]apitest.Part{latin1, apitest.FilePart("a.html", "<!DOCTYPE html>"), {Name: "focalPoint", Text: "2,0"}}, 415, "unsupported-media-type", []string{"/file type", "/alt format", "/focalPoint format"}},
			{[]apitest.Part{apitest.FilePart("a.pdf", png)}, 422, "invalid-content", []string{"/file format"}},
			{[]apitest.Part{apitest.FilePart("a.png", png[:len(png)/2]), {Name: "caption", Text: "x"}}, 422, "invalid-content", []string{"/file format", "/caption unknown"}},
		} {
			refused := s.Editor().Upload(c.parts).Problem(c.status, c.kind)
			wantSameSet(t, refused.Faults(), c.want)
		}
		many := slices.Repeat([]apitest.Part{{Name: "x", Text: "x"}}, 5_000)
		refused := s.Editor().Upload(many).Problem(422, "invalid-content")
		wantEqual(t, refused.Faults(), []string{" length"})
		if len(refused.Raw) > 2000 {
			t.Errorf("%d bytes of refusal", len(refused.Raw))
		}
		if kept := inFolder(t, folder); len(kept) != 0 {
			t.Errorf("left behind: %v", kept)
		}
	})
}
