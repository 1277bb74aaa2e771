package forward_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
)

// resident is the memory of the process in bytes.
func resident(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

func random(rng *rand.Rand, n, vocab int) forward.Sequence {
	s := forward.Sequence{}
	for range n {
		s.Tokens = append(s.Tokens, rng.IntN(vocab))
	}
	return s
}

// TestSessionsShareTheirMemory runs a model at six shapes: what runs need in between must not add up.
func TestSessionsShareTheirMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the embedded model at several lengths")
	}
	m := enginetest.Embedded(t)
	s := forward.NewScorer(m, &enginetest.Device{}, 512, ort.Options{})
	defer s.Close()
	rng := rand.New(rand.NewPCG(1, 1))
	run := func(length int) {
		if _, _, err := s.LogProbs(context.Background(), []forward.Sequence{random(rng, length, 40000)}, 1); err != nil {
			t.Fatal(err)
		}
	}
	run(512)
	largest := resident(t)
	for _, length := range []int{384, 256, 192, 128, 96} {
		run(length)
	}
	if grown := resident(t) - largest; grown > 300<<20 {
		t.Errorf("five smaller shapes took %d MB more than the largest alone", grown>>20)
	} else {
		t.Logf("five smaller shapes took %d MB more than the largest alone, which has %d MB", grown>>20, largest>>20)
	}
}

func TestValuesAndHidden(t *testing.T) {
	base := enginetest.Tiny(t, 3)
	m, err := base.WithHead(1, false, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	rng := rand.New(rand.NewPCG(2, 2))
	seqs := []forward.Sequence{random(rng, 9, 96), random(rng, 21, 96), random(rng, 2, 96)}
	ctx := context.Background()
	scores, err := s.Scores(ctx, seqs)
	if err != nil {
		t.Fatal(err)
	}
	values, err := s.Values(ctx, seqs)
	if err != nil {
		t.Fatal(err)
	}
	states, err := s.Hidden(ctx, seqs, -1)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := s.Ends(ctx, seqs)
	if err != nil {
		t.Fatal(err)
	}
	head := m.Head.Set.Get("score.weight").Float32()
	for i, q := range seqs {
		n := len(q.Tokens)
		if values[i][n-1] != scores[i][0] {
			t.Errorf("text %d: value at the end %g, score %g", i, values[i][n-1], scores[i][0])
		}
		if width := len(head); !slices.Equal(ends[i], states[i][(n-1)*width:n*width]) {
			t.Errorf("text %d: the state at its end is not that of its last token", i)
		}
		var dot float64
		for k, w := range head {
			dot += float64(w) * float64(states[i][(n-1)*len(head)+k])
		}
		if math.Abs(dot-float64(scores[i][0])) > 1e-5 {
			t.Errorf("text %d: head · state is %g, score %g", i, dot, scores[i][0])
		}
	}
	if _, err := s.Hidden(ctx, seqs, 3); err == nil {
		t.Error("states after 3 of 2 layers were given")
	}
	if _, _, err := s.LogProbs(ctx, seqs, 0); err == nil {
		t.Error("log-probabilities at temperature 0 were given")
	}
	if _, err := s.Scores(ctx, []forward.Sequence{{}}); err == nil {
		t.Error("an empty text was scored")
	}
}
