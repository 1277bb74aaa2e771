//go:build !unix

package runs

import "time"

// processUsage is not known here.
func processUsage() (cpu time.Duration, peak int64) { return 0, 0 }

// ResetPeak says that the system has no way to have the peak of the resident set begin anew.
func ResetPeak() bool { return false }
