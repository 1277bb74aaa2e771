package script

import (
	"fmt"
	"math/rand/v2"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/train"
	"workbench/engine/weights"
	"workbench/models/reward"
)

// modelFitHead is model.fit_head(texts, compared, …): the head that makes comparisons likeliest.
func modelFitHead(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var texts *Dataset
	var list starlark.Iterable
	decay, column, keep := 0.1, "tokens", false
	var seed starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "texts", &texts, "compared", &list, "decay?", floatOf(&decay), "column?", &column, "keep?", &keep, "seed?", &seed); err != nil {
		return nil, err
	}
	w, err := m.withHead()
	if err != nil {
		return nil, err
	}
	compared, err := comparedTexts(list)
	if err != nil {
		return nil, err
	}
	s, err := r.seedOr(seed)
	if err != nil {
		return nil, err
	}
	var fit train.HeadFit
	if r.mode != checking {
		states, err := m.ends(texts, column)
		if err != nil {
			return nil, err
		}
		if fit, err = setHead(w, states, compared, decay, keep, s); err != nil {
			return nil, err
		}
	}
	row := newRow(2)
	row.put("nll", starlark.Float(fit.NLL))
	row.put("accuracy", starlark.Float(fit.Accuracy))
	return row, nil
}

// comparedTexts reads tuples (a, b, target) or (a, b, target, weight).
func comparedTexts(list starlark.Iterable) ([]train.Comparison, error) {
	var all []train.Comparison
	for v := range starlark.Elements(list) {
		t, ok := v.(starlark.Indexable)
		if !ok || t.Len() < 3 || t.Len() > 4 {
			return nil, advise("write  (0, 1, 1.0)  where text 0 was preferred to text 1", "fit_head: comparison %d is %s", len(all), v)
		}
		c := train.Comparison{Weight: 1}
		places := [2]float64{}
		into := []*float64{&places[0], &places[1], &c.Target, &c.Weight}
		for i := range t.Len() {
			x, ok := starlark.AsFloat(t.Index(i))
			if !ok {
				return nil, fmt.Errorf("fit_head: comparison %d: %s is not a number", len(all), t.Index(i))
			}
			*into[i] = x
		}
		c.A, c.B = int(places[0]), int(places[1])
		all = append(all, c)
	}
	return all, nil
}

// endsAtOnce is how many texts are scored together, so that many need not be in memory as tokens.
const endsAtOnce = 64

// ends are the states at the ends of a dataset's texts.
func (m *Model) ends(d *Dataset, column string) ([][]float32, error) {
	s, err := m.hostScorer()
	if err != nil {
		return nil, err
	}
	all, err := d.all()
	if err != nil {
		return nil, err
	}
	var states [][]float32
	for from := 0; from < all.len(); from += endsAtOnce {
		var seqs []forward.Sequence
		for i := from; i < min(from+endsAtOnce, all.len()); i++ {
			row, err := d.run.handOut(all, i)
			if err != nil {
				return nil, err
			}
			v, err := need(row, column, i)
			if err != nil {
				return nil, err
			}
			t, ok := v.(*Tokens)
			if !ok || len(t.seqs) != 1 {
				return nil, advise("make tokens with dataset.tokens(model)", "fit_head: column %s holds no tokens", column)
			}
			seqs = append(seqs, t.seqs[0])
		}
		got, err := s.Ends(m.run.ctx, seqs)
		if err != nil {
			return nil, err
		}
		states = append(states, got...)
	}
	return states, nil
}

// setHead fits each output and writes it into the model; several are fitted to comparisons drawn anew
// with replacement (the bootstrap of Efron 1979), so that their spread says how sure the data is. The
// fit that is returned is the mean over outputs.
func setHead(w *weights.Model, states [][]float32, compared []train.Comparison, decay float64, keep bool, seed uint64) (train.HeadFit, error) {
	weight, bias := w.Head.Set.Get(reward.Weight).Float32(), w.Head.Set.Get(reward.Bias).Float32()
	outputs := w.Head.Outputs
	width := len(weight) / outputs
	rng := rand.New(rand.NewPCG(seed, 0xf17))
	var mean train.HeadFit
	for k := range outputs {
		these := compared
		if outputs > 1 {
			these = make([]train.Comparison, len(compared))
			for i := range these {
				these[i] = compared[rng.IntN(len(compared))]
			}
		}
		var prior []float32
		if keep {
			prior = weight[k*width : (k+1)*width]
		}
		head, fit, err := train.FitHead(states, these, decay, prior)
		if err != nil {
			return mean, err
		}
		for i, v := range head {
			weight[k*width+i] = float32(v)
		}
		if !keep {
			bias[k] = 0
		}
		mean.NLL += fit.NLL / float64(outputs)
		mean.Accuracy += fit.Accuracy / float64(outputs)
	}
	return mean, nil
}
