package generate

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/weights"
	"workbench/models/tokenizer"
)

// letters is a tokenizer of 96 tokens: the printable characters, space and end of line.
func letters(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	vocab := map[string]int{"Ġ": 94, "Ċ": 95}
	for i := range 94 {
		vocab[string(rune('!'+i))] = i
	}
	raw, err := json.Marshal(map[string]any{
		"version": "1.0", "added_tokens": []any{},
		"pre_tokenizer": map[string]any{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
		"decoder":       map[string]any{"type": "ByteLevel"},
		"model":         map[string]any{"type": "BPE", "vocab": vocab, "merges": []any{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.FromJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// tiny is an untrained model that writes letters. Its weights are larger than a new model's, so that
// its distributions are not flat.
func tiny(t testing.TB) *weights.Model {
	t.Helper()
	m := enginetest.Tiny(t, 1)
	m.Tokenizer = letters(t)
	for _, name := range m.Base.Names() {
		data := m.Base.Get(name).Float32()
		for i := range data {
			if data[i] != 1 {
				data[i] *= 12
			}
		}
	}
	return m
}

func sampler(t testing.TB, m *weights.Model, o Options) *Sampler {
	t.Helper()
	s, err := New(m, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// text makes a prompt of n tokens.
func prompt(n, seed int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = (i*31 + seed*17 + i*i*seed) % 94
	}
	return p
}

func generate(t testing.TB, s *Sampler, prompts [][]int, o Sampling) []Sample {
	t.Helper()
	samples, err := s.Generate(t.Context(), prompts, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

// same says how two samples differ; "" if they are the same to the bit.
func same(a, b Sample) string {
	if x, y := fmt.Sprint(a.Tokens, a.Text, a.End), fmt.Sprint(b.Tokens, b.Text, b.End); x != y {
		return fmt.Sprintf("%s against %s", x, y)
	}
	for i := range a.LogProbs {
		if a.LogProbs[i] != b.LogProbs[i] || a.TruncatedLogProbs[i] != b.TruncatedLogProbs[i] {
			return fmt.Sprintf("token %d has log-probabilities %v, %v against %v, %v", i, a.LogProbs[i], a.TruncatedLogProbs[i], b.LogProbs[i], b.TruncatedLogProbs[i])
		}
	}
	return ""
}

// counting is a device that counts the pieces of work it was given.
type counting struct {
	enginetest.Device
	n int
}

func (c *counting) Do(ctx context.Context, work func(ctx context.Context) error) error {
	return c.Device.Do(ctx, func(ctx context.Context) error {
		c.n++
		return work(ctx)
	})
}
