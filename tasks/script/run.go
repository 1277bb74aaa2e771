package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/runs"
	"workbench/models/graph"
)

// mode says why a script is executed.
type mode int

const (
	describing mode = iota // the top level only: params; also that of a flow, which its instances share
	checking               // everything, with stand-ins, one iteration of the loop
	running
	flowing // an instance of a flow: a function of the script
)

// Run is one execution of a script. It is used by one goroutine.
type Run struct {
	script *Script
	host   Host
	ctx    context.Context
	thread *starlark.Thread
	mode   mode

	given  map[string]any // params by the caller
	values map[string]any // params as they are
	params []Param

	answers struct{ computed, reused int } // of models, where they are remembered
	stopped error                          // why the interpreter was cancelled by us
	closers []io.Closer

	inputs   []*input  // files that were read
	work     runs.Work // but what scorers know themselves
	scorers  []*forward.Scorer
	models   map[string]*Model // by name: a name is one model in memory
	seeds    uint64            // how many random initialisations there were
	kept     []stateful        // constructed before the loop, in order
	ordinal  int               // of recorded calls
	loop     *loop
	looping  atomic.Bool     // the script stands inside its loop
	watching map[string]bool // diagnoses that hold
	tracing  *tracing        // set while a loss is traced
	notes    []string        // what check could not do
	forFlow  bool            // describing for the instances of a flow: no dataset can be read
	flow     *execution      // of an instance of a flow, which a mode of flowing has
}

// stateful is something whose contents a checkpoint keeps.
type stateful interface {
	kind() string
	save(path string) error
	restore(path string) error
}

func (s *Script) newRun(ctx context.Context, m mode, host Host, given map[string]any) *Run {
	r := &Run{
		script: s, host: host, ctx: ctx, mode: m, given: given,
		values: map[string]any{}, models: map[string]*Model{}, watching: map[string]bool{},
	}
	r.thread = &starlark.Thread{Name: s.Name, Print: func(_ *starlark.Thread, text string) {
		r.host.tell(Progress{Step: r.step(), Say: text})
	}}
	guard(r.thread, 0)
	return r
}

// Describe executes the top level to learn the params. It opens no model and no data.
func (s *Script) Describe() ([]Param, error) {
	r := s.newRun(context.Background(), describing, Host{}, nil)
	guard(r.thread, maxDescribe)
	_, err := r.top()
	return r.params, err
}

// Result is what a run came to.
type Result struct {
	Value  any            // what run() returned, in the form of records
	Params map[string]any // as they were, defaults included
	Work   runs.Work      // what it computed
}

// Run executes the script: its top level, then run(). Params are by name, of the types that
// [Param.Accept] gives. Everything is recorded, the end included. When the record has checkpoints,
// the run goes on from the last of them.
//
// A cancelled context stops the run at the next boundary of its loop, after a checkpoint; the error
// then wraps context.Canceled. Mistakes of the script are [*ScriptError]s.
func (s *Script) Run(ctx context.Context, host Host, params map[string]any) (Result, error) {
	r := s.newRun(ctx, running, host, params)
	value, err := r.execute()
	result := Result{value, r.values, r.done()}
	err = errors.Join(err, r.noteReads(), r.close())
	return result, errors.Join(err, host.Record.Finish(value, err))
}

func (r *Run) execute() (value any, err error) {
	defer context.AfterFunc(r.ctx, func() {
		if !r.looping.Load() { // a loop stops at its boundary, after a checkpoint
			r.thread.Cancel("the run was stopped")
		}
	})()
	globals, err := r.top()
	if err != nil {
		return nil, err
	}
	if err := r.noteParams(); err != nil {
		return nil, err
	}
	main, ok := globals["run"].(*starlark.Function)
	if !ok {
		return nil, &ScriptError{File: r.script.Name, What: "the script has no run()", Next: "put what it computes into  def run():"}
	}
	if !r.script.loops && r.host.Record.Run().Resumed > 0 {
		r.say("the script has no loop(…): it starts anew")
	}
	out, err := starlark.Call(r.thread, main, nil, nil)
	if err != nil {
		return nil, r.explain(err)
	}
	if err := r.settle(); err != nil {
		return nil, err
	}
	if err := r.noteAnswers(); err != nil {
		return nil, err
	}
	value, err = plain(out)
	if err != nil {
		return nil, fmt.Errorf("what run() returned: %w", err)
	}
	return value, nil
}

// noteParams records the params with their defaults, and refuses unknown ones.
func (r *Run) noteParams() error {
	for name := range r.given {
		if _, ok := r.values[name]; !ok {
			return unknownParam(name, r.values)
		}
	}
	return r.host.Record.Update(func(run *runs.Run) { run.Params = r.values })
}

func unknownParam(name string, known map[string]any) error {
	return fmt.Errorf("the script has no param %s; it has %s", name, strings.Join(sortedKeys(known), ", "))
}

// top executes the top level.
func (r *Run) top() (starlark.StringDict, error) {
	globals, err := r.script.program.Init(r.thread, r.predeclare())
	globals.Freeze()
	return globals, r.explain(err)
}

// explain places an error in the script; what stopped the interpreter counts before its own words.
func (r *Run) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case r.stopped != nil:
		return r.stopped
	case r.ctx.Err() != nil:
		return errors.Join(r.ctx.Err(), r.script.explain(err))
	}
	return r.script.explain(err)
}

// stop ends the script at the line that is being executed, where no error can be returned.
func (r *Run) stop(err error) {
	var inner *starlark.EvalError
	switch {
	case r.stopped != nil:
	case errors.As(err, &inner): // of a function that the script gave us
		r.stopped = r.script.explain(err)
	default:
		r.stopped = r.script.placed(r.thread.CallStack(), err)
	}
	r.thread.Cancel(err.Error())
}

func (r *Run) say(text string) {
	r.notes = append(r.notes, text)
	r.host.tell(Progress{Step: r.step(), Say: text})
}

// step is the position of the loop; 0 before it, the last one after it.
func (r *Run) step() int {
	if r.loop == nil {
		return 0
	}
	return max(r.loop.position, 0)
}

// done is what the run has computed until now.
func (r *Run) done() runs.Work {
	w := r.work
	for _, s := range r.scorers {
		w.Scored.Add(s.Scored())
	}
	return w
}

// own gives a resource the life of the run.
func (r *Run) own(c io.Closer) { r.closers = append(r.closers, c) }

// close frees what the run made, the last first.
func (r *Run) close() error {
	var errs []error
	for i := len(r.closers) - 1; i >= 0; i-- {
		errs = append(errs, r.closers[i].Close())
	}
	r.closers = nil
	return errors.Join(errs...)
}

// primitive is the Go side of a function of scripts.
type primitive func(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// runKey is where a thread of a flow keeps its Run: all instances share the functions that were made
// when the top level was executed.
const runKey = "run"

// builtin makes a function of scripts. Mistakes in a graph become errors at the line of the call.
func (r *Run) builtin(name string, do primitive) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (v starlark.Value, err error) {
		r := r
		if own, ok := t.Local(runKey).(*Run); ok {
			r = own
		}
		var out starlark.Value
		if caught := graph.Catch(func() { out, err = do(r, b, args, kwargs) }); caught != nil {
			return nil, shapeAdvice(caught)
		}
		return out, err
	})
}

// inRuns makes a primitive that an instance of a flow may not call.
func inRuns(do primitive) primitive {
	return func(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if r.flow != nil {
			return nil, advise("a flow has a run compute with  start(recipe, name = value)", "%s(…) computes, so it belongs to run()", b.Name())
		}
		return do(r, b, args, kwargs)
	}
}

// flowPrimitive is the Go side of a step of flows.
type flowPrimitive func(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// inFlows makes a primitive that only an instance of a flow may call.
func inFlows(do flowPrimitive) primitive {
	return func(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if r.flow == nil {
			return nil, advise("put it into  def flow(item):", "%s(…) is a step of a flow: it belongs to flow(item) and what that calls", b.Name())
		}
		return do(r.flow, b, args, kwargs)
	}
}

// predeclare binds the catalog's functions to this run.
func (r *Run) predeclare() starlark.StringDict {
	names := starlark.StringDict{}
	for _, p := range Catalog() {
		if !strings.Contains(p.Name, ".") {
			names[p.Name] = r.builtin(p.Name, p.do)
		}
	}
	names["param"] = paramType{r.builtin("param", declareParam), r}
	if r.forFlow {
		names["dataset"], names["comparisons"] = r.builtin("dataset", shutDataset), r.builtin("comparisons", shutDataset)
	}
	return names
}

// method looks a method of a host value up in the catalog.
func (r *Run) method(of starlark.Value, name string, methods map[string]primitive) starlark.Value {
	do, ok := methods[name]
	if !ok {
		return nil
	}
	return r.builtin(name, inRuns(do)).BindReceiver(of)
}
