package openapi

import (
	"testing"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// TestInstances holds the examples to the error table: one sentence of its own for each published kind.
func TestInstances(t *testing.T) {
	known := map[string]bool{}
	for _, p := range web.Problems() {
		known[string(p.Kind)] = true
		_, shown := instances[string(p.Kind)]
		if undocumented := p.Kind == errs.MethodNotAllowed; shown == undocumented {
			t.Errorf("%s: shown %v", p.Kind, shown)
		}
		if _, documented := failures[p.Status]; !documented && p.Kind != errs.MethodNotAllowed {
			t.Errorf("%s comes with status %d, which no answer documents", p.Kind, p.Status)
		}
	}
	for kind := range instances {
		if !known[kind] {
			t.Errorf("%s is no kind of problem", kind)
		}
	}
}
