package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"workbench/engine/runs"
)

// compared is what `workbench runs compare` says.
type compared struct {
	Runs    []comparedRun    `json:"runs"`
	Params  []comparedValues `json:"params"`  // those that differ, as text; empty where a run has none of the name
	Inputs  []comparedValues `json:"inputs"`  // what was read that differs, by digest
	Results []comparedValues `json:"results"` // figures, with their 95 % interval where they have one
	Metrics []comparedValues `json:"metrics"` // the last of each that several have
}

// comparedRun is a column.
type comparedRun struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Script    string      `json:"script"`
	SHA256    string      `json:"sha256"`
	Status    runs.Status `json:"status"`
	Seed      int64       `json:"seed"`
	Diagnoses []string    `json:"diagnoses"` // names
}

// comparedValues is a row: a value for each run.
type comparedValues struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

func runsCompareCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "put runs side by side: settings that differ, results with their intervals, last metrics",
		ArgsUsage: "ID ID…",
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				_, err := arguments(c, "ID", "ID")
				return err
			}
			return a.withRuns(c.Context, func(from runSource) error {
				var all []runRecord
				for _, reference := range c.Args().Slice() {
					r, err := from.record(c.Context, reference)
					if err != nil {
						return err
					}
					all = append(all, r)
				}
				result := compareRuns(all)
				return a.answer(result, result.write)
			})
		},
	}
}

func compareRuns(all []runRecord) (out compared) {
	params, inputs, results, metrics := newBeside(len(all)), newBeside(len(all)), newBeside(len(all)), newBeside(len(all))
	for i, r := range all {
		one := comparedRun{
			ID: r.Run.ID, Name: cmp.Or(r.Run.Name, r.Run.Script.Name), Script: r.Run.Script.Name, SHA256: r.Run.Script.SHA256,
			Status: r.Run.Status, Seed: r.Run.Seed, Diagnoses: []string{},
		}
		for _, d := range r.Diagnoses {
			one.Diagnoses = append(one.Diagnoses, d.Name)
		}
		out.Runs = append(out.Runs, one)
		for name, v := range r.Run.Params {
			params.put(name, i, fmt.Sprint(v))
		}
		for _, in := range r.Run.Inputs {
			inputs.put(in.Kind+" "+in.Name, i, fmt.Sprintf("%.12s", in.SHA256))
		}
		for _, row := range resultRows("", r.Run.Result) {
			text := row.value
			if row.interval != "" {
				text += " (" + row.interval + ")"
			}
			results.put(cmp.Or(row.name, "result"), i, text)
		}
		for name, v := range lastOf(r.Record) {
			metrics.put(name, i, figure(v))
		}
	}
	out.Params, out.Inputs = params.rows(differs), inputs.rows(differs)
	out.Results, out.Metrics = results.rows(func([]string) bool { return true }), metrics.rows(shared)
	return out
}

// beside gathers values by name, one for each run.
type beside struct {
	n  int
	of map[string][]string
}

func newBeside(n int) beside { return beside{n, map[string][]string{}} }

func (c beside) put(name string, run int, value string) {
	if c.of[name] == nil {
		c.of[name] = make([]string, c.n)
	}
	c.of[name][run] = value
}

// rows are those that are wanted, by name.
func (c beside) rows(wanted func([]string) bool) []comparedValues {
	all := []comparedValues{}
	for _, name := range slices.Sorted(maps.Keys(c.of)) {
		if wanted(c.of[name]) {
			all = append(all, comparedValues{name, c.of[name]})
		}
	}
	return all
}

func differs(values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return v != values[0] })
}

// shared says whether several runs have a value.
func shared(values []string) bool {
	n := 0
	for _, v := range values {
		if v != "" {
			n++
		}
	}
	return n > 1
}

func (c compared) write(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := func(name string, of func(comparedRun) string) {
		fmt.Fprint(table, name)
		for _, r := range c.Runs {
			fmt.Fprint(table, "\t"+of(r))
		}
		fmt.Fprintln(table)
	}
	head("run", func(r comparedRun) string { return r.ID })
	head("name", func(r comparedRun) string { return r.Name })
	head("script", func(r comparedRun) string { return fmt.Sprintf("%s %.8s", r.Script, r.SHA256) })
	head("status", func(r comparedRun) string { return string(r.Status) })
	head("seed", func(r comparedRun) string { return fmt.Sprint(r.Seed) })
	for _, part := range []struct {
		title string
		rows  []comparedValues
	}{{"params that differ", c.Params}, {"read", c.Inputs}, {"results, with 95 % intervals", c.Results}, {"last metrics", c.Metrics}} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintln(table, part.title)
		for _, row := range part.rows {
			fmt.Fprint(table, "  "+row.Name)
			for _, v := range row.Values {
				fmt.Fprint(table, "\t"+orDash(v))
			}
			fmt.Fprintln(table)
		}
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
	for _, r := range c.Runs {
		for _, d := range r.Diagnoses {
			fmt.Fprintf(w, "%s: what looks wrong: %s (workbench runs show %s)\n", r.Name, d, r.ID)
		}
	}
}
