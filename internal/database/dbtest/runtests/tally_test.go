package main

import (
	"fmt"
	"strings"
	"testing"
)

// events are those of one package in short: "Test/sub=result" each, "" as a result for a test that never ended, and
// the package's own result last.
func events(pkg string, steps ...string) string {
	var all strings.Builder
	line := func(action, test, output string) {
		fmt.Fprintf(&all, `{"Action":%q,"Package":%q,"Test":%q,"Output":%q}`+"\n", action, pkg, test, output)
	}
	for _, step := range steps {
		test, result, isTest := strings.Cut(step, "=")
		if !isTest {
			line(step, "", "")
			continue
		}
		line("run", test, "")
		line("output", test, "printed by "+test+"\n")
		if result != "" {
			line(result, test, "")
		}
	}
	return all.String()
}

func TestReport(t *testing.T) {
	t.Parallel()
	both := []string{"TestA=pass", "TestA/sqlite=pass", "TestA/postgres=pass"}
	cases := map[string]struct {
		events string
		good   bool
		want   []string // lines of the report's end
		not    string   // must be nowhere
	}{
		"leaves are counted, parents not": {
			events("p", append(both, "TestB=pass", "pass")...), true,
			[]string{"sqlite: 1 passed, 0 failed, 0 skipped", "postgres: 1 passed, 0 failed, 0 skipped", "3 passed, 0 failed"}, "printed by",
		},
		"a table below the engine": {
			events("p", "TestA=pass", "TestA/sqlite=pass", "TestA/sqlite/x=pass", "TestA/sqlite/y=pass",
				"TestA/postgres=pass", "TestA/postgres/x=pass", "TestA/postgres/y=pass", "pass"), true,
			[]string{"sqlite: 2 passed, 0 failed, 0 skipped", "postgres: 2 passed, 0 failed, 0 skipped", "4 passed, 0 failed"}, "not run",
		},
		"a failure is shown": {
			events("p", "TestA=fail", "TestA/sqlite=fail", "TestA/postgres=pass", "fail"), false,
			[]string{"sqlite: 0 passed, 1 failed, 0 skipped", "postgres: 1 passed, 0 failed, 0 skipped", "1 passed, 1 failed"}, "printed by TestA/postgres",
		},
		"a skip is not good": {
			events("p", append(both, "TestB=skip", "pass")...), false,
			[]string{"sqlite: 1 passed, 0 failed, 0 skipped", "postgres: 1 passed, 0 failed, 0 skipped", "2 passed, 0 failed"}, "not run",
		},
		"the engines differ": {
			events("p", append(both, "TestB=pass", "TestB/sqlite=pass", "pass")...), false,
			[]string{"not run on postgres: p TestB/*", "sqlite: 2 passed, 0 failed, 0 skipped", "postgres: 1 passed, 0 failed, 0 skipped", "3 passed, 0 failed"}, "not run on sqlite",
		},
		"nothing on one engine": {
			events("p", "TestA=pass", "TestA/sqlite=pass", "pass"), false,
			[]string{"sqlite: 1 passed, 0 failed, 0 skipped", "nothing ran on postgres", "postgres: 0 passed, 0 failed, 0 skipped", "1 passed, 0 failed"}, "not run on sqlite",
		},
		"a test that died with its package": {
			events("p", append(both, "TestB=", "fail")...), false,
			[]string{"2 passed, 1 failed"}, "printed by TestA",
		},
		"a package that failed by itself": {
			events("p", both[0], both[1], both[2], "pass") + events("q", "fail"), false,
			[]string{"2 passed, 1 failed"}, "printed by",
		},
		"the same name in two packages": {
			events("p", append(both, "pass")...) + events("q", append(both, "pass")...), true,
			[]string{"sqlite: 2 passed, 0 failed, 0 skipped", "postgres: 2 passed, 0 failed, 0 skipped", "4 passed, 0 failed"}, "not run",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			counted := newTally(&out)
			if err := counted.read(strings.NewReader(c.events)); err != nil {
				t.Fatal(err)
			}
			if good := counted.report(); good != c.good {
				t.Errorf("good is %v, want %v", good, c.good)
			}
			if end := strings.Join(c.want, "\n") + "\n"; !strings.HasSuffix(out.String(), end) {
				t.Errorf("printed\n%s\nwant at the end\n%s", out.String(), end)
			}
			if strings.Contains(out.String(), c.not) {
				t.Errorf("printed %q:\n%s", c.not, out.String())
			}
		})
	}
}

func TestAFailureIsShownWithWhatItPrinted(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	counted := newTally(&out)
	build := `{"ImportPath":"p","Action":"build-output","Output":"p.go:1: broken\n"}` + "\n"
	if err := counted.read(strings.NewReader(build + events("p", "TestA=fail", "TestA/x=fail", "fail"))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"p.go:1: broken\n", "printed by TestA\n", "printed by TestA/x\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if err := counted.read(strings.NewReader("no JSON")); err == nil {
		t.Error("what is no event was taken")
	}
}
