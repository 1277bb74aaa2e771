package script

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"go.starlark.net/starlark"

	"workbench/models/tokenizer"
	"workbench/tasks/flow"
)

// mostSamples is how many one call may draw.
const mostSamples = 256

// generatePrimitive is generate(model, prompt=|messages=, …).
func generatePrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var model, prompt, messages, seed, otherwise starlark.Value
	g := Generate{N: 1, Sampling: Sampling{Temperature: 1, TopP: 1, MaxTokens: 128}}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "model", &model, "prompt?", &prompt, "messages?", &messages, "n?", &g.N,
		"max_tokens?", &g.MaxTokens, "temperature?", floatOf(&g.Temperature), "seed?", &seed, "stop?", textsOf(&g.Stop),
		"top_p?", floatOf(&g.TopP), "otherwise?", &otherwise); err != nil {
		return nil, err
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	var err error
	if g.Model, err = modelName(b.Name(), model); err != nil {
		return nil, err
	}
	if g.Prompt, err = oneOfPrompts(b.Name(), prompt, messages); err != nil {
		return nil, err
	}
	given, err := g.args(seed)
	if err != nil {
		return nil, err
	}
	work := func(ctx context.Context) (flow.Value, []string, error) {
		return x.generate(ctx, g, given["seed"])
	}
	if otherwise == nil {
		return value(x.calls.Do(b.Name(), given, work))
	}
	instead, err := pack(otherwise)
	if err != nil {
		return nil, fmt.Errorf("generate: otherwise: %w", err)
	}
	return value(x.calls.DoOr(b.Name(), given, instead, work))
}

// value is what a script gets of a call's result.
func value(v flow.Value, err error) (starlark.Value, error) {
	if err != nil {
		return nil, err
	}
	return toStarlark(v)
}

func (g *Generate) check() error {
	switch {
	case g.N < 1 || g.N > mostSamples:
		return fmt.Errorf("generate: n is %d, want 1 to %d", g.N, mostSamples)
	case g.MaxTokens < 1:
		return fmt.Errorf("generate: max_tokens is %d, want at least 1", g.MaxTokens)
	case !(g.Temperature >= 0) || math.IsInf(g.Temperature, 0):
		return fmt.Errorf("generate: temperature is %g, want 0 (the likeliest token) or more", g.Temperature)
	case !(g.TopP > 0 && g.TopP <= 1):
		return fmt.Errorf("generate: top_p is %g, want a probability above 0", g.TopP)
	}
	return nil
}

// args are what identifies the call.
func (g *Generate) args(seed starlark.Value) (map[string]any, error) {
	stop := make([]any, len(g.Stop))
	for i, s := range g.Stop {
		stop[i] = s
	}
	args := map[string]any{
		"model": g.Model, "messages": plainTurns(g.Prompt), "n": int64(g.N), "max_tokens": int64(g.MaxTokens),
		"temperature": g.Temperature, "top_p": g.TopP, "stop": stop,
	}
	if seed != nil && seed != starlark.None {
		number, err := plain(seed)
		if _, ok := number.(int64); err != nil || !ok {
			return nil, fmt.Errorf("generate: seed is %s, want a whole number", seed)
		}
		args["seed"] = number
	}
	return args, nil
}

// generate draws the samples of a call.
func (x *execution) generate(ctx context.Context, g Generate, seed any) (flow.Value, []string, error) {
	models, err := x.models()
	if err != nil {
		return nil, nil, err
	}
	call := flow.CallID(ctx)
	g.Seed = x.program.seedOf(call)
	if number, ok := seed.(int64); ok {
		g.Seed = uint64(number)
	}
	drawn, digest, err := models.Generate(ctx, g)
	if err != nil {
		return nil, nil, err
	}
	if len(drawn) != g.N {
		return nil, nil, fmt.Errorf("model %s gave %d samples instead of %d", g.Model, len(drawn), g.N)
	}
	samples := make([]any, len(drawn))
	for i, d := range drawn {
		samples[i] = sample(fmt.Sprintf("%s/%d", call, i+1), g, d)
	}
	cites := []string{"model:" + digest}
	if g.N == 1 {
		return samples[0], cites, nil
	}
	return samples, cites, nil
}

// models are those of the host.
func (x *execution) models() (FlowModels, error) {
	if x.program.host.Models == nil {
		return nil, flow.Final(errors.New("there are no models here"))
	}
	return x.program.host.Models, nil
}

// sample is a sample as a script sees it.
func sample(id string, g Generate, d Sampled) any {
	tokens, logp := make([]any, len(d.Tokens)), 0.0
	for i, t := range d.Tokens {
		tokens[i] = int64(t)
	}
	for _, p := range d.LogProbs {
		logp += float64(p)
	}
	return map[string]any{
		"id": id, "text": d.Text, "logp": logp, "tokens": tokens, "ended": d.Reason == "eos" || d.Reason == "stop",
		"model": g.Model, "seed": int64(g.Seed),
	}
}

// seedOf is the seed of a call: another one for every call, and for a call that was re-opened.
func (p *program) seedOf(call string) uint64 {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%d %s", p.host.Seed, call)
	return hash.Sum64() >> 11 // 53 bits: a number that a browser reads exactly, too
}

// modelName is the name of a model: a text, or a param.
func modelName(primitive string, v starlark.Value) (string, error) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), nil
	case *Model:
		if v.what != v.name {
			return "", advise("keep it with checkpoint(…) in a run, and name that", "%s: %s has no name, since this script makes it", primitive, v)
		}
		return v.name, nil
	}
	return "", advise(`name a model:  policy = param.model("embedded", "help")`, "%s: want a model, got a %s", primitive, v.Type())
}

// oneOfPrompts reads a prompt that is either a text or a list of messages.
func oneOfPrompts(primitive string, prompt, messages starlark.Value) ([]tokenizer.Message, error) {
	of := prompt
	switch {
	case prompt != nil && messages != nil:
		return nil, advise("give one of them", "%s: prompt and messages say the same thing", primitive)
	case messages != nil:
		if _, ok := messages.(starlark.String); ok {
			return nil, advise("give it as prompt", "%s: messages is a text", primitive)
		}
		of = messages
	case prompt == nil:
		return nil, advise(`write  prompt = "…"  or  messages = [{"role": "user", "content": "…"}]`, "%s: there is no prompt", primitive)
	}
	turns, err := toTurns(of)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", primitive, err)
	}
	if len(turns) == 0 {
		return nil, fmt.Errorf("%s: the prompt is empty", primitive)
	}
	return turns, nil
}

func plainTurns(turns []tokenizer.Message) []any {
	out := make([]any, len(turns))
	for i, t := range turns {
		out[i] = map[string]any{"role": t.Role, "content": t.Content}
	}
	return out
}
