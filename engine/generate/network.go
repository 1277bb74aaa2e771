package generate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"workbench/engine/ort"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// network is the compiled decoding step of one model, with its caches. Row r of every cache belongs
// to one request.
type network struct {
	session   *ort.Session
	size      graph.Sizes
	rows      int // of the caches
	positions int
	least     int // rows from which on results do not depend on the number of rows

	caches map[string]*ort.Buffer // key.0, value.0, …: [row, keyhead, position, dim]
	probs  *ort.Buffer            // [row, vocab], of the last pass
	steps  []*pass                // decoding passes by number of rows
}

// newNetwork compiles the step and makes its caches.
func newNetwork(m *weights.Model, o Options) (n *network, err error) {
	n = &network{size: m.Arch.Sizes(), rows: o.rows(), positions: o.Positions, least: 1, caches: map[string]*ort.Buffer{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if n.session, err = compile(m, o); err != nil {
		return n, err
	}
	n.steps = make([]*pass, n.rows+1)
	if n.probs, err = ort.NewBuffer(graph.Float32, n.rows, n.size.Vocab); err != nil {
		return n, err
	}
	for i := range n.size.Layers {
		for _, kind := range []string{"key", "value"} {
			name := fmt.Sprintf("%s.%d", kind, i)
			if n.caches[name], err = ort.NewBuffer(graph.Float32, n.rows, n.size.KeyHeads, n.positions, n.size.HeadDim); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// compile makes the session of a decoding step with the weights that the options ask for.
func compile(m *weights.Model, o Options) (*ort.Session, error) {
	g := graph.New()
	binder := weights.NewBinder(g)
	w, frozen, err := layOut(binder, m, o)
	if err != nil {
		return nil, err
	}
	err = graph.Catch(func() {
		s := m.Arch.Cached(w, o.Positions)
		g.Output("probs", graph.Softmax(s.Logits, "vocab"))
		for i, c := range s.Caches {
			g.Output(fmt.Sprintf("present_key.%d", i), c.PresentKey)
			g.Output(fmt.Sprintf("present_value.%d", i), c.PresentValue)
		}
	})
	if err != nil {
		return nil, err
	}
	buffers := binder.Buffers()
	made, err := frozen.make(g, buffers)
	// The session holds the memory of its weights as long as it needs them.
	defer func() {
		for _, b := range made {
			b.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	return ort.NewSession(g, ort.Options{
		Threads: o.Threads, Spin: o.Spin, Device: o.Runtime, Weights: buffers, Prepack: !o.Shared,
	})
}

// refresh takes the model's present weights.
func (n *network) refresh(m *weights.Model, o Options) error {
	made, err := compile(m, o)
	if err != nil {
		return fmt.Errorf("take the present weights of model %s: %w", m.Name, err)
	}
	var errs []error
	for i, p := range n.steps {
		if p != nil {
			errs = append(errs, p.close())
			n.steps[i] = nil
		}
	}
	errs = append(errs, n.session.Close())
	n.session = made
	return errors.Join(errs...)
}

// pass is one shape of the step bound to its memory.
type pass struct {
	binding *ort.Binding
	buffers []*ort.Buffer // of its own

	tokens, places []int64 // [batch, seq], with their positions
	rows           []int64
	scale          []float32
	lengths, total []int32
}

// newPass binds the step for batch × seq tokens of the requests in cache rows from … from+batch-1, and logits at
// so many positions.
func (n *network) newPass(from, batch, seq, heads int) (p *pass, err error) {
	p = &pass{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	all := map[string]*ort.Buffer{}
	own := func(name string, b *ort.Buffer, e error) *ort.Buffer {
		if e != nil {
			err = errors.Join(err, e)
			return nil
		}
		p.buffers = append(p.buffers, b)
		all[name] = b
		return b
	}
	fresh := func(name string, dtype graph.DType, shape ...int) *ort.Buffer {
		b, e := ort.NewBuffer(dtype, shape...)
		return own(name, b, e)
	}
	tokens, places := fresh("tokens", graph.Int64, batch, seq), fresh("positions", graph.Int64, batch, seq)
	rows, scale := fresh("rows", graph.Int64, heads), fresh("scale", graph.Float32, heads, 1)
	lengths, total := fresh("lengths", graph.Int32, batch), fresh("total", graph.Int32)
	view, e := n.probs.View(heads, n.size.Vocab)
	own("probs", view, e)
	for name, cache := range n.caches {
		part, e := cache.Slice(from, from+batch)
		all["past_"+name] = own("present_"+name, part, e)
	}
	if err != nil {
		return p, err
	}
	p.tokens, p.places = tokens.Int64(), places.Int64()
	p.rows, p.scale = rows.Int64(), scale.Float32()
	p.lengths, p.total = lengths.Int32(), total.Int32()
	p.binding, err = n.session.Bind(all)
	return p, err
}

func (p *pass) close() error {
	var errs []error
	if p.binding != nil {
		errs = append(errs, p.binding.Close())
	}
	for _, b := range p.buffers {
		errs = append(errs, b.Close())
	}
	return errors.Join(errs...)
}

// head asks for the probabilities after the last token of one of the prompts, at a temperature.
type head struct {
	prompt int
	scale  float32
}

// promptStep is what lengths of prompts are rounded up to: few shapes, and never a single row.
const promptStep = 8

// padded is the length that a prompt is computed at.
func (n *network) padded(length int) int {
	return min((length+promptStep-1)/promptStep*promptStep, n.positions)
}

// read fills the caches of rows from, from+1, … with prompts and returns the probabilities that the
// heads ask for, one after the other, until the next pass.
func (n *network) read(ctx context.Context, from int, prompts [][]int, heads []head) ([]float32, error) {
	seq := 0
	for _, p := range prompts {
		seq = max(seq, n.padded(len(p)))
	}
	want := max(len(heads), n.least)
	p, err := n.newPass(from, len(prompts), seq, want)
	if err != nil {
		return nil, fmt.Errorf("read %d prompts: %w", len(prompts), err)
	}
	for i, prompt := range prompts {
		for k, id := range prompt {
			p.tokens[i*seq+k] = int64(id)
		}
		for k := range seq {
			p.places[i*seq+k] = int64(k)
		}
		p.lengths[i] = int32(len(prompt) - 1)
	}
	p.total[0] = int32(seq)
	for i := range want {
		h := heads[min(i, len(heads)-1)]
		p.rows[i], p.scale[i] = int64(h.prompt*seq+len(prompts[h.prompt])-1), h.scale
	}
	err = errors.Join(p.binding.Run(ctx), p.close())
	if err != nil {
		return nil, fmt.Errorf("read %d prompts: %w", len(prompts), err)
	}
	return n.probs.Float32()[:len(heads)*n.size.Vocab], nil
}

// entry is one row's part in a decoding step.
type entry struct {
	token  int
	length int // positions that the cache holds already
	scale  float32
}

// step feeds one token to each of the first rows and returns the probabilities of the next, row
// after row, until the next pass.
func (n *network) step(ctx context.Context, entries []entry) ([]float32, error) {
	batch := max(len(entries), n.least)
	p, err := n.stepPass(batch)
	if err != nil {
		return nil, fmt.Errorf("decode %d rows: %w", len(entries), err)
	}
	longest := 0
	for i := range batch {
		e := entry{scale: 1} // company: a row that nobody uses
		if i < len(entries) {
			e = entries[i]
		}
		p.tokens[i], p.places[i], p.lengths[i] = int64(e.token), int64(e.length), int32(e.length)
		p.rows[i], p.scale[i] = int64(i), e.scale
		longest = max(longest, e.length)
	}
	p.total[0] = int32(longest + 1)
	if err := p.binding.Run(ctx); err != nil {
		return nil, fmt.Errorf("decode %d rows: %w", len(entries), err)
	}
	return n.probs.Float32()[:len(entries)*n.size.Vocab], nil
}

func (n *network) stepPass(batch int) (*pass, error) {
	if n.steps[batch] == nil {
		p, err := n.newPass(0, batch, 1, batch)
		if err != nil {
			return nil, err
		}
		n.steps[batch] = p
	}
	return n.steps[batch], nil
}

// move copies the first positions of one row's caches to another row.
func (n *network) move(to, from, positions int) {
	if to == from {
		return
	}
	plane := n.positions * n.size.HeadDim
	row := n.size.KeyHeads * plane
	used := positions * n.size.HeadDim
	for _, cache := range n.caches {
		data := cache.Float32()
		for h := range n.size.KeyHeads {
			copy(data[to*row+h*plane:][:used], data[from*row+h*plane:][:used])
		}
	}
}

// settle finds out from how many rows on a row's probabilities stay the same to the bit. Kernels
// for one row add up in another order than those for many, on some machines and precisions.
func (n *network) settle(ctx context.Context) error {
	prompt := []int{1 % n.size.Vocab, 2 % n.size.Vocab, 3 % n.size.Vocab}[:min(3, n.positions-1)]
	prompts := slices.Repeat([][]int{prompt}, n.rows)
	if _, err := n.read(ctx, 0, prompts, []head{{0, 1}}); err != nil {
		return err
	}
	entries := slices.Repeat([]entry{{prompt[0], len(prompt), 1}}, n.rows)
	want, err := n.step(ctx, entries)
	if err != nil {
		return err
	}
	want = slices.Clone(want[:n.size.Vocab])
	n.least = n.rows
	for _, batch := range slices.Backward(trials(n.rows)) {
		n.least = batch
		got, err := n.step(ctx, entries[:batch])
		if err != nil {
			return err
		}
		if !slices.Equal(got[:n.size.Vocab], want) {
			n.least = min(batch+1, n.rows)
			break
		}
	}
	return nil
}

// trials are the numbers of rows that settle looks at: small ones are where kernels change.
func trials(rows int) []int {
	var sizes []int
	for n := 1; n < rows; {
		sizes = append(sizes, n)
		if n < 8 {
			n++
		} else {
			n *= 2
		}
	}
	return sizes
}

func (n *network) close() error {
	var errs []error
	for _, p := range n.steps {
		if p != nil {
			errs = append(errs, p.close())
		}
	}
	if n.session != nil {
		errs = append(errs, n.session.Close())
	}
	if n.probs != nil {
		errs = append(errs, n.probs.Close())
	}
	for _, b := range n.caches {
		if b != nil {
			errs = append(errs, b.Close())
		}
	}
	return errors.Join(errs...)
}
