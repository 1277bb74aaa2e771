package cli

import (
	"fmt"
	"io"
)

// exitCode is what the process returns to its caller. The numbers are part of the public interface:
// scripts branch on them, so they are never given another meaning.
type exitCode int

const (
	ok          exitCode = iota // done
	unexpected                  // a bug, or the machine failed (disk full, no permission)
	badInput                    // a flag, an argument or an input file is wrong
	notFound                    // a file, model, recipe or run does not exist
	missingPart                 // the binary carries no model or runtime library
	cancelled                   // Ctrl-C, or a deadline passed
	checkFailed                 // an invariant, a comparison or a check did not hold
)

// exitCodes explains each code, in the words of `workbench help exit-codes`.
var exitCodes = []struct {
	code  exitCode
	short string
	long  string
}{
	{ok, "ok", "what was asked for was done"},
	{unexpected, "unexpected", "a bug, or the machine failed: disk full, no permission, out of memory"},
	{badInput, "bad input", "a verb, flag, argument or line of an input file is wrong; stderr says which and what to do"},
	{notFound, "not found", "a file, model, recipe or run that was named does not exist"},
	{missingPart, "missing part", "this binary was built without the model or the runtime library that is needed; run make build"},
	{cancelled, "cancelled", "stopped by Ctrl-C or a deadline; what had been saved stays valid"},
	{checkFailed, "check failed", "an invariant, a comparison or a check did not hold; the output says which"},
}

// writeExitCodes prints the table of exit codes.
func writeExitCodes(w io.Writer) {
	fmt.Fprintln(w, "Exit codes of workbench, the same for every verb:")
	fmt.Fprintln(w)
	for _, e := range exitCodes {
		fmt.Fprintf(w, "  %d  %-12s  %s\n", e.code, e.short, e.long)
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "With --json the last line of stdout carries the same: {\"status\": \"error\", \"result\":")
	fmt.Fprintln(w, "{\"message\", \"hint\", \"exit_code\"}}.")
}
