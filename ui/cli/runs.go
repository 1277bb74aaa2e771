package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/engine/runs"
)

func runsCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:        "runs",
		Usage:       "list runs, show what one left, compare several, draw their metrics",
		Description: `A run is named by its id, the beginning of one, the name that it was given, or last.`,
		Subcommands: []*cli.Command{
			runsListCommand(a),
			runsShowCommand(a),
			runsCompareCommand(a),
			runsPlotCommand(a),
		},
	}
}

// book opens the record of runs to read.
func (e *engine) book() (*runs.Book, error) {
	store, err := e.reading()
	if err != nil {
		return nil, err
	}
	if store == nil {
		dir, err := e.app.dataDir()
		if err != nil {
			return nil, err
		}
		return nil, fail(notFound, "the data folder %s has no runs yet", dir).next("workbench run RECIPE makes one; --data names another folder")
	}
	return runs.NewBook(store, e.app.now), nil
}

// findRecord finds the run that a person means.
func (e *engine) findRecord(reference string) (*runs.Book, runs.Run, error) {
	book, err := e.book()
	if err != nil {
		return nil, runs.Run{}, err
	}
	run, err := book.Find(reference)
	if err != nil {
		return nil, run, fail(notFound, "%w", err).next("workbench runs list shows all")
	}
	return book, run, nil
}

// runLine is one line of `workbench runs list`.
type runLine struct {
	ID      string             `json:"id"`
	Name    string             `json:"name"`
	Script  string             `json:"script"`
	Status  runs.Status        `json:"status"`
	Started time.Time          `json:"started"`
	Seconds float64            `json:"seconds,omitempty"`
	Metrics map[string]float64 `json:"metrics,omitempty"` // the last of each
}

func runsListCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list runs, the newest first",
		Flags: []cli.Flag{&cli.IntFlag{Name: "limit", Value: 20, Usage: "at most `N`; 0 for all"}},
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			if err := within(c, "limit", 0, 1<<30); err != nil {
				return err
			}
			return a.withRuns(c.Context, func(from runSource) error {
				lines, err := from.list(c.Context, c.Int("limit"))
				if err != nil {
					return err
				}
				return a.answer(lines, func(w io.Writer) { writeRuns(w, lines) })
			})
		},
	}
}

func listRuns(book *runs.Book, limit int) ([]runLine, error) {
	all, err := book.Runs("", limit)
	if err != nil {
		return nil, err
	}
	lines := make([]runLine, len(all))
	for i, r := range all {
		metrics, err := book.Metrics(r.ID)
		if err != nil {
			return nil, err
		}
		lines[i] = runLine{ID: r.ID, Name: r.Name, Script: r.Script.Name, Status: r.Status, Started: r.Started, Metrics: finite(runs.Last(metrics))}
		if !r.Ended.IsZero() {
			lines[i].Seconds = r.Ended.Sub(r.Started).Seconds()
		}
	}
	return lines, nil
}

func writeRuns(w io.Writer, lines []runLine) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tSCRIPT\tSTATUS\tSTARTED\tTOOK")
	for _, l := range lines {
		took := "-"
		if l.Seconds > 0 {
			took = time.Duration(l.Seconds * float64(time.Second)).Round(time.Second).String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, orDash(l.Name), l.Script, l.Status, l.Started.Format("2006-01-02 15:04"), took)
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}

// runRecord is all that `workbench runs show` says.
type runRecord struct{ runs.Record }

// series are the run's metrics by name.
func (r runRecord) series() (all []runs.Series) {
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		all = append(all, r.Metrics[name].Series(name))
	}
	return all
}

func runsShowCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show a run: params, inputs, metrics, invariants, checkpoints, result",
		ArgsUsage: "ID",
		Action: func(c *cli.Context) error {
			reference, err := arguments(c, "ID")
			if err != nil {
				return err
			}
			return a.withRuns(c.Context, func(from runSource) error {
				r, err := from.record(c.Context, reference[0])
				if err != nil {
					return err
				}
				a.named(r.Run.ID)
				return a.answer(r, r.write)
			})
		},
	}
}

func (r runRecord) write(w io.Writer) {
	fmt.Fprint(w, r.Summary)
	fmt.Fprintf(w, "script %s, sha256 %.12s, seed %d, workbench %s, ONNX Runtime %s, device %s\n", r.Run.Script.Name,
		r.Run.Script.SHA256, r.Run.Seed, orDash(r.Run.Versions.Binary), orDash(r.Run.Versions.Runtime), orDash(r.Run.Device))
	if used := r.Run.Resources; used.CPUSeconds > 0 {
		fmt.Fprintf(w, "used %.0f processor seconds, peak memory %s%s\n", used.CPUSeconds, megabytes(used.PeakRSS), tokenRates(used))
	}
	r.writeInputs(w)
	writeDiagnoses(w, r.Diagnoses)
	if len(r.Metrics) > 0 {
		fmt.Fprintln(w, "\nmetrics")
		writeSeries(w, r.series())
	}
	if len(r.Invariants) > 0 {
		fmt.Fprintln(w, "\ninvariants")
		for _, v := range r.Invariants {
			fmt.Fprintf(w, "  %-6s step %d, %s: %s, limit %s. %s\n", map[bool]string{true: "holds", false: "FAILS"}[v.Passed], v.Step, v.Name, figure(v.Value), figure(v.Limit), v.Detail)
		}
	}
	if len(r.Checkpoints) > 0 {
		fmt.Fprintln(w, "\ncheckpoints")
		for _, c := range r.Checkpoints {
			fmt.Fprintf(w, "  step %d, %s, %s\n", c.Step, megabytes(c.Bytes), c.Path)
		}
	}
	if r.Run.Result != nil {
		fmt.Fprintln(w, "\nresult")
		writeResult(w, r.Run.Result)
	}
}

// tokenRates are how many tokens a second a run sampled, scored and trained on.
func tokenRates(used runs.Resources) string {
	text := ""
	for _, r := range []struct {
		what string
		rate runs.Rate
	}{{"sampled", used.Sampled}, {"scored", used.Scored}, {"trained on", used.Trained}} {
		if r.rate.Tokens > 0 {
			text += fmt.Sprintf("; %s %d tokens, %.0f a second", r.what, r.rate.Tokens, r.rate.PerSecond())
		}
	}
	return text
}

// writeDiagnoses says what looks wrong about a run.
func writeDiagnoses(w io.Writer, all []runs.Diagnosis) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\nwhat looks wrong")
	for _, d := range all {
		fmt.Fprintf(w, "  step %d, %s: %s\n", d.Step, d.Name, d.Seen)
		if d.Why != "" {
			fmt.Fprintf(w, "    why:  %s\n    next: %s\n", d.Why, d.Next)
		}
	}
}

func (r runRecord) writeInputs(w io.Writer) {
	if len(r.Run.Params) > 0 {
		var params []string
		for name, value := range r.Run.Params {
			params = append(params, fmt.Sprintf("%s=%v", name, value))
		}
		slices.Sort(params)
		fmt.Fprintf(w, "params %s\n", strings.Join(params, " "))
	}
	for _, in := range r.Run.Inputs {
		fmt.Fprintf(w, "read %s %s, sha256 %.12s", cmp.Or(in.Kind, "input"), in.Name, in.SHA256)
		if in.Records > 0 {
			fmt.Fprintf(w, ", %d records", in.Records)
		}
		for _, read := range r.Reads {
			if read.SHA256 == in.SHA256 {
				fmt.Fprintf(w, ", of which the script was given %d, and %d that were held out", read.Used, read.HeldOut)
			}
		}
		fmt.Fprintln(w)
	}
}

// writeSeries shows each metric's first and last value and its range.
func writeSeries(w io.Writer, all []runs.Series) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  NAME\tSTEPS\tFIRST\tLAST\tLEAST\tMOST")
	for _, s := range all {
		last := len(s.Values) - 1
		fmt.Fprintf(table, "  %s\t%d\t%s\t%s\t%s\t%s\n", s.Name, len(s.Steps), figure(s.Values[0]), figure(s.Values[last]),
			figure(slices.Min(s.Values)), figure(slices.Max(s.Values)))
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}
