package script

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/tasks/form"
)

// Checked is what a check found.
type Checked struct {
	Params []Param
	Notes  []string // what could not be tried, and what the script said
	// What flow(item) was seen to do, in the order in which it first did.
	Forms    []form.Form // that it put before people
	Pools    []string    // whom it asked; "" is everybody
	Datasets []string    // into which it recorded
}

// errNoData ends a check that has no rows to try the script on.
var errNoData = errors.New("no data to try the script on")

// Check tries a script without models, people or the runtime: its names resolve, its params have
// types, and its loop carries nothing that a resume would lose. run() is executed with a tiny
// stand-in for every model, example rows for every dataset that has some (real ones are opened where
// datasets finds them), one iteration of the loop, and losses that are traced but not computed.
// flow(item) is executed for some of these rows, with made-up answers and samples.
//
// Callers that take scripts from others run it in a process with a limit on memory, which the
// interpreter has not. Params are by name, as for Run.
func (s *Script) Check(ctx context.Context, datasets Datasets, params map[string]any) (Checked, error) {
	declared, err := s.Describe()
	out := Checked{Params: declared}
	if err != nil {
		return out, err
	}
	if !s.HasRun && !s.HasFlow {
		return out, &ScriptError{File: s.Name, What: "the script has neither run() nor flow(item)", Next: "put what it computes into  def run():  and what it does for each item, with people, into  def flow(item):"}
	}
	if s.HasFlow {
		if err := s.checkFlow(ctx, datasets, params, &out); err != nil {
			return out, err
		}
	}
	if s.HasRun {
		err = s.checkRun(ctx, datasets, params, &out)
	}
	return out, err
}

func (s *Script) checkRun(ctx context.Context, datasets Datasets, params map[string]any, out *Checked) error {
	host := Host{
		Models: standIns{}, Datasets: orNone{datasets}, Record: discard{}, Device: idle{}, Now: time.Now,
		Progress: func(p Progress) {
			if p.Say != "" {
				out.Notes = append(out.Notes, p.Say)
			}
		},
	}
	r := s.newRun(ctx, checking, host, params)
	guard(r.thread, maxCheck)
	_, err := r.execute()
	err = errors.Join(err, r.close())
	if errors.Is(err, errNoData) {
		out.Notes = append(out.Notes, "the run was not tried to its end: "+firstLine(err))
		return nil
	}
	return err
}

func firstLine(err error) string {
	var at *ScriptError
	if errors.As(err, &at) {
		return at.What
	}
	return err.Error()
}

// standIns opens the stand-in under every name.
type standIns struct{}

func (standIns) Open(_ context.Context, name string) (*weights.Model, error) {
	m, err := StandIn(1)
	if err != nil {
		return nil, err
	}
	m.Name = name
	return m, nil
}

// orNone finds datasets where it can; what is not there ends the check without a complaint.
type orNone struct{ Datasets }

func (d orNone) Find(name string) ([]string, error) {
	if d.Datasets == nil {
		return nil, fmt.Errorf("dataset %s: %w", name, errNoData)
	}
	paths, err := d.Datasets.Find(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dataset %s: %w: %w", name, errNoData, err)
	}
	return paths, err
}

// idle is a device that is never used: a check computes nothing.
type idle struct{}

func (idle) Do(context.Context, func(context.Context) error) error {
	return errors.New("a checked script computes nothing")
}

// discard is a record that keeps nothing.
type discard struct{}

func (discard) ID() string                                                    { return "check" }
func (discard) Run() runs.Run                                                 { return runs.Run{} }
func (discard) Update(func(*runs.Run)) error                                  { return nil }
func (discard) Cite(runs.Digest) error                                        { return nil }
func (discard) Read(runs.Read) error                                          { return nil }
func (discard) Log(int, map[string]float64) error                             { return nil }
func (discard) LogSamples(runs.SampleTable) error                             { return nil }
func (discard) Say(int, string) error                                         { return nil }
func (discard) Check(runs.Invariant) error                                    { return nil }
func (discard) Step(int, string) (any, bool, error)                           { return nil, false, nil }
func (discard) PutStep(int, string, any) error                                { return nil }
func (discard) Finish(any, error) error                                       { return nil }
func (discard) Sync() error                                                   { return nil }
func (discard) Checkpoint(i runs.CheckpointInfo) (runs.CheckpointInfo, error) { return i, nil }
