package web

import (
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// paced writes an answer of any size: the server's limit on time holds for each piece of it.
type paced struct {
	http.ResponseWriter
	res     *echo.Response // the same, which counts what is sent; nil ahead of the router
	control *http.ResponseController
	start   time.Time
	sent    int64
	status  int
}

// piece is how much is sent before the deadline moves on: as much as a slow client takes in a minute.
const piece = 1 << 20

func newPaced(w http.ResponseWriter) *paced {
	res, _ := w.(*echo.Response)
	return &paced{ResponseWriter: w, res: res, control: http.NewResponseController(w), start: time.Now()}
}

// Paced gives an answer of any size to its reader, for as long as they take it fast enough, however long the server lets
// other answers take.
func Paced(c echo.Context) io.Writer { return newPaced(c.Response()) }

// WriteHeader sends the header, unless the range that was asked for cannot be had: that becomes a problem like any
// other.
func (w *paced) WriteHeader(status int) {
	w.status = status
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write sends some bytes.
func (w *paced) Write(p []byte) (int, error) {
	if w.status == http.StatusRequestedRangeNotSatisfiable {
		return len(p), nil
	}
	w.extend()
	n, err := w.ResponseWriter.Write(p)
	w.sent += int64(n)
	return n, err
}

// ReadFrom sends what src gives. Of a file, the system sends the bytes by itself.
func (w *paced) ReadFrom(src io.Reader) (sent int64, err error) {
	limited, ok := src.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: src, N: 1<<63 - 1}
	}
	var raw io.Writer = w.ResponseWriter
	if w.res != nil { // Echo's does not know how to have a file sent
		if !w.res.Committed {
			w.WriteHeader(http.StatusOK)
		}
		raw = w.res.Writer
	}
	for limited.N > 0 {
		w.extend()
		part := &io.LimitedReader{R: limited.R, N: min(limited.N, piece)}
		n, err := io.Copy(raw, part)
		sent += n
		w.sent += n
		if w.res != nil {
			w.res.Size += n
		}
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
