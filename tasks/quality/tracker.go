package quality

import (
	"errors"
	"fmt"
	"sync"

	"workbench/engine/eval"
	"workbench/storage"
	"workbench/tasks/form"
)

// Answers says which answers to a task count; assign.Desk is one.
type Answers interface {
	Answers(task string) (answers []storage.Answer, done bool, err error)
}

// Forms finds a form by its digest.
type Forms func(digest string) (form.Form, error)

// Tracker knows how far each person agrees with the others who were asked the same. It follows the log of
// what people did, so it reads each answer once. Its methods may be called from several goroutines.
type Tracker struct {
	store   *storage.Store
	answers Answers
	forms   Forms

	mu     sync.Mutex
	next   uint64                     // the event to go on with
	people map[string]*person         // by id
	tasks  map[string]map[string]bool // who is compared on a task
}

// person is what somebody's answers came to.
type person struct {
	scores map[string]score // by task
	known  *eval.Interval   // nil: to be worked out
}

// score is of one person on one task, against everybody else.
type score struct{ same, of int }

// NewTracker knows nothing yet: Refresh reads the log.
func NewTracker(store *storage.Store, answers Answers, forms Forms) *Tracker {
	return &Tracker{
		store: store, answers: answers, forms: forms, next: 1,
		people: map[string]*person{}, tasks: map[string]map[string]bool{},
	}
}

var errEnough = errors.New("enough")

// Refresh reads the log on, at most so many entries, and says whether there are more.
func (t *Tracker) Refresh(most int) (more bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next, read, touched := t.next, 0, map[string]bool{}
	err = t.store.EachEvent(next, func(e storage.Event) error {
		if read == most {
			return errEnough
		}
		read++
		next = e.Seq + 1
		if e.Kind == "answered" || e.Kind == "undone" {
			touched[e.Object] = true
		}
		return nil
	})
	if more = errors.Is(err, errEnough); err != nil && !more {
		return false, err
	}
	for task := range touched {
		if err := t.task(task); err != nil {
			return false, fmt.Errorf("agreement on task %s: %w", task, err)
		}
	}
	t.next = next
	return more, nil
}

// task compares the answers to a task anew.
func (t *Tracker) task(task string) error {
	answers, _, err := t.answers.Answers(task)
	if err != nil {
		return err
	}
	for id := range t.tasks[task] {
		delete(t.people[id].scores, task)
		t.people[id].known = nil
	}
	delete(t.tasks, task)
	for i, x := range answers {
		for _, y := range answers[i+1:] {
			f, err := t.forms(x.Form)
			if err != nil {
				return err
			}
			same, of, err := Compare(f, x.Values, y.Values)
			if err != nil {
				return err
			}
			t.add(task, x.Person, same, of)
			t.add(task, y.Person, same, of)
		}
	}
	return nil
}

func (t *Tracker) add(task, who string, same, of int) {
	if of == 0 {
		return
	}
	p := t.people[who]
	if p == nil {
		p = &person{scores: map[string]score{}}
		t.people[who] = p
	}
	was := p.scores[task]
	p.scores[task], p.known = score{was.same + same, was.of + of}, nil
	if t.tasks[task] == nil {
		t.tasks[task] = map[string]bool{}
	}
	t.tasks[task][who] = true
}

// Agreement is the share of comparisons in which somebody said the same as another, with its 95 % interval;
// comparisons on the same task count as dependent. Comparisons are those of the log as far as it was read.
func (t *Tracker) Agreement(who string) (share eval.Interval, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.people[who]
	if p == nil || len(p.scores) == 0 {
		return eval.Interval{}, false
	}
	if p.known == nil {
		share := p.share()
		p.known = &share
	}
	return *p.known, true
}

// share is of 1 for each comparison that came out the same and 0 for each other.
func (p *person) share() eval.Interval {
	var x []float64
	var groups []string
	for task, s := range p.scores {
		for i := range s.of {
			one := 0.0
			if i < s.same {
				one = 1
			}
			x, groups = append(x, one), append(groups, task)
		}
	}
	const level = 0.95
	return eval.Proportion(x, groups, level)
}
