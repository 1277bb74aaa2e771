package flow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workbench/storage"
)

// world is a data folder with a crowd, a clock, and the programs that can be started. Its process can
// be killed and started again.
type world struct {
	t        *testing.T
	dir      string
	clock    *clock
	crowd    *crowd
	programs scripts
	limits   Limits
	random   *rand.ChaCha8

	store *storage.Store
	r     *Runtime

	mu       sync.Mutex
	troubles []string

	acts    atomic.Int64 // durable ones, so far
	dead    atomic.Bool
	budget  atomic.Int64 // durable acts until the process dies; below 1: it lives
	refuses atomic.Int64 // of so many commits about one fails, and nothing is written; 0: none
}

// scripts are programs by the text of their script.
type scripts map[string]programFunc

type programFunc func(ctx context.Context, i *Instance, function string, args Value) (Value, error)

func (p programFunc) Run(ctx context.Context, i *Instance, function string, args Value) (Value, error) {
	return p(ctx, i, function, args)
}

func (s scripts) Program(_ storage.Flow, script string, _ Value) (Program, error) {
	p, ok := s[script]
	if !ok {
		return nil, fmt.Errorf("there is no script %q", script)
	}
	return p, nil
}

var errDead = fmt.Errorf("%w: killed", storage.ErrClosed)

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, dir: t.TempDir(), programs: scripts{}, random: rand.NewChaCha8([32]byte{1}),
		clock: &clock{time: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)},
	}
	w.crowd = &crowd{w: w, tasks: map[string]*asked{}}
	w.open()
	t.Cleanup(w.close)
	return w
}

func (w *world) open() {
	w.t.Helper()
	w.dead.Store(false)
	var err error
	if w.store, err = storage.Open(w.dir, storage.Options{}); err != nil {
		w.t.Fatal(err)
	}
	w.r, err = Open(Options{
		Store: w.store, Desk: w.crowd, Programs: w.programs, Limits: w.limits,
		Now: w.clock.Now, After: w.clock.After, Random: w.random,
		Trouble: func(err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.troubles = append(w.troubles, err.Error())
		},
		commit: w.commit,
	})
	if err != nil && !w.dead.Load() {
		w.t.Fatal(err)
	}
}

func (w *world) close() {
	if w.r != nil {
		_ = w.r.Close()
	}
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

// reopen kills the process, wherever it is, and starts another.
func (w *world) reopen() {
	w.t.Helper()
	w.dead.Store(true)
	w.close()
	w.open()
}

// act does something durable. At the last of its acts the process dies, just before it or just after.
func (w *world) act(do func() error) error {
	if w.dead.Load() {
		return errDead
	}
	w.acts.Add(1)
	last := w.budget.Add(-1) == 0
	if last && rand.IntN(2) == 0 {
		w.dead.Store(true)
		return errDead
	}
	err := do()
	if last {
		w.dead.Store(true)
		return errDead
	}
	return err
}

var errRefused = errors.New("write to the data folder: no")

func (w *world) commit(b *storage.Batch) error {
	return w.act(func() error {
		if n := w.refuses.Load(); n > 0 && rand.Int64N(n) == 0 {
			return errRefused
		}
		return w.store.Commit(b)
	})
}

func (w *world) start(script string, items ...Value) storage.Flow {
	w.t.Helper()
	f, err := w.r.Start(context.Background(), NewFlow{Name: script, Script: script, Items: each(items), Seed: 7})
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func each(items []Value) iter.Seq2[Value, error] {
	return func(yield func(Value, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// patience is how long a test waits, in real time, for what must happen.
const patience = 30 * time.Second

// until waits for something that must come true, and fails the test when it doesn't.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.t.Fatalf("waited in vain: %s; troubles: %s", what, strings.Join(w.troubles, "\n"))
		}
	}
}

func (w *world) instance(id string) storage.Instance {
	w.t.Helper()
	v, err := w.store.Instance(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// becomes waits for an instance to be in a state.
func (w *world) becomes(id, status string) storage.Instance {
	w.t.Helper()
	w.until(id+" is "+status, func() bool { v, err := w.store.Instance(id); return err == nil && v.Status == status })
	return w.instance(id)
}

func (w *world) flowBecomes(id, status string) {
	w.t.Helper()
	w.until("flow "+id+" is "+status, func() bool { f, err := w.store.Flow(id); return err == nil && f.Status == status })
}

// rows lists the values in a dataset that count.
func (w *world) rows(dataset string) (values []string) {
	w.t.Helper()
	err := w.store.EachRow(dataset, "", func(r storage.Row) error {
		if !r.Withdrawn {
			values = append(values, string(r.Value))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return values
}

// clock moves when it is told to.
type clock struct {
	mu      sync.Mutex
	time    time.Time
	waiting []waiter
}

type waiter struct {
	at time.Time
	c  chan time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) After(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := waiter{c.time.Add(d), make(chan time.Time, 1)}
	if d <= 0 {
		one.c <- c.time
		return one.c, func() {}
	}
	c.waiting = append(c.waiting, one)
	return one.c, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for n, other := range c.waiting {
			if other == one {
				c.waiting = append(c.waiting[:n], c.waiting[n+1:]...)
				return
			}
		}
	}
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
	kept := c.waiting[:0]
	for _, one := range c.waiting {
		if one.at.After(c.time) {
			kept = append(kept, one)
		} else {
			one.c <- c.time
		}
	}
	c.waiting = kept
}
