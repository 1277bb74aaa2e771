package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/urfave/cli/v2"
)

// app is one invocation of the program: its streams, its surroundings and what the common flags said.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	verbs  func(*app) []*cli.Command
	getenv func(string) string
	now    func() time.Time
	apart  func(ctx context.Context) (*exec.Cmd, error) // this program as a process that checks a script; nil: this one does it

	id   string // names this invocation, or the run it started; see [app.named]
	data string // value of --data, empty when not given
	json bool   // whether --json was given
}

// Run carries out one command line (without the program's name) and returns the exit code;
// `workbench help exit-codes` lists them. It never calls os.Exit and keeps nothing between calls.
// When ctx ends, the verb that is running stops and Run returns 5.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{
		stdin: stdin, stdout: stdout, stderr: stderr,
		verbs: commands, getenv: os.Getenv, now: time.Now, apart: apart,
		id: ulid.Make().String(),
	}
	return int(a.run(ctx, args))
}

// run is Run with the verbs and the surroundings (environment, clock) already chosen.
func (a *app) run(ctx context.Context, args []string) exitCode {
	// Known before anything is parsed, so that a mistake on the line is reported in the form asked for.
	a.json = slices.Contains(args, "--json") || slices.Contains(args, "-json")
	err := a.execute(ctx, args)
	if err != nil && ctx.Err() != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w (%w)", err, context.Canceled)
	}
	return a.report(err)
}

func (a *app) execute(ctx context.Context, args []string) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fail(unexpected, "this is a bug: %v\n%s", cause, debug.Stack()).
				next("please report it with the lines above and the command that you ran")
		}
	}()
	shell := a.shell()
	arranged, err := arrange(shell.Commands, args, a.getenv)
	if err != nil {
		return err
	}
	return shell.RunContext(ctx, append([]string{shell.Name}, arranged...))
}

// shell builds the parser. Everything in it that would print or exit on its own is switched off:
// errors are returned, and reported in one place.
func (a *app) shell() *cli.App {
	verbs := a.verbs(a)
	for _, verb := range verbs {
		a.furnish(verb)
	}
	return &cli.App{
		Name:                      "workbench",
		Usage:                     "sample from language models, ask people, and learn from their answers",
		UsageText:                 "workbench VERB [flags] [arguments]",
		Commands:                  verbs,
		Writer:                    a.stdout,
		ErrWriter:                 a.stderr,
		HideVersion:               true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true, // a value such as -p on=q,k,v is one value
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              usageError,
		CustomAppHelpTemplate:     appHelp,
	}
}

// furnish gives a verb, and those below it, the common flags and our manner of reporting mistakes.
func (a *app) furnish(verb *cli.Command) {
	verb.HideHelpCommand = true
	verb.OnUsageError = usageError
	for _, sub := range verb.Subcommands {
		a.furnish(sub)
	}
	if len(verb.Subcommands) > 0 {
		verb.CustomHelpTemplate = groupHelp
		return
	}
	verb.CustomHelpTemplate = verbHelp
	verb.Flags = append(verb.Flags,
		&cli.StringFlag{Name: "data", Usage: "keep and look for everything in `DIR` (default: $WORKBENCH_DATA, or ~/.workbench)", Category: "common", Destination: &a.data},
		&cli.BoolFlag{Name: "json", Usage: "end stdout with one line: {\"id\", \"status\", \"result\"}", Category: "common", Destination: &a.json},
	)
	for _, flag := range verb.Flags {
		if boolean, is := flag.(*cli.BoolFlag); is {
			boolean.DisableDefaultText = !boolean.Value // "(default: false)" says nothing
		}
	}
}

// dataDir is the data folder, as an absolute path: --data, else $WORKBENCH_DATA, else ~/.workbench.
// It need not exist yet.
func (a *app) dataDir() (string, error) {
	dir := a.data
	if dir == "" {
		dir = a.getenv("WORKBENCH_DATA")
	}
	if dir == "" {
		home := a.getenv("HOME")
		if home == "" {
			return "", fail(badInput, "no data folder: neither --data, $WORKBENCH_DATA nor $HOME is set").
				next("add --data DIR")
		}
		dir = filepath.Join(home, ".workbench")
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("data folder %s: %w", dir, err)
	}
	return absolute, nil
}

// arguments returns the positional arguments of a verb that wants exactly those named.
func arguments(c *cli.Context, names ...string) ([]string, error) {
	got := c.Args().Slice()
	switch {
	case len(got) < len(names):
		return nil, fail(badInput, "%s is missing", names[len(got)]).next("usage: %s", usageLine(c.Command))
	case len(got) > len(names):
		return nil, fail(badInput, "%q is one argument too many", got[len(names)]).next("usage: %s", usageLine(c.Command))
	}
	return got, nil
}

func usageLine(verb *cli.Command) string {
	line := verb.HelpName + " [flags]"
	if verb.ArgsUsage != "" {
		line += " " + verb.ArgsUsage
	}
	return line
}
