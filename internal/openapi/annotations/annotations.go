// Package annotations reads the swag comments of Go source into a Swagger 2.0 document. It is apart from package
// openapi so that nothing but the generator depends on swag.
package annotations

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/swaggo/swag"
)

// Read gives the Swagger 2.0 document, indented, of the annotated functions in the directories and all below
// them. The first directory holds the file with the general description. What swag only warns of, such as a route
// that is declared twice, is an error here.
func Read(generalFile string, dirs ...string) ([]byte, error) {
	var log warnings
	parser := swag.New(swag.SetDebugger(&log), swag.SetStrict(true))
	parser.ParseInternal = true
	if err := parser.ParseAPIMultiSearchDir(dirs, generalFile, 1); err != nil {
		return nil, fmt.Errorf("reading the annotations: %w", err)
	}
	if len(log) > 0 {
		return nil, fmt.Errorf("reading the annotations: %w", errors.Join(log...))
	}
	return json.MarshalIndent(parser.GetSwagger(), "", "  ")
}

// Packages lists the topmost directories under root that hold Go files, in order: what Read needs, since swag
// cannot name the packages below a directory that is none itself. Directories called skip are passed over.
func Packages(root string, skip ...string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case d.Name() == "testdata" || slices.Contains(skip, d.Name()):
			return fs.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
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
