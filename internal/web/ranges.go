package web

import (
	"math"
	"net/http"
	"strconv"
	"strings"
)

// largest is a position that no file reaches, and the largest that net/http reads.
var largest = strconv.Itoa(math.MaxInt64)

// ranged is the request with a Range that net/http understands as RFC 9110 §14 means it: only a GET has one (§14.2), in
// a unit whose name is in either case (§14.1) and known, or else it is ignored; a position has any number of digits,
// and the last no bytes of a file are none of it (§14.1.2).
func ranged(r *http.Request) *http.Request {
	header := r.Header.Get("Range")
	if header == "" {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	unit, set, ok := strings.Cut(header, "=")
	if r.Method != http.MethodGet || !ok || !strings.EqualFold(unit, "bytes") {
		return r
	}
	r.Header.Set("Range", "bytes="+rangeSet(set))
	return r
}

// rangeSet gives ranges without those that cannot be had wherever the file ends; where that is all of them, one.
func rangeSet(set string) string {
	var kept []string
	empty := false
	for spec := range strings.SplitSeq(set, ",") {
		first, last, ok := strings.Cut(strings.Trim(spec, " \t"), "-")
		first, last = position(first), position(last)
		switch {
		case !ok: // net/http refuses it
			kept = append(kept, spec)
		case first == "" && last == "0":
			empty = true
		default:
			kept = append(kept, first+"-"+last)
		}
	}
	if empty && len(kept) == 0 {
		return largest + "-"
	}
	return strings.Join(kept, ",")
}

// position writes a number so that net/http can read it. What is none stays as it is.
func position(s string) string {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return s
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return largest
	}
	return strconv.FormatInt(n, 10)
}
