package web

import "sync"

// gate counts completions that are under way, so that one client does not take what belongs to all.
type gate struct {
	each, all int

	mu    sync.Mutex
	of    map[string]int // by credential
	total int
}

func newGate(each, all int) *gate { return &gate{each: each, all: all, of: map[string]int{}} }

// enter lets one more completion of a credential in, or says why not. leave ends it.
func (g *gate) enter(credential string) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.of[credential] >= g.each:
		return nil, Fail(TooMany, "%d requests of this key are being answered already.", g.each).Then("Wait for one of them, and try again.")
	case g.total >= g.all:
		return nil, Fail(Busy, "The server is answering %d requests already.", g.all).Then("Try again in a moment.")
	}
	g.of[credential]++
	g.total++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.total--
		if g.of[credential]--; g.of[credential] == 0 {
			delete(g.of, credential)
		}
	}, nil
}
