package flow

import (
	"context"
	"sync"
)

// locks are one lock a key, made when somebody wants it. Whoever changes instances from outside (re-opens,
// cancels, signals) holds the lock of their item, so that such changes come one after another. An instance
// that waits for the lock gives up when it is stopped, by whoever holds it.
type locks struct {
	mu  sync.Mutex
	all map[string]*lock
}

type lock struct {
	token chan struct{} // holds one while the lock is taken
	users int           // who have it or wait for it
}

// take waits for the lock of a key and returns what gives it back.
func (l *locks) take(ctx context.Context, key string) (release func(), err error) {
	l.mu.Lock()
	one := l.all[key]
	if one == nil {
		one = &lock{token: make(chan struct{}, 1)}
		if l.all == nil {
			l.all = map[string]*lock{}
		}
		l.all[key] = one
	}
	one.users++
	l.mu.Unlock()
	select {
	case one.token <- struct{}{}:
		return func() {
			<-one.token
			l.leave(key, one)
		}, nil
	case <-ctx.Done():
		l.leave(key, one)
		return nil, ctx.Err()
	}
}

func (l *locks) leave(key string, one *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(l.all, key)
	}
}
