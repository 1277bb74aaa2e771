package script

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"workbench/engine/forward"
	"workbench/engine/train"
	"workbench/models/graph"
)

// Tensor is a symbolic value inside a loss: it has a shape and no numbers yet.
type Tensor struct {
	t  *graph.Tensor
	in *tracing
}

// tracing is a loss while it is traced.
type tracing struct {
	run   *Run
	trace *train.Trace
	used  map[string]bool // columns that the loss looked at
}

func (in *tracing) tensor(t *graph.Tensor) *Tensor { return &Tensor{t, in} }

// String shows the shape.
func (t *Tensor) String() string { return fmt.Sprintf("tensor%v", t.t.Shape()) }

// Type is tensor.
func (t *Tensor) Type() string { return "tensor" }

// Freeze does nothing: a tensor never changes.
func (t *Tensor) Freeze() {}

// Hash is refused: two tensors that would be equal are not known to be.
func (t *Tensor) Hash() (uint32, error) {
	return 0, errors.New("a tensor cannot be a key of a dictionary")
}

// Truth stops the script: a tensor has no truth value while the loss is traced.
func (t *Tensor) Truth() starlark.Bool {
	t.in.run.stop(advise("the loss is traced once, without numbers: choose with where(greater(x, 0), …, …)",
		"a tensor of shape %v is neither true nor false: it cannot be used with if, while, and, or, not", t.t.Shape()))
	return false
}

// CompareSameType refuses; with other types Starlark answers without asking, so check forbids those.
func (t *Tensor) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return false, advise("compare tensors with greater, greater_equal, less, less_equal or equal", "tensors are not compared with %s", op)
}

// Binary is the arithmetic of tensors with tensors and numbers.
func (t *Tensor) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	return operate(op, t, y, side)
}

// Unary is −tensor and +tensor.
func (t *Tensor) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.MINUS:
		return t.in.build(func() *graph.Tensor { return graph.Neg(float32s(t.t)) })
	case syntax.PLUS:
		return t, nil
	}
	return nil, nil
}

// build runs a piece of graph construction and turns its complaints into an error of this line.
func (in *tracing) build(make func() *graph.Tensor) (starlark.Value, error) {
	var out *graph.Tensor
	if err := graph.Catch(func() { out = make() }); err != nil {
		return nil, shapeAdvice(err)
	}
	return in.tensor(out), nil
}

func shapeAdvice(err error) error {
	return &advised{err, "axes are matched by name; print(x) shows a tensor's shape"}
}

// float32s makes a condition a number: 1 where it holds.
func float32s(t *graph.Tensor) *graph.Tensor {
	if t.DType() == graph.Bool {
		return graph.Cast(t, graph.Float32)
	}
	return t
}

// Texts is a traced column of token sequences: what models are applied to inside a loss.
type Texts struct {
	in    *forward.Inputs
	trace *tracing
	name  string
	seqs  []forward.Sequence // of the batch that it was traced with
}

// String shows the column's name and shape.
func (x *Texts) String() string { return fmt.Sprintf("%s[batch, seq]", x.name) }

// Type is tokens, as on the host.
func (x *Texts) Type() string { return "tokens" }

// Freeze does nothing.
func (x *Texts) Freeze() {}

// Truth is always true.
func (x *Texts) Truth() starlark.Bool { return true }

// Hash is refused.
func (x *Texts) Hash() (uint32, error) {
	return 0, errors.New("tokens cannot be a key of a dictionary")
}

// Attr gives the mask, 1 where a log-probability is asked for, and present, 1 where there is a token.
func (x *Texts) Attr(name string) (starlark.Value, error) {
	switch name {
	case "mask":
		return x.trace.tensor(x.in.Mask), nil
	case "present":
		return x.trace.tensor(x.in.Present), nil
	}
	return nil, nil
}

// AttrNames lists mask and present.
func (x *Texts) AttrNames() []string { return []string{"mask", "present"} }

// tracedBatch is the b of loss(b).
type tracedBatch struct {
	in      *tracing
	columns map[string]train.Column
	hidden  []string // columns of the batch that have no numbers, such as text
}

func (b *tracedBatch) String() string        { return "batch" }
func (b *tracedBatch) Type() string          { return "batch" }
func (b *tracedBatch) Freeze()               {}
func (b *tracedBatch) Truth() starlark.Bool  { return true }
func (b *tracedBatch) Hash() (uint32, error) { return 0, errors.New("a batch cannot be a key") }

// Attr is a column of the batch: texts, or a tensor.
func (b *tracedBatch) Attr(name string) (starlark.Value, error) {
	c, ok := b.columns[name]
	if !ok {
		for _, h := range b.hidden {
			if h == name {
				return nil, advise("give numbers or tokens to the loss; turn others into them with dataset.map or dataset.tokens",
					"column %s of the batch holds neither numbers nor tokens", name)
			}
		}
		return nil, advise(suggest(name, b.AttrNames()), "the batch has no column %s; it has %v", name, b.AttrNames())
	}
	b.in.used[name] = true
	if seqs, ok := c.(train.Sequences); ok {
		return &Texts{b.in.trace.Sequence(name), b.in, name, seqs}, nil
	}
	return b.in.tensor(b.in.trace.Floats(name)), nil
}

// AttrNames lists the columns.
func (b *tracedBatch) AttrNames() []string { return sortedKeys(b.columns) }
