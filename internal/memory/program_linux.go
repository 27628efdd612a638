package memory

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ReturnProgram takes the program's own code and constants out of the process's memory. What is needed again comes back
// by itself, from the system's cache of the file. Starting reads most of the program once: without this, that counts as
// the process's memory for as long as the system has no better use for it.
func ReturnProgram() error {
	name, err := os.Executable()
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(maps)) {
		if err := returnMapped(line, name); err != nil {
			return err
		}
	}
	return nil
}

// returnMapped returns the pages of one line of proc_pid_maps(5), if they are of the file and never written to.
func returnMapped(line, name string) error {
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[5] != name || fields[1] != "r-xp" && fields[1] != "r--p" {
		return nil
	}
	from, to, _ := strings.Cut(fields[0], "-")
	start, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return err
	}
	end, err := strconv.ParseUint(to, 16, 64)
	if err != nil {
		return err
	}
	if _, _, failed := syscall.Syscall(syscall.SYS_MADVISE, uintptr(start), uintptr(end-start), syscall.MADV_DONTNEED); failed != 0 {
		return failed
	}
	return nil
}
