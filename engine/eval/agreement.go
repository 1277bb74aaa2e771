package eval

import (
	"math"
	"slices"
)

// Judged is a comparison that people decided and a model scored.
type Judged struct {
	Margin float64 // the model's score of a less that of b
	WonA   bool    // people preferred a
	Longer int     // characters of a less those of b
	Group  string  // comparisons of a group may depend on each other
	Source string
}

// Against is a model's agreement with people beside what length alone would say. A margin of 0, or an
// equal length, counts ½.
type Against struct {
	Accuracy, LongerWins, ShorterWins Interval // shares, by [Proportion]
}

// Agreement is how well a model's margins agree with people.
type Agreement struct {
	Against
	GainOverLonger, GainOverShorter Interval // paired differences, by [Mean]
	BySource                        map[string]Against
	Calibration                     Calibration // of σ(margin)
	Length                          LengthBias
}

// LengthBias says how much of a model's preferences is length. A model that likes length alone is right
// where the longer one won and wrong where the shorter one did.
type LengthBias struct {
	PrefersLonger       float64 // share of pairs in which the model prefers the longer one
	PeoplePreferLonger  float64
	Spearman            float64 // rank correlation of margin and difference in length
	RightWhereLongerWon float64 // accuracy on the pairs whose longer side won
	RightWhereShorter   float64 // accuracy on the pairs whose shorter side won
}

// Agree measures comparisons; NaN stands for what none of them can tell.
func Agree(all []Judged, level float64) Agreement {
	n := len(all)
	right, long, toward := make([]float64, n), make([]float64, n), make([]float64, n)
	margin, longer, chance, won := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	groups := make([]string, n)
	for i, j := range all {
		groups[i], margin[i], longer[i] = j.Group, j.Margin, float64(j.Longer)
		if j.WonA {
			won[i] = 1
		}
		right[i], long[i] = sides(j.Margin, won[i]), sides(longer[i], won[i])
		toward[i] = sides(j.Margin, sides(longer[i], 1))
		chance[i] = 1 / (1 + math.Exp(-j.Margin))
	}
	return Agreement{
		Against:         against(right, long, groups, level),
		GainOverLonger:  Mean(minus(right, long), groups, level),
		GainOverShorter: Mean(minus(right, flipped(long)), groups, level),
		BySource:        bySource(all, right, long, groups, level),
		Calibration:     Calibrate(chance, won, 10),
		Length: LengthBias{
			PrefersLonger: average(toward), PeoplePreferLonger: average(long), Spearman: Spearman(margin, longer),
			RightWhereLongerWon: average(chosen(right, long, 1)), RightWhereShorter: average(chosen(right, long, 0)),
		},
	}
}

// sides is 1 where a number that is positive for a stands on the side that won, ½ where it is 0.
func sides(x, wonA float64) float64 {
	switch {
	case x > 0:
		return wonA
	case x < 0:
		return 1 - wonA
	}
	return 0.5
}

func against(right, long []float64, groups []string, level float64) Against {
	return Against{Proportion(right, groups, level), Proportion(long, groups, level), Proportion(flipped(long), groups, level)}
}

func bySource(all []Judged, right, long []float64, groups []string, level float64) map[string]Against {
	type part struct {
		right, long []float64
		groups      []string
	}
	parts := map[string]*part{}
	for i, j := range all {
		p := parts[j.Source]
		if p == nil {
			p = &part{}
			parts[j.Source] = p
		}
		p.right, p.long, p.groups = append(p.right, right[i]), append(p.long, long[i]), append(p.groups, groups[i])
	}
	out := map[string]Against{}
	for name, p := range parts {
		out[name] = against(p.right, p.long, p.groups, level)
	}
	return out
}

func minus(a, b []float64) []float64 {
	out := slices.Clone(a)
	for i, v := range b {
		out[i] -= v
	}
	return out
}

func flipped(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = 1 - v
	}
	return out
}

// chosen are the elements of x where which has a value.
func chosen(x, which []float64, value float64) []float64 {
	var out []float64
	for i, v := range x {
		if which[i] == value {
			out = append(out, v)
		}
	}
	return out
}

func average(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}
