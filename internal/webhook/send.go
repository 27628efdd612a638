package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/web"
)

const (
	attemptTimeout = 15 * time.Second // from looking the name up to the end of the answer's header
	dialTimeout    = 5 * time.Second
	idleTimeout    = 30 * time.Second
	maxHeader      = 32 << 10 // bytes of an answer's header
	maxAnswer      = 16 << 10 // bytes of its body that are read and thrown away, to keep the connection
)

// event is the body of a delivery.
type event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      any       `json:"data"`
}

// testData is what a test event tells.
type testData struct {
	WebhookID string `json:"webhookId"`
	Message   string `json:"message"`
}

// clients send requests: one over TLS, and one without it to the exceptions of a guard.
type clients struct{ secure, plain *http.Client }

func newClients(g *Guard) clients {
	return clients{secure: newClient(g, true), plain: newClient(g, false)}
}

// newClient knows no proxy, for a proxy would connect without asking the guard, and follows no redirect.
func newClient(g *Guard, encrypted bool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            g.dialer(encrypted),
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    dialTimeout,
			ForceAttemptHTTP2:      true,
			IdleConnTimeout:        idleTimeout,
			MaxIdleConnsPerHost:    1,
			MaxResponseHeaderBytes: maxHeader,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c clients) close() {
	c.secure.CloseIdleConnections()
	c.plain.CloseIdleConnections()
}

// send makes one attempt. It never takes longer than the timeout, whatever the target does.
func (c clients) send(ctx context.Context, b *batch, delivery uuid.UUID, body []byte, at time.Time, timeout time.Duration) outcome {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodPost, b.webhook.URL, bytes.NewReader(body))
	if err != nil {
		return outcome{at: at, failure: "The address is none that can be called."}
	}
	id := delivery.String()
	req.Header = http.Header{
		"Content-Type":      {web.MediaTypeJSON},
		"User-Agent":        {"working-together-webhooks/1"},
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)},
		"Webhook-Signature": {signature(b.secrets, id, at, body)},
	}
	client := c.secure
	if req.URL.Scheme != "https" {
		client = c.plain
	}
	resp, err := client.Do(req)
	if err != nil {
		return outcome{at: at, failure: explain(err, timeout), interrupted: ctx.Err() != nil}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	return judge(resp, at)
}

// judge makes an outcome of an answer. What the target writes into it is not kept: it may repeat what it was sent.
func judge(resp *http.Response, at time.Time) outcome {
	o := outcome{at: at, status: resp.StatusCode}
	switch {
	case o.status >= 200 && o.status < 300:
	case o.status >= 300 && o.status < 400:
		o.failure = fmt.Sprintf("The target answered %d, which leads elsewhere. Redirects are not followed: give the webhook the final address.", o.status)
	default:
		o.failure = fmt.Sprintf("The target answered %d.", o.status)
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds <= int(mostPause.Seconds()) {
		o.retryAfter = time.Duration(seconds) * time.Second
	}
	return o
}

// explain says in plain words why there was no answer. The words of the libraries name addresses and are not shown.
func explain(err error, timeout time.Duration) string {
	var refused refusal
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &refused):
		return refused.why
	case errors.As(err, &name) && name.IsNotFound:
		return "The host name has no address."
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fmt.Sprintf("There was no answer within %d seconds.", int(max(timeout.Seconds(), 1)))
	case errors.As(err, &name):
		return "The host name could not be looked up."
	case errors.As(err, &certificate):
		return "The target's certificate is not valid for its name, has expired, or was issued by nobody whom this service trusts."
	case errors.As(err, &record), errors.As(err, &alert):
		return "No encrypted connection could be agreed on with the target."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Nothing listens there: the connection was refused."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "There is no way to the target's network."
	}
	return "The connection broke off before there was an answer."
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
