package script

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"workbench/engine/runs"
	"workbench/models/tokenizer"
	"workbench/tasks/flow"
	"workbench/tasks/form"
)

// What a check tries of a flow.
const (
	triedItems = 3
	triedSteps = 2000 // of all instances together
)

// errEnough ends a trial that goes on and on.
var errEnough = errors.New("tried enough")

// checkFlow executes flow(item) for some items, with answers and samples that are made up.
func (s *Script) checkFlow(ctx context.Context, datasets Datasets, params map[string]any, out *Checked) (err error) {
	items, err := s.openItems(ctx, checking, orNone{datasets}, params)
	if errors.Is(err, errNoData) {
		out.Notes = append(out.Notes, "the flow was not tried: "+firstLine(err))
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, items.Close()) }()
	t := &trial{ctx: ctx, out: out, budget: maxCheck, random: rand.New(rand.NewPCG(1, 0))}
	if t.program, err = s.openFlow(FlowHost{Models: t, Runs: t, Print: t.say}, params); err != nil {
		return err
	}
	t.program.budget = &t.budget
	tried := 0
	for item, err := range items.All() {
		if err != nil {
			return err
		}
		if tried == triedItems {
			break
		}
		if err := t.try(item); err != nil {
			return err
		}
		tried++
	}
	if tried == 0 {
		out.Notes = append(out.Notes, "the flow was not tried: there are no items")
	}
	return nil
}

// trial is a world in which everything comes at once: it takes the place of the runtime of flows, of
// people and of models while a script is checked.
type trial struct {
	ctx     context.Context
	out     *Checked
	program *program
	random  *rand.Rand
	budget  uint64 // of the interpreter's steps
	steps   int    // of the flow, so far
	people  int    // that answered, so far
	within  bool   // some question was open for a time only
	nobody  bool   // answers such questions
	guessed string // a result that nobody can know here
}

// try does one item; where questions have a time, once more with nobody answering them.
func (t *trial) try(item any) error {
	for _, t.nobody = range []bool{false, true} {
		if t.nobody && !t.within {
			break
		}
		t.steps, t.guessed = 0, ""
		_, err := t.program.run(t.ctx, &tried{t: t, id: "check"}, flow.Root, item)
		switch {
		case err == nil:
		case errors.Is(err, errEnough):
			t.say("", fmt.Sprintf("the flow was tried for %d steps, and goes on", triedSteps))
		case t.guessed != "" && t.ctx.Err() == nil:
			t.say("", fmt.Sprintf("the flow was tried up to what it does with the result of %s, which only the real one has: %s", t.guessed, firstLine(err)))
		default:
			return err
		}
	}
	return nil
}

// say notes what the script prints and what could not be tried, once.
func (t *trial) say(_, text string) {
	if !slices.Contains(t.out.Notes, text) {
		t.out.Notes = append(t.out.Notes, text)
	}
}

// asked notes a form and whom it went to.
func (t *trial) asked(a flow.Ask) {
	version := a.Form.Version()
	if !slices.ContainsFunc(t.out.Forms, func(f form.Form) bool { return f.Version() == version }) {
		t.out.Forms = append(t.out.Forms, a.Form)
	}
	if !slices.Contains(t.out.Pools, a.Pool) {
		t.out.Pools = append(t.out.Pools, a.Pool)
	}
}

// plainAnswer is an answer as the runtime of flows gives it: read from its JSON.
func plainAnswer(a form.Answer) (map[string]any, error) {
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	v, err := runs.DecodeValue(raw)
	values, _ := v.(map[string]any)
	return values, err
}

// Generate makes up samples.
func (t *trial) Generate(_ context.Context, g Generate) ([]Sampled, string, error) {
	out := make([]Sampled, g.N)
	for i := range out {
		text := fmt.Sprintf("sample %d", t.random.IntN(1000))
		out[i] = Sampled{Tokens: []int{1, 2}, LogProbs: []float32{-1, -t.random.Float32()}, Text: text, Reason: "eos"}
	}
	return out, "stand-in", nil
}

// Score makes up a score.
func (t *trial) Score(context.Context, string, []tokenizer.Message, string) ([]float64, string, error) {
	return []float64{t.random.NormFloat64()}, "stand-in", nil
}

// LogP makes up a log-probability.
func (t *trial) LogP(context.Context, string, []tokenizer.Message, string) (float64, string, error) {
	return -t.random.ExpFloat64(), "stand-in", nil
}

// Start says that a run is done, of whose result nothing is known.
func (t *trial) Start(_ context.Context, _, recipe string, _ map[string]any) (FlowRun, error) {
	t.guessed = "start(\"" + recipe + "\")"
	return FlowRun{ID: "run", Result: map[string]any{}, Models: []string{recipe}}, nil
}

// tried is an instance of a trial. What it waits for is there already.
type tried struct {
	t     *trial
	id    string
	calls int
	done  []flow.Value // of children, by their handles
}

var _ calls = (*tried)(nil)

// step counts a call.
func (i *tried) step() error {
	i.calls++
	if i.t.steps++; i.t.steps > triedSteps {
		return errEnough
	}
	return i.t.ctx.Err()
}

func (i *tried) callID() string { return fmt.Sprintf("%s:%d", i.id, i.calls) }

func (i *tried) ID() string { return i.id }

func (i *tried) Do(_ string, _ flow.Value, work flow.Work) (flow.Value, error) {
	if err := i.step(); err != nil {
		return nil, err
	}
	v, _, err := work(i.t.ctx)
	return v, err
}

func (i *tried) DoOr(primitive string, args, _ flow.Value, work flow.Work) (flow.Value, error) {
	return i.Do(primitive, args, work)
}

func (i *tried) Ask(a flow.Ask) (flow.Answers, error) {
	if err := i.step(); err != nil {
		return flow.Answers{}, err
	}
	i.t.asked(a)
	out := flow.Answers{Task: i.callID()}
	if a.Within > 0 {
		i.t.within = true
		if i.t.nobody {
			out.Missing = a.People
			return out, nil
		}
	}
	for range a.People {
		said, err := a.Form.Example(a.Item, i.t.random)
		if err != nil {
			return out, fmt.Errorf("form %q: nobody can answer %w", a.Form.Title, err)
		}
		i.t.people++
		one := flow.Answer{ID: fmt.Sprintf("answer%d", i.t.people), Task: out.Task, Person: a.Person, Seconds: 10}
		if one.Person == "" {
			one.Person = fmt.Sprintf("person%d", i.t.people)
		}
		if one.Values, err = plainAnswer(said); err != nil {
			return out, err
		}
		out.List = append(out.List, one)
	}
	return out, nil
}

func (i *tried) Spawn(function string, args flow.Value) (flow.Handle, error) {
	if err := i.step(); err != nil {
		return flow.Handle{}, err
	}
	child := &tried{t: i.t, id: fmt.Sprintf("%s.%d", i.id, i.calls)}
	v, err := i.t.program.run(i.t.ctx, child, function, args)
	i.done = append(i.done, v)
	return flow.Handle{ID: fmt.Sprint(len(i.done) - 1)}, err
}

func (i *tried) result(h flow.Handle) flow.Value {
	var at int
	if _, err := fmt.Sscan(h.ID, &at); err != nil {
		return nil // a handle is one that Spawn gave
	}
	return i.done[at]
}

func (i *tried) Together(handles []flow.Handle) ([]flow.Value, error) {
	out := make([]flow.Value, len(handles))
	for k, h := range handles {
		out[k] = i.result(h)
	}
	return out, i.step()
}

func (i *tried) First(handles []flow.Handle) (int, flow.Value, error) {
	at := i.t.random.IntN(len(handles))
	return at, i.result(handles[at]), i.step()
}

func (i *tried) Record(dataset string, _ flow.Value, _ []string) (string, error) {
	if !slices.Contains(i.t.out.Datasets, dataset) {
		i.t.out.Datasets = append(i.t.out.Datasets, dataset)
	}
	return "row", i.step()
}

func (i *tried) Sleep(time.Duration) error { return i.step() }
func (i *tried) Until(time.Time) error     { return i.step() }

func (i *tried) Signal(name string) (flow.Value, error) {
	i.t.guessed = "signal(\"" + name + "\")"
	return nil, i.step()
}

func (i *tried) Now() (time.Time, error) {
	return time.Date(2026, 1, 1, 0, i.t.steps, 0, 0, time.UTC), i.step()
}

func (i *tried) Random() (float64, error) { return i.t.random.Float64(), i.step() }
