package web

import (
	"sync"
	"time"
)

// presence knows who was here last when, and who is connected.
type presence struct {
	mu      sync.Mutex
	last    map[string]time.Time // by person
	sockets map[string]int       // by person
}

func newPresence() *presence {
	return &presence{last: map[string]time.Time{}, sockets: map[string]int{}}
}

func (p *presence) seen(person string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[person] = at
}

// come counts a websocket of a person, unless they have as many as they may.
func (p *presence) come(person string, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sockets[person] >= most {
		return false
	}
	p.sockets[person]++
	return true
}

func (p *presence) leave(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sockets[person]--; p.sockets[person] <= 0 {
		delete(p.sockets, person)
	}
}

// of says when a person was last seen (zero: not since the start), and whether they are connected.
func (p *presence) of(person string) (last time.Time, online bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[person], p.sockets[person] > 0
}
