package script

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"workbench/tasks/script/column"
)

// rows are examples that are read one at a time.
type rows interface {
	len() int
	row(i int) (*Row, error)
}

// Dataset is examples in a script: opened files, or a view of them. Nothing is read before it is
// needed, and never all at once.
type Dataset struct {
	run    *Run
	name   string
	open   func() (rows, error)
	rows   rows
	digest string // of the content, known once it is open
}

// String names the dataset.
func (d *Dataset) String() string { return fmt.Sprintf("dataset(%q)", d.name) }

// Type is dataset.
func (d *Dataset) Type() string { return "dataset" }

// Freeze does nothing: datasets never change.
func (d *Dataset) Freeze() {}

// Truth is always true.
func (d *Dataset) Truth() starlark.Bool { return true }

// Hash is refused.
func (d *Dataset) Hash() (uint32, error) { return 0, fmt.Errorf("a dataset cannot be a key") }

// all opens the dataset.
func (d *Dataset) all() (rows, error) {
	if d.rows != nil {
		return d.rows, nil
	}
	if d.run.mode == describing {
		return nil, advise("do it inside run()", "dataset %s is read at the top level of the script", d.name)
	}
	got, err := d.open()
	d.rows = got
	return got, err
}

// derive is a view of the dataset.
func (d *Dataset) derive(step string, view func(of rows) (rows, error)) *Dataset {
	out := &Dataset{run: d.run, name: d.name}
	out.open = func() (rows, error) {
		of, err := d.all()
		if err != nil {
			return nil, err
		}
		out.digest = hashOf(d.digest, step)
		return view(of)
	}
	return out
}

// hashOf is the SHA-256 of texts, in hex.
func hashOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Len is the number of examples; a dataset that can't be opened stops the script.
func (d *Dataset) Len() int {
	all, err := d.all()
	if err != nil {
		d.run.stop(err)
		return 0
	}
	return all.len()
}

// Index is the i-th example.
func (d *Dataset) Index(i int) starlark.Value {
	all, err := d.all()
	if err == nil {
		var row *Row
		if row, err = all.row(i); err == nil {
			return row
		}
	}
	d.run.stop(err)
	return starlark.None
}

// Iterate goes through the examples in order.
func (d *Dataset) Iterate() starlark.Iterator { return &indexed{of: d} }

// Attr is the name, or a method.
func (d *Dataset) Attr(name string) (starlark.Value, error) {
	if name == "name" {
		return starlark.String(d.name), nil
	}
	return d.run.method(d, name, datasetMethods), nil
}

// AttrNames lists the methods.
func (d *Dataset) AttrNames() []string { return append(sortedKeys(datasetMethods), "name") }

// datasetMethods is filled by the catalog's file of datasets.
var datasetMethods = map[string]primitive{
	"batches": datasetBatches, "split": datasetSplit, "map": datasetMap, "filter": datasetFilter,
	"tokens": datasetTokens, "head": datasetHead, "column": datasetColumn, "shuffled": datasetShuffled,
}

// mapped applies a function of the script to each example when it is read.
type mapped struct {
	of rows
	do func(row *Row) (*Row, error)
}

func (m *mapped) len() int { return m.of.len() }

func (m *mapped) row(i int) (*Row, error) {
	r, err := m.of.row(i)
	if err != nil {
		return nil, err
	}
	return m.do(r)
}

// picked are some of the rows, in an order of its own.
type picked struct {
	of rows
	at []int32
}

func (p *picked) len() int                { return len(p.at) }
func (p *picked) row(i int) (*Row, error) { return p.of.row(int(p.at[i])) }

func datasetMap(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var fn starlark.Callable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "function", &fn); err != nil {
		return nil, err
	}
	return d.derive("map", func(of rows) (rows, error) {
		return &mapped{of, func(row *Row) (*Row, error) {
			out, err := starlark.Call(r.thread, fn, starlark.Tuple{row}, nil)
			if err != nil {
				return nil, err
			}
			return asRow(fn.Name(), out)
		}}, nil
	}), nil
}

func asRow(from string, v starlark.Value) (*Row, error) {
	switch v := v.(type) {
	case *Row:
		return v, nil
	case *starlark.Dict:
		return &Row{v}, nil
	}
	return nil, advise(`return a dictionary, such as  row | {"label": 1}`, "map: %s returned a %s instead of a row", from, v.Type())
}

func datasetFilter(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var fn starlark.Callable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "function", &fn); err != nil {
		return nil, err
	}
	return d.derive("filter", func(of rows) (rows, error) {
		out := &picked{of: of}
		for i := range of.len() {
			row, err := of.row(i)
			if err != nil {
				return nil, err
			}
			keep, err := starlark.Call(r.thread, fn, starlark.Tuple{row}, nil)
			if err != nil {
				return nil, err
			}
			if keep.Truth() {
				out.at = append(out.at, int32(i))
			}
		}
		return out, nil
	}), nil
}

func datasetHead(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var n int
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "n", &n); err != nil {
		return nil, err
	}
	return d.derive(fmt.Sprint("head ", n), func(of rows) (rows, error) {
		out := &picked{of: of}
		for i := range max(min(n, of.len()), 0) {
			out.at = append(out.at, int32(i))
		}
		return out, nil
	}), nil
}

func datasetShuffled(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var seed int
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "seed?", &seed); err != nil {
		return nil, err
	}
	return d.derive(fmt.Sprint("shuffled ", seed), func(of rows) (rows, error) {
		return &picked{of, permutation(of.len(), uint64(seed), 0)}, nil
	}), nil
}

func datasetColumn(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var name string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name); err != nil {
		return nil, err
	}
	all, err := d.all()
	if err != nil {
		return nil, err
	}
	values := make([]starlark.Value, all.len())
	for i := range values {
		row, err := all.row(i)
		if err != nil {
			return nil, err
		}
		if values[i], err = need(row, name, i); err != nil {
			return nil, err
		}
	}
	return columnOf(values), nil
}

// need is a field that a row must have.
func need(row *Row, name string, i int) (starlark.Value, error) {
	v, ok := row.field(name)
	if !ok {
		_, err := row.Attr(name)
		return nil, fmt.Errorf("example %d: %w", i, err)
	}
	return v, nil
}

// columnOf makes the most of equal kinds: numbers become an array, tokens a column of tokens,
// anything else a list.
func columnOf(values []starlark.Value) starlark.Value {
	if t, ok := tokenColumn(values); ok {
		return t
	}
	list := starlark.NewList(values)
	if slices.ContainsFunc(values, func(v starlark.Value) bool { return !isNumbers(v) }) {
		return list
	}
	if c, ok := toColumn(list); ok && len(values) > 0 {
		return &Array{c}
	}
	return list
}

func isNumbers(v starlark.Value) bool {
	switch v := v.(type) {
	case starlark.Int, starlark.Float, starlark.Bool:
		return true
	case *Array:
		return !v.c.IsTable()
	case *starlark.List:
		c, ok := listColumn(v)
		return ok && v.Len() > 0 && !c.IsTable()
	}
	return false
}

func tokenColumn(values []starlark.Value) (*Tokens, bool) {
	out := &Tokens{}
	for _, v := range values {
		t, ok := v.(*Tokens)
		if !ok || len(t.seqs) != 1 {
			return nil, false
		}
		out.seqs = append(out.seqs, t.seqs[0])
	}
	return out, len(values) > 0
}

// split orders the groups of each stratum by a hash of their name and the seed, and takes them for
// the test part until it has its share, so that a group is on one side whole. The share is met more
// closely than by each group's hash alone, which matters where a source has a dozen groups.
type split struct {
	by, within string
	test       float64
	seed       int
}

func datasetSplit(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	s := split{test: 0.1}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "by?", &s.by, "test?", &s.test, "within?", &s.within, "seed?", &s.seed); err != nil {
		return nil, err
	}
	if !(s.test > 0 && s.test < 1) {
		return nil, advise("test is the share held out, such as 0.1", "split: test is %g, not between 0 and 1", s.test)
	}
	of, err := d.all()
	if err != nil {
		return nil, err
	}
	train, test, err := s.sides(of)
	if err != nil {
		return nil, err
	}
	if err := r.sameAsBefore("split", d.digest, fmt.Sprintf("%+v", s), map[string]any{"train": int64(len(train)), "test": int64(len(test)), "data": d.digest}); err != nil {
		return nil, err
	}
	side := func(name string, at []int32) *Dataset {
		return &Dataset{run: r, name: d.name + " " + name, rows: &picked{of, at}, digest: hashOf(d.digest, name, fmt.Sprintf("%+v", s))}
	}
	return starlark.Tuple{side("train", train), side("test", test)}, nil
}

func (s split) sides(of rows) (train, test []int32, err error) {
	strata := map[string]map[string][]int32{}
	for i := range of.len() {
		row, err := of.row(i)
		if err != nil {
			return nil, nil, err
		}
		stratum, group := "", fmt.Sprint(i)
		if s.within != "" {
			if stratum, err = groupOf(row, s.within, i); err != nil {
				return nil, nil, err
			}
		}
		if s.by != "" {
			if group, err = groupOf(row, s.by, i); err != nil {
				return nil, nil, err
			}
		}
		if strata[stratum] == nil {
			strata[stratum] = map[string][]int32{}
		}
		strata[stratum][group] = append(strata[stratum][group], int32(i))
	}
	held := map[string]bool{} // a group that occurs in several strata goes to one side in all
	for _, stratum := range sortedKeys(strata) {
		a, b := s.deal(strata[stratum], held)
		train, test = append(train, a...), append(test, b...)
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test, nil
}

// deal puts the groups of one stratum on their sides.
func (s split) deal(groups map[string][]int32, held map[string]bool) (train, test []int32) {
	names, total := sortedKeys(groups), 0
	for _, g := range groups {
		total += len(g)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return strings.Compare(hashOf(fmt.Sprint(s.seed), a), hashOf(fmt.Sprint(s.seed), b))
	})
	for _, name := range names {
		rows := groups[name]
		onTest, known := held[name]
		if !known {
			// Half of a group may overshoot the share; without a test part nothing could be said.
			onTest = len(test) == 0 || float64(len(test))+float64(len(rows))/2 <= s.test*float64(total)
			held[name] = onTest
		}
		if onTest {
			test = append(test, rows...)
		} else {
			train = append(train, rows...)
		}
	}
	return train, test
}

func groupOf(row *Row, field string, i int) (string, error) {
	v, err := need(row, field, i)
	if err != nil {
		return "", err
	}
	if s, ok := starlark.AsString(v); ok {
		return s, nil
	}
	return v.String(), nil
}

// texts gives a list or column of anything as texts, for grouping.
func texts(v starlark.Iterable) []string {
	var out []string
	for e := range starlark.Elements(v) {
		s, ok := starlark.AsString(e)
		if !ok {
			s = e.String()
		}
		out = append(out, s)
	}
	return out
}

// listed are rows that are in memory.
type listed struct{ all []*Row }

func (l *listed) len() int                { return len(l.all) }
func (l *listed) row(i int) (*Row, error) { return l.all[i], nil }

// floats32 is a column's numbers in the engine's precision.
func floats32(c *column.Column) []float32 {
	out := make([]float32, len(c.Values))
	for i, v := range c.Values {
		out[i] = float32(v)
	}
	return out
}
