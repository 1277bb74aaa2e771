package web

import (
	"sync"

	"workbench/storage"
)

// sockets are the open websockets.
type sockets struct {
	mu     sync.Mutex
	all    map[*peer]bool
	closed bool
	open   sync.WaitGroup
}

func newSockets() *sockets { return &sockets{all: map[*peer]bool{}} }

// add keeps a peer, unless peers are not welcome any more.
func (s *sockets) add(p *peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.open.Add(1)
	s.all[p] = true
	return true
}

func (s *sockets) remove(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[p] {
		delete(s.all, p)
		s.open.Done()
	}
}

// changed looks again at the peers of a person who has changed.
func (s *sockets) changed(person storage.Person) {
	s.mu.Lock()
	var theirs []*peer
	for p := range s.all {
		if p.who.ID == person.ID {
			theirs = append(theirs, p)
		}
	}
	s.mu.Unlock()
	for _, p := range theirs {
		p.still()
	}
}

// close ends all and waits for them.
func (s *sockets) close() {
	s.mu.Lock()
	s.closed = true
	for p := range s.all {
		p.end(endGoing)
	}
	s.mu.Unlock()
	s.open.Wait()
}
