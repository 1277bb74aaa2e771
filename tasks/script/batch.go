package script

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/train"
	"workbench/tasks/script/column"
)

// Batch is some examples as columns: arrays, tokens, or lists. Batches never change; methods return
// new ones.
type Batch struct {
	run     *Run
	n       int
	names   []string
	columns map[string]starlark.Value // indexable, each of length n
}

func newBatch(r *Run, n int) *Batch {
	return &Batch{run: r, n: n, columns: map[string]starlark.Value{}}
}

// put sets a column of a batch that is being built.
func (b *Batch) put(name string, column starlark.Value) {
	if _, ok := b.columns[name]; !ok {
		b.names = append(b.names, name)
	}
	b.columns[name] = column
}

// batchOf turns rows into columns; a field that some row lacks is left out.
func batchOf(r *Run, all []*Row) *Batch {
	b := newBatch(r, len(all))
	if len(all) == 0 {
		return b
	}
	for k := range starlark.Entries(all[0].dict) {
		name, ok := starlark.AsString(k)
		values := make([]starlark.Value, len(all))
		for i, row := range all {
			v, has := row.field(name)
			ok = ok && has
			values[i] = v
		}
		if ok {
			b.put(name, columnOf(values))
		}
	}
	return b
}

// String names the columns.
func (b *Batch) String() string { return fmt.Sprintf("batch of %d with %v", b.n, b.names) }

// Type is batch.
func (b *Batch) Type() string { return "batch" }

// Freeze does nothing: batches never change.
func (b *Batch) Freeze() {}

// Truth says whether there are examples.
func (b *Batch) Truth() starlark.Bool { return b.n > 0 }

// Hash is refused.
func (b *Batch) Hash() (uint32, error) { return 0, fmt.Errorf("a batch cannot be a key") }

// Len is the number of examples.
func (b *Batch) Len() int { return b.n }

// Index is the i-th example as a row.
func (b *Batch) Index(i int) starlark.Value {
	row := newRow(len(b.names))
	for _, name := range b.names {
		row.put(name, b.columns[name].(starlark.Indexable).Index(i))
	}
	return row
}

// Iterate goes through the examples as rows.
func (b *Batch) Iterate() starlark.Iterator { return &indexed{of: b} }

// Attr is a column, or a method.
func (b *Batch) Attr(name string) (starlark.Value, error) {
	if c, ok := b.columns[name]; ok {
		return c, nil
	}
	if m := b.run.method(b, name, batchMethods); m != nil {
		return m, nil
	}
	return nil, advise(suggest(name, b.names), "the batch has no column %s; it has %v", name, b.names)
}

// AttrNames lists columns and methods.
func (b *Batch) AttrNames() []string { return append(sortedKeys(batchMethods), b.names...) }

var batchMethods = map[string]primitive{
	"with_columns": batchWithColumns, "shuffled": batchShuffled, "batches": batchBatches, "pick": batchPick, "packed": batchPacked,
}

func batchWithColumns(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	of := b.Receiver().(*Batch)
	var other *Batch
	if err := starlark.UnpackPositionalArgs(b.Name(), args, nil, 0, &other); err != nil {
		return nil, err
	}
	out := newBatch(r, of.n)
	for _, name := range of.names {
		out.put(name, of.columns[name])
	}
	if other != nil { // first, so that what is named replaces what is taken over
		var over []starlark.Tuple
		for _, name := range other.names {
			over = append(over, starlark.Tuple{starlark.String(name), other.columns[name]})
		}
		kwargs = append(over, kwargs...)
	}
	for _, kv := range kwargs {
		name := string(kv[0].(starlark.String))
		c, ok := kv[1].(starlark.Indexable)
		if !ok || c.Len() != of.n {
			return nil, fmt.Errorf("with_columns: %s must have one value for each of the %d examples", name, of.n)
		}
		if list, ok := c.(*starlark.List); ok {
			values := make([]starlark.Value, list.Len())
			for i := range values {
				values[i] = list.Index(i)
			}
			out.put(name, columnOf(values))
			continue
		}
		out.put(name, c)
	}
	return out, nil
}

// picked are the examples at some places.
func (b *Batch) picked(at []int) *Batch {
	out := newBatch(b.run, len(at))
	for _, name := range b.names {
		switch c := b.columns[name].(type) {
		case *Array:
			out.put(name, &Array{c.c.Pick(at)})
		case *Tokens:
			t := &Tokens{}
			for _, i := range at {
				t.seqs = append(t.seqs, c.seqs[i])
			}
			out.put(name, t)
		case starlark.Indexable:
			values := make([]starlark.Value, len(at))
			for k, i := range at {
				values[k] = c.Index(i)
			}
			out.put(name, starlark.NewList(values))
		}
	}
	return out
}

func batchPick(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	of := b.Receiver().(*Batch)
	var at starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "at", &at); err != nil {
		return nil, err
	}
	var places []int
	for v := range starlark.Elements(at) {
		f, ok := starlark.AsFloat(v)
		i := int(f)
		if !ok || float64(i) != f || i < 0 || i >= of.n {
			return nil, fmt.Errorf("pick: %s is not a place in a batch of %d", v, of.n)
		}
		places = append(places, i)
	}
	return of.picked(places), nil
}

func batchShuffled(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	of := b.Receiver().(*Batch)
	seed := starlark.Value(starlark.None)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "seed?", &seed); err != nil {
		return nil, err
	}
	s := r.draw()
	if seed != starlark.None {
		i, err := starlark.AsInt32(seed)
		if err != nil {
			return nil, fmt.Errorf("shuffled: seed: %w", err)
		}
		s = uint64(i)
	}
	var at []int
	for _, i := range permutation(of.n, s, 0) {
		at = append(at, int(i))
	}
	return of.picked(at), nil
}

func batchBatches(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	of := b.Receiver().(*Batch)
	var n int
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "n", &n); err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("batches: %d examples a batch; want at least 1", n)
	}
	var out []starlark.Value
	for from := 0; from < of.n; from += n {
		var at []int
		for i := from; i < min(from+n, of.n); i++ {
			at = append(at, i)
		}
		out = append(out, of.picked(at))
	}
	return starlark.NewList(out), nil
}

// batchPacked is batch.packed(limit, column=): the texts of a column behind one another, in few rows.
func batchPacked(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	of := b.Receiver().(*Batch)
	limit, name, share := 0, "tokens", false
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "limit", &limit, "column?", &name, "share?", &share); err != nil {
		return nil, err
	}
	tokens, ok := of.columns[name].(*Tokens)
	if !ok {
		return nil, advise("make tokens with dataset.tokens(model)", "packed: the batch has no tokens called %s; it has %v", name, of.names)
	}
	packs, laid := tokens.packed(limit, share)
	out := newBatch(r, len(packs))
	out.put(name, &Tokens{packs})
	for _, other := range of.names {
		if a, ok := of.columns[other].(*Array); ok && tokens.eachHas(a.c) {
			out.put(other, &Array{laid(a.c)})
		}
	}
	return out, nil
}

// packed lays texts behind one another, with share the questions that several have in common once. laid
// does the same to numbers that each token has; of a question that is shared those of one text stay.
func (t *Tokens) packed(limit int, share bool) (packs []forward.Sequence, laid func(*column.Column) *column.Column) {
	if !share {
		packs, holds := forward.Pack(t.seqs, limit)
		return packs, func(c *column.Column) *column.Column { return c.Joined(holds) }
	}
	packs, held := forward.ShareQuestions(t.seqs, limit)
	return packs, func(c *column.Column) *column.Column {
		rows := make([][]float64, len(packs))
		for i, p := range packs {
			rows[i] = make([]float64, len(p.Tokens))
		}
		c.Each(func(i int, row []float64) {
			for k, v := range row {
				rows[held[i].Row][held[i].At[k]] = v
			}
		})
		return column.Table(c.Inner, rows)
	}
}

// eachHas says whether a column has one number for each token.
func (t *Tokens) eachHas(c *column.Column) bool {
	return slices.EqualFunc(t.seqs, c.Rows, func(s forward.Sequence, n int) bool { return len(s.Tokens) == n })
}

// perToken says whether a column is of tokens, or of numbers for each token of another column.
func (b *Batch) perToken(name string) bool {
	a, ok := b.columns[name].(*Array)
	for other, c := range b.columns {
		if t, is := c.(*Tokens); is && (other == name || ok && t.eachHas(a.c)) {
			return true
		}
	}
	return false
}

// permutation is a random order of n things, which a seed and an epoch determine.
func permutation(n int, seed, epoch uint64) []int32 {
	at := make([]int32, n)
	for i := range at {
		at[i] = int32(i)
	}
	random := rand.New(rand.NewPCG(seed, 0x5eed+epoch))
	random.Shuffle(n, func(i, j int) { at[i], at[j] = at[j], at[i] })
	return at
}

// trainable gives the engine the columns that have numbers, and names the others.
func (b *Batch) trainable() (train.Batch, []string) {
	out := train.Batch{N: b.n, Columns: map[string]train.Column{}}
	var hidden []string
	for _, name := range b.names {
		switch c := b.columns[name].(type) {
		case *Tokens:
			out.Columns[name] = train.Sequences(c.seqs)
		case *Array:
			if !c.c.IsTable() {
				out.Columns[name] = train.Floats(floats32(c.c))
				continue
			}
			all := floats32(c.c)
			rows := make(train.TokenFloats, len(c.c.Rows))
			for i, n := range c.c.Rows {
				rows[i], all = all[:n:n], all[n:]
			}
			out.Columns[name] = rows
		default:
			hidden = append(hidden, name)
		}
	}
	return out, hidden
}
