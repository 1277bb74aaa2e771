package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// slowest is how many of the slowest tests are named.
const slowest = 10

// report sums up all steps, the counts on the last line, and returns how much failed.
func report(w io.Writer, steps []*tally, elapsed time.Duration) (failed int) {
	passed := 0
	skipped := map[string]int{} // reason → how often
	for _, t := range steps {
		leaves := t.leaves()
		for _, x := range leaves {
			switch x.outcome {
			case "pass":
				passed++
			case "skip":
				skipped[reason(x)]++
			default:
				failed++
				writeFailure(w, t, x)
			}
		}
		if len(leaves) == 0 || onlyTheStepFailed(t, leaves) {
			if t.err == nil {
				passed++
				continue
			}
			failed++
			fmt.Fprintf(w, "\n--- FAIL  %s: %v\n%s", t.step, t.err, t.plain.String())
			continue
		}
		if t.err != nil {
			fmt.Fprint(w, t.plain.String())
		}
	}
	writeSlowest(w, steps)
	writeSkipped(w, skipped)
	fmt.Fprintf(w, "\ntook %s\n%d passed, %d failed\n", elapsed.Round(time.Second), passed, failed)
	return failed
}

// onlyTheStepFailed reports whether a step failed although every test in it passed: the command
// itself could not do its work.
func onlyTheStepFailed(t *tally, leaves []*test) bool {
	return t.err != nil && !slices.ContainsFunc(leaves, func(x *test) bool { return x.outcome == "fail" })
}

func writeFailure(w io.Writer, t *tally, x *test) {
	fmt.Fprintf(w, "\n--- FAIL  %s: %s %s\n%s", t.step, x.pkg, x.name, x.output.String())
	if pkg := t.tests[[2]string{x.pkg, ""}]; x.name != "" && pkg != nil {
		// A panic's trace is printed by the package, not by the test.
		if text := pkg.output.String(); strings.Contains(text, "panic:") || strings.Contains(text, "DATA RACE") {
			fmt.Fprint(w, text)
		}
	}
}

func writeSlowest(w io.Writer, steps []*tally) {
	type entry struct {
		step string
		*test
	}
	var all []entry
	for _, t := range steps {
		for _, x := range t.order {
			if x.name != "" && !strings.Contains(x.name, "/") {
				all = append(all, entry{t.step, x})
			}
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b entry) int { return int(b.elapsed - a.elapsed) })
	fmt.Fprintf(w, "\nslowest tests\n")
	for _, x := range all[:min(slowest, len(all))] {
		fmt.Fprintf(w, "%8.2fs  %s: %s %s\n", x.elapsed.Seconds(), x.step, x.pkg, x.name)
	}
}

func writeSkipped(w io.Writer, skipped map[string]int) {
	if len(skipped) == 0 {
		return
	}
	fmt.Fprintf(w, "\nskipped\n")
	for _, why := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintf(w, "%8d×  %s\n", skipped[why], why)
	}
}

// saidAt is how the testing package begins a line that a test has logged.
var saidAt = regexp.MustCompile(`^\s+\w+\.go:\d+: `)

// reason is what a skipped test said last.
func reason(x *test) string {
	why := "no reason given by " + x.pkg + " " + x.name
	for line := range strings.SplitSeq(x.output.String(), "\n") {
		if saidAt.MatchString(line) {
			why = saidAt.ReplaceAllString(line, "")
		}
	}
	return why
}
