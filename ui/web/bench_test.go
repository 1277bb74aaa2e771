package web

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/people"
)

// BenchmarkWork lets 70 people answer as fast as they can: an iteration is one answer, acknowledged, with the
// next task.
func BenchmarkWork(b *testing.B) {
	const workers = 70
	w := open(b, func(o *Options) { o.Limits.Messages = 1e6 })
	version, err := w.desk.PutForm(better)
	must(b, err)
	var tasks []storage.Task
	for i := range b.N + workers {
		tasks = append(tasks, storage.Task{
			ID: storage.TaskID(storage.InstanceID("01MFEEKCG03SK3G1MHZ4J4T8SK", i), 1), Flow: "01MFEEKCG03SK3G1MHZ4J4T8SK",
			Step: better.Title, Form: version, People: 1, Item: []byte(`{"prompt": "Name a fruit.", "left": "An apple.", "right": "A car.", "model": "x"}`),
		})
	}
	for part := range slices.Chunk(tasks, 1000) {
		must(b, w.desk.Put(b.Context(), part...))
	}
	clients := make([]*WorkClient, workers)
	leases := make([]string, workers)
	for i := range workers {
		_, secret := w.come(b, fmt.Sprintf("Worker %d", i), people.Annotator)
		clients[i] = w.dial(b, secret)
		next, err := clients[i].Next(b.Context())
		must(b, err)
		leases[i] = next.Work.Lease
	}
	took := make([][]time.Duration, workers)
	b.ResetTimer()
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() {
			for n := i; n < b.N; n += workers {
				begun := time.Now()
				reply, err := c.Submit(b.Context(), leases[i], fmt.Sprint(n), good(3), 1)
				if err != nil || reply.Work == nil {
					b.Errorf("answer %d: %+v, %v", n, reply, err)
					return
				}
				leases[i] = reply.Work.Lease
				took[i] = append(took[i], time.Since(begun))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	each := slices.Sorted(slices.Values(slices.Concat(took...)))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(each[len(each)*99/100].Seconds()*1000, "p99-ms")
}
