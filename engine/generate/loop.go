package generate

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"workbench/engine/weights"
)

// loop is the goroutine that owns the network: it gives slots to requests and steps them.
type loop struct {
	model   *weights.Model
	net     *network
	options Options

	rows  []*row  // that run; row i lies at i in the caches
	calls []*call // with requests that wait for a slot, in order of arrival

	ctx  context.Context // ends with the sampler
	stop context.CancelFunc
	done chan struct{} // closed when the goroutine has ended
	wake chan struct{}
	shut error // what freeing the network said; read after done

	fresh []*refresh // asked for, in order

	mu     sync.Mutex
	inbox  []*call
	asked  []*refresh
	closed bool
	inStep []*call            // that the step under way is for
	cancel context.CancelFunc // of the step under way
}

func start(m *weights.Model, n *network, o Options) *loop {
	l := &loop{model: m, net: n, options: o, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.ctx, l.stop = context.WithCancel(context.Background())
	go l.run()
	return l
}

// Close ends calls under way with [ErrClosed], waits for the sampler's goroutine and frees memory.
func (l *loop) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.stop()
	<-l.done
	return l.shut
}

// enter puts a call into the sampler's hands.
func (l *loop) enter(c *call) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.inbox = append(l.inbox, c)
	l.nudge()
	return nil
}

// refresh is a call of Refresh.
type refresh struct {
	device Device
	done   chan error
}

// request asks for a refresh.
func (l *loop) request(r *refresh) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.asked = append(l.asked, r)
	l.nudge()
	return nil
}

func (l *loop) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// abandon interrupts the step under way if nobody waits for any of it.
func (l *loop) abandon() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nudge()
	if l.cancel == nil || slices.ContainsFunc(l.inStep, func(c *call) bool { return !c.gone() }) {
		return
	}
	l.cancel()
}

// run is the goroutine.
func (l *loop) run() {
	defer close(l.done)
	for l.ctx.Err() == nil {
		l.receive()
		if len(l.rows) == 0 && len(l.calls) == 0 && len(l.fresh) == 0 {
			select {
			case <-l.wake:
			case <-l.ctx.Done():
			}
			continue
		}
		l.advance()
	}
	l.receive()
	l.failAll(ErrClosed)
	l.shut = l.net.close()
}

// advance admits whoever fits and makes one step.
func (l *loop) advance() {
	if len(l.fresh) > 0 && len(l.rows) == 0 {
		l.refresh()
	}
	for len(l.fresh) == 0 && len(l.calls) > 0 && len(l.rows) < l.options.Slots && l.ctx.Err() == nil {
		l.admit()
		l.receive()
	}
	if len(l.rows) > 0 {
		l.decode()
	}
}

// refresh takes the model's present weights, once for all who asked.
func (l *loop) refresh() {
	err := l.fresh[0].device.Do(l.ctx, func(context.Context) error { return l.net.refresh(l.model, l.options) })
	for _, r := range l.fresh {
		r.done <- err
	}
	l.fresh = nil
}

// receive takes in new calls and lets go of those that nobody waits for.
func (l *loop) receive() {
	l.mu.Lock()
	l.calls = append(l.calls, l.inbox...)
	l.fresh = append(l.fresh, l.asked...)
	l.inbox, l.asked = nil, nil
	l.mu.Unlock()
	l.calls = slices.DeleteFunc(l.calls, func(c *call) bool { return c.gone() })
	for i := 0; i < len(l.rows); {
		if l.rows[i].gone() {
			l.leave(i)
			continue
		}
		i++
	}
}

// failAll ends everything that runs or waits.
func (l *loop) failAll(err error) {
	for _, c := range l.calls {
		c.fail(err)
	}
	for _, r := range l.rows {
		r.fail(err)
	}
	for _, r := range l.fresh {
		r.done <- err
	}
	l.calls, l.rows, l.fresh = nil, nil, nil
}

// leave frees a slot: the last row takes its place.
func (l *loop) leave(i int) {
	l.rows[i].running--
	last := len(l.rows) - 1
	l.net.move(i, last, l.rows[last].length)
	l.rows[i] = l.rows[last]
	l.rows = l.rows[:last]
}

// onDevice does work for some rows when it is their turn, and says whether it was done. If not, their
// calls are over, each with the reason.
func (l *loop) onDevice(rows []*row, work func(ctx context.Context) error) bool {
	calls := make([]*call, len(rows))
	for i, r := range rows {
		calls[i] = r.call
	}
	first := slices.MinFunc(calls, func(a, b *call) int { return a.rank - b.rank })
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	l.mu.Lock()
	l.inStep, l.cancel = calls, cancel
	l.mu.Unlock()
	err := first.device.Do(ctx, work)
	l.mu.Lock()
	l.inStep, l.cancel = nil, nil
	l.mu.Unlock()
	if err == nil {
		return true
	}
	if l.ctx.Err() != nil {
		err = ErrClosed
	}
	for _, c := range calls {
		c.fail(err)
	}
	return false
}

// decode feeds every row its last token and draws the next.
func (l *loop) decode() {
	entries := make([]entry, len(l.rows))
	for i, r := range l.rows {
		entries[i] = entry{r.token, r.length, r.sampling.scale()}
	}
	var probs []float32
	ok := l.onDevice(l.rows, func(ctx context.Context) (err error) {
		probs, err = l.net.step(ctx, entries)
		return err
	})
	if !ok {
		return
	}
	for _, r := range l.rows {
		r.length++
	}
	l.draw(slices.Clone(l.rows), probs)
}

// draw gives some of the loop's rows their next tokens, and frees the slots of those that have ended.
func (l *loop) draw(rows []*row, probs []float32) {
	vocab := l.net.size.Vocab
	draws := make([]drawn, len(rows))
	inParallel(len(rows), func(i int) {
		draws[i] = rows[i].choose(probs[i*vocab : (i+1)*vocab])
	})
	ended := map[*row]bool{}
	for i, r := range rows {
		switch {
		case draws[i].id < 0:
			r.fail(fmt.Errorf("request %d: the model's probabilities are not numbers after %d tokens; its weights may be broken", r.index, r.length))
			ended[r] = true
		default:
			ended[r] = r.advance(draws[i], l.model.EOS)
		}
	}
	for i := len(l.rows) - 1; i >= 0; i-- {
		if ended[l.rows[i]] {
			l.leave(i)
		}
	}
}

// choose draws the row's next token; its id is -1 where the probabilities are not numbers.
func (r *row) choose(p []float32) drawn {
	u := r.chance()
	top := argmax(p)
	if top < 0 {
		return drawn{choice: choice{id: -1}}
	}
	d := drawn{choice: r.sampling.draw(p, top, u)}
	if n := r.sampling.Alternatives; n > 0 {
		d.alternatives = likeliest(p, n)
	}
	return d
}
