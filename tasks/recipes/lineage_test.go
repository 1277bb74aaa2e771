package recipes_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/storage"
	"workbench/storage/dataset"
	"workbench/tasks/form"
	"workbench/tasks/lineage"
	"workbench/tasks/script"
)

// halving learns a reward from some of the training side, and says from what.
const halving = `base   = param.model("embedded", "base")
pairs  = param.dataset("", "comparisons")
reward = base.adapter(rank = 2).with_head("scalar", zero = True)
def loss(b):
    return mean(softplus(-b.sign * (reward.reward(b.a) - reward.reward(b.b))))
def run():
    clear       = comparisons(pairs).filter(lambda r: r.label != "tie").map(lambda r: r | {"sign": 1 if r.label == "a" else -1})
    train, test = clear.split(by = "group", test = 0.3)
    train       = train.shuffled(seed = 3).head(len(train) - 2)
    tokens      = train.tokens(base, a = ("prompt", "a"), b = ("prompt", "b"))
    step        = trainer(loss, of = [reward], optimizer = adamw(1e-3))
    for batch in loop(tokens.batches(4)):
        log(**step(batch))
    checkpoint("liked", reward)
    right = [r.label for r in test]
    return {"train": train.column("prompt"), "test": [r.prompt for r in test]}
`

// following trains a policy on what a reward model says.
const following = `base    = param.model("embedded", "base")
liked   = param.model("liked", "reward model")
policy  = base.adapter(rank = 2)
def loss(b):
    return -sum(b.weight * policy.logp(b.tokens))
def run():
    rows   = [{"prompt": "q", "response": text} for text in ("thanks", "NEVER!")]
    step   = trainer(loss, of = [policy], optimizer = adamw(1e-3))
    for batch in loop(dataset(rows).tokens(base).batches(2)):
        log(**step(batch.with_columns(weight = liked.reward(batch.tokens))))
    checkpoint("policy", policy)
`

// records is a data folder in which runs are recorded as a server does it.
type records struct {
	*shop
	data *dataset.Register
	book *runs.Book
}

func (s *shop) records() *records {
	s.t.Helper()
	data, err := dataset.OpenRegister(s.store, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := data.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return &records{s, data, runs.NewBook(s.store, nil)}
}

// Find takes the rows as they are now.
func (r *records) Find(name string) ([]string, error) {
	at, err := r.data.Find(r.t.Context(), name)
	return []string{at}, err
}

// ListOf cites them.
func (r *records) ListOf(path string) string { return r.data.ListOf(path) }

// Open gives the stand-in for embedded, and what is registered for any other name.
func (r *records) Open(_ context.Context, name string) (*weights.Model, error) {
	m, err := script.StandIn(5)
	if err != nil || name == "embedded" {
		return m, err
	}
	kept, err := r.store.Model(name)
	if err != nil {
		return nil, err
	}
	return m.LoadAdapter(filepath.Join(r.dir, filepath.FromSlash(kept.Path)))
}

// run runs a script, and returns its result and the node of what it kept.
func (r *records) run(text string, params map[string]any) (result any, kept storage.Node) {
	r.t.Helper()
	s, err := script.Parse("test", text)
	if err != nil {
		r.t.Fatal(err)
	}
	record, err := r.book.Start(runs.Run{Name: "test"})
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := s.Run(r.t.Context(), script.Host{
		Models: r, Datasets: r, Record: record, Device: &enginetest.Device{}, Folder: r.dir,
		Register: func(k script.Kept) error {
			kept = storage.Node{Kind: storage.ModelNode, ID: k.Digest}
			_, err := r.store.PutModel(storage.Model{
				Name: k.Name, Kind: storage.ModelKind(k.Kind), Path: k.Path, Base: k.Base, BaseDigest: k.BaseDigest, FromRun: k.Run, Digest: k.Digest,
			})
			return err
		},
	}, params)
	if err != nil {
		r.t.Fatal(err)
	}
	return out.Value, kept
}

// reach lists what a walk comes by of a kind.
func reach(t *testing.T, of *lineage.Tracer, from storage.Node, way lineage.Direction, kind storage.NodeKind) (ids []string) {
	t.Helper()
	err := of.Walk(from, way, func(n storage.Node) error {
		if n.Kind == kind {
			ids = append(ids, n.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// TestModelsReachWhatTheyLearnedFrom: people compare, a reward model learns from a part of that, more people
// compare, a policy follows the reward model. Both models come from exactly the answers that were learned from.
func TestModelsReachWhatTheyLearnedFrom(t *testing.T) {
	enginetest.Runtime(t)
	s := newShop(t, polite{})
	crowd := []string{"ann", "bob"}
	compare := func(prefix string, n int) {
		w := &toy{t: t, folder: t.TempDir()}
		var prompts []map[string]any
		for i := range n {
			prompts = append(prompts, map[string]any{"prompt": fmt.Sprint(prefix, i)})
		}
		s.start("compare", map[string]string{"prompts": w.write("prompts", prompts)}, w)
		s.work(crowd, 0, func(_ string, _ storage.Task, _ form.Form, item map[string]any) form.Answer {
			return form.Answer{"preference": 5 + 2*(kindness(item["right"].(string))-kindness(item["left"].(string)))}
		})
	}
	compare("early", 40)
	r := s.records()
	said, liked := r.run(halving, map[string]any{"pairs": "comparisons"})
	compare("late", 10)
	_, policy := r.run(following, map[string]any{"liked": "liked"})
	tracer := lineage.New(s.store, r.data)

	learned := map[string]bool{} // prompts
	sides := said.(map[string]any)
	for _, prompt := range sides["train"].([]any) {
		learned[prompt.(string)] = true
	}
	var want, others, samples []string
	rows, of := s.rows("comparisons")
	for i, row := range rows {
		answer, err := storage.ParseNode(of[i][2])
		if err != nil || answer.Kind != storage.AnswerNode {
			t.Fatalf("row %d cites %v, want samples and an answer", i, of[i])
		}
		if !learned[row["prompt"].(string)] {
			others = append(others, answer.ID)
			continue
		}
		want = append(want, answer.ID)
		for _, name := range of[i][:2] {
			n, err := storage.ParseNode(name)
			if err != nil {
				t.Fatal(err)
			}
			samples = append(samples, n.ID)
		}
	}
	slices.Sort(want)
	slices.Sort(samples)
	if held := len(sides["test"].([]any)); len(want) < 8 || held < 3 || len(others) < 10+held {
		t.Fatalf("%d answers were learned from, %d held out, %d were not: too few to tell anything", len(want), held, len(others))
	}
	for name, model := range map[string]storage.Node{"the reward model": liked, "the policy": policy} {
		if got := reach(t, tracer, model, lineage.Down, storage.AnswerNode); !slices.Equal(got, want) {
			t.Errorf("%s comes from answers\n%v, want\n%v", name, got, want)
		}
		if got := reach(t, tracer, model, lineage.Down, storage.SampleNode); !slices.Equal(got, samples) {
			t.Errorf("%s comes from %d samples, want %d", name, len(got), len(samples))
		}
		if got := reach(t, tracer, model, lineage.Down, storage.PersonNode); !slices.Equal(got, crowd) {
			t.Errorf("%s comes from people %v, want %v", name, got, crowd)
		}
	}
	both := []string{liked.ID, policy.ID}
	slices.Sort(both)
	for _, id := range want {
		if got := reach(t, tracer, storage.Node{Kind: storage.AnswerNode, ID: id}, lineage.Up, storage.ModelNode); !slices.Equal(got, both) {
			t.Errorf("answer %s changed models %v, want both: %v", id, got, both)
		}
	}
	for _, id := range others {
		if got := reach(t, tracer, storage.Node{Kind: storage.AnswerNode, ID: id}, lineage.Up, storage.ModelNode); got != nil {
			t.Errorf("answer %s was not learned from, and changed models %v", id, got)
		}
	}
	if got := reach(t, tracer, storage.Node{Kind: storage.PersonNode, ID: "ann"}, lineage.Up, storage.ModelNode); !slices.Equal(got, both) {
		t.Errorf("ann changed models %v, want both: %v", got, both)
	}
	if got := reach(t, tracer, storage.Node{Kind: storage.ModelNode, ID: policy.ID}, lineage.Down, storage.ModelNode); !slices.Contains(got, liked.ID) || len(got) < 2 {
		t.Errorf("the policy comes from models %v, want the reward model and their base", got)
	}
	checkPages(t, tracer, liked)
}

// checkPages looks at the sides of the run of a model, some at a time.
func checkPages(t *testing.T, tracer *lineage.Tracer, model storage.Node) {
	t.Helper()
	of, err := tracer.Trace(model, lineage.Page{Limit: 5}, lineage.Page{Limit: 5})
	if err != nil || len(of.From.Links) != 2 || of.From.Links[0].Node.Kind != storage.RunNode || of.Name != "liked" {
		t.Fatalf("the reward model: %+v, %v, want a run and a base before it", of, err)
	}
	run := of.From.Links[0].Node
	whole, err := tracer.Trace(run, lineage.Page{Kind: storage.RowNode, Limit: 1000}, lineage.Page{Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	var paged []lineage.Link
	for skip := 0; ; {
		page, err := tracer.Trace(run, lineage.Page{Kind: storage.RowNode, Skip: skip, Limit: 3}, lineage.Page{Limit: -1})
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, page.From.Links...)
		if skip = page.From.Next; skip == 0 {
			break
		}
	}
	if !slices.Equal(paged, whole.From.Links) || len(paged) != whole.From.Counts[storage.RowNode] {
		t.Errorf("page by page %d rows, at once %d, counted %d", len(paged), len(whole.From.Links), whole.From.Counts[storage.RowNode])
	}
	held := 0
	for _, l := range paged {
		if l.How == lineage.HeldOut {
			held++
		}
	}
	if held == 0 || held == len(paged) {
		t.Errorf("%d of %d rows are said to be held out", held, len(paged))
	}
	for reference, want := range map[string]storage.Node{
		"liked": model, model.ID[:8]: model, model.String(): model, run.ID: run, "run:" + run.ID + "/liked": model, "last": whole.Node,
	} {
		got, err := tracer.Find(reference)
		if reference == "last" { // the policy's
			if err != nil || got.Kind != storage.RunNode || got == run {
				t.Errorf("find last: got %v, %v", got, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("find %s: got %v, %v, want %v", reference, got, err, want)
		}
	}
	if _, err := tracer.Find("nobody"); err == nil || errors.Is(err, lineage.ErrSeveral) {
		t.Errorf("find nobody: got %v", err)
	}
}
