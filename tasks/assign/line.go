package assign

import (
	"context"
	"sync"
	"time"
)

// request is what somebody wants of the desk's goroutine: to decide something, or to look.
type request struct {
	ctx    context.Context
	size   int                     // bytes that it writes, roughly
	decide func(*group) error      // checks first and changes then: after an error nothing is changed
	look   func(*index, time.Time) // instead of decide
	err    error                   // what decide said
	done   chan error              // gets the outcome, once
}

func (r *request) finish(err error) { r.done <- err }

// groupBytes is how much a group writes at most, so that it fits one transaction of the store.
const groupBytes = 384 << 10

// overhead is how many bytes records and events have besides what people and flows put into them,
// roughly.
const overhead = 512

// ask has the desk's goroutine decide, and waits until that is written. When ctx ends before, it may be
// decided and written all the same.
func (d *Desk) ask(ctx context.Context, size int, decide func(*group) error) error {
	r := &request{ctx: ctx, size: size, decide: decide, done: make(chan error, 1)}
	if !d.waiting.add(r) {
		return ErrClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// look shows the index as it is written, and says whether it could.
func (d *Desk) look(how func(*index, time.Time)) bool {
	r := &request{look: how, done: make(chan error, 1)}
	return d.waiting.add(r) && <-r.done == nil
}

// line holds those who wait for the desk's goroutine, in the order in which they came.
type line struct {
	arrived chan struct{} // holds a token while there may be somebody

	mu     sync.Mutex
	all    []*request
	closed bool

	last int // size of the group before; the goroutine's own
}

func newLine() *line { return &line{arrived: make(chan struct{}, 1)} }

// add lets somebody wait; not when the line is closed.
func (l *line) add(r *request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.all = append(l.all, r)
	l.wake()
	return true
}

func (l *line) wake() {
	select {
	case l.arrived <- struct{}{}:
	default:
	}
}

// gather takes the next group. While fewer wait than in the group before, it gives them until patience
// is over to come too: people who were told together often come back together.
func (l *line) gather(patience time.Duration) []*request {
	if n := l.len(); n > 0 && n < l.last && patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		for over := false; !over && l.len() < l.last; {
			select {
			case <-l.arrived:
			case <-timer.C:
				over = true
			}
		}
	}
	group := l.take()
	l.last = len(group)
	return group
}

func (l *line) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// take takes from the front as many as may write together, at least one.
func (l *line) take() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, size := 0, 0
	for n < len(l.all) && (n == 0 || size+l.all[n].size <= groupBytes) {
		size += l.all[n].size
		n++
	}
	group := l.all[:n:n]
	l.all = l.all[n:]
	if len(l.all) > 0 {
		l.wake()
	}
	return group
}

// close ends the line and returns who is left in it.
func (l *line) close() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	left := l.all
	l.all = nil
	return left
}
