package web

import (
	"sync"
	"time"
)

// crowd are the peers who had no task when they asked. One goroutine tells them when there may be some.
type crowd struct {
	mu      sync.Mutex
	waiting map[*peer]bool
	times   uint64        // how often there may have been new work
	news    chan struct{} // holds one token: there may be new work
}

// gap is the least time between two calls to a whole crowd.
const gap = 100 * time.Millisecond

func newCrowd() *crowd {
	return &crowd{waiting: map[*peer]bool{}, news: make(chan struct{}, 1)}
}

// available says that there may be new work; it does not wait.
func (c *crowd) available() {
	c.mu.Lock()
	c.times++
	c.mu.Unlock()
	select {
	case c.news <- struct{}{}:
	default: // a token is there already
	}
}

// look is taken before asking for work, and given to wait if there was none.
func (c *crowd) look() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.times
}

// wait has a peer told when there may be work that there was not when it looked.
func (c *crowd) wait(p *peer, looked uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting[p] = true
	if c.times != looked {
		select {
		case c.news <- struct{}{}:
		default:
		}
	}
}

// forget is for a peer that has gone.
func (c *crowd) forget(p *peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, p)
}

// run tells the crowd until done.
func (c *crowd) run(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-c.news:
		}
		c.mu.Lock()
		told := c.waiting
		c.waiting = map[*peer]bool{}
		c.mu.Unlock()
		for p := range told {
			if err := p.send(Reply{Available: true}); err != nil {
				p.s.o.Log.Error("tell of work", "error", err)
			}
		}
		select {
		case <-done:
			return
		case <-time.After(gap):
		}
	}
}
