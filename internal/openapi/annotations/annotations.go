// Package annotations reads the swag comments of Go source into a Swagger 2.0 document. It is apart from package
// openapi so that nothing but the generator depends on swag.
package annotations

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-openapi/spec"
	"github.com/swaggo/swag"
)

// Read gives the Swagger 2.0 document, indented, of the annotated functions in the directories and all below
// them. The directories are relative to root, where the module's go.mod lies; the first one holds the file with
// the general description. What swag only warns of, such as a route that is declared twice, is an error here.
func Read(root, generalFile string, dirs ...string) ([]byte, error) {
	prepared, err := os.MkdirTemp("", "annotations")
	if err != nil {
		return nil, fmt.Errorf("reading the annotations: %w", err)
	}
	defer os.RemoveAll(prepared)
	if err := prepare(root, prepared, dirs); err != nil {
		return nil, fmt.Errorf("reading the annotations: %w", err)
	}
	swagger, err := parse(prepared, generalFile, dirs)
	if err != nil { // where the copy lies helps nobody
		return nil, fmt.Errorf("reading the annotations: %s", strings.ReplaceAll(err.Error(), prepared, root))
	}
	for _, item := range swagger.Paths.Paths {
		for _, op := range []*spec.Operation{item.Get, item.Put, item.Post, item.Patch, item.Delete} {
			settle(op)
		}
	}
	return json.MarshalIndent(swagger, "", "  ")
}

func parse(root, generalFile string, dirs []string) (*spec.Swagger, error) {
	var log warnings
	parser := swag.New(swag.SetDebugger(&log), swag.SetStrict(true))
	parser.ParseInternal = true
	search := make([]string, len(dirs))
	for i, dir := range dirs {
		search[i] = filepath.Join(root, dir)
	}
	if err := parser.ParseAPIMultiSearchDir(search, generalFile, 1); err != nil {
		return nil, err
	}
	return parser.GetSwagger(), errors.Join(log...)
}

// settle takes the answers that prepare added out again and puts a reference to their type where the x- line named
// it in Go's words.
func settle(op *spec.Operation) {
	if op == nil || op.Responses == nil {
		return
	}
	for i, note := range typeNotes {
		answer, added := op.Responses.StatusCodeResponses[firstSpare+i]
		if !added {
			continue
		}
		delete(op.Responses.StatusCodeResponses, firstSpare+i)
		op.Extensions[note] = map[string]string{"$ref": answer.Schema.Ref.String()}
	}
}

// Packages lists the topmost directories under dir, both relative to root, that hold Go files, in order: what Read
// needs, since swag cannot name the packages below a directory that is none itself. Directories called skip are
// passed over.
func Packages(root, dir string, skip ...string) ([]string, error) {
	var found []string
	err := fs.WalkDir(os.DirFS(root), dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case d.Name() == "testdata" && path != dir || slices.Contains(skip, d.Name()):
			return fs.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(root, path, "*.go"))
		if err != nil || len(files) == 0 {
			return err
		}
		found = append(found, path)
		return fs.SkipDir
	})
	return found, err
}

// warnings keeps what swag warns of and drops what it says of its progress.
type warnings []error

// Printf is called by swag.
func (w *warnings) Printf(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); strings.HasPrefix(line, "warning") {
		*w = append(*w, errors.New(line))
	}
}

// spare is the status under which the answer named by a note hides from swag's eyes.
func spare(note string) string { return strconv.Itoa(firstSpare + slices.Index(typeNotes, note)) }
