package script

import (
	"context"
	"strings"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/weights"
)

// echo is a sampler that answers every prompt with the seed's parity, and ends every second answer.
type echo struct{ m *weights.Model }

func newEcho(m *weights.Model) (Sampler, error) { return &echo{m}, nil }

func (e *echo) Close() error { return nil }

func (e *echo) Sample(_ context.Context, prompts [][]int, how Sampling) ([]Sampled, error) {
	out := make([]Sampled, len(prompts))
	for i := range out {
		ids := e.m.Tokenizer.EncodeOrdinary("yes")[:min(3, how.MaxTokens)]
		out[i] = Sampled{Tokens: ids, LogProbs: []float32{-1, -2, -3}[:len(ids)], Text: "yes", Reason: []string{"eos", "length"}[i%2]}
	}
	return out, nil
}

func TestSamplesAreABatch(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `policy = param.model("embedded")
def run():
    for batch in dataset([{"prompt": "one", "id": 1}, {"prompt": "two", "id": 2}]).batches(2):
        out = policy.sample(batch, n = 2, max_tokens = 3)
        print(out.id, out.response, out.ended, sum(out.logp), sum(out.tokens.mask, "seq"))
        print(mean(policy.logp(out) - out.logp, "seq"))
`)
	w := newWorld(t, s)
	w.Sampler = newEcho
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	want := `array[batch 4](1, 1, 2, 2) ["yes", "yes", "yes", "yes"] array[batch 4](1, 0, 1, 0) -24.0 array[batch 4](3, 3, 3, 3)`
	if w.says[0] != want {
		t.Errorf("samples:\n got %s\nwant %s", w.says[0], want)
	}
	if !strings.HasPrefix(w.says[1], "array[batch 4](") {
		t.Errorf("log-probabilities of samples: got %s", w.says[1])
	}
}
