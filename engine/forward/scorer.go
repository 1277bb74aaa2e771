package forward

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"workbench/engine/ort"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// Device is the owner of the hardware: it runs one piece of work at a time.
type Device interface {
	Do(ctx context.Context, work func(ctx context.Context) error) error
}

// Scorer runs one model over whole sequences. It binds the model's buffers, so that it sees what a
// trainer changes at once. It is safe for concurrent use; Close it before the model.
type Scorer struct {
	model  *weights.Model
	device Device
	tokens int // per run
	opts   ort.Options

	mu       sync.Mutex
	programs map[plan]*program
	scored   int           // tokens
	took     time.Duration // for them
}

// Scored is how many tokens the scorer has computed, and how long that took.
func (s *Scorer) Scored() (tokens int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scored, s.took
}

// defaultTokens is how many tokens run together unless the caller says otherwise: enough to keep
// two cores busy, few enough that others wait less than a second for the device.
const defaultTokens = 1024

// NewScorer makes a scorer for a model; tokens limits how many run together (0: a good default).
func NewScorer(m *weights.Model, device Device, tokens int, opts ort.Options) *Scorer {
	if tokens <= 0 {
		tokens = defaultTokens
	}
	return &Scorer{model: m, device: device, tokens: tokens, opts: opts, programs: map[plan]*program{}}
}

// plan is what a session computes.
type plan struct {
	Layout
	what        what
	temperature float64
	layer       int
}

type what int

const (
	logProbs what = iota
	scores
	values
	states
	ends
	heads // of states that are there already
)

// program is a compiled plan.
type program struct {
	inputs *Inputs
	*Session
}

// LogProbs gives log p(token | before it) at a temperature for every token that a sequence's mask
// asks for (0 elsewhere), and the entropy, in nats, of the distribution it was drawn from.
func (s *Scorer) LogProbs(ctx context.Context, seqs []Sequence, temperature float64) (logp, entropy [][]float32, err error) {
	if !(temperature > 0) {
		return nil, nil, fmt.Errorf("log-probabilities at temperature %g: it must be positive", temperature)
	}
	logp, entropy = make([][]float32, len(seqs)), make([][]float32, len(seqs))
	err = s.each(ctx, seqs, plan{what: logProbs, temperature: temperature}, func(i int, out func(string) []float32, l Layout, row int) {
		n := len(seqs[i].Tokens)
		logp[i] = append([]float32(nil), out("logp")[row*l.Seq:row*l.Seq+n]...)
		entropy[i] = append([]float32(nil), out("entropy")[row*l.Seq:row*l.Seq+n]...)
	})
	return logp, entropy, err
}

// Scores reads the model's head at the end of each sequence: one row of outputs each.
func (s *Scorer) Scores(ctx context.Context, seqs []Sequence) ([][]float32, error) {
	if err := s.wantHead(); err != nil {
		return nil, err
	}
	k := s.model.Head.Outputs
	all := make([][]float32, len(seqs))
	err := s.each(ctx, seqs, plan{what: scores}, func(i int, out func(string) []float32, _ Layout, row int) {
		all[i] = append([]float32(nil), out("score")[row*k:(row+1)*k]...)
	})
	return all, err
}

// Values reads the model's head, of one output, at every token.
func (s *Scorer) Values(ctx context.Context, seqs []Sequence) ([][]float32, error) {
	if err := s.wantHead(); err != nil {
		return nil, err
	}
	if s.model.Head.Outputs != 1 {
		return nil, fmt.Errorf("model %s: values want a head of one output, this has %d", s.model.Name, s.model.Head.Outputs)
	}
	all := make([][]float32, len(seqs))
	err := s.each(ctx, seqs, plan{what: values}, func(i int, out func(string) []float32, l Layout, row int) {
		all[i] = append([]float32(nil), out("value")[row*l.Seq:row*l.Seq+len(seqs[i].Tokens)]...)
	})
	return all, err
}

// Hidden gives the states after so many layers (0: the embeddings, −1: the final, normed ones):
// for each sequence, tokens × hidden numbers.
func (s *Scorer) Hidden(ctx context.Context, seqs []Sequence, layer int) ([][]float32, error) {
	size := s.model.Arch.Sizes()
	if layer < -1 || layer > size.Layers {
		return nil, fmt.Errorf("model %s has %d layers, states after %d were asked for", s.model.Name, size.Layers, layer)
	}
	all := make([][]float32, len(seqs))
	err := s.each(ctx, seqs, plan{what: states, layer: layer}, func(i int, out func(string) []float32, l Layout, row int) {
		at := row * l.Seq * size.Hidden
		all[i] = append([]float32(nil), out("state")[at:at+len(seqs[i].Tokens)*size.Hidden]...)
	})
	return all, err
}

// Ends gives the final, normed states at the last token of each sequence: what a head reads.
func (s *Scorer) Ends(ctx context.Context, seqs []Sequence) ([][]float32, error) {
	width := s.model.Arch.Sizes().Hidden
	all := make([][]float32, len(seqs))
	err := s.each(ctx, seqs, plan{what: ends}, func(i int, out func(string) []float32, _ Layout, row int) {
		all[i] = append([]float32(nil), out("end")[row*width:(row+1)*width]...)
	})
	return all, err
}

func (s *Scorer) wantHead() error {
	if s.model.Head == nil {
		return fmt.Errorf("model %s has no head: it is a language model; give it one, or load a reward model", s.model.Name)
	}
	return nil
}

// take receives one sequence's results: out names an output of the whole run, row is the
// sequence's place in it.
type take func(i int, out func(string) []float32, l Layout, row int)

// each runs the sequences in groups of similar length.
func (s *Scorer) each(ctx context.Context, seqs []Sequence, p plan, take take) error {
	size := s.model.Arch.Sizes()
	for i, q := range seqs {
		if err := q.Check(size.Vocab, size.Positions); err != nil {
			return fmt.Errorf("sequence %d: %w", i, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	began := time.Now()
	defer func() { s.took += time.Since(began) }()
	for _, group := range Group(seqs, s.tokens, size.Positions) {
		part := make([]Sequence, len(group))
		for k, i := range group {
			part[k] = seqs[i]
		}
		p.Layout = Fit(part, RoundBatch(len(part), RoundLength(len(part[0].Tokens), size.Positions), s.tokens), size.Positions)
		run, err := s.program(p)
		if err != nil {
			return err
		}
		if err := run.Feed.Fill(run.inputs, part); err != nil {
			return err
		}
		if err := run.Run(ctx, s.device); err != nil {
			return err
		}
		for row, i := range group {
			s.scored += len(seqs[i].Tokens)
			take(i, run.Output, p.Layout, row)
		}
	}
	return nil
}

// program finds or compiles a plan.
func (s *Scorer) program(p plan) (*program, error) {
	if have, ok := s.programs[p]; ok {
		return have, nil
	}
	made, err := s.compile(p)
	if err != nil {
		return nil, fmt.Errorf("model %s, batch of %d × %d tokens: %w", s.model.Name, p.Batch, p.Seq, err)
	}
	s.programs[p] = made
	return made, nil
}

func (s *Scorer) compile(p plan) (*program, error) {
	if p.what == heads {
		return s.compileHeads(p)
	}
	g := graph.New()
	b := weights.NewBinder(g)
	r := &program{}
	err := graph.Catch(func() {
		r.inputs = Declare(g, "in", p.Layout)
		s.outputs(b, r.inputs, p)
	})
	if err != nil {
		return nil, err
	}
	r.Session, err = Compile(g, b.Buffers(), s.opts)
	return r, err
}

func (s *Scorer) outputs(b *weights.Binder, in *Inputs, p plan) {
	g := b.Graph
	switch p.what {
	case logProbs:
		logp, entropy := in.LogProb(b, s.model, false, p.temperature)
		g.Output("logp", logp)
		g.Output("entropy", entropy)
	case scores:
		g.Output("score", in.Score(b, s.model, false))
	case values:
		g.Output("value", in.Value(b, s.model, false))
	case states:
		g.Output("state", in.States(b, s.model, false, p.layer))
	case ends:
		g.Output("end", graph.Rows(in.Hidden(b, s.model, false, -1), in.Ends))
	}
}

// Close frees sessions and their memory.
func (s *Scorer) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, r := range s.programs {
		errs = append(errs, r.Close())
	}
	clear(s.programs)
	return errors.Join(errs...)
}
