package train_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/train"
	"workbench/engine/weights"
)

// BenchmarkStep times one step on 4 texts of 128 tokens of the embedded model, loss on all tokens.
func BenchmarkStep(b *testing.B) {
	base := enginetest.Embedded(b)
	for _, mode := range []string{"lora", "full"} {
		b.Run(mode, func(b *testing.B) {
			m := base
			if mode == "lora" {
				a, err := base.WithAdapter(16, 32, nil, 1)
				if err != nil {
					b.Fatal(err)
				}
				defer a.Close()
				m = a
			} else if c, err := base.Copy(); err == nil {
				defer c.Close()
				m = c
			}
			tr, err := train.New(train.Options{
				Loss: nll(m), Models: []*weights.Model{m}, AdamW: train.AdamW{LR: 1e-5}, Clip: 1,
				MicroTokens: 512, Device: &enginetest.Device{},
			})
			if err != nil {
				b.Fatal(err)
			}
			defer tr.Close()
			rng := rand.New(rand.NewPCG(1, 2))
			var seqs train.Sequences
			for range 4 {
				s := forward.Sequence{}
				for range 128 {
					s.Tokens = append(s.Tokens, 1000+rng.IntN(39000))
				}
				seqs = append(seqs, s)
			}
			batch := train.Batch{N: 4, Columns: map[string]train.Column{"text": seqs}}
			step := func() {
				if _, err := tr.Step(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
			}
			step()
			b.ResetTimer()
			for range b.N {
				step()
			}
			b.ReportMetric(512*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
