package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"sync"

	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/form"
)

// crowd is a desk in memory that outlives the process under test, as the real one's records do.
type crowd struct {
	w *world

	mu       sync.Mutex
	tasks    map[string]*asked
	forms    map[string]form.Form
	puts     int // tasks that were asked, each once
	done     func(task string, answers []storage.Answer)
	undone   func(task string)
	paused   map[string]bool
	priority map[string]int
}

type asked struct {
	storage.Task
	answers []storage.Answer
	given   int // answers, with those that were taken back
	closed  string
}

func (c *crowd) OnDone(do func(string, []storage.Answer)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = do
}

func (c *crowd) OnUndone(do func(string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undone = do
}

func (c *crowd) PutForm(f form.Form) (string, error) {
	return f.Version(), c.w.act(func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.forms == nil {
			c.forms = map[string]form.Form{}
		}
		c.forms[f.Version()] = f
		return nil
	})
}

func (c *crowd) Put(_ context.Context, tasks ...storage.Task) error {
	return c.w.act(func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, t := range tasks {
			if _, is := c.forms[t.Form]; !is {
				c.w.t.Errorf("task %s: its form was not kept", t.ID)
			}
			if there := c.tasks[t.ID]; there != nil {
				if !reflect.DeepEqual(plain(there.Task), plain(t)) {
					c.w.t.Errorf("task %s was put again as another one:\n%+v\n%+v", t.ID, there.Task, t)
				}
				continue
			}
			c.tasks[t.ID] = &asked{Task: t}
			c.puts++
		}
		return nil
	})
}

func plain(t storage.Task) string {
	data, err := json.Marshal(t)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func (c *crowd) Cancel(_ context.Context, why string, tasks ...string) error {
	return c.w.act(func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, id := range tasks {
			if c.tasks[id] == nil {
				return fmt.Errorf("%w: task %s", assign.ErrUnknown, id)
			}
		}
		for _, id := range tasks {
			if t := c.tasks[id]; t.closed == "" {
				t.closed = why
			}
		}
		return nil
	})
}

func (c *crowd) Answers(task string) ([]storage.Answer, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tasks[task]
	if t == nil {
		return nil, false, fmt.Errorf("there is no task %s", task)
	}
	return append([]storage.Answer(nil), t.answers...), len(t.answers) == t.People, nil
}

func (c *crowd) Pause(_ context.Context, _, flow string, paused bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused == nil {
		c.paused = map[string]bool{}
	}
	c.paused[flow] = paused
	return nil
}

func (c *crowd) Priority(_ context.Context, _, flow string, priority int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.priority == nil {
		c.priority = map[string]int{}
	}
	c.priority[flow] = priority
	return nil
}

func (c *crowd) Undone() (tasks []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, t := range c.tasks {
		if t.given > len(t.answers) {
			tasks = append(tasks, id)
		}
	}
	return tasks
}

// open lists the tasks that want answers, by id.
func (c *crowd) open() (ids []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, t := range c.tasks {
		if t.closed == "" && len(t.answers) < t.People {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	return ids
}

// answer has the next person answer a task.
func (c *crowd) answer(task string, values string) {
	if !c.mayAnswer(task, values) {
		c.w.t.Errorf("there is no answering %s", task)
	}
}

// mayAnswer is answer for a task that may have been closed or answered a moment ago.
func (c *crowd) mayAnswer(task string, values string) bool {
	c.mu.Lock()
	t := c.tasks[task]
	if t == nil || t.closed != "" || len(t.answers) == t.People {
		c.mu.Unlock()
		return false
	}
	t.given++
	t.answers = append(t.answers, storage.Answer{
		ID: fmt.Sprintf("answer %d to %s", t.given, task), Task: task,
		Person: fmt.Sprintf("person %d", len(t.answers)+1), Form: t.Form, Values: json.RawMessage(values), Seconds: 3,
	})
	var tell func(string, []storage.Answer)
	if len(t.answers) == t.People {
		tell = c.done
	}
	answers := t.answers
	c.mu.Unlock()
	if tell != nil && !c.w.dead.Load() {
		tell(task, answers)
	}
	return true
}

func (c *crowd) task(id string) storage.Task {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tasks[id].Task
}

// answerAs has the next person say what says gives for the task's text.
func (c *crowd) answerAs(task string, says func(text string, person int) string) {
	c.mu.Lock()
	t := c.tasks[task]
	person := len(t.answers) + 1
	var item struct{ Text string }
	err := json.Unmarshal(t.Item, &item)
	c.mu.Unlock()
	if err != nil {
		c.w.t.Error(err)
	}
	values, err := json.Marshal(map[string]string{"says": says(item.Text, person)})
	if err != nil {
		c.w.t.Error(err)
	}
	c.mayAnswer(task, string(values))
}

// last says for which text, and as which person, the last answer to a task was given.
func (c *crowd) last(task string) (text string, person int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tasks[task]
	var item struct{ Text string }
	if err := json.Unmarshal(t.Item, &item); err != nil {
		c.w.t.Error(err)
	}
	return item.Text, len(t.answers)
}

// undo takes the last answer to a task back.
func (c *crowd) undo(task string) {
	c.mu.Lock()
	t := c.tasks[task]
	full := len(t.answers) == t.People
	t.answers = t.answers[: len(t.answers)-1 : len(t.answers)-1]
	tell := c.undone
	c.mu.Unlock()
	if full && !c.w.dead.Load() {
		tell(task)
	}
}

// choice is a form that asks for one text.
func choice(title string) form.Form {
	return form.Form{
		Title: title, Show: []form.Part{{Kind: "text", Fields: []string{"text"}}},
		Ask: []form.Field{{Name: "says", Kind: "longtext"}},
	}
}

func about(text string) map[string]any { return map[string]any{"text": text} }

// says reads what the first person said.
func says(a Answers) string {
	if len(a.List) == 0 {
		return ""
	}
	text, _ := a.List[0].Values["says"].(string)
	return text
}
