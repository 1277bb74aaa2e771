package script

import (
	"fmt"
	"math"
	"unicode/utf8"

	"go.starlark.net/starlark"

	"workbench/engine/eval"
	"workbench/tasks/script/column"
)

// winratePrimitive is winrate(won, ours, theirs, by=, level=0.95).
func winratePrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var won *column.Column
	var ours, theirs []string
	var by starlark.Value
	level := 0.95
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "won", numbersOf{&won}, "ours", textsOf(&ours), "theirs", textsOf(&theirs), "by?", &by, "level?", floatOf(&level)); err != nil {
		return nil, err
	}
	n := len(won.Values)
	if len(ours) != n || len(theirs) != n {
		return nil, fmt.Errorf("winrate: %d results for %d answers of ours and %d of theirs", n, len(ours), len(theirs))
	}
	if !(level > 0 && level < 1) {
		return nil, fmt.Errorf("winrate: level is %g, not between 0 and 1", level)
	}
	groups, err := groupsArg(b.Name(), by, n)
	if err != nil {
		return nil, err
	}
	duels := make([]eval.Duel, n)
	for i, v := range won.Values {
		if !(v >= 0 && v <= 1) {
			return nil, advise("1 where ours won, 0 where theirs did, 0.5 for a tie", "winrate: number %d is %g, not between 0 and 1", i, v)
		}
		duels[i] = eval.Duel{Won: v, Longer: utf8.RuneCountInString(ours[i]) - utf8.RuneCountInString(theirs[i]), Group: fmt.Sprint(i)}
		if groups != nil {
			duels[i].Group = groups[i]
		}
	}
	r := eval.WinRates(duels, level)
	row := newRow(3)
	row.put("rate", intervalRow(r.Rate))
	row.put("length_controlled", intervalRow(r.LengthControlled))
	row.put("longest_wins", intervalRow(r.LongestWins))
	return row, nil
}

// toldPrimitive is told(interval, none=0.5, level=0.95): what an interval says, and what would tell.
func toldPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var of *Row
	none, level := 0.5, 0.95
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "interval", &of, "none?", floatOf(&none), "level?", floatOf(&level)); err != nil {
		return nil, err
	}
	i, err := intervalOf(of, level)
	if err != nil {
		return nil, err
	}
	row := newRow(3)
	row.put("told", starlark.Bool(!i.Includes(none)))
	needed, is := countNeeded(i, none)
	row.put("needed", starlark.None)
	if is {
		row.put("needed", starlark.MakeInt(needed))
	}
	row.put("words", starlark.String(tellingWords(i, none)))
	return row, nil
}

// intervalOf reads a row that share, average or winrate gave.
func intervalOf(row *Row, level float64) (eval.Interval, error) {
	i := eval.Interval{Level: level}
	for name, into := range map[string]*float64{"value": &i.Value, "low": &i.Low, "high": &i.High} {
		v, _ := row.field(name)
		f, ok := starlark.AsFloat(v)
		if !ok {
			return i, advise("give it what share(…), average(…) or winrate(…).rate returned", "told: the row has no number %s, so it is no interval", name)
		}
		*into = f
	}
	for name, into := range map[string]*int{"n": &i.N, "groups": &i.Groups} {
		if v, ok := row.field(name); ok {
			if err := starlark.AsInt(v, into); err != nil {
				return i, fmt.Errorf("told: %s: %w", name, err)
			}
		}
	}
	return i, nil
}

// mostNeeded is a number of labels that nobody gives to tell an effect: below it there may well be none.
const mostNeeded = 100_000

func countNeeded(i eval.Interval, none float64) (int, bool) {
	needed := i.Needed(none)
	if math.IsNaN(needed) || needed > mostNeeded {
		return 0, false
	}
	return int(math.Ceil(needed)), true
}

// tellingWords says what an interval tells of a difference from none.
func tellingWords(i eval.Interval, none float64) string {
	seen := fmt.Sprintf("%.3g (%.0f %% interval %.3g to %.3g, from %d in %d groups)", i.Value, 100*i.Level, i.Low, i.High, i.N, i.Groups)
	switch {
	case math.IsNaN(i.Low) || math.IsNaN(i.High):
		return fmt.Sprintf("from %d in %d groups nothing can be said: an interval takes two groups or more", i.N, i.Groups)
	case i.Low > none:
		return fmt.Sprintf("%s lies above %.3g, which is no change", seen, none)
	case i.High < none:
		return fmt.Sprintf("%s lies below %.3g, which is no change", seen, none)
	}
	needed, ok := countNeeded(i, none)
	if !ok {
		return fmt.Sprintf("%s includes %.3g, which is no change, and no effect was seen that more of them could confirm", seen, none)
	}
	return fmt.Sprintf("%s includes %.3g, which is no change; were %.3g the truth, about %d would tell it four times out of five, which is %d more", seen, none, i.Value, needed, max(needed-i.N, 0))
}
