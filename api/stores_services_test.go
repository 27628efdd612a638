//go:build services

package api_test

import (
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/blob/blobtest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestFilesInS3 and TestFilesInAzure live through a file's life, as the test for a folder does, on both engines.
func TestFilesInS3(t *testing.T) { onStore(t, blobtest.S3(t)) }

func TestFilesInAzure(t *testing.T) { onStore(t, blobtest.Azure(t)) }

// onStore uploads a poster, is refused for want of a text alternative, puts that right, publishes, reads, and recalls.
func onStore(t *testing.T, address string) {
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		store, err := blob.Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		s := apitest.New(t, dbtest.New(t, engine), func(cfg *api.Config) { cfg.Blobs = store })
		bytes := apitest.PNG(t, 600, 400, 1)
		made := s.Editor().Upload([]apitest.Part{apitest.FilePart("poster.png", bytes)}).Must(201)
		s.Editor().Upload([]apitest.Part{apitest.FilePart("again.png", bytes)}).Must(201)
		if n := objects(t, store); n != 1 {
			t.Errorf("the same bytes are kept %d times", n)
		}
		id, href := made.String("id"), made.String("href")
		path := "/v1/toolkit-assets/" + draft(s, "/v1/toolkit-assets", poster(id)).String("id")
		wantChecks(t, s, path, "blocker alt-missing /files/0")
		s.Editor().Patch("/v1/files/"+id, doc{"alt": "Three people talk."}, apitest.IfMatch(`"v1"`)).Must(200)
		publish(s, path, "").Must(200)
		if got := s.Anonymous().Get(href).Must(200); string(got.Raw) != bytes {
			t.Errorf("%d bytes came, of %d", len(got.Raw), len(bytes))
		}
		if part := s.Anonymous().Get(href, apitest.Header{"Range", "bytes=-7"}).Must(206); string(part.Raw) != bytes[len(bytes)-7:] {
			t.Errorf("the end is %q", part.Raw)
		}
		if _, files, _ := unzipped(t, s.Anonymous().Get("/v1/toolkit.zip").Must(200)); files["a-poster/poster.png"] != bytes {
			t.Error("the archive holds something else")
		}
		unpublish(s, path, "recall").Must(200)
		for _, address := range []string{href, href + "?preset=card", "/v1/files/" + id, path} {
			s.Reader().Get(address).Problem(404, "not-found")
		}
		again := s.Reader().Get("/v1/files").Must(200)
		s.Editor().Delete("/v1/files/"+again.String("items", 0, "id"), anyVersion).Must(204)
		if n := objects(t, store); n != 0 {
			t.Errorf("%d objects are left", n)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func objects(t *testing.T, store *blob.Store) (n int) {
	t.Helper()
	if err := store.List(t.Context(), func(blob.Object) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}
