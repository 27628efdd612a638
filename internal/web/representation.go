package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

// worthCompressing is the size in bytes from which compression saves a packet.
const worthCompressing = 860

// brotliQuality compresses about as fast as gzip does, and better.
const brotliQuality = 5

// Representation is a public answer ready to be sent: bytes, tags and headers, independent of any request. It may
// be kept and served to many requests at once. Each coding is made when it is first asked for.
type Representation struct {
	mediaType    string
	cacheControl string
	lastModified time.Time
	header       map[string]string
	variants     [codings]atomic.Pointer[variant]
}

// variant is the representation in one content coding.
type variant struct {
	body []byte
	etag string
}

// NewRepresentation makes a public answer of the body, which it keeps.
func NewRepresentation(body []byte, opt PublicOptions) *Representation {
	r := &Representation{mediaType: opt.MediaType, cacheControl: opt.CacheControl, lastModified: opt.LastModified, header: opt.Header}
	if r.mediaType == "" {
		r.mediaType = MediaTypeJSON
	}
	if r.cacheControl == "" {
		r.cacheControl = publicCaching
	}
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	r.variants[identityCoding].Store(&variant{body: body, etag: tag})
	return r
}

// ETag is the strong entity tag of the uncompressed form, quotes included.
func (r *Representation) ETag() string { return r.variants[identityCoding].Load().etag }

// Size is how many bytes the representation holds now, in all the codings made so far.
func (r *Representation) Size() int {
	size := 0
	for i := range r.variants {
		if v := r.variants[i].Load(); v != nil {
			size += len(v.body)
		}
	}
	return size
}

// Serve answers the request with the coding it prefers, or 304 or 412 if its preconditions say so. The same
// headers go with a 304 as with a 200 (RFC 9110 §15.4.5), and with HEAD as with GET.
func (r *Representation) Serve(c echo.Context) error {
	coding := negotiate(c.Request().Header.Values("Accept-Encoding"), len(r.variants[identityCoding].Load().body))
	v, err := r.variant(coding)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	addVary(h, "Accept-Encoding")
	notModified, err := Preconditions(c.Request(), v.etag, r.lastModified)
	if err != nil {
		return err
	}
	for name, value := range r.header {
		h.Set(name, value)
	}
	h.Set("ETag", v.etag)
	h.Set("Cache-Control", r.cacheControl)
	if Credentialed(c) {
		h.Set("Cache-Control", privateNoStore)
	}
	if !r.lastModified.IsZero() {
		h.Set("Last-Modified", r.lastModified.UTC().Format(http.TimeFormat))
	}
	if notModified {
		return c.NoContent(http.StatusNotModified)
	}
	if coding != identityCoding {
		h.Set("Content-Encoding", coding.name())
	}
	return send(c, http.StatusOK, r.mediaType, v.body)
}

// variant is the representation in the coding. Two requests that ask first at the same moment may both make it;
// they make the same.
func (r *Representation) variant(coding coding) (*variant, error) {
	if v := r.variants[coding].Load(); v != nil {
		return v, nil
	}
	plain := r.variants[identityCoding].Load()
	body, err := coding.encode(plain.body)
	if err != nil {
		return nil, fmt.Errorf("encode as %s: %w", coding.name(), err)
	}
	v := &variant{body: body, etag: plain.etag[:len(plain.etag)-1] + "-" + coding.suffix() + `"`}
	r.variants[coding].Store(v)
	return v, nil
}

// encode compresses body in one go.
func (k coding) encode(body []byte) ([]byte, error) {
	var buf bytes.Buffer
	var w io.WriteCloser
	switch k {
	case brotliCoding:
		w = brotli.NewWriterLevel(&buf, brotliQuality)
	case gzipCoding:
		w = gzip.NewWriter(&buf)
	default:
		return body, nil
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
