package mirror

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxWait    = 30 // seconds that the service is asked to wait for something to happen
	attempts   = 6  // before a failure is told
	firstPause = 500 * time.Millisecond
	mostPause  = 30 * time.Second
	maxAdvice  = 5 * time.Minute // of a Retry-After that is followed
	maxPage    = 512 << 20       // bytes of one part of the log
	patience   = 2 * time.Minute // for the begin of an answer
)

var (
	errCursorUnknown = errors.New("the service does not know the place where this mirror stands")
	errNotThere      = errors.New("the service has nothing there")
	errDamaged       = errors.New("this was damaged on the way")
)

// api asks the service.
type api struct {
	base   string
	client *http.Client
}

func newAPI(cfg Config) api {
	client := cfg.Client
	if client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.ResponseHeaderTimeout = patience
		client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return api{strings.TrimSuffix(cfg.API, "/"), client}
}

// changes is a part of the log.
type changes struct {
	Items   []line
	Next    string
	HasMore bool
}

// line is a line of the log.
type line struct {
	Seq       int64
	Event, ID string
	Item      json.RawMessage

	item *item // what Item says; nil where there is none
}

// readItems reads the items of the lines.
func (c changes) readItems() error {
	for i := range c.Items {
		l := &c.Items[i]
		if l.Item == nil {
			continue
		}
		it, err := readItem(l.Item)
		if err != nil {
			return fmt.Errorf("line %d of the log: %w", l.Seq, err)
		}
		if it.id != strings.ToLower(l.ID) {
			return fmt.Errorf("line %d of the log: %w: it is about %.60q and shows %s", l.Seq, errHostile, l.ID, it.id)
		}
		l.item = it
	}
	return nil
}

// after is the place behind the part, as the address of what follows has it.
func (c changes) after() (string, error) {
	next, err := url.Parse(c.Next)
	if err != nil {
		return "", fmt.Errorf("%w: next is %.100q", errHostile, c.Next)
	}
	return next.Query().Get("after"), nil
}

// changes asks for the lines after a place, with their items.
func (a api) changes(ctx context.Context, after string, limit, wait int) (page changes, err error) {
	query := url.Values{"item": {"true"}, "limit": {strconv.Itoa(limit)}}
	if after != "" {
		query.Set("after", after)
	}
	if wait > 0 {
		query.Set("wait", strconv.Itoa(wait))
	}
	err = a.get(ctx, "/v1/changes?"+query.Encode(), func(resp *http.Response) error {
		page = changes{}
		if err := json.NewDecoder(io.LimitReader(resp.Body, maxPage)).Decode(&page); err != nil {
			return err
		}
		return page.readItems()
	})
	return page, err
}

// file brings the bytes of a file, and compares them with what the item and the service say of them.
func (a api) file(ctx context.Context, f *file, begin func() (io.Writer, error)) error {
	path := "/v1/files/" + f.id + "/" + url.PathEscape(f.name)
	return a.get(ctx, path, func(resp *http.Response) error {
		out, err := begin()
		if err != nil {
			return lasting{err}
		}
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(resp.Body, f.size+1))
		if err != nil {
			return err
		}
		want := "sha-256=:" + base64.StdEncoding.EncodeToString(sum.Sum(nil)) + ":"
		said := resp.Header.Get("Repr-Digest")
		if hex.EncodeToString(sum.Sum(nil)) != f.sha256 || n != f.size || said != "" && !strings.Contains(said, want) {
			return fmt.Errorf("%w: %s", errDamaged, f.path())
		}
		return nil
	})
}

// lasting is a failure that does not go away when it is tried again.
type lasting struct{ error }

func (l lasting) Unwrap() error { return l.error }

// get asks for an address below the service's until there is an answer that read can read: it tries again, at growing
// distances, what may go away, and not before the service says so.
func (a api) get(ctx context.Context, path string, read func(*http.Response) error) error {
	wait := firstPause
	for n := 1; ; n++ {
		advice, err := a.once(ctx, path, read)
		var forGood lasting
		switch {
		case err == nil || ctx.Err() != nil:
			return cmp.Or(ctx.Err(), err)
		case errors.As(err, &forGood):
			return forGood.error
		case errors.Is(err, errHostile):
			return err
		case n == attempts:
			return err
		}
		pause(ctx, max(advice, wait/2+rand.N(wait)))
		wait = min(2*wait, mostPause)
	}
}

// once asks once. advice is how long the service wants to be left alone.
func (a api) once(ctx context.Context, path string, read func(*http.Response) error) (advice time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return 0, lasting{err}
	}
	request.Header.Set("User-Agent", "wtapi-mirror")
	if strings.HasPrefix(path, "/v1/files/") {
		request.Header.Set("Accept-Encoding", "identity") // of which Repr-Digest speaks then
	}
	resp, err := a.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	alive := time.AfterFunc(patience, cancel)
	defer alive.Stop()
	resp.Body = &watched{resp.Body, alive}
	switch {
	case resp.StatusCode == http.StatusOK:
		return 0, read(resp)
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone:
		return 0, lasting{fmt.Errorf("%w: %s", errNotThere, path)}
	case resp.StatusCode == http.StatusBadRequest && problem(resp) == "cursor-unknown":
		return 0, lasting{errCursorUnknown}
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return retryAfter(resp), fmt.Errorf("the service answers %s", resp.Status)
	}
	return 0, lasting{fmt.Errorf("the service answers %s to %s", resp.Status, path)}
}

// watched is a body that gives up when nothing comes for as long as patience lasts.
type watched struct {
	io.ReadCloser
	alive *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.alive.Reset(patience)
	}
	return n, err
}

// problem is the kind of problem that the service tells of (RFC 9457).
func problem(resp *http.Response) string {
	var p struct{ Type string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&p); err != nil {
		return ""
	}
	_, kind, _ := strings.Cut(p.Type, "#")
	return kind
}

// retryAfter reads the header, seconds or a date (RFC 9110 §10.2.3).
func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(time.Duration(max(seconds, 0))*time.Second, maxAdvice)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), maxAdvice)
	}
	return 0
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
