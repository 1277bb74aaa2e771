package web

import (
	"encoding/json"
	"fmt"
	"sync"

	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/form"
)

// workOf is a leased task as its annotator sees it.
func (s *Server) workOf(l assign.Lease) (*Work, error) {
	item, err := shown(l.Form, l.T.Item)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", l.Task, err)
	}
	w := &Work{
		Lease: l.ID, Task: l.Task, Flow: s.names.flow(s.o.Store, l.T.Flow), Form: l.Form, Version: l.T.Form, Item: item,
		Deadline: l.Until, CanUndo: l.CanUndo, Waiting: l.Waiting,
	}
	if l.Draft != nil {
		w.Draft, w.Saved = l.Draft.Values, &l.Draft.Time
	}
	return w, nil
}

// shown is of an item what its form shows. Whatever else it holds (where a text came from, which model
// wrote it, the known answer) stays here.
func shown(f form.Form, item json.RawMessage) (json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(item, &all); err != nil {
		return nil, fmt.Errorf("its item can't be read: %w", err)
	}
	some := make(map[string]json.RawMessage, len(all))
	for _, part := range f.Show {
		for _, name := range part.Fields {
			if value, ok := all[name]; ok {
				some[name] = value
			}
		}
	}
	return json.Marshal(some)
}

// names remembers what flows and forms are called by their id, which never changes.
type names struct {
	mu    sync.Mutex
	flows map[string]string
	forms map[string]form.Form
}

func newNames() *names { return &names{flows: map[string]string{}, forms: map[string]form.Form{}} }

// flow is the name of a flow; its id where that can't be read.
func (n *names) flow(store *storage.Store, id string) string {
	n.mu.Lock()
	name, ok := n.flows[id]
	n.mu.Unlock()
	if ok {
		return name
	}
	f, err := store.Flow(id)
	if err != nil {
		return id
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.flows[id] = f.Name
	return f.Name
}

// form is the form of a digest.
func (n *names) form(store *storage.Store, digest string) (form.Form, error) {
	n.mu.Lock()
	f, ok := n.forms[digest]
	n.mu.Unlock()
	if ok {
		return f, nil
	}
	text, err := store.Text(digest)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal([]byte(text.Text), &f); err != nil {
		return f, fmt.Errorf("form %.12s can't be read: %w", digest, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forms[digest] = f
	return f, nil
}
