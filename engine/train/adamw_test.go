package train

import (
	"math"
	"testing"
)

// What PyTorch 2.15 gives for torch.optim.AdamW(lr=0.1, betas=(0.9, 0.99), eps=1e-5, weight_decay=0.05)
// on p = [1, -2, 0.5] with the gradients below.
var adamwSteps = []struct{ grad, want []float32 }{
	{[]float32{0.1, -0.2, 0.3}, []float32{0.89500999, -1.89000499, 0.39750335}},
	{[]float32{-0.3, 0.1, 0.2}, []float32{0.93986255, -1.85388672, 0.29839987}},
	{[]float32{0.2, 0.2, -0.4}, []float32{0.93328637, -1.87188518, 0.29418156}},
}

func TestAdamWEqualsPyTorch(t *testing.T) {
	a := AdamW{Beta2: 0.99, Eps: 1e-5, Decay: 0.05}.withDefaults()
	p, m, v := []float32{1, -2, 0.5}, make([]float32, 3), make([]float32, 3)
	for i, s := range adamwSteps {
		a.at(i+1, 0.1, 1).apply(p, s.grad, m, v, true)
		for k := range p {
			if math.Abs(float64(p[k]-s.want[k])) > 2e-6 {
				t.Errorf("step %d, parameter %d: %.8f, PyTorch %.8f", i+1, k, p[k], s.want[k])
			}
		}
	}
}

func TestSchedules(t *testing.T) {
	tests := []struct {
		name string
		s    Schedule
		want map[int]float64
	}{
		{"constant", Constant(), map[int]float64{0: 1, 1000: 1}},
		{"linear", Linear(10, 0), map[int]float64{0: 1, 5: 0.5, 10: 0, 99: 0}},
		{"linear, warm-up", Linear(12, 2), map[int]float64{0: 1. / 3, 1: 2. / 3, 2: 1, 7: 0.5, 12: 0}},
		{"cosine", Cosine(10, 0, 0), map[int]float64{0: 1, 5: 0.5, 10: 0}},
		{"cosine, floor", Cosine(10, 0, 0.1), map[int]float64{0: 1, 5: 0.55, 10: 0.1}},
	}
	for _, tt := range tests {
		for step, want := range tt.want {
			if got := tt.s(step); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s, step %d: %g, want %g", tt.name, step, got, want)
			}
		}
	}
}
