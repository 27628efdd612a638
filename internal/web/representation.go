package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
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
	modified time.Time
	variants [codings]atomic.Pointer[variant]
	grown    func() // see OnGrowth

	// Values of headers, in slices that every answer shares: whoever adds to one gets a copy.
	mediaType, cacheControl, lastModified []string
	more                                  Headers // that belong to this answer, a 304 included
}

// variant is the representation in one content coding.
type variant struct {
	body []byte
	etag string

	tag, encoding, length []string // values of headers
}

var (
	vary      = one("Accept-Encoding") // what every representation depends on
	privately = one(privateNoStore)
)

// one is the value of a header that has one. There is no room behind it.
func one(value string) []string { return []string{value}[:1:1] }

// NewRepresentation makes a public answer of the body, which it keeps.
func NewRepresentation(body []byte, opt PublicOptions) *Representation {
	r := &Representation{modified: opt.LastModified, mediaType: one(MediaTypeJSON), cacheControl: one(publicCaching)}
	if opt.MediaType != "" {
		r.mediaType = one(opt.MediaType)
	}
	if opt.CacheControl != "" {
		r.cacheControl = one(opt.CacheControl)
	}
	if opt.Again { // RFC 9110 §8.8.2.2: who has the date may have the state before
		r.modified = r.modified.Add(time.Second)
	}
	if !opt.LastModified.IsZero() {
		r.lastModified = one(opt.LastModified.UTC().Format(http.TimeFormat))
	}
	for name, value := range opt.Header {
		r.more.set(name, value)
	}
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	r.variants[identityCoding].Store(newVariant(body, tag, identityCoding))
	return r
}

func newVariant(body []byte, etag string, coding coding) *variant {
	v := &variant{body: body, etag: etag, tag: one(etag), length: one(strconv.Itoa(len(body)))}
	if coding != identityCoding {
		v.encoding = one(coding.name())
	}
	return v
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

// OnGrowth has grown called whenever Size has become more. It is set before anyone is served.
func (r *Representation) OnGrowth(grown func()) { r.grown = grown }

// Serve answers the request with the coding it prefers, or 304 or 412 if its preconditions say so. The same
// headers go with a 304 as with a 200 (RFC 9110 §15.4.5), and with HEAD as with GET.
func (r *Representation) Serve(c echo.Context) error {
	if keep, ok := c.Get(keepKey).(func(Kept)); ok {
		keep(r)
	}
	_, _, err := r.serve(c.Response(), c.Request())
	return err
}

// ServeKept is Serve ahead of the router: see Kept.
func (r *Representation) ServeKept(w http.ResponseWriter, req *http.Request, common Headers) (status int, sent int, err error) {
	common.on(w.Header())
	return r.serve(w, req)
}

// Plain reports whether the request can be answered with what is kept and nothing else: it reads the whole, shows no
// credential, and its preconditions are none that can fail.
func Plain(req *http.Request) bool {
	h := req.Header
	return (req.Method == http.MethodGet || req.Method == http.MethodHead) &&
		h["Authorization"] == nil && h["Range"] == nil && h["If-Match"] == nil && h["If-Unmodified-Since"] == nil
}

// serve answers, and gives the status and the number of bytes sent.
func (r *Representation) serve(w http.ResponseWriter, req *http.Request) (status, sent int, err error) {
	coding := negotiate(req.Header["Accept-Encoding"], len(r.variants[identityCoding].Load().body))
	v, err := r.variant(coding)
	if err != nil {
		return 0, 0, err
	}
	h := w.Header()
	h["Vary"] = vary
	notModified, err := Preconditions(req, v.etag, r.modified)
	if err != nil {
		return 0, 0, err
	}
	r.setHeaders(h, v)
	if req.Header["Authorization"] != nil {
		h["Cache-Control"] = privately
	}
	if notModified {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0, nil
	}
	h["Content-Type"], h["Content-Length"] = r.mediaType, v.length
	if v.encoding != nil {
		h["Content-Encoding"] = v.encoding
	}
	w.WriteHeader(http.StatusOK)
	if req.Method != http.MethodHead {
		sent, err = w.Write(v.body)
	}
	return http.StatusOK, sent, err
}

// setHeaders sets those that a 304 has too.
func (r *Representation) setHeaders(h http.Header, v *variant) {
	h["Etag"], h["Cache-Control"] = v.tag, r.cacheControl
	if r.lastModified != nil {
		h["Last-Modified"] = r.lastModified
	}
	r.more.on(h)
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
	v := newVariant(body, plain.etag[:len(plain.etag)-1]+"-"+coding.suffix()+`"`, coding)
	r.variants[coding].Store(v)
	if r.grown != nil {
		r.grown()
	}
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
	return bytes.Clone(buf.Bytes()), nil // without the buffer's spare room: it may be kept
}
