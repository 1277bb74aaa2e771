package script

import (
	"context"
	"fmt"
	"io"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/weights"
	"workbench/models/tokenizer"
	"workbench/tasks/script/column"
)

// Sampling says how responses are drawn.
type Sampling struct {
	Temperature, TopP, MinP float64
	TopK                    int
	MaxTokens               int
	Seed                    uint64
	Stop                    []string
}

// Sampled is one response.
type Sampled struct {
	Tokens   []int     // of the response, its end token included
	LogProbs []float32 // of each token, at the sampling temperature
	Text     string
	Reason   string // eos, stop, length or cancelled
}

// Sampler draws responses to prompts, in their order.
type Sampler interface {
	Sample(ctx context.Context, prompts [][]int, how Sampling) ([]Sampled, error)
	io.Closer
}

// modelSample is model.sample(prompts, …).
func modelSample(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	n, s, e := 1, Sampling{Temperature: 1, TopP: 1, MaxTokens: 128}, Encoding{}
	var of, seed starlark.Value
	var stop starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "prompts", &of, "n?", &n, "max_tokens?", &s.MaxTokens,
		"temperature?", floatOf(&s.Temperature), "top_p?", floatOf(&s.TopP), "top_k?", &s.TopK, "min_p?", floatOf(&s.MinP),
		"stop?", &stop, "seed?", &seed, "template?", &e.Template); err != nil {
		return nil, err
	}
	if n < 1 || s.MaxTokens < 1 || !(s.Temperature >= 0) {
		return nil, fmt.Errorf("sample: n %d, max_tokens %d, temperature %g; want at least 1, 1 and 0", n, s.MaxTokens, s.Temperature)
	}
	if stop != nil {
		s.Stop = texts(stop)
	}
	var err error
	if s.Seed, err = r.seedOr(seed); err != nil {
		return nil, err
	}
	from, prompts, err := promptsOf(r, of)
	if err != nil {
		return nil, err
	}
	return m.rollouts(from, prompts, n, s, e)
}

// promptsOf reads a batch with a column prompt, or a list of prompts.
func promptsOf(r *Run, of starlark.Value) (*Batch, [][]tokenizer.Message, error) {
	batch, ok := of.(*Batch)
	if !ok {
		list, ok := of.(starlark.Iterable)
		if !ok {
			return nil, nil, fmt.Errorf("sample: want a batch or a list of prompts, got a %s", of.Type())
		}
		values := []starlark.Value{}
		for v := range starlark.Elements(list) {
			values = append(values, v)
		}
		batch = newBatch(r, len(values))
		batch.put("prompt", starlark.NewList(values))
	}
	all := make([][]tokenizer.Message, batch.n)
	for i := range all {
		turns, err := promptField(batch.Index(i).(*Row), "prompt")
		if err != nil {
			return nil, nil, fmt.Errorf("sample: %w", err)
		}
		all[i] = turns
	}
	return batch, all, nil
}

// rollouts draws n responses to each prompt and lays them out as a batch.
func (m *Model) rollouts(from *Batch, turns [][]tokenizer.Message, n int, s Sampling, e Encoding) (starlark.Value, error) {
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	var at []int
	var prompts [][]int
	for i, t := range turns {
		ids, err := e.Prompt(w, t)
		if err != nil {
			return nil, err
		}
		if room := w.Arch.Sizes().Positions - s.MaxTokens; len(ids) > room {
			return nil, advise("shorten the prompts or max_tokens", "sample: prompt %d has %d tokens; with %d new ones it does not fit into the model's %d", i, len(ids), s.MaxTokens, room+s.MaxTokens)
		}
		for range n {
			at, prompts = append(at, i), append(prompts, ids)
		}
	}
	drawn, err := m.drawOrRemember(w, prompts, s)
	if err != nil {
		return nil, err
	}
	return samplesBatch(from.picked(at), prompts, drawn), nil
}

// sampledTogether is how many prompts are answered between two times that answers are kept and told.
const sampledTogether = 2 * maxSlots

// drawOrRemember is draw; at temperature 0, where no chance is in it, answers are remembered.
func (m *Model) drawOrRemember(w *weights.Model, prompts [][]int, s Sampling) ([]Sampled, error) {
	digest, ok := m.remembers()
	if !ok || s.Temperature != 0 {
		return m.draw(w, prompts, s)
	}
	keys := make([]string, len(prompts))
	for i, p := range prompts {
		keys[i] = keyOf("sample", digest, fmt.Sprintf("%d %q", s.MaxTokens, s.Stop), p)
	}
	return remembered(m.run, keys, func([]int) int { return sampledTogether }, func(at []int) ([]Sampled, error) {
		part := make([][]int, len(at))
		for k, i := range at {
			part[k] = prompts[i]
		}
		return m.draw(w, part, s)
	})
}

// draw asks the model's sampler, which lives as long as the run.
func (m *Model) draw(w *weights.Model, prompts [][]int, s Sampling) ([]Sampled, error) {
	r := m.run
	if r.mode == checking {
		return pretend(w, prompts, s), nil
	}
	if m.sampler == nil {
		make := r.host.Sampler
		if make == nil {
			make = func(w *weights.Model) (Sampler, error) {
				return &engineSampler{model: w, device: r.host.Device, session: r.host.Session, admit: r.admit}, nil
			}
		}
		made, err := make(w)
		if err != nil {
			return nil, fmt.Errorf("sample: %w", err)
		}
		m.sampler = made
		r.own(made)
	}
	began := r.host.now()
	drawn, err := m.sampler.Sample(r.ctx, prompts, s)
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	tokens := 0
	for _, d := range drawn {
		tokens += len(d.Tokens)
	}
	r.work.Sampled.Add(tokens, r.host.now().Sub(began))
	return drawn, m.verifySampler(prompts, drawn, s)
}

// pretend is what a checked script gets: short responses that ended by themselves.
func pretend(w *weights.Model, prompts [][]int, s Sampling) []Sampled {
	out := make([]Sampled, len(prompts))
	for i := range out {
		ids := w.Tokenizer.EncodeOrdinary("ok")
		ids = ids[:min(len(ids), s.MaxTokens)]
		out[i] = Sampled{Tokens: ids, LogProbs: make([]float32, len(ids)), Text: "ok", Reason: "eos"}
	}
	return out
}

// samplesBatch adds the columns of samples to the columns of their prompts.
func samplesBatch(b *Batch, prompts [][]int, drawn []Sampled) *Batch {
	tokens := &Tokens{}
	var logp [][]float64
	var response, reason []starlark.Value
	ended := make([]float64, len(drawn))
	for i, d := range drawn {
		p := len(prompts[i])
		seq := forward.Sequence{Tokens: append(prompts[i][:p:p], d.Tokens...)}
		seq.Mask = make([]bool, len(seq.Tokens))
		row := make([]float64, len(seq.Tokens))
		for k := range d.Tokens {
			seq.Mask[p+k] = true
			row[p+k] = float64(d.LogProbs[k])
		}
		tokens.seqs = append(tokens.seqs, seq)
		logp = append(logp, row)
		response = append(response, starlark.String(d.Text))
		reason = append(reason, starlark.String(d.Reason))
		ended[i] = indicator(d.Reason == "eos" || d.Reason == "stop")
	}
	b.put("response", starlark.NewList(response))
	b.put("tokens", tokens)
	b.put("logp", &Array{column.Table("seq", logp)})
	b.put("ended", flatArray(ended))
	b.put("reason", starlark.NewList(reason))
	return b
}
