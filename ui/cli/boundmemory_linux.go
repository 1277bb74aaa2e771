package cli

import (
	"fmt"
	"os"
	"syscall"
)

// boundMemory lets this process have so many bytes more than it has now. What asks for more is ended by
// Go's runtime. Counted is address space, of which libraries reserve much that they never use.
func boundMemory(bytes uint64) error {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var pages uint64
	if _, err := fmt.Sscan(string(text), &pages); err != nil {
		return err
	}
	most := pages*uint64(os.Getpagesize()) + bytes
	return syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most})
}
