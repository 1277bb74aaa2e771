package assign

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/oklog/ulid/v2"
)

// These are all the moves there are. The desk makes them when it decides, and makes them again from the
// log when it is opened.

// grant gives a task to a person.
func (ix *index) grant(t *task, p *person, id ulid.ULID, now, until int64, replaces *lease) *lease {
	l := &lease{id: id, task: t, who: p, since: now, replaces: replaces}
	ix.leases[id] = l
	ix.back = append(ix.back, func() { delete(ix.leases, id) })
	m := t.of(p)
	first := m.lease == nil
	m.lease = l
	ix.change(t, func(s *state) { s.setMark(m) })
	ix.renew(l, until)
	if replaces != nil {
		ix.hold(replaces, func(h *hold) { h.redo = l })
	}
	if first {
		for _, other := range ix.unlike[t.id] {
			ix.exclude(other, p)
		}
	}
	return l
}

// exclude keeps a task from a person.
func (ix *index) exclude(t *task, p *person) {
	if m := t.of(p); !m.excluded {
		m.excluded = true
		ix.change(t, func(s *state) { s.setMark(m) })
	}
}

// renew moves a lease's end, also of one that has ended.
func (ix *index) renew(l *lease, until int64) {
	ix.setLive(l, true)
	ix.hold(l, func(h *hold) { h.live, h.until = true, until })
}

// end ends a lease.
func (ix *index) end(l *lease) {
	ix.setLive(l, false)
	ix.hold(l, func(h *hold) { h.live = false })
}

// setLive says on the task whether a lease of it is live.
func (ix *index) setLive(l *lease, live bool) {
	if l.live == live {
		return
	}
	ix.change(l.task, func(s *state) {
		m := s.of(l.who)
		m.live = live
		s.setMark(m)
		s.live += is(live) - is(!live)
	})
}

// advance ends the leases whose time has come.
func (ix *index) advance(now int64) {
	for {
		l, some := ix.ends.Min()
		if !some || l.until > now {
			return
		}
		ix.end(l)
	}
}

// given is what the index keeps of an answer.
type given struct {
	answer  ulid.ULID
	key     string
	at      int64
	seconds float64
	late    bool
}

// answer takes an answer.
func (ix *index) answer(l *lease, a given) {
	ix.end(l)
	ix.hold(l, func(h *hold) {
		h.is, h.answer, h.key, h.at, h.seconds = answered, a.answer, hash(a.key), a.at, float32(a.seconds)
		if a.late {
			h.is = late
		}
	})
	ix.change(l.task, func(s *state) {
		m := s.of(l.who)
		m.answered = true
		s.setMark(m)
		s.valid += is(!a.late)
	})
	f := l.task.queue.flow
	f.rate.add(a.at, 1)
	ix.back = append(ix.back, func() { f.rate.add(a.at, -1) })
}

// skip gives a task back.
func (ix *index) skip(l *lease) {
	ix.end(l)
	ix.hold(l, func(h *hold) { h.is = skipped })
	ix.change(l.task, func(s *state) {
		m := s.of(l.who)
		m.skipped = true
		s.setMark(m)
	})
}

// undo takes an answer back. The task is given again by grant.
func (ix *index) undo(l *lease, key string) {
	ix.hold(l, func(h *hold) { h.is, h.undoKey = undone, hash(key) })
	ix.change(l.task, func(s *state) {
		m := s.of(l.who)
		m.answered = false
		s.setMark(m)
		s.valid--
	})
}

// closeTask takes a task away from everybody.
func (ix *index) closeTask(t *task) {
	for _, m := range t.marks {
		if m.live {
			ix.end(m.lease)
		}
	}
	ix.change(t, func(s *state) { s.closed = true })
}

// pause stops or goes on with giving out a flow's tasks.
func (ix *index) pause(f *flow, paused bool) {
	was := f.paused
	ix.back = append(ix.back, func() { f.paused = was })
	f.paused = paused
	ix.opened += is(was && !paused)
}

// prioritize moves a flow in the order of flows.
func (ix *index) prioritize(f *flow, priority int) {
	was := f.priority
	move := func(to int) {
		open := f.open
		f.open = 0
		ix.list(f)
		f.open, f.priority = open, to
		ix.list(f)
	}
	ix.back = append(ix.back, func() { move(was) })
	move(priority)
}

// hash shortens a key that a client made: 64 bits tell apart what one person sends for one lease.
func hash(key string) uint64 {
	sum := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(sum[:])
}

// rootOf is the root instance of a task, which all that is done for one item has in common: the flow's
// id and the item's number.
func rootOf(id string) string {
	instance := id
	if colon := strings.LastIndexByte(id, ':'); colon >= 0 {
		instance = id[:colon]
	}
	dot := strings.IndexByte(instance, '.')
	if dot < 0 {
		return instance
	}
	if next := strings.IndexByte(instance[dot+1:], '.'); next >= 0 {
		return instance[:dot+1+next]
	}
	return instance
}
