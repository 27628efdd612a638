package memory

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ReturnProgram takes the program's own code and constants out of the process's memory. What is needed again comes back
// by itself, from the system's cache of the file. Starting reads most of the program once: without this, that counts as
// the process's memory for as long as the system has no better use for it. Pages that differ from the file stay, though
// they may be read only by now: where the program is linked dynamically, as with cgo, its linker wrote addresses there.
func ReturnProgram() error {
	name, err := os.Executable()
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return err
	}
	var mapping []string
	for line := range strings.Lines(string(maps)) {
		switch fields := strings.Fields(line); {
		case !strings.HasSuffix(fields[0], ":"):
			mapping = fields
		case fields[0] == "Anonymous:" && fields[1] == "0" && isProgram(mapping, name): // as the file has it
			if err := returnMapped(mapping[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

// isProgram tells whether a mapping, as in proc_pid_maps(5), is of the file and cannot be written to.
func isProgram(mapping []string, name string) bool {
	return len(mapping) >= 6 && mapping[5] == name && (mapping[1] == "r-xp" || mapping[1] == "r--p")
}

// returnMapped returns the pages of a range of addresses.
func returnMapped(addresses string) error {
	from, to, _ := strings.Cut(addresses, "-")
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
