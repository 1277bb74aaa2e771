package cli

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"workbench/engine/generate"
	"workbench/engine/runs"
	"workbench/models/tokenizer"
	"workbench/storage"
	"workbench/tasks/flow"
	"workbench/tasks/people"
	"workbench/tasks/recipes"
	"workbench/tasks/script"
	"workbench/ui/web"
)

// programs opens the scripts of a server's flows.
type programs struct {
	pool   *pool
	jobs   *jobs
	people *people.Book
	say    func(format string, args ...any)
}

// Program opens a script as it was when its flow was started.
func (p programs) Program(f storage.Flow, text string, params flow.Value) (flow.Program, error) {
	s, err := script.Parse(f.Recipe, text)
	if err != nil {
		return nil, err
	}
	values, _ := params.(map[string]any)
	return s.OpenFlow(script.FlowHost{
		Models: flowModels{p.pool, f}, Runs: flowRuns{p.jobs, namesOnly(p.people, f.Starter)}, Seed: f.Seed,
		Print: func(instance, text string) { p.say("%s: %s", instance, text) },
	}, values)
}

// flowModels are the models of the pool as a flow uses them.
type flowModels struct {
	pool *pool
	flow storage.Flow
}

func (m flowModels) named(ctx context.Context) context.Context {
	return runs.Named(ctx, "flow "+m.flow.Name)
}

// Generate samples from a model.
func (m flowModels) Generate(ctx context.Context, g script.Generate) ([]script.Sampled, string, error) {
	got, err := m.pool.generate(m.named(ctx), runs.ForFlow, request{model: g.Model, turns: g.Prompt, n: g.N, sampling: generate.Sampling{
		Temperature: g.Temperature, TopP: g.TopP, TopK: g.TopK, MinP: g.MinP, Seed: uint64(g.Seed), MaxTokens: g.MaxTokens, Stop: g.Stop,
	}}, nil)
	if err != nil {
		return nil, "", finally(err)
	}
	out := make([]script.Sampled, len(got.all))
	for i, s := range got.all {
		out[i] = script.Sampled{Text: s.Text, Tokens: s.Tokens, LogProbs: s.LogProbs, Reason: string(s.End)}
	}
	return out, got.digest, nil
}

// Score is what a reward model says.
func (m flowModels) Score(ctx context.Context, model string, prompt []tokenizer.Message, response string) ([]float64, string, error) {
	scores, digest, err := m.pool.score(m.named(ctx), runs.ForFlow, model, prompt, response)
	out := make([]float64, len(scores))
	for i, x := range scores {
		out[i] = float64(x)
	}
	return out, digest, finally(err)
}

// LogP is the log-probability of a response.
func (m flowModels) LogP(ctx context.Context, model string, prompt []tokenizer.Message, response string) (float64, string, error) {
	sum, _, digest, err := m.pool.logProb(m.named(ctx), runs.ForFlow, model, prompt, response)
	return sum, digest, finally(err)
}

// finally marks mistakes that trying again would not mend.
func finally(err error) error {
	if code := codeOf(err); err != nil && (code == badInput || code == notFound || code == missingPart) {
		return flow.Final(err)
	}
	return err
}

// flowRuns starts runs for flows.
type flowRuns struct {
	jobs      *jobs
	namesOnly bool // whoever started the flow may name data and models, and not reach for files
}

// Start runs a recipe to its end. The key names the run, so that a flow which is replayed finds it.
func (f flowRuns) Start(ctx context.Context, key, recipe string, params map[string]any) (script.FlowRun, error) {
	id, err := f.find(key, recipe, params)
	if err != nil {
		return script.FlowRun{}, finally(err)
	}
	o, err := f.jobs.wait(ctx, id)
	if err != nil {
		return script.FlowRun{}, finally(err)
	}
	return f.ended(id, o.Result)
}

// ended is what a flow is told of a run that is done. Its models and data have names that never come to mean
// anything else, so that the flow's next runs read just these.
func (f flowRuns) ended(id string, result any) (script.FlowRun, error) {
	out := script.FlowRun{ID: id, Result: result, Data: map[string]string{}}
	run, err := f.jobs.book.Run(id)
	if err != nil {
		return out, err
	}
	for _, in := range run.Inputs {
		if in.Kind == "dataset" {
			name := strings.TrimSuffix(in.Name, path.Ext(in.Name))
			out.Data[name] = name + versionMark + in.SHA256
		}
	}
	kept, err := f.jobs.book.Checkpoints(id)
	for _, c := range kept {
		name := runPrefix + id + "/" + path.Base(c.Path)
		if path.Base(path.Dir(c.Path)) == "models" && !slices.Contains(out.Models, name) {
			out.Models = append(out.Models, name)
		}
	}
	return out, err
}

// find is the run of a key: one that is there, going on where it was cut off, or a new one.
func (f flowRuns) find(key, recipe string, params map[string]any) (id string, err error) {
	all, err := f.jobs.book.Runs("", 0)
	if err != nil {
		return "", err
	}
	for _, run := range all {
		if run.For != key && run.Name != key { // older ones were called by it
			continue
		}
		if run.Status == runs.Done || f.jobs.state(run.ID) != nil {
			return run.ID, nil
		}
		if run.Status == runs.Stopped {
			return f.jobs.start(experiment{resume: run.ID, namesOnly: f.namesOnly})
		}
	}
	found, err := recipes.Find(recipe)
	if err != nil {
		return "", fail(notFound, "%w", err)
	}
	x := experiment{call: key, namesOnly: f.namesOnly}
	if x.script, err = parseScript(found.Name, found.Text); err != nil {
		return "", err
	}
	if x.params, x.seed, err = accepted(x.script, params); err != nil {
		return "", err
	}
	return f.jobs.start(x)
}

// accepted checks values for a script's params, and finds the seed among them.
func accepted(s *script.Script, given map[string]any) (values map[string]any, seed int64, err error) {
	declared, err := s.Describe()
	if err != nil {
		return nil, 0, fail(badInput, "%w", err)
	}
	values = map[string]any{}
	for _, p := range declared {
		value, is := given[p.Name]
		if is {
			if values[p.Name], err = p.Accept(value); err != nil {
				return nil, 0, fail(badInput, "%w", err)
			}
		} else {
			value = p.Default
		}
		if p.Name == "seed" {
			seed, _ = value.(int64)
		}
	}
	for name := range given {
		if _, is := values[name]; !is {
			return nil, 0, fail(badInput, "script %s has no param %s", s.Name, name)
		}
	}
	return values, seed, nil
}

// serverRecipes are the scripts that can be started on a server.
type serverRecipes struct {
	engine *engine
	flows  *flow.Runtime
	people *people.Book
}

// Recipes lists what the binary carries.
func (s serverRecipes) Recipes() ([]web.Recipe, error) {
	var all []web.Recipe
	for _, r := range recipes.List() {
		one, err := describeRecipe(r.Name, r.Text)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// Check tries a script of one's own, in a process that has only so much memory.
func (s serverRecipes) Check(ctx context.Context, text string) (web.Recipe, error) {
	const name = "script.star"
	find := s.engine.data()
	find.namesOnly = true
	if _, err := s.engine.app.check(ctx, name, text, nil, find); err != nil {
		return web.Recipe{}, invalid(asked(err))
	}
	r, err := describeRecipe(name, text)
	return r, invalid(err)
}

// invalid puts a mistake of whoever asks in the words of the web.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	codes := map[exitCode]string{badInput: web.Invalid, notFound: web.NotFound}
	code, is := codes[codeOf(err)]
	if !is {
		return err
	}
	f := web.Fail(code, "%s", err)
	f.Problems = problemsOf(err)
	if hint := hintOf(err); hint != "" {
		f = f.Then("%s", hint)
	}
	return f
}

func describeRecipe(name, text string) (web.Recipe, error) {
	s, err := parseScript(name, text)
	if err != nil {
		return web.Recipe{}, err
	}
	params, err := s.Describe()
	if err != nil {
		return web.Recipe{}, fail(badInput, "%w", err)
	}
	r := web.Recipe{Name: s.Name, Summary: s.Summary, Doc: s.Doc, Text: s.Text, Flow: s.HasFlow, Run: s.HasRun, Params: []web.Param{}}
	for _, p := range params {
		r.Params = append(r.Params, web.Param{
			Name: p.Name, Kind: string(p.Kind), Default: p.Default, Help: p.Help, Low: p.Low, High: p.High, OneOf: p.OneOf, Several: p.Several,
		})
	}
	return r, nil
}

// StartFlow starts a flow for the items of its dataset.
func (s serverRecipes) StartFlow(ctx context.Context, by string, start web.Start) (string, error) {
	x, err := startedExperiment(start)
	if err != nil {
		return "", invalid(err)
	}
	if !x.script.HasFlow {
		return "", invalid(fail(badInput, "script %s has no flow(item), so there is nothing that waits for people", x.script.Name).next("start it as a run"))
	}
	if start.Limit < 0 || start.Ahead < 0 {
		return "", invalid(fail(badInput, "limit and ahead are %d and %d, and can't be negative", start.Limit, start.Ahead))
	}
	x.namesOnly = namesOnly(s.people, by)
	if err := s.engine.checkNames(ctx, x); err != nil {
		return "", invalid(err)
	}
	find := s.engine.data()
	find.namesOnly = x.namesOnly
	items, err := x.script.Items(ctx, find, x.params)
	if err != nil {
		return "", invalid(asked(err))
	}
	name := start.Name
	if name == "" {
		name = x.script.Name
	}
	f, err := s.flows.Start(ctx, flow.NewFlow{
		Name: name, Recipe: start.Recipe, Script: x.script.Text, Params: x.settings(), Seed: x.seed,
		Items: first(start.Limit, items), Ahead: start.Ahead, Priority: start.Priority, Starter: by, Inputs: inputsOf(items),
	})
	if err = errors.Join(err, items.Close()); err != nil {
		return "", invalid(asked(err))
	}
	return f.ID, nil
}

// inputsOf is what items are read from, for the record of their flow.
func inputsOf(items *script.Items) []storage.Input {
	var all []storage.Input
	for _, in := range items.Inputs {
		all = append(all, storage.Input{Name: in.Name, SHA256: in.SHA256, Records: in.Records, Rows: in.Rows})
	}
	return all
}

// asked is an error about what somebody asked for, where it is one.
func asked(err error) error {
	var mistake *script.ScriptError
	if codeOf(err) == unexpected && (errors.As(err, &mistake) || errors.Is(err, flow.ErrInvalid)) {
		return fail(badInput, "%w", err)
	}
	return err
}

// first is the first n items, or all for 0.
func first(n int, items *script.Items) func(yield func(flow.Value, error) bool) {
	return func(yield func(flow.Value, error) bool) {
		i := 0
		for item, err := range items.All() {
			if n > 0 && i == n || !yield(item, err) {
				return
			}
			i++
		}
	}
}
