package runs

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Class says for whom work is done, and so how soon. Lower values go first.
type Class int

// The classes of work, the most urgent first.
const (
	ForPerson Class = iota // somebody looks at a screen and waits
	ForAPI                 // a program asked over the network
	ForFlow                // a step of a durable script
	ForRun                 // training and evaluation
	classes
)

// String returns the class as it is shown.
func (c Class) String() string {
	names := [...]string{"person", "api", "flow", "run"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("class %d", int(c))
	}
	return names[c]
}

// Queue is the one owner of the device: everything that computes on it does so inside [Queue.Do].
// Make one per device, once, and hand it around.
//
// Order is strict: the most urgent class first, within a class whoever came first. There is no
// preemption, so long work must be many short jobs (a job per micro-batch, per decoding step) or
// call [Yield] between them; the most urgent waits for one of those at most.
//
// Starvation is possible and meant: as long as persons keep the device busy, runs stand still. The
// urgent classes come in short bursts by nature; whoever puts bulk work into them takes the device
// from everybody below. [Queue.Status] shows who waits since when.
type Queue struct {
	now func() time.Time

	mu      sync.Mutex
	running *job
	waiting [classes][]*job
	busy    [classes]time.Duration
	memory  memory
}

// job is one call of Do, from its arrival to its end.
type job struct {
	queue   *Queue
	class   Class
	name    string
	since   time.Time     // arrival, then the beginning of its turn
	granted chan struct{} // closed when it is its turn
}

// QueueOptions are the settings of a queue; the zero value is the default.
type QueueOptions struct {
	Budget int64            // bytes that may be reserved; 0 means DefaultBudget()
	Now    func() time.Time // nil means time.Now
}

// NewQueue returns the queue of one device.
func NewQueue(o QueueOptions) *Queue {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Budget == 0 {
		o.Budget = DefaultBudget()
	}
	return &Queue{now: o.Now, memory: memory{budget: o.Budget}}
}

// jobKey finds the job in the context that Do gave to its function.
type jobKey struct{}

// nameKey finds the name that Named put into a context.
type nameKey struct{}

// Named says on whose behalf the work below ctx is done ("run 01K…", "chat of Ada"), for
// [Queue.Status] and for the messages of [Queue.Reserve].
func Named(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, nameKey{}, name)
}

func nameOf(ctx context.Context) string {
	name, _ := ctx.Value(nameKey{}).(string)
	return name
}

// Do waits for its turn, runs work alone on the device and returns its error. The context that work
// is given belongs to this turn: Do and [Yield] with it know that the device is already theirs, so
// that functions which use the device compose; it must not be kept beyond the turn.
//
// When ctx ends while waiting, work is not run and the error wraps ctx's. A panic of work is passed
// on; the device is free again all the same.
func (q *Queue) Do(ctx context.Context, class Class, work func(context.Context) error) error {
	if class < 0 || class >= classes {
		return fmt.Errorf("work for class %d: there are %d classes", int(class), int(classes))
	}
	if mine := q.turnOf(ctx); mine != nil {
		return work(ctx)
	}
	j := &job{queue: q, class: class, name: nameOf(ctx)}
	if err := q.enter(ctx, j); err != nil {
		return err
	}
	defer q.leave(j)
	return work(context.WithValue(ctx, jobKey{}, j))
}

// Yield lets everybody of a more urgent class go first, and returns when the device is the caller's
// again. ctx is what Do gave to the job, or comes from it; elsewhere Yield does nothing. It is
// cheap when nobody waits. A job that waited keeps its place at the head of its class.
//
// The error is ctx's. Yield returns it only once the device is the job's again, so that the job may
// clean up on it.
func Yield(ctx context.Context) error {
	if j, _ := ctx.Value(jobKey{}).(*job); j != nil {
		if granted := j.queue.stepAside(j); granted != nil {
			<-granted
		}
	}
	return ctx.Err()
}

// turnOf returns the job of ctx if it has the device now.
func (q *Queue) turnOf(ctx context.Context) *job {
	j, _ := ctx.Value(jobKey{}).(*job)
	if j == nil || j.queue != q || !q.owns(j) {
		return nil
	}
	return j
}

func (q *Queue) owns(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running == j
}

// enter puts a job into the queue and waits for its turn.
func (q *Queue) enter(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for the device: %w", err)
	}
	q.mu.Lock()
	j.begin(q.now())
	q.waiting[j.class] = append(q.waiting[j.class], j)
	q.next()
	q.mu.Unlock()
	select {
	case <-j.granted:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running == j { // granted while ctx ended: pass it on
		q.end(j)
		q.next()
	}
	if at := slices.Index(q.waiting[j.class], j); at >= 0 {
		q.waiting[j.class] = slices.Delete(q.waiting[j.class], at, at+1)
	}
	return fmt.Errorf("wait for the device: %w", ctx.Err())
}

// begin starts a wait.
func (j *job) begin(now time.Time) {
	j.since, j.granted = now, make(chan struct{})
}

// next gives a free device to whoever is first. The caller holds the lock.
func (q *Queue) next() {
	if q.running != nil {
		return
	}
	for class := range q.waiting {
		if len(q.waiting[class]) == 0 {
			continue
		}
		j := q.waiting[class][0]
		q.waiting[class] = slices.Delete(q.waiting[class], 0, 1)
		q.running, j.since = j, q.now()
		close(j.granted)
		return
	}
}

// leave ends a job's turn.
func (q *Queue) leave(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.end(j)
	q.next()
}

// end accounts for a turn that is over. The caller holds the lock.
func (q *Queue) end(j *job) {
	q.busy[j.class] += q.now().Sub(j.since)
	q.running = nil
}

// stepAside hands the device on if somebody more urgent waits. It returns what to wait for before
// computing again; nil means nothing. Another goroutine of the same job may have stepped aside
// before: then both wait for the same turn.
func (q *Queue) stepAside(j *job) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running != j {
		if slices.Contains(q.waiting[j.class], j) {
			return j.granted
		}
		return nil // the job is over
	}
	for class := range j.class {
		if len(q.waiting[class]) > 0 {
			q.end(j)
			j.begin(q.now())
			q.waiting[j.class] = slices.Insert(q.waiting[j.class], 0, j)
			q.next()
			return j.granted
		}
	}
	return nil
}
