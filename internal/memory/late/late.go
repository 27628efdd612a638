// Package late has the Go runtime collect no garbage while the program's packages are loaded: they make some megabytes of
// tables, hardly any of them garbage, and looking through those takes a tenth of a start. It is imported for that alone,
// by a program that calls [Over] when it is loaded. It works because Go loads a package as soon as what it imports is
// loaded, in the order of their names, and this one imports next to nothing.
package late

import (
	"os"
	"runtime/debug"
)

// asked says that the operator has said how garbage is to be collected.
var asked = os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != ""

// usual is Go's own measure: garbage is collected when there is as much of it as of what is in use.
const usual = 100

func init() {
	if !asked {
		debug.SetGCPercent(-1)
	}
}

// Over has garbage collected as usual, unless the operator has said otherwise.
func Over() {
	if !asked {
		debug.SetGCPercent(usual)
	}
}
