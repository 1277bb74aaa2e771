package flow

import (
	"container/heap"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"
)

// Sleep waits for a time, also while the process is down.
func (i *Instance) Sleep(d time.Duration) error {
	return i.sleep("sleep", d.Seconds(), func(began time.Time) time.Time { return began.Add(d) })
}

// Until waits for a moment, which may be past.
func (i *Instance) Until(t time.Time) error {
	return i.sleep("deadline", t.UTC().Format(time.RFC3339Nano), func(time.Time) time.Time { return t })
}

func (i *Instance) sleep(primitive string, args Value, until func(began time.Time) time.Time) error {
	c, err := i.enter(primitive, args)
	if err != nil || c.done {
		return err
	}
	if !c.begun && until(i.r.now()).After(i.r.now()) {
		if err := i.begin(c); err != nil {
			return err
		}
	}
	for c.begun && until(c.began).After(i.r.now()) {
		if err := i.wait(until(c.began)); err != nil {
			return err
		}
	}
	_, err = i.finish(c, nil, nil)
	return err
}

// Now is the time at which the call was made.
func (i *Instance) Now() (time.Time, error) {
	c, err := i.enter("now", nil)
	if err != nil {
		return time.Time{}, err
	}
	v, err := i.finish(c, i.r.now().Format(time.RFC3339Nano), nil)
	if err != nil {
		return time.Time{}, err
	}
	text, _ := v.(string)
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, i.park(c, fmt.Errorf("the record of now: %w", err))
	}
	return t, nil
}

// Random is a number in [0,1) that depends on the flow's seed, the instance and the call.
func (i *Instance) Random() (float64, error) {
	c, err := i.enter("random", nil)
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", i.flow.seed, taskID(i.id, c.number, c.round)))
	v, err := i.finish(c, float64(binary.BigEndian.Uint64(sum[:])>>11)/(1<<53), nil)
	if err != nil {
		return 0, err
	}
	f, is := v.(float64)
	if !is {
		return 0, i.park(c, fmt.Errorf("the record of random is a %T", v))
	}
	return f, nil
}

// timers call functions at their times: one heap, and one goroutine that sleeps until the first.
type timers struct {
	now   func() time.Time
	after func(time.Duration) (<-chan time.Time, func())

	mu      sync.Mutex
	alarms  alarms
	changed chan struct{} // the first may be another one now; holds one token
}

type alarm struct {
	at    time.Time
	do    func() // must be quick
	place int    // in the heap; -1: it has rung
}

// at has do called at a time, or soon after. Cancelling lets go of it; it may just have been called.
func (t *timers) at(when time.Time, do func()) (cancel func()) {
	a := &alarm{at: when, do: do}
	t.mu.Lock()
	heap.Push(&t.alarms, a)
	first := a.place == 0
	t.mu.Unlock()
	if first {
		t.look()
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if a.place >= 0 {
			heap.Remove(&t.alarms, a.place)
		}
	}
}

func (t *timers) look() {
	select {
	case t.changed <- struct{}{}:
	default: // a token is there already
	}
}

func (t *timers) run(ctx context.Context) {
	for {
		t.ring()
		var due <-chan time.Time
		release := func() {}
		if next, any := t.next(); any {
			due, release = t.after(next.Sub(t.now()))
		}
		select {
		case <-due:
		case <-t.changed:
		case <-ctx.Done():
			release()
			return
		}
		release()
	}
}

// ring calls whatever is due.
func (t *timers) ring() {
	now := t.now()
	for {
		t.mu.Lock()
		if len(t.alarms) == 0 || t.alarms[0].at.After(now) {
			t.mu.Unlock()
			return
		}
		a, _ := heap.Pop(&t.alarms).(*alarm)
		t.mu.Unlock()
		a.do()
	}
}

func (t *timers) next() (at time.Time, any bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.alarms) == 0 {
		return time.Time{}, false
	}
	return t.alarms[0].at, true
}

// pause waits for a while.
func (t *timers) pause(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	cancel := t.at(t.now().Add(d), func() { close(over) })
	defer cancel()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// alarms is a heap with the earliest first.
type alarms []*alarm

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a alarms) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push and Pop are for container/heap alone.
func (a *alarms) Push(x any) {
	one, _ := x.(*alarm)
	one.place = len(*a)
	*a = append(*a, one)
}

// Pop takes the last.
func (a *alarms) Pop() any {
	last := len(*a) - 1
	one := (*a)[last]
	(*a)[last] = nil
	*a, one.place = (*a)[:last], -1
	return one
}
