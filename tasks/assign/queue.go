package assign

import (
	"iter"
	"slices"

	"github.com/google/btree"
)

// flow is what is known of a flow.
type flow struct {
	id       string
	priority int
	paused   bool
	queues   map[audience]*queue
	steps    map[string]*step
	open     int  // tasks
	listed   bool // in index.open
	rate     rate
}

// audience is whom tasks are for: those in a pool (empty: everybody), or one person.
type audience struct{ pool, person string }

// queue holds the tasks of a flow that are for the same people.
type queue struct {
	flow *flow
	audience
	open  int                  // tasks
	free  *btree.BTreeG[*task] // the available ones, in order
	views []*view
}

// view is how far one person has come in a queue, and what keeps its tasks from them.
type view struct {
	who *person
	// cursor is a place in the order of the queue before which nothing is for this person; nil is the
	// beginning. It only saves steps: nothing else depends on it.
	cursor *task

	// Open tasks by the first that applies to the person:
	answered, skipped, live, excluded int
	// barred are those of them that are available to others.
	barred int
}

func (ix *index) flow(id string) *flow {
	f := ix.flows[id]
	if f == nil {
		f = &flow{id: id, queues: map[audience]*queue{}, steps: map[string]*step{}}
		ix.flows[id] = f
	}
	return f
}

func (f *flow) queue(a audience) *queue {
	q := f.queues[a]
	if q == nil {
		q = &queue{flow: f, audience: a, free: btree.NewG(degree, taskBefore)}
		f.queues[a] = q
	}
	return q
}

// has says whether a queue's tasks are for a person.
func (a audience) has(p *person) bool {
	return (a.person == "" || a.person == p.id) && (a.pool == "" || slices.Contains(p.pools, a.pool))
}

// queuesFor are the flow's queues whose tasks are for a person.
func (f *flow) queuesFor(p *person) iter.Seq[*queue] {
	return func(yield func(*queue) bool) {
		visit := func(a audience) bool {
			q := f.queues[a]
			return q == nil || yield(q)
		}
		if !visit(audience{}) || !visit(audience{person: p.id}) {
			return
		}
		for _, pool := range p.pools {
			if !visit(audience{pool: pool}) || !visit(audience{pool: pool, person: p.id}) {
				return
			}
		}
	}
}

// view is a person's view of a queue.
func (p *person) view(q *queue) *view {
	v := p.views[q]
	if v == nil {
		v = &view{who: p}
		p.views[q] = v
		q.views = append(q.views, v)
	}
	return v
}

// stepBack makes sure that a task is not passed over.
func (v *view) stepBack(t *task) {
	if v.cursor != nil && taskBefore(t, v.cursor) {
		v.cursor = t
	}
}

// first finds the first available task for a person, nil for none. What it passes is barred to the
// person for good, or until stepBack is called; so it is passed once.
func (q *queue) first(p *person) *task {
	v := p.view(q)
	if q.free.Len() == v.barred {
		return nil
	}
	var found *task
	look := func(t *task) bool {
		if m := t.of(p); !m.bars() {
			found = t
		}
		v.cursor = t
		return found == nil
	}
	if v.cursor == nil {
		q.free.Ascend(look)
	} else {
		q.free.AscendGreaterOrEqual(v.cursor, look)
	}
	return found
}

// next finds the task that a person should get, nil for none.
func (ix *index) next(p *person) *task {
	var best *task
	for _, f := range ix.open {
		if best != nil && f.priority < best.queue.flow.priority {
			break
		}
		if f.paused {
			continue
		}
		for q := range f.queuesFor(p) {
			if t := q.first(p); t != nil && (best == nil || taskBefore(t, best)) {
				best = t
			}
		}
	}
	return best
}

// waiting is how many tasks a person could get.
func (ix *index) waiting(p *person) int {
	n := 0
	for _, f := range ix.open {
		if f.paused {
			continue
		}
		for q := range f.queuesFor(p) {
			n += q.free.Len() - p.view(q).barred
		}
	}
	return n
}

// count adds a task to the counters, or takes it away from them.
func (t *task) count(sign int) {
	t.step.done += sign * t.valid
	if !t.isOpen() {
		return
	}
	t.step.waiting += sign * max(0, t.people-t.valid-t.live)
	t.step.leased += sign * t.live
	t.queue.open += sign
	t.queue.flow.open += sign
	for _, m := range t.marks {
		if !m.bars() {
			continue
		}
		v := m.who.view(t.queue)
		switch {
		case m.answered:
			v.answered += sign
		case m.skipped:
			v.skipped += sign
		case m.live:
			v.live += sign
		case m.excluded:
			v.excluded += sign
		}
		if t.placed {
			v.barred += sign
		}
	}
}
