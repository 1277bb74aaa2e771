package runs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestOrder fills the queue while the device is busy and looks at who came in which order.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{Budget: 1})
		release := occupy(t, q, ForRun)
		random := rand.New(rand.NewPCG(3, 4))
		var want, got []string
		var byClass [classes][]string
		var all sync.WaitGroup
		for i := range 60 {
			class := Class(random.IntN(int(classes)))
			name := fmt.Sprintf("%v %d", class, i)
			byClass[class] = append(byClass[class], name)
			all.Go(func() {
				err := q.Do(Named(t.Context(), name), class, func(context.Context) error {
					got = append(got, name) // no lock: the queue is one
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // this one is in line before the next comes
		}
		for _, names := range byClass {
			want = append(want, names...)
		}
		var shown []string
		for _, turn := range q.Status().Waiting {
			shown = append(shown, turn.Name)
		}
		release()
		all.Wait()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("order of work\n got %q\nwant %q", got, want)
		}
		if !reflect.DeepEqual(shown, want) {
			t.Errorf("order that the status showed\n got %q\nwant %q", shown, want)
		}
	})
}

// TestQueueUnderLoad has many goroutines do, nest, yield, cancel, panic and exit, with real
// parallelism: at most one works at a time and the device is free in the end.
func TestQueueUnderLoad(t *testing.T) {
	q := NewQueue(QueueOptions{Budget: 1})
	var working, done, cancelled atomic.Int64
	work := func(ctx context.Context, random *rand.Rand) error {
		if n := working.Add(1); n != 1 {
			t.Errorf("%d jobs have the device", n)
		}
		runtime.Gosched()
		working.Add(-1)
		if random.IntN(3) == 0 {
			_ = Yield(ctx) // an ended ctx is an answer too
		}
		if n := working.Add(1); n != 1 {
			t.Errorf("%d jobs have the device after a yield", n)
		}
		defer working.Add(-1)
		done.Add(1)
		switch random.IntN(10) {
		case 0:
			panic("a job's own mistake")
		case 1:
			return q.Do(ctx, ForPerson, func(context.Context) error { return nil })
		}
		return nil
	}
	var all sync.WaitGroup
	for w := range 16 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if random.IntN(4) == 0 {
					go cancel()
				}
				err := quietly(func() error {
					return q.Do(ctx, Class(random.IntN(int(classes))), func(ctx context.Context) error { return work(ctx, random) })
				})
				if errors.Is(err, context.Canceled) {
					cancelled.Add(1)
				} else if err != nil {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if s := q.Status(); s.Running != nil || len(s.Waiting) != 0 {
		t.Errorf("after all work: %+v runs and %d wait, want nobody", s.Running, len(s.Waiting))
	}
	if done.Load()+cancelled.Load() < 16*200 {
		t.Errorf("%d done and %d cancelled of %d", done.Load(), cancelled.Load(), 16*200)
	}
}

func TestExitInsideAJobFreesTheDevice(t *testing.T) {
	q := NewQueue(QueueOptions{Budget: 1})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = q.Do(t.Context(), ForRun, func(context.Context) error { runtime.Goexit(); return nil })
	}()
	<-ended
	if err := q.Do(t.Context(), ForRun, func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{Budget: 1})
		release := occupy(t, q, ForRun)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := q.Do(ctx, ForPerson, func(context.Context) error {
			t.Error("the job ran after its context had ended")
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting past the deadline: got %v", err)
		}
		if s := q.Status(); len(s.Waiting) != 0 {
			t.Errorf("who gave up still waits: %+v", s.Waiting)
		}
		release()
	})
}

func TestYieldLetsOnlyTheMoreUrgentPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{Budget: 1})
		var got []string
		var all sync.WaitGroup
		say := func(class Class, name string) {
			all.Go(func() {
				_ = q.Do(t.Context(), class, func(context.Context) error {
					got = append(got, name)
					return nil
				})
			})
			synctest.Wait()
		}
		err := q.Do(t.Context(), ForFlow, func(ctx context.Context) error {
			say(ForRun, "run")
			say(ForFlow, "flow")
			if err := Yield(ctx); err != nil {
				return err
			}
			got = append(got, "first half")
			say(ForAPI, "api")
			say(ForPerson, "person")
			if err := Yield(ctx); err != nil {
				return err
			}
			got = append(got, "second half")
			return nil
		})
		all.Wait()
		want := []string{"first half", "person", "api", "second half", "flow", "run"}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

func TestYieldReturnsTheContextsErrorWithTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{Budget: 1})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		err := q.Do(ctx, ForRun, func(ctx context.Context) error {
			all.Go(func() {
				_ = q.Do(t.Context(), ForPerson, func(context.Context) error { cancel(); return nil })
			})
			synctest.Wait() // the person waits
			err := Yield(ctx)
			if q.turnOf(ctx) == nil {
				t.Error("Yield returned without the device")
			}
			return err
		})
		all.Wait()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if err := Yield(t.Context()); err != nil {
			t.Errorf("Yield outside of a job: %v", err)
		}
	})
}

// TestUrgentWaitsForOneJobAtMost is the promise to a person while a run trains.
func TestUrgentWaitsForOneJobAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const micro = 300 * time.Millisecond
		q := NewQueue(QueueOptions{Budget: 1})
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for ctx.Err() == nil {
					_ = q.Do(ctx, ForRun, func(context.Context) error { time.Sleep(micro); return nil })
				}
			})
		}
		random := rand.New(rand.NewPCG(5, 6))
		for range 50 {
			time.Sleep(time.Duration(random.Int64N(int64(3 * micro))))
			asked := time.Now()
			_ = q.Do(ctx, ForPerson, func(context.Context) error {
				if waited := time.Since(asked); waited > micro {
					t.Errorf("a person waited %v, longer than a micro-batch of %v", waited, micro)
				}
				return nil
			})
		}
		stop()
		all.Wait()
	})
}

// occupy takes the device until the returned function is called.
func occupy(t *testing.T, q *Queue, class Class) (release func()) {
	t.Helper()
	has, free, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		_ = q.Do(t.Context(), class, func(context.Context) error {
			close(has)
			<-free
			return nil
		})
	}()
	<-has
	return func() { close(free); <-over }
}

// quietly turns a panic into no error.
func quietly(f func() error) (err error) {
	defer func() { _ = recover() }()
	return f()
}

func TestClassNames(t *testing.T) {
	var got []string
	for class := range classes {
		got = append(got, class.String())
	}
	if want := []string{"person", "api", "flow", "run"}; !slices.Equal(got, want) {
		t.Errorf("classes %q, want %q", got, want)
	}
	if err := NewQueue(QueueOptions{Budget: 1}).Do(t.Context(), classes, nil); err == nil {
		t.Error("work for a class that is none: got no error")
	}
}
