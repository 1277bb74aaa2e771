package generate

import (
	"fmt"
	"testing"
	"time"

	"workbench/engine/enginetest"
)

// BenchmarkGenerate samples 64 tokens after prompts of 64, the whole way that a caller takes.
func BenchmarkGenerate(b *testing.B) {
	m := enginetest.Embedded(b)
	for _, o := range []Options{{}, {Shared: true}, {Precision: Int8}, {Precision: Int4}} {
		for _, batch := range []int{1, 32} {
			name := fmt.Sprintf("%s/shared=%t/batch=%d", o.Precision, o.Shared, batch)
			b.Run(name, func(b *testing.B) {
				o.Slots, o.Positions, o.Prefill = batch, 160, 2048
				s := sampler(b, m, o)
				const length = 64
				prompts := make([][]int, batch)
				for i := range prompts {
					prompts[i] = make([]int, length)
					for k := range prompts[i] {
						prompts[i][k] = 1000 + (i*7919+k*104729)%39000
					}
				}
				var prefill, decode []time.Duration
				once := func() {
					start := time.Now()
					var first time.Time
					_, err := s.Generate(b.Context(), prompts, Sampling{MaxTokens: length, IgnoreEOS: true}, func(int, Token) {
						if first.IsZero() {
							first = time.Now()
						}
					})
					if err != nil {
						b.Fatal(err)
					}
					prefill, decode = append(prefill, first.Sub(start)), append(decode, time.Since(first))
				}
				once() // memory is touched for the first time
				prefill, decode = nil, nil
				for b.Loop() {
					once()
				}
				b.ReportMetric(float64(batch*length)/middle(prefill), "prefill-tok/s")
				b.ReportMetric(float64(batch*(length-1))/middle(decode), "decode-tok/s")
			})
		}
	}
}

// middle is the median in seconds.
func middle(list []time.Duration) float64 {
	sorted := append([]time.Duration(nil), list...)
	for i := range sorted {
		for k := i; k > 0 && sorted[k] < sorted[k-1]; k-- {
			sorted[k], sorted[k-1] = sorted[k-1], sorted[k]
		}
	}
	return sorted[len(sorted)/2].Seconds()
}
