package recipes_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/tasks/recipes"
	"workbench/tasks/script"
)

// toy runs recipes with a random model of two layers on data made up here.
type toy struct {
	t      *testing.T
	folder string
	find   func(name string) ([]string, error) // nil: datasets by path
	models script.Models                       // nil: the toy's own
	names  map[string]string                   // models that have another name than their path
	// stopAfter so many steps a run is stopped and resumed; 0: never.
	stopAfter int
}

func newToy(t *testing.T) *toy {
	enginetest.Runtime(t)
	return &toy{t: t, folder: t.TempDir()}
}

// write lays out a dataset and returns its path.
func (w *toy) write(name string, rows []map[string]any) string {
	w.t.Helper()
	path := filepath.Join(w.folder, name+".jsonl")
	f, err := os.Create(path)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		if err := json.NewEncoder(f).Encode(row); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// Find takes datasets by path.
func (w *toy) Find(name string) ([]string, error) {
	if w.find != nil {
		return w.find(name)
	}
	if _, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("dataset %s: %w", name, fs.ErrNotExist)
	}
	return []string{name}, nil
}

// Open gives the stand-in for embedded, and what a run kept for any other name.
func (w *toy) Open(_ context.Context, name string) (*weights.Model, error) {
	m, err := script.StandIn(5)
	if err != nil || name == "embedded" {
		return m, err
	}
	if path, is := w.names[name]; is {
		name = path
	}
	return m.LoadAdapter(filepath.Join(w.folder, filepath.FromSlash(name)))
}

// run runs a recipe to its end and returns its result and its record.
func (w *toy) run(name string, params map[string]string) (map[string]any, *runs.Book, string) {
	w.t.Helper()
	recipe, err := recipes.Find(name)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := script.Parse(recipe.Name, recipe.Text)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.runScript(s, params)
}

// runScript is run for any script.
func (w *toy) runScript(s *script.Script, params map[string]string) (map[string]any, *runs.Book, string) {
	w.t.Helper()
	name := s.Name
	declared, err := s.Describe()
	if err != nil {
		w.t.Fatal(err)
	}
	values, err := script.Values(declared, params)
	if err != nil {
		w.t.Fatal(err)
	}
	book := runs.NewBook(&runs.Memory{}, nil)
	record, err := book.Start(runs.Run{Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	host := script.Host{
		Models: cmp.Or[script.Models](w.models, w), Datasets: w, Record: record, Device: &enginetest.Device{}, Seed: 1, Folder: w.folder,
		Progress: func(p script.Progress) {
			if p.Say != "" {
				w.t.Log(p.Say)
			}
			if p.Steps > 0 && p.Step+1 == w.stopAfter {
				stop()
			}
		},
	}
	result, err := s.Run(ctx, host, values)
	if errors.Is(err, context.Canceled) {
		if host.Record, err = book.Resume(record.ID()); err == nil {
			result, err = s.Run(w.t.Context(), host, values)
		}
	}
	if err != nil {
		w.t.Fatalf("recipe %s: %v", name, err)
	}
	return result.Value.(map[string]any), book, record.ID()
}

// at reads a number of a result by the names that lead to it.
func at(t *testing.T, result map[string]any, path ...string) float64 {
	t.Helper()
	var v any = result
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%v: there is no %s in %v", path, name, v)
		}
		v = m[name]
	}
	f, ok := v.(float64)
	if !ok {
		t.Fatalf("%v is %v, not a number", path, v)
	}
	return f
}

func meanOf(points []runs.Metric) float64 {
	sum := 0.0
	for _, p := range points {
		sum += p.Value
	}
	return sum / float64(len(points))
}

// comparisons are pairs in which people like the answer with a kind word, of which each side is
// longer equally often.
func comparisons(n int, seed uint64) []map[string]any {
	random := rand.New(rand.NewPCG(seed, 1))
	kind, rude := []string{"thanks", "please", "gladly"}, []string{"NO!!!", "WHAT??", "NEVER!"}
	var rows []map[string]any
	for i := range n {
		good, bad := kind[random.IntN(3)], rude[random.IntN(3)]
		if random.IntN(2) == 0 {
			good += " and so on"
		} else {
			bad += " AND SO ON"
		}
		row := map[string]any{"prompt": fmt.Sprintf("q%d", i/2), "a": good, "b": bad, "label": "a", "group": fmt.Sprint(i / 2)}
		if random.IntN(2) == 0 {
			row["a"], row["b"], row["label"] = bad, good, "b"
		}
		switch i % 10 {
		case 7:
			row["label"] = "tie"
		case 8:
			row["votes"] = []map[string]any{{"worker": "w1", "label": row["label"]}, {"worker": "w2", "label": row["label"]}, {"worker": "w3", "label": "tie"}}
		case 9:
			row["label"] = nil // no majority
		}
		rows = append(rows, row)
	}
	return rows
}

func TestRewardLearnsWhatPeopleLike(t *testing.T) {
	w := newToy(t)
	pairs := w.write("pairs", comparisons(160, 1))
	result, book, id := w.run("reward", map[string]string{
		"pairs": pairs, "lr": "0.02", "rank": "4", "answers": "16", "epochs": "4", "max_tokens": "64", "held_out": "0.25", "heads": "2", "decay": "1",
	})
	fitted, after := at(t, result, "fitted", "accuracy", "value"), at(t, result, "unseen", "accuracy", "value")
	if after < 0.9 || after < fitted {
		t.Errorf("accuracy on unseen pairs: %.2f with the fitted head, %.2f after training; want at least 0.9", fitted, after)
	}
	if spread := at(t, result, "unseen", "head_spread"); spread <= 0 {
		t.Errorf("spread of the heads: got %g, want them to differ", spread)
	}
	if gain := at(t, result, "unseen", "gain_over_longer", "low"); gain <= 0 {
		t.Errorf("gain over the longer answer: its interval begins at %.2f", gain)
	}
	loss, err := book.Metrics(id, "loss")
	if err != nil || len(loss) < 20 || meanOf(loss[len(loss)-10:]) >= meanOf(loss[:10]) {
		t.Errorf("loss over the steps: %v (%v), want the last ten lower than the first", loss, err)
	}
	// The kept model, opened again by another recipe, agrees with people as it did, and its mean is 0.
	again, _, _ := w.run("evaluate", map[string]string{"judge": "runs/" + id + "/models/reward", "pairs": pairs, "held_out": "0.25", "max_tokens": "64"})
	if got := at(t, again, "accuracy", "value"); got != after {
		t.Errorf("accuracy of the kept model on the same held-out pairs: got %g, the run measured %g", got, after)
	}
}

// TestRewardLearnsFromRankings ranks four answers to each prompt, so that each meets the three others.
func TestRewardLearnsFromRankings(t *testing.T) {
	w := newToy(t)
	var rows []map[string]any
	answers := []string{"gladly please", "gladly", "WHAT", "NEVER!!! WHAT??"} // best first
	for q := range 40 {
		for i := range answers {
			for k := i + 1; k < len(answers); k++ {
				row := map[string]any{"prompt": fmt.Sprint("q", q), "a": answers[i], "b": answers[k], "label": "a", "group": q}
				if (q+i+k)%2 == 0 {
					row["a"], row["b"], row["label"] = answers[k], answers[i], "b"
				}
				rows = append(rows, row)
			}
		}
	}
	pairs := w.write("pairs", rows)
	for _, rank := range []string{"4", "0"} { // 0: the head alone
		result, book, id := w.run("reward", map[string]string{
			"pairs": pairs, "lr": "0.02", "rank": rank, "answers": "8", "epochs": "4", "max_tokens": "64", "held_out": "0.25",
		})
		if train, test := result["pairs"].(map[string]any)["train"], result["pairs"].(map[string]any)["test"]; train != int64(180) || test != int64(60) {
			t.Errorf("rank %s: got %v and %v pairs, want 30 and 10 prompts of 6", rank, train, test)
		}
		if loss, err := book.Metrics(id, "loss"); err != nil || rank != "0" && len(loss) < 20 || rank == "0" && len(loss) > 0 {
			t.Errorf("rank %s: loss over the steps: %v (%v)", rank, loss, err)
		}
		unseen := at(t, result, "unseen", "accuracy", "value")
		if unseen < 0.85 {
			t.Errorf("rank %s: accuracy on unseen prompts: got %.2f, want at least 0.85", rank, unseen)
		}
		again, _, _ := w.run("evaluate", map[string]string{"judge": "runs/" + id + "/models/reward", "pairs": pairs, "held_out": "0.25", "max_tokens": "64"})
		if got := at(t, again, "accuracy", "value"); got != unseen {
			t.Errorf("rank %s: accuracy of the kept model: got %g, the run measured %g", rank, got, unseen)
		}
	}
}

func TestTheTwentyLinesLearnToo(t *testing.T) {
	w := newToy(t)
	rows := comparisons(200, 2)
	result, _, _ := w.run("first", map[string]string{"pairs": w.write("pairs", rows), "lr": "0.03"})
	if got := at(t, result, "value"); got < 0.85 {
		t.Errorf("accuracy on unseen pairs: got %.2f, want at least 0.85", got)
	}
}

func TestSFTImitates(t *testing.T) {
	w := newToy(t)
	var rows []map[string]any
	for i := range 60 {
		rows = append(rows, map[string]any{"prompt": fmt.Sprint("count ", i), "response": "one two three"})
		if i%3 == 0 {
			rows[i] = map[string]any{"instruction": fmt.Sprint("count on ", i), "instances": []any{map[string]any{"input": "", "output": "one two three"}}}
		}
	}
	data := w.write("data", rows)
	for _, c := range []struct {
		rank, lr string
		share    float64 // of the perplexity that may be left; an adapter cannot reach the random embedding
	}{{"4", "0.05", 0.8}, {"0", "0.01", 0.25}} {
		result, _, _ := w.run("sft", map[string]string{"data": data, "rank": c.rank, "lr": c.lr, "epochs": "4", "batch": "8", "max_tokens": "128", "every": "5"})
		before, after := at(t, result, "before", "perplexity"), at(t, result, "after", "perplexity")
		if after > before*c.share {
			t.Errorf("rank %s: perplexity of held-out responses went from %.1f to %.1f; want at most %g of it", c.rank, before, after, c.share)
		}
	}
}

func TestPerplexityOfARandomModelIsNearItsVocabulary(t *testing.T) {
	w := newToy(t)
	texts := w.write("texts", []map[string]any{{"text": "Call me Ishmael."}, {"text": "It was the best of times."}})
	result, _, _ := w.run("evaluate", map[string]string{"what": "perplexity", "texts": texts})
	if got := at(t, result, "perplexity"); got < 150 || got > 400 {
		t.Errorf("perplexity of a random model over 258 tokens: got %.1f", got)
	}
}

// preferences finds datasets among the shared preference files.
type preferences struct{ *toy }

func (p preferences) Find(name string) ([]string, error) {
	return []string{enginetest.Data(p.t, "preferences/"+name+".jsonl.gz")}, nil
}

// Every file of shared human comparisons goes through the recipe, ties, votes and joined texts too.
func TestRewardTakesEveryPreferenceFile(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 14,000 comparisons")
	}
	w := newToy(t)
	w.find = preferences{w}.Find
	const sources = "hh_harmless,pandalm_human,llmbar,oasst_rankings,squality_summary_comparisons,convincingness_pairs"
	result, book, id := w.run("reward", map[string]string{
		"pairs": sources, "arguments": "convincingness_arguments", "limit": "4", "measured": "6", "max_tokens": "48", "answers": "8", "rank": "2",
	})
	pairs := result["pairs"].(map[string]any)
	if pairs["train"] != int64(24) || pairs["test"] != int64(36) {
		t.Errorf("pairs: got %v, want 4 and 6 of each of 6 sources", pairs)
	}
	bySource := result["unseen"].(map[string]any)["by_source"].(map[string]any)
	for _, name := range strings.Split(sources, ",") {
		if n := at(t, result, "unseen", "by_source", name, "accuracy", "value"); n < 0 || n > 1 {
			t.Errorf("%s: accuracy %g", name, n)
		}
	}
	if len(bySource) != 6 {
		t.Errorf("sources: got %v", bySource)
	}
	run, err := book.Run(id)
	if err != nil || len(run.Inputs) != 8 { // six sources, the arguments, the model
		t.Errorf("cited inputs: got %+v, %v", run.Inputs, err)
	}
}
