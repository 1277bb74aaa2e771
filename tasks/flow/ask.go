package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/form"
)

// Ask is a question to people.
type Ask struct {
	Form   form.Form
	Item   map[string]any
	People int // how many answers are wanted; 0: one
	Pool   string
	Person string        // only this one may answer
	Unlike []string      // ids of tasks; nobody who saw one of them gets this one, nor persons named person:ID
	After  []string      // ids of what it came from
	Within time.Duration // then it is closed with the answers there are; 0: never
	Gold   Value         // the known answer; nil: none
}

// Answers are what people said to an Ask.
type Answers struct {
	Task    string
	List    []Answer // in the order in which they were given
	Missing int      // answers that did not come within the time
}

// Answer is what one person said.
type Answer struct {
	ID      string
	Task    string
	Person  string
	Seconds float64 // of active time
	Values  map[string]any
}

// Ask puts a question before people and waits for their answers.
func (i *Instance) Ask(a Ask) (Answers, error) {
	a.People = max(a.People, 1)
	version := a.Form.Version()
	c, err := i.enter("ask", a.args(version))
	if err != nil {
		return Answers{}, err
	}
	task := taskID(i.id, c.number, c.round)
	if i.stale(c, task) {
		if err := i.unread(c); err != nil {
			return Answers{}, err
		}
	}
	if !c.done {
		if err := i.putBefore(c, a, task, version); err != nil {
			return Answers{}, err
		}
		if err := i.await(c, a, task); err != nil {
			return Answers{}, err
		}
	}
	v, err := i.recorded(c)
	if err != nil {
		return Answers{}, err
	}
	return readAnswers(task, v), nil
}

// args are what an ask is recognised by.
func (a Ask) args(version string) map[string]any {
	args := map[string]any{"form": version, "title": a.Form.Title, "item": a.Item, "people": int64(a.People)}
	set := func(name string, v any, is bool) {
		if is {
			args[name] = v
		}
	}
	set("pool", a.Pool, a.Pool != "")
	set("person", a.Person, a.Person != "")
	set("unlike", texts(a.Unlike), len(a.Unlike) > 0)
	set("after", texts(a.After), len(a.After) > 0)
	set("within", a.Within.Seconds(), a.Within != 0)
	set("gold", a.Gold, a.Gold != nil)
	return args
}

// putBefore puts the task before people. After a restart that was done already, and it is left alone.
func (i *Instance) putBefore(c *call, a Ask, task, version string) error {
	if !c.begun {
		if err := errors.Join(a.Form.Check(), a.Form.Fits(a.Item)); err != nil {
			return i.park(c, fmt.Errorf("%w: %w", ErrInvalid, err))
		}
		if err := i.begin(c); err != nil {
			return err
		}
	}
	t, err := a.task(i, c, task, version)
	if err != nil {
		return i.park(c, err)
	}
	return i.atDesk(c, func() error {
		if _, known := i.r.forms.Load(version); !known {
			if _, err := i.r.desk.PutForm(a.Form); err != nil {
				return err
			}
			i.r.forms.Store(version, true)
		}
		return i.r.desk.Put(i.ctx, t)
	})
}

func (a Ask) task(i *Instance, c *call, id, version string) (storage.Task, error) {
	item, err := runs.EncodeValue(a.Item)
	if err != nil {
		return storage.Task{}, err
	}
	after, err := i.r.store.NameCites(a.After)
	if err != nil {
		return storage.Task{}, err
	}
	t := storage.Task{
		ID: id, Flow: i.flow.id, Instance: i.id, Step: a.Form.Title, Form: version, Item: item,
		People: a.People, Pool: a.Pool, Person: a.Person, Unlike: a.Unlike, After: after, Created: c.began,
	}
	if a.Within > 0 {
		t.Due = c.began.Add(a.Within)
	}
	if a.Gold != nil {
		t.Gold, err = runs.EncodeValue(a.Gold)
	}
	return t, err
}

// await waits for the answers, or for as long as there is time, and puts them on record.
func (i *Instance) await(c *call, a Ask, task string) error {
	var due time.Time
	if a.Within > 0 {
		due = c.began.Add(a.Within)
	}
	for {
		list, complete, err := i.answers(c, task)
		if err != nil {
			return err
		}
		late := !due.IsZero() && !due.After(i.r.now())
		if !complete && late {
			if err := i.atDesk(c, func() error { return i.r.desk.Cancel(i.ctx, "its time is over", task) }); err != nil {
				return err
			}
			if list, complete, err = i.answers(c, task); err != nil { // one more may have come
				return err
			}
		}
		if complete || late {
			return i.answered(c, list, max(a.People-len(list), 0))
		}
		if err := i.wait(due); err != nil {
			return err
		}
	}
}

func (i *Instance) answers(c *call, task string) (list []storage.Answer, complete bool, err error) {
	err = i.atDesk(c, func() error {
		list, complete, err = i.r.desk.Answers(task)
		return err
	})
	return list, complete, err
}

// answered puts answers on record.
func (i *Instance) answered(c *call, list []storage.Answer, missing int) error {
	all, cites := make([]any, len(list)), make([]string, len(list))
	for n, a := range list {
		values, err := runs.DecodeValue(a.Values)
		if err != nil {
			return i.park(c, fmt.Errorf("answer %s: %w", a.ID, err))
		}
		all[n] = map[string]any{"id": a.ID, "person": a.Person, "seconds": a.Seconds, "values": values}
		cites[n] = a.ID
	}
	// Forms bound what people can say; several long answers may have more than one value may.
	data, err := runs.EncodeValue(map[string]any{"answers": all, "missing": int64(missing)})
	if err != nil {
		return i.park(c, err)
	}
	return i.keep(c, data, cites)
}

// readAnswers reads what answered has put on record.
func readAnswers(task string, v Value) Answers {
	record, _ := v.(map[string]any)
	missing, _ := record["missing"].(int64)
	list, _ := record["answers"].([]any)
	answers := Answers{Task: task, Missing: int(missing)}
	for _, one := range list {
		fields, _ := one.(map[string]any)
		a := Answer{Task: task}
		a.ID, _ = fields["id"].(string)
		a.Person, _ = fields["person"].(string)
		a.Seconds, _ = fields["seconds"].(float64)
		a.Values, _ = fields["values"].(map[string]any)
		answers.List = append(answers.List, a)
	}
	return answers
}

// atDesk asks something of the desk: with patience while the store refuses, else a few times, and then the
// instance is parked.
func (i *Instance) atDesk(c *call, do func() error) error {
	wait := i.r.limits.Backoff
	for try := 0; ; try++ {
		err := do()
		switch {
		case err == nil:
			return nil
		case i.ctx.Err() != nil:
			return i.halt(errStopped)
		case errors.Is(err, storage.ErrClosed), errors.Is(err, assign.ErrClosed):
			return i.broken(err)
		case errors.Is(err, storage.ErrFull):
			try = 0
		case try >= i.r.limits.Retries, errors.Is(err, assign.ErrInvalid):
			return i.park(c, err)
		}
		i.r.trouble(fmt.Errorf("instance %s: %s will be tried again in %s: %w", i.id, c.primitive, wait, err))
		if i.r.timers.pause(i.ctx, wait) != nil {
			return i.halt(errStopped)
		}
		wait = min(4*wait, lastTry)
	}
}

// stale says whether the answers on record are not those that count: one was taken back, and nobody could
// be told.
func (i *Instance) stale(c *call, task string) bool {
	if !c.done {
		return false
	}
	v, err := runs.DecodeValue(c.result)
	return err == nil && readAnswers(task, v).Missing == 0 && i.r.stale(task, c.cites)
}

func (r *Runtime) stale(task string, cites []string) bool {
	list, complete, err := r.desk.Answers(task)
	same := slices.EqualFunc(list, cites, func(a storage.Answer, id string) bool { return a.ID == id })
	return err == nil && (!complete || !same)
}

// unread takes an ask's result off the record: the instance goes on waiting for the answer.
func (i *Instance) unread(c *call) error {
	if _, err := i.write(storage.Step{Kind: kindUndone, Call: c.number}, func(v *storage.Instance) {
		v.Status, v.Waiting = waiting, "ask"
	}); err != nil {
		return err
	}
	i.past.loosen(c.number)
	c.done, c.result, c.cites = false, nil, nil
	return i.doubt()
}

// onDone wakes who waits for a task.
func (r *Runtime) onDone(task string, _ []storage.Answer) {
	instance, _ := placeOf(task)
	if i := r.runs(instance); i != nil {
		i.nudge()
		return
	}
	// An answer was taken back while nobody could be told, and here is the new one.
	r.behind("read the answers to "+task, func(ctx context.Context) error { return r.reread(ctx, task) })
}

// onUndone has the call of a task wait again.
func (r *Runtime) onUndone(task string) {
	r.behind("take back the answers to "+task, func(ctx context.Context) error { return r.reread(ctx, task) })
}

func texts(list []string) []any {
	all := make([]any, len(list))
	for n, text := range list {
		all[n] = text
	}
	return all
}
