package cli

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

// Help pages. They end with the exit codes, because scripts are written from them.
const (
	appHelp = `workbench - {{.Usage}}

USAGE:
   {{.UsageText}}

VERBS:{{range .VisibleCommands}}
   {{join .Names ", "}}{{"\t"}}{{.Usage}}{{end}}

Every verb takes --data DIR (the data folder) and --json (one object on the last line of stdout).
"workbench VERB --help" explains a verb; "workbench help exit-codes" and "workbench help environment"
explain what scripts need to know.
`
	groupHelp = `{{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}} VERB [flags] [arguments]{{if .Description}}

{{.Description}}{{end}}

VERBS:{{range .VisibleCommands}}
   {{join .Names ", "}}{{"\t"}}{{.Usage}}{{end}}
`
	verbHelp = `{{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}} [flags]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}{{if .Description}}

{{.Description}}{{end}}

FLAGS:{{range .VisibleFlags}}
   {{.}}{{end}}

EXIT CODES:
   0 ok, 1 unexpected, 2 bad input, 3 not found, 4 missing part, 5 cancelled, 6 check failed
`
)

// topics are the pages of `workbench help` that are not about one verb.
var topics = []struct {
	name  string
	write func(io.Writer)
}{
	{"exit-codes", writeExitCodes},
	{"environment", writeEnvironment},
}

// writeEnvironment lists the variables that workbench looks at.
func writeEnvironment(w io.Writer) {
	for _, line := range []string{
		"WORKBENCH_DATA   the data folder, where --data is not given (default: ~/.workbench)",
		"WORKBENCH_CACHE  where carried files are unpacked once (default: workbench in the user's cache)",
		"WORKBENCH_ORT    another ONNX Runtime library than the carried one, for another device say",
	} {
		fmt.Fprintln(w, line)
	}
}

func isTopic(name string) bool {
	for _, topic := range topics {
		if topic.name == name {
			return true
		}
	}
	return false
}

func helpCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "explain a verb, or a topic: exit-codes, environment",
		ArgsUsage: "[VERB|TOPIC]",
		Action: func(c *cli.Context) error {
			for _, topic := range topics {
				if c.Args().First() == topic.name {
					topic.write(a.stdout)
					return nil
				}
			}
			return cli.ShowAppHelp(c)
		},
	}
}
