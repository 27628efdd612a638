package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// TestRanges: what RFC 9110 §14 says of the odd ones.
func TestRanges(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		made := uploaded(t, s, "a.png", 1)
		href, bytes := made.String("href"), apitest.PNG(t, 30, 20, 1)
		published(s, "/v1/toolkit-assets", poster(made.String("id")))
		const huge = "99999999999999999999"
		for sent, want := range map[string]string{
			"items=0-1": bytes, "items": bytes, "Bytes=0-3": bytes[:4], "bytes=4-" + huge: bytes[4:], "bytes=-" + huge: bytes, "bytes=-0": "", "bytes=-0, -00": "",
			"bytes=-0,0-1": bytes[:2], "bytes=0-1 ,\t-0": bytes[:2], "bytes=" + huge + "-": "", "bytes=" + huge + "-,0-0": bytes[:1], "bytes=000-1": bytes[:2],
		} {
			got := s.Anonymous().Get(href, apitest.Header{"Range", sent})
			status := http.StatusPartialContent
			switch {
			case want == "":
				got.Problem(416, "range-not-satisfiable")
				wantHeader(t, got, "Content-Range", fmt.Sprintf("bytes */%d", len(bytes)))
				continue
			case strings.HasPrefix(sent, "items"):
				status = http.StatusOK
			}
			if got.StatusCode != status || string(got.Raw) != want {
				t.Errorf("%q: %d, %d bytes; want %d, %d bytes", sent, got.StatusCode, len(got.Raw), status, len(want))
			}
		}
		for _, sent := range []string{"bytes=0-3", "bytes=-0"} {
			head := s.Anonymous().Do("HEAD", href, nil, apitest.Header{"Range", sent}).Must(200)
			wantHeader(t, head, "Content-Length", fmt.Sprint(len(bytes)))
		}
	})
}

// TestSharedAddresses: what others append is ignored, also where it is not readable.
func TestSharedAddresses(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		made := uploaded(t, s, "a.png", 1)
		href := made.String("href")
		asset := "/v1/toolkit-assets/" + published(s, "/v1/toolkit-assets", poster(made.String("id"))).String("id")
		for _, appended := range []string{"fbclid=%E9", "%zz", "%zz=1", "x=%00", "%E9=1&utm_source=x"} {
			s.Anonymous().Get(href + "?" + appended).Must(200)
			s.Anonymous().Get(href + "?preset=thumb&" + appended).Must(200)
			s.Anonymous().Get(asset + "?format=html&" + appended).Must(200)
			s.Anonymous().Get(asset + "?" + appended + "&format=html").Must(200)
			s.Anonymous().Get(asset+"?"+appended).Problem(400, "invalid-query")
		}
		s.Anonymous().Get(href+"?preset=%E9").Problem(400, "invalid-query")
		s.Anonymous().Get(asset+"?format=html&view=%E9").Problem(400, "invalid-query")
	})
}

// TestNamesInAddresses: a file is at the name of its href, and at its own where a path can carry that.
func TestNamesInAddresses(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		made := uploaded(t, s, "a;b%c.png", 1)
		folder := "/v1/files/" + made.String("id") + "/"
		wantSame(t, "the href", made.String("href"), apitest.BaseURL+folder+"a-b-c.png")
		for name, want := range map[string]int{
			"a-b-c.png": 200, "a%3Bb%25c.png": 200, "%61%3bb%25c.png": 200, "a%3Bb-c.png": 404, "a%3Bb%25%63.png": 404,
			"a%3Bb%2525c.png": 404, "a%253Bb%25c.png": 404, "b.png": 404, "a%3Bb%25c.png%25": 404,
		} {
			if got := s.Reader().Get(folder + name); got.StatusCode != want {
				t.Errorf("%s: %d, want %d", name, got.StatusCode, want)
			}
		}
	})
}
