package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// hotAddresses publishes an image and a text that is too large to be kept whole, and gives addresses of theirs whose
// bytes are always the same.
func hotAddresses(t *testing.T, s *apitest.Service) (addresses []string, asset string) {
	t.Helper()
	image := uploaded(t, s, "a.png", 1)
	large := s.Editor().Upload([]apitest.Part{apitest.FilePart("large.txt", strings.Repeat("A line.\n", 100_000))}).Must(201)
	asset = published(s, "/v1/toolkit-assets", poster(image.String("id"), large.String("id"))).String("id")
	href := image.String("href")
	return []string{href, large.String("href"), href + "?utm_source=x", href + "?preset=thumb&format=png&focus=0.5,0.5", href + "?preset=full"}, "/v1/toolkit-assets/" + asset
}

// TestHotFilesNeedNoDatabase: the second time, whole, in part or not at all, and not for those who show a credential.
func TestHotFilesNeedNoDatabase(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		addresses, _ := hotAddresses(t, s)
		for _, address := range addresses {
			first := s.Anonymous().Get(address).Must(200)
			var again []*apitest.Answer
			taken := leastStatements(s, func() {
				again = []*apitest.Answer{s.Anonymous().Get(address), s.Anonymous().Do("HEAD", address, nil).Must(200),
					s.Anonymous().Get(address, apitest.Header{"If-None-Match", first.Tag()}).Must(304),
					s.Anonymous().Get(address, apitest.Header{"Range", "bytes=2-5"}).Must(206), s.Anonymous().Get(address, apitest.IfMatch(`"other"`)).Must(412)}
			})
			if taken != 0 {
				t.Errorf("%s: %d statements", address, taken)
			}
			wantSameAnswer(t, address, again[0], first)
			wantHeader(t, again[1], "Content-Length", first.Header.Get("Content-Length"))
			wantHeader(t, again[2], "Content-Security-Policy", first.Header.Get("Content-Security-Policy"))
			wantSame(t, "the part", string(again[3].Raw), string(first.Raw[2:6]))
			if leastStatements(s, func() { s.Reader().Get(address).Must(200) }) < 2 { // one finds the token
				t.Errorf("%s with a credential was answered from what is kept for everyone", address)
			}
		}
	})
}

// TestHotFilesAreRefusedAtOnce: whatever takes a file's last public use away, the next answer knows it. One that was
// never public is not found by the next request either, but served by it once it is.
func TestHotFilesAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		addresses, asset := hotAddresses(t, s)
		all := func(want int) {
			t.Helper()
			for _, address := range append(addresses, addresses[0]+"?preset=thumb") { // whose bytes may change
				for range 2 {
					if got := s.Anonymous().Get(address); got.StatusCode != want {
						t.Errorf("%s: %d, want %d", address, got.StatusCode, want)
					}
				}
			}
		}
		all(200)
		unpublish(s, asset, "withdrawal").Must(200)
		all(200)
		unpublish(s, asset, "gone").Must(200)
		all(404)
		publish(s, asset, "").Must(200)
		all(200)
		s.Publisher().Patch(asset+"?publish=true&changeNote=Other.", doc{"files": []doc{{"id": uploaded(t, s, "b.png", 2).String("id")}}}, anyVersion).Must(200)
		all(404)
		published(s, "/v1/toolkit-assets", poster(strings.Split(addresses[0], "/")[5], strings.Split(addresses[1], "/")[5]))
		all(200)
		unpublish(s, asset, "recall").Must(200)
		all(200)
		unpublish(s, "/v1/toolkit-assets/a-poster-2", "recall").Must(200)
		all(404)
	})
}

// TestHotFilesOfOtherReplicas: what one replica recalls, another serves no longer, within a second and a half.
func TestHotFilesOfOtherReplicas(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		store := apitest.Folder(t)
		one := func(cfg *api.Config) { cfg.Blobs = store }
		here, there := apitest.New(t, db, one), apitest.New(t, dbtest.Replica(t, db), one)
		addresses, asset := hotAddresses(t, here)
		there.Anonymous().Get(addresses[0]).Must(200)
		unpublish(here, asset, "recall").Must(200)
		eventually(t, func() bool { return there.Anonymous().Get(addresses[0]).StatusCode == http.StatusNotFound })
	})
}
