package api_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/api/apitest"
)

// happening is one request of a history. {name} in its path stands for the id that idOf gives the name.
type happening struct {
	request string // method, and path below /v1/
	body    doc
	secret  doc  // members of the body that the public never sees
	hidden  bool // the public never sees any of it
	status  int  // when it is not a success
}

// history is content of every type in every state, with everything that must stay unseen between it. Some of what
// is hidden is as close to what is public as it can be: drafts of live items, links to drafts, reserved slugs.
var history = []happening{
	{request: "PUT topics/{t1}", body: topic("Referrals")},
	{request: "PUT topics/{t2}", body: topic("Énergie", "summary", "Of body and mind.")},
	{request: "PUT organisations/{o1}", body: organisation("City Hospital", "shortName", "CH", "odsCode", "RGT")},
	{request: "PUT organisations/{o2}", body: organisation("Care Board", "organisationType", "icb")},
	{request: "PUT principles/{p1}?publish=true", body: text("Alpha")},
	{request: "PUT principles/{s1}", body: text("Covert principle"), hidden: true},
	{request: "PUT principles/{p2}?publish=true", body: text("Beta")},
	{request: "PUT principles/{p3}?publish=true", body: text("Gamma", "slug", "gamma-ray")},
	{request: "PUT principles/{p4}?publish=true", body: text("Delta")},
	{request: "PUT toolkit-assets/{s2}", body: asset("Covert asset", "featured", true, "principles", []string{"alpha"}), hidden: true},
	{request: "PUT toolkit-assets/{a1}?publish=true", body: asset("Poster", "featured", true, "audience", "both", "principles", []string{"beta", "alpha"})},
	{request: "PUT toolkit-assets/{a2}?publish=true", body: asset("Leaflet", "audience", "staff")},
	{request: "PUT pages/{s3}", body: text("Covert page"), hidden: true},
	{request: "PUT pages/{g1}?publish=true", body: text("Working together", "body", "[a](/v1/principles/alpha) [b](/v1/principles/covert-principle) [c](/v1/pages/covert-page)")},
	{request: "PUT pages/{g2}?publish=true", body: text("Toolkit", "body", "[a](/v1/principles/reserved) [b](/v1/case-studies/{s4}) [c](/v1/case-studies/one)")},
	{request: "PUT case-studies/{c1}?publish=true", body: story("One", "alpha", "topics", []string{"referrals"}, "organisations", []string{"city-hospital"}),
		secret: doc{"patientInvolvement": "consented", "consent": doc{"reference": "Covert consent", "expiresOn": "2999-01-01"},
			"principles": []string{"covert-principle", "alpha"}, "assets": []string{"covert-asset"}}},
	{request: "PUT case-studies/{s4}", body: story("Covert story", "alpha", "topics", []string{"referrals"}), hidden: true},
	{request: "PUT case-studies/{s5}", body: story("Discarded story", "beta"), hidden: true},
	{request: "DELETE case-studies/{s5}", hidden: true},
	{request: "PUT case-studies/{c2}?publish=true", body: story("Two", "beta", "language", "cy", "lastReviewedOn", "2024-01-02", "reviewDueOn", "2025-01-02")},
	{request: "PUT case-studies/{c3}?publish=true", body: story("Three", "alpha", "topics", []string{"energie"}, "happenedOn", "2024-03")},
	{request: "PUT case-studies/{c4}?publish=true", body: story("Four", "beta", "assets", []string{"poster", "leaflet"})},
	{request: "PUT case-studies/{c5}?publish=true", body: story("Five", "delta", "principles", []string{"delta", "beta", "alpha"})},
	{request: "PUT case-studies/{c6}?publish=true", body: story("Six", "alpha")},
	{request: "PATCH case-studies/{c5}", body: doc{"slug": "tried", "title": "Tried", "topics": []string{"referrals"}}, hidden: true},
	{request: "DELETE case-studies/{c5}/draft", hidden: true},
	{request: "PATCH case-studies/{c5}?publish=true&changeNote=Better.", body: doc{"slug": "fifth", "title": "Fifth"}},
	{request: "PATCH case-studies/{c5}?publish=true&updateType=minor&changeNote=Covert.", body: doc{"slug": "last", "summary": "Shorter."}},
	{request: "PATCH principles/{p1}?publish=true&updateType=minor", body: doc{"summary": "Alpha, right."}},
	{request: "PUT principles/order", body: doc{"ids": []string{idOf("p4"), idOf("p2"), idOf("p1"), idOf("p3")}}},
	{request: "POST case-studies/{c3}/unpublish", body: doc{"type": "gone", "explanation": "Too old.", "alternative": "/v1/case-studies/one"}},
	{request: "POST case-studies/{c4}/unpublish", body: doc{"type": "withdrawal", "explanation": "Changing.", "alternative": "https://www.example.nhs.uk/"}},
	{request: "POST case-studies/{c6}/unpublish", body: doc{"type": "recall", "explanation": "Never."}},
	{request: "POST principles/{p4}/unpublish", body: doc{"type": "withdrawal", "explanation": "Changing."}},
	{request: "DELETE toolkit-assets/{a2}"},
	{request: "PATCH principles/{p1}", body: doc{"title": "Covert title", "slug": "reserved", "body": "Covert."}, hidden: true},
	{request: "PATCH principles/{p4}", body: doc{"title": "Covert return"}, hidden: true},
	{request: "POST principles/{p3}/editions/1/restore", hidden: true},
	{request: "PATCH case-studies/{c1}", body: doc{"principles": []string{"beta"}, "topics": nil, "language": "cy"}, hidden: true},
	{request: "PATCH case-studies/{c3}", body: doc{"title": "Covert revival"}, hidden: true},
	{request: "PATCH case-studies/{c4}", body: doc{"slug": "covert-slug", "assets": nil}, hidden: true},
	{request: "PATCH pages/{g1}", body: doc{"body": "Covert.", "slug": "covert-overview"}, hidden: true},
	{request: "POST principles/{s1}/publish?dryRun=true", hidden: true},
	{request: "POST principles/{s1}/publish", body: doc{"at": "2024-06-01T09:03:00Z"}, hidden: true}, // two minutes after the end
	{request: "POST case-studies/{c4}/publish", body: doc{"at": "2024-07-01T09:00:00Z", "changeNote": "Covert note."}, hidden: true},
	{request: "POST pages/{g2}/unpublish", body: doc{"type": "gone", "explanation": "Covert words.", "at": "2024-08-01T09:00:00Z"}, hidden: true},
	{request: "POST principles", body: text("No slug", "slug", "alpha"), hidden: true, status: 422},
	{request: "POST toolkit-assets", body: asset("Made twice"), hidden: true},
	{request: "POST toolkit-assets", body: asset("Made twice"), hidden: true},
}

// slugs are addresses in the history: of today, of before, of drafts, and of nothing.
var slugs = []string{"referrals", "energie", "city-hospital", "care-board", "alpha", "beta", "gamma-ray", "delta", "poster", "leaflet",
	"working-together", "toolkit", "one", "two", "three", "four", "five", "fifth", "last", "six", "covert-principle", "covert-asset",
	"covert-page", "covert-story", "discarded-story", "tried", "reserved", "covert-slug", "covert-overview", "no-slug", "made-twice",
	"made-twice-2", "nothing", "order"}

// names are the entries of the history; nothing has the last one.
var names = strings.Fields("t1 t2 o1 o2 p1 p2 p3 p4 a1 a2 g1 g2 c1 c2 c3 c4 c5 c6 s1 s2 s3 s4 s5 nothing")

// idOf is the id that an entry of a history has wherever it is made.
func idOf(name string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String() }

var named = regexp.MustCompile(`\{(\w+)\}`)

func withIDs(s string) string {
	return named.ReplaceAllStringFunc(s, func(n string) string { return idOf(strings.Trim(n, "{}")) })
}

// dawn is when the history begins. What is public happens once a minute.
var dawn = time.Date(2024, 5, 1, 9, 0, 0, 0, time.UTC)

// relive makes the history happen on a service, with what is hidden or without.
func relive(t *testing.T, s *apitest.Service, secrets bool) {
	t.Helper()
	minutes := 0
	for _, h := range history {
		if h.hidden && !secrets {
			continue
		}
		if !h.hidden {
			minutes++
		}
		setClock(s, dawn.Add(time.Duration(minutes)*time.Minute))
		body := h.body
		if secrets {
			for member, value := range h.secret {
				body = body.with(member, value)
			}
		}
		h.happen(t, s, body)
	}
	if secrets {
		covertFiles(t, s)
	}
	setClock(s, dawn.AddDate(0, 1, 0))
}

// covertFiles uploads files that nothing public shows: one for nothing, one for a draft, one for the draft of a live page.
func covertFiles(t *testing.T, s *apitest.Service) {
	t.Helper()
	uploaded(t, s, "covert.png", 1)
	ids := []string{uploaded(t, s, "Covert poster.png", 2).String("id"), uploaded(t, s, "Covert image.png", 3).String("id")}
	s.Editor().Patch("/v1/toolkit-assets/"+idOf("s2"), doc{"files": []doc{{"id": ids[0], "label": "Covert label"}}}, anyVersion).Must(200)
	s.Editor().Patch("/v1/pages/"+idOf("g1"), doc{"heroImage": doc{"id": ids[1]}}, anyVersion).Must(200)
}

// happen sends the request, which fits whatever version is there: a PUT of an entry makes it.
func (h happening) happen(t *testing.T, s *apitest.Service, body doc) {
	t.Helper()
	method, path, _ := strings.Cut(withIDs(h.request), " ")
	var headers []apitest.Header
	switch {
	case method == "PUT" && path != "principles/order":
		headers = append(headers, apitest.Header{"If-None-Match", "*"})
	case method != "PUT" && strings.Contains(path, "/"):
		headers = append(headers, anyVersion)
	}
	if method == "PATCH" {
		headers = append(headers, apitest.Header{"Content-Type", "application/merge-patch+json"})
	}
	var sent any
	if text, ok := body["body"].(string); ok {
		body = body.with("body", withIDs(text))
	}
	if body != nil {
		sent = body
	}
	a := s.Publisher().Do(method, "/v1/"+path, sent, headers...)
	if h.status == 0 && a.StatusCode/100 == 2 || a.StatusCode == h.status {
		return
	}
	t.Fatalf("%s: %d\n%s", h.request, a.StatusCode, a.Raw)
}
