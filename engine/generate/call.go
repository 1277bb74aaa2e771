package generate

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// call is one call of Generate on its way through the sampler.
type call struct {
	ctx      context.Context
	prompts  [][]int
	sampling Sampling
	device   Device
	rank     int

	// The sampler's goroutine alone uses these.
	next    int // the first request that has no slot yet
	running int // requests that have one

	mu     sync.Mutex
	events []event
	left   int   // requests that have not ended
	err    error // why there will be no more events
	more   chan struct{}
}

// event is a token of one of the requests.
type event struct {
	request int
	token   Token
}

// tell hands a token to the caller's goroutine.
func (c *call) tell(request int, t Token) {
	c.mu.Lock()
	c.events = append(c.events, event{request, t})
	if t.End != "" {
		c.left--
	}
	c.mu.Unlock()
	c.signal()
}

// fail ends the call.
func (c *call) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	c.signal()
}

func (c *call) signal() {
	select {
	case c.more <- struct{}{}:
	default: // it knows already
	}
}

// collect takes what there is, and says whether it was the last.
func (c *call) collect() (events []event, done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	events, c.events = c.events, nil
	return events, c.left == 0 || c.err != nil, c.err
}

// failed says whether the call was given up.
func (c *call) failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}

// gone says whether nobody waits for the call any more.
func (c *call) gone() bool { return c.ctx.Err() != nil || c.failed() }

// follow gathers the samples on the caller's goroutine until all have ended or ctx ends.
func (c *call) follow(onToken func(request int, t Token)) ([]Sample, error) {
	samples := make([]Sample, len(c.prompts))
	texts := make([]strings.Builder, len(c.prompts))
	for {
		var stopped error
		select {
		case <-c.more:
		case <-c.ctx.Done():
			stopped = c.ctx.Err()
		}
		events, done, err := c.collect()
		for _, e := range events {
			samples[e.request].add(e.token)
			texts[e.request].WriteString(e.token.Text)
			if onToken != nil {
				onToken(e.request, e.token)
			}
		}
		if stopped != nil && !done {
			done, err = true, stopped
		}
		if !done {
			continue
		}
		for i := range samples {
			samples[i].Text = texts[i].String()
			if samples[i].End == "" {
				samples[i].End = EndCancelled
			}
		}
		return samples, err
	}
}

// row is a request that has a slot; it lies in the caches at its place in the sampler's list.
type row struct {
	*call
	index  int // of the request in the call
	prompt []int
	length int // positions in the caches
	token  int // drawn, and not fed yet
	count  int // tokens of the response
	limit  int
	chance func() float64 // uniform in [0, 1), a number for each token
	text   *textOf
}

// drawn is what became of one row's probabilities.
type drawn struct {
	choice
	alternatives []Alternative
}

// advance takes a token and says whether it was the last.
func (r *row) advance(d drawn, eos []int) (ended bool) {
	r.token = d.id
	r.count++
	s := &r.sampling
	t := Token{ID: d.id, LogProb: logOf(d.p), TruncatedLog: logOf(d.p / d.mass), Alternatives: d.alternatives}
	switch {
	case !s.IgnoreEOS && slices.Contains(eos, d.id):
		t.End, t.Text = EndEOS, r.text.finish()
	case slices.Contains(s.StopTokens, d.id):
		t.End, t.Text = EndStop, r.text.finish()
	default:
		var stopped bool
		t.Text, stopped = r.text.push(d.id)
		switch {
		case stopped:
			t.End = EndStop
		case r.count >= r.limit:
			t.End = EndLength
			t.Text += r.text.finish()
		}
	}
	r.tell(r.index, t)
	return t.End != ""
}
