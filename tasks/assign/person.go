package assign

import (
	"slices"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// person is what is known of somebody.
type person struct {
	id       string
	known    bool // in the store, and not only in the log
	disabled bool
	pools    []string
	views    map[*queue]*view

	// What follows from their leases:
	live    []*lease // by id
	past    []*lease // that were answered, in order
	undone  []*lease // answered ones that were taken back, in the order of the taking back
	skipped int
}

func (ix *index) person(id string) *person {
	p := ix.people[id]
	if p == nil {
		p = &person{id: id, views: map[*queue]*view{}}
		ix.people[id] = p
	}
	return p
}

// setPerson takes over what people may do. It is no decision and is not taken back.
func (ix *index) setPerson(s storage.Person) {
	p := ix.person(s.ID)
	p.known, p.disabled, p.pools = true, s.Disabled, nil
	for _, pool := range s.Pools {
		if pool != "" && !slices.Contains(p.pools, pool) {
			p.pools = append(p.pools, pool)
		}
	}
	ix.opened++
}

// lease is a task in somebody's hands, now or once.
type lease struct {
	id       ulid.ULID
	task     *task
	who      *person
	since    int64
	replaces *lease // whose answer was taken back
	hold
}

// hold is what changes of a lease.
type hold struct {
	until    int64
	is       status
	live     bool // until has not come, and is is held
	mayDraft bool // there may be a draft in the store
	seconds  float32
	key      uint64 // hash of the submission's key
	at       int64  // when it was answered
	answer   ulid.ULID
	undoKey  uint64 // hash of the key by which the answer was taken back
	redo     *lease // under which the task was given again when it was
}

// status is what became of a lease.
type status uint8

const (
	held     status = iota // nothing yet
	answered               // and the answer counts
	late                   // answered, and the answer does not count
	skipped
	undone // answered, and the answer was taken back
)

func (h hold) wasAnswered() bool { return h.is == answered || h.is == late || h.is == undone }

func endsBefore(a, b *lease) bool {
	if a.until != b.until {
		return a.until < b.until
	}
	return a.id.Compare(b.id) < 0
}

// hold changes a lease.
func (ix *index) hold(l *lease, how func(*hold)) {
	was := l.hold
	ix.back = append(ix.back, func() { ix.put(l, was) })
	now := was
	how(&now)
	ix.put(l, now)
}

// put is the one place where a lease is written.
func (ix *index) put(l *lease, to hold) {
	p, from := l.who, l.hold
	if from.live {
		ix.ends.Delete(l)
		p.live = slices.DeleteFunc(p.live, func(other *lease) bool { return other == l })
	}
	l.hold = to
	if to.live {
		ix.ends.ReplaceOrInsert(l)
		at, _ := slices.BinarySearchFunc(p.live, l, func(a, b *lease) int { return a.id.Compare(b.id) })
		p.live = slices.Insert(p.live, at, l)
	}
	switch {
	case to.wasAnswered() && !from.wasAnswered():
		p.past = append(p.past, l)
		ix.answers[to.answer] = l
	case from.wasAnswered() && !to.wasAnswered(): // what was last is taken back first
		p.past = p.past[:len(p.past)-1]
		delete(ix.answers, from.answer)
	}
	switch {
	case to.is == undone && from.is != undone:
		p.undone = append(p.undone, l)
	case from.is == undone && to.is != undone:
		p.undone = p.undone[:len(p.undone)-1]
	}
	p.skipped += is(to.is == skipped) - is(from.is == skipped)
}

func is(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
