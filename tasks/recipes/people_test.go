package recipes_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"workbench/engine/runs"
	"workbench/models/tokenizer"
	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/flow"
	"workbench/tasks/form"
	"workbench/tasks/recipes"
	"workbench/tasks/script"
)

// shop is a data folder in which a flow runs, with the people who work for it. It can be closed and opened
// again at any moment.
type shop struct {
	t      *testing.T
	dir    string
	models script.FlowModels
	runs   script.FlowRuns // nil: none can be started

	store   *storage.Store
	desk    *assign.Desk
	runtime *flow.Runtime
	flow    string

	mu   sync.Mutex
	saw  map[string][]string // by task: who was given it
	done int                 // answers
}

// noon is when everything happens.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func newShop(t *testing.T, models script.FlowModels) *shop {
	s := &shop{t: t, dir: t.TempDir(), models: models, saw: map[string][]string{}}
	s.open(1)
	t.Cleanup(s.close)
	return s
}

func (s *shop) open(seed byte) {
	s.t.Helper()
	var err error
	if s.store, err = storage.Open(s.dir, storage.Options{}); err != nil {
		s.t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{seed})
	now := func() time.Time { return noon }
	if s.desk, err = assign.Open(s.store, assign.Options{Now: now, Random: random, Gather: -1}); err != nil {
		s.t.Fatal(err)
	}
	s.runtime, err = flow.Open(flow.Options{
		Store: s.store, Desk: s.desk, Programs: s, Now: now, Random: rand.NewChaCha8([32]byte{seed, 1}),
		Trouble: func(err error) { s.t.Errorf("trouble: %v", err) },
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// Program opens the script of a flow.
func (s *shop) Program(f storage.Flow, text string, params flow.Value) (flow.Program, error) {
	parsed, err := script.Parse(f.Recipe, text)
	if err != nil {
		return nil, err
	}
	values, _ := params.(map[string]any)
	return parsed.OpenFlow(script.FlowHost{Models: s.models, Runs: s.runs, Seed: f.Seed}, values)
}

func (s *shop) close() {
	if err := errors.Join(s.runtime.Close(), s.desk.Close(), s.store.Close()); err != nil {
		s.t.Error(err)
	}
}

// start begins a recipe on the rows of a file.
func (s *shop) start(name string, params map[string]string, find script.Datasets) {
	s.t.Helper()
	recipe, err := recipes.Find(name)
	if err != nil {
		s.t.Fatal(err)
	}
	parsed, err := script.Parse(name, recipe.Text)
	if err != nil {
		s.t.Fatal(err)
	}
	declared, err := parsed.Describe()
	if err != nil {
		s.t.Fatal(err)
	}
	values, err := script.Values(declared, params)
	if err != nil {
		s.t.Fatal(err)
	}
	items, err := parsed.Items(s.t.Context(), find, values)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := items.Close(); err != nil {
			s.t.Error(err)
		}
	}()
	f, err := s.runtime.Start(s.t.Context(), flow.NewFlow{
		Name: name, Recipe: name, Script: recipe.Text, Params: values, Seed: 1, Items: items.All(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.flow = f.ID
}

// answering says what a person answers to a task; nil skips it.
type answering func(person string, t storage.Task, f form.Form, item map[string]any) form.Answer

// work lets people answer until the flow is done, or until so many answers were given (0: no limit).
func (s *shop) work(people []string, most int, answer answering) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	before := s.done
	var all sync.WaitGroup
	for _, person := range people {
		s.desk.SetPerson(storage.Person{ID: person, Name: person, Role: "annotator"})
		all.Go(func() {
			for ctx.Err() == nil && !s.over(before, most) {
				if !s.one(ctx, person, answer) {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		s.t.Fatalf("the flow stands still; %v", s.stuck())
	}
}

func (s *shop) over(before, most int) bool {
	s.mu.Lock()
	given := s.done - before
	s.mu.Unlock()
	if most > 0 && given >= most {
		return true
	}
	f, err := s.store.Flow(s.flow)
	if err != nil {
		s.t.Error(err)
		return true
	}
	return f.Status == "done"
}

// stuck lists the instances that are not done.
func (s *shop) stuck() (all []string) {
	err := s.store.EachInstance(s.flow, "", func(i storage.Instance) error {
		if i.Status != "done" {
			all = append(all, fmt.Sprint(i.ID, " ", i.Status, " ", i.Waiting, " ", i.Error))
		}
		return nil
	})
	if err != nil {
		s.t.Error(err)
	}
	return all
}

// one lets a person do one task, and says whether there was one.
func (s *shop) one(ctx context.Context, person string, answer answering) bool {
	lease, err := s.desk.Pull(ctx, person)
	var none *assign.NoTask
	if errors.As(err, &none) || err != nil && ctx.Err() != nil {
		return false
	}
	if err != nil {
		s.t.Error(err)
		return false
	}
	s.mu.Lock()
	s.saw[lease.Task] = append(s.saw[lease.Task], person)
	s.mu.Unlock()
	var item map[string]any
	if err := json.Unmarshal(lease.T.Item, &item); err != nil {
		s.t.Error(err)
	}
	said := answer(person, lease.T, lease.Form, item)
	if said == nil {
		if err := s.desk.Skip(ctx, person, lease.ID, "not today"); err != nil && ctx.Err() == nil {
			s.t.Error(err)
		}
		return true
	}
	values, err := json.Marshal(said)
	if err != nil {
		s.t.Error(err)
	}
	if _, err := s.desk.Submit(ctx, assign.Submission{Person: person, Lease: lease.ID, Key: lease.ID, Values: values, Seconds: 1}); err != nil && ctx.Err() == nil {
		s.t.Errorf("%s answered %s with %s: %v", person, lease.T.Step, values, err)
	}
	s.mu.Lock()
	s.done++
	s.mu.Unlock()
	return true
}

// rows are what was recorded into a dataset, with what each came from.
func (s *shop) rows(dataset string) (values []map[string]any, of [][]string) {
	s.t.Helper()
	err := s.store.EachRow(dataset, "", func(r storage.Row) error {
		v, err := runs.DecodeValue(r.Value)
		if err != nil || r.Withdrawn {
			return err
		}
		values, of = append(values, v.(map[string]any)), append(of, r.Of)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return values, of
}

// polite answers some prompts kindly and others not, as its seeds have it.
type polite struct{}

// Generate draws kind and rude words.
func (polite) Generate(_ context.Context, g script.Generate) ([]script.Sampled, string, error) {
	random := rand.New(rand.NewPCG(g.Seed, 0))
	out := make([]script.Sampled, g.N)
	for i := range out {
		words := []string{"thanks", "please", "gladly", "NO!!!", "WHAT??", "NEVER!"}
		out[i] = script.Sampled{Tokens: []int{1}, LogProbs: []float32{-1}, Text: " " + words[random.IntN(len(words))] + fmt.Sprint(" ", random.IntN(10)), Reason: "eos"}
	}
	return out, "digest", nil
}

// Score is not asked for.
func (polite) Score(context.Context, string, []tokenizer.Message, string) ([]float64, string, error) {
	return nil, "", errors.New("nobody asks for a score")
}

// LogP is not asked for.
func (polite) LogP(context.Context, string, []tokenizer.Message, string) (float64, string, error) {
	return 0, "", errors.New("nobody asks for a log-probability")
}

// kindness is how people like a text: 1 if it is kind, -1 if not.
func kindness(text string) int {
	for _, word := range []string{"thanks", "please", "gladly"} {
		if len(text) > len(word) && text[:len(word)] == word {
			return 1
		}
	}
	return -1
}

// distinct says whether no two are the same.
func distinct(list []string) bool {
	sorted := slices.Sorted(slices.Values(list))
	return len(slices.Compact(sorted)) == len(list)
}
