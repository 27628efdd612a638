//go:build services

package webhook

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

// verifier reads signed requests from standard input, has npm's standardwebhooks look at each, and prints what it finds.
const verifier = `
const { Webhook } = require("standardwebhooks");
for (const { secret, headers, body } of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
  try {
    console.log(new Webhook(secret).verify(body, headers).type);
  } catch (error) {
    console.log(error.constructor.name);
  }
}`

// request is what the verifier looks at.
type request struct {
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// verify gives the type of each event, or the name of the error.
func verify(t *testing.T, requests []request) []string {
	t.Helper()
	modules, err := filepath.Abs("../../.ci/node_modules")
	if err == nil {
		_, err = os.Stat(filepath.Join(modules, "standardwebhooks"))
	}
	if err != nil {
		t.Fatal("npm's standardwebhooks is missing: run .ci/npm-tools")
	}
	input, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "-e", verifier)
	node.Env = append(os.Environ(), "NODE_PATH="+modules)
	node.Stdin = bytes.NewReader(input)
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("node (install nodejs): %v\n%s", err, out)
	}
	return strings.Fields(string(out))
}

func TestTheStandardLibraryBelievesOurSignatures(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.at.Store(time.Now().Unix()) // the library refuses what is five minutes old
		var mu sync.Mutex
		var got []request
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			headers := map[string]string{}
			for name := range r.Header {
				headers[strings.ToLower(name)] = r.Header.Get(name)
			}
			mu.Lock()
			got = append(got, request{Headers: headers, Body: string(body)})
			mu.Unlock()
		}))
		t.Cleanup(server.Close)
		id := w.hook(server.URL)
		first := w.currentSecret(id)
		w.send(w.db)
		w.publish(1, change.Published)
		w.pass(time.Second)
		w.write(func(tx *database.Tx) error {
			_, err := rotateSecret(tx, id)
			return err
		})
		w.publish(1, change.Gone)
		w.pass(time.Second)
		second := w.currentSecret(id)
		mu.Lock()
		defer mu.Unlock()
		if len(got) != 2 {
			t.Fatalf("%d requests", len(got))
		}
		with := func(i int, secret string) request {
			r := got[i]
			r.Secret = secret
			return r
		}
		changed := with(1, second)
		changed.Body = strings.Replace(changed.Body, "gone", "come", 1)
		found := verify(t, []request{with(0, first), with(1, first), with(1, second), with(0, second), changed})
		if want := "change.published change.gone change.gone WebhookVerificationError WebhookVerificationError"; strings.Join(found, " ") != want {
			t.Errorf("found %v, want %s", found, want)
		}
	})
}

// currentSecret is the secret of a webhook as its receiver has it.
func (w *world) currentSecret(id uuid.UUID) string {
	w.t.Helper()
	var s secret
	w.write(func(tx *database.Tx) error { return tx.Take(&s, "webhook_id = ? AND signs_until IS NULL", id).Error })
	return s.text()
}
