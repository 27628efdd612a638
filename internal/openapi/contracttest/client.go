package contracttest

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// Client sends requests by way of base (nil for the default transport) and reports to t whatever does not agree
// with the description. It follows no redirects, so that each answer is seen.
func (c *Checker) Client(t testing.TB, base http.RoundTripper) *http.Client {
	if base == nil {
		base = http.DefaultTransport
	}
	return &http.Client{
		Transport:     transport{checker: c, t: t, base: base},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type transport struct {
	checker *Checker
	t       testing.TB
	base    http.RoundTripper
}

// RoundTrip keeps both bodies for the check. An event stream is passed on unread, since it does not end.
func (tr transport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context()) // a RoundTripper leaves the caller's request alone
	sent, err := drain(&req.Body)
	if err != nil {
		return nil, err
	}
	resp, err := tr.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	var got []byte
	if !isStream(resp) {
		if got, err = drain(&resp.Body); err != nil {
			return nil, err
		}
	}
	if err := tr.checker.Check(req, sent, resp, got); err != nil {
		tr.t.Error(err)
	}
	return resp, nil
}

// drain reads the body and puts what it read in its place.
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil || *body == http.NoBody {
		return nil, nil
	}
	read, err := io.ReadAll(*body)
	if err != nil {
		return nil, err
	}
	if err := (*body).Close(); err != nil {
		return nil, err
	}
	*body = io.NopCloser(bytes.NewReader(read))
	return read, nil
}
