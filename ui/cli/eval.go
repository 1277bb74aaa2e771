package cli

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

func evalCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "eval",
		Usage:     "measure a model: agreement with people, perplexity, or what a script measures",
		ArgsUsage: "[FILE|RECIPE]",
		Description: `Without a script it is the recipe evaluate: agreement of a reward model with people's comparisons
(-p pairs=FILE.jsonl), or a language model's perplexity (-p what=perplexity -p texts=FILE.jsonl). Figures
come with 95 % intervals that treat what belongs to one group as dependent. It is recorded like a run.`,
		Flags: []cli.Flag{
			paramFlag(),
			&cli.StringFlag{Name: "model", Usage: "measure `NAME`: short for -p judge=NAME and -p policy=NAME of the recipe evaluate"},
		},
		Action: func(c *cli.Context) error {
			x, err := evaluationOf(c)
			if err != nil {
				return err
			}
			o, err := a.perform(c.Context, x)
			if err != nil {
				return err
			}
			return a.answer(o.forJSON(), func(w io.Writer) {
				writeResult(w, o.Result)
				fmt.Fprintf(w, "recorded as run %s\n", o.Run)
			})
		},
	}
}

// evaluationOf reads the command line of eval.
func evaluationOf(c *cli.Context) (experiment, error) {
	const standard = "evaluate"
	name := c.Args().First()
	if name == "" {
		name = standard
	} else if _, err := arguments(c, "FILE|RECIPE"); err != nil {
		return experiment{}, err
	}
	given := c.StringSlice("param")
	if model := c.String("model"); model != "" {
		if name != standard {
			return experiment{}, fail(badInput, "--model belongs to the recipe %s", standard).next("give the script's own params with -p")
		}
		given = append(given, "judge="+model, "policy="+model)
	}
	s, err := loadScript(name)
	if err != nil {
		return experiment{}, err
	}
	x := experiment{script: s, name: name}
	err = x.set(given)
	return x, err
}
