package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ErrTooBig says that a reservation does not fit and that nothing which is held will make it fit.
var ErrTooBig = errors.New("not enough memory")

// memory is what a queue has admitted. The queue's lock guards it.
type memory struct {
	budget int64
	held   []*Reservation
	asking []*request
}

// Reservation is memory that was admitted by its declared bytes.
type Reservation struct {
	queue  *Queue
	name   string
	owner  string
	bytes  int64
	pinned bool // guarded by the queue's lock
	once   sync.Once
}

// request is a call of Reserve that waits.
type request struct {
	*Reservation
	settled chan struct{} // closed when it was admitted or refused
	err     error         // why it was refused
}

// Reserve admits bytes of memory under a name ("weights of embedded", "KV cache, 32 × 2048"). Ask
// before the memory is allocated, for all that the thing will ever use.
//
// What does not fit waits while others hold enough that will be released: what they have not pinned,
// unless they wait for memory themselves and nothing can end that. Otherwise, and when the budget
// is too small altogether, the answer is an error that wraps [ErrTooBig] and says what was asked,
// what is free and who holds the rest. Holders are told apart by [Named], and none waits for what it
// holds itself; without a name each reservation has a holder of its own.
//
// Waiting is first come, first served, so that much is not starved by little; only who already
// holds something passes those who hold nothing, because it must finish to release. ctx ends the
// waiting.
//
// Don't wait for memory while holding the device: who holds the memory may need the device to
// finish. Reserve inside [Queue.Do] refuses instead of waiting.
func (q *Queue) Reserve(ctx context.Context, name string, bytes int64) (*Reservation, error) {
	if bytes < 0 {
		return nil, fmt.Errorf("reserve %s: %d bytes", name, bytes)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reserve %s: %w", name, err)
	}
	onDevice := q.turnOf(ctx) != nil
	r := &request{
		Reservation: &Reservation{queue: q, name: name, owner: nameOf(ctx), bytes: bytes},
		settled:     make(chan struct{}),
	}
	q.mu.Lock()
	m := &q.memory
	m.asking = append(m.asking, r)
	m.settle()
	if onDevice && m.forget(r) {
		r.refuse(m)
	}
	q.mu.Unlock()
	select {
	case <-r.settled:
	case <-ctx.Done():
		q.mu.Lock()
		if m.forget(r) {
			r.err = ctx.Err()
			close(r.settled)
			m.settle() // somebody behind may fit now
		}
		q.mu.Unlock()
		<-r.settled
	}
	if r.err != nil {
		return nil, fmt.Errorf("reserve %s: %w", name, r.err)
	}
	return r.Reservation, nil
}

// Bytes returns what was declared.
func (r *Reservation) Bytes() int64 { return r.bytes }

// Pin says that the reservation will be held for as long as the process lives (base weights), so
// that nobody waits for it. Release works all the same.
func (r *Reservation) Pin() {
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	r.pinned = true
	r.queue.memory.settle()
}

// Release gives the memory back, after it was freed. Calling it again does nothing; so does calling
// it on nil.
func (r *Reservation) Release() {
	if r == nil {
		return
	}
	r.once.Do(func() {
		m := &r.queue.memory
		r.queue.mu.Lock()
		defer r.queue.mu.Unlock()
		m.held = slices.DeleteFunc(m.held, func(held *Reservation) bool { return held == r })
		m.settle()
	})
}

// settle admits and refuses waiting requests until nothing changes. The caller holds the lock.
func (m *memory) settle() {
	for m.admitOne() || m.refuseOne() {
	}
}

// admitOne admits the first request that fits and may go; the first in line may always go, the
// others only if they hold something already.
func (m *memory) admitOne() bool {
	for i, r := range m.asking {
		if (i == 0 || m.holds(r.owner)) && r.bytes <= m.free() {
			m.forget(r)
			m.held = append(m.held, r.Reservation)
			close(r.settled)
			return true
		}
	}
	return false
}

// refuseOne refuses the newest request that will never be admitted.
func (m *memory) refuseOne() bool {
	hopeful := m.hopeful()
	for _, r := range slices.Backward(m.asking) {
		if !hopeful[r] {
			m.forget(r)
			r.refuse(m)
			return true
		}
	}
	return false
}

// hopeful returns the requests that can be admitted in time. Holders who wait for nothing will
// release what they have not pinned; with that, some who wait can be admitted, will finish and
// release in their turn, and so on (the safety check of Dijkstra's banker).
func (m *memory) hopeful() map[*request]bool {
	available, hopeful := m.free(), map[*request]bool{}
	for _, held := range m.held {
		if !held.pinned && !m.waits(held.owner) {
			available += held.bytes
		}
	}
	for again := true; again; {
		again = false
		for _, r := range m.asking {
			if hopeful[r] || r.bytes > available {
				continue
			}
			hopeful[r], again = true, true
			if r.owner != "" && !m.waitsWithout(r.owner, hopeful) {
				available += m.unpinned(r.owner)
			}
		}
	}
	return hopeful
}

// waits says whether a holder asks for more.
func (m *memory) waits(owner string) bool { return m.waitsWithout(owner, nil) }

// waitsWithout says whether a holder asks for something that is not among the given requests.
func (m *memory) waitsWithout(owner string, without map[*request]bool) bool {
	return owner != "" && slices.ContainsFunc(m.asking, func(r *request) bool {
		return r.owner == owner && !without[r]
	})
}

// unpinned counts what a holder will release when it finishes.
func (m *memory) unpinned(owner string) int64 {
	var bytes int64
	for _, held := range m.held {
		if held.owner == owner && !held.pinned {
			bytes += held.bytes
		}
	}
	return bytes
}

func (m *memory) holds(owner string) bool {
	return owner != "" && slices.ContainsFunc(m.held, func(r *Reservation) bool { return r.owner == owner })
}

func (m *memory) free() int64 {
	free := m.budget
	for _, r := range m.held {
		free -= r.bytes
	}
	return free
}

// forget takes a request out of the line and says whether it was in it.
func (m *memory) forget(r *request) bool {
	at := slices.Index(m.asking, r)
	if at < 0 {
		return false
	}
	m.asking = slices.Delete(m.asking, at, at+1)
	return true
}

// refuse settles a request with the reason in words.
func (r *request) refuse(m *memory) {
	r.err = fmt.Errorf("%w: it needs %s, %s of %s are free (%s)", ErrTooBig, formatBytes(r.bytes),
		formatBytes(m.free()), formatBytes(m.budget), m.holders())
	close(r.settled)
}

// holders lists who holds what, the largest first.
func (m *memory) holders() string {
	if len(m.held) == 0 {
		return "nothing else is held; use something smaller or a machine with more memory"
	}
	const shown = 5
	held := slices.SortedStableFunc(slices.Values(m.held), func(a, b *Reservation) int {
		return int(min(max(b.bytes-a.bytes, -1), 1))
	})
	var parts []string
	for _, r := range held[:min(shown, len(held))] {
		part := r.name + " " + formatBytes(r.bytes)
		if r.owner != "" {
			part += " for " + r.owner
		}
		parts = append(parts, part)
	}
	if len(held) > shown {
		parts = append(parts, fmt.Sprintf("%d more", len(held)-shown))
	}
	return "held: " + strings.Join(parts, ", ")
}

func formatBytes(n int64) string {
	switch {
	case n >= 1<<30 || n <= -1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20 || n <= -1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}
