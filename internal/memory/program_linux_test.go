package memory_test

import (
	"os"
	"regexp"
	"strconv"
	"syscall"
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

// TestReturnProgramKeepsWhatDiffers: a page that was written to and is read only since, as a dynamic linker leaves them,
// is not read from the file again.
func TestReturnProgramKeepsWhatDiffers(t *testing.T) {
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	page, err := syscall.Mmap(int(program.Fd()), 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	copy(page, "written")
	if err := syscall.Mprotect(page, syscall.PROT_READ); err != nil {
		t.Fatal(err)
	}
	if err := memory.ReturnProgram(); err != nil {
		t.Fatal(err)
	}
	if got := string(page[:7]); got != "written" {
		t.Errorf("the page begins with %q", got)
	}
	if err := syscall.Munmap(page); err != nil {
		t.Error(err)
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
