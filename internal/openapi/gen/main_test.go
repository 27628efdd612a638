package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestDescriptionIsFresh fails when an annotation, a type or the converter changed and nobody ran go generate.
func TestDescriptionIsFresh(t *testing.T) {
	const root = "../../.."
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not what the source says: run go generate ./docs", name)
		}
	}
}
