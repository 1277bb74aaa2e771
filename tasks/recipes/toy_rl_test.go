package recipes_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"workbench/engine/runs"
	"workbench/tasks/script"
)

// liking fits a head to comparisons of random letters, in which people prefer more of one letter.
const liking = `base  = param.model("embedded", "base")
pairs = param.dataset("", "comparisons")
liked = base.frozen().with_head("scalar", zero = True)
def run():
    rows = [{"prompt": r.prompt, "response": text} for r in pairs for text in (r.a, r.b)]
    fit  = liked.fit_head(dataset(rows).tokens(base), [(2 * i, 2 * i + 1, 1.0) for i in range(len(pairs))], decay = 0.01)
    liked.center(mean([s for b in dataset(rows).tokens(base).batches(64) for s in liked.reward(b.tokens)]))
    checkpoint("liked", liked)
    return fit
`

// likes makes a reward model that likes a letter, or after a - dislikes it, and returns its name. Other
// seeds see other texts.
func (w *toy) likes(letter string, seed uint64) string {
	w.t.Helper()
	random := rand.New(rand.NewPCG(seed, 2))
	letter, disliked := strings.CutPrefix(letter, "-")
	preferred, other := 0.6, 0.0
	if disliked {
		preferred, other = other, preferred
	}
	text := func(share float64) string {
		var b strings.Builder
		for range 8 {
			if random.Float64() < share {
				b.WriteString(letter)
			} else {
				b.WriteByte(byte(' ' + random.IntN(95)))
			}
		}
		return b.String()
	}
	var rows []map[string]any
	for i := range 150 {
		rows = append(rows, map[string]any{"prompt": fmt.Sprint("q", i%10), "a": text(preferred), "b": text(other), "label": "a"})
	}
	s, err := script.Parse("liking", liking)
	if err != nil {
		w.t.Fatal(err)
	}
	result, _, id := w.runScript(s, map[string]string{"pairs": w.write(fmt.Sprint("liking", seed), rows)})
	if got := at(w.t, result, "accuracy"); got < 0.9 {
		w.t.Fatalf("the toy's reward model agrees with %.2f of its comparisons", got)
	}
	return "runs/" + id + "/models/liked"
}

// asked are prompts of the toy's world.
func (w *toy) asked() string {
	var rows []map[string]any
	for i := range 32 {
		rows = append(rows, map[string]any{"prompt": fmt.Sprint("q", i)})
	}
	return w.write("asked", rows)
}

// metric is the mean of a metric over the first or the last steps.
func metric(t *testing.T, book *runs.Book, id, name string, from, to int) float64 {
	t.Helper()
	points, err := book.Metrics(id, name)
	if err != nil || len(points) == 0 {
		t.Fatalf("metric %s: %d points, %v", name, len(points), err)
	}
	if from < 0 {
		from, to = len(points)+from, len(points)
	}
	return meanOf(points[from:to])
}

func mustRun(t *testing.T, book *runs.Book, id string) runs.Run {
	t.Helper()
	run, err := book.Run(id)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// learning are settings with which the toy's policies learn in some seconds: a random model is nearly
// indifferent, so that only a low temperature makes it choose.
func (w *toy) learning(changes map[string]string) map[string]string {
	settings := map[string]string{
		"prompts": w.asked(), "steps": "30", "max_tokens": "8", "max_prompt": "64", "temperature": "0.1", "beta": "0.01",
		"must_end": "false", "lr": "0.05", "rank": "4", "k": "4", "batch": "16",
	}
	for name, v := range changes {
		settings[name] = v
	}
	return settings
}

func TestRLOORaisesItsReward(t *testing.T) {
	w := newToy(t)
	reward, gold := w.likes("e", 1), w.likes("e", 2)
	result, book, id := w.run("rloo", w.learning(map[string]string{"reward": reward, "gold": gold}))
	for _, judge := range []string{"reward", "gold"} {
		before, after := at(t, result, "start", judge, "value"), at(t, result, "end", judge, "value")
		if after < before+4 {
			t.Errorf("%s of answers went from %.2f to %.2f; want it to rise by 4", judge, before, after)
		}
		if first, last := metric(t, book, id, judge, 0, 3), metric(t, book, id, judge, -3, 0); last < first+3 {
			t.Errorf("metric %s went from %.2f to %.2f; want it to rise by 3", judge, first, last)
		}
	}
	reads, err := book.ReadCounts(mustRun(t, book, id))
	if err != nil || len(reads) != 1 || reads[0].Used != 32 || reads[0].HeldOut != 0 {
		t.Errorf("of 32 prompts its record says %+v, %v; want that it was given all", reads, err)
	}
	free := metric(t, book, id, "kl", -5, 0)
	if k3 := metric(t, book, id, "kl_k3", -5, 0); free < 2 || k3 < free/2 || k3 > 2*free {
		t.Errorf("KL of what has learned: got %.2f and by the other estimator %.2f nats", free, k3)
	}
	// What was kept answers as the trained policy did, is trained further, and is then where KL counts from.
	again, book, id := w.run("rloo", w.learning(map[string]string{"reward": reward, "policy": "runs/" + id + "/models/policy", "steps": "2", "rank": "7"}))
	if got, want := at(t, again, "start", "reward", "value"), at(t, result, "end", "reward", "value"); got < want-2 || got > want+2 {
		t.Errorf("reward of the kept policy: got %.2f, the run ended at %.2f", got, want)
	}
	if got := metric(t, book, id, "kl", 0, 1); got > 1e-3 || got < -1e-3 {
		t.Errorf("KL of a kept policy from itself: got %g", got)
	}
	// A nat that costs more is spent less.
	_, book, id = w.run("rloo", w.learning(map[string]string{"reward": reward, "beta": "10"}))
	if dear := metric(t, book, id, "kl", -5, 0); dear > free/2 {
		t.Errorf("KL with beta 10: got %.2f nats, with 0.01 %.2f; want less than half", dear, free)
	}
}

// A second reward model that likes the opposite falls while the first rises, and the run says so.
func TestRLOOSaysWhenToAskPeople(t *testing.T) {
	w := newToy(t)
	_, book, id := w.run("rloo", w.learning(map[string]string{"reward": w.likes("e", 1), "gold": w.likes("-e", 2), "batch": "8"}))
	if first, last := metric(t, book, id, "gold", 0, 3), metric(t, book, id, "gold", -3, 0); last > first-1 {
		t.Fatalf("gold that dislikes what is rewarded went from %.2f to %.2f", first, last)
	}
	said, err := book.Said(id)
	if err != nil || !slices.ContainsFunc(said, func(s runs.Say) bool { return strings.Contains(s.Text, "the reward rises while gold falls") }) {
		t.Errorf("want a word that people must be asked, the run said %v (%v)", said, err)
	}
}

func TestRLOOTeachesAnswersToEnd(t *testing.T) {
	w := newToy(t)
	_, book, id := w.run("rloo", w.learning(map[string]string{"reward": w.likes("e", 1), "must_end": "true", "unended": "-30", "max_tokens": "24", "lr": "0.02", "k": "8"}))
	if first, last := metric(t, book, id, "ended", 0, 3), metric(t, book, id, "ended", -3, 0); last < 0.9 || first > 0.6 {
		t.Errorf("answers that ended by themselves went from %.2f to %.2f; want nearly all", first, last)
	}
}

func TestPPORaisesItsReward(t *testing.T) {
	w := newToy(t)
	settings := w.learning(map[string]string{
		"reward": w.likes("e", 1), "gold": w.likes("e", 2), "steps": "40", "batch": "32", "minibatch": "16", "target": "3", "horizon": "200",
		"normalise": "mean and deviation",
	})
	delete(settings, "k")
	result, book, id := w.run("ppo", settings)
	for _, judge := range []string{"reward", "gold"} {
		before, after := at(t, result, "start", judge, "value"), at(t, result, "end", judge, "value")
		if after < before+4 {
			t.Errorf("%s of answers went from %.2f to %.2f; want it to rise by 4", judge, before, after)
		}
	}
	if first, last := metric(t, book, id, "value_loss", 0, 5), metric(t, book, id, "value_loss", -5, 0); last > first/10 {
		t.Errorf("loss of the values went from %.2f to %.2f; want a tenth", first, last)
	}
	// The KL is above its target of 3 nats all the time, so each nat must have become dearer.
	if kl, beta := metric(t, book, id, "kl", 5, 10), metric(t, book, id, "beta", -1, 0); kl < 3 || beta < 0.02 {
		t.Errorf("KL of %.2f nats with a target of 3: beta went from 0.01 to %.3f, want it to double at least", kl, beta)
	}
}

func TestBestOfNChoosesAndTeaches(t *testing.T) {
	w := newToy(t)
	settings := w.learning(map[string]string{"reward": w.likes("e", 1), "gold": w.likes("e", 2), "n": "8", "batch": "8", "epochs": "20", "lessons": "8", "lr": "0.03"})
	delete(settings, "k")
	delete(settings, "beta")
	delete(settings, "steps")
	result, book, id := w.run("best_of_n", settings)
	curve := result["best_of"].([]any)
	if len(curve) != 8 {
		t.Fatalf("best of 1 to 8 has %d rows", len(curve))
	}
	// Each of more is better by what chooses, and by who looks on; one of one is the mean of all.
	for _, judge := range []string{"reward", "gold"} {
		last := math.Inf(-1)
		for _, row := range curve {
			now := at(t, row.(map[string]any), judge, "value")
			if judge == "reward" && now < last {
				t.Errorf("%s of the best falls from %.2f to %.2f", judge, last, now)
			}
			last = now
		}
		if one := at(t, curve[0].(map[string]any), judge, "value"); last < one+2 {
			t.Errorf("%s: the best of 8 is worth %.2f, one %.2f; want 2 more", judge, last, one)
		}
	}
	if got, want := at(t, curve[0].(map[string]any), "reward", "value"), metric(t, book, id, "reward", 0, 4); math.Abs(got-want) > 1e-9 {
		t.Errorf("best of 1: got %.4f, the mean of all answers is %.4f", got, want)
	}
	if got, want := at(t, curve[7].(map[string]any), "kl"), math.Log(8)-7.0/8; math.Abs(got-want) > 1e-12 {
		t.Errorf("KL of the best of 8: got %g, want %g", got, want)
	}
	for _, judge := range []string{"reward", "gold"} { // imitating what was chosen brings a part of it
		if before, after := at(t, result, "start", judge, "value"), at(t, result, "end", judge, "value"); after < before+1 {
			t.Errorf("%s of answers went from %.2f to %.2f by imitating the best; want it to rise by 1", judge, before, after)
		}
	}
	if first, last := metric(t, book, id, "loss", 0, 4), metric(t, book, id, "loss", -4, 0); first < 0 || last > first-0.3 {
		t.Errorf("-log p of a token of the chosen answers went from %.2f to %.2f; want it to be positive and fall by 0.3", first, last)
	}
	rows, err := os.ReadFile(filepath.Join(w.folder, "runs", id, "data", "chosen.jsonl"))
	if err != nil || strings.Count(string(rows), "\n") != 32 || result["chosen"] != int64(32) {
		t.Errorf("kept %d chosen answers (%v), the result says %v; want 32", strings.Count(string(rows), "\n"), err, result["chosen"])
	}
	settings["epochs"] = "0"
	if result, _, _ := w.run("best_of_n", settings); result["end"] != nil || len(result["best_of"].([]any)) != 8 {
		t.Errorf("without epochs: got %v, want a curve and no end", result)
	}
}

// A run that is stopped and resumed has the curve of one that was not.
func TestReinforcementResumesExactly(t *testing.T) {
	w := newToy(t)
	reward := w.likes("e", 1)
	for _, c := range []struct {
		recipe  string
		leave   []string // of the settings of all
		changes map[string]string
		stops   int
	}{
		{"rloo", nil, map[string]string{"steps": "4", "batch": "4"}, 2},
		{"ppo", []string{"k"}, map[string]string{"steps": "4", "batch": "8", "target": "2", "horizon": "20"}, 3},
		{"best_of_n", []string{"k", "beta", "steps"}, map[string]string{"n": "3", "limit": "16", "lessons": "8"}, 3}, // before the chosen are learned from
		{"best_of_n", []string{"k", "beta", "steps"}, map[string]string{"n": "3", "limit": "16", "lessons": "8", "batch": "8"}, 3},
	} {
		settings := w.learning(c.changes)
		settings["reward"], settings["gold"] = reward, reward
		for _, name := range c.leave {
			delete(settings, name)
		}
		var last [2]map[string]float64
		for i, after := range []int{0, c.stops} {
			w.stopAfter = after
			_, book, id := w.run(c.recipe, settings)
			points, err := book.Metrics(id)
			if err != nil {
				t.Fatal(err)
			}
			if run, err := book.Run(id); err != nil || (run.Resumed > 0) != (after > 0) {
				t.Fatalf("recipe %s stopped after %d steps: resumed %d times, %v", c.recipe, after, run.Resumed, err)
			}
			last[i] = runs.Last(points)
		}
		w.stopAfter = 0
		if !reflect.DeepEqual(last[0], last[1]) {
			t.Errorf("recipe %s: resumed after %d steps it came to\n%v, otherwise to\n%v", c.recipe, c.stops, last[1], last[0])
		}
	}
}
