package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Merge applies a merge patch (RFC 7396) to a document; empty makes the inputs it is read into. A patch that is no
// object replaces the whole, so that its result is refused as no document; removing a member that does not exist is
// refused as unknown.
func Merge[T any](current T, patch []byte, empty func() T) (content.Written[T], error) {
	document, err := json.Marshal(current)
	if err != nil {
		return content.Written[T]{}, fmt.Errorf("write the document to patch: %w", err)
	}
	merged, err := jsonpatch.MergePatch(document, patch)
	if err != nil {
		return content.Written[T]{}, fmt.Errorf("apply a merge patch: %w", err)
	}
	written, err := DecodeInto(empty(), merged)
	if err != nil {
		return written, err
	}
	written.Faults = append(written.Faults, unknownRemovals(patch, empty())...)
	return written, nil
}

// unknownRemovals finds members that a patch removes and no document has: merging forgets them. What the document
// has is told by reading the removals into probe.
func unknownRemovals(patch []byte, probe any) []errs.Fault {
	var all map[string]json.RawMessage
	if json.Unmarshal(patch, &all) != nil {
		return nil
	}
	removals := map[string]json.RawMessage{}
	for name, value := range all {
		if string(value) == "null" {
			removals[name] = value
		}
	}
	document, _ := json.Marshal(removals) // of names and nulls: it cannot fail
	var invalid *errs.Error
	if !errors.As(web.DecodeJSON(document, probe), &invalid) {
		return nil
	}
	return slices.DeleteFunc(invalid.Faults, func(f errs.Fault) bool { return f.Code != errs.Unknown && f.Code != errs.ReadOnly })
}
