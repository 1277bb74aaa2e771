// Package cli is the command line of workbench: one file per verb, put together here and nowhere
// else. It is the composition root (it alone knows every other package) and the only importer of
// urfave/cli and of workbench/embed.
//
// # Adding a verb
//
// Write NAME.go with a constructor, add one line to catalog.go, and a golden script
// testdata/NAME.txt (`go test ./ui/cli -run Golden -update` writes the expected output into it):
//
//	func greetCommand(a *app) *cli.Command {
//		return &cli.Command{
//			Name:      "greet",
//			Usage:     "say hello to somebody",
//			ArgsUsage: "WHO",
//			Flags:     []cli.Flag{&cli.IntFlag{Name: "times", Value: 1, Usage: "how often"}},
//			Action: func(c *cli.Context) error {
//				who, err := arguments(c, "WHO")
//				if err != nil {
//					return err
//				}
//				if c.Int("times") < 1 {
//					return fail(badInput, "--times is %d, and must be at least 1", c.Int("times"))
//				}
//				greeting := strings.Repeat("hello "+who[0]+"\n", c.Int("times"))
//				return a.answer(map[string]any{"greeting": greeting}, func(w io.Writer) {
//					fmt.Fprint(w, greeting)
//				})
//			},
//		}
//	}
//
// A verb with verbs of its own has Subcommands and no Action.
//
// # What every verb gets without asking
//
//   - --data DIR and --json, at any place on the line; [app.dataDir] is the data folder.
//   - Flags may stand after arguments (`run my.star -p lr=3e-5 --data DIR`); unknown flags and verbs
//     are answered with the nearest known one; required flags are checked before the action runs.
//   - [app.answer] ends an action: with --json it prints one object {"id", "status", "result"} as the
//     last line of stdout, otherwise it calls the function given for people. Errors become the same
//     object with status "error".
//   - [fail] makes an error with an exit code, and [failure.next] adds the line that says what to do next.
//     Errors of other packages may carry such a line themselves, through a method Hint() string.
//   - [app.input] opens a file that a flag names, or stdin for "-".
//   - [app.progress] is a bar on a terminal and plain lines elsewhere, always on stderr.
//   - [app.runtimeLibrary], [app.embeddedModel] and [app.embeddedReward] are paths of what the binary
//     carries; the first call unpacks it.
//   - [app.withEngine] hands a verb the device's queue, models by name and the data folder, none of
//     which is opened before it is needed, and closes them.
//   - c.Context ends at Ctrl-C; returning its error gives exit code 5.
package cli
