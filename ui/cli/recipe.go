package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"workbench/tasks/recipes"
	"workbench/tasks/script"
)

func recipeCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "recipe",
		Usage: "list, show, copy and check the experiments that the binary carries",
		Description: `A recipe is one script: run it as it is (workbench run RECIPE -p …), or copy it out, edit it, and run
the file. docs/script.md explains the language.`,
		Subcommands: []*cli.Command{
			recipeListCommand(a),
			recipeShowCommand(a),
			recipeCopyCommand(a),
			recipeCheckCommand(a),
			checkOneCommand(a),
		},
	}
}

func recipeListCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the recipes",
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			type entry struct {
				Name    string `json:"name"`
				Summary string `json:"summary"`
			}
			var all []entry
			for _, r := range recipes.List() {
				all = append(all, entry{r.Name, r.Summary})
			}
			return a.answer(all, func(w io.Writer) {
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				for _, r := range all {
					fmt.Fprintf(table, "%s\t%s\n", r.Name, r.Summary)
				}
				_ = table.Flush() // w is a buffer; writing it out is checked
			})
		},
	}
}

// setting is a param as JSON.
type setting struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Default any    `json:"default"`
	Help    string `json:"help"`
	Takes   string `json:"takes"`
}

func settingsOf(params []script.Param) []setting {
	var all []setting
	for _, p := range params {
		all = append(all, setting{p.Name, string(p.Kind), p.Default, p.Help, p.Describe()})
	}
	return all
}

func writeSettings(w io.Writer, all []setting) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range all {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", s.Name, s.Takes, s.Help)
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}

func recipeShowCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "explain a recipe or a script, and list its params",
		ArgsUsage: "RECIPE|FILE",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "source", Usage: "print the script itself"}},
		Action: func(c *cli.Context) error {
			name, err := arguments(c, "RECIPE|FILE")
			if err != nil {
				return err
			}
			s, err := loadScript(name[0])
			if err != nil {
				return err
			}
			params, err := s.Describe()
			if err != nil {
				return fail(badInput, "%w", err)
			}
			all := settingsOf(params)
			result := map[string]any{"name": s.Name, "doc": s.Doc, "params": all, "sha256": s.SHA256(), "text": s.Text}
			return a.answer(result, func(w io.Writer) {
				if c.Bool("source") {
					fmt.Fprint(w, s.Text)
					return
				}
				fmt.Fprintf(w, "%s\n\nParams, each with its default and limits (-p NAME=VALUE):\n", s.Doc)
				writeSettings(w, all)
			})
		},
	}
}

func recipeCopyCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "copy",
		Usage:     "write a recipe into a file of your own",
		ArgsUsage: "RECIPE FILE",
		Action: func(c *cli.Context) error {
			given, err := arguments(c, "RECIPE", "FILE")
			if err != nil {
				return err
			}
			recipe, err := recipes.Find(given[0])
			if err != nil {
				return fail(notFound, "%w", err)
			}
			file, err := os.OpenFile(given[1], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return fail(badInput, "%s exists, and nothing is overwritten", given[1]).next("choose another name or remove it")
			}
			if err != nil {
				return fail(badInput, "%w", err)
			}
			_, err = io.WriteString(file, recipe.Text)
			if err = errors.Join(err, file.Close()); err != nil {
				return fmt.Errorf("copy %s: %w", given[0], err)
			}
			s, err := parseScript(given[1], recipe.Text)
			if err != nil {
				return err
			}
			return a.answer(map[string]any{"recipe": given[0], "file": given[1]}, func(w io.Writer) {
				if s.HasRun {
					fmt.Fprintf(w, "%s is in %s; run it with: workbench run %s -p …\n", given[0], given[1], given[1])
				} else {
					fmt.Fprintf(w, "%s is in %s; with workbench serve running, start it with: workbench flow start %s -p …\n", given[0], given[1], given[1])
				}
			})
		},
	}
}

// writeList says what there is, or nothing.
func writeList(w io.Writer, label string, list []string) {
	if len(list) > 0 {
		fmt.Fprintf(w, "%s%s\n", label, strings.Join(list, ", "))
	}
}

func recipeCheckCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "try a script without models or people: names, params, losses, a step of the loop, some items of the flow",
		ArgsUsage: "RECIPE|FILE",
		Flags:     []cli.Flag{paramFlag()},
		Action: func(c *cli.Context) error {
			name, err := arguments(c, "RECIPE|FILE")
			if err != nil {
				return err
			}
			file, text, err := findScript(name[0])
			if err != nil {
				return err
			}
			params, err := typedParams(c.StringSlice("param"))
			if err != nil {
				return err
			}
			var found script.Checked
			err = a.withEngine(c.Context, false, func(e *engine) error {
				found, err = a.check(c.Context, file, text, params, e.data())
				return err
			})
			if err != nil {
				return asked(err)
			}
			var asks []string
			for _, f := range found.Forms {
				asks = append(asks, f.Title)
			}
			result := map[string]any{"name": file, "params": settingsOf(found.Params), "notes": found.Notes, "asks": asks, "records": found.Datasets}
			return a.answer(result, func(w io.Writer) {
				fmt.Fprintf(w, "%s is in order: %d params\n", file, len(found.Params))
				writeList(w, "  it asks people: ", asks)
				writeList(w, "  it records into: ", found.Datasets)
				for _, note := range found.Notes {
					fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(note, "\n", "\n  "))
				}
			})
		},
	}
}
