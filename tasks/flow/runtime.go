package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"workbench/storage"
	"workbench/tasks/assign"
)

// Runtime runs flows. Its methods may be called from several goroutines.
type Runtime struct {
	store    *storage.Store
	desk     Desk
	programs Programs
	limits   Limits
	o        Options

	ctx      context.Context
	cancel   context.CancelFunc
	all      sync.WaitGroup // of its goroutines
	opened   chan struct{}  // closed when everything is resumed
	families locks          // by item: held by who changes instances from outside
	timers   *timers
	slots    chan struct{} // for instances that replay
	forms    sync.Map      // versions that the desk has
	drawing  sync.Mutex    // randomness of ids

	mu       sync.Mutex // guards what follows, never over a wait
	closed   bool
	running  map[string]*Instance // by id
	flows    map[string]*state    // by id
	feeding  []*state             // that the keeper is to look at
	kicked   chan struct{}        // there are such; holds one token
	watchers []func(Change)
}

// firstTry and lastTry are how long a write to a store that refuses it waits before it is tried again.
const firstTry, lastTry = 100 * time.Millisecond, 30 * time.Second

// Open resumes every instance that is under way. The caller closes the runtime, and then desk and store.
func Open(o Options) (*Runtime, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = func(d time.Duration) (<-chan time.Time, func()) {
			t := time.NewTimer(d)
			return t.C, func() { t.Stop() }
		}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	r := &Runtime{
		store: o.Store, desk: o.Desk, programs: o.Programs, limits: o.Limits.orDefaults(), o: o,
		opened: make(chan struct{}), slots: make(chan struct{}, 4*runtime.GOMAXPROCS(0)),
		running: map[string]*Instance{}, flows: map[string]*state{}, kicked: make(chan struct{}, 1),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.timers = &timers{now: r.now, after: o.After, changed: make(chan struct{}, 1)}
	o.Desk.OnDone(r.onDone)
	o.Desk.OnUndone(r.onUndone)
	r.all.Go(func() { r.timers.run(r.ctx) })
	r.all.Go(r.keep)
	if err := r.resume(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	close(r.opened)
	r.behind("look for answers that were taken back", func(ctx context.Context) error { return r.catchUp(ctx) })
	return r, nil
}

// resume starts what was under way.
func (r *Runtime) resume() error {
	flows, err := r.store.Flows()
	if err != nil {
		return fmt.Errorf("read flows: %w", err)
	}
	for _, f := range flows {
		if f.Status != running && f.Status != paused {
			continue
		}
		s, err := r.load(f)
		if err != nil {
			return fmt.Errorf("resume flow %s: %w", f.ID, err)
		}
		r.kick(s)
	}
	return nil
}

// Close stops all programs where they are, and waits for them. What is recorded stays: the next Open goes
// on from there.
func (r *Runtime) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.all.Wait()
	return nil
}

// Watch has do called at every change of a state, from whatever goroutine made it; do must be quick.
func (r *Runtime) Watch(do func(Change)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers = append(r.watchers[:len(r.watchers):len(r.watchers)], do)
}

func (r *Runtime) changed(c Change) {
	r.mu.Lock()
	watchers := r.watchers
	r.mu.Unlock()
	for _, do := range watchers {
		do(c)
	}
}

// now is the time as it will be read back from the store.
func (r *Runtime) now() time.Time { return r.o.Now().UTC().Round(0) }

func (r *Runtime) trouble(err error) {
	if r.o.Trouble != nil {
		r.o.Trouble(err)
	}
}

// launch runs an instance, unless it runs or nothing may any more.
func (r *Runtime) launch(f *state, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || f.ending.Load() || r.running[id] != nil {
		return
	}
	i := &Instance{r: r, flow: f, id: id, gone: make(chan struct{}), wake: make(chan struct{}, 1)}
	i.ctx, i.stop = context.WithCancel(r.ctx)
	i.mu.Lock() // until it is loaded
	r.running[id] = i
	r.all.Go(i.live)
}

// take waits for the lock of an instance's item.
func (r *Runtime) take(ctx context.Context, instance string) (release func(), err error) {
	if r.ctx.Err() != nil {
		return nil, ErrClosed
	}
	return r.families.take(ctx, rootOf(instance))
}

// forget notes that an instance has stopped.
func (r *Runtime) forget(i *Instance) {
	i.stop()
	r.mu.Lock()
	delete(r.running, i.id)
	r.mu.Unlock()
	close(i.gone)
}

// halt stops an instance if it runs, and waits for it.
func (r *Runtime) halt(id string) (ran bool) {
	i := r.runs(id)
	if i == nil {
		return false
	}
	i.stop()
	<-i.gone
	return true
}

// runs finds an instance that runs; nil where it does not.
func (r *Runtime) runs(id string) *Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[id]
}

func (r *Runtime) nudge(id string) {
	if i := r.runs(id); i != nil {
		i.nudge()
	}
}

// behind does something that nobody waits for, after everything is resumed.
func (r *Runtime) behind(what string, do func(ctx context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.all.Go(func() {
		select {
		case <-r.opened:
		case <-r.ctx.Done():
			return
		}
		if err := r.insist(r.ctx, func() error { return do(r.ctx) }); err != nil && r.ctx.Err() == nil {
			r.trouble(fmt.Errorf("%s: %w", what, err))
		}
	})
}

// refusedError is a write that may work another time.
type refusedError struct{ error }

func (r refusedError) Unwrap() error { return r.error }

// refused marks what a store or a desk says as such, unless it will never take the write.
func refused(err error) error {
	if err == nil || errors.Is(err, storage.ErrClosed) || errors.Is(err, storage.ErrReadOnly) ||
		errors.Is(err, storage.ErrTooLarge) || errors.Is(err, assign.ErrClosed) {
		return err
	}
	return refusedError{err}
}

// insist tries something that writes until it is not refused, or the context ends.
func (r *Runtime) insist(ctx context.Context, try func() error) error {
	for wait := firstTry; ; wait = min(2*wait, lastTry) {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := try()
		var again refusedError
		if !errors.As(err, &again) {
			return err
		}
		r.trouble(fmt.Errorf("will be tried again in %s: %w", wait, err))
		if err := r.timers.pause(ctx, wait); err != nil {
			return err
		}
	}
}

// commit writes a batch once.
func (r *Runtime) commit(b *storage.Batch) error {
	if r.o.commit != nil {
		return refused(r.o.commit(b))
	}
	return refused(r.store.Commit(b))
}
