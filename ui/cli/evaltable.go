package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"workbench/engine/eval"
	"workbench/tasks/script"
)

// evalLevel is the confidence of the intervals in the table.
const evalLevel = 0.95

// evalTable is what an evaluation found of several models.
type evalTable struct {
	script string
	models []measuredModel
}

// measuredModel is what it found of one.
type measuredModel struct {
	Model string `json:"model,omitempty"`
	outcome
	Answers answers `json:"answers"`
	// Differences from the first model, by measure; nil for the first, and where the script measures no items.
	Differences map[string]difference `json:"differences,omitempty"`

	standard string        // the model that was measured where the command line names none
	items    []script.Item // nil where the script did not call measure(…)
}

// answers of a model.
type answers struct {
	Computed int `json:"computed"`
	Reused   int `json:"reused"`
}

// difference is how much more a model has of a measure than the first, on the items that both have.
type difference struct {
	Value  float64  `json:"value"`
	Low    *float64 `json:"low"` // null where nothing can be said
	High   *float64 `json:"high"`
	SE     *float64 `json:"se"`           // of independent items
	SEs    *float64 `json:"se_clustered"` // of groups
	N      int      `json:"n"`
	Groups int      `json:"groups"`
}

// readItems reads what a run measured item by item; nil where it measured none.
func readItems(o outcome) ([]script.Item, error) {
	f, err := os.Open(filepath.Join(o.Data, "runs", o.Run, script.ItemsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("items of run %s: %w", o.Run, err)
	}
	defer f.Close()
	var items []script.Item
	for lines := json.NewDecoder(bufio.NewReader(f)); ; {
		var item script.Item
		switch err := lines.Decode(&item); {
		case errors.Is(err, io.EOF):
			return items, nil
		case err != nil:
			return nil, fmt.Errorf("items of run %s: %w", o.Run, err)
		}
		items = append(items, item)
	}
}

// compare pairs each model's items with those of the first.
func (t *evalTable) compare() {
	first := map[string]script.Item{}
	for _, item := range t.models[0].items {
		first[item.ID] = item
	}
	for i := range t.models[1:] {
		m := &t.models[i+1]
		if len(first) == 0 || m.items == nil {
			continue
		}
		m.Differences = map[string]difference{}
		for _, name := range t.measures() {
			var more []float64
			var groups []string
			for _, item := range m.items {
				if other, both := first[item.ID]; both {
					more, groups = append(more, item.Measures[name]-other.Measures[name]), append(groups, item.Group)
				}
			}
			if len(more) > 0 {
				d := eval.Mean(more, groups, evalLevel)
				bounds := nullable([]float64{d.Low, d.High, eval.StdErr(more, nil), eval.StdErr(more, groups)})
				m.Differences[name] = difference{d.Value, bounds[0], bounds[1], bounds[2], bounds[3], d.N, d.Groups}
			}
		}
	}
}

// measures are the names of what was measured of every item.
func (t *evalTable) measures() []string {
	for _, m := range t.models {
		if len(m.items) > 0 {
			return slices.Sorted(maps.Keys(m.items[0].Measures))
		}
	}
	return nil
}

// forJSON is the one model's result, or all of them.
func (t *evalTable) forJSON() any {
	if len(t.models) == 1 {
		return t.models[0]
	}
	return map[string]any{"script": t.script, "models": t.models}
}

// writeItems writes all items of all models.
func (t *evalTable) writeItems(path string) error {
	if t.measures() == nil {
		return fail(badInput, "--items: script %s measures no items", t.script).next("have its run() call  measure(rows, of = […])")
	}
	f, err := os.Create(path)
	if err != nil {
		return fail(badInput, "--items: %w", err)
	}
	out := bufio.NewWriter(f)
	to := json.NewEncoder(out)
	to.SetEscapeHTML(false)
	for _, m := range t.models {
		for _, item := range m.items {
			line := struct {
				Model string `json:"model,omitempty"`
				Run   string `json:"run"`
				script.Item
			}{m.Model, m.Run, item}
			if err := to.Encode(line); err != nil {
				return errors.Join(fmt.Errorf("--items: %w", err), f.Close())
			}
		}
	}
	if err := errors.Join(out.Flush(), f.Close()); err != nil {
		return fmt.Errorf("--items: %w", err)
	}
	return nil
}

// write shows everything to people.
func (t *evalTable) write(w io.Writer) {
	if names := t.measures(); names != nil {
		t.writeMeasures(w, names)
		t.writeParts(w, names[0])
	}
	t.writeOthers(w)
	for _, m := range t.models {
		fmt.Fprintf(w, "recorded as run %s%s\n", m.Run, m.Answers)
	}
}

// writeOthers shows what the scripts returned besides the measures.
func (t *evalTable) writeOthers(w io.Writer) {
	for _, m := range t.models {
		result := m.Result
		if len(m.items) > 0 {
			others := maps.Clone(plainMap(m.Result))
			delete(others, "by")
			for name := range m.items[0].Measures {
				delete(others, name)
			}
			result = others
		}
		if len(resultRows("", result)) == 0 {
			continue
		}
		if len(t.models) > 1 {
			fmt.Fprintf(w, "\n%s\n", m.label())
		}
		writeResult(w, result)
	}
}

// String says how many answers were computed, where any were.
func (a answers) String() string {
	if a.Computed+a.Reused == 0 {
		return ""
	}
	return fmt.Sprintf(": %s computed, %d remembered", count(a.Computed, "answer"), a.Reused)
}

// writeMeasures shows a table for each measure, a model a line.
func (t *evalTable) writeMeasures(w io.Writer, names []string) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, name := range names {
		if i > 0 {
			fmt.Fprintln(table)
		}
		fmt.Fprintf(table, "%s\tVALUE\t95 %% INTERVAL\tSE\tCLUSTERED SE\tOF", strings.ToUpper(name))
		if len(t.models) > 1 {
			fmt.Fprintf(table, "\tMORE THAN %s\t95 %% INTERVAL", t.models[0].Model)
		}
		fmt.Fprintln(table)
		for _, m := range t.models {
			values, groups := m.column(name)
			e := eval.Estimate(values, groups, evalLevel)
			fmt.Fprintf(table, "%s\t%s\t%s to %s\t%s\t%s\t%s", m.label(), figure(e.Value), figure(e.Low), figure(e.High),
				figure(eval.StdErr(values, nil)), figure(eval.StdErr(values, groups)), ofGroups(e))
			if d, is := m.Differences[name]; is {
				fmt.Fprintf(table, "\t%+.4g\t%s to %s", d.Value, bound(d.Low), bound(d.High))
				if d.N < len(m.items) {
					fmt.Fprintf(table, " (%d items of both)", d.N)
				}
			}
			fmt.Fprintln(table)
		}
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}

// label names the model: as the command line does, or as the run's first param for a model.
func (m *measuredModel) label() string { return cmp.Or(m.Model, m.standard, "the model") }

func (m *measuredModel) column(name string) (values []float64, groups []string) {
	for _, item := range m.items {
		values, groups = append(values, item.Measures[name]), append(groups, item.Group)
	}
	return values, groups
}

func ofGroups(e eval.Interval) string {
	if e.Groups == e.N {
		return fmt.Sprint(e.N)
	}
	return fmt.Sprintf("%d in %d groups", e.N, e.Groups)
}

func bound(x *float64) string {
	if x == nil {
		return "?"
	}
	return fmt.Sprintf("%+.4g", *x)
}

// writeParts shows a measure by parts, a column for each model, where the result of the script has parts.
func (t *evalTable) writeParts(w io.Writer, name string) {
	parts, _ := plainMap(t.models[0].Result)["by"].(map[string]any)
	if len(parts) < 2 {
		return
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s BY PART", strings.ToUpper(name))
	for _, m := range t.models {
		fmt.Fprintf(table, "\t%s\t95 %% INTERVAL", m.label())
	}
	fmt.Fprintln(table, "\tOF")
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		fmt.Fprint(table, part)
		of := any("")
		for _, m := range t.models {
			e := plainMap(plainMap(plainMap(plainMap(m.Result)["by"])[part])[name])
			fmt.Fprintf(table, "\t%s\t%s to %s", figure(e["value"]), figure(e["low"]), figure(e["high"]))
			of = e["n"]
		}
		fmt.Fprintf(table, "\t%s\n", figure(of))
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}

// plainMap is a value as a dictionary; an empty one where it is none.
func plainMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}
