package train

import "math"

// Schedule gives the factor on the learning rate at a step, which counts from 0.
type Schedule func(step int) float64

// Constant keeps the learning rate.
func Constant() Schedule { return func(int) float64 { return 1 } }

// Linear rises from 0 over the warm-up, then falls in a line to 0 at the last step.
func Linear(steps, warmup int) Schedule {
	return withWarmup(warmup, func(step int) float64 { return 1 - progress(step, warmup, steps) })
}

// Cosine rises from 0 over the warm-up, then falls as half a cosine wave to floor at the last step
// (Loshchilov and Hutter 2017, eq. 5, without restarts).
func Cosine(steps, warmup int, floor float64) Schedule {
	return withWarmup(warmup, func(step int) float64 {
		return floor + (1-floor)*0.5*(1+math.Cos(math.Pi*progress(step, warmup, steps)))
	})
}

func withWarmup(warmup int, then Schedule) Schedule {
	return func(step int) float64 {
		if step < warmup {
			return float64(step+1) / float64(warmup+1)
		}
		return then(step)
	}
}

// progress is how far a step is on the way from the end of the warm-up to the end.
func progress(step, warmup, steps int) float64 {
	if steps <= warmup {
		return 0
	}
	return math.Min(1, float64(step-warmup)/float64(steps-warmup))
}
