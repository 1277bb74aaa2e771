package assign

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"workbench/storage"
	"workbench/tasks/form"
)

// paper is a task with what is needed to show it and to check answers to it.
type paper struct {
	task storage.Task // without Gold
	form form.Form
	item form.Item
}

// papers reads papers from the store, and remembers those that were put or read lately: a task that was put
// is soon given to somebody, who soon answers it.
type papers struct {
	store *storage.Store

	mu       sync.Mutex
	new, old map[string]*paper // by task
	size     int               // bytes of the items in new
	forms    map[string]form.Form
}

// Bounds of what is remembered: twice maxPapers bytes, and so many forms.
const (
	maxPapers = 8 << 20
	maxForms  = 1000
)

func newPapers(store *storage.Store) *papers {
	return &papers{store: store, new: map[string]*paper{}, forms: map[string]form.Form{}}
}

// of finds the paper of a task.
func (c *papers) of(task string) (*paper, error) {
	if p := c.remembered(task); p != nil {
		return p, nil
	}
	t, err := c.store.Task(task)
	if err != nil {
		return nil, err
	}
	p, err := c.lay(t)
	if err == nil {
		c.remember(p)
	}
	return p, err
}

// errItem is what an item that is no JSON object gives.
var errItem = errors.New("the item is no JSON object")

// lay makes the paper of a task.
func (c *papers) lay(t storage.Task) (p *paper, err error) {
	t.Gold = nil
	p = &paper{task: t}
	if p.form, err = c.form(t.Form); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(t.Item, &p.item); err != nil {
		return nil, fmt.Errorf("task %s: %w: %w", t.ID, errItem, err)
	}
	return p, nil
}

func (c *papers) remembered(task string) *paper {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.new[task]; p != nil {
		return p
	}
	return c.old[task]
}

func (c *papers) remember(p *paper) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.new[p.task.ID] = p
	if c.size += overhead + len(p.task.Item); c.size > maxPapers {
		c.old, c.new, c.size = c.new, map[string]*paper{}, 0
	}
}

// form finds the form of a version.
func (c *papers) form(version string) (form.Form, error) {
	c.mu.Lock()
	f, known := c.forms[version]
	c.mu.Unlock()
	if known {
		return f, nil
	}
	text, err := c.store.Text(version)
	if err != nil {
		return form.Form{}, err
	}
	if err := json.Unmarshal([]byte(text.Text), &f); err != nil {
		return form.Form{}, fmt.Errorf("form %.12s: %w", version, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.forms) >= maxForms {
		clear(c.forms)
	}
	c.forms[version] = f
	return f, nil
}
