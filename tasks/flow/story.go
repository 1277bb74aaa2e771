package flow

import (
	"encoding/json"
	"time"

	"workbench/storage"
)

// Story is what happened in an instance, in the order of its calls.
type Story struct {
	Instance storage.Instance
	Calls    []Call
	Signals  []storage.Step // that came from outside
}

// Call is one call of an instance, with what came of it. A number comes again where a call was re-opened
// or superseded: what was there before has status dropped.
type Call struct {
	Number    int
	Primitive string
	Status    string // waiting, done, failed, diverged or dropped
	Args      json.RawMessage
	Result    json.RawMessage
	Error     string
	Was       string          // of a divergence: the primitive that is on record
	Recorded  json.RawMessage // of a divergence: the arguments that are on record
	Cites     []string
	Child     string // the instance that it spawned
	Task      string // that it put before people
	Form      string // version of that task's form
	Wanted    int    // answers
	By        string // the person who re-opened or retried it last
	Began     time.Time
	Ended     time.Time // zero while it goes on
}

// Statuses of calls that instances do not have.
const (
	callFailed  = "failed"
	callDropped = "dropped"
)

// Story tells what happened in an instance.
func (r *Runtime) Story(instance string) (Story, error) {
	v, err := r.store.Instance(instance)
	if err != nil {
		return Story{}, err
	}
	history, err := r.store.History(instance)
	if err != nil {
		return Story{}, err
	}
	return tell(v, history), nil
}

// teller makes a story out of a history.
type teller struct {
	Story
	current map[int]int // by number: which of Calls it is now
	rounds  map[int]int
}

func tell(v storage.Instance, history []storage.Step) Story {
	t := &teller{Story: Story{Instance: v}, current: map[int]int{}, rounds: map[int]int{}}
	for _, s := range history {
		t.step(s)
	}
	return t.Story
}

func (t *teller) step(s storage.Step) {
	switch s.Kind {
	case kindCalled:
		t.begin(s)
	case kindResult:
		if s.Hash != "" {
			t.begin(s)
		}
		t.finish(s)
	case kindFailed:
		if s.Call > 0 {
			c := t.at(s)
			c.Status, c.Error, c.Ended = callFailed, s.Error, s.Time
		}
	case kindDiverged:
		t.diverge(s)
	case kindReopened:
		t.drop(s.Call, s.Time, s.By)
	case kindUndone:
		if n, is := t.current[s.Call]; is {
			c := &t.Calls[n]
			c.Status, c.Result, c.Cites, c.Ended = waiting, nil, nil, time.Time{}
		}
	case kindRetried:
		for n := range t.Calls {
			if c := &t.Calls[n]; c.Status == callFailed {
				c.Status, c.Error, c.By, c.Ended = waiting, "", s.By, time.Time{}
			}
		}
	case kindSignal:
		t.Signals = append(t.Signals, s)
	case kindEnded:
		t.end(s)
	}
}

// begin puts a call into the place of the one with its number.
func (t *teller) begin(s storage.Step) {
	by := ""
	if n, is := t.current[s.Call]; is {
		by = t.Calls[n].By
	}
	t.drop(s.Call, s.Time, "")
	t.rounds[s.Call]++
	c := Call{Number: s.Call, Primitive: s.Primitive, Status: waiting, Args: s.Args, Began: s.Time, By: by}
	if c.Primitive == "ask" {
		var args struct {
			Form   string `json:"form"`
			People int    `json:"people"`
		}
		if json.Unmarshal(s.Args, &args) == nil {
			c.Form, c.Wanted = args.Form, args.People
		}
		c.Task = taskID(s.Instance, s.Call, t.rounds[s.Call])
	}
	t.current[s.Call] = len(t.Calls)
	t.Calls = append(t.Calls, c)
}

func (t *teller) finish(s storage.Step) {
	n, is := t.current[s.Call]
	if !is {
		return
	}
	c := &t.Calls[n]
	c.Status, c.Result, c.Error, c.Cites, c.Ended = done, s.Result, s.Error, s.Cites, s.Time
	if c.Primitive == "spawn" {
		_ = json.Unmarshal(s.Result, &c.Child) // of a record that is not readable there is no child
	}
}

// at is the call of a step; one that failed before it could be called is made.
func (t *teller) at(s storage.Step) *Call {
	n, is := t.current[s.Call]
	if !is {
		n = len(t.Calls)
		t.current[s.Call] = n
		t.Calls = append(t.Calls, Call{Number: s.Call, Primitive: s.Primitive, Began: s.Time})
	}
	return &t.Calls[n]
}

// diverge shows both sides: what is on record stays where it is.
func (t *teller) diverge(s storage.Step) {
	c := Call{
		Number: s.Call, Primitive: s.Primitive, Status: diverged, Args: s.Args, Error: s.Error, Began: s.Time,
	}
	if n, is := t.current[s.Call]; is {
		c.Was, c.Recorded = t.Calls[n].Primitive, t.Calls[n].Args
	}
	t.Calls = append(t.Calls, c)
}

// drop notes that a call's result does not count any more. A divergence is decided with it.
func (t *teller) drop(number int, at time.Time, by string) {
	for n := range t.Calls {
		c := &t.Calls[n]
		if c.Status == diverged || c.Number == number && c.Status != callDropped {
			c.Status = callDropped
			if by != "" {
				c.By = by
			}
			if c.Ended.IsZero() {
				c.Ended = at
			}
		}
	}
}

// end drops what is left from before a re-opening, or what was cancelled.
func (t *teller) end(s storage.Step) {
	for n := range t.Calls {
		c := &t.Calls[n]
		if s.Error == "" && c.Number > s.Call || s.Error != "" && c.Status == waiting {
			c.Status, c.Ended = callDropped, s.Time
			if s.Error != "" {
				c.Error = s.Error
			}
		}
	}
}
