package checkpoint

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// maxWorkers bounds the goroutines that read one tensor: beyond a few, memory is the limit.
const maxWorkers = 8

// inParallel splits n elements into ranges of step and hands them to a few goroutines. Each calls
// worker once for a function of its own (and the memory it needs), then that function per range.
// It returns when all have ended, with what went wrong.
func inParallel(n, step int, worker func() func(from, to int) error) error {
	count := (n + step - 1) / step
	errs := make([]error, min(runtime.GOMAXPROCS(0), maxWorkers, count))
	var next atomic.Int64
	work := func(w int) {
		do := worker()
		for errs[w] == nil {
			i := int(next.Add(1)) - 1
			if i >= count {
				return
			}
			errs[w] = do(i*step, min((i+1)*step, n))
		}
	}
	if len(errs) == 1 {
		work(0)
		return errs[0]
	}
	var group sync.WaitGroup
	for w := range errs {
		group.Go(func() { work(w) })
	}
	group.Wait()
	return errors.Join(errs...)
}
