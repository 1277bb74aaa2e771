package assign

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workbench/storage"
)

// TestCrowd lets a hundred people race, each in two tabs, while others put tasks, cancel, pause, move
// people between pools and let time pass, the disk fails now and then, and the desk is closed and opened.
// Afterwards the log must tell of nothing that may not be, and hold all that people were told.
func TestCrowd(t *testing.T) {
	moves := 80
	if testing.Short() {
		moves = 20
	}
	c := newCrowd(t)
	var people, others sync.WaitGroup
	stop := make(chan struct{})
	for i, do := range []func(*rand.Rand){c.putSome, c.cancelOne, c.pauseSome, c.changeOne, c.passTime, c.reopen} {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(1+r.IntN(10)) * time.Millisecond):
					do(r)
				}
			}
		})
	}
	for i := range crowdSize {
		r := rand.New(rand.NewPCG(uint64(i), 2))
		people.Go(func() { c.work(fmt.Sprintf("p%d", i), r, moves) })
	}
	people.Wait()
	close(stop)
	others.Wait()
	c.finish()
	c.judge()
}

const crowdSize = 100

// crowd is a desk that many use at once.
type crowd struct {
	*world
	opening sync.RWMutex // held to close and open the desk
	faulty  atomic.Bool

	mu     sync.Mutex
	puts   int
	tasks  []string
	told   map[string]Receipt // by answer
	undone int
}

func newCrowd(t *testing.T) *crowd {
	c := &crowd{world: newWorld(t, manyPeople(crowdSize)...), told: map[string]Receipt{}}
	r := rand.New(rand.NewPCG(3, 3)) // used by the desk's goroutine alone
	c.failWhen(func() bool { return c.faulty.Load() && r.IntN(30) == 0 })
	c.faulty.Store(true)
	return c
}

// expect fails the test for an error that nobody in a crowd may see.
func (c *crowd) expect(what string, err error) {
	var none *NoTask
	for _, may := range []error{nil, errFault, ErrAnswered, ErrEnded, ErrNothing, ErrTooLate} {
		if errors.Is(err, may) {
			return
		}
	}
	if !errors.As(err, &none) {
		c.t.Errorf("%s: %v", what, err)
	}
}

// work is a person at work.
func (c *crowd) work(person string, r *rand.Rand, moves int) {
	var leases []string
	for n := range moves {
		c.opening.RLock()
		lease := ""
		if len(leases) > 0 {
			lease = leases[max(0, len(leases)-1-r.IntN(3))]
		}
		switch do := r.IntN(20); {
		case lease == "" || do < 5:
			l, err := c.Pull(c.t.Context(), person)
			c.expect("pull", err)
			if err == nil {
				leases = append(leases, l.ID)
			}
		case do < 12:
			if next := c.submitTwice(person, lease, r); next != "" {
				leases = append(leases, next)
			}
		case do < 14:
			c.expect("skip", c.Skip(c.t.Context(), person, lease, "no"))
		case do < 16:
			l, err := c.Undo(c.t.Context(), person, fmt.Sprintf("%s undo %d", person, n))
			c.expect("undo", err)
			if err == nil {
				leases = append(leases, l.ID)
				c.mu.Lock()
				c.undone++
				c.mu.Unlock()
			}
		case do < 18:
			_, err := c.Draft(c.t.Context(), person, lease, json.RawMessage(`{"says":"…"}`))
			c.expect("draft", err)
		default:
			_, err := c.Touch(c.t.Context(), person, lease)
			c.expect("touch", err)
		}
		c.opening.RUnlock()
	}
}

// submitTwice submits the same from two tabs, and returns the lease of the next task.
func (c *crowd) submitTwice(person, lease string, r *rand.Rand) (next string) {
	s := submission(Lease{ID: lease, Person: person}, lease)
	s.Next = r.IntN(2) == 0
	var one, two Receipt
	var errOne, errTwo error
	var both sync.WaitGroup
	both.Go(func() { one, errOne = c.Submit(c.t.Context(), s) })
	both.Go(func() { two, errTwo = c.Submit(c.t.Context(), s) })
	both.Wait()
	c.expect("submit", errOne)
	c.expect("submit again", errTwo)
	if errOne == nil && errTwo == nil && (one.Answer.ID != two.Answer.ID || !one.Repeated && !two.Repeated) {
		c.t.Errorf("one submission in two tabs: got %+v and %+v", one, two)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, got := range []Receipt{one, two} {
		if got.Answer.ID != "" {
			c.told[got.Answer.ID] = got
		}
		if got.Next != nil {
			next = got.Next.ID
		}
	}
	return next
}

func (c *crowd) putSome(r *rand.Rand) {
	if r.IntN(3) > 0 {
		return // so that there is not always work for everybody
	}
	c.mu.Lock()
	var tasks []storage.Task
	for range 1 + r.IntN(20) {
		c.puts++
		tasks = append(tasks, c.task(fmt.Sprintf("F%d.%d:%d", r.IntN(3), r.IntN(20), c.puts), func(t *storage.Task) {
			t.People = 1 + r.IntN(3)
			if r.IntN(3) == 0 {
				t.Pool = fmt.Sprint("pool", r.IntN(2))
			}
			if len(c.tasks) > 0 && r.IntN(3) == 0 {
				t.Unlike = []string{c.tasks[r.IntN(len(c.tasks))]}
			}
		}))
	}
	c.mu.Unlock()
	c.opening.RLock()
	defer c.opening.RUnlock()
	err := c.Put(c.t.Context(), tasks...)
	c.expect("put", err)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, t := range tasks {
			c.tasks = append(c.tasks, t.ID)
		}
	}
}

func (c *crowd) cancelOne(r *rand.Rand) {
	c.mu.Lock()
	task := ""
	if len(c.tasks) > 0 && r.IntN(4) == 0 {
		task = c.tasks[r.IntN(len(c.tasks))]
	}
	c.mu.Unlock()
	if task != "" {
		c.opening.RLock()
		defer c.opening.RUnlock()
		c.expect("cancel", c.Cancel(c.t.Context(), "no more", task))
	}
}

func (c *crowd) pauseSome(r *rand.Rand) {
	c.opening.RLock()
	defer c.opening.RUnlock()
	flow := fmt.Sprint("F", r.IntN(3))
	err := c.Pause(c.t.Context(), "", flow, r.IntN(3) == 0)
	if err == nil {
		err = c.Priority(c.t.Context(), "", flow, r.IntN(3))
	}
	if !errors.Is(err, ErrUnknown) { // before its first task
		c.expect("pause and priority", err)
	}
}

func (c *crowd) changeOne(r *rand.Rand) {
	c.opening.RLock()
	defer c.opening.RUnlock()
	p := storage.Person{ID: fmt.Sprint("p", r.IntN(crowdSize))}
	for i := range 2 {
		if r.IntN(2) == 0 {
			p.Pools = append(p.Pools, fmt.Sprint("pool", i))
		}
	}
	b := &storage.Batch{}
	b.PutPerson(p)
	if err := c.store.Commit(b); err != nil {
		c.t.Error(err)
	}
	c.SetPerson(p)
}

func (c *crowd) passTime(r *rand.Rand) {
	c.opening.RLock()
	defer c.opening.RUnlock()
	c.clock.move(time.Duration(r.Int64N(int64(leaseTime / 20))))
}

func (c *crowd) reopen(r *rand.Rand) {
	if r.IntN(10) > 0 {
		return
	}
	c.opening.Lock()
	defer c.opening.Unlock()
	before := c.dump()
	c.restart()
	if after := c.dump(); after != before {
		c.t.Errorf("the rebuilt index differs:\n%s", difference(before, after))
	}
}

// finish lets everybody work until there is nothing for anybody.
func (c *crowd) finish() {
	c.faulty.Store(false)
	for i := range 3 {
		if err := c.Pause(c.t.Context(), "", fmt.Sprint("F", i), false); !errors.Is(err, ErrUnknown) { // had no tasks
			c.must(err)
		}
	}
	c.clock.move(2 * leaseTime)
	for i := range crowdSize {
		person := fmt.Sprint("p", i)
		l, err := c.Pull(c.t.Context(), person)
		for more := err == nil; more; {
			s := submission(l, l.ID)
			s.Next = true
			r, err := c.Submit(c.t.Context(), s)
			c.must(err)
			c.told[r.Answer.ID] = r
			if more = r.Next != nil; more {
				l = *r.Next
			}
		}
	}
}
