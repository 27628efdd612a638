package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/cpics/working-together-api/"

// rule forbids what the packages of from import, their tests aside unless tests is set.
type rule struct {
	from   string   // a package's path below the module; "/..." adds all below it
	except []string // packages of from that the rule does not bind
	never  []string // paths below the module, or whole import paths of others; "/..." as above
	only   []string // in place of never: of the module, nothing but these
	tests  bool
	why    string
}

// drivers are what package database is there to hide.
var drivers = []string{
	"github.com/jackc/pgx/v5/...", "modernc.org/sqlite/...", "gorm.io/driver/...",
	"github.com/mattn/go-sqlite3", "github.com/pressly/goose/v3/...",
}

var rules = []rule{
	{
		from: "internal/...", never: []string{"api/...", "cmd/..."}, tests: true,
		why: "a capability must not know how it is published or started, or no other program can use it",
	},
	{
		from: "api/...", never: []string{"cmd/..."}, tests: true,
		why: "the HTTP surface is tested without the program around it",
	},
	{
		from: "internal/errs/...", only: []string{"internal/errs/..."}, tests: true,
		why: "every layer speaks the vocabulary of failure, so it can depend on none of them",
	},
	{
		from: "internal/web/...", only: []string{"internal/web/...", "internal/errs/...", "internal/visible", "internal/jsonform"},
		why: "the HTTP plumbing knows no content, no actor and no database, so that a new type never touches it",
	},
	{
		from: "internal/database/...", only: []string{"internal/database/...", "internal/errs/...", "migrations"},
		why: "the database knows schemas and transactions, and nothing of what they are for",
	},
	{
		from: "internal/content/...", never: []string{"internal/changelog/...", "internal/webhook/...", "internal/overview/...", "internal/seed/...", "internal/starter/..."},
		why: "content is written without knowing who follows its changes or fills it",
	},
	{
		from: "internal/content", never: []string{"internal/web/..."},
		why: "what content is and how it is kept is the same for HTTP, the command line and the seed",
	},
	{
		from: "internal/represent/...", only: []string{"internal/content", "internal/change", "internal/file/preset", "internal/richtext/...", "internal/web/...", "internal/database/..."},
		why: "HTML and linked data are made of what a type says of itself, so that a new type needs no change there",
	},
	{
		from: "internal/auth/...", never: []string{"internal/content/...", "internal/change/..."},
		why: "who acts is known before what they act on",
	},
	{
		from: "internal/audit/...", only: []string{"internal/audit/...", "internal/database/...", "internal/errs/..."},
		why: "everybody who changes something writes to the audit, so it can know nobody",
	},
	{
		from: "internal/change/...", only: []string{"internal/change/...", "internal/database/...", "internal/errs/..."},
		why: "the change log is written by all that is public and read by all that follow, so it can know nobody",
	},
	{
		from: "internal/search/index/...", only: []string{"internal/search/words", "internal/database/...", "internal/errs/..."},
		why: "the search is kept by all that is public, so it can know nobody",
	},
	{
		from: "internal/jsonform", only: []string{},
		why: "how a value becomes JSON depends on nothing but the value",
	},
	{
		from: "internal/search/words", only: []string{},
		why: "what a word is depends on nothing but the text",
	},
	{
		from: "internal/mirror/...", only: []string{"internal/mirror/...", "internal/canonical", "internal/sortkey"}, tests: true,
		why: "a mirror knows of the service no more than any partner does, or it proves nothing",
	},
	{
		from: "internal/feed/...", never: []string{"internal/content/casestudy/...", "internal/content/toolkit/...", "internal/content/page/...", "internal/content/principle/..."},
		why: "feeds hold items of every type, and of those that are yet to come",
	},
	{
		from: "internal/newest/...", only: []string{"internal/newest/...", "internal/web/...", "internal/errs/..."},
		why: "a list that goes by id is the same whatever is listed",
	},
	{
		from: "internal/blob/...", only: []string{"internal/blob/...", "internal/errs/..."},
		why: "a store keeps bytes under keys, and knows nothing of what they are",
	},
	{
		from: "...", except: []string{"internal/blob/..."}, never: []string{"gocloud.dev/...", "github.com/aws/...", "github.com/Azure/..."}, tests: true,
		why: "only package blob knows what kind of store there is",
	},
	{
		from: "internal/cache/...", only: []string{"internal/cache/...", "internal/change/...", "internal/errs/...", "internal/web/..."},
		why: "what is kept is known to be old by the change log alone, whatever it shows",
	},
	{
		from: "internal/schedule/...", only: []string{"internal/auth", "internal/change", "internal/content", "internal/database", "internal/errs", "internal/web"},
		why: "when something is done is the same for every type: what is done, its type knows",
	},
	{
		from: "internal/telemetry/...", only: nil,
		why: "whoever counts something can use it",
	},
	{
		from: "internal/canonical/...", only: []string{"internal/canonical/...", "internal/jsonform"}, tests: true,
		why: "partners work out the same digest with nothing but this and JSON",
	},
	{
		from: "internal/richtext/...", only: []string{"internal/richtext/...", "internal/slug/..."},
		why: "Markdown becomes HTML the same way wherever it comes from",
	},
	{
		from: "internal/file/report", only: []string{"internal/file/report"}, tests: true,
		why: "whoever shows what was found in a document needs none of the programs that read one",
	},
	{
		from: "internal/file/preset", only: []string{"internal/file/preset"}, tests: true,
		why: "whoever lists renditions needs neither the image nor the programs that draw it",
	},
	{
		from: "internal/file/inspect/...", never: []string{"internal/content/...", "internal/database/...", "internal/web/...", "internal/blob/..."}, tests: true,
		why: "what a file is follows from its bytes, whoever sent it and wherever it is kept",
	},
	{
		from: "migrations", only: nil, tests: true,
		why: "the schema's history is text",
	},
	{
		from: "...", except: []string{"internal/database/...", "internal/bench"}, never: drivers, tests: true,
		why: "only package database knows which engine there is; all others would bind us to one, but for the benchmark, " +
			"which measures what can be done without it",
	},
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, r := range rules {
		for _, p := range packages {
			if !r.binds(p.path) {
				continue
			}
			for _, imported := range p.imports(r.tests) {
				if r.forbids(imported) {
					t.Errorf("%s imports %s: %s", p.path, imported, r.why)
				}
			}
		}
	}
}

func TestNothingOfContentImportsAType(t *testing.T) {
	t.Parallel()
	const content = "internal/content/"
	shared := []string{"", "rest", "contenttest"} // what is below content and no type
	for _, p := range list(t) {
		own, ofContent := strings.CutPrefix(p.path+"/", content)
		if !ofContent {
			continue
		}
		for _, imported := range p.imports(true) {
			other, ours := strings.CutPrefix(imported+"/", module+content)
			if ours && top(other) != top(own) && !slices.Contains(shared, top(other)) {
				t.Errorf("%s imports %s: a content type is one folder, to add and to remove; types refer to each other by id", p.path, imported)
			}
		}
	}
}

func TestTheProgramHoldsNoTestHelpers(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if helpsTests(p.path) {
			continue
		}
		for _, imported := range p.imports(false) {
			if imported == "testing" || strings.HasPrefix(imported, module) && helpsTests(imported) {
				t.Errorf("%s imports %s: what helps tests is not part of the program", p.path, imported)
			}
		}
	}
}

// helpsTests goes by the name: package dbtest, and all below a folder of such a name.
func helpsTests(pkg string) bool {
	return slices.ContainsFunc(strings.Split(pkg, "/"), func(element string) bool { return strings.HasSuffix(element, "test") })
}

func TestARuleForbidsWhatItSays(t *testing.T) {
	t.Parallel()
	cases := []struct {
		rule     rule
		from     string
		imported string
		want     bool
	}{
		{rule{from: "internal/...", never: []string{"api/..."}}, "internal/a", module + "api", true},
		{rule{from: "internal/...", never: []string{"api/..."}}, "internal/a/b", module + "api/docs", true},
		{rule{from: "internal/...", never: []string{"api/..."}}, "cmd/wtapi", module + "api", false},
		{rule{from: "internal/...", never: []string{"api/..."}}, "internal/a", module + "apix", false},
		{rule{from: "a", only: []string{"a/...", "b"}}, "a", module + "b", false},
		{rule{from: "a", only: []string{"a/...", "b"}}, "a", module + "b/c", true},
		{rule{from: "a", only: []string{"a/...", "b"}}, "a", "fmt", false},
		{rule{from: "a", only: nil}, "a", module + "b", true},
		{rule{from: "...", except: []string{"d/..."}, never: []string{"x.org/y/..."}}, "c", "x.org/y/z", true},
		{rule{from: "...", except: []string{"d/..."}, never: []string{"x.org/y/..."}}, "d/e", "x.org/y/z", false},
	}
	for _, c := range cases {
		if got := c.rule.binds(c.from) && c.rule.forbids(c.imported); got != c.want {
			t.Errorf("%+v, %s importing %s: forbidden is %v, want %v", c.rule, c.from, c.imported, got, c.want)
		}
	}
}

func (r rule) binds(pkg string) bool {
	return matches(r.from, pkg) && !slices.ContainsFunc(r.except, func(pattern string) bool { return matches(pattern, pkg) })
}

func (r rule) forbids(imported string) bool {
	own, ours := strings.CutPrefix(imported, module)
	if r.never == nil {
		return ours && !slices.ContainsFunc(r.only, func(pattern string) bool { return matches(pattern, own) })
	}
	return slices.ContainsFunc(r.never, func(pattern string) bool { return matches(pattern, own) })
}

// matches follows the go command: "a/..." is a and all below it, "..." is everything.
func matches(pattern, name string) bool {
	base, below := strings.CutSuffix(pattern, "...")
	if !below {
		return pattern == name
	}
	return strings.HasPrefix(name+"/", base)
}

func top(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

// pkg is a folder of Go files.
type pkg struct {
	path    string // below the module
	program []string
	tests   []string
}

func (p pkg) imports(tests bool) []string {
	if tests {
		return slices.Concat(p.program, p.tests)
	}
	return p.program
}

// list reads the sources itself: go test knows then that it must not repeat an old result when one of them changes.
func list(t *testing.T) []*pkg {
	t.Helper()
	const root = "../.."
	found := map[string]*pkg{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipped(file, entry.Name())
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		dir = filepath.ToSlash(dir)
		if found[dir] == nil {
			found[dir] = &pkg{path: dir}
		}
		return found[dir].read(file)
	})
	if err != nil || len(found) < 3 {
		t.Fatalf("found %d packages: %v", len(found), err)
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *pkg) int { return strings.Compare(a.path, b.path) })
}

// skipped gives fs.SkipDir for folders that the go command leaves alone too.
func skipped(dir, name string) error {
	if dir != "../.." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
		return fs.SkipDir
	}
	return nil
}

func (p *pkg) read(file string) error {
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range source.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if strings.HasSuffix(file, "_test.go") {
			p.tests = append(p.tests, imported)
		} else {
			p.program = append(p.program, imported)
		}
	}
	return nil
}
