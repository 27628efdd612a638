package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// folders runs a test once an engine, on a service that keeps its files in a folder, and takes no more than 1 MB.
func folders(t *testing.T, test func(t *testing.T, s *apitest.Service, folder string)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		folder := t.TempDir()
		store, err := blob.Open(t.Context(), "file:"+folder)
		if err != nil {
			t.Fatal(err)
		}
		test(t, apitest.New(t, db, func(cfg *api.Config) { cfg.Blobs, cfg.MaxUploadMB = store, 1 }), folder)
	})
}

// inFolder lists the files below a folder.
func inFolder(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// uploaded sends an image that says what it must to be published.
func uploaded(t *testing.T, s *apitest.Service, name string, shade uint8) *apitest.Answer {
	t.Helper()
	return s.Editor().Upload([]apitest.Part{{Name: "alt", Text: "What " + name + " shows."}, apitest.FilePart(name, apitest.PNG(t, 30, 20, shade))}).Must(201)
}

// poster is a toolkit asset with files.
func poster(ids ...string) doc {
	files := []doc{}
	for _, id := range ids {
		files = append(files, doc{"id": id})
	}
	return doc{"title": "A poster", "summary": "To put up.", "assetType": "poster", "files": files}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		bytes := apitest.PNG(t, 30, 20, 1)
		sum := sha256.Sum256([]byte(bytes))
		made := s.Editor().Upload([]apitest.Part{{Name: "alt", Text: "Grey."}, apitest.FilePart("A “name”.png", bytes), {Name: "focalPoint", Text: "0.25,1"},
			{Name: "label", Text: "For walls"}}).Must(201)
		id := made.String("id")
		if made.Tag() != `"v1"` || made.Header.Get("Location") != apitest.BaseURL+"/v1/files/"+id {
			t.Errorf("tag %s, at %s", made.Tag(), made.Header.Get("Location"))
		}
		renditions := made.List("renditions")
		wantSame(t, "the record", made.JSON(), doc{"id": id, "version": 1, "filename": "A “name”.png", "mediaType": "image/png", "size": len(bytes),
			"sha256": hex.EncodeToString(sum[:]), "width": 30, "height": 20, "alt": "Grey.", "focalPoint": "0.25,1", "label": "For walls", "scan": "none",
			"href": apitest.BaseURL + "/v1/files/" + id + "/A%20%E2%80%9Cname%E2%80%9D.png", "renditions": renditions,
			"createdAt": made.String("createdAt"), "createdBy": "editor"})
		if len(renditions) == 0 {
			t.Error("no renditions")
		}
		wantSame(t, "later", s.Reader().Get("/v1/files/"+id).Must(200).JSON(), made.JSON())
		again := s.Editor().Upload([]apitest.Part{apitest.FilePart("b.png", bytes), {Name: "decorative", Text: "true"}}).Must(201)
		if again.String("id") == id || again.At("decorative") != true || again.String("sha256") != made.String("sha256") {
			t.Errorf("the same bytes again: %s", again.Raw)
		}
		if kept := inFolder(t, folder); len(kept) != 1 {
			t.Errorf("the same bytes are kept as %v", kept)
		}
		list := s.Reader().Get("/v1/files?limit=1&sort=-createdAt").Must(200)
		wantEqual(t, list.Column("id"), []string{again.String("id")})
		wantEqual(t, s.Reader().Get(list.String("next")).Must(200).Column("id"), []string{id})
		wantSame(t, "fields", s.Reader().Get("/v1/files?fields=size&limit=1").Must(200).List("items"), []doc{{"id": again.String("id"), "size": len(bytes)}})
		s.Editor().Delete("/v1/files/"+id, anyVersion).Must(204)
		if kept := inFolder(t, folder); len(kept) != 1 {
			t.Errorf("another file has the same bytes, which are kept as %v", kept)
		}
		s.Editor().Delete("/v1/files/"+again.String("id"), apitest.IfMatch(`"v1"`)).Must(204)
		if kept := inFolder(t, folder); len(kept) != 0 {
			t.Errorf("left behind: %v", kept)
		}
		s.Reader().Get("/v1/files/"+id).Problem(404, "not-found")
	})
}

// TestUploadsAreRefused: nothing is left of what is refused, and all that is wrong is told.
func TestUploadsAreRefused(t *testing.T) {
	t.Parallel()
	file := apitest.FilePart("a.png", apitest.PNG(t, 3, 2, 1))
	named := func(name string) []apitest.Part { return []apitest.Part{apitest.FilePart(name, file.Text)} }
	cases := map[string]struct {
		parts []apitest.Part
		want  []string
	}{
		"no file":      {[]apitest.Part{{Name: "alt", Text: "x"}}, []string{"/file required"}},
		"no name":      {[]apitest.Part{{Name: "file", Text: file.Text}}, []string{"/file required"}},
		"empty":        {[]apitest.Part{apitest.FilePart("a.png", "")}, []string{"/file length"}},
		"two":          {[]apitest.Part{file, file}, []string{"/file repeated"}},
		"wrong part":   {[]apitest.Part{{Name: "files~/", Text: "x"}, file}, []string{"/files~0~1 unknown"}},
		"words":        {[]apitest.Part{{Name: "alt", Text: strings.Repeat("x", 1001)}, {Name: "decorative", Text: "yes"}, {Name: "focalPoint", Text: "2,0"}, {Name: "label", Text: "a\nb"}, file}, []string{"/alt length", "/decorative type", "/focalPoint format", "/label format"}},
		"twice":        {[]apitest.Part{{Name: "label", Text: "a"}, file, {Name: "label", Text: "a"}}, []string{"/label repeated"}},
		"both":         {[]apitest.Part{{Name: "alt", Text: "x"}, {Name: "decorative", Text: "true"}, file}, []string{"/decorative range"}},
		"dots":         {named(".."), []string{"/file required"}},
		"folders":      {named("../.."), []string{"/file required"}},
		"CR LF":        {named("a\r\nX-Evil: 1.png"), []string{"/file format"}},
		"NUL":          {named("a\x00.png"), []string{"/file format"}},
		"turned round": {named("gnp\u202egnp.exe"), []string{"/file format"}},
		"no text":      {named("a\xff.png"), []string{"/file format"}},
		"too long":     {named(strings.Repeat("a", 296) + ".png"), []string{"/file length"}},
	}
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		for name, c := range cases {
			refused := s.Editor().Upload(c.parts)
			if refused.StatusCode == 400 && name == "NUL" { // the form itself is refused then
				continue
			}
			refused.Problem(422, "invalid-content")
			wantSameSet(t, refused.Faults(), c.want)
		}
		s.Editor().Upload([]apitest.Part{apitest.FilePart("a.html", "<!DOCTYPE html><script>1</script>")}).Problem(415, "unsupported-media-type")
		s.Editor().Post("/v1/files", doc{"file": "x"}).Problem(415, "unsupported-media-type")
		for _, mediaType := range []string{"multipart/form-data", "multipart/form-data; boundary=b"} {
			garbage := s.Editor().Do("POST", "/v1/files", "x", apitest.Header{"Content-Type", mediaType}).Problem(400, "invalid-query")
			wantEqual(t, garbage.Faults(), []string{"Content-Type format"})
		}
		s.Editor().Do("POST", "/v1/files?a=b", "x", apitest.Header{"Content-Type", "multipart/form-data; boundary=b"}).Problem(400, "invalid-query")
		large := strings.Repeat("x", 1<<20+1)
		s.Editor().Upload([]apitest.Part{apitest.FilePart("a.txt", large)}).Problem(413, "too-large")
		s.Editor().Upload([]apitest.Part{apitest.FilePart("a.txt", large+large)}).Problem(413, "too-large")
		s.Editor().Upload([]apitest.Part{apitest.FilePart("a.txt", large[1:])}).Must(201)
		body, mediaType := apitest.Form(t, file)
		for _, cut := range []int{1, 10, len(body) / 2, len(body) - 5} {
			s.Editor().Do("POST", "/v1/files", body[:len(body)-cut], apitest.Header{"Content-Type", mediaType}).Problem(400, "invalid-query")
		}
		if kept := inFolder(t, folder); len(kept) != 1 {
			t.Errorf("left behind: %v", kept)
		}
		wantEqual(t, s.Reader().Get("/v1/files").Must(200).Column("mediaType"), []string{"text/plain"})
	})
}

// TestNamesArriveIntact: whatever a name has in it, its file is saved under it, and only under its own address.
func TestNamesArriveIntact(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		for _, name := range []string{"plain.png", `sp ace "quoted" ;x=y.png`, "..hidden..png", "100% sicher.png", "smörgås ☃.png", "line\u2028sep.png", "a+b&c#d?e.png", strings.Repeat("ü", 196) + ".png", "<script>.png", "'*().png"} {
			made := uploaded(t, s, name, 1)
			if made.String("filename") != name {
				t.Errorf("%q became %q", name, made.String("filename"))
			}
			href := made.String("href")
			got := s.Reader().Get(href).Must(200)
			disposition := got.Header.Get("Content-Disposition")
			kind, params, err := mime.ParseMediaType(disposition)
			if err != nil || kind != "inline" || params["filename"] != name {
				t.Errorf("%s: %v, %q", disposition, err, params["filename"])
			}
			if strings.Count(disposition, `"`) != 2 || strings.ContainsFunc(disposition, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("the header can be read otherwise: %q", disposition)
			}
			s.Reader().Get(href+"x").Problem(404, "not-found")
		}
		for sent, want := range map[string]string{`C:\Users\x\plan.png`: "plan.png", "../../etc/passwd.png": "passwd.png"} {
			if got := uploaded(t, s, sent, 2).String("filename"); got != want {
				t.Errorf("%s became %s", sent, got)
			}
		}
	})
}

// TestDigestsOfUploads: RFC 9530, of the whole request and of the file, in any algorithm that is not broken.
func TestDigestsOfUploads(t *testing.T) {
	t.Parallel()
	file := apitest.FilePart("a.png", apitest.PNG(t, 3, 2, 1))
	digest := func(b []byte) string {
		sum := sha256.Sum256(b)
		return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	}
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		for _, field := range []string{"Content-Digest", "Repr-Digest"} {
			for sent, want := range map[string]int{
				digest([]byte(file.Text)): 201, digest([]byte("x")): 400, "sha-256=x": 400, "md5=:AAAA:": 201,
				"md5=:AAAA:, " + digest([]byte(file.Text)): 201, "sha-512=:AAAA:, " + digest([]byte(file.Text)): 400,
			} {
				part := file
				part.Header = textproto.MIMEHeader{field: {sent}}
				s.Editor().Upload([]apitest.Part{part}).Must(want)
			}
			body, mediaType := apitest.Form(t, file)
			for sent, want := range map[string]int{digest(body): 201, digest([]byte(file.Text)): 400, "?": 400} {
				s.Editor().Do("POST", "/v1/files", body, apitest.Header{"Content-Type", mediaType}, apitest.Header{field, sent}).Must(want)
			}
		}
		if kept := inFolder(t, folder); len(kept) != 1 {
			t.Errorf("left behind: %v", kept)
		}
	})
}

// TestUploadOnce: a repeated upload with the same key is answered again, whatever boundary it has, and kept once.
func TestUploadOnce(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		parts := []apitest.Part{{Name: "alt", Text: "x"}, apitest.FilePart("a.png", apitest.PNG(t, 3, 2, 1))}
		first := s.Editor().Upload(parts, key("k")).Must(201)
		slices.Reverse(parts)
		again := s.Editor().Upload(parts, key("k")).Must(201)
		wantSame(t, "again", again.JSON(), first.JSON())
		if again.Header.Get("Idempotency-Replayed") != "true" {
			t.Error("it was not said to be a repetition")
		}
		other := []apitest.Part{apitest.FilePart("a.png", apitest.PNG(t, 3, 2, 2))}
		s.Editor().Upload(other, key("k")).Problem(422, "key-reused")
		if kept := inFolder(t, folder); len(kept) != 1 {
			t.Errorf("left behind: %v", kept)
		}
	})
}

// TestDownload: ranges, conditions and headers of a public file.
func TestDownload(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		made := uploaded(t, s, "a.png", 1)
		href, bytes := made.String("href"), apitest.PNG(t, 30, 20, 1)
		asset := published(s, "/v1/toolkit-assets", poster(made.String("id")))
		wantSame(t, "the file", asset.At("files", 0, "href"), href)
		got := s.Anonymous().Get(href + "?utm_source=x&v=1").Must(200)
		sum := sha256.Sum256([]byte(bytes))
		for name, want := range map[string]string{
			"Cache-Control": "public, max-age=300, immutable", "Content-Type": "image/png", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*", "Accept-Ranges": "bytes",
			"Repr-Digest": "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":", "Content-Length": fmt.Sprint(len(bytes)),
		} {
			if got.Header.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
			}
		}
		if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox;") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("policy %q", policy)
		}
		if string(got.Raw) != bytes || got.Header.Get("Last-Modified") == "" || strings.HasPrefix(got.Tag(), "W/") {
			t.Errorf("%d bytes, tag %s, of %s", len(got.Raw), got.Tag(), got.Header.Get("Last-Modified"))
		}
		if head := s.Anonymous().Do("HEAD", href, nil).Must(200); head.Header.Get("Content-Length") != fmt.Sprint(len(bytes)) || len(head.Raw) > 0 || head.Tag() != got.Tag() {
			t.Errorf("HEAD: %v", head.Header)
		}
		wantHeader(t, s.Anonymous().Get(href, apitest.Header{"If-None-Match", got.Tag()}).Must(304), "Content-Security-Policy", got.Header.Get("Content-Security-Policy"))
		s.Anonymous().Get(href, apitest.Header{"If-Modified-Since", got.Header.Get("Last-Modified")}).Must(304)
		s.Anonymous().Get(href, apitest.IfMatch(`"other"`)).Problem(412, "stale")
		part := s.Anonymous().Get(href, apitest.Header{"Range", "bytes=1-4"}).Must(206)
		if string(part.Raw) != bytes[1:5] || part.Header.Get("Content-Range") != fmt.Sprintf("bytes 1-4/%d", len(bytes)) || part.Header.Get("Repr-Digest") != got.Header.Get("Repr-Digest") {
			t.Errorf("part %q %v", part.Raw, part.Header)
		}
		if end := s.Anonymous().Get(href, apitest.Header{"Range", "bytes=-3"}).Must(206); string(end.Raw) != bytes[len(bytes)-3:] {
			t.Errorf("end %q", end.Raw)
		}
		if many := s.Anonymous().Get(href, apitest.Header{"Range", "bytes=0-1,5-6"}).Must(206); !strings.HasPrefix(many.Header.Get("Content-Type"), "multipart/byteranges") {
			t.Errorf("many: %v", many.Header)
		}
		s.Anonymous().Get(href, apitest.Header{"Range", "bytes=1-4"}, apitest.Header{"If-Range", got.Tag()}).Must(206)
		s.Anonymous().Get(href, apitest.Header{"Range", "bytes=1-4"}, apitest.Header{"If-Range", `"old"`}).Must(200)
		beyond := s.Anonymous().Get(href, apitest.Header{"Range", fmt.Sprintf("bytes=%d-", len(bytes))}).Problem(416, "range-not-satisfiable")
		if beyond.Header.Get("Content-Range") != fmt.Sprintf("bytes */%d", len(bytes)) || beyond.Header.Get("Cache-Control") != "no-store" || beyond.Tag() != "" {
			t.Errorf("416: %v", beyond.Header)
		}
		if read := s.Reader().Get(href).Must(200); read.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("to a reader: %v", read.Header)
		}
		s.Anonymous().Get(href+"?preset=huge").Problem(400, "invalid-query")
		s.Anonymous().Get(href+"?format=gif").Problem(400, "invalid-query")
		s.Anonymous().Get("/v1/files/"+newID(t)+"/a.png").Problem(404, "not-found")
		s.Anonymous().Get("/v1/files/nothing/a.png").Problem(404, "not-found")
		s.Anonymous().Get(strings.Replace(href, "a.png", "%61.png", 1)).Must(200)
		s.Anonymous().Get(strings.Replace(href, "a.png", "..%2fa.png", 1)).Problem(404, "not-found")
	})
}

// TestFilesArePublicWithTheirItems: from the first publish until the last item that shows them goes.
func TestFilesArePublicWithTheirItems(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		made := uploaded(t, s, "a.png", 1)
		id, href := made.String("id"), made.String("href")
		seen := func(want int) {
			t.Helper()
			got := s.Anonymous().Get(href)
			if got.StatusCode != want {
				t.Errorf("anybody gets %d, want %d", got.StatusCode, want)
			}
			if want == 404 {
				wantSame(t, "the answer", got.Problem(404, "not-found").String("detail"), s.Anonymous().Get("/v1/files/"+newID(t)+"/a.png").String("detail"))
			}
			s.Reader().Get(href).Must(200)
		}
		seen(404)
		first := "/v1/toolkit-assets/" + draft(s, "/v1/toolkit-assets", poster(id)).String("id")
		seen(404)
		publish(s, first, "").Must(200)
		seen(200)
		second := "/v1/toolkit-assets/" + published(s, "/v1/toolkit-assets", poster(id)).String("id")
		unpublish(s, first, "withdrawal").Must(200)
		unpublish(s, second, "gone").Must(200)
		seen(200)
		unpublish(s, first, "gone").Must(200)
		seen(404)
		publish(s, second, "").Must(200)
		seen(200)
		other := uploaded(t, s, "b.png", 2).String("id")
		s.Publisher().Patch(second+"?publish=true&changeNote=Other.", doc{"files": []doc{{"id": other}}}, anyVersion).Must(200)
		seen(404)
		s.Editor().Delete("/v1/files/"+id, anyVersion).Problem(409, "in-use")
		unpublish(s, first, "recall").Must(200)
		s.Reader().Get(href).Must(200) // an edition of the second still has it
		unpublish(s, second, "recall").Must(200)
		s.Reader().Get(href).Problem(404, "not-found")
		s.Reader().Get("/v1/files/"+other).Problem(404, "not-found")
		eventually(t, func() bool { return len(inFolder(t, folder)) == 0 }) // a rendition under way is taken back
	})
}
