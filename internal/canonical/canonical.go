// Package canonical computes the digest by which partners know that their copy of an item is the latest. Servers on
// either database, and programs in any language, arrive at the same digest for the same content.
package canonical

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/gowebpki/jcs"

	"github.com/cpics/working-together-api/internal/jsonform"
)

// Prefix is how every digest begins; 64 lower-case hex digits follow.
const Prefix = "sha-256:"

// What a digest leaves out: members that differ between two servers with the same content, or that a new edition
// changes although the content stays as it was.
var (
	outsideTop = []string{
		"attribution", "changeHistory", "changeNote", "digest", "edition", "firstPublishedAt", "licence", "links",
		"publishedAt", "updatedAt", "version",
	}
	outsideDepth = []string{"accessibility", "href", "html", "renditions"}
)

// OutsideAtTop names the members of an item that its digest leaves out, in alphabetical order.
func OutsideAtTop() []string { return slices.Clone(outsideTop) }

// OutsideAtAnyDepth names the members that a digest leaves out wherever they stand, in alphabetical order.
func OutsideAtAnyDepth() []string { return slices.Clone(outsideDepth) }

// Digest is the digest of the detail view of an item: Prefix and the SHA-256 of its RFC 8785 form without the members
// that OutsideAtTop and OutsideAtAnyDepth name. It fails on what does not become a JSON object.
func Digest(item any) (string, error) {
	if !jsonform.Members(item) {
		document, err := json.Marshal(item)
		if err != nil {
			return "", fmt.Errorf("digest: %w", err)
		}
		return DigestJSON(document)
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	form, err := written.Append((*buffer)[:0], item)
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	*buffer = form[:0]
	return digestOf(form), nil
}

// written is the form of an item that is a struct.
var written = jsonform.New(jsonform.Rules{Canonical: true, Without: outsideDepth, WithoutAtTop: outsideTop})

// buffers are forgotten as soon as they are not used.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func digestOf(form []byte) string {
	sum := sha256.Sum256(form)
	return Prefix + hex.EncodeToString(sum[:])
}

// DigestJSON is Digest of an item that is JSON already.
func DigestJSON(document []byte) (string, error) {
	form, err := Form(document)
	if err != nil {
		return "", err
	}
	return digestOf(form), nil
}

// Form is the text whose SHA-256 the digest shows, for those who look for the difference between two digests.
func Form(document []byte) ([]byte, error) {
	members, err := object(document)
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	for _, name := range outsideTop {
		delete(members, name)
	}
	prune(members)
	rest, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	form, err := jcs.Transform(rest)
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	return form, nil
}

// object reads one JSON object and nothing after it.
func object(document []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("null is not an object")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("more follows the object")
	}
	return members, nil
}

// prune drops what the digest leaves out from value and all that it holds.
func prune(value any) {
	switch v := value.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(name string, _ any) bool { return slices.Contains(outsideDepth, name) })
		for _, member := range v {
			prune(member)
		}
	case []any:
		for _, element := range v {
			prune(element)
		}
	}
}
