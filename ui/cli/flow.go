package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"workbench/tasks/script"
	"workbench/ui/web"
)

func flowCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "flow",
		Usage: "start flows, which wait for people, and see how far they are",
		Description: `Flows go on in a running workbench serve with the same --data; these verbs talk to it. The page shows the
same, and each instance as a story.`,
		Subcommands: []*cli.Command{
			flowStartCommand(a),
			flowListCommand(a),
			flowShowCommand(a),
			flowWaitCommand(a),
			flowChangeCommand(a, "pause", "give out no more tasks of a flow"),
			flowChangeCommand(a, "resume", "go on after pause"),
			flowChangeCommand(a, "cancel", "end a flow for good; what was recorded stays"),
		},
	}
}

func flowStartCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:        "start",
		Usage:       "do a flow for each record of a dataset",
		ArgsUsage:   "FILE|RECIPE",
		Description: `FILE is a script, RECIPE one that the binary carries; workbench recipe show lists its params.`,
		Flags: []cli.Flag{
			paramFlag(),
			&cli.StringFlag{Name: "name", Usage: "call the flow `NAME`"},
			&cli.IntFlag{Name: "limit", Usage: "only the first `N` records; 0 for all"},
			&cli.IntFlag{Name: "ahead", Usage: "at most `N` of them under way at a time; 0 for the default"},
			&cli.IntFlag{Name: "priority", Usage: "flows of a higher `N` are given out first"},
		},
		Action: func(c *cli.Context) error {
			file, err := arguments(c, "FILE|RECIPE")
			if err != nil {
				return err
			}
			s, err := loadScript(file[0])
			if err != nil {
				return err
			}
			if !s.HasFlow {
				return fail(badInput, "script %s has no flow(item), so there is nothing that waits for people", s.Name).next("workbench run %s does what it computes", file[0])
			}
			values, _, err := settings(s, c.StringSlice("param"))
			if err != nil {
				return err
			}
			start, err := startOf(s, values)
			if err != nil {
				return err
			}
			start.Name, start.Limit, start.Ahead, start.Priority = cmp.Or(c.String("name"), start.Name), c.Int("limit"), c.Int("ahead"), c.Int("priority")
			server, err := a.server()
			if err != nil {
				return err
			}
			var made web.FlowDetail
			if err := server.call(c.Context, http.MethodPost, "/api/flows", start, &made); err != nil {
				return err
			}
			a.named(made.ID)
			return a.answer(made.FlowSummary, func(w io.Writer) {
				fmt.Fprintf(w, "flow %s, %s, goes on for %s: %s/flows/%s\n", made.ID, made.Name, count(made.Items, "item"), server.to.URL, made.ID)
			})
		},
	}
}

// startOf asks for a script with params, with paths that are good in another process.
func startOf(s *script.Script, values map[string]any) (web.Start, error) {
	declared, err := s.Describe()
	if err != nil {
		return web.Start{}, fail(badInput, "%w", err)
	}
	start := web.Start{Script: s.Text, Name: strings.TrimSuffix(filepath.Base(s.Name), ".star"), Params: map[string]string{}}
	for _, p := range declared {
		value, is := values[p.Name]
		if !is {
			continue
		}
		start.Params[p.Name] = p.Text(value)
		if p.Kind == script.DatasetParam || p.Kind == script.ModelParam {
			start.Params[p.Name] = absolutePaths(start.Params[p.Name])
		}
	}
	return start, nil
}

func flowListCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the flows, the newest first",
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			server, err := a.server()
			if err != nil {
				return err
			}
			var all []web.FlowSummary
			if err := server.ask(c.Context, "/api/flows", &all); err != nil {
				return err
			}
			slices.SortFunc(all, func(a, b web.FlowSummary) int { return strings.Compare(b.ID, a.ID) })
			return a.answer(all, func(w io.Writer) {
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tNAME\tSTATUS\tITEMS\tDONE\tSTARTED")
				for _, f := range all {
					fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", f.ID, f.Name, f.Status, f.Items, f.Instances["done"], f.Created.Local().Format("2006-01-02 15:04"))
				}
				_ = table.Flush() // w is a buffer; writing it out is checked
			})
		},
	}
}

// serverAndFlow is the running server and the flow that the verb's one argument names.
func (a *app) serverAndFlow(c *cli.Context) (*client, string, error) {
	id, err := arguments(c, "ID")
	if err != nil {
		return nil, "", err
	}
	server, err := a.server()
	return server, id[0], err
}

func flowShowCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show how far a flow is: its instances and its steps",
		ArgsUsage: "ID",
		Action: func(c *cli.Context) error {
			server, id, err := a.serverAndFlow(c)
			if err != nil {
				return err
			}
			var f web.FlowDetail
			if err := server.ask(c.Context, "/api/flows/"+id, &f); err != nil {
				return err
			}
			a.named(f.ID)
			return a.answer(f, func(w io.Writer) { writeFlow(w, f) })
		},
	}
}

func writeFlow(w io.Writer, f web.FlowDetail) {
	fmt.Fprintf(w, "%s, %s, %s, %s\n", f.Name, f.Status, count(f.Items, "item"), f.ID)
	for _, status := range slices.Sorted(maps.Keys(f.Instances)) {
		fmt.Fprintf(w, "  %d %s\n", f.Instances[status], status)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "STEP\tBY\tWAITING\tLEASED\tDONE\tFAILED")
	for _, s := range f.Steps {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\n", s.Step, s.Kind, s.Waiting, s.Leased, s.Done, s.Failed)
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
	if len(f.Datasets) > 0 {
		fmt.Fprintf(w, "records into %s\n", strings.Join(f.Datasets, ", "))
	}
}

func flowChangeCommand(a *app, verb, usage string) *cli.Command {
	return &cli.Command{
		Name:      verb,
		Usage:     usage,
		ArgsUsage: "ID",
		Action: func(c *cli.Context) error {
			server, id, err := a.serverAndFlow(c)
			if err != nil {
				return err
			}
			var f web.FlowDetail
			if err := server.call(c.Context, http.MethodPost, "/api/flows/"+id+"/"+verb, struct{}{}, &f); err != nil {
				return err
			}
			a.named(f.ID)
			return a.answer(f.FlowSummary, func(w io.Writer) { fmt.Fprintf(w, "flow %s, %s, is %s\n", f.ID, f.Name, f.Status) })
		},
	}
}
