package assign

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"workbench/storage"
)

// Undo takes a person's last answer back: the answer stays in the store and counts no more, and the
// person has its task again, with what they had said as the draft. The same key again gives the same
// lease. The error wraps [ErrTooLate] when somebody else has a task that came after the answer for the
// same item, or has answered it, and [ErrNothing] when there is no answer.
func (d *Desk) Undo(ctx context.Context, person, key string) (Lease, error) {
	var again handed
	key, err := checkKey(key)
	if err != nil {
		return Lease{}, err
	}
	err = d.ask(ctx, 2*overhead, func(g *group) error {
		p, err := g.person(person)
		if err != nil {
			return err
		}
		l, err := g.undo(p, key)
		if err != nil {
			return err
		}
		again = g.hand(l)
		return nil
	})
	if err != nil {
		return Lease{}, err
	}
	return d.show(again)
}

func (g *group) undo(p *person, key string) (*lease, error) {
	if n := len(p.undone); n > 0 && key != "" && p.undone[n-1].undoKey == hash(key) {
		l := p.undone[n-1].redo
		return l, g.touch(l)
	}
	l := p.last()
	if l == nil {
		return nil, ErrNothing
	}
	if err := g.ix.tooLate(l); err != nil {
		return nil, err
	}
	values, err := g.valuesOf(l)
	if err != nil {
		return nil, err
	}
	id, err := g.newID()
	if err != nil {
		return nil, err
	}
	t := l.task
	if t.valid == t.people {
		g.then = append(g.then, func() { g.news.tell(happening{task: t.id}) })
	}
	g.log(event{kindUndone, p.id, t.id, l.id}, undoneData{l.answer.String(), key})
	g.ix.undo(l, key)
	again := g.grant(t, p, id, l)
	g.batch.PutDraft(storage.Draft{Person: p.id, Lease: id.String(), Values: values, Time: g.now.UTC()})
	g.ix.hold(again, func(h *hold) { h.mayDraft = true })
	return again, nil
}

// valuesOf reads what was answered, be it in this very group.
func (g *group) valuesOf(l *lease) (json.RawMessage, error) {
	if values, here := g.said[l.answer]; here {
		return values, nil
	}
	a, err := g.store.Answer(l.task.id, l.answer.String())
	return a.Values, err
}

// last is the person's last answer that they did not take back, nil for none.
func (p *person) last() *lease {
	for _, l := range slices.Backward(p.past) {
		if l.is != undone {
			return l
		}
	}
	return nil
}

func (ix *index) canUndo(p *person) bool {
	l := p.last()
	return l != nil && ix.tooLate(l) == nil
}

// tooLate says why an answer can't be taken back, nil when it can.
func (ix *index) tooLate(l *lease) error {
	switch {
	case l.is == late:
		return fmt.Errorf("%w: it came after others had answered", ErrTooLate)
	case l.task.closed:
		return fmt.Errorf("%w: its task was closed since", ErrTooLate)
	}
	for t := ix.roots[rootOf(l.task.id)]; t != nil && t.created >= l.at; t = t.older {
		for _, m := range t.marks {
			if t != l.task && m.who != l.who && (m.live || m.answered) {
				return fmt.Errorf("%w: somebody is at work on what came of it (%s)", ErrTooLate, t.step.name)
			}
		}
	}
	return nil
}
