package content

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/visible"
)

// maxFileMentions is how many files that a text names are looked at.
const maxFileMentions = 100

// fileMentionChecks warns of files that rich text shows or links to and that the item does not name as its own: naming
// a file in a text does not keep it.
func fileMentionChecks(tx *database.Tx, text *richtext.Renderer, in Input, files map[string][]Attached) ([]Check, error) {
	own := map[uuid.UUID]bool{}
	for _, attached := range slices.Concat(slices.Collect(maps.Values(files))...) {
		own[attached.ID] = true
	}
	names, err := filenames(tx, text, in)
	if err != nil {
		return nil, err
	}
	var checks []Check
	for _, field := range in.RichText() {
		for _, name := range field.files(text) {
			if id, ok := ParseID(name); !ok || !own[id] {
				checks = append(checks, fileMention("/"+field.Name, name, names[id]))
			}
		}
	}
	return checks, nil
}

// files are those that the field names, by what stands for the id in their addresses.
func (f RichField) files(text *richtext.Renderer) []string {
	names := text.Files(f.Markdown)
	return names[:min(len(names), maxFileMentions)]
}

// filenames are the names of the files that the texts of an input name, by id.
func filenames(tx *database.Tx, text *richtext.Renderer, in Input) (map[uuid.UUID]string, error) {
	var ids []uuid.UUID
	for _, field := range in.RichText() {
		for _, name := range field.files(text) {
			if id, ok := ParseID(name); ok {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var found []StoredFile
	if err := tx.Select("id", "filename").Where("id IN ?", ids).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("look up files that a text names: %w", err)
	}
	names := map[uuid.UUID]string{}
	for _, f := range found {
		names[f.ID] = f.Filename
	}
	return names, nil
}

// fileMention is the warning about one file; filename is empty where there is no such file.
func fileMention(pointer, name, filename string) Check {
	if filename == "" {
		return Check{Code: "file-not-there", Severity: Warning, Pointer: pointer,
			Detail: "The text names the file " + name + ", which is not there.",
			Help:   "Correct the address, or upload the file, with POST /v1/files, and take the href of the answer."}
	}
	return Check{Code: "file-not-held", Severity: Warning, Pointer: pointer,
		Detail: "The text names the file " + filename + ", which this item does not use: readers can open it only while another item does, and a file that nothing uses is removed.",
		Help:   "Name it among the item's files or as its image, or put it into a toolkit asset."}
}

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
