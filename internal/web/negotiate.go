package web

import (
	"strconv"
	"strings"
)

// coding is a content coding (RFC 9110 §8.4.1) that the service can make.
type coding int

// In the order of preference when a client likes several equally.
const (
	brotliCoding coding = iota
	gzipCoding
	identityCoding
	codings int = iota
)

// name is the coding's registered name, as in Content-Encoding.
func (k coding) name() string { return [codings]string{"br", "gzip", "identity"}[k] }

// suffix tells the coding's entity tag from those of the others.
func (k coding) suffix() string { return [codings]string{"br", "gz", ""}[k] }

// negotiate picks the coding for a body of size bytes by the client's Accept-Encoding (RFC 9110 §12.5.3): the one
// with the highest weight. A small body stays as it is while the client takes it so. A client that takes nothing
// we have gets the body as it is: it is more use than a refusal.
func negotiate(header []string, size int) coding {
	weights := codingWeights(strings.Join(header, ","))
	if size < worthCompressing && weights[identityCoding] > 0 {
		return identityCoding
	}
	best := identityCoding
	for _, k := range []coding{gzipCoding, brotliCoding} {
		if weights[k] > 0 && weights[k] >= weights[best] {
			best = k
		}
	}
	return best
}

// codingWeights gives each coding the weight that the client named for it, else the one it named for all others,
// else nothing; identity without any mention is acceptable, but less than whatever is named.
func codingWeights(header string) [codings]float64 {
	const unmentioned = -1
	weights := [codings]float64{unmentioned, unmentioned, unmentioned}
	others := float64(unmentioned)
	for element := range strings.SplitSeq(header, ",") {
		name, weight := weightedName(element)
		switch name {
		case "br":
			weights[brotliCoding] = weight
		case "gzip", "x-gzip":
			weights[gzipCoding] = weight
		case "identity":
			weights[identityCoding] = weight
		case "*":
			others = weight
		}
	}
	for k, weight := range weights {
		switch {
		case weight != unmentioned:
		case others == 0 || others > 0 && coding(k) != identityCoding:
			weights[k] = others
		case coding(k) == identityCoding:
			weights[k] = 0.0001 // less than the least weight that can be written
		default:
			weights[k] = 0
		}
	}
	return weights
}

// weightedName reads "gzip;q=0.5". A weight that cannot be read counts as none: the client meant less than all.
func weightedName(element string) (name string, weight float64) {
	name, parameter, weighted := strings.Cut(element, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	if !weighted {
		return name, 1
	}
	key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
	weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !strings.EqualFold(key, "q") || !(weight >= 0 && weight <= 1) {
		return name, 0
	}
	return name, weight
}
