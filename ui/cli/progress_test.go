package cli

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

func TestProgressInLines(t *testing.T) {
	clock := time.Unix(0, 0)
	var stderr bytes.Buffer
	a := &app{stderr: &stderr, now: func() time.Time { return clock }}

	p := a.progress("score", 200, "pairs")
	for range 4 {
		clock = clock.Add(3 * time.Second)
		p.describe("accuracy %.2f", 0.5)
		p.add(25)
	}
	p.finish()
	want := "score: 50 of 200 pairs (25 %), accuracy 0.50, 6s\n" +
		"score: 100 of 200 pairs (50 %), accuracy 0.50, 12s\n" +
		"score: 100 of 200 pairs (50 %), accuracy 0.50, 12s\n"
	if got := stderr.String(); got != want {
		t.Errorf("lines:\n%s\nwant:\n%s", got, want)
	}
}

func TestShortWorkIsQuiet(t *testing.T) {
	var stderr bytes.Buffer
	a := &app{stderr: &stderr, now: func() time.Time { return time.Unix(0, 0) }}
	p := a.progress("load", -1, "tensors")
	p.add(3)
	p.finish()
	if stderr.Len() > 0 {
		t.Errorf("work done at once wrote %q, want nothing", &stderr)
	}
}

func TestProgressFromManyGoroutines(t *testing.T) {
	a := &app{stderr: &bytes.Buffer{}, now: time.Now}
	p := a.progress("count", 800, "steps")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				p.add(1)
			}
		})
	}
	all.Wait()
	if p.done != 800 {
		t.Errorf("eight goroutines of 100 steps counted %d, want 800", p.done)
	}
}
