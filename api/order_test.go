package api_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

const orderPath = "/v1/principles/order"

// principles publishes some and gives their ids in the order of their numbers.
func principles(s *apitest.Service, n int) (ids []string) {
	for i := range n {
		ids = append(ids, published(s, "/v1/principles", text(fmt.Sprint("Principle ", i+1))).String("id"))
	}
	return ids
}

// wantNumbers checks that the live principles are numbered 1…n in the order of the list, and gives their ids.
func wantNumbers(t *testing.T, s *apitest.Service) []string {
	t.Helper()
	list := s.Anonymous().Get("/v1/principles?limit=100").Must(200)
	for i := range list.List("items") {
		if list.Int("items", i, "number") != i+1 {
			t.Fatalf("numbers with gaps or repetitions: %s", list.Raw)
		}
	}
	return list.Column("id")
}

func TestOrder(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		ids := principles(s, 4)
		wantEqual(t, wantNumbers(t, s), ids)
		tag := s.Editor().Get("/v1/principles/" + ids[0] + "?view=draft").Must(200).Tag()
		want := []string{ids[2], ids[0], ids[3], ids[1]}
		answer := s.Publisher().Put(orderPath, doc{"ids": want}).Must(200)
		wantEqual(t, answer.Column("id"), want)
		wantEqual(t, wantNumbers(t, s), want)
		if got := s.Editor().Get("/v1/principles/" + ids[0] + "?view=draft").Must(200); got.Tag() != tag || got.Int("number") != 2 {
			t.Errorf("the place is no part of the entry's own: %s, number %d", got.Tag(), got.Int("number"))
		}
		unpublish(s, "/v1/principles/"+want[1], "gone").Must(200)
		wantEqual(t, wantNumbers(t, s), []string{want[0], want[2], want[3]})
		if back := publish(s, "/v1/principles/"+want[1], "").Must(200); back.Int("number") != 4 {
			t.Errorf("back at %d, not last", back.Int("number"))
		}
		unpublish(s, "/v1/principles/"+want[0], "recall").Must(200)
		unpublish(s, "/v1/principles/"+want[2], "withdrawal").Must(200)
		wantEqual(t, wantNumbers(t, s), []string{want[3], want[1]})
		if withdrawn := s.Anonymous().Get("/v1/principles/" + want[2]).Must(200); withdrawn.At("number") != nil {
			t.Errorf("a withdrawn principle has a number: %s", withdrawn.Raw)
		}
	})
}

// TestOrderRefuses: anything but all live principles, each once, is refused, and nothing moves.
func TestOrderRefuses(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		ids := principles(s, 3)
		gone := published(s, "/v1/principles", text("Gone")).String("id")
		unpublish(s, "/v1/principles/"+gone, "gone").Must(200)
		only := draft(s, "/v1/principles", text("Draft")).String("id")
		page := published(s, "/v1/pages", text("Page")).String("id")
		after := lastSeq(t, s)
		for name, wrong := range map[string][]string{
			"one is missing": ids[:2], "one is twice": {ids[0], ids[1], ids[1]}, "one too often": {ids[0], ids[1], ids[2], ids[0]},
			"a draft": {ids[1], ids[0], only}, "what is gone": append(slices.Clone(ids), gone), "a page": append(slices.Clone(ids), page),
			"nothing": append(slices.Clone(ids), newID(t)), "none": {},
		} {
			t.Log(name)
			s.Publisher().Put(orderPath, doc{"ids": wrong}).Problem(409, "conflict")
		}
		for body, want := range map[string]string{
			`{}`: "/ids required", `{"ids":"x"}`: "/ids type", `{"ids":["first"]}`: "/ids/0 format", `[]`: " type",
			`{"ids":[],"number":1}`: "/number unknown",
		} {
			t.Log(body)
			refused := s.Publisher().Put(orderPath, body).Problem(422, "invalid-content")
			wantEqual(t, refused.Faults(), []string{want})
		}
		s.Publisher().Put(orderPath+"?publish=true", doc{"ids": ids}).Problem(400, "invalid-query")
		s.Editor().Put(orderPath, doc{"ids": ids}).Problem(403, "forbidden")
		s.Anonymous().Put(orderPath, doc{"ids": ids}).Problem(401, "unauthenticated")
		wantEqual(t, wantNumbers(t, s), ids)
		wantEvents(t, s, after)
	})
}

// TestOrderIsNoPrinciple: its address takes PUT, whatever else principles take.
func TestOrderIsNoPrinciple(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "DELETE"} {
			a := s.Anonymous().Do(method, orderPath, nil).Must(405)
			if got := a.Header.Get("Allow"); got != "OPTIONS, PUT" {
				t.Errorf("%s: Allow %q", method, got)
			}
		}
		if got := s.Anonymous().Do("OPTIONS", orderPath, nil).Must(204).Header.Get("Allow"); got != "OPTIONS, PUT" {
			t.Errorf("OPTIONS: Allow %q", got)
		}
		s.Anonymous().Get("/v1/pages/order").Problem(404, "not-found")
	})
}

// TestNumbersWithoutGaps: whatever is published, unpublished and reordered at once, as every reader sees at any time.
func TestNumbersWithoutGaps(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		ids := principles(s, 6)
		var writers sync.WaitGroup
		for i, id := range ids[:4] {
			path := "/v1/principles/" + id
			writers.Go(func() {
				for range 5 {
					s.Publisher().Post(path+"/unpublish", doc{"type": []string{"gone", "withdrawal"}[i%2], "explanation": "x"}, anyVersion)
					s.Publisher().Post(path+"/publish", doc{}, anyVersion)
				}
			})
		}
		writers.Go(func() {
			for range 15 {
				now := s.Anonymous().Get("/v1/principles").Column("id")
				slices.Reverse(now)
				if answer := s.Publisher().Put(orderPath, doc{"ids": now}); answer.StatusCode != 200 && answer.StatusCode != 409 {
					t.Errorf("order: %d %s", answer.StatusCode, answer.Raw)
				}
			}
		})
		done := make(chan struct{})
		go func() { writers.Wait(); close(done) }()
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			wantNumbers(t, s)
		}
		if got := wantNumbers(t, s); len(got) != len(ids) {
			t.Errorf("%d of %d are live in the end", len(got), len(ids))
		}
	})
}
