package generate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// newcomers are requests whose prompts are read together.
type newcomers struct {
	prompts [][]int // each once
	rows    []*row  // the first request of each prompt, in order
	heads   []head  // by row
	again   []*row  // further requests of the same prompts
	asked   []head  // by again
}

// admit reads the prompts of the next requests, gives them slots and draws their first tokens.
func (l *loop) admit() {
	n := l.gather()
	from := len(l.rows)
	rows, heads := append(n.rows, n.again...), append(n.heads, n.asked...)
	var probs []float32
	ok := l.onDevice(rows, func(ctx context.Context) (err error) {
		probs, err = l.net.read(ctx, from, n.prompts, heads)
		return err
	})
	if !ok {
		return
	}
	for i, r := range rows {
		r.length = len(r.prompt)
		// Prompt p was read into row from+p, where its first request lies; the others get copies.
		l.net.move(from+i, from+heads[i].prompt, r.length)
		l.rows = append(l.rows, r)
	}
	l.draw(rows, probs)
}

// gather chooses requests, as many as fit into the free slots and into one reading, of similar length.
func (l *loop) gather() *newcomers {
	n := &newcomers{}
	known := map[string]int{}
	longest := 0
	for len(l.calls) > 0 && len(l.rows)+len(n.rows)+len(n.again) < l.options.Slots {
		c := l.turn()
		prompt := c.prompts[c.next]
		key := fmt.Sprint(prompt)
		at, seen := known[key]
		if seen {
			n.again = append(n.again, l.newRow(c))
			n.asked = append(n.asked, head{at, c.sampling.scale()})
		} else {
			long := max(longest, l.net.padded(len(prompt)))
			if len(n.prompts) > 0 && (!l.together(n.prompts[0], prompt) || long*(len(n.prompts)+1) > l.options.Prefill) {
				break
			}
			longest, known[key] = long, len(n.prompts)
			n.heads = append(n.heads, head{len(n.prompts), c.sampling.scale()})
			n.prompts = append(n.prompts, prompt)
			n.rows = append(n.rows, l.newRow(c))
		}
		c.running++
		if c.next++; c.next == len(c.prompts) {
			l.calls = slices.DeleteFunc(l.calls, func(other *call) bool { return other == c })
		}
	}
	return n
}

// together says whether two prompts may be read at the same time. They are padded to one length, so
// these should not differ much. Where matrices are not laid out ahead, kernels may divide the work
// on a weight by the number of tokens, with other roundings; there each prompt is read alone.
func (l *loop) together(a, b []int) bool {
	return !l.options.Shared && len(a) <= 2*len(b)+promptStep && len(b) <= 2*len(a)+promptStep
}

// turn is the call whose request is next: the most urgent, then the one with the fewest slots, then
// the first. So a call of thousands of requests does not keep a call of one waiting.
func (l *loop) turn() *call {
	return slices.MinFunc(l.calls, func(a, b *call) int {
		return cmp.Or(a.rank-b.rank, a.running-b.running)
	})
}

func (l *loop) newRow(c *call) *row {
	s, prompt := &c.sampling, c.prompts[c.next]
	// The last token of a response is never fed back, so it needs no room.
	limit := l.net.positions - len(prompt) + 1
	if s.MaxTokens > 0 {
		limit = min(limit, s.MaxTokens)
	}
	return &row{
		call: c, index: c.next, prompt: prompt, limit: limit,
		chance: random(s.Seed, c.next).Float64,
		text:   newTextOf(l.model.Tokenizer, s.Stop),
	}
}
