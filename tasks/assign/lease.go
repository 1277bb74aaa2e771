package assign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// Pull gives a person the task that they have, or else the next one: of the flow with the highest
// priority, of the highest priority within it, and of those the oldest. The error is *[NoTask] where
// there is none for them.
func (d *Desk) Pull(ctx context.Context, person string) (Lease, error) {
	var given handed
	err := d.ask(ctx, overhead, func(g *group) error {
		p, err := g.person(person)
		if err != nil {
			return err
		}
		given, err = g.pull(p)
		return err
	})
	if err != nil {
		return Lease{}, err
	}
	return d.show(given)
}

// handed is a lease as it was decided, without what has to be read to show it.
type handed struct {
	id           ulid.ULID
	task, person string
	until        time.Time
	mayDraft     bool
	canUndo      bool
	waiting      int
}

func (g *group) hand(l *lease) handed {
	p := l.who
	return handed{
		id: l.id, task: l.task.id, person: p.id, until: time.Unix(0, l.until), mayDraft: l.mayDraft,
		canUndo: g.ix.canUndo(p), waiting: g.ix.waiting(p),
	}
}

// show reads what belongs to a lease.
func (d *Desk) show(h handed) (Lease, error) {
	paper, err := d.papers.of(h.task)
	if err != nil {
		return Lease{}, err
	}
	l := Lease{
		ID: h.id.String(), Task: h.task, Person: h.person, Until: h.until,
		T: paper.task, Form: paper.form, CanUndo: h.canUndo, Waiting: h.waiting,
	}
	if !h.mayDraft {
		return l, nil
	}
	draft, err := d.store.Draft(l.ID)
	switch {
	case err == nil:
		l.Draft = &draft
	case !errors.Is(err, fs.ErrNotExist):
		return Lease{}, err
	}
	return l, nil
}

// person finds somebody who may work.
func (g *group) person(id string) (*person, error) {
	p := g.ix.people[id]
	switch {
	case p == nil || !p.known:
		return nil, fmt.Errorf("%w: person %.40q", ErrUnknown, id)
	case p.disabled:
		return nil, ErrDisabled
	}
	return p, nil
}

// lease finds a lease of somebody who may work.
func (g *group) lease(id ulid.ULID, person string) (*lease, error) {
	p, err := g.person(person)
	if err != nil {
		return nil, err
	}
	l := g.ix.leases[id]
	switch {
	case l == nil:
		return nil, fmt.Errorf("%w: lease %s", ErrUnknown, id)
	case l.who != p:
		return nil, ErrForeign
	}
	return l, nil
}

// pull finds what a person has or gets; the error is *NoTask for nothing.
func (g *group) pull(p *person) (handed, error) {
	if n := len(p.live); n > 0 {
		return g.hand(p.live[n-1]), nil
	}
	t := g.ix.next(p)
	if t == nil {
		none := g.ix.why(p)
		return handed{}, &none
	}
	if m := t.of(p); m.lease != nil { // it ended, and nobody else came
		g.renew(m.lease)
		return g.hand(m.lease), nil
	}
	id, err := g.newID()
	if err != nil {
		return handed{}, err
	}
	return g.hand(g.grant(t, p, id, nil)), nil
}

// grant gives a task to somebody, anew where they took back what they had said.
func (g *group) grant(t *task, p *person, id ulid.ULID, replaces *lease) *lease {
	until := g.now.Add(g.o.Lease)
	data := leasedData{Until: until}
	if replaces != nil {
		data.Replaces = replaces.id.String()
	}
	g.log(event{kindLeased, p.id, t.id, id}, data)
	return g.ix.grant(t, p, id, g.now.UnixNano(), until.UnixNano(), replaces)
}

func (g *group) renew(l *lease) {
	until := g.now.Add(g.o.Lease)
	g.log(event{kindRenewed, l.who.id, l.task.id, l.id}, renewedData{until})
	g.ix.renew(l, until.UnixNano())
}

// Touch says that a person is still at work: the lease ends a whole lease's time from now, or a little
// earlier. One that has ended begins again, unless others took its place: then the error wraps [ErrEnded].
func (d *Desk) Touch(ctx context.Context, person, lease string) (until time.Time, err error) {
	id, err := parseID(lease, "lease")
	if err != nil {
		return time.Time{}, err
	}
	err = d.ask(ctx, overhead, func(g *group) error {
		l, err := g.lease(id, person)
		if err != nil {
			return err
		}
		if err := g.touch(l); err != nil {
			return err
		}
		until = time.Unix(0, l.until)
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	return until, nil
}

// touch renews a lease where that moves its end noticeably, so that the log does not fill with touches.
func (g *group) touch(l *lease) error {
	m := l.task.of(l.who)
	switch {
	case l.is != held:
		return ErrAnswered
	case l.live && l.until-g.now.UnixNano() > int64(g.o.Lease/10*9):
		return nil
	case l.live || l.task.isFree() && !m.bars():
		g.renew(l)
		return nil
	}
	return fmt.Errorf("%w; what you submit is kept, and flagged as late", ErrEnded)
}

// Skip gives a task back. Others may get it; who skipped it won't. To skip it again does nothing.
func (d *Desk) Skip(ctx context.Context, person, lease, reason string) error {
	id, err := parseID(lease, "lease")
	if err != nil {
		return err
	}
	if len(reason) > maxReason {
		return fmt.Errorf("%w: the reason has %d bytes; at most %d", ErrInvalid, len(reason), maxReason)
	}
	return d.ask(ctx, overhead+len(reason), func(g *group) error {
		l, err := g.lease(id, person)
		switch {
		case err != nil:
			return err
		case l.is == skipped:
			return nil
		case l.is != held:
			return ErrAnswered
		}
		g.log(event{kindSkipped, person, l.task.id, id}, skippedData{reason})
		g.ix.skip(l)
		return nil
	})
}

// Draft keeps what a person has typed so far, durably, and says when. A task that was answered or
// skipped takes no drafts.
func (d *Desk) Draft(ctx context.Context, person, lease string, values json.RawMessage) (time.Time, error) {
	id, err := parseID(lease, "lease")
	if err != nil {
		return time.Time{}, err
	}
	if len(values) > maxSaid || !json.Valid(values) {
		return time.Time{}, fmt.Errorf("%w: a draft is JSON of at most %d bytes", ErrInvalid, maxSaid)
	}
	var saved time.Time
	err = d.ask(ctx, overhead+len(values), func(g *group) error {
		l, err := g.lease(id, person)
		switch {
		case err != nil:
			return err
		case l.is != held:
			return ErrAnswered
		}
		g.batch.PutDraft(storage.Draft{Person: person, Lease: lease, Values: values, Time: g.now.UTC()})
		g.ix.hold(l, func(h *hold) { h.mayDraft = true })
		saved = g.now
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	return saved, nil
}
