package runs

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// curve makes a metric of a function of the step.
func curve(name string, n int, at func(i float64) float64) (all []Metric) {
	for i := range n {
		all = append(all, Metric{Step: i, Name: name, Value: at(float64(i))})
	}
	return all
}

func flat(v float64) func(float64) float64 { return func(float64) float64 { return v } }

// wave is noise that a rule must not mistake for a change.
func wave(middle, height float64) func(float64) float64 {
	return func(i float64) float64 { return middle + height*math.Sin(2.4*i) }
}

func line(from, slope float64) func(float64) float64 {
	return func(i float64) float64 { return from + slope*i }
}

// from is one value before a step, and another from it on.
func from(step, before, after float64) func(float64) float64 {
	return func(i float64) float64 {
		if i < step {
			return before
		}
		return after
	}
}

var diagnosed = []struct {
	name string
	sick []Metric
	step int    // where it begins
	says string // a part of what is seen
	well []Metric
}{
	{
		"loss not finite", curve("loss", 12, from(7, 0.5, math.NaN())), 7, "NaN at step 7",
		curve("loss", 12, line(0.7, -0.01)),
	},
	{
		"nothing is learned", curve("grad_norm", 10, from(4, 0.5, 0)), 4, "exactly 0 over steps 4 to 6",
		curve("grad_norm", 10, func(i float64) float64 { return math.Mod(i, 3) }), // now and then a batch has nothing
	},
	{
		"KL negative", curve("kl", 12, from(3, 0, -2)), 3, "-2 nats an answer over steps 3 to 7",
		curve("kl", 12, wave(0, 1.5)), // noise of few samples about 0
	},
	{
		"KL explodes", curve("kl", 30, line(0, 3)), 17, "54 nats an answer over steps 17 to 19",
		curve("kl", 30, line(0, 1)),
	},
	{
		"entropy collapses", curve("entropy", 30, func(i float64) float64 { return 2 * math.Exp(-i/5) }), 7, "fell from 1.",
		curve("entropy", 30, line(2, -0.04)),
	},
	{
		"length drifts", curve("length", 20, line(20, 2)), 7, "Answers went from 24 tokens over steps 0 to 4 to",
		curve("length", 20, wave(24, 5)),
	},
	{
		"no end of text", curve("ended", 10, flat(0)), 0, "0 % of answers ended by themselves over steps 0 to 2",
		curve("ended", 10, wave(0.3, 0.3)),
	},
	{
		"reward without gain", append(curve("reward", 40, line(0, 0.05)), curve("gold", 40, line(0.5, -0.01))...), 30, "the reward rose by 1.5",
		append(curve("reward", 40, line(0, 0.05)), curve("gold", 40, line(0, 0.02))...),
	},
	{
		"gradient spikes", curve("grad_norm", 30, func(i float64) float64 {
			if i == 21 {
				return 40
			}
			return 1 + 0.3*math.Sin(i)
		}), 21, "40 at step 21",
		curve("grad_norm", 30, wave(2, 1.9)),
	},
	{
		"reward model at 50 %", curve("accuracy", 60, wave(0.5, 0.1)), 40, "right about",
		curve("accuracy", 60, line(0.5, 0.003)),
	},
	{
		"chosen log-probability falls", append(curve("chosen_logp", 50, line(-40, -0.5)), curve("margin", 50, line(0, 0.1))...), 40, "fell from -42",
		append(curve("chosen_logp", 50, wave(-40, 4)), curve("margin", 50, line(0, 0.1))...),
	},
}

func TestEachRuleFindsItsFailureAndNoOther(t *testing.T) {
	if len(diagnosed) != len(rules) {
		t.Errorf("%d curves for %d rules", len(diagnosed), len(rules))
	}
	for _, d := range diagnosed {
		all := Diagnose(Run{}, d.sick, nil)
		i := slices.IndexFunc(all, func(found Diagnosis) bool { return found.Name == d.name })
		switch {
		case i < 0:
			t.Errorf("%s: not found; found %v", d.name, all)
			continue
		case len(all) > 1:
			t.Errorf("%s: found besides: %v", d.name, all)
		}
		if got := all[i]; got.Step != d.step || !strings.Contains(got.Seen, d.says) || got.Why == "" || got.Next == "" {
			t.Errorf("%s: got %+v, want step %d and %q", d.name, got, d.step, d.says)
		}
		if all := Diagnose(Run{}, d.well, nil); len(all) > 0 {
			t.Errorf("%s: in a curve that has nothing: %v", d.name, all)
		}
		if all := Diagnose(Run{}, d.sick[:min(2, len(d.sick))], nil); len(all) > 0 {
			t.Errorf("%s: after two steps: %v", d.name, all)
		}
	}
}

// A run that its loss has ended says so, though that loss was never logged.
func TestALossThatEndedTheRun(t *testing.T) {
	run := Run{Status: Failed, Error: "step 5: loss: not a finite number; the last good checkpoint is x"}
	all := Diagnose(run, curve("loss", 5, flat(1)), nil)
	if len(all) != 1 || all[0].Name != "loss not finite" || all[0].Step != 5 {
		t.Errorf("got %+v, want one at step 5", all)
	}
	if all := Diagnose(Run{Status: Failed, Error: "the disk is full"}, curve("loss", 5, flat(1)), nil); len(all) > 0 {
		t.Errorf("for a full disk: got %+v", all)
	}
}

// What a script says about the same failure is not said twice; the rest stays.
func TestWhatAScriptSaysIsNotSaidTwice(t *testing.T) {
	book := NewBook(&Memory{}, nil)
	r, err := book.Start(Run{Name: "r"})
	if err != nil {
		t.Fatal(err)
	}
	for step := range 12 {
		if err := r.Log(step, map[string]float64{"kl": -2}); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []Say{{3, "the KL is negative: look at top_p"}, {3, "answers rhyme"}, {3, "answers rhyme"}, {9, "nobody rhymes"}} {
		if err := r.Say(s.Step, s.Text); err != nil {
			t.Fatal(err)
		}
	}
	old := SampleTable{Step: 7, Name: "watch", Columns: []string{"say"}, Rows: [][]any{{"as it was kept before"}}}
	if err := r.LogSamples(old); err != nil {
		t.Fatal(err)
	}
	all, err := book.Diagnoses(r.Run())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range all {
		got = append(got, fmt.Sprint(d.Step, " ", d.Name, " ", d.Seen))
	}
	want := []string{"0 KL negative The KL from the reference was -2 nats an answer over steps 0 to 4.", "3 watch answers rhyme", "7 watch as it was kept before", "9 watch nobody rhymes"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
