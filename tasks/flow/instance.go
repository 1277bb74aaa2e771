package flow

import (
	"context"
	"time"
)

// Instance is one execution of a function of a flow's script, and what its program calls. Errors of calls
// are for the program to return: whatever they are, the call was recorded and the instance has stopped.
type Instance struct{}

// ID returns the instance's id.
func (i *Instance) ID() string { return "" }

// CallID returns the identity of the call that a function given to [Instance.Do] works for. It is the same
// after a restart and another one after a re-opening, so it can seed randomness and name results.
func CallID(ctx context.Context) string { return "" }

// Final marks an error of work that trying again would not mend.
func Final(err error) error { return err }

// Do has work done: by a model, a run, whatever takes its time. Once its result is recorded it is never
// done again; when the process ends before that, it is. Work that errs is tried again a few times, then the
// instance is parked. The work says what its result came from.
func (i *Instance) Do(primitive string, args Value, work func(ctx context.Context) (Value, []string, error)) (Value, error) {
	return nil, errSkeleton
}

// DoOr is Do, but where the work fails for good its result is otherwise.
func (i *Instance) DoOr(primitive string, args, otherwise Value, work func(ctx context.Context) (Value, []string, error)) (Value, error) {
	return nil, errSkeleton
}

// Ask puts a question before people and waits for their answers.
func (i *Instance) Ask(a Ask) (Answers, error) { return Answers{}, errSkeleton }

// Spawn begins a child: another function of the script, as an instance of its own. It does not wait.
func (i *Instance) Spawn(function string, args Value) (Handle, error) { return Handle{}, errSkeleton }

// Together waits for all of several children and returns their results in the order of the handles.
func (i *Instance) Together(handles []Handle) ([]Value, error) { return nil, errSkeleton }

// First waits for one of several children, and cancels the others.
func (i *Instance) First(handles []Handle) (index int, v Value, err error) {
	return 0, nil, errSkeleton
}

// Record appends a value to a collected dataset, once, and returns the row's id. of says what it came from.
func (i *Instance) Record(dataset string, value Value, of []string) (id string, err error) {
	return "", errSkeleton
}

// Sleep waits for a time, also while the process is down.
func (i *Instance) Sleep(d time.Duration) error { return errSkeleton }

// Until waits for a moment, which may be past.
func (i *Instance) Until(t time.Time) error { return errSkeleton }

// Signal waits for an event of a name from outside, and returns what came with it. Each event is taken once,
// the oldest first.
func (i *Instance) Signal(name string) (Value, error) { return nil, errSkeleton }

// Now is the time at which the call was made.
func (i *Instance) Now() (time.Time, error) { return time.Time{}, errSkeleton }

// Random is a number in [0,1) that depends on the flow's seed, the instance and the call.
func (i *Instance) Random() (float64, error) { return 0, errSkeleton }
