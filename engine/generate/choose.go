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

// draw picks a token out of the probabilities of a whole distribution, of which top is the largest; u is
// uniform in [0, 1).
func (s *Sampling) draw(p []float32, top int, u float64) choice {
	switch {
	case s.Temperature == 0:
		return choice{top, float64(p[top]), float64(p[top])}
	case !s.truncates():
		id := walk(p, u)
		if id < 0 { // u is closer to 1 than the sum of rounded probabilities
			id = top
		}
		return choice{id, float64(p[id]), 1}
	}
	kept := s.keep(p, top)
	mass := massOf(kept)
	at, sum := 0, 0.0
	for at = range kept {
		if sum += float64(kept[at].p); sum > u*mass {
			break
		}
	}
	return choice{kept[at].id, float64(kept[at].p), mass}
}

// walk adds up probabilities until they exceed u; -1 if they never do.
func walk(p []float32, u float64) int {
	sum := 0.0
	for i, v := range p {
		if sum += float64(v); sum > u {
			return i
		}
	}
	return -1
}

func massOf(list []candidate) float64 {
	mass := 0.0
	for _, c := range list {
		mass += float64(c.p)
	}
	return mass
}

// keep lists the tokens that can be drawn: top-k, then top-p of what is left, then min-p, as if applied
// in this order, which is that of Hugging Face's generate.
func (s *Sampling) keep(p []float32, top int) []candidate {
	share, least := s.TopP, float32(s.MinP*float64(p[top]))
	if share == 0 {
		share = 1
	}
	var list []candidate
	switch {
	case s.TopK > 0:
		list = first(p, s.TopK)
		if share < 1 {
			list = nucleus(list, share*massOf(list))
		}
	case share < 1:
		list = firstMass(p, share)
	default:
		for id, v := range p {
			if v >= least {
				list = append(list, candidate{id, v})
			}
		}
	}
	return slices.DeleteFunc(list, func(c candidate) bool { return c.p < least })
}

// nucleus is the shortest beginning of an ordered list that holds so much probability.
func nucleus(list []candidate, mass float64) []candidate {
	sum := 0.0
	for n, c := range list {
		if sum += float64(c.p); sum >= mass {
			return list[:n+1]
		}
	}
	return list
}

// first lists the n most probable tokens, in order.
func first(p []float32, n int) []candidate {
	var h histogram
	h.fill(p)
	edge, have := len(h.counts)-1, h.counts[len(h.counts)-1]
	for edge > 0 && have < n {
		edge--
		have += h.counts[edge]
	}
	above, at := split(p, edge)
	list := append(above, at...)
	sortByProbability(list)
	return list[:min(n, len(list))]
}

// firstMass lists the most probable tokens that together hold so much probability, in no order.
func firstMass(p []float32, mass float64) []candidate {
	var h histogram
	h.fill(p)
	edge, sum := len(h.masses)-1, h.masses[len(h.masses)-1]
	for edge > 0 && sum < mass {
		edge--
		sum += h.masses[edge]
	}
	above, at := split(p, edge)
	sortByProbability(at)
	return append(above, nucleus(at, mass-massOf(above))...)
}

// histogram sorts probabilities into bins by their size, 16 to a factor of two, so that the few at a
// threshold can be ordered without ordering the vocabulary.
type histogram struct {
	counts [bins]int
	masses [bins]float64
}

// bins is one more than the bin of 1.
const bins = 0x3f800000>>19 + 1

// binOf is the bin of a probability. The bits of positive floats are in the order of their values.
func binOf(v float32) int { return min(int(math.Float32bits(v)>>19), bins-1) }

func (h *histogram) fill(p []float32) {
	for _, v := range p {
		b := binOf(v)
		h.counts[b]++
		h.masses[b] += float64(v)
	}
}

// split lists the tokens whose bin is above edge, and those in it.
func split(p []float32, edge int) (above, at []candidate) {
	for id, v := range p {
		switch b := binOf(v); {
		case b > edge:
			above = append(above, candidate{id, v})
		case b == edge:
			at = append(at, candidate{id, v})
		}
	}
	return above, at
}

// sortByProbability puts the most probable first, equals by id.
func sortByProbability(list []candidate) {
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.id, b.id))
	})
}

// likeliest lists the n most probable tokens.
func likeliest(p []float32, n int) []Alternative {
	list := first(p, n)
	alternatives := make([]Alternative, len(list))
	for i, c := range list {
		alternatives[i] = Alternative{c.id, logOf(float64(c.p))}
	}
	return alternatives
}

// argmax is where the largest probability is, the first of equals; -1 if one is not a number.
func argmax(p []float32) int {
	// As integers: the bits of positive floats are in the order of their values, those of NaN beyond.
	// Four running maxima, so that the processor need not wait for each comparison.
	var a, b, c, d uint32
	i := 0
	for ; i+4 <= len(p); i += 4 {
		q := p[i : i+4 : i+4]
		a, b = max(a, math.Float32bits(q[0])), max(b, math.Float32bits(q[1]))
		c, d = max(c, math.Float32bits(q[2])), max(d, math.Float32bits(q[3]))
	}
	for ; i < len(p); i++ {
		a = max(a, math.Float32bits(p[i]))
	}
	return slices.Index(p, math.Float32frombits(max(a, b, c, d)))
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
