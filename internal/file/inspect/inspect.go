// Package inspect decides what an uploaded file is, by its bytes and never by what it is called, and refuses what this
// service must not hand on: whatever a browser would run, whatever would act when it is opened, and whatever is two
// kinds of file at once. Of documents it tells whether everybody can read them.
//
// Every byte is hostile until shown otherwise. Nothing is read whole into memory; every count, depth and expansion has
// a bound; and one file at a time is taken apart (package desk).
package inspect

import (
	"context"
	"fmt"
	"io"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/desk"
	"github.com/cpics/working-together-api/internal/file/pdf"
	"github.com/cpics/working-together-api/internal/file/picture"
	"github.com/cpics/working-together-api/internal/file/report"
)

// Info is what a file's bytes tell.
type Info struct {
	MediaType     string
	Width, Height int                   // of an image as it is to be seen, or of a film, in pixels; otherwise 0
	Pages         int                   // or slides, where the document says so; otherwise 0
	Accessibility *report.Accessibility // of documents; otherwise nil
}

// Inspect reads the file, which name may help to describe: it must not contradict the bytes, and tells TXT from CSV.
// What is refused is an errs.Error of kind UnsupportedMediaType (not a type that is taken here) or InvalidContent
// (such a type, but broken, hostile or contradicting its name) whose detail says what to do about it; other errors are
// those of f or ctx. It waits for its turn at the desk.
func Inspect(ctx context.Context, f io.ReaderAt, size int64, name string) (Info, error) {
	if size <= 0 {
		return Info{}, errs.New(errs.InvalidContent, "The file is empty. Choose another, or save it again where it was made.")
	}
	head := make([]byte, min(size, headSize))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return Info{}, context.Cause(ctx)
	}
	return read(ctx, f, size, name, sniff(head))
}

// read has the file read as what it looks like.
func read(ctx context.Context, f io.ReaderAt, size int64, name string, k kind) (info Info, err error) {
	switch k {
	case kindImage(k):
		info, err = readImage(ctx, f, size, string(k))
	case kindPDF:
		info, err = atDesk(ctx, size, func() (Info, error) { return readPDF(ctx, f, size) })
	case kindZip:
		info, err = atDesk(ctx, size, func() (Info, error) { return readZip(ctx, f, size) })
	case kindMP4:
		info, err = readMP4(f, size)
	case kindText:
		info, err = readText(ctx, f, size, name)
	default:
		return Info{}, unsupported(k)
	}
	if err == nil {
		err = nameFits(name, info.MediaType)
	}
	if err != nil {
		return Info{}, err
	}
	return info, nil
}

// kindImage is k if it is an image.
func kindImage(k kind) kind {
	if picture.Is(string(k)) {
		return k
	}
	return ""
}

func readImage(ctx context.Context, f io.ReaderAt, size int64, mediaType string) (Info, error) {
	i, err := picture.Inspect(ctx, f, size, mediaType)
	return Info{MediaType: mediaType, Width: i.Width, Height: i.Height}, err
}

func readPDF(ctx context.Context, f io.ReaderAt, size int64) (Info, error) {
	d, err := pdf.Read(ctx, f, size)
	return Info{MediaType: PDF, Pages: d.Pages, Accessibility: report.NewAccessibility(d.Findings)}, err
}

// expansion is about how many times its size a document takes while it is read.
const expansion = 16

// atDesk waits for the desk and reads there. A reader that panics has met a file that nobody else should meet.
func atDesk(ctx context.Context, size int64, read func() (Info, error)) (info Info, err error) {
	leave, err := desk.Take(ctx, expansion*size)
	if err != nil {
		return Info{}, err
	}
	defer leave()
	defer func() {
		if p := recover(); p != nil {
			err = errs.New(errs.InvalidContent, "The document cannot be read. Open it in the program that made it, save it again, and upload what was saved.").
				Because(fmt.Errorf("reading: %v", p))
		}
	}()
	return read()
}
