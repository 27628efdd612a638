package annotations

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// typeNotes are the x- lines whose value is a type. Swag describes only the types of answers, so each is shown to
// it as an answer with a status that no HTTP server uses, from firstSpare on.
var typeNotes = []string{"x-draft-view", "x-dry-run", "x-recall"}

const firstSpare = 290

var (
	typeNote  = regexp.MustCompile(`(?m)^//\s*@(x-[a-z-]+)\s+"([^"]+)"\s*$`)
	typeLine  = regexp.MustCompile(`(?m)^//\s*@(?:Success|Failure|Param|x-[a-z-]+)\s.*$`)
	qualified = regexp.MustCompile(`\b([a-z][a-z0-9]*)\.[A-Z]`)
	clause    = regexp.MustCompile(`(?m)^package \w+$`)
	embeds    = regexp.MustCompile(`(?m)^\s*//go:embed .*$`)
)

// prepare copies the Go files of the directories from one root to another, changed so that swag understands what
// the annotations say: it knows only packages that the file imports, and only types of answers and bodies.
func prepare(from, to string, dirs []string) error {
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := copyFile(from, to, file, func(text string) string { return text }); err != nil {
			return err
		}
	}
	packages, err := importPaths(from, dirs)
	if err != nil {
		return err
	}
	return walkGo(from, dirs, func(file string) error {
		own := path.Base(path.Dir(file))
		return copyFile(from, to, file, func(text string) string { return explain(text, own, packages) })
	})
}

// walkGo visits the Go files of the directories, tests aside, by their path from root.
func walkGo(root string, dirs []string, visit func(file string) error) error {
	for _, dir := range dirs {
		err := fs.WalkDir(os.DirFS(root), dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			return visit(file)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// importPaths finds the packages in the directories by their name.
func importPaths(root string, dirs []string) (map[string]string, error) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(mod), "\n")
	module := strings.TrimSpace(strings.TrimPrefix(line, "module "))
	packages := map[string]string{}
	err = walkGo(root, dirs, func(file string) error {
		dir := path.Dir(file)
		name, found := path.Base(dir), path.Join(module, dir)
		if other, ok := packages[name]; ok && other != found {
			return fmt.Errorf("%s and %s have one name, so annotations could mean either", other, found)
		}
		packages[name] = found
		return nil
	})
	return packages, err
}

// explain adds to a file's text the imports that only its annotations need, and shows swag the types of the x-
// lines. own is the name of the file's package.
func explain(text, own string, packages map[string]string) string {
	imports := ""
	for _, line := range typeLine.FindAllString(text, -1) {
		for _, name := range qualified.FindAllStringSubmatch(line, -1) {
			if found, ok := packages[name[1]]; ok && name[1] != own {
				imports += "; import _ \"" + found + "\""
			}
		}
	}
	text = typeNote.ReplaceAllStringFunc(text, func(line string) string {
		parts := typeNote.FindStringSubmatch(line)
		for _, note := range typeNotes {
			if note == parts[1] {
				line += "\n//\t@Success  " + spare(note) + "  {object}  " + parts[2]
			}
		}
		return line
	})
	text = embeds.ReplaceAllString(text, "") // what would be embedded is not copied
	first := clause.FindStringIndex(text)
	if first == nil {
		return text
	}
	return text[:first[1]] + imports + text[first[1]:]
}

// copyFile writes a changed copy of a file under another root.
func copyFile(from, to, file string, change func(string) string) error {
	text, err := os.ReadFile(filepath.Join(from, file))
	if err != nil {
		return err
	}
	target := filepath.Join(to, file)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	return os.WriteFile(target, []byte(change(string(text))), 0o600)
}
