package webhook

import (
	"context"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

func TestAFlappingTargetGetsEveryLineOnceAndInOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		random := rand.New(rand.NewPCG(1, 2))
		r := newTarget(t, func(int64) int {
			return []int{200, 204, 299, 200, 200, 200, 500, 503, 404, 301, 0, 429}[random.IntN(12)]
		})
		id := w.hook(r.URL)
		w.send(w.db)
		for range 6 {
			w.publish(10, change.Published)
			w.pass(time.Minute)
		}
		w.pass(12 * time.Hour)
		wantLines(t, r, 1, 60)
		if hook, all := w.stored(id); count(all, delivered) != 60 || len(all) != 60 || hook.Seq != 60 || hook.FailingSince != nil {
			t.Errorf("%d of %d delivered, at %d, failing since %v", count(all, delivered), len(all), hook.Seq, hook.FailingSince)
		}
	})
}

// TestTortureOfATargetThatIsDeadForTwoDays writes 200 lines meanwhile, and 10,000 in the long form.
func TestTortureOfATargetThatIsDeadForTwoDays(t *testing.T) {
	t.Parallel()
	lines := 200
	if os.Getenv("WT_TEST_TORTURE") != "" {
		lines = 10_000
	}
	each(t, func(t *testing.T, w *world) { deadForTwoDays(t, w, lines) })
}

// deadForTwoDays closes a target's port while lines are written, and opens it again.
func deadForTwoDays(t *testing.T, w *world, lines int) {
	t.Helper()
	r := newTarget(t, nil)
	address := r.Listener.Addr().String()
	id := w.hook(r.URL)
	r.Close()
	w.send(w.db)
	for range 8 {
		w.publish(lines/8, change.Published)
		w.pass(6 * time.Hour)
	}
	hook, all := w.stored(id)
	if len(all) != 1 || all[0].Status != pending || all[0].Attempts < 40 || all[0].Attempts > 90 || hook.FailingSince == nil || hook.DisabledAt != nil ||
		!strings.Contains(all[0].Error, "refused") {
		t.Fatalf("after two days: %d deliveries, the first %+v; failing since %v", len(all), all[0], hook.FailingSince)
	}
	r.Server = httptest.NewUnstartedServer(r)
	r.Listener.Close()
	var err error
	if r.Listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	r.Start()
	t.Cleanup(r.Server.Close)
	w.pass(2 * time.Hour)
	wantLines(t, r, 1, int64(lines))
	if hook, all = w.stored(id); count(all, delivered) != lines || len(all) != lines || hook.FailingSince != nil {
		t.Errorf("%d of %d delivered", count(all, delivered), len(all))
	}
}

func TestWhatIsNeverTakenFailsVisiblyAndNothingIsLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		status := 503
		r := newTarget(t, func(int64) int { return status })
		id := w.hook(r.URL)
		w.send(w.db)
		w.publish(3, change.Published)
		w.pass(71 * time.Hour)
		if hook, all := w.stored(id); len(all) != 1 || all[0].Status != pending || hook.DisabledAt != nil {
			t.Fatalf("after 71 hours: %+v, %+v", hook, all)
		}
		w.pass(4 * time.Hour)
		hook, all := w.stored(id)
		if len(all) != 1 || all[0].Status != failed || all[0].ResponseStatus != 503 || all[0].FinishedAt == nil || hook.view().Enabled ||
			!strings.Contains(hook.DisabledReason, "503") || hook.Seq != 1 {
			t.Fatalf("after 75 hours: %+v, %+v", hook, all)
		}
		asked := len(r.requests())
		w.publish(2, change.Published)
		w.pass(24 * time.Hour)
		if len(r.requests()) != asked {
			t.Error("a disabled webhook was sent something")
		}
		status = 200
		w.change(id, func(in *Input) { in.Enabled = true })
		w.pass(time.Second)
		wantLines(t, r, 2, 5)
		w.write(func(tx *database.Tx) error {
			all[0].repeat(tx.Now)
			return tx.Save(&all[0]).Error
		})
		w.pass(time.Second)
		if got := r.got(); !slices.Equal(got, []int64{2, 3, 4, 5, 1}) {
			t.Errorf("after the failed one was repeated: %v", got)
		}
		if hook, all := w.stored(id); count(all, delivered) != 5 || hook.DisabledReason != "" || hook.FailingSince != nil {
			t.Errorf("at last: %+v, %+v", hook, all)
		}
	})
}

func TestOneLineThatIsRefusedDoesNotHoldUpTheOthersForLong(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := newTarget(t, func(seq int64) int {
			if seq == 2 {
				return 422
			}
			return 200
		})
		id := w.hook(r.URL)
		w.send(w.db)
		w.publish(4, change.Published)
		w.pass(30 * time.Minute)
		wantLines(t, r, 1, 1)
		w.pass(3 * time.Hour)
		if got := r.got(); !slices.Equal(got, []int64{1, 3, 4}) {
			t.Errorf("taken: %v", got)
		}
		for range 8 {
			w.publish(1, change.Published)
			w.pass(10 * time.Hour)
		}
		hook, all := w.stored(id)
		if hook.DisabledAt != nil || all[1].Status != failed || all[1].Attempts < 60 || count(all, delivered) != 11 {
			t.Errorf("%+v, %+v", hook, all[1])
		}
	})
}

func TestATargetThatAnswers410IsLeftAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := newTarget(t, func(int64) int { return 410 })
		id := w.hook(r.URL)
		w.send(w.db)
		w.publish(3, change.Published)
		w.pass(80 * time.Hour)
		hook, all := w.stored(id)
		if len(r.requests()) != 1 || hook.DisabledAt == nil || !strings.Contains(hook.DisabledReason, "410") || len(all) != 1 || all[0].Status != failed {
			t.Errorf("%d requests, %+v, %+v", len(r.requests()), hook, all)
		}
	})
}

func TestARedirectIsRecordedAndNotFollowed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for _, status := range []int{301, 302, 303, 307, 308} {
			r := newTarget(t, func(int64) int { return status })
			id := w.hook(r.URL + "/hook")
			stop := w.send(w.db)
			w.publish(1, change.Published)
			w.pass(time.Second)
			stop()
			_, all := w.stored(id)
			if len(all) != 1 || all[0].ResponseStatus != status || !strings.Contains(all[0].Error, "Redirects are not followed") {
				t.Errorf("%d: %+v", status, all)
			}
			for _, req := range r.requests() {
				if req.URL.Path != "/hook" {
					t.Errorf("%d: %s was asked for", status, req.URL)
				}
			}
		}
	})
}

// TestATargetThatHangsKeepsNobodyWaiting shows it by what happens while a request hangs: everything else.
func TestATargetThatHangsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		var hanging []*target
		for range 20 { // more than there are connections to the database
			r := newTarget(t, func(int64) int { <-release; return 200 })
			w.hook(r.URL)
			hanging = append(hanging, r)
		}
		r := newTarget(t, nil)
		id := w.hook(r.URL)
		w.send(w.db, func(s *Sender) { s.timeout = time.Hour })
		w.publish(1, change.Published)
		eventually(t, func() bool {
			return !slices.ContainsFunc(hanging, func(r *target) bool { return r.under.Load() == 0 })
		})
		w.publish(20, change.Published)
		eventually(t, func() bool { return len(r.got()) == 21 })
		wantLines(t, r, 1, 21)
		for _, h := range hanging {
			if h.under.Load() != 1 || len(h.got()) != 0 {
				t.Error("a target that hangs got more than one request")
			}
		}
		close(release)
		for _, h := range hanging {
			eventually(t, func() bool { return len(h.got()) == 21 })
			wantLines(t, h, 1, 21)
		}
		if _, all := w.stored(id); len(all) != 21 {
			t.Errorf("%d deliveries", len(all))
		}
	})
}

func TestAnAttemptEndsInTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ended := make(chan struct{})
		silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-ended }))
		t.Cleanup(silent.Close)
		endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil { // an answer without an end: its status is known all the same
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					return
				}
			}
		}))
		t.Cleanup(endless.Close)
		quiet, loud := w.hook(silent.URL), w.hook(endless.URL)
		w.publish(1, change.Published)
		w.send(w.db, func(s *Sender) { s.timeout = 200 * time.Millisecond })
		eventually(t, func() bool {
			_, one := w.stored(quiet)
			_, two := w.stored(loud)
			return len(one) == 1 && one[0].Error != "" && len(two) == 1 && two[0].Status == delivered
		})
		if _, all := w.stored(quiet); !strings.Contains(all[0].Error, "no answer within") || all[0].ResponseStatus != 0 {
			t.Errorf("%+v", all[0])
		}
		close(ended)
	})
}

func TestTheFormerSecretSignsForADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		id := w.hook("https://hooks.invalid/")
		rotate := func() (err error) {
			return w.db.Write(context.Background(), func(tx *database.Tx) error {
				_, err := rotateSecret(tx, id)
				return err
			})
		}
		sign := func() (n int) {
			w.write(func(tx *database.Tx) error {
				secrets, err := signing(tx, id)
				n = len(strings.Fields(signature(secrets, "a", w.now(), []byte("{}"))))
				return err
			})
			return n
		}
		for i := range maxOld {
			if got := sign(); got != i+1 {
				t.Errorf("after %d rotations %d secrets sign", i, got)
			}
			if err := rotate(); err != nil {
				t.Fatal(err)
			}
		}
		if err := rotate(); err == nil || sign() != maxOld+1 {
			t.Errorf("one rotation more: %v, and %d secrets sign", err, sign())
		}
		w.advance(overlap - time.Second)
		if got := sign(); got != maxOld+1 {
			t.Errorf("just before a day has passed %d secrets sign", got)
		}
		w.advance(time.Second)
		if got := sign(); got != 1 {
			t.Errorf("after a day %d secrets sign", got)
		}
		if err := rotate(); err != nil || sign() != 2 {
			t.Errorf("the next day: %v", err)
		}
	})
}

func TestPausesDouble(t *testing.T) {
	t.Parallel()
	for passed, want := range map[time.Duration]time.Duration{
		0: 5 * time.Second, 6 * time.Second: 6 * time.Second, 100 * time.Second: 100 * time.Second, 2 * time.Hour: time.Hour, 71 * time.Hour: time.Hour,
	} {
		for range 100 {
			if got := pause(passed, 0); got < want*4/5 || got > want*6/5 {
				t.Errorf("after %s: a pause of %s", passed, got)
			}
		}
	}
	if got := pause(time.Second, 10*time.Minute); got != 10*time.Minute {
		t.Errorf("a target that asks for 10 minutes gets %s", got)
	}
	if got := pause(time.Second, 48*time.Hour); got != time.Hour {
		t.Errorf("a target that asks for two days gets %s", got)
	}
}

func TestDeliveriesAreEncrypted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := &target{}
		r.Server = httptest.NewTLSServer(r)
		t.Cleanup(r.Server.Close)
		trusting := func(s *Sender) {
			roots := x509.NewCertPool()
			roots.AddCert(r.Certificate())
			s.clients.secure.Transport.(*http.Transport).TLSClientConfig.RootCAs = roots
		}
		id := w.hook(r.URL)
		w.publish(1, change.Published)
		stop := w.send(w.db)
		w.pass(time.Second)
		if _, all := w.stored(id); len(all) != 1 || !strings.Contains(all[0].Error, "certificate") || len(r.requests()) != 0 {
			t.Errorf("a certificate that nobody vouches for: %+v", all)
		}
		stop()
		w.send(w.db, trusting)
		w.pass(time.Minute)
		wantLines(t, r, 1, 1)
	})
}

func TestNoConnectionIsMadeToWhatIsNotPublic(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := newTarget(t, nil)
		connected := false
		r.Config.ConnState = func(net.Conn, http.ConnState) { connected = true }
		_, port, _ := net.SplitHostPort(r.Listener.Addr().String())
		ids := map[string]string{}
		for _, url := range []string{"http://localhost:" + port, "https://localhost:" + port, "https://127.0.0.1:" + port, "https://[::ffff:127.0.0.1]:" + port} {
			ids[w.hook(url).String()] = url // as it was saved when it was allowed, or when its name stood for something else
		}
		w.publish(1, change.Published)
		w.send(w.db, func(s *Sender) { s.clients = newClients(guard(t)) })
		w.idle()
		var all []row
		w.write(func(tx *database.Tx) error { return tx.Find(&all).Error })
		if len(all) != len(ids) || connected {
			t.Errorf("%d deliveries; connected: %v", len(all), connected)
		}
		for _, d := range all {
			if d.Attempts != 1 || d.Error == "" || d.ResponseStatus != 0 || !strings.Contains(d.Error, "not on the public internet") && !strings.Contains(d.Error, "Only https") {
				t.Errorf("%s: %+v", ids[d.WebhookID.String()], d)
			}
		}
	})
}
