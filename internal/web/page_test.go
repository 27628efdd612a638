package web_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/web"
)

func TestPageJSON(t *testing.T) {
	empty, err := web.Marshal(web.NewPage[string](nil, 0))
	if err != nil || string(empty) != `{"items":[],"total":0}` {
		t.Errorf("%s, %v", empty, err)
	}
	page := web.NewPage([]int{1}, 10000)
	page.TotalIsMinimum, page.Next, page.Previous = true, "n?a&b", "p"
	page.Facets = map[string][]web.FacetValue{"topic": {{ID: "i", Slug: "s", Title: "t", Count: 2}}, "assetType": {{Value: "v", Count: 1}}}
	full, err := web.Marshal(page)
	want := `{"items":[1],"total":10000,"totalIsMinimum":true,"next":"n?a&b","previous":"p","facets":{"assetType":[{"value":"v","count":1}],"topic":[{"id":"i","slug":"s","title":"t","count":2}]}}`
	if err != nil || string(full) != want {
		t.Errorf("%s, %v", full, err)
	}
}

func TestPageURL(t *testing.T) {
	r := httptest.NewRequest("GET", "/v1/things?topic=b&limit=5&topic=a%26c&cursor=old", nil)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	if got := web.PageURL(baseURL, r, "new"); got != baseURL+"/v1/things?cursor=new&limit=5&topic=b&topic=a%26c" {
		t.Error(got)
	}
	if got := web.PageURL(baseURL, r, ""); got != "" {
		t.Errorf("%q without a cursor", got)
	}
}

func TestSetLinks(t *testing.T) {
	w := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest("GET", "/", nil), w)
	web.SetLinks(c, web.Page[int]{Next: "https://a/n", Previous: "https://a/p"})
	equal(t, w.Header().Values("Link"), []string{`<https://a/n>; rel="next"`, `<https://a/p>; rel="prev"`})
	w.Header().Del("Link")
	web.SetLinks(c, web.Page[int]{})
	equal(t, w.Header().Values("Link"), nil)
}

func TestSelectFields(t *testing.T) {
	item := struct {
		Title string         `json:"title"`
		ID    string         `json:"id"`
		Links map[string]any `json:"links"`
		Odd   string         `json:"né"`
	}{"T & <U>", "1", map[string]any{"title": "inner", "n": 1.5}, "x"}
	for names, want := range map[string]string{
		"":        `{"title":"T & <U>","id":"1","links":{"n":1.5,"title":"inner"},"né":"x"}`,
		"id":      `{"id":"1"}`,
		"title":   `{"title":"T & <U>","id":"1"}`,
		"links":   `{"id":"1","links":{"n":1.5,"title":"inner"}}`,
		"missing": `{"id":"1"}`,
	} {
		var list []string
		if names != "" {
			list = []string{names}
		}
		got, err := web.SelectFields(item, list)
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", names, got, err)
		}
		whole, err := web.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := web.SelectFields(json.RawMessage(whole), list); err != nil || string(again) != want {
			t.Errorf("%s: of bytes %s, %v", names, again, err)
		}
	}
	if _, err := web.SelectFields(json.RawMessage(`{"a":`), []string{"a"}); err == nil {
		t.Error("half an object was taken")
	}
	if _, err := web.SelectFields(func() {}, nil); err == nil {
		t.Error("a function was taken")
	}
}
