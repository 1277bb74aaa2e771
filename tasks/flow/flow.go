package flow

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/form"
)

// Value is what crosses a call: nil, bool, int64, float64, string, []any or map[string]any of these. A
// program gets values as runs.DecodeValue reads them, the first time as after a restart.
type Value = any

// Program is a script that was opened for one flow. Run executes one of its functions for an instance.
// It must be deterministic given the results of the instance's calls, make them from one goroutine, and
// return soon when one of them errs or the context ends; which error it returns then does not matter.
// Any other error parks the instance. Several instances run one Program at a time.
type Program interface {
	Run(ctx context.Context, i *Instance, function string, args Value) (Value, error)
}

// Programs opens the text of a flow's script, as it was when the flow was started.
type Programs interface {
	Program(f storage.Flow, script string, params Value) (Program, error)
}

var _ Desk = (*assign.Desk)(nil)

// Desk puts tasks before people; *assign.Desk is one. Answers are those that count, in the order in
// which they were given. Put leaves a task alone that is there, and Cancel one that is closed.
type Desk interface {
	PutForm(f form.Form) (version string, err error)
	Put(ctx context.Context, tasks ...storage.Task) error
	Cancel(ctx context.Context, why string, tasks ...string) error
	Answers(task string) (answers []storage.Answer, done bool, err error)
	OnDone(do func(task string, answers []storage.Answer))
	OnUndone(do func(task string))
	Undone() []string // tasks from which an answer was ever taken back
	Pause(ctx context.Context, by, flow string, paused bool) error
	Priority(ctx context.Context, by, flow string, priority int) error
}

// Errors of requests. Those of calls park the instance, with their text on its page.
var (
	ErrClosed = errors.New("the flows are closed")
	// ErrState refuses what an instance or a flow is not in the state for, and says in which it is.
	ErrState = errors.New("not possible now")
	// ErrInvalid refuses a request or a call that makes no sense.
	ErrInvalid = errors.New("not acceptable")
)

// Options say what a runtime works with.
type Options struct {
	Store    *storage.Store
	Desk     Desk
	Programs Programs
	Limits   Limits

	Now func() time.Time // nil: time.Now
	// After gives a channel that gets a value once the clock has moved by d, and a function that lets go
	// of it; nil: a real timer.
	After  func(d time.Duration) (<-chan time.Time, func())
	Random io.Reader // of ids; nil: crypto/rand

	// Trouble is told what went wrong where nobody waits for the answer; nil: nobody.
	Trouble func(error)

	commit func(b *storage.Batch) error // in place of the store's, for tests
}

// NewFlow is a flow to be started.
type NewFlow struct {
	Name   string
	Recipe string // by which it is known; empty for a script of one's own
	Script string // its text
	Params Value  // after defaults
	Seed   int64
	// Items are what the flow is done for, in order. They are kept, so that a restart sees the same.
	Items    iter.Seq2[Value, error]
	Inputs   []storage.Input // what they are read from
	Ahead    int             // most items that are under way at a time; 0: 100
	Priority int
	Starter  string // the person
}

// Root is the function that a flow runs for each item.
const Root = "flow"

// Change says that a flow, or an instance of it, is in another state than before.
type Change struct {
	Flow     string
	Instance string // empty: the flow itself
	Status   string
}
