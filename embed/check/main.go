// Command check runs the steps of `make test` one after the other, all of them even when one fails,
// and sums them up: what failed and why, what was skipped and why, the ten slowest tests, and as the
// last line "N passed, N failed". It exits with 1 when anything failed.
//
//	go run ./embed/check "vet: go vet ./..." "tests: go test -json ./..."
//
// A step is a name and a shell command. Output in the form of `go test -json` is counted test by
// test; a step without such output counts as one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	failed := check(ctx, os.Args[1:], os.Stdout)
	stop()
	if failed > 0 {
		os.Exit(1)
	}
}

// check runs the steps, writes the report, and returns how much failed.
func check(ctx context.Context, steps []string, w io.Writer) (failed int) {
	started := time.Now()
	var all []*tally
	for _, step := range steps {
		name, command, found := strings.Cut(step, ": ")
		if !found {
			fmt.Fprintf(w, "%q is not of the form \"name: command\"\n0 passed, 1 failed\n", step)
			return 1
		}
		all = append(all, run(ctx, name, command, w))
	}
	return report(w, all, time.Since(started))
}

// run carries out one step, telling about each package as it ends.
func run(ctx context.Context, name, command string, w io.Writer) *tally {
	t := newTally(name, w)
	if err := ctx.Err(); err != nil {
		t.end(err, 0)
		return t
	}
	started := time.Now()
	process := exec.CommandContext(ctx, "sh", "-c", command)
	// The step and whatever it started end together at Ctrl-C.
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	process.Cancel = func() error { return syscall.Kill(-process.Process.Pid, syscall.SIGTERM) }
	process.WaitDelay = 10 * time.Second
	output, writer := io.Pipe()
	process.Stdout, process.Stderr = writer, writer
	finished := make(chan error, 1)
	go func() {
		err := process.Run()
		finished <- errors.Join(err, writer.Close())
	}()
	reading := t.read(output)
	_, _ = io.Copy(io.Discard, output) // so that the process can end even when reading could not go on
	t.end(errors.Join(<-finished, reading), time.Since(started))
	return t
}
