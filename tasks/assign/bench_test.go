package assign

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"workbench/storage"
)

// manyTasks are tasks for anybody, of about a kilobyte each.
func (w *world) manyTasks(from, n int) []storage.Task {
	tasks := make([]storage.Task, n)
	item := json.RawMessage(`{"text":"` + strings.Repeat("about a thing ", 70) + `"}`)
	for i := range tasks {
		tasks[i] = w.task(storage.TaskID(storage.InstanceID("F", from+i), 1), func(t *storage.Task) { t.Item = item })
	}
	return tasks
}

func manyPeople(n int) []storage.Person {
	all := make([]storage.Person, n)
	for i := range all {
		all[i] = storage.Person{ID: fmt.Sprintf("p%d", i)}
	}
	return all
}

// atSizes runs a benchmark with few and with many open tasks, and with commits that cost nothing, so
// that what is measured is the deciding.
func atSizes(b *testing.B, run func(b *testing.B, w *world)) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("tasks=%d", n), func(b *testing.B) {
			w := newWorld(b, manyPeople(70)...)
			w.put(w.manyTasks(0, n)...)
			w.commit = func(*storage.Batch) error { return nil }
			b.ReportAllocs()
			b.ResetTimer()
			run(b, w)
		})
	}
}

// BenchmarkPull lets leases end and be taken again, in turn by 70 people.
func BenchmarkPull(b *testing.B) {
	atSizes(b, func(b *testing.B, w *world) {
		for i := range b.N {
			w.pull(fmt.Sprintf("p%d", i%70))
			w.clock.move(leaseTime / 35)
		}
	})
}

// BenchmarkSubmit answers and pulls the next task; new tasks keep their number.
func BenchmarkSubmit(b *testing.B) {
	atSizes(b, func(b *testing.B, w *world) {
		next := w.pull("p0")
		for i := range b.N {
			s := submission(next, "k")
			s.Next = true
			r, err := w.Submit(b.Context(), s)
			w.must(err)
			next = *r.Next
			if i%500 == 499 {
				b.StopTimer()
				free := w.commit
				w.commit = w.store.Commit
				w.put(w.manyTasks(1_000_000+i, 500)...)
				w.commit = free
				b.StartTimer()
			}
		}
	})
}

func BenchmarkCounts(b *testing.B) {
	atSizes(b, func(b *testing.B, w *world) {
		for range b.N {
			w.Counts("F")
		}
	})
}

func BenchmarkWhy(b *testing.B) {
	atSizes(b, func(b *testing.B, w *world) {
		for range b.N {
			w.Why("p1")
		}
	})
}

// BenchmarkNoTask asks in vain: everything is paused.
func BenchmarkNoTask(b *testing.B) {
	atSizes(b, func(b *testing.B, w *world) {
		w.SetPerson(storage.Person{ID: "last"})
		w.must(w.Pause(b.Context(), "", "F", true))
		for range b.N {
			_ = w.none("last")
		}
	})
}

// BenchmarkCrowd is 70 people who do nothing but answer, on a disk that is waited for. It tells answers a
// second, and how long a submission takes until the next task is there.
func BenchmarkCrowd(b *testing.B) {
	const crowd = 70
	w := newWorld(b, manyPeople(crowd)...)
	w.must(w.Close())
	desk, err := Open(w.store, Options{})
	w.must(err)
	w.Desk = desk
	w.put(w.manyTasks(0, b.N+crowd)...)
	leases := make([]Lease, crowd)
	for i := range leases {
		leases[i] = w.pull(fmt.Sprintf("p%d", i))
	}
	took := make([]time.Duration, b.N)
	var n atomic.Int64
	var all sync.WaitGroup
	cpu := cpuTime()
	b.ResetTimer()
	for _, l := range leases {
		all.Go(func() {
			for i := n.Add(1) - 1; i < int64(b.N); i = n.Add(1) - 1 {
				s := submission(l, l.ID)
				s.Next = true
				began := time.Now()
				r, err := w.Submit(b.Context(), s)
				took[i] = time.Since(began)
				if err != nil || r.Next == nil {
					b.Errorf("got %+v, %v", r, err)
					return
				}
				l = *r.Next
			}
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/answer")
	b.ReportMetric(float64(took[b.N/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[b.N*99/100].Microseconds())/1000, "p99-ms")
}

// heap is how much memory is in use.
func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// cpuTime is what this process has computed so far: unlike the time that passes, it does not tell of
// what else the machine does.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkRebuild opens a desk on a store with answered tasks, and tells what each takes in memory.
func BenchmarkRebuild(b *testing.B) {
	const n = 100_000
	w := newWorld(b, manyPeople(70)...)
	w.put(w.manyTasks(0, n)...)
	var all sync.WaitGroup
	for i := range 70 {
		all.Go(func() {
			l, err := w.Pull(b.Context(), fmt.Sprintf("p%d", i))
			for err == nil {
				s := submission(l, l.ID)
				s.Next = true
				r, err := w.Submit(b.Context(), s)
				if err != nil || r.Next == nil {
					return
				}
				l = *r.Next
			}
		})
	}
	all.Wait()
	w.must(w.Close())
	w.openDesk()
	before := heap()
	ix, _, err := rebuild(w.store, w.clock.Now().UnixNano())
	w.must(err)
	after := heap()
	runtime.KeepAlive(ix)
	b.ResetTimer()
	for range b.N {
		_, _, err := rebuild(w.store, w.clock.Now().UnixNano())
		w.must(err)
	}
	b.ReportMetric(float64(after-before)/n, "bytes/task")
}
