package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"workbench/models"
	"workbench/models/graph"
	"workbench/models/reward"
	"workbench/models/tokenizer"
)

// Model is a language model in memory, perhaps with an adapter, perhaps with a head that makes it
// a reward or value model. Models derived from one another share what they do not train.
type Model struct {
	Name      string
	Arch      models.Architecture
	Tokenizer *tokenizer.Tokenizer
	Chat      *tokenizer.ChatTemplate // nil if the checkpoint has none
	EOS       []int                   // tokens that end a response
	Files     Files                   // what an export needs beside the weights

	Base    *Set
	Adapter *Adapter // nil for none
	Head    *Head    // nil for a plain language model

	trained part   // what a trainer may change
	own     []*Set // closed with this model
}

// Files are the parts of a checkpoint folder that are passed through.
type Files struct {
	Config       map[string]any
	Tokenizer    []byte // tokenizer.json
	ChatTemplate string
	Special      map[string]string // bos_token, eos_token, …
}

// part says which sets of a model are trained.
type part struct{ base, adapter, head bool }

// Adapter is a low-rank update of linear weights (Hu et al. 2021).
type Adapter struct {
	Set   *Set
	Rank  int
	Alpha float64
	On    []string // names of the weights it updates
}

// Head reads numbers off final states.
type Head struct {
	Set     *Set
	Outputs int
}

// WithAdapter is the model with a new adapter on every linear weight that on accepts (nil: all). It
// shares the base, which is then no longer trained. B starts at zero, so that nothing changes yet;
// A as PyTorch's linear layers do, uniform in ±1/√in.
func (m *Model) WithAdapter(rank int, alpha float64, on func(weight string) bool, seed uint64) (*Model, error) {
	if m.Adapter != nil {
		return nil, fmt.Errorf("model %s already has an adapter; merge it first", m.Name)
	}
	if rank < 1 || rank > 1024 || !(alpha > 0) {
		return nil, fmt.Errorf("adapter of rank %d, alpha %g: want a rank of 1 to 1024 and a positive alpha", rank, alpha)
	}
	a := &Adapter{Rank: rank, Alpha: alpha}
	var specs []graph.Spec
	for _, s := range m.Arch.Params() {
		if m.Arch.Linear(s.Name) && (on == nil || on(s.Name)) {
			a.On = append(a.On, s.Name)
			specs = append(specs, graph.Spec{Name: graph.LoraA(s.Name), Shape: []int{rank, s.Shape[1]}},
				graph.Spec{Name: graph.LoraB(s.Name), Shape: []int{s.Shape[0], rank}})
		}
	}
	if len(specs) == 0 {
		return nil, fmt.Errorf("adapter on model %s: no linear weight was chosen", m.Name)
	}
	var err error
	if a.Set, err = NewSet(specs); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x10ad))
	for _, name := range a.On {
		b := a.Set.Get(graph.LoraA(name))
		bound := 1 / math.Sqrt(float64(b.Shape()[1]))
		for i, data := 0, b.Float32(); i < len(data); i++ {
			data[i] = float32((2*rng.Float64() - 1) * bound)
		}
	}
	d := m.derive()
	d.Adapter = a
	d.trained = part{adapter: true, head: m.trained.head}
	d.own = []*Set{a.Set}
	return d, nil
}

// WithHead is the model with a new head of so many outputs; zero starts it at 0, otherwise it is
// drawn as reward.Init says.
func (m *Model) WithHead(outputs int, zero bool, seed uint64) (*Model, error) {
	hidden := m.Arch.Sizes().Hidden
	if outputs < 1 || outputs > 4096 {
		return nil, fmt.Errorf("head with %d outputs: want 1 to 4096", outputs)
	}
	set, err := NewSet(reward.Specs(hidden, outputs))
	if err != nil {
		return nil, err
	}
	if !zero {
		reward.Init(set.Get(reward.Weight).Float32(), hidden, rand.New(rand.NewPCG(seed, 0x4ead)))
	}
	d := m.derive()
	d.Head = &Head{Set: set, Outputs: outputs}
	d.trained.head = true
	d.own = []*Set{set}
	return d, nil
}

// derive is a copy that owns nothing yet.
func (m *Model) derive() *Model {
	d := *m
	d.own = nil
	return &d
}

// Copy has memory of its own for everything that may be trained, with the present values.
func (m *Model) Copy() (*Model, error) {
	d := m.derive()
	clone := func(s *Set) (*Set, error) {
		c, err := s.Clone()
		if err == nil {
			d.own = append(d.own, c)
		}
		return c, err
	}
	var err error
	if m.trained.base {
		d.Base, err = clone(m.Base)
	}
	if err == nil && m.Adapter != nil && m.trained.adapter {
		a := *m.Adapter
		a.Set, err = clone(m.Adapter.Set)
		d.Adapter = &a
	}
	if err == nil && m.Head != nil && m.trained.head {
		h := *m.Head
		h.Set, err = clone(m.Head.Set)
		d.Head = &h
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Frozen is the model as it is now: what may still be trained is copied, nothing of the result is trained.
func (m *Model) Frozen() (*Model, error) {
	d, err := m.Copy()
	if err != nil {
		return nil, err
	}
	d.trained = part{}
	return d, nil
}

// Locked shares all memory with the model and is never trained.
func (m *Model) Locked() *Model {
	d := m.derive()
	d.trained = part{}
	return d
}

// Trained lists the sets that a trainer changes, base first.
func (m *Model) Trained() []*Set {
	var sets []*Set
	if m.trained.base {
		sets = append(sets, m.Base)
	}
	if m.trained.adapter {
		sets = append(sets, m.Adapter.Set)
	}
	if m.trained.head {
		sets = append(sets, m.Head.Set)
	}
	return sets
}

// Ends says whether a token ends a response.
func (m *Model) Ends(token int) bool { return slices.Contains(m.EOS, token) }

// Bytes is the memory of all weights, shared ones included.
func (m *Model) Bytes() int64 {
	n := m.Base.Bytes()
	if m.Adapter != nil {
		n += m.Adapter.Set.Bytes()
	}
	if m.Head != nil {
		n += m.Head.Set.Bytes()
	}
	return n
}

// Close frees what was made for this model; what it shares stays.
func (m *Model) Close() error {
	var errs []error
	for _, s := range m.own {
		errs = append(errs, s.Close())
	}
	m.own = nil
	return errors.Join(errs...)
}

// Part names a set of the model: base, adapter or head.
func (m *Model) Part(s *Set) string {
	switch {
	case s == m.Base:
		return "base"
	case m.Adapter != nil && s == m.Adapter.Set:
		return "adapter"
	case m.Head != nil && s == m.Head.Set:
		return "head"
	default:
		return "other"
	}
}

// Digest is the identity of all that the model computes with: of the base alone, or of base, adapter
// and head together.
func (m *Model) Digest() string {
	if m.Adapter == nil && m.Head == nil {
		return m.Base.Digest()
	}
	h := sha256.New()
	fmt.Fprintf(h, "base %s\n", m.Base.Digest())
	if m.Adapter != nil {
		fmt.Fprintf(h, "adapter %s\n", m.Adapter.Set.Digest())
	}
	if m.Head != nil {
		fmt.Fprintf(h, "head %s\n", m.Head.Set.Digest())
	}
	return hex.EncodeToString(h.Sum(nil))
}
