//go:build !linux

package cli

// boundMemory does nothing: other systems do not hold a process to a limit on its address space.
func boundMemory(uint64) error { return nil }
