package script

import (
	"fmt"
	"unicode/utf8"

	"go.starlark.net/starlark"

	"workbench/engine/eval"
	"workbench/engine/forward"
	"workbench/tasks/script/column"
)

// modelMargins is model.margins(comparisons, …): the score of a less that of b, each answer scored once.
func modelMargins(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var pairs *Dataset
	var e Encoding
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "comparisons", &pairs, "max_tokens?", &e.MaxTokens, "template?", &e.Template); err != nil {
		return nil, err
	}
	w, err := m.withHead()
	if err != nil {
		return nil, err
	}
	all, err := pairs.all()
	if err != nil {
		return nil, err
	}
	answers := answersOnce{model: m, encoding: e, at: map[[2]string]int{}}
	places := make([][2]int, all.len())
	for i := range places {
		row, err := pairs.run.handOut(all, i)
		if err != nil {
			return nil, err
		}
		for k, side := range []string{"a", "b"} {
			if places[i][k], err = answers.place(row, side); err != nil {
				return nil, fmt.Errorf("margins: %s: %w", located("comparison", i, row), err)
			}
		}
	}
	s, err := m.hostScorer()
	if err != nil {
		return nil, err
	}
	scores, err := r.headScores(s, answers.seqs, w.Head.Outputs)
	if err != nil {
		return nil, err
	}
	margins := make([][]float64, len(places))
	for i, p := range places {
		for k, v := range scores[p[0]] {
			margins[i] = append(margins[i], float64(v)-float64(scores[p[1]][k]))
		}
	}
	c := column.Table("output", margins)
	if w.Head.Outputs == 1 {
		return flatArray(c.Values), nil
	}
	return &Array{c}, nil
}

// answersOnce gives each answer to a prompt one place.
type answersOnce struct {
	model    *Model
	encoding Encoding
	at       map[[2]string]int
	seqs     []forward.Sequence
}

func (o *answersOnce) place(row *Row, side string) (int, error) {
	text, err := textField(row, side)
	if err != nil {
		return 0, err
	}
	key := [2]string{said(row, "prompt"), text}
	if at, ok := o.at[key]; ok {
		return at, nil
	}
	w, err := o.model.open()
	if err != nil {
		return 0, err
	}
	turns, err := promptField(row, "prompt")
	if err != nil {
		return 0, err
	}
	seq, err := o.encoding.Pair(w, turns, text)
	if err != nil {
		return 0, err
	}
	o.at[key] = len(o.seqs)
	o.seqs = append(o.seqs, seq)
	return o.at[key], nil
}

// agreementPrimitive is agreement(comparisons, margins): how well margins agree with people.
func agreementPrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var pairs *Dataset
	var margins *column.Column
	level := 0.95
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "comparisons", &pairs, "margins", numbersOf{&margins}, "level?", floatOf(&level)); err != nil {
		return nil, err
	}
	all, err := pairs.all()
	if err != nil {
		return nil, err
	}
	if margins.Len() != all.len() {
		return nil, fmt.Errorf("agreement: %d margins for %d comparisons", margins.Len(), all.len())
	}
	if !(level > 0 && level < 1) {
		return nil, fmt.Errorf("agreement: level is %g, not between 0 and 1", level)
	}
	var judged []eval.Judged
	for i := range all.len() {
		row, err := pairs.run.handOut(all, i)
		if err != nil {
			return nil, err
		}
		label := said(row, "label")
		if label != "a" && label != "b" {
			continue
		}
		judged = append(judged, eval.Judged{
			Margin: column.Mean(margins.Row(i)), WonA: label == "a",
			Longer: utf8.RuneCountInString(said(row, "a")) - utf8.RuneCountInString(said(row, "b")),
			Group:  said(row, "group"), Source: said(row, "source"),
		})
	}
	if len(judged) == 0 && r.mode != checking {
		return nil, advise("each needs a label, a or b, in the field label", "agreement: people decided none of the %d comparisons", all.len())
	}
	return agreementRow(eval.Agree(judged, level)), nil
}

func agreementRow(a eval.Agreement) *Row {
	row := againstRow(a.Against)
	row.put("gain_over_longer", intervalRow(a.GainOverLonger))
	row.put("gain_over_shorter", intervalRow(a.GainOverShorter))
	sources := newRow(len(a.BySource))
	for _, name := range sortedKeys(a.BySource) {
		sources.put(name, againstRow(a.BySource[name]))
	}
	row.put("by_source", sources)
	row.put("calibration", calibrationRow(a.Calibration))
	length := newRow(5)
	length.put("prefers_longer", starlark.Float(a.Length.PrefersLonger))
	length.put("people_prefer_longer", starlark.Float(a.Length.PeoplePreferLonger))
	length.put("spearman", starlark.Float(a.Length.Spearman))
	length.put("accuracy_where_longer_won", starlark.Float(a.Length.RightWhereLongerWon))
	length.put("accuracy_where_shorter_won", starlark.Float(a.Length.RightWhereShorter))
	row.put("length_bias", length)
	return row
}

func againstRow(a eval.Against) *Row {
	row := newRow(8)
	row.put("accuracy", intervalRow(a.Accuracy))
	row.put("longer_wins", intervalRow(a.LongerWins))
	row.put("shorter_wins", intervalRow(a.ShorterWins))
	return row
}
