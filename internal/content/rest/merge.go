package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

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
	merged, err := mergeJSON(document, patch)
	if err != nil {
		return content.Written[T]{}, fmt.Errorf("apply a merge patch: %w", err)
	}
	written, err := DecodeInto(empty(), merged)
	if err != nil {
		return written, err
	}
	faults, err := unknownRemovals(patch, empty())
	written.Faults = append(written.Faults, faults...)
	return written, err
}

// mergeJSON is the algorithm of RFC 7396, section 2. Lists are taken as they are, with the nulls in them.
func mergeJSON(target, patch json.RawMessage) (json.RawMessage, error) {
	changes := objectOf(patch)
	if changes == nil {
		return patch, nil
	}
	merged := objectOf(target)
	if merged == nil {
		merged = map[string]json.RawMessage{}
	}
	for name, change := range changes {
		if isNull(change) {
			delete(merged, name)
			continue
		}
		member, err := mergeJSON(merged[name], change)
		if err != nil {
			return nil, err
		}
		merged[name] = member
	}
	return json.Marshal(merged)
}

// objectOf splits an object into its members; nil for anything else.
func objectOf(value json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(value, &members) != nil {
		return nil
	}
	return members
}

func isNull(value json.RawMessage) bool { return string(value) == "null" }

// unknownRemovals finds members that a patch removes and no document has: merging forgets them. What the document
// has is told by reading the removals into probe.
func unknownRemovals(patch json.RawMessage, probe any) ([]errs.Fault, error) {
	document, err := json.Marshal(removals(patch))
	if err != nil {
		return nil, fmt.Errorf("write the removals of a merge patch: %w", err)
	}
	var invalid *errs.Error
	if !errors.As(web.DecodeJSON(document, probe), &invalid) {
		return nil, nil
	}
	return slices.DeleteFunc(invalid.Faults, func(f errs.Fault) bool { return f.Code != errs.Unknown && f.Code != errs.ReadOnly }), nil
}

// removals is what is left of a patch when only its nulls are kept, and the objects that they stand in.
func removals(patch json.RawMessage) map[string]any {
	kept := map[string]any{}
	for name, value := range objectOf(patch) {
		if isNull(value) {
			kept[name] = nil
		} else if inner := removals(value); len(inner) > 0 {
			kept[name] = inner
		}
	}
	return kept
}
