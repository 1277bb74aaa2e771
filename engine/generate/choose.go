package generate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// candidate is a token with its probability.
type candidate struct {
	id int
	p  float32
}

// choice is a token drawn.
type choice struct {
	id   int
	p    float64 // its probability in the whole distribution
	mass float64 // probability of all that could have been drawn; p itself if only it could
}

// draw picks a token out of the probabilities of a whole distribution; u is uniform in [0, 1).
func (s *Sampling) draw(p []float32, u float64) choice {
	switch {
	case s.Temperature == 0:
		top := argmax(p)
		return choice{top, float64(p[top]), float64(p[top])}
	case !s.truncates():
		id := walk(p, u)
		return choice{id, float64(p[id]), 1}
	}
	kept := s.keep(p)
	mass := 0.0
	for _, c := range kept {
		mass += float64(c.p)
	}
	at, sum := 0, 0.0
	for at = range kept {
		if sum += float64(kept[at].p); sum > u*mass {
			break
		}
	}
	return choice{kept[at].id, float64(kept[at].p), mass}
}

// walk adds up probabilities until they exceed u.
func walk(p []float32, u float64) int {
	sum := 0.0
	for i, v := range p {
		if sum += float64(v); sum > u {
			return i
		}
	}
	return argmax(p) // u is closer to 1 than the sum of rounded probabilities
}

// keep lists the tokens that can be drawn, the most probable first: top-k, then top-p of what is left, then
// min-p, in the order in which Hugging Face's generate applies them.
func (s *Sampling) keep(p []float32) []candidate {
	top := p[argmax(p)]
	nuclear := s.TopP > 0 && s.TopP < 1
	list := gather(p, top, func(n int, mass float64, least float32) bool {
		switch {
		case s.TopK > 0 && n >= s.TopK:
			return true
		case s.TopK > 0 && nuclear:
			return false // a share of the k's probability: all k are needed to know it
		}
		return nuclear && mass >= s.TopP || float64(least) <= s.MinP*float64(top)
	})
	if s.TopK > 0 {
		list = list[:min(s.TopK, len(list))]
	}
	if nuclear {
		list = nucleus(list, s.TopP, s.TopK > 0)
	}
	for n, c := range list {
		if float64(c.p) < s.MinP*float64(top) {
			return list[:n]
		}
	}
	return list
}

// nucleus is the shortest beginning that holds a share of the probability: of all, which is 1, or of the list.
func nucleus(list []candidate, share float64, ofList bool) []candidate {
	if ofList {
		total := 0.0
		for _, c := range list {
			total += float64(c.p)
		}
		share *= total
	}
	sum := 0.0
	for n, c := range list {
		if sum += float64(c.p); sum >= share {
			return list[:n+1]
		}
	}
	return list
}

// gather lists the most probable tokens in order, ties by id: those above a threshold that is lowered until there
// are enough. Most distributions are peaked, so this sorts tens of tokens rather than the vocabulary.
func gather(p []float32, top float32, enough func(n int, mass float64, least float32) bool) []candidate {
	var list []candidate
	for least := top / 32; ; least /= 32 {
		if least < math.SmallestNonzeroFloat32*1024 {
			least = 0
		}
		list = list[:0]
		mass := 0.0
		for id, v := range p {
			if v >= least {
				list = append(list, candidate{id, v})
				mass += float64(v)
			}
		}
		if least == 0 || enough(len(list), mass, least) {
			break
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.id, b.id))
	})
	return list
}

// likeliest lists the n most probable tokens.
func likeliest(p []float32, n int) []Alternative {
	list := gather(p, p[argmax(p)], func(have int, _ float64, _ float32) bool { return have >= n })
	alternatives := make([]Alternative, min(n, len(list)))
	for i := range alternatives {
		alternatives[i] = Alternative{list[i].id, logOf(float64(list[i].p))}
	}
	return alternatives
}

// argmax is where the largest is, the first of equals; -1 if there is a NaN.
func argmax(p []float32) int {
	// Four running maxima, so that the processor need not wait for each comparison.
	var a, b, c, d float32
	i := 0
	for ; i+4 <= len(p); i += 4 {
		q := p[i : i+4 : i+4]
		a, b, c, d = max(a, q[0]), max(b, q[1]), max(c, q[2]), max(d, q[3])
	}
	for ; i < len(p); i++ {
		a = max(a, p[i])
	}
	return slices.Index(p, max(a, b, c, d))
}

// logOf is log p as it is reported: a probability that is 0 in float32 counts as the smallest one.
func logOf(p float64) float32 {
	return float32(math.Log(max(p, math.SmallestNonzeroFloat32)))
}

// random is the source of one request's randomness: of its seed and index alone.
func random(seed uint64, index int) *rand.Rand {
	var key [32]byte
	for i := range 8 {
		key[i], key[8+i] = byte(seed>>(8*i)), byte(uint64(index)>>(8*i))
	}
	return rand.New(rand.NewChaCha8(key))
}
