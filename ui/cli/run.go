package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/engine/runs"
	"workbench/storage"
)

func runCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a script: train, sample, measure; everything is recorded in the data folder",
		ArgsUsage: "FILE|RECIPE",
		Description: `FILE is a script, RECIPE one that the binary carries (workbench recipe list). Params are checked before
anything is computed; workbench recipe show lists them. Ctrl-C stops at the next boundary of the
script's loop, after a checkpoint, and says how to go on; a second Ctrl-C ends the process at once.
With --json the id of the result is the run's.`,
		Flags: []cli.Flag{
			paramFlag(),
			&cli.StringFlag{Name: "name", Usage: "call the run `NAME` in lists"},
			&cli.StringFlag{Name: "from", Usage: "start a new run from a checkpoint of run `ID` (ID@STEP for an earlier one): its script and params, but for -p"},
			&cli.StringFlag{Name: "resume", Usage: "go on with run `ID` (or its beginning, its name, or last): its script, its params"},
		},
		Action: func(c *cli.Context) error {
			x, err := experimentOf(c)
			if err != nil {
				return err
			}
			o, err := a.perform(c.Context, x)
			if err != nil {
				return err
			}
			return a.answer(o.forJSON(), o.write)
		},
	}
}

// perform carries an experiment out here, or in the server that has the data folder.
func (a *app) perform(ctx context.Context, x experiment) (o outcome, err error) {
	err = a.withEngine(ctx, true, func(e *engine) error {
		o, err = e.perform(ctx, x)
		return err
	})
	if errors.Is(err, storage.ErrLocked) {
		return a.performThere(ctx, err, x)
	}
	return o, err
}

// experimentOf reads the command line of run.
func experimentOf(c *cli.Context) (experiment, error) {
	x := experiment{name: c.String("name"), resume: c.String("resume"), from: c.String("from")}
	given := c.StringSlice("param")
	if x.from != "" && x.resume != "" {
		return x, fail(badInput, "--resume goes on with a run, and --from starts a new one").next("give one of them")
	}
	if x.from != "" && c.NArg() == 0 {
		x.typed = given
		_, err := typedParams(given)
		return x, err
	}
	if x.resume != "" {
		if len(given) > 0 || c.NArg() > 0 || x.name != "" {
			return x, fail(badInput, "--resume goes on with a run as it was started; a script, -p and --name say otherwise").
				next("leave them out, or leave out --resume to start a new run")
		}
		return x, nil
	}
	file, err := arguments(c, "FILE|RECIPE")
	if err != nil {
		return x, err
	}
	if x.script, err = loadScript(file[0]); err != nil {
		return x, err
	}
	if !x.script.HasRun && x.script.HasFlow {
		return x, fail(badInput, "script %s has no run(): its flow(item) waits for people", x.script.Name).
			next("workbench serve, then start it on the page, or: workbench flow start %s -p …", file[0])
	}
	if !x.script.HasRun {
		return x, fail(badInput, "script %s has no run(), so there is nothing to run", x.script.Name).next("put what it computes into  def run():")
	}
	err = x.set(given)
	return x, err
}

// forJSON is the outcome without numbers that JSON has no word for.
func (o outcome) forJSON() outcome {
	o.Result = forJSON(o.Result)
	return o
}

func (o outcome) write(w io.Writer) {
	writeResult(w, o.Result)
	if len(o.Metrics) > 0 && o.Result == nil {
		fmt.Fprintf(w, "last: %s\n", runs.FormatMetrics(o.Metrics))
	}
	fmt.Fprintf(w, "run %s is done after %.0fs", o.Run, o.Seconds)
	if o.PeakRSS > 0 {
		fmt.Fprintf(w, ", peak memory %.0f MB", o.PeakRSS)
	}
	fmt.Fprintln(w)
	if len(o.Models) > 0 {
		fmt.Fprintf(w, "models kept: %s\n", strings.Join(o.Models, ", "))
	}
	fmt.Fprintf(w, "workbench runs show %.10s shows its record\n", o.Run)
}
