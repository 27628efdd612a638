package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
)

func TestAWebhookIsToldWhatTheLogSays(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", doc{"title": "Before", "summary": "Nobody asked yet."})
		r := newReceiver(t, nil)
		_, secret := hook(s, r.URL)
		path := "/v1/pages/" + published(s, "/v1/pages", doc{"title": "News", "summary": "It is new."}).String("id")
		r.await(t, 1)
		unpublish(s, path, "gone").Must(200)
		got := r.await(t, 2)
		log := s.Anonymous().Get("/v1/changes").Must(200)
		lines := log.List("items")
		for i, want := range []string{"change.published", "change.gone"} {
			if got[i].Type != want || !got[i].signedBy(t, secret) || got[i].header.Get("Content-Type") != "application/json" {
				t.Errorf("delivery %d: %s %v %s", i, got[i].Type, got[i].header, got[i].body)
			}
		}
		wantSame(t, "the line of the removal", got[1].Data, lines[2])
		if got[0].Data["digest"] == nil || got[0].Data["item"] != nil || got[0].Data["href"] == nil {
			t.Errorf("the line of the publication: %s", got[0].body)
		}
	})
}

func TestAWebhookIsWrittenStrictly(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		admin := s.Admin()
		all := doc{"url": "http://user@10.0.0.1/", "events": []string{"published", "published", "burnt"}, "types": []string{"leaflet"}, "description": strings.Repeat("a", 1001),
			"id": "mine", "secret": "whsec_mine", "seq": 1, "colour": "red"}
		refused := admin.Post("/v1/webhooks", all).Problem(422, "invalid-content")
		wantSameSet(t, refused.Faults(), []string{"/url format", "/url format", "/url range", "/events repeated", "/events/2 range", "/types/0 format",
			"/description length", "/id read-only", "/secret read-only", "/seq read-only", "/colour unknown"})
		for _, tt := range []struct {
			body any
			want string
		}{
			{doc{}, "/url required"}, {doc{"url": 1}, "/url type"}, {doc{"url": "https://a.example/", "enabled": "yes"}, "/enabled type"},
			{doc{"url": "https://a.example/", "events": "published"}, "/events type"}, {[]string{}, " type"},
		} {
			wantEqual(t, admin.Post("/v1/webhooks", tt.body).Problem(422, "invalid-content").Faults(), []string{tt.want})
		}
		admin.Post("/v1/webhooks", "{").Problem(400, "invalid-json")
		wantEqual(t, admin.Post("/v1/webhooks?test=1", aWebhook).Problem(400, "invalid-query").Faults(), []string{"test unknown"})
		wantEqual(t, admin.Post("/v1/webhooks", aWebhook, key("one")).Problem(400, "invalid-query").Faults(), []string{"Idempotency-Key unknown"})
		admin.Post("/v1/webhooks", aWebhook, apitest.Header{"Content-Type", "text/plain"}).Problem(415, "unsupported-media-type")
		if n := admin.Get("/v1/webhooks").Must(200).Int("total"); n != 0 {
			t.Errorf("after what was refused there are %d webhooks", n)
		}
	})
}

func TestAWebhookIsChangedMemberByMember(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		admin := s.Admin()
		made := admin.Post("/v1/webhooks", doc{"url": "https://hooks.invalid/", "types": []string{"page"}, "description": "One"}).Must(201)
		path := "/v1/webhooks/" + made.String("id")
		if made.Header.Get("Location") != apitest.BaseURL+path || !strings.HasPrefix(made.String("secret"), "whsec_") || made.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%v %s", made.Header, made.Raw)
		}
		shown := admin.Get(path).Must(200)
		wantSame(t, "the webhook", shown.JSON(), doc(made.JSON()).without("secret"))
		patched := admin.Patch(path, doc{"events": []string{"gone"}, "types": nil, "enabled": false}).Must(200)
		wantSame(t, "the changed one", doc(patched.JSON()).without("disabledAt").without("updatedAt"), doc(shown.JSON()).without("updatedAt").
			with("events", []string{"gone"}, "types", []string{}, "enabled", false, "disabledReason", "Somebody disabled it."))
		if back := admin.Patch(path, doc{"enabled": true}).Must(200); back.At("enabled") != true || back.At("disabledReason") != nil || back.At("disabledAt") != nil {
			t.Errorf("enabled again: %s", back.Raw)
		}
		wantSameSet(t, admin.Patch(path, doc{"url": "https://127.1/", "seq": 0, "size": nil}).Problem(422, "invalid-content").Faults(),
			[]string{"/url range", "/seq read-only", "/size unknown"})
		admin.Do("PATCH", path, doc{}).Problem(415, "unsupported-media-type")
		for _, missing := range []string{"/v1/webhooks/" + newID(t), "/v1/webhooks/all"} {
			admin.Get(missing).Problem(404, "not-found")
			admin.Patch(missing, doc{}).Problem(404, "not-found")
			admin.Delete(missing).Problem(404, "not-found")
			admin.Post(missing+"/rotate", nil).Problem(404, "not-found")
			admin.Get(missing+"/deliveries").Problem(404, "not-found")
		}
		admin.Delete(path).Must(204)
		admin.Get(path).Problem(404, "not-found")
	})
}

func TestWebhooksAndDeliveriesAreListedFromTheNewest(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		r := newReceiver(t, nil)
		var made []string
		path := ""
		for range 5 {
			path, _ = hook(s, r.URL, "types", []string{"page"})
			made = append([]string{strings.TrimPrefix(path, "/v1/webhooks/")}, made...)
		}
		wantEqual(t, everyID(s, "/v1/webhooks?limit=2"), made)
		for range 5 {
			published(s, "/v1/pages", doc{"title": "A page", "summary": "A summary."})
		}
		r.await(t, 25)
		eventually(t, func() bool { return s.Admin().Get(path+"/deliveries?status=delivered").Must(200).Int("total") == 5 })
		list := s.Admin().Get(path + "/deliveries").Must(200)
		wantEqual(t, everyID(s, path+"/deliveries?limit=2"), list.Column("id"))
		for i := range 5 {
			if list.Int("items", i, "seq") != 5-i || list.String("items", i, "event") != "change.published" || list.String("items", i, "entryType") != "page" ||
				list.Int("items", i, "attempts") != 1 || list.Int("items", i, "responseStatus") != 204 || list.At("items", i, "error") != nil {
				t.Errorf("delivery %d: %v", i, list.At("items", i))
			}
		}
		if failed := s.Admin().Get(path + "/deliveries?status=failed&status=pending").Must(200); failed.Int("total") != 0 {
			t.Errorf("failed or pending: %s", failed.Raw)
		}
		wantSameSet(t, s.Admin().Get(path+"/deliveries?status=lost&limit=0&sort=id").Problem(400, "invalid-query").Faults(),
			[]string{"status range", "limit range", "sort unknown"})
		cursor := strings.SplitN(list.String("next"), "cursor=", 2)
		if len(cursor) == 2 {
			t.Errorf("a list on one page goes on: %s", list.Raw)
		}
		next := s.Admin().Get(path + "/deliveries?limit=2").Must(200).String("next")
		s.Admin().Get(strings.Replace(next, "limit=2", "limit=2&status=failed", 1)).Problem(400, "invalid-query")
	})
}

// everyID gathers the ids of a list, page by page.
func everyID(s *apitest.Service, address string) (ids []string) {
	for address != "" {
		page := s.Admin().Get(address).Must(200)
		ids = append(ids, page.Column("id")...)
		address = page.String("next")
	}
	return ids
}

func TestATestEventIsSentOnce(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(map[int]int{1: 200}[n] + map[int]int{2: 500}[n])
		})
		path, secret := hook(s, r.URL, "enabled", false)
		first := s.Admin().Post(path+"/test", nil, key("once")).Must(202)
		if again := s.Admin().Post(path+"/test", nil, key("once")).Must(202); again.String("id") != first.String("id") {
			t.Errorf("the repeated request made another event: %s", again.Raw)
		}
		got := r.await(t, 1)[0]
		if got.Type != "webhook.test" || got.header.Get("webhook-id") != first.String("id") || !got.signedBy(t, secret) || got.Data["webhookId"] == nil {
			t.Errorf("%v %s", got.header, got.body)
		}
		second := s.Admin().Post(path+"/test", nil).Must(202).String("id")
		eventually(t, func() bool {
			return s.Admin().Get(path+"/deliveries?status=failed").Must(200).String("items", 0, "id") == second
		})
		failed := s.Admin().Get(path + "/deliveries?status=failed").Must(200)
		if failed.String("items", 0, "error") != "The target answered 500." || failed.Int("items", 0, "attempts") != 1 || len(r.all()) != 2 {
			t.Errorf("%d requests: %s", len(r.all()), failed.Raw)
		}
	})
}

func TestADeliveryIsSentAgain(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		r := newReceiver(t, nil)
		path, _ := hook(s, r.URL)
		other, _ := hook(s, "https://hooks.invalid/")
		published(s, "/v1/pages", doc{"title": "A page", "summary": "A summary."})
		first := r.await(t, 1)[0]
		id := first.header.Get("webhook-id")
		eventually(t, func() bool { return s.Admin().Get(path+"/deliveries?status=delivered").Must(200).Int("total") == 1 })
		if again := s.Admin().Post(path+"/deliveries/"+id+"/redeliver", nil).Must(202); again.String("status") != "pending" || again.String("id") != id {
			t.Errorf("%s", again.Raw)
		}
		second := r.await(t, 2)[1]
		if second.header.Get("webhook-id") != id || string(second.body) != string(first.body) {
			t.Errorf("%v %s, after %s", second.header, second.body, first.body)
		}
		s.Admin().Post(other+"/deliveries/"+id+"/redeliver", nil).Problem(404, "not-found")
		s.Admin().Post(path+"/deliveries/"+newID(t)+"/redeliver", nil).Problem(404, "not-found")
		s.Admin().Patch(path, doc{"enabled": false}).Must(200)
		s.Admin().Post(path+"/deliveries/"+id+"/redeliver", nil).Problem(409, "conflict")
	})
}

func TestBothSecretsSignAfterARotation(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		r := newReceiver(t, nil)
		path, old := hook(s, r.URL)
		s.Admin().Post(path+"/rotate", nil, key("one")).Problem(400, "invalid-query")
		for _, address := range []string{path + "/rotate", path + "/test"} { // which take nothing
			for _, body := range []any{"garbage{", doc{"x": 1}, "[]"} {
				s.Admin().Post(address, body).Problem(400, "invalid-json")
			}
		}
		now := s.Admin().Post(path+"/rotate", nil).Must(200).String("secret")
		s.Admin().Post(path+"/test", nil).Must(202)
		got := r.await(t, 1)[0]
		if old == now || !got.signedBy(t, old) || !got.signedBy(t, now) || len(strings.Fields(got.header.Get("webhook-signature"))) != 2 {
			t.Errorf("signatures %q", got.header.Get("webhook-signature"))
		}
		for range 3 {
			s.Admin().Post(path+"/rotate", nil).Must(200)
		}
		s.Admin().Post(path+"/rotate", nil).Problem(409, "conflict")
	})
}

// TestARecallReachesDeliveriesThatWait recalls an entry while its first line waits for another attempt.
func TestARecallReachesDeliveriesThatWait(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		r := newReceiver(t, func(n int, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[bool]int{true: 503, false: 200}[n == 1])
		})
		path, _ := hook(s, r.URL)
		page := "/v1/pages/" + published(s, "/v1/pages", doc{"title": marker, "summary": "A " + marker + "."}).String("id")
		if first := r.await(t, 1)[0]; first.Data["title"] != marker {
			t.Errorf("before the recall: %s", first.body)
		}
		s.Publisher().Post(page+"/unpublish", doc{"type": "recall", "explanation": "It named somebody."}, anyVersion).Must(200)
		s.Admin().Patch(path, doc{}).Must(200) // which makes due what waits
		got := r.await(t, 3)
		wantSameSet(t, slices.Collect(maps.Keys(got[1].Data)), []string{"seq", "cursor", "at", "event", "type", "id"})
		if got[1].header.Get("webhook-id") != got[0].header.Get("webhook-id") || got[2].Type != "change.recalled" || got[2].Data["explanation"] != "It named somebody." {
			t.Errorf("%s\n%s", got[1].body, got[2].body)
		}
		var left int64
		err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Raw("SELECT count(*) FROM webhook_deliveries WHERE error LIKE ?", "%"+marker+"%").Scan(&left).Error
		})
		if err != nil || left > 0 {
			t.Errorf("%d deliveries know what was recalled, %v", left, err)
		}
	})
}

// TestPublishingDoesNotWaitForATargetThatHangs shows it by what is answered while the target still hangs.
func TestPublishingDoesNotWaitForATargetThatHangs(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		release := make(chan struct{})
		hanging := newReceiver(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		})
		defer close(release)
		hook(s, hanging.URL)
		published(s, "/v1/pages", doc{"title": "First", "summary": "A summary."})
		hanging.await(t, 1)
		path := "/v1/pages/" + published(s, "/v1/pages", doc{"title": "Second", "summary": "A summary."}).String("id")
		unpublish(s, path, "recall").Must(200)
		quick := newReceiver(t, nil)
		hook(s, quick.URL)
		published(s, "/v1/pages", doc{"title": "Third", "summary": "A summary."})
		quick.await(t, 1)
		if len(hanging.all()) != 1 {
			t.Errorf("the target that hangs has %d requests", len(hanging.all()))
		}
	})
}

func TestWhatIsDoneToWebhooksIsInTheAudit(t *testing.T) {
	t.Parallel()
	eachWithHooks(t, func(t *testing.T, s *apitest.Service) {
		path, secret := hook(s, "https://hooks.invalid/"+marker)
		s.Admin().Patch(path, doc{"description": marker, "events": []string{"gone"}}).Must(200)
		s.Admin().Post(path+"/rotate", nil).Must(200)
		test := s.Admin().Post(path+"/test", nil).Must(202).String("id")
		s.Admin().Post(path+"/deliveries/"+test+"/redeliver", nil).Must(202)
		s.Admin().Delete(path).Must(204)
		var rows []struct{ Action, Type, EntryID, Fields string }
		err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Raw("SELECT action, type, entry_id, fields FROM audit WHERE type = 'webhook' ORDER BY id").Scan(&rows).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, row.Action+" "+row.Fields)
			if path != "/v1/webhooks/"+row.EntryID || strings.Contains(row.Fields, marker) || strings.Contains(row.Fields, secret) {
				t.Errorf("%+v", row)
			}
		}
		wantEqual(t, got, []string{"webhook.create ", "webhook.save description,events", "webhook.rotate ", "webhook.test ", "webhook.redeliver ", "webhook.delete "})
	})
}
