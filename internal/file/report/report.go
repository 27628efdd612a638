// Package report has the words for what a look at a file's bytes found. It imports nothing, so that whoever shows a
// file needs none of the programs that read one.
package report

// Accessibility says whether a document has what people who cannot see it need. Text, images and films have none: what
// they need (alternative text) is said beside the file.
type Accessibility struct {
	Passed   bool      `json:"passed" validate:"required" example:"false"` // nothing that was looked for bars anybody from reading it
	Findings []Finding `json:"findings" validate:"required"`               // what was found, also what bars nobody: names, comments, tracked changes
}

// Finding is one thing that was found in a document.
type Finding struct {
	Code   Code   `json:"code" validate:"required" enums:"no-title,title-not-shown,no-language,not-tagged,no-text,image-without-alt,author-named,comments,tracked-changes,not-checked" example:"not-tagged"` // what it is, for programs
	Detail string `json:"detail" validate:"required" example:"The document is not tagged, so a screen reader cannot tell headings, lists and tables."`                                                       // what was found
	Help   string `json:"help" validate:"required" example:"Export it again as a tagged PDF."`                                                                                                               // what to do about it
}

// Code names a finding in one word.
type Code string

// The codes of a Finding. All but the last three bar somebody from reading the document.
const (
	NoTitle         Code = "no-title"          // it has no title
	TitleNotShown   Code = "title-not-shown"   // a PDF whose window shows the file's name in place of the title
	NoLanguage      Code = "no-language"       // it does not say which language it is in
	NotTagged       Code = "not-tagged"        // a PDF without structure
	NoText          Code = "no-text"           // pages that are only pictures of text
	ImageWithoutAlt Code = "image-without-alt" // pictures without a text alternative
	NotChecked      Code = "not-checked"       // too large or too unusual to be read through
	AuthorNamed     Code = "author-named"      // it names people
	Comments        Code = "comments"          // it has comments
	TrackedChanges  Code = "tracked-changes"   // it holds what was deleted, and who did it
)

// bars tells whether the finding keeps somebody from reading the document.
func (c Code) bars() bool {
	return c != AuthorNamed && c != Comments && c != TrackedChanges
}

// NewAccessibility is passed when no finding bars anybody.
func NewAccessibility(findings []Finding) *Accessibility {
	a := &Accessibility{Passed: true, Findings: findings}
	if findings == nil {
		a.Findings = []Finding{}
	}
	for _, f := range findings {
		a.Passed = a.Passed && !f.Code.bars()
	}
	return a
}
