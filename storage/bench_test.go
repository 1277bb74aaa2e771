package storage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkCommit commits what a submitted answer consists of, from one caller and from seventy.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 70} {
		b.Run(fmt.Sprintf("%d callers", callers), func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			values := json.RawMessage(`{"preference":3,"why":"The first one answers the question, and the second one only repeats it."}`)
			measure(b, callers, func(i int64) error {
				task := TaskID(InstanceID(flowA, int(i)), 1)
				batch := &Batch{}
				batch.PutAnswer(Answer{ID: fmt.Sprintf("%026d", i), Task: task, Lease: task, Person: flowB, Form: task, Values: values, Time: noon})
				batch.DeleteDraft(task)
				batch.Append(Event{Time: noon, Kind: "answered", Actor: flowB, Object: task, Lease: task, Data: json.RawMessage(`{"answer":"01K"}`)})
				batch.Append(Event{Time: noon, Kind: "leased", Actor: flowB, Object: task, Lease: task, Data: json.RawMessage(`{"until":"2027-03-04T12:30:00Z"}`)})
				return s.Commit(batch)
			})
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkSync is what the disk takes for it: a file that is written over, page by page, each time
// with a sync. One loop, because the disk does one at a time.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	if err != nil {
		b.Fatal(err)
	}
	page := make([]byte, 4096)
	for range 2 * memTable / len(page) { // as Badger's log, its blocks are there before
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	measure(b, 1, func(i int64) error {
		page[0] = byte(i)
		if _, err := f.WriteAt(page, i*int64(len(page))%(2*memTable)); err != nil {
			return err
		}
		return f.Sync()
	})
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// measure does something b.N times from several goroutines and reports how long one takes.
func measure(b *testing.B, callers int, do func(i int64) error) {
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range callers {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				start := time.Now()
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	milliseconds := func(share float64) float64 {
		return took[int(share*float64(len(took)-1))].Seconds() * 1000
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "a_second")
	b.ReportMetric(milliseconds(0.5), "p50_ms")
	b.ReportMetric(milliseconds(0.99), "p99_ms")
	b.ReportMetric(0, "ns/op") // says nothing when several wait together
}
