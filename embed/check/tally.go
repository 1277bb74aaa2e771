package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build events
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// test is what is known about one test, or (with an empty name) about a package.
type test struct {
	pkg, name string
	outcome   string // "pass", "fail" or "skip"; empty while it runs
	elapsed   time.Duration
	output    strings.Builder
	parent    bool // it has subtests, which are counted in its place
}

// tally is the outcome of one step.
type tally struct {
	step    string
	w       io.Writer
	tests   map[[2]string]*test
	order   []*test
	plain   strings.Builder // output that is not an event
	err     error
	elapsed time.Duration
}

func newTally(step string, w io.Writer) *tally {
	return &tally{step: step, w: w, tests: map[[2]string]*test{}}
}

// read takes in the output of a step as it comes.
func (t *tally) read(output io.Reader) error {
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			t.line(line)
		}
		if err == io.EOF { //nolint:errorlint // bufio returns it unwrapped
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) line(line string) {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
		t.plain.WriteString(line)
		return
	}
	switch e.Action {
	case "build-output":
		t.plain.WriteString(e.Output)
	case "output":
		t.find(e).output.WriteString(e.Output)
	case "run", "start":
		t.find(e)
	case "pass", "fail", "skip":
		found := t.find(e)
		found.outcome, found.elapsed = e.Action, time.Duration(e.Elapsed*float64(time.Second))
		if e.Test == "" {
			t.tell(found)
		}
	}
}

// find returns the test that an event is about, making it at its first event.
func (t *tally) find(e event) *test {
	key := [2]string{e.Package, e.Test}
	if t.tests[key] == nil {
		t.tests[key] = &test{pkg: e.Package, name: e.Test}
		t.order = append(t.order, t.tests[key])
		if cut := strings.LastIndex(e.Test, "/"); cut > 0 {
			t.find(event{Package: e.Package, Test: e.Test[:cut]}).parent = true
		}
	}
	return t.tests[key]
}

// tell writes a line about a package that has ended, unless there was nothing to test in it.
func (t *tally) tell(pkg *test) {
	if pkg.outcome != "skip" {
		fmt.Fprintf(t.w, "%-4s  %s: %s  %s\n", pkg.outcome, t.step, pkg.pkg, pkg.elapsed.Round(10*time.Millisecond))
	}
}

// end closes the tally of a step.
func (t *tally) end(err error, elapsed time.Duration) {
	t.err, t.elapsed = err, elapsed
	if len(t.tests) == 0 {
		outcome := "pass"
		if err != nil {
			outcome = "fail"
		}
		fmt.Fprintf(t.w, "%-4s  %s  %s\n", outcome, t.step, elapsed.Round(10*time.Millisecond))
	}
}

// leaves lists the tests that count: those without subtests. A test that never ended has failed, and
// so has a package that failed although none of its tests did (it did not build, or exited).
func (t *tally) leaves() []*test {
	var counted []*test
	failedIn := map[string]bool{}
	for _, x := range t.order {
		if x.name == "" || (x.parent && x.outcome != "fail") {
			continue
		}
		if x.parent && t.hasFailedChild(x) {
			continue
		}
		if x.outcome == "" {
			x.outcome = "fail"
			x.output.WriteString("    did not finish\n")
		}
		failedIn[x.pkg] = failedIn[x.pkg] || x.outcome == "fail"
		counted = append(counted, x)
	}
	for _, x := range t.order {
		if x.name == "" && x.outcome == "fail" && !failedIn[x.pkg] {
			counted = append(counted, x)
		}
	}
	return counted
}

func (t *tally) hasFailedChild(parent *test) bool {
	for _, x := range t.order {
		if x.pkg == parent.pkg && strings.HasPrefix(x.name, parent.name+"/") && x.outcome != "pass" && x.outcome != "skip" {
			return true
		}
	}
	return false
}
