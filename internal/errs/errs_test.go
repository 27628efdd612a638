package errs_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/cpics/working-together-api/internal/errs"
)

func TestFaultNamesItsPlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault errs.Fault
		want  string
	}{
		{errs.At("/title", errs.Required, "Give %s.", "one"), `{"pointer":"/title","detail":"Give one.","code":"required"}`},
		{errs.At("", errs.Type, "Send an object."), `{"pointer":"","detail":"Send an object.","code":"type"}`},
		{errs.In("limit", errs.Range, "1 to 100"), `{"parameter":"limit","detail":"1 to 100","code":"range"}`},
	} {
		if got, err := json.Marshal(test.fault); err != nil || string(got) != test.want {
			t.Errorf("got %s, %v, want %s", got, err, test.want)
		}
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	gone := errs.New(errs.Gone, "Removed.").Because(errors.New("cause"))
	for _, test := range []struct {
		err  error
		want errs.Kind
	}{
		{nil, ""}, {errors.New("x"), errs.Internal}, {gone, errs.Gone}, {errors.Join(errors.New("x"), gone), errs.Gone},
		{errs.Invalid(errs.InvalidQuery), ""}, {errs.Invalid(errs.InvalidQuery, errs.In("a", errs.Unknown, "b")), errs.InvalidQuery},
	} {
		if got := errs.KindOf(test.err); got != test.want {
			t.Errorf("KindOf(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}

func TestWithLeavesTheOriginal(t *testing.T) {
	t.Parallel()
	base := errs.New(errs.Gone, "Removed.").With("explanation", "a")
	more := base.With("alternative", "b")
	if len(base.Extra) != 1 || len(more.Extra) != 2 {
		t.Errorf("base %v, more %v", base.Extra, more.Extra)
	}
}
