package assign

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"workbench/storage"
	"workbench/tasks/form"
)

// Options of a desk; the zero value will do.
type Options struct {
	Lease  time.Duration    // how long somebody has for a task; 0: 30 minutes
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // of ids; nil: crypto/rand
	// Gather is how long the first of a group waits for others, at most; 0: 2 ms, negative: not at all.
	// It is real time, whatever Now says.
	Gather time.Duration
}

// Desk gives tasks to people. Its methods may be called from several goroutines, also from within the
// functions that it calls.
type Desk struct {
	store *storage.Store
}

var errSkeleton = errors.New("not there yet")

// Open rebuilds what a store holds of tasks and people, and begins to work. The caller closes the desk,
// and the store after it.
func Open(store *storage.Store, o Options) (*Desk, error) { return &Desk{store: store}, nil }

// Close ends the desk; who waits gets [ErrClosed].
func (d *Desk) Close() error { return nil }

// Put keeps tasks durably and opens them for pulling. A task whose id is known is left alone, so to put
// it again does nothing. After an error some of several tasks may have been kept.
func (d *Desk) Put(ctx context.Context, tasks ...storage.Task) error { return errSkeleton }

// PutForm keeps a form under its version, which tasks cite.
func (d *Desk) PutForm(f form.Form) (version string, err error) { return "", errSkeleton }

// Pull gives a person the task that they have, or else the next one: that of the flow with the highest
// priority, of the highest priority within it, and of those the oldest. The error is *[NoTask] where
// there is none for them.
func (d *Desk) Pull(ctx context.Context, person string) (Lease, error) { return Lease{}, errSkeleton }

// Submit keeps an answer. It is durable when Submit returns; the same submission again gives the same
// answer. The error is [form.Problems] where fields are wrong.
func (d *Desk) Submit(ctx context.Context, s Submission) (Receipt, error) {
	return Receipt{}, errSkeleton
}

// Skip gives a task back. Others may get it; who skipped it won't.
func (d *Desk) Skip(ctx context.Context, person, lease, reason string) error { return errSkeleton }

// Undo takes a person's last answer back: the answer stays in the store and counts no more, and the
// person has its task again, with what they had said as the draft. The same key again gives the same lease.
// The error wraps [ErrTooLate] when somebody else has been given a task that came of the answer, and
// [ErrNothing] when there is none.
func (d *Desk) Undo(ctx context.Context, person, key string) (Lease, error) {
	return Lease{}, errSkeleton
}

// Draft keeps what a person has typed so far, durably, and says when.
func (d *Desk) Draft(ctx context.Context, person, lease string, values json.RawMessage) (time.Time, error) {
	return time.Time{}, errSkeleton
}

// Touch says that a person is still at work: the lease ends a whole lease's time from now.
func (d *Desk) Touch(ctx context.Context, person, lease string) (until time.Time, err error) {
	return time.Time{}, errSkeleton
}

// Cancel closes tasks: nobody gets them any more. Answers that are on their way are kept and flagged.
// A task that is closed already is left alone.
func (d *Desk) Cancel(ctx context.Context, why string, tasks ...string) error { return errSkeleton }

// Pause stops giving out a flow's tasks, or goes on. Who has one keeps it.
func (d *Desk) Pause(ctx context.Context, by, flow string, paused bool) error { return errSkeleton }

// Priority sets how early a flow's tasks are given out; larger goes first.
func (d *Desk) Priority(ctx context.Context, by, flow string, priority int) error {
	return errSkeleton
}

// SetPerson tells the desk of a person's pools, and of whether they may work. Those who are in the store
// when the desk is opened are known to it.
func (d *Desk) SetPerson(p storage.Person) {}

// Answers lists the answers to a task that count, in the order in which they were given, and says
// whether they are all that are wanted.
func (d *Desk) Answers(task string) (answers []storage.Answer, done bool, err error) {
	return nil, false, errSkeleton
}

// Answer reads one answer by its id, and says whether it was taken back.
func (d *Desk) Answer(id string) (Past, error) { return Past{}, errSkeleton }

// History lists a person's answers, the latest first, at most so many.
func (d *Desk) History(person string, most int) ([]Past, error) { return nil, errSkeleton }

// OnDone has do called whenever a task has all answers that are wanted, and once more after an answer was
// taken back and given anew. What happened while the process was down is not told: ask Answers.
// Calls come one at a time, in order, from a goroutine of the desk's own.
func (d *Desk) OnDone(do func(task string, answers []storage.Answer)) {}

// OnUndone has do called when an answer was taken back from a task that had them all.
func (d *Desk) OnUndone(do func(task string)) {}

// OnAvailable has do called when tasks may have become available to somebody who had none: at once for
// what people and flows do, within a second for leases that end.
func (d *Desk) OnAvailable(do func()) {}

// Counts says how far each step of a flow is, in the order in which they came.
func (d *Desk) Counts(flow string) []StepCount { return nil }

// Why says which open tasks a person does not get, and why.
func (d *Desk) Why(person string) NoTask { return NoTask{} }

// Person says what somebody has done.
func (d *Desk) Person(id string) Stats { return Stats{} }

// Rate is how many answers an hour a flow got over the last ten minutes.
func (d *Desk) Rate(flow string) float64 { return 0 }

// Leased lists the people who have a task now.
func (d *Desk) Leased(task string) []string { return nil }
