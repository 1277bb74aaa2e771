package assign

import (
	"cmp"
	"slices"

	"github.com/google/btree"
	"github.com/oklog/ulid/v2"
)

// index is what the desk decides on. All of it follows from the tasks, the log and the time.
//
// Tasks and leases change through change and put alone, which keep up what is derived from them:
// counters, who is at work, what is available in which order, deadlines. Each change notes how it is
// taken back, so that a group of decisions whose commit failed leaves no trace.
type index struct {
	tasks   map[string]*task
	leases  map[ulid.ULID]*lease // all there ever were
	answers map[ulid.ULID]*lease // the same, by their answers
	people  map[string]*person
	flows   map[string]*flow
	open    []*flow               // those with open tasks, in the order in which they are served
	roots   map[string]*task      // the newest task of each root instance
	unlike  map[string][]*task    // by a task's id: those that exclude who has seen it
	ends    *btree.BTreeG[*lease] // live leases, by deadline
	opened  int                   // how many times a task became available
	back    []func()              // takes back the changes since the last commit
}

const degree = 32 // of the trees: nodes of a few cache lines

func newIndex() *index {
	return &index{
		tasks: map[string]*task{}, leases: map[ulid.ULID]*lease{}, answers: map[ulid.ULID]*lease{},
		people: map[string]*person{}, flows: map[string]*flow{},
		roots: map[string]*task{}, unlike: map[string][]*task{},
		ends: btree.NewG(degree, endsBefore),
	}
}

// keep makes the changes since the last commit final.
func (ix *index) keep() {
	clear(ix.back)
	ix.back = ix.back[:0]
}

// takeBack undoes the changes since the last commit.
func (ix *index) takeBack() {
	for _, undo := range slices.Backward(ix.back) {
		undo()
	}
	ix.keep()
}

// task is what is known of a storage.Task without reading it.
type task struct {
	id       string
	queue    *queue
	step     *step
	older    *task // the one before it of the same root instance
	created  int64 // nanoseconds since 1970, as all times of the index
	priority int
	people   int
	placed   bool // among the available ones of its queue
	state
}

// state is what changes of a task.
type state struct {
	marks  []mark // never written to in place: a state that was kept stays as it was
	valid  int    // answers that count
	live   int    // leases that have not ended
	closed bool
}

// mark is what a person has to do with a task.
type mark struct {
	who      *person
	lease    *lease // the latest; nil for somebody who is only excluded
	live     bool
	answered bool // and did not take it back
	skipped  bool
	excluded bool // has seen a task that this one is unlike
}

// bars says whether the task does not go to the person, as they are now.
func (m mark) bars() bool { return m.live || m.answered || m.skipped || m.excluded }

// isOpen says whether answers are wanted still.
func (t *task) isOpen() bool { return !t.closed && t.valid < t.people }

// isFree says whether somebody could have it now.
func (t *task) isFree() bool { return t.isOpen() && t.valid+t.live < t.people }

// of finds a person's mark, an empty one where there is none.
func (s *state) of(p *person) mark {
	for _, m := range s.marks {
		if m.who == p {
			return m
		}
	}
	return mark{who: p}
}

// setMark replaces a person's mark, or adds the first.
func (s *state) setMark(m mark) {
	s.marks = slices.Clone(s.marks)
	for i := range s.marks {
		if s.marks[i].who == m.who {
			s.marks[i] = m
			return
		}
	}
	s.marks = append(s.marks, m)
}

// taskBefore is the order within a queue, and between queues of flows of equal priority.
func taskBefore(a, b *task) bool {
	return cmp.Or(
		cmp.Compare(b.priority, a.priority),
		cmp.Compare(a.created, b.created),
		cmp.Compare(len(a.id), len(b.id)), // so that item 9 goes before item 10
		cmp.Compare(a.id, b.id),
	) < 0
}

// change changes the state of a task.
func (ix *index) change(t *task, how func(*state)) {
	was := t.state
	ix.back = append(ix.back, func() { ix.set(t, was) })
	now := was
	how(&now)
	ix.set(t, now)
}

// set is the one place where a task's state is written.
func (ix *index) set(t *task, to state) {
	q, from := t.queue, t.marks
	t.count(-1)
	t.state = to
	free := t.isFree()
	moved := free != t.placed
	switch t.placed = free; {
	case moved && free:
		q.free.ReplaceOrInsert(t)
	case moved:
		q.free.Delete(t)
	}
	t.count(+1)
	ix.list(q.flow)
	switch {
	case moved && free:
		ix.opened++
		for _, v := range q.views {
			v.stepBack(t)
		}
	case free:
		// People whom it was barred to may have passed it on their way through the queue.
		for i, m := range from {
			if m.bars() && (i >= len(to.marks) || !to.marks[i].bars()) {
				m.who.view(q).stepBack(t)
			}
		}
	}
}

// list keeps the flows with open tasks in their order.
func (ix *index) list(f *flow) {
	if f.listed == (f.open > 0) {
		return
	}
	f.listed = !f.listed
	at, _ := slices.BinarySearchFunc(ix.open, f, flowOrder)
	if f.listed {
		ix.open = slices.Insert(ix.open, at, f)
	} else {
		ix.open = slices.Delete(ix.open, at, at+1)
	}
}

// flowOrder is the order in which flows are served: by priority, the oldest first.
func flowOrder(a, b *flow) int {
	return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.id, b.id))
}
