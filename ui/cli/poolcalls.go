package cli

import (
	"context"
	"fmt"

	"workbench/engine/forward"
	"workbench/engine/generate"
	"workbench/engine/runs"
	"workbench/models/tokenizer"
	"workbench/tasks/script"
)

// request asks a model of the pool for samples.
type request struct {
	model    string
	turns    []tokenizer.Message // the last is the user's
	n        int
	sampling generate.Sampling
}

// samples are what a model said.
type samples struct {
	digest string // of the model
	all    []generate.Sample
}

// generate samples for callers of a class. onText, if not nil, hears text as it comes, on the caller's
// goroutine.
func (p *pool) generate(ctx context.Context, class runs.Class, q request, onText func(sample int, text string)) (samples, error) {
	r, release, err := p.use(ctx, q.model)
	if err != nil {
		return samples{}, err
	}
	defer release()
	sampler, err := r.sampling(ctx, class)
	if err != nil {
		return samples{}, err
	}
	prompt, err := r.encoding.Prompt(r.model, q.turns)
	if err != nil {
		return samples{}, fail(badInput, "%w", err)
	}
	if len(prompt) >= sampler.Positions() {
		return samples{}, fail(badInput, "the prompt has %d tokens, and model %s takes at most %d here", len(prompt), q.model, sampler.Positions()-1).next("shorten it")
	}
	prompts := make([][]int, max(q.n, 1))
	for i := range prompts {
		prompts[i] = prompt
	}
	all, err := sampler.Generate(ctx, prompts, q.sampling, func(i int, t generate.Token) {
		if onText != nil && t.Text != "" {
			onText(i, t.Text)
		}
	})
	return samples{r.digest(), all}, err
}

// score reads a reward model's opinion of a response: one number for each of its heads.
func (p *pool) score(ctx context.Context, class runs.Class, model string, turns []tokenizer.Message, response string) (scores []float32, digest string, err error) {
	r, release, err := p.use(ctx, model)
	if err != nil {
		return nil, "", err
	}
	defer release()
	if r.model.Head == nil {
		return nil, "", fail(badInput, "model %s is a language model, and gives no scores", model).next("name a reward model")
	}
	pair, err := r.encoding.Pair(r.model, turns, response)
	if err != nil {
		return nil, "", fail(badInput, "%w", err)
	}
	rows, err := r.scoring().Scores(withClass(ctx, class), []forward.Sequence{pair})
	if err != nil {
		return nil, "", err
	}
	return rows[0], r.digest(), nil
}

// logProb is the log-probability in nats of a response with its end, and how many tokens that are.
func (p *pool) logProb(ctx context.Context, class runs.Class, model string, turns []tokenizer.Message, response string) (sum float64, tokens int, digest string, err error) {
	r, release, err := p.use(ctx, model)
	if err != nil {
		return 0, 0, "", err
	}
	defer release()
	pair, err := r.encoding.Pair(r.model, turns, response)
	if err != nil {
		return 0, 0, "", fail(badInput, "%w", err)
	}
	rows, _, err := r.scoring().LogProbs(withClass(ctx, class), []forward.Sequence{pair}, 1)
	if err != nil {
		return 0, 0, "", err
	}
	for i, p := range rows[0] {
		if pair.Wanted(i) {
			sum += float64(p)
			tokens++
		}
	}
	return sum, tokens, r.digest(), nil
}

// encodingOf is how a reward model's texts became tokens, as its card says; other models have no card.
func encodingOf(at place) (script.Encoding, error) {
	s := &scoring{}
	if err := s.asTrained(at); err != nil {
		return script.Encoding{}, fmt.Errorf("model %s: %w", at.name, err)
	}
	return s.Encoding, nil
}
