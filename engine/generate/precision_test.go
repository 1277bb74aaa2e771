package generate

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"workbench/engine/enginetest"
)

func TestBlocksAreCloseToTheirWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const block = 32
	for _, tc := range []struct {
		bits int
		most float64 // error relative to what a block spans
	}{{8, 0.5 / 127}, {4, 0.7 / 15}} {
		for try := range 200 {
			w := make([]float32, block)
			for i := range w {
				w[i] = float32(rng.NormFloat64()) + float32(try%5-2)
			}
			span := float64(max(0, slices.Max(w)) - min(0, slices.Min(w)))
			codes, scale, zero := make([]byte, block*tc.bits/8), float32(0), byte(128)
			if tc.bits == 8 {
				scale = codes8(codes, w)
				span = 2 * float64(max(slices.Max(w), -slices.Min(w)))
			} else {
				scale, zero = codes4(codes, w)
			}
			for i, v := range w {
				code := int(codes[i*tc.bits/8])
				if tc.bits == 4 {
					code = code >> (4 * (i % 2)) & 15
				}
				// An end of the block may be cut off where that is better for the others.
				most := tc.most * span
				if tc.bits == 4 && (code == 0 || code == 15) {
					most *= 3.5
				}
				if got := float64(code-int(zero)) * float64(scale); math.Abs(got-float64(v)) > most+1e-6 {
					t.Fatalf("%d bits: %g became %g in a block that spans %g", tc.bits, v, got, span)
				}
			}
		}
	}
	zeros := make([]float32, block)
	if scale := codes8(make([]byte, block), zeros); scale != 0 {
		t.Errorf("a block of zeros has scale %g in 8 bits", scale)
	}
	if scale, _ := codes4(make([]byte, block/2), zeros); scale != 0 {
		t.Errorf("a block of zeros has scale %g in 4 bits", scale)
	}
}

// passages are n stretches of a book, each of so many tokens.
func passages(t testing.TB, encode func(string) []int, n, length int) [][]int {
	t.Helper()
	book, err := os.ReadFile(enginetest.Data(t, "books/the_time_machine.txt"))
	if err != nil {
		t.Fatal(err)
	}
	ids := encode(string(book))
	list := make([][]int, n)
	for i := range list {
		at := (2*i + 1) * len(ids) / (2 * n)
		list[i] = ids[at : at+length]
	}
	return list
}

// TestWhatPrecisionCosts measures perplexity on real text.
func TestWhatPrecisionCosts(t *testing.T) {
	m := enginetest.Embedded(t)
	texts := passages(t, m.Tokenizer.Encode, 12, 96)
	exact := 0.0
	for _, tc := range []struct {
		Precision
		most float64 // of the perplexity in float32
	}{{Float32, 1}, {Int8, 1.01}, {Int4, 1.25}} {
		o, err := Options{Slots: len(texts), Positions: 128, Precision: tc.Precision}.complete(m)
		if err != nil {
			t.Fatal(err)
		}
		got := perplexity(t, o, texts)
		if tc.Precision == Float32 {
			exact = got
		}
		t.Logf("%s: perplexity %.3f, %.2f %% more than float32", tc.Precision, got, 100*(got/exact-1))
		if got > tc.most*exact {
			t.Errorf("%s: perplexity %g, want at most %g times %g", tc.Precision, got, tc.most, exact)
		}
	}
}

// perplexity feeds texts of one length token by token.
func perplexity(t *testing.T, o Options, texts [][]int) float64 {
	t.Helper()
	n, err := newNetwork(enginetest.Embedded(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	sum, count := 0.0, 0
	entries := make([]entry, len(texts))
	for at := range len(texts[0]) - 1 {
		for i, text := range texts {
			entries[i] = entry{text[at], at, 1}
		}
		p, err := n.step(t.Context(), entries)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			sum -= math.Log(float64(p[i*n.size.Vocab+text[at+1]]))
			count++
		}
	}
	return math.Exp(sum / float64(count))
}
