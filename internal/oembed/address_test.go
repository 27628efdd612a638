package oembed

import (
	"testing"

	"github.com/cpics/working-together-api/internal/content"
	_ "github.com/cpics/working-together-api/internal/content/page" // so that its collection is known
)

func TestAddressesLeadToItems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ template, address, want string }{
		{"", "https://api.example.nhs.uk/below/v1/pages/one", "page one"},
		{"", "http://API.example.nhs.uk/below/v1/pages/one?format=html&utm_source=x#part", "page one"},
		{"", "https://api.example.nhs.uk/below/v1/pages/018B8A2F-A460-7B69-B817-7E6B30CE1C89", "page 018B8A2F-A460-7B69-B817-7E6B30CE1C89"},
		{"", "https://api.example.nhs.uk/v1/pages/one", ""},
		{"", "https://api.example.nhs.uk/below/v1/songs/one", ""},
		{"", "https://api.example.nhs.uk/below/v1/pages", ""},
		{"", "https://api.example.nhs.uk:8443/below/v1/pages/one", ""},
		{"", "https://user@api.example.nhs.uk/below/v1/pages/one", ""},
		{"", "ftp://api.example.nhs.uk/below/v1/pages/one", ""},
		{"", "//api.example.nhs.uk/below/v1/pages/one", ""},
		{"", "api.example.nhs.uk/below/v1/pages/one", ""},
		{"", "https://www.example.nhs.uk/page/one", ""},
		{"https://www.example.nhs.uk/wt/{type}/{slug}", "https://www.example.nhs.uk/wt/page/one", "page one"},
		{"https://www.example.nhs.uk/wt/{type}/{slug}", "http://WWW.example.nhs.uk/wt/page/one/?a=b#c", "page one"},
		{"https://www.example.nhs.uk/wt/{type}/{slug}", "https://www.example.nhs.uk/wt/page/one/two", ""},
		{"https://www.example.nhs.uk/wt/{type}/{slug}", "https://wwwXexample.nhs.uk/wt/page/one", ""},
		{"https://www.example.nhs.uk/wt/{type}/{slug}", "https://evil.example/https://www.example.nhs.uk/wt/page/one", ""},
		{"https://www.example.nhs.uk/wt/{type}/{slug}", "https://api.example.nhs.uk/below/v1/pages/one", "page one"},
		{"https://www.example.nhs.uk/{slug}-{type}.html", "https://www.example.nhs.uk/one-page.html", "page one"},
		{"https://www.example.nhs.uk/?type={type}&slug={slug}", "https://www.example.nhs.uk/?type=page&slug=one&x=y", "page one"},
		{"https://www.example.nhs.uk/#/{type}/{slug}", "https://www.example.nhs.uk/#/page/one", "page one"},
	} {
		a := newAddresses(&content.Site{BaseURL: "https://api.example.nhs.uk/below", WebTemplate: c.template})
		got := ""
		if typ, ref, ok := a.item(c.address); ok {
			got = typ + " " + ref
		}
		if got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.address, c.template, got, c.want)
		}
	}
	alone := newAddresses(&content.Site{BaseURL: "http://127.0.0.1:8080"})
	if typ, ref, ok := alone.item("http://127.0.0.1:8080/v1/pages/one"); !ok || typ != "page" || ref != "one" {
		t.Errorf("without a path: %q %q %v", typ, ref, ok)
	}
}
