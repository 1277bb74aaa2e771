package flow

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/form"
)

// nobody is a desk that nobody comes to.
type nobody struct{ put atomic.Int64 }

func (n *nobody) PutForm(f form.Form) (string, error) { return f.Version(), nil }

func (n *nobody) Put(context.Context, ...storage.Task) error {
	n.put.Add(1)
	return nil
}

func (n *nobody) Cancel(context.Context, string, ...string) error     { return nil }
func (n *nobody) Answers(string) ([]storage.Answer, bool, error)      { return nil, false, nil }
func (n *nobody) OnDone(func(string, []storage.Answer))               {}
func (n *nobody) OnUndone(func(string))                               {}
func (n *nobody) Undone() []string                                    { return nil }
func (n *nobody) Pause(context.Context, string, string, bool) error   { return nil }
func (n *nobody) Priority(context.Context, string, string, int) error { return nil }
func (n *nobody) all(instances int64, within time.Duration) (there bool) {
	for end := time.Now().Add(within); n.put.Load() < instances; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// BenchmarkWaiting resumes instances that wait for people, each after a generation, a random number and a
// row, with items of 500 bytes. It says how long that takes and how much memory an instance has afterwards.
func BenchmarkWaiting(b *testing.B) {
	for _, instances := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(instances), func(b *testing.B) { benchmarkWaiting(b, instances) })
	}
}

func benchmarkWaiting(b *testing.B, instances int) {
	dir := b.TempDir()
	store, err := storage.Open(dir, storage.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	programs := scripts{"it": script(func(i *Instance, item Value) (Value, error) {
		text, err := i.Do("generate", item, func(context.Context) (Value, []string, error) { return item, nil, nil })
		if err != nil {
			return nil, err
		}
		if _, err := i.Random(); err != nil {
			return nil, err
		}
		if _, err := i.Record("rows", "x", nil); err != nil {
			return nil, err
		}
		return asking(i, text)
	})}
	desk := &nobody{}
	begun := time.Now()
	r, err := Open(Options{Store: store, Desk: desk, Programs: programs})
	if err != nil {
		b.Fatal(err)
	}
	item := strings.Repeat("x", 500)
	_, err = r.Start(context.Background(), NewFlow{Script: "it", Ahead: instances, Items: func(yield func(Value, error) bool) {
		for n := 0; n < instances && yield(fmt.Sprint(n, item), nil); n++ {
		}
	}})
	if err != nil || !desk.all(int64(instances), 10*time.Minute) {
		b.Fatal(err, desk.put.Load())
	}
	b.Logf("%d instances came to their question in %.1f s", instances, time.Since(begun).Seconds())
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
	before := inUse()
	for b.Loop() {
		desk.put.Store(0)
		if r, err = Open(Options{Store: store, Desk: desk, Programs: programs}); err != nil || !desk.all(int64(instances), 10*time.Minute) {
			b.Fatal(err)
		}
		b.StopTimer()
		b.ReportMetric(float64(inUse()-before)/float64(instances), "bytes/instance")
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// inUse is the memory of heap and stacks that is in use.
func inUse() int64 {
	var m runtime.MemStats
	for range 3 { // stacks shrink at collections
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
