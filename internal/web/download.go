package web

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
)

// paced writes an answer of any size: the server's limit on time holds for each piece of it.
type paced struct {
	res     *echo.Response
	control *http.ResponseController
	start   time.Time
	sent    int64
	status  int
}

// piece is how much is sent before the deadline moves on: as much as a slow client takes in a minute.
const piece = 1 << 20

// Header is that of the answer.
func (w *paced) Header() http.Header { return w.res.Header() }

// WriteHeader sends the header, unless the range that was asked for cannot be had: that becomes a problem like any
// other.
func (w *paced) WriteHeader(status int) {
	w.status = status
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.res.WriteHeader(status)
	}
}

// Write sends some bytes.
func (w *paced) Write(p []byte) (int, error) {
	if w.status == http.StatusRequestedRangeNotSatisfiable {
		return len(p), nil
	}
	w.extend()
	n, err := w.res.Write(p)
	w.sent += int64(n)
	return n, err
}

// ReadFrom sends what src gives. Of a file, the system sends the bytes by itself.
func (w *paced) ReadFrom(src io.Reader) (sent int64, err error) {
	limited, ok := src.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: src, N: 1<<63 - 1}
	}
	if !w.res.Committed {
		w.WriteHeader(http.StatusOK)
	}
	for limited.N > 0 {
		w.extend()
		part := &io.LimitedReader{R: limited.R, N: min(limited.N, piece)}
		n, err := io.Copy(w.res.Writer, part)
		sent += n
		w.sent += n
		w.res.Size += n
		limited.N -= n
		if err != nil || n == 0 {
			return sent, err
		}
	}
	return sent, nil
}

// extend gives the client time for the next piece.
func (w *paced) extend() {
	_ = w.control.SetWriteDeadline(deadlineAfter(w.start, w.sent+piece))
}

// Paced gives an answer of any size to its reader, for as long as they take it fast enough, however long the server lets
// other answers take.
func Paced(c echo.Context) io.Writer {
	return &paced{res: c.Response(), control: http.NewResponseController(c.Response()), start: time.Now()}
}

// OpenPublic begins a public answer whose bytes follow from source, and are written as they are sent. It is answered
// already for HEAD, and for who has it: 304, or 412, if the request's preconditions say so. One that is passing is not
// what it should be: caches ask before they give it to anybody again.
func OpenPublic(c echo.Context, mediaType string, source []byte, disposition string, passing bool) (answered bool, err error) {
	h := c.Response().Header()
	addVary(h, "Accept-Encoding")
	sum := sha256.Sum256(source)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	notModified, err := Preconditions(c.Request(), tag, time.Time{})
	if err != nil {
		return true, err
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", publicCaching)
	if passing {
		h.Set("Cache-Control", "public, no-cache")
	}
	if notModified {
		return true, c.NoContent(http.StatusNotModified)
	}
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", disposition)
	c.Response().WriteHeader(http.StatusOK)
	return c.Request().Method == http.MethodHead, nil
}

// Download is a file on its way to a reader.
type Download struct {
	MediaType    string
	Disposition  string    // Content-Disposition
	ETag         string    // strong, quotes included
	Digest       string    // Repr-Digest, RFC 9530
	LastModified time.Time // zero where the address can give other bytes, older ones too: then only ETag tells them apart
	CacheControl string
	Policy       string // Content-Security-Policy
}

// Serve answers with the bytes: all of them, the ranges that are asked for (RFC 9110 §14), or 304, 412 or 416 where the
// request's conditions say so. open is called when bytes are needed, and what it gives is closed.
func (d Download) Serve(c echo.Context, open func() (io.ReadSeekCloser, error)) error {
	h := c.Response().Header()
	addVary(h, "Accept-Encoding")
	notModified, err := Preconditions(c.Request(), d.ETag, d.LastModified)
	if err != nil {
		return err
	}
	h.Set("ETag", d.ETag)
	h.Set("Cache-Control", d.CacheControl)
	if !d.LastModified.IsZero() {
		h.Set("Last-Modified", d.LastModified.UTC().Format(http.TimeFormat))
	}
	h.Set("Content-Security-Policy", d.Policy) // of a 304 too, whose headers replace those that a cache has (RFC 9111 §3.2)
	if notModified {
		return c.NoContent(http.StatusNotModified)
	}
	content, err := open()
	if err != nil {
		return err
	}
	defer content.Close()
	h.Set("Content-Type", d.MediaType)
	h.Set("Content-Disposition", d.Disposition)
	h.Set("Repr-Digest", d.Digest)
	return d.send(c, content)
}

// send leaves ranges to net/http. What it says of one that cannot be had is said again as a problem.
func (d Download) send(c echo.Context, content io.ReadSeeker) error {
	w := &paced{res: c.Response(), control: http.NewResponseController(c.Response()), start: time.Now()}
	http.ServeContent(w, ranged(c.Request()), "", d.LastModified, content)
	if w.status != http.StatusRequestedRangeNotSatisfiable {
		return nil
	}
	return errs.New(errs.RangeNotSatisfiable, "None of the ranges that Range asks for is in the file: Content-Range says how many bytes it has.")
}
