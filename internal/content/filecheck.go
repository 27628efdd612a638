package content

import "github.com/cpics/working-together-api/internal/visible"

// fileChecks lists what stands against publishing a document's files. requireAccessible makes a document that not
// everybody can read a blocker, unless there is an alternative to it.
func fileChecks(in Input, files map[string][]Attached, requireAccessible bool) []Check {
	var checks []Check
	for _, field := range in.FileFields() {
		for i, a := range files[field.Name] {
			checks = append(checks, checksOf(a, field.pointer(i), requireAccessible)...)
		}
	}
	return checks
}

// checksOf looks at one file.
func checksOf(a Attached, pointer string, requireAccessible bool) []Check {
	var checks []Check
	add := func(code string, severity Severity, detail, help string) {
		checks = append(checks, Check{Code: code, Severity: severity, Pointer: pointer, Detail: detail, Help: help})
	}
	if a.IsImage() && !visible.Text(a.Alt) && !a.Decorative {
		add("alt-missing", Blocker, "The image "+a.Filename+" has no text alternative.",
			"Say in alt, with PATCH /v1/files/"+a.ID.String()+", what somebody who cannot see it should know, or set decorative to true.")
	}
	if a.Accessibility != nil && !a.Accessibility.Passed {
		severity := Warning
		if requireAccessible && !visible.Text(a.Alternative) {
			severity = Blocker
		}
		add("not-accessible", severity, "Not everybody can read "+a.Filename+": "+a.Accessibility.Findings[0].Detail,
			"Put right what its accessibility lists and upload it again, or state an alternative to it.")
	}
	switch a.Scan {
	case ScanPending:
		add("not-scanned", Blocker, "The file "+a.Filename+" has not been looked at by the virus scanner yet.", "Wait a moment and try again.")
	case ScanInfected:
		add("infected", Blocker, "The virus scanner found something in "+a.Filename+".", "Take the file out, and clean the computer that it came from.")
	}
	return checks
}
