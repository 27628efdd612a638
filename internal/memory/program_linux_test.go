package memory_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/cpics/working-together-api/internal/memory"
)

// TestReturnProgram: pages of the program leave the process, and it goes on.
func TestReturnProgram(t *testing.T) {
	before := ofFiles(t)
	if err := memory.ReturnProgram(); err != nil {
		t.Fatal(err)
	}
	if after := ofFiles(t); after >= before {
		t.Errorf("%d kB of files before, %d kB after", before, after)
	}
}

// ofFiles is how many kB of the process's memory are parts of files.
func ofFiles(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no RssFile in %s", status)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
