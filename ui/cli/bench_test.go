package cli

import (
	"math"
	"testing"
	"time"
)

func TestBenchTrain(t *testing.T) {
	r := newRoom(t)
	for _, mode := range []string{"lora", "full"} {
		var b trainBench
		r.result("bench train --model tiny --batch 2 --seq 16 --runs 2 --mode "+mode, &b)
		want := 32 / b.StepTime
		if len(b.StepTimes) != 2 || math.Abs(b.Tokens-want) > 1e-6*want || !(b.PeakRSS > 1) || math.Abs(b.Loss-math.Log(258)) > 1 {
			t.Errorf("%s: %+v, want two steps, 32 tokens by the median time, a loss near %g", mode, b, math.Log(258))
		}
	}
	r.refuse("bench train --mode some", badInput, `--mode is "some"`)
	r.refuse("bench train --batch 0", badInput, "--batch is 0, and must be from 1")
	r.refuse("bench train --model tiny --seq 5000", badInput, "5000 tokens, the model takes at most 2048")
}

func TestBenchGenerate(t *testing.T) {
	r := newRoom(t)
	var b generateBench
	r.result("bench generate --model tiny --batch 3 --prompt-tokens 8 --new-tokens 9 --runs 2 --precision int8", &b)
	read := median(durations(b.PrefillTimes))
	if len(b.DecodeTimes) != 2 || math.Abs(b.Prefill*read-24) > 1e-3 || !(b.Decode > 0) || b.Precision != "int8" {
		t.Errorf("%+v, want 24 tokens read, a rate of drawing, and two runs", b)
	}
	r.refuse("bench generate --model tiny --new-tokens 1", badInput, "--new-tokens is 1")
	r.refuse("bench generate --model tiny --new-tokens 5000", badInput, "5064 tokens a request: model tiny allows 2 to 2048")
}

func TestReadingEndsWithTheLastFirstToken(t *testing.T) {
	w := watch{responses: 2, start: time.Now(), seen: map[int]bool{}}
	for _, response := range []int{0, 0, 1, 0, 1} {
		w.token(response)
	}
	if w.before != 3 || w.tokens != 5 || w.read <= 0 {
		t.Errorf("got %d of %d tokens before drawing began, after %v; want 3 of 5", w.before, w.tokens, w.read)
	}
}

func durations(all []float64) []time.Duration {
	out := make([]time.Duration, len(all))
	for i, s := range all {
		out[i] = time.Duration(s * float64(time.Second))
	}
	return out
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		in   []float64
		want float64
	}{{[]float64{2}, 2}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(durations(tt.in)); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("median of %v: %g, want %g", tt.in, got, tt.want)
		}
	}
}
