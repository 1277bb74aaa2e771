package script

import (
	"context"
	"fmt"

	"workbench/engine/generate"
	"workbench/engine/ort"
	"workbench/engine/weights"
)

// engineSampler samples with the model's own buffers, so that it sees what a trainer changes at
// once. It is laid out again when prompts and responses need more room.
type engineSampler struct {
	model   *weights.Model
	device  generate.Device
	session ort.Options
	options generate.Options
	admit   func(what string, bytes int64) (release func(), err error)
	release func()            // of its memory
	sampler *generate.Sampler // nil before the first call
}

// slots that run together at most; fewer prompts take fewer.
const maxSlots = 32

// Sample draws a response to each prompt.
func (e *engineSampler) Sample(ctx context.Context, prompts [][]int, how Sampling) ([]Sampled, error) {
	if err := e.fit(prompts, how.MaxTokens); err != nil {
		return nil, err
	}
	drawn, err := e.sampler.Generate(ctx, prompts, generate.Sampling{
		Temperature: how.Temperature, TopK: how.TopK, TopP: how.TopP, MinP: how.MinP,
		Seed: how.Seed, MaxTokens: how.MaxTokens, Stop: how.Stop,
	}, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Sampled, len(drawn))
	for i, d := range drawn {
		out[i] = Sampled{Tokens: d.Tokens, LogProbs: d.LogProbs, Text: d.Text, Reason: string(d.End)}
	}
	return out, nil
}

// fit makes a sampler with room for the longest prompt and its response.
func (e *engineSampler) fit(prompts [][]int, maxTokens int) error {
	longest := 0
	for _, p := range prompts {
		longest = max(longest, len(p))
	}
	slots, positions := min(roundUp(len(prompts), 1), maxSlots), min(roundUp(longest+maxTokens, 64), e.model.Arch.Sizes().Positions)
	if e.sampler != nil && slots <= e.options.Slots && positions <= e.options.Positions {
		return nil
	}
	o := generate.Options{
		Slots: max(slots, e.options.Slots), Positions: max(positions, e.options.Positions),
		Shared: true, Device: e.device, Threads: e.session.Threads, Runtime: e.session.Device,
	}
	if err := e.Close(); err != nil {
		return err
	}
	bytes, err := generate.Bytes(e.model, o)
	if err != nil {
		return err
	}
	if e.release, err = e.admit(fmt.Sprintf("a sampler of %d × %d tokens", o.Slots, o.Positions), bytes); err != nil {
		return err
	}
	made, err := generate.New(e.model, o)
	if err != nil {
		e.release()
		return err
	}
	e.sampler, e.options = made, o
	return nil
}

// roundUp doubles from a smallest size until n fits, so that few sizes occur.
func roundUp(n, from int) int {
	for from < n {
		from *= 2
	}
	return from
}

// Close frees the sampler.
func (e *engineSampler) Close() error {
	if e.sampler == nil {
		return nil
	}
	err := e.sampler.Close()
	e.sampler = nil
	e.release()
	return err
}
