package annotations_test

import (
	"slices"
	"testing"

	"github.com/cpics/working-together-api/internal/openapi/annotations"
)

func TestPackages(t *testing.T) {
	got, err := annotations.Packages("..", "testdata/sample")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"testdata/sample/api", "testdata/sample/principle"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	got, err = annotations.Packages("../..", "openapi", "gen")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"openapi"}; !slices.Equal(got, want) {
		t.Errorf("a package and those below it: got %v, want %v", got, want)
	}
}
