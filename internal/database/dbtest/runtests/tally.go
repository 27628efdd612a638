package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// engines are the path elements by which tests say where they ran.
var engines = []string{"sqlite", "postgres"}

// event is a line of go test -json, see go doc test2json.
type event struct {
	Action     string
	Package    string
	Test       string
	Output     string
	Elapsed    float64 // seconds
	ImportPath string  // of build-output
}

// counts are outcomes of tests that have no subtests.
type counts struct{ passed, failed, skipped int }

func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

// tally follows a run of go test. It prints a line a package, and all that a failing test printed.
type tally struct {
	counts
	engine   map[string]*counts
	seen     map[string]map[string]bool // engine, test with the engine's name taken out
	packages map[string]*progress       // those under way
	out      io.Writer
}

// progress is a package whose tests are running.
type progress struct {
	output map[string]*strings.Builder // by test; "" is the package itself
	result map[string]string           // by test; "" while it runs
	parent map[string]bool             // tests that have subtests: their results only repeat those
}

func newTally(out io.Writer) *tally {
	t := &tally{engine: map[string]*counts{}, seen: map[string]map[string]bool{}, packages: map[string]*progress{}, out: out}
	for _, e := range engines {
		t.engine[e], t.seen[e] = &counts{}, map[string]bool{}
	}
	return t
}

// read takes events until the end of r.
func (t *tally) read(r io.Reader) error {
	for dec := json.NewDecoder(r); ; {
		var e event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go test -json: %w", err)
		}
		t.add(e)
	}
}

func (t *tally) add(e event) {
	if e.ImportPath != "" { // a build's events have no package
		fmt.Fprint(t.out, e.Output)
		return
	}
	p := t.packages[e.Package]
	if p == nil {
		p = &progress{output: map[string]*strings.Builder{}, result: map[string]string{}, parent: map[string]bool{}}
		t.packages[e.Package] = p
	}
	switch e.Action {
	case "run":
		p.start(e.Test)
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") { // which test ran when is of no interest
			p.write(e.Test, e.Output)
		}
	case "pass", "fail", "skip":
		if e.Test != "" {
			p.result[e.Test] = e.Action
			return
		}
		t.finish(e, p)
		delete(t.packages, e.Package)
	}
}

func (p *progress) start(test string) {
	p.result[test] = ""
	for i, c := range test {
		if c == '/' {
			p.parent[test[:i]] = true
		}
	}
}

func (p *progress) write(test, text string) {
	if p.output[test] == nil {
		p.output[test] = &strings.Builder{}
	}
	p.output[test].WriteString(text)
}

// finish counts a package that has ended. A test without a result died with its package; a package that failed
// without a failed test counts as one.
func (t *tally) finish(e event, p *progress) {
	var sum counts
	failed := false
	for _, test := range p.tests() {
		result := p.result[test]
		if result == "" {
			result = "fail"
		}
		if result == "fail" {
			failed = true
			p.print(t.out, test)
		}
		if !p.parent[test] {
			sum.add(result)
			t.count(e.Package, test, result)
		}
	}
	if e.Action == "fail" && !failed {
		sum.add("fail")
		t.counts.add("fail")
		p.print(t.out, "")
	}
	if len(p.result) > 0 || e.Action == "fail" {
		fmt.Fprintf(t.out, "%-4s %s  %.1fs  %v\n", e.Action, e.Package, e.Elapsed, sum)
	}
}

// tests are the names in the order of their tree.
func (p *progress) tests() []string {
	names := make([]string, 0, len(p.result))
	for name := range p.result {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p *progress) print(out io.Writer, test string) {
	if text := p.output[test]; text != nil {
		fmt.Fprint(out, text.String())
	}
}

func (t *tally) count(pkg, test, result string) {
	t.counts.add(result)
	elements := strings.Split(test, "/")
	for _, e := range engines {
		if i := slices.Index(elements, e); i > 0 {
			t.engine[e].add(result)
			t.seen[e][pkg+" "+strings.Join(slices.Replace(elements, i, i+1, "*"), "/")] = true
			return
		}
	}
}

func (c *counts) add(result string) {
	switch result {
	case "pass":
		c.passed++
	case "skip":
		c.skipped++
	default:
		c.failed++
	}
}

// report prints the result and says whether it is good.
func (t *tally) report() bool {
	good := t.failed == 0 && t.skipped == 0
	for i, e := range engines {
		for _, test := range missing(t.seen[e], t.seen[engines[1-i]]) {
			good = false
			fmt.Fprintf(t.out, "not run on %s: %s\n", engines[1-i], test)
		}
	}
	for _, e := range engines {
		if len(t.seen[e]) == 0 {
			good = false
			fmt.Fprintf(t.out, "nothing ran on %s\n", e)
		}
		fmt.Fprintf(t.out, "%s: %v\n", e, *t.engine[e])
	}
	fmt.Fprintf(t.out, "%d passed, %d failed\n", t.passed, t.failed)
	return good
}

// missing is what is in have and not in other, sorted.
func missing(have, other map[string]bool) []string {
	var names []string
	for name := range have {
		if !other[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
