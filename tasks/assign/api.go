package assign

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"workbench/storage"
	"workbench/tasks/form"
)

// What can be wrong with a request. An answer that does not fit its form gives [form.Problems].
var (
	ErrClosed   = errors.New("the desk is closed")
	ErrUnknown  = errors.New("there is no such thing here")
	ErrForeign  = errors.New("this task was given to somebody else")
	ErrDisabled = errors.New("this person may not work any more")
	// ErrAnswered refuses a second, different answer to a lease, and drafts and skips of an answered one.
	ErrAnswered = errors.New("this task was answered or skipped already")
	// ErrEnded refuses to extend a lease whose task was closed or has gone to others since.
	ErrEnded = errors.New("the time for this task is over")
	// ErrNothing says that there is no answer to take back.
	ErrNothing = errors.New("there is no answer to take back")
	// ErrTooLate refuses to take an answer back that others build on already.
	ErrTooLate = errors.New("the answer can't be taken back any more")
	// ErrInvalid refuses a task or an answer that is malformed.
	ErrInvalid = errors.New("not acceptable")
)

// Lease is a task that somebody has for a while.
type Lease struct {
	ID, Task, Person string
	Until            time.Time      // when it ends, unless it is touched
	Draft            *storage.Draft // what was typed so far; nil for nothing
	T                storage.Task   // without Gold
	Form             form.Form
	CanUndo          bool // the person's last answer can still be taken back
	Waiting          int  // tasks that the person could get after this one
}

// Submission is an answer on its way in.
type Submission struct {
	Person, Lease string
	// Key is made by the sender for this act: the same key again means the same act, sent again.
	Key    string
	Values json.RawMessage // an object with a value for each field of the form
	// Seconds of active time, as the sender measured them; never taken to be more than the lease is old.
	Seconds float64
	Next    bool // pull the next task in the same commit
}

// Receipt says that an answer is stored.
type Receipt struct {
	Answer   storage.Answer
	Repeated bool    // it was stored before; this was the same act again
	Late     bool    // its place was taken when it came: it is kept, and does not count
	Next     *Lease  // where Next was asked for,
	None     *NoTask // or why there is none
}

// NoTask says why somebody gets no task now. It is an error.
type NoTask struct {
	Reasons []Reason // only those with tasks, but none_open, which stands alone
	CanUndo bool     // the person's last answer can still be taken back
}

// Reason is why some open tasks do not go to a person.
type Reason struct {
	Code  string // none_open, taken, answered, skipped, excluded, other_pool, other_person or paused
	Tasks int
}

// Error lists the reasons.
func (n *NoTask) Error() string {
	lines := make([]string, len(n.Reasons))
	for i, r := range n.Reasons {
		lines[i] = fmt.Sprintf("%s %d", r.Code, r.Tasks)
	}
	return "there is no task now: " + strings.Join(lines, ", ")
}

// StepCount is how far the tasks of one step of a flow are, in answers.
type StepCount struct {
	Step    string
	Waiting int // wanted, and nobody works on them
	Leased  int
	Done    int
}

// Stats is what somebody has done. Answers that were taken back do not count.
type Stats struct {
	Today    int // answers since midnight, in the location of the clock's times
	Total    int
	LastHour int
	Median   float64 // seconds of active time, over the last 50 answers; 0 for none
	Skipped  int
	Working  string // the step of the task that they have; empty for none
}

// Past is one of a person's answers.
type Past struct {
	Answer storage.Answer
	Undone bool
}
