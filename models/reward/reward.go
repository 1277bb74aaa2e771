// Package reward puts scalar heads on a language model: a reward model, or a value model, is a
// backbone and a matrix that reads numbers off its final states.
package reward

import (
	"math"
	"math/rand/v2"

	"workbench/models/graph"
)

// Weight and Bias are the names of a head's parameters, [output, hidden] and [output].
const (
	Weight = "score.weight"
	Bias   = "score.bias"
)

// Specs are the parameters of a head with so many outputs on states of the given width.
func Specs(hidden, outputs int) []graph.Spec {
	return []graph.Spec{{Name: Weight, Shape: []int{outputs, hidden}}, {Name: Bias, Shape: []int{outputs}}}
}

// Init draws a new weight from N(0, 1/(hidden+1)), so that scores start near N(0, 1) on normed
// states (Huang et al. 2024, "The N+ Implementation Details of RLHF", detail 11; Stiennon et al.
// 2020 use the same). The bias starts at 0.
func Init(weight []float32, hidden int, rng *rand.Rand) {
	sd := 1 / math.Sqrt(float64(hidden)+1)
	for i := range weight {
		weight[i] = float32(sd * rng.NormFloat64())
	}
}

// Zero is the other start: a value head at 0 predicts nothing until it has learned something
// (Ziegler et al. 2019, §2.2).
func Zero(weight []float32) { clear(weight) }

// Score reads outputs numbers off each state: states [row, hidden] give [row, output].
func Score(w *graph.Weights, states *graph.Tensor, outputs int) *graph.Tensor {
	hidden := states.Shape()[1]
	out := graph.Axis{Name: "output", Size: outputs}
	head := w.Param(Weight, graph.Shape{out, hidden})
	return graph.Add(graph.Linear(states, head, 1), w.Param(Bias, graph.Shape{out}))
}
