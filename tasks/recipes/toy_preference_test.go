package recipes_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path"
	"strings"
	"sync"
	"testing"

	"workbench/tasks/script"
)

func TestDPOLearnsWhatPeoplePrefer(t *testing.T) {
	w := newToy(t)
	pairs := w.write("pairs", comparisons(160, 3))
	settings := map[string]string{"pairs": pairs, "lr": "0.01", "rank": "4", "epochs": "3", "max_tokens": "64", "held_out": "0.25", "every": "5", "length": "8", "temperature": "0.5"}
	for _, kind := range []string{"sigmoid", "ipo"} {
		settings["kind"] = kind
		result, book, id := w.run("dpo", settings)
		if got := at(t, result, "unseen", "accuracy", "value"); got < 0.9 {
			t.Errorf("%s: the implicit reward agrees with %.2f of unseen comparisons, want at least 0.9", kind, got)
		}
		if first := metric(t, book, id, "margin", 0, 1); math.Abs(first) > 1e-5 {
			t.Errorf("%s: margin before the first step: got %g, want 0", kind, first)
		}
		if first, last := metric(t, book, id, "loss", 0, 3), metric(t, book, id, "loss", -3, 0); last >= first*0.8 {
			t.Errorf("%s: loss went from %.3f to %.3f", kind, first, last)
		}
		gap := func(from, to int) float64 {
			return metric(t, book, id, "chosen_logp", from, to) - metric(t, book, id, "rejected_logp", from, to)
		}
		if first, last := gap(0, 3), gap(-3, 0); last < first+2 {
			t.Errorf("%s: what was chosen was %.1f nats likelier than what was not, and is now %.1f", kind, first, last)
		}
		if kl := metric(t, book, id, "kl", 0, 1); math.Abs(kl) > 2 {
			t.Errorf("%s: KL after one step: got %g", kind, kl)
		}
		// What was kept is what was measured.
		kept := "runs/" + id + "/models/policy"
		again, _, _ := w.run("evaluate", map[string]string{"what": "policy", "policy": kept, "pairs": pairs, "held_out": "0.25", "max_tokens": "64", "most": "0"})
		if got, want := at(t, again, "people", "agrees", "value"), at(t, result, "unseen", "accuracy", "value"); got != want {
			t.Errorf("%s: people agree with the kept policy in %g of held-out comparisons, the run measured %g", kind, got, want)
		}
	}
}

// A judge who likes a letter, and a policy that was trained to write it: the win rate says so. The same
// policy beside itself wins half.
func TestEvaluateTellsAGainFromNone(t *testing.T) {
	w := newToy(t)
	judge := w.likes("e", 2)
	_, _, id := w.run("rloo", w.learning(map[string]string{"reward": w.likes("e", 1), "steps": "15"}))
	settings := map[string]string{"what": "policy", "judge": judge, "policy": "runs/" + id + "/models/policy", "pairs": w.write("pairs", comparisons(60, 4)), "length": "8", "temperature": "0.1", "most": "24"}
	result, book, id := w.run("evaluate", settings)
	if settled := metric(t, book, id, "rate", -1, 0); math.Abs(settled-at(t, result, "judged", "rate", "value")) > 1e-9 {
		t.Errorf("the rate as it settles ends at %v: %v", settled, result["judged"])
	}
	if low, far := at(t, result, "judged", "rate", "low"), at(t, result, "judged", "kl", "value"); low < 0.6 || far < 0.5 {
		t.Errorf("win rate of a policy that learned what the judge likes: at least %.2f, %.2f nats from its start", low, far)
	}
	if told := result["judged"].(map[string]any)["told"].(map[string]any); told["told"] != true || !strings.Contains(told["words"].(string), "lies above 0.5") {
		t.Errorf("told: %v", told)
	}
	asked := maps.Clone(settings) // the labels of rows that are only asked are nobody's judgement
	asked["pairs"], asked["prompts"] = "", w.write("asked", comparisons(60, 4))
	alone, _, _ := w.run("evaluate", asked)
	if low := at(t, alone, "judged", "rate", "low"); alone["people"] != nil || low < 0.6 || alone["judged"].(map[string]any)["rate"].(map[string]any)["groups"] != int64(24) {
		t.Errorf("on prompts that nobody compared answers to: %v", alone)
	}
	settings["against"] = settings["policy"]
	same, _, _ := w.run("evaluate", settings)
	rate := same["judged"].(map[string]any)["rate"].(map[string]any)
	if math.Abs(at(t, same, "judged", "rate", "value")-0.5) > 1e-9 || math.Abs(at(t, same, "judged", "length_controlled", "value")-0.5) > 1e-9 || math.Abs(at(t, same, "judged", "kl", "value")) > 1e-3 {
		t.Errorf("a policy beside itself: %v", same["judged"])
	}
	if rate["n"] != int64(24) || rate["groups"] != int64(24) {
		t.Errorf("the rate is of %v answers in %v groups, want 24 prompts", rate["n"], rate["groups"])
	}
}

func TestEvaluateReadsBlindComparisons(t *testing.T) {
	w := newToy(t)
	var rows []map[string]any
	for i := range 20 {
		row := map[string]any{"prompt": fmt.Sprint("q", i), "a": "one", "b": "two more", "label": "a", "model_a": "new", "model_b": "embedded", "person": fmt.Sprint("p", i%3)}
		if i%2 == 0 { // the other way round
			row["a"], row["b"], row["label"], row["model_a"], row["model_b"] = "two more", "one", "b", "embedded", "new"
		}
		switch i {
		case 0, 1, 2:
			row["label"] = map[any]string{"a": "b", "b": "a"}[row["label"]] // the new one lost
		case 3:
			row["label"] = "tie"
		case 4, 5:
			row["model_b"] = "another" // of no interest
		}
		rows = append(rows, row)
	}
	w.names = map[string]string{"new": w.likes("e", 1)}
	settings := map[string]string{"what": "people", "policy": "new", "against": "embedded", "pairs": w.write("blind", rows)}
	result, _, _ := w.run("evaluate", settings)
	if got, want := at(t, result, "rate", "value"), (18-3-0.5)/18; math.Abs(got-want) > 1e-12 {
		t.Errorf("win rate: got %g, want %g", got, want)
	}
	if got := at(t, result, "longest_wins", "value"); got != 0 {
		t.Errorf("longest wins: got %g, want 0", got)
	}
	if result["people"] != int64(3) {
		t.Errorf("people: got %v", result["people"])
	}
}

// What a reward model knew stays where comparisons say nothing about it, and gives way where they do.
func TestRewardGoesOnFromWhatItKnew(t *testing.T) {
	w := newToy(t)
	knows := w.likes("e", 1)
	settings := map[string]string{"start": knows, "pairs": w.write("pairs", comparisons(100, 5)), "held_out": "0.25", "max_tokens": "64", "rank": "0"}
	score := func(name string) float64 {
		result, _, _ := w.run("evaluate", map[string]string{"judge": name, "pairs": w.write("letters", letters(40))})
		return at(t, result, "accuracy", "value")
	}
	before := score(knows)
	for _, c := range []struct {
		keep        string
		least, most float64 // agreement with the new comparisons
	}{{"10000", 0, 0.85}, {"0.3", 0.85, 1}} {
		settings["keep"] = c.keep
		result, _, id := w.run("reward", settings)
		if got := at(t, result, "unseen", "accuracy", "value"); got < c.least || got > c.most {
			t.Errorf("keep %s: agrees with %.2f of new comparisons, want %g to %g (%.2f at the start)", c.keep, got, c.least, c.most, at(t, result, "start", "accuracy", "value"))
		}
		if got := score("runs/" + id + "/models/reward"); got < before-0.15 {
			t.Errorf("keep %s: agrees with %.2f of what it knew, and did with %.2f", c.keep, got, before)
		}
	}
}

// letters are comparisons in which the text with more of the letter e was preferred.
func letters(n int) (rows []map[string]any) {
	for i := range n {
		few, many := fmt.Sprintf("xa%cyqbo", 'a'+i%20), fmt.Sprintf("eae%ceqe", 'a'+i%20)
		row := map[string]any{"prompt": fmt.Sprint("q", i), "a": few, "b": many, "label": "b"}
		if i%2 == 0 {
			row["a"], row["b"], row["label"] = many, few, "a"
		}
		rows = append(rows, row)
	}
	return rows
}

// Little data says little, and breaks nothing.
func TestRewardTakesWhatThereIs(t *testing.T) {
	w := newToy(t)
	knows := w.likes("e", 1)
	for name, rows := range map[string][]map[string]any{"ten": letters(10), "ties": letters(12), "one group": letters(12)} {
		for _, row := range rows {
			switch name {
			case "ties":
				row["label"] = "tie"
			case "one group":
				row["group"] = "g"
			}
		}
		result, _, _ := w.run("reward", map[string]string{"start": knows, "pairs": w.write(strings.ReplaceAll(name, " ", "_"), rows), "max_tokens": "64", "rank": "0"})
		_, measured := result["unseen"].(map[string]any)
		if trained := result["pairs"].(map[string]any)["train"].(int64); trained < 9 || measured != (name == "ten") {
			t.Errorf("%s: trained on %d comparisons, and measured %v", name, trained, result["unseen"])
		}
	}
}

// toyRuns lets a flow start runs of the toy.
type toyRuns struct {
	*toy
	mu      sync.Mutex
	started []string
}

// Start runs a recipe.
func (r *toyRuns) Start(_ context.Context, _, recipe string, params map[string]any) (script.FlowRun, error) {
	texts := map[string]string{}
	for name, v := range params {
		texts[name] = fmt.Sprint(v)
	}
	result, book, id := r.run(recipe, texts)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = append(r.started, recipe)
	out := script.FlowRun{ID: id, Result: result}
	kept, err := book.Checkpoints(id)
	for _, c := range kept {
		if path.Base(path.Dir(c.Path)) == "models" {
			out.Models = append(out.Models, c.Path)
		}
	}
	return out, err
}

func TestLearnGoesFromComparisonsToAVerdict(t *testing.T) {
	w := newToy(t)
	w.names = map[string]string{"carried:reward": w.likes("e", 1)}
	all := comparisons(100, 6)
	ties, one := letters(40), letters(40)
	for i := range ties {
		ties[i]["label"], one[i]["group"] = "tie", "g"
	}
	for _, c := range []struct {
		pairs    []map[string]any
		settings map[string]string
		stages   []string
		says     []string
	}{
		{all, map[string]string{"lr": "0.02"}, []string{"reward", "dpo", "evaluate"}, []string{"People's held-out comparisons", "lies above 0.5", "The reward model carried:reward"}},
		{all, map[string]string{"least": "90"}, []string{"reward"}, []string{"comparisons that people decided are there", "a policy wants at least 90", "No policy was trained"}},
		{ties, map[string]string{}, []string{"reward"}, []string{"Only 0 comparisons that people decided"}},
		{one, map[string]string{}, []string{"reward"}, []string{"All 40 comparisons are of one group"}},
	} {
		s := newShop(t, polite{})
		runs := &toyRuns{toy: w}
		s.runs = runs
		c.settings["pairs"], c.settings["tokens"] = w.write("comparisons", c.pairs), "8"
		s.start("learn", c.settings, w)
		s.work([]string{"ann"}, 0, nil)
		rows, of := s.rows("evaluations")
		if len(rows) != 1 || len(of[0]) != len(c.stages) || strings.Join(runs.started, " ") != strings.Join(c.stages, " ") {
			t.Fatalf("%v: %d rows that cite %v, after %v", c.settings, len(rows), of, runs.started)
		}
		for _, want := range c.says {
			if verdict := rows[0]["verdict"].(string); !strings.Contains(verdict, want) {
				t.Errorf("%v: the verdict %q does not say %q", c.settings, verdict, want)
			}
		}
	}
}
