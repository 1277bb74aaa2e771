package cli

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// resultRow is one figure of a result, with its interval where it has one.
type resultRow struct{ name, value, interval, of string }

// writeResult shows what a run returned, for people: a figure a line, with intervals beside.
func writeResult(w io.Writer, value any) {
	rows := resultRows("", value)
	if len(rows) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tVALUE\t95 % INTERVAL\tOF")
	var sentences []resultRow
	for _, r := range rows {
		if len(r.value) > widestCell {
			sentences = append(sentences, r)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.name, r.value, r.interval, r.of)
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
	for _, r := range sentences {
		fmt.Fprintf(w, "%s: %s\n", r.name, r.value)
	}
}

// widestCell is the longest value, in bytes, that stands in the table; what is longer stands below it.
const widestCell = 60

// resultRows flattens a result: estimates in one row each, tables left out but for their length.
func resultRows(name string, value any) []resultRow {
	switch v := value.(type) {
	case nil:
		return nil
	case map[string]any:
		if row, is := estimate(name, v); is {
			return []resultRow{row}
		}
		var rows []resultRow
		for _, key := range slices.Sorted(maps.Keys(v)) {
			rows = append(rows, resultRows(strings.TrimPrefix(name+"."+key, "."), v[key])...)
		}
		return rows
	case []any:
		if !shortList(v) {
			return []resultRow{{name: name, value: fmt.Sprintf("(%d rows; --json prints them)", len(v))}}
		}
		var rows []resultRow
		for i, item := range v {
			rows = append(rows, resultRows(name+"["+strconv.Itoa(i)+"]", item)...)
		}
		return rows
	}
	return []resultRow{{name: name, value: figure(value)}}
}

// shortList says whether a list is shown item by item: a few plain values.
func shortList(list []any) bool {
	for _, item := range list {
		switch item.(type) {
		case map[string]any, []any:
			return false
		}
	}
	const shown = 8
	return len(list) <= shown
}

// estimate is a figure with its interval, as share and average give it.
func estimate(name string, v map[string]any) (resultRow, bool) {
	low, hasLow := v["low"]
	high, hasHigh := v["high"]
	if !hasLow || !hasHigh {
		return resultRow{}, false
	}
	row := resultRow{name: name, interval: figure(low) + " to " + figure(high)}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		switch key {
		case "low", "high":
		case "n":
			row.of = strings.TrimSpace(figure(v[key]) + " " + row.of)
		case "groups":
			row.of = strings.TrimSpace(row.of + " in " + figure(v[key]) + " groups")
		default: // value, perplexity, …
			if _, number := v[key].(map[string]any); number || row.value != "" {
				return resultRow{}, false
			}
			row.value = figure(v[key])
		}
	}
	return row, true
}

// figure writes a number with four significant digits, and anything else as it is.
func figure(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', 4, 64)
	case string:
		return v
	}
	return fmt.Sprint(value)
}

// finite leaves out what JSON has no word for.
func finite(values map[string]float64) map[string]float64 {
	kept := map[string]float64{}
	for name, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			kept[name] = v
		}
	}
	return kept
}

// nullable makes null of what JSON has no word for.
func nullable(values []float64) []*float64 {
	out := make([]*float64, len(values))
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			out[i] = &v
		}
	}
	return out
}

// forJSON is a result with null in place of numbers that JSON has no word for.
func forJSON(value any) any {
	switch v := value.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = forJSON(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = forJSON(item)
		}
		return out
	}
	return value
}

// sortedCounts are the names of counts, in order.
func sortedCounts(counts map[string]int) []string { return slices.Sorted(maps.Keys(counts)) }
