package script

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.starlark.net/starlark"
)

// loop is the one marked loop of a run: for batch in loop(batches). Its boundaries, between two
// iterations, are where checkpoints are made and where a stopped run ends.
type loop struct {
	run      *Run
	of       source
	position int // of the iteration that is being done, from 0; len(of) after the last
	every    int // iterations between checkpoints; 0 for none by number
	seconds  float64
	keep     int // checkpoints that stay

	started bool
	ended   bool      // no iteration is left: the last was done, or the script broke off
	settled bool      // the checkpoint at its end is written
	saved   time.Time // when the last checkpoint was written, or the loop began
	metrics map[string]float64
}

// source is what a loop goes through: any element can be had without those before it.
type source interface {
	Len() int
	Index(i int) starlark.Value
}

// defaultSeconds between checkpoints loses at most a few minutes' work and costs little.
const defaultSeconds = 120

func makeLoop(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	l := &loop{run: r, keep: 2, seconds: -1}
	var of starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "iterable", &of, "every?", &l.every, "seconds?", floatOf(&l.seconds), "keep?", &l.keep); err != nil {
		return nil, err
	}
	if r.loop != nil {
		return nil, advise("put both into one loop, or make a second script and start it from the first one's checkpoint", "a run has one loop(…); this is the second")
	}
	if r.tracing != nil {
		return nil, errors.New("a loop(…) stands inside a loss")
	}
	if l.every < 0 || l.keep < 1 {
		return nil, fmt.Errorf("loop: every = %d, keep = %d; want every from 0 and keep from 1", l.every, l.keep)
	}
	if l.seconds < 0 && l.every == 0 {
		l.seconds = defaultSeconds
	}
	var ok bool
	if l.of, ok = of.(source); !ok {
		l.of = listSource(of)
	}
	r.loop, l.saved, l.position = l, r.host.now(), -1
	if r.stopped != nil { // the dataset could not be counted
		return nil, r.stopped
	}
	return &loopValue{l}, r.resume()
}

// listSource remembers the elements of something that can only be gone through.
func listSource(of starlark.Iterable) source {
	var all []starlark.Value
	for v := range starlark.Elements(of) {
		all = append(all, v)
	}
	return starlark.Tuple(all)
}

// loopValue is what loop(…) returns.
type loopValue struct{ l *loop }

func (v *loopValue) String() string        { return "loop" }
func (v *loopValue) Type() string          { return "loop" }
func (v *loopValue) Freeze()               {}
func (v *loopValue) Truth() starlark.Bool  { return v.l.of.Len() > 0 }
func (v *loopValue) Hash() (uint32, error) { return 0, errors.New("a loop cannot be a key") }
func (v *loopValue) Len() int              { return v.l.of.Len() }

// Iterate begins the loop; it can be gone through once.
func (v *loopValue) Iterate() starlark.Iterator {
	if v.l.started {
		v.l.run.stop(errors.New("the loop(…) is gone through a second time"))
		v.l.ended = true
	}
	v.l.started = true
	v.l.run.looping.Store(true)
	return v
}

// Next ends an iteration and begins the next.
func (v *loopValue) Next(p *starlark.Value) bool {
	l := v.l
	if l.ended || l.run.stopped != nil {
		return false
	}
	if err := l.boundary(); err != nil {
		l.run.stop(err)
		return false
	}
	if l.position >= l.of.Len() || l.run.mode == checking && l.position > 0 {
		l.ended = true
		return false
	}
	l.run.seeds = 0
	*p = l.of.Index(l.position)
	return true
}

// Done is called when the loop is left in any way: exhausted, by break, or by an error.
func (v *loopValue) Done() {
	if l := v.l; !l.ended { // by break: its iteration is done
		l.position++
		l.ended = true
	}
	v.l.run.seeds = 0
	v.l.run.looping.Store(false)
}

// boundary stands between two iterations: the one at position is done.
func (l *loop) boundary() error {
	l.position++
	if l.position > 0 {
		l.run.host.tell(Progress{Step: l.position - 1, Steps: l.of.Len(), Metrics: l.metrics, Work: l.run.done()})
	}
	done := l.position >= l.of.Len()
	stopping := l.run.ctx.Err()
	if l.run.mode == running && l.position > 0 && (done || stopping != nil || l.due()) {
		if err := l.run.checkpoint(done); err != nil {
			return err
		}
		l.settled = done
	}
	l.metrics = nil
	if stopping != nil && !done {
		return fmt.Errorf("stopped after step %d of %d; it can be resumed: %w", l.position, l.of.Len(), context.Canceled)
	}
	return nil
}

// due says whether a checkpoint should be made at this boundary.
func (l *loop) due() bool {
	if l.every > 0 && l.position%l.every == 0 {
		return true
	}
	return l.seconds >= 0 && l.run.host.now().Sub(l.saved).Seconds() >= l.seconds
}

// settle makes the checkpoint at the loop's end, if the script broke off: what follows may be
// computed from what was trained, and a resumed run must not train again.
func (r *Run) settle() error {
	l := r.loop
	if l == nil || !l.started || !l.ended || l.settled || r.mode != running {
		return nil
	}
	l.settled = true
	return r.checkpoint(true)
}

// keep registers something whose contents a checkpoint holds.
func (r *Run) keep(s stateful) error {
	if r.loop != nil && !r.loop.ended {
		return advise("construct it before the loop: what is made there is given back its contents on resume", "a %s is made inside the loop", s.kind())
	}
	if r.loop == nil {
		r.kept = append(r.kept, s)
	}
	return nil
}
