package assign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"workbench/storage"
	"workbench/tasks/form"
)

// Limits of what is kept.
const (
	maxID     = 512      // bytes of a task's id
	maxItem   = 16 << 20 // bytes of an item
	maxSaid   = 4 << 20  // bytes of an answer or a draft
	maxReason = 4 << 10  // bytes of a reason to skip
	maxKey    = 256      // bytes of a key that a client makes
)

// excludes is what a name of a person begins with in a task's Unlike.
const excludes = "person:"

// Put keeps tasks durably and opens them for pulling. A task whose id is known is left alone, so to put
// it again does nothing. Where Created is zero it is now. After an error some of several tasks may have
// been kept.
func (d *Desk) Put(ctx context.Context, tasks ...storage.Task) error {
	papers := make([]*paper, len(tasks))
	for i, t := range tasks {
		p, err := d.checkTask(t)
		if err != nil {
			return err
		}
		papers[i] = p
	}
	for len(tasks) > 0 {
		n, size := 0, 0
		for ; n < len(tasks) && size < groupBytes; n++ {
			size += overhead + len(tasks[n].Item) + len(tasks[n].Gold)
		}
		some, of := tasks[:n], papers[:n]
		if err := d.ask(ctx, size, func(g *group) error { return g.put(some, of) }); err != nil {
			return err
		}
		tasks, papers = tasks[n:], papers[n:]
	}
	return nil
}

// checkTask refuses a task that nobody could be given, and lays out its paper.
func (d *Desk) checkTask(t storage.Task) (*paper, error) {
	switch {
	case t.ID == "" || len(t.ID) > maxID || !utf8.ValidString(t.ID) || strings.ContainsRune(t.ID, '/'):
		return nil, fmt.Errorf("%w: a task's id is 1 to %d bytes of text without a slash, and not %.40q", ErrInvalid, maxID, t.ID)
	case t.Flow == "":
		return nil, fmt.Errorf("%w: task %s belongs to no flow", ErrInvalid, t.ID)
	case t.People < 1:
		return nil, fmt.Errorf("%w: task %s wants answers of %d people; at least 1", ErrInvalid, t.ID, t.People)
	case len(t.Item) > maxItem || len(t.Gold) > maxItem:
		return nil, fmt.Errorf("%w: the item of task %s has %d bytes; at most %d", ErrInvalid, t.ID, len(t.Item), maxItem)
	case t.Gold != nil && !json.Valid(t.Gold):
		return nil, fmt.Errorf("%w: the known answer of task %s is no JSON", ErrInvalid, t.ID)
	}
	p, err := d.papers.lay(t)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: the form of task %s, %.12q, is not kept; give it to PutForm first", ErrInvalid, t.ID, t.Form)
	case errors.Is(err, errItem):
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	case err != nil:
		return nil, err
	}
	if err := p.form.Fits(p.item); err != nil {
		return nil, fmt.Errorf("%w: task %s: %w", ErrInvalid, t.ID, err)
	}
	return p, nil
}

func (g *group) put(tasks []storage.Task, papers []*paper) error {
	for i, t := range tasks {
		if g.ix.tasks[t.ID] != nil || g.putNow[t.ID] {
			continue
		}
		if _, err := g.flow(t.Flow); errors.Is(err, ErrUnknown) {
			g.ix.setFlow(t.Flow, storage.Flow{})
		} else if err != nil {
			return err
		}
		if t.Created.IsZero() {
			t.Created = g.now.UTC()
			papers[i].task.Created = t.Created
		}
		g.putNow[t.ID] = true
		g.batch.PutTask(t)
		g.then = append(g.then, func() {
			g.ix.addTask(t)
			g.papers.remember(papers[i]) // somebody will pull it soon
		})
	}
	return nil
}

// flow finds a flow; the first time its record says its priority and whether it is paused.
func (g *group) flow(id string) (*flow, error) {
	if f := g.ix.flows[id]; f != nil {
		return f, nil
	}
	s, err := g.store.Flow(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: flow %s", ErrUnknown, id)
	}
	if err != nil {
		return nil, err
	}
	return g.ix.setFlow(id, s), nil
}

// setFlow takes over what a flow's record says.
func (ix *index) setFlow(id string, s storage.Flow) *flow {
	f := ix.flow(id)
	f.priority, f.paused = s.Priority, s.Status == "paused"
	return f
}

// addTask adds a task that is in the store. It is no decision and is not taken back.
func (ix *index) addTask(s storage.Task) {
	if ix.tasks[s.ID] != nil {
		return
	}
	f := ix.flow(s.Flow)
	t := &task{
		id: s.ID, created: s.Created.UnixNano(), priority: s.Priority, people: s.People,
		queue: f.queue(audience{pool: s.Pool, person: s.Person}), step: f.step(s.Step),
		state: state{closed: true}, // until it is complete
	}
	t.step.meet(t)
	ix.tasks[s.ID] = t
	ix.link(t)
	ix.set(t, state{marks: ix.excluded(t, s.Unlike)})
}

// excluded are the marks of people who may not get a new task, which will hear of those to come.
func (ix *index) excluded(t *task, unlike []string) []mark {
	var s state
	for i, u := range unlike {
		if slices.Contains(unlike[:i], u) {
			continue
		}
		if id, is := strings.CutPrefix(u, excludes); is {
			s.setMark(mark{who: ix.person(id), excluded: true})
			continue
		}
		ix.unlike[u] = append(ix.unlike[u], t)
		if other := ix.tasks[u]; other != nil {
			for _, m := range other.marks {
				if m.lease != nil {
					s.setMark(mark{who: m.who, excluded: true})
				}
			}
		}
	}
	return s.marks
}

// link puts a task among those of its root instance, the newest first.
func (ix *index) link(t *task) {
	root := rootOf(t.id)
	newer, older := (*task)(nil), ix.roots[root]
	for older != nil && older.created > t.created {
		newer, older = older, older.older
	}
	t.older = older
	if newer == nil {
		ix.roots[root] = t
	} else {
		newer.older = t
	}
}

// PutForm keeps a form under its version, which tasks cite.
func (d *Desk) PutForm(f form.Form) (version string, err error) {
	if err := f.Check(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	text, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	version = f.Version()
	if _, err := d.papers.form(version); err == nil {
		return version, nil
	}
	b := &storage.Batch{}
	b.PutText(storage.Text{SHA256: version, Kind: "form", Name: f.Title, Text: string(text)})
	if err := d.commit(b); err != nil {
		return "", err
	}
	return version, nil
}

// Cancel closes tasks: nobody gets them any more. Answers that are on their way are kept and flagged.
// A task that is closed already is left alone; one that is not there is an error, and then none is closed.
func (d *Desk) Cancel(ctx context.Context, why string, tasks ...string) error {
	return d.ask(ctx, overhead*len(tasks), func(g *group) error {
		for _, id := range tasks {
			if g.ix.tasks[id] == nil {
				return fmt.Errorf("%w: task %s", ErrUnknown, id)
			}
		}
		for _, id := range tasks {
			if t := g.ix.tasks[id]; !t.closed {
				g.log(event{kind: kindClosed, object: id}, closedData{why})
				g.ix.closeTask(t)
			}
		}
		return nil
	})
}

// Pause stops giving out a flow's tasks, or goes on. Who has one keeps it.
func (d *Desk) Pause(ctx context.Context, by, flow string, paused bool) error {
	return d.ask(ctx, overhead, func(g *group) error {
		f, err := g.flow(flow)
		if err != nil {
			return err
		}
		if f.paused == paused {
			return nil
		}
		kind := kindResumed
		if paused {
			kind = kindPaused
		}
		g.log(event{kind: kind, actor: by, object: flow}, nil)
		g.ix.pause(f, paused)
		return nil
	})
}

// Priority sets how early a flow's tasks are given out; larger goes first.
func (d *Desk) Priority(ctx context.Context, by, flow string, priority int) error {
	return d.ask(ctx, overhead, func(g *group) error {
		f, err := g.flow(flow)
		if err != nil {
			return err
		}
		if f.priority == priority {
			return nil
		}
		g.log(event{kind: kindPriority, actor: by, object: flow}, priorityData{priority})
		g.ix.prioritize(f, priority)
		return nil
	})
}

// SetPerson tells the desk of a person's pools, and of whether they may work. Those who are in the store
// when the desk is opened are known to it. On a desk that is closed it does nothing.
func (d *Desk) SetPerson(p storage.Person) {
	d.look(func(ix *index, _ time.Time) { ix.setPerson(p) })
}
