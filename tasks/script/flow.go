package script

import (
	"context"
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"workbench/models/tokenizer"
	"workbench/tasks/flow"
)

// FlowHost is what the flows of a script need of the world. What it holds is used by many goroutines at a
// time. A flow whose host lacks something fails where it asks for that.
type FlowHost struct {
	Models FlowModels
	Runs   FlowRuns
	Seed   int64 // of the flow: with a call's identity it gives the seed of what is generated
	// Print hears what the script prints, each time that an instance is executed; nil for nobody.
	Print func(instance, text string)
}

// FlowModels are what flows use models for, by name. Errors that trying again would not mend are
// [flow.Final]. The digest is that of the checkpoint behind the name.
type FlowModels interface {
	Generate(ctx context.Context, g Generate) (samples []Sampled, digest string, err error)
	// Score is what a reward model says, one number for each head.
	Score(ctx context.Context, model string, prompt []tokenizer.Message, response string) (scores []float64, digest string, err error)
	// LogP is the log-probability of a response and the token that ends it, in nats.
	LogP(ctx context.Context, model string, prompt []tokenizer.Message, response string) (logp float64, digest string, err error)
}

// Generate asks for samples.
type Generate struct {
	Model  string
	Prompt []tokenizer.Message // a text is one turn of the user; rendered with the model's template if it has one
	N      int
	Sampling
}

// FlowRuns starts runs for flows.
type FlowRuns interface {
	// Start runs a recipe or a script of the data folder to its end. The same key again means the same run:
	// one that is under way or was cut off is taken up, one that is done is not done again.
	Start(ctx context.Context, key, recipe string, params map[string]any) (FlowRun, error)
}

// FlowRun is a run that ended well.
type FlowRun struct {
	ID     string
	Result any               // what run() returned
	Models []string          // names of what it kept, which mean the same for ever
	Data   map[string]string // by the name of a dataset that it read, the name of the version that it read
}

// calls is what an instance asks of the durable runtime; *flow.Instance is one.
type calls interface {
	ID() string
	Do(primitive string, args flow.Value, work flow.Work) (flow.Value, error)
	DoOr(primitive string, args, otherwise flow.Value, work flow.Work) (flow.Value, error)
	Ask(a flow.Ask) (flow.Answers, error)
	Spawn(function string, args flow.Value) (flow.Handle, error)
	Together(handles []flow.Handle) ([]flow.Value, error)
	First(handles []flow.Handle) (index int, v flow.Value, err error)
	Record(dataset string, value flow.Value, of []string) (id string, err error)
	Sleep(d time.Duration) error
	Until(t time.Time) error
	Signal(name string) (flow.Value, error)
	Now() (time.Time, error)
	Random() (float64, error)
}

var _ calls = (*flow.Instance)(nil)

// program is a script that was opened for a flow. All instances share its frozen top level.
type program struct {
	script  *Script
	host    FlowHost
	globals starlark.StringDict
	budget  *uint64 // of steps that all instances together may still make; nil: no bound but each one's own
}

// execution is what an instance of a flow has besides what every Run has.
type execution struct {
	program *program
	calls   calls
}

// OpenFlow executes the top level of the script for all instances of a flow. Params are by name, of the
// types that [Param.Accept] gives; a flow's script and params never change while it lives.
//
// What a program's functions do is determined by their arguments and by the results of their calls: there
// is no clock, no file, no network and nothing that one instance could leave for another.
func (s *Script) OpenFlow(host FlowHost, params map[string]any) (flow.Program, error) {
	return s.openFlow(host, params)
}

func (s *Script) openFlow(host FlowHost, params map[string]any) (*program, error) {
	r := s.newRun(context.Background(), describing, Host{}, params)
	r.forFlow = true
	guard(r.thread, maxDescribe)
	globals, err := r.top()
	if err != nil {
		return nil, err
	}
	for name := range params {
		if _, ok := r.values[name]; !ok {
			return nil, unknownParam(name, r.values)
		}
	}
	if !s.HasFlow {
		return nil, &ScriptError{File: s.Name, What: "the script has no flow(item)", Next: "put what is done for each item into  def flow(item):"}
	}
	return &program{script: s, host: host, globals: globals}, nil
}

// Run executes a function for an instance.
func (p *program) Run(ctx context.Context, i *flow.Instance, function string, args flow.Value) (flow.Value, error) {
	return p.run(ctx, i, function, args)
}

func (p *program) run(ctx context.Context, c calls, function string, args flow.Value) (flow.Value, error) {
	fn, ok := p.globals[function].(*starlark.Function)
	if !ok {
		return nil, fmt.Errorf("script %s has no function %s", p.script.Name, function)
	}
	given, err := argumentsOf(args)
	if err != nil {
		return nil, err
	}
	r := &Run{script: p.script, ctx: ctx, mode: flowing, flow: &execution{p, c}}
	r.thread = &starlark.Thread{Name: function, Print: func(_ *starlark.Thread, text string) {
		if p.host.Print != nil {
			p.host.Print(c.ID(), text)
		}
	}}
	r.thread.SetLocal(runKey, r)
	guard(r.thread, p.allowed())
	defer context.AfterFunc(ctx, func() { r.thread.Cancel("the flow was stopped") })()
	out, err := starlark.Call(r.thread, fn, given, nil)
	if p.budget != nil {
		*p.budget -= min(*p.budget, r.thread.Steps)
	}
	if err != nil {
		return nil, r.explain(err)
	}
	value, err := pack(out)
	if err != nil {
		return nil, fmt.Errorf("what %s returned: %w", function, err)
	}
	return value, nil
}

// allowed is how many steps an instance may make.
func (p *program) allowed() uint64 {
	if p.budget == nil {
		return maxInstance
	}
	return max(*p.budget, 1)
}

// argumentsOf reads what an instance was begun with: a list as spawn gives it, or an item.
func argumentsOf(args flow.Value) (starlark.Tuple, error) {
	list, ok := args.([]any)
	if !ok {
		list = []any{args}
	}
	out := make(starlark.Tuple, len(list))
	for i, arg := range list {
		var err error
		if out[i], err = toStarlark(arg); err != nil {
			return nil, err
		}
	}
	return out, nil
}
