package generate

import (
	"context"
	"errors"
	"fmt"

	"workbench/engine/weights"
)

// ErrTooLong is wrapped when a prompt does not fit into a slot.
var ErrTooLong = errors.New("the prompt is too long")

// ErrClosed is what calls get that were under way when their sampler was closed.
var ErrClosed = errors.New("the sampler is closed")

// Sampler generates text with one model. It is safe for concurrent use: calls share the batch.
type Sampler struct {
	*loop
	device Device
	rank   int
}

// New compiles a model's decoding step and starts a sampler; Close it before the model. With
// Options.Shared the model's weights must not be changed while calls are under way.
func New(m *weights.Model, o Options) (*Sampler, error) {
	o, err := o.complete(m)
	if err != nil {
		return nil, err
	}
	n, err := newNetwork(m, o)
	if err != nil {
		return nil, fmt.Errorf("sampler of model %s in %s: %w", m.Name, o.Precision, err)
	}
	if err := o.Device.Do(context.Background(), n.settle); err != nil {
		return nil, errors.Join(fmt.Errorf("sampler of model %s in %s: %w", m.Name, o.Precision, err), n.close())
	}
	return &Sampler{loop: start(m, n, o), device: o.Device}, nil
}

// For is the same sampler for callers of another kind: their steps take turns as device says. Where
// callers share a step, the device of those with the lowest rank is asked; the rank of the sampler
// that New made is 0. Closing either closes both.
func (s *Sampler) For(device Device, rank int) *Sampler {
	return &Sampler{loop: s.loop, device: device, rank: rank}
}

// Refresh lays the model's present weights out anew, for a sampler that froze them: what a trainer has
// changed since is seen by requests that get a slot afterwards. It waits for those that have one; the
// others wait for it. For a moment both layouts are in memory. A shared sampler needs no refreshing.
//
// Frozen weights decode faster than shared ones, the more so in large batches; a refresh costs what
// making the session costs, so it pays once a call is longer than a few steps.
func (s *Sampler) Refresh(ctx context.Context) error {
	if s.options.Shared {
		return nil
	}
	r := &refresh{device: s.device, done: make(chan error, 1)}
	if err := s.request(r); err != nil {
		return err
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Positions is how many tokens of prompt and response a slot has room for.
func (s *Sampler) Positions() int { return s.net.positions }

// Slots is how many requests run at the same time.
func (s *Sampler) Slots() int { return s.options.Slots }

// Generate continues prompts, which are token ids; request i of the call is prompts[i] with the
// randomness of (sampling.Seed, i). It waits for all of them. onToken, if not nil, is called on the caller's
// goroutine for each token as it comes; a slow one delays nobody else.
//
// Nothing runs if a prompt is empty, too long ([ErrTooLong]) or has an unknown token. When ctx ends,
// the slots are free before the next step, and the samples as far as they came are returned with ctx's error.
func (s *Sampler) Generate(ctx context.Context, prompts [][]int, sampling Sampling, onToken func(request int, t Token)) ([]Sample, error) {
	if err := s.check(prompts, &sampling); err != nil {
		return nil, err
	}
	if len(prompts) == 0 {
		return nil, nil
	}
	c := &call{
		ctx: ctx, prompts: prompts, sampling: sampling, device: s.device, rank: s.rank,
		left: len(prompts), more: make(chan struct{}, 1),
	}
	if err := s.enter(c); err != nil {
		return nil, err
	}
	samples, err := c.follow(onToken)
	if ctx.Err() != nil {
		s.abandon()
	}
	return samples, err
}

// check refuses what could not be computed.
func (s *Sampler) check(prompts [][]int, sampling *Sampling) error {
	if err := sampling.check(s.net.size.Vocab); err != nil {
		return err
	}
	if len(sampling.Stop) > 0 && s.model.Tokenizer == nil {
		return fmt.Errorf("stop texts: model %s has no tokenizer", s.model.Name)
	}
	for i, p := range prompts {
		if len(p) == 0 {
			return fmt.Errorf("prompt %d is empty; begin with at least one token", i)
		}
		// The last token of a response is never fed back, so a prompt may fill the slot.
		if len(p) > s.net.positions {
			return fmt.Errorf("prompt %d: %w: it has %d tokens, a slot has room for %d; shorten it or make the sampler with more positions", i, ErrTooLong, len(p), s.net.positions)
		}
		for _, id := range p {
			if id < 0 || id >= s.net.size.Vocab {
				return fmt.Errorf("prompt %d: token %d: the model's tokens are 0 to %d", i, id, s.net.size.Vocab-1)
			}
		}
	}
	return nil
}
