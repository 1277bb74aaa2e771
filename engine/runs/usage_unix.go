//go:build unix

package runs

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// processUsage returns the processor time that this process has used and its largest resident set
// in bytes; zeros where the system does not say.
func processUsage() (cpu time.Duration, peak int64) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, 0
	}
	unit := int64(1 << 10)
	if runtime.GOOS == "darwin" {
		unit = 1 // Darwin counts bytes, the others kibibytes
	}
	cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	if peak, ok := residentPeak(); ok {
		return cpu, peak
	}
	return cpu, int64(usage.Maxrss) * unit
}

// ResetPeak has the peak of the resident set begin anew, so that a run of a long-lived process has its own. It says
// whether the system can do that.
func ResetPeak() bool {
	const peak = "5" // proc(5), clear_refs
	return os.WriteFile("/proc/self/clear_refs", []byte(peak), 0) == nil
}

// residentPeak reads VmHWM of Linux. Rusage's figure is not of this process alone there: a child
// inherits the peak of the parent that forked it.
func residentPeak() (bytes int64, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	return memoryField(string(status), "VmHWM:")
}
