package script

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// shownSamples is how many examples of a batch log(samples = batch) keeps.
const shownSamples = 16

// logPrimitive records under names; log(x) of one operand is the natural logarithm, as losses have it.
func logPrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) == 1 && len(kwargs) == 0 {
		return unaryOp{graph.Log, math.Log}.call(r, b, args, nil)
	}
	if r.flow != nil {
		return nil, advise("write  record(dataset, row)", "log(…) keeps the numbers of a run; this is a flow")
	}
	if len(args) > 0 {
		return nil, advise("write  log(loss = x)  or  log(**metrics)", "log wants names: metrics as log(name = number), tables as log(samples = batch)")
	}
	metrics := map[string]float64{}
	for _, kv := range kwargs {
		name := string(kv[0].(starlark.String))
		switch v := kv[1].(type) {
		case *Batch:
			if err := r.logSamples(name, v); err != nil {
				return nil, err
			}
		default:
			if err := flatten(name, v, metrics); err != nil {
				return nil, err
			}
		}
	}
	return starlark.None, r.logMetrics(metrics)
}

func (r *Run) logMetrics(metrics map[string]float64) error {
	if r.mode != running || len(metrics) == 0 {
		return nil
	}
	if r.inLoop() {
		if r.loop.metrics == nil {
			r.loop.metrics = map[string]float64{}
		}
		maps.Copy(r.loop.metrics, metrics)
	} else {
		r.host.tell(Progress{Step: r.step(), Metrics: metrics})
	}
	return r.host.Record.Log(r.step(), metrics)
}

// flatten makes metrics of a number, or of a dictionary of numbers with dotted names.
func flatten(name string, v starlark.Value, into map[string]float64) error {
	switch v := v.(type) {
	case starlark.Bool:
		into[name] = indicator(bool(v))
		return nil
	case starlark.Int, starlark.Float:
		into[name], _ = starlark.AsFloat(v)
		return nil
	case starlark.IterableMapping:
		for _, kv := range v.Items() {
			key, ok := starlark.AsString(kv[0])
			if !ok {
				key = kv[0].String()
			}
			if err := flatten(name+"."+key, kv[1], into); err != nil {
				return err
			}
		}
		return nil
	}
	return advise("log numbers, dictionaries of numbers, or a batch as samples", "log: %s is a %s", name, v.Type())
}

// logSamples keeps the first examples of a batch as a table: texts and numbers, nothing for each token.
func (r *Run) logSamples(name string, b *Batch) error {
	table := runs.SampleTable{Step: r.step(), Name: name}
	for _, c := range b.names {
		if !b.perToken(c) {
			table.Columns = append(table.Columns, c)
		}
	}
	for i := range min(b.n, shownSamples) {
		row := make([]any, len(table.Columns))
		for k, c := range table.Columns {
			v, err := plain(b.columns[c].(starlark.Indexable).Index(i))
			if err != nil {
				return fmt.Errorf("log: samples: column %s: %w", c, err)
			}
			row[k] = v
		}
		table.Rows = append(table.Rows, row)
	}
	if r.mode != running {
		return nil
	}
	return r.host.Record.LogSamples(table)
}

// watch shows a diagnosis when a condition begins to hold.
func watchPrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var condition starlark.Value
	var say string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "condition", &condition, "say", &say); err != nil {
		return nil, err
	}
	holds, err := truth(condition)
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	before := r.watching[say]
	r.watching[say] = holds
	if !holds || before || r.mode != running {
		return starlark.Bool(holds), nil
	}
	r.host.tell(Progress{Step: r.step(), Say: say})
	return starlark.True, r.host.Record.Say(r.step(), say)
}

// truth of a flag, or of the number that a comparison function gives.
func truth(v starlark.Value) (bool, error) {
	switch v := v.(type) {
	case starlark.Bool:
		return bool(v), nil
	case starlark.Int, starlark.Float:
		f, _ := starlark.AsFloat(v)
		return f != 0 && !math.IsNaN(f), nil
	}
	return false, fmt.Errorf("the condition is a %s, not True or False", v.Type())
}

// evaluate calls a function for its numbers, records them, and does not do it again on resume.
func evaluatePrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) < 2 {
		return nil, advise(`write  evaluate("agreement", function, argument, …)`, "evaluate wants a name and a function")
	}
	name, ok := starlark.AsString(args[0])
	fn, callable := args[1].(starlark.Callable)
	if !ok || !callable {
		return nil, advise(`write  evaluate("agreement", function, argument, …)`, "evaluate wants a name and a function, got a %s and a %s", args[0].Type(), args[1].Type())
	}
	value, err := r.recorded(hashOf("evaluate", name, fn.Name(), describe(args[2:]), fmt.Sprint(kwargs)), func() (any, error) {
		out, err := starlark.Call(r.thread, fn, args[2:], kwargs)
		if err != nil {
			return nil, err
		}
		return plain(out)
	})
	if err != nil {
		return nil, err
	}
	out, err := toStarlark(value)
	if err != nil {
		return nil, err
	}
	metrics := map[string]float64{}
	numbersIn(name, value, metrics)
	return out, r.logMetrics(metrics)
}

// numbersIn collects the numbers of a value under dotted names; what is no number is left out, and
// of an interval the bounds, which the recorded result keeps.
func numbersIn(name string, v any, into map[string]float64) {
	switch v := v.(type) {
	case bool:
		into[name] = indicator(v)
	case map[string]any:
		if estimate, ok := number(v["value"]); ok && v["low"] != nil { // an interval: its estimate
			into[name] = estimate
			return
		}
		for k, e := range v {
			numbersIn(name+"."+k, e, into)
		}
	default:
		if f, ok := number(v); ok {
			into[name] = f
		}
	}
}

// describe is what can be compared of arguments between two executions: plain values as they are,
// others by what they say they are.
func describe(args starlark.Tuple) string {
	parts := make([]string, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case *Dataset:
			parts[i] = "dataset " + a.digest
		default:
			parts[i] = a.String()
		}
	}
	return strings.Join(parts, ", ")
}

// checkpointPrimitive keeps a model under a name for others to load.
func checkpointPrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var m *Model
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name, "model", &m); err != nil {
		return nil, err
	}
	if name == "" || strings.ContainsAny(name, `/\:`) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("checkpoint: %q is not a name; use letters, digits, - and _", name)
	}
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	if r.mode != running {
		return starlark.String(name), nil
	}
	if err := r.settle(); err != nil {
		return nil, err
	}
	id := r.host.Record.ID()
	relative := filepath.Join(runFolder(id), "models", name)
	dir := filepath.Join(r.host.Folder, relative)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	kind := kindOf(w)
	write := w.SaveAdapter
	if kind == "base" {
		write = func(dir string) error { return w.Export(dir, "F32") }
	}
	if err := write(dir); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", name, err)
	}
	kept := Kept{Name: name, Path: filepath.ToSlash(relative), Kind: kind, Base: m.name, BaseDigest: w.Base.Digest(), Run: id, Digest: w.Digest()}
	if r.host.Register != nil {
		if err := r.host.Register(kept); err != nil {
			return nil, fmt.Errorf("checkpoint %s: %w", name, err)
		}
	}
	return starlark.String(kept.Path), r.indexModel(kept)
}

// kindOf says how a model is kept: whole when its base was trained, otherwise what was put on it.
func kindOf(w *weights.Model) string {
	switch {
	case slices.Contains(w.Trained(), w.Base), w.Adapter == nil && w.Head == nil:
		return "base"
	case w.Head != nil:
		return "reward"
	}
	return "adapter"
}

// indexModel notes a kept model in the run's index of checkpoints.
func (r *Run) indexModel(k Kept) error {
	dir := filepath.Join(r.host.Folder, filepath.FromSlash(k.Path))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	files, bytes := map[string]string{}, int64(0)
	for _, e := range entries {
		sum, n, err := hashFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		files[e.Name()] = sum
		bytes += n
	}
	_, err = r.host.Record.Checkpoint(runs.CheckpointInfo{
		Step: r.step(), Path: k.Path, Files: files, SHA256: hashOf(sortedPairs(files)...), Bytes: bytes, Final: true,
	})
	return err
}
