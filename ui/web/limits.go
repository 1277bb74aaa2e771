package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiters hold one rate for each of many: addresses, or credentials.
type limiters struct {
	each  rate.Limit
	burst int
	now   func() time.Time

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// most is how many rates are kept. Beyond it those that are not in use are forgotten.
const most = 10_000

func newLimiters(perSecond float64, burst int, now func() time.Time) *limiters {
	return &limiters{each: rate.Limit(perSecond), burst: burst, now: now, all: map[string]*rate.Limiter{}}
}

// allow says whether one more act of name is within its rate.
func (l *limiters) allow(name string) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.all[name]
	if !ok {
		if len(l.all) >= most {
			l.forget(now)
		}
		one = rate.NewLimiter(l.each, l.burst)
		l.all[name] = one
	}
	return one.AllowN(now, 1)
}

// forget drops every rate that is as good as new, or all where none is.
func (l *limiters) forget(now time.Time) {
	before := len(l.all)
	for name, one := range l.all {
		if one.TokensAt(now) >= float64(l.burst) {
			delete(l.all, name)
		}
	}
	if len(l.all) == before {
		clear(l.all)
	}
}

func tooFast() error { return Fail(TooMany, "This is too fast.").Then("Wait a moment, and try again.") }
