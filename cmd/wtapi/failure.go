package main

import (
	"errors"
	"strings"

	"github.com/cpics/working-together-api/internal/errs"
)

// explain is an error for the operator. A failure that a client could see is told in the same sentences, and with its
// cause, which a client never sees.
func explain(err error) string {
	var failure *errs.Error
	if !errors.As(err, &failure) {
		return err.Error()
	}
	return strings.Replace(err.Error(), failure.Error(), sentences(failure), 1)
}

func sentences(failure *errs.Error) string {
	all := []string{failure.Detail}
	if len(failure.Faults) > 0 {
		all = nil
	}
	for _, fault := range failure.Faults {
		all = append(all, fault.Pointer+fault.Parameter+": "+fault.Detail)
	}
	if cause := failure.Unwrap(); cause != nil {
		oneLine := strings.Join(strings.Fields(cause.Error()), " ")
		all = append(all, "("+oneLine+")")
	}
	return strings.Join(all, " ")
}
