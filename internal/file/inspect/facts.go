package inspect

import (
	"fmt"

	"github.com/cpics/working-together-api/internal/file/report"
)

// facts are what Office documents of all makes tell.
type facts struct {
	titled, language, author bool
	pages, slides            int
	comments, changes        int
	silent                   int    // pictures without a text alternative
	counts                   bool   // the part's pictures need text alternatives
	describes                bool   // and its pictures are described by themselves
	inPicture, lastSilent    bool   // while pictures are read
	acts                     string // what it does when it is opened; empty for nothing
}

// findings are what the document lacks, in the order in which it is put right, and what it tells about people. A
// spreadsheet has no place for its language.
func (f *facts) findings(hasLanguage bool) []report.Finding {
	var found []report.Finding
	add := func(missing bool, code report.Code, detail, help string) {
		if missing {
			found = append(found, report.Finding{Code: code, Detail: detail, Help: help})
		}
	}
	add(!f.titled, report.NoTitle, "The document has no title, so people hear or see the file's name instead.",
		"Give the document a title in its properties.")
	add(hasLanguage && !f.language, report.NoLanguage, "The document does not say which language it is in, so a screen reader may read it with the wrong voice.",
		"Select all text and set its language.")
	add(f.silent > 0, report.ImageWithoutAlt, fmt.Sprintf("%s no text alternative.", count(f.silent, "picture has", "pictures have")),
		"Describe each picture, or mark it as decorative.")
	add(f.author, report.AuthorNamed, "The document's properties name who wrote or changed it.",
		"Take the names out unless they should be public.")
	add(f.comments > 0, report.Comments, fmt.Sprintf("The document has %s.", count(f.comments, "comment", "comments")),
		"Delete the comments unless they should be public.")
	add(f.changes > 0, report.TrackedChanges, fmt.Sprintf("The document holds %s: what was deleted can still be read, and who did it.", count(f.changes, "tracked change", "tracked changes")),
		"Accept or reject all changes, and save the document.")
	return found
}

// count is a number with its noun.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
