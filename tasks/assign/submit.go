package assign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// Submit keeps an answer. It is durable when Submit returns; the same submission again gives the same
// answer. The error is [form.Problems] where fields are wrong, and wraps [ErrAnswered] when the lease has
// another answer. Where the next task can't be read, the receipt has none, and Pull says why.
func (d *Desk) Submit(ctx context.Context, s Submission) (Receipt, error) {
	id, err := parseID(s.Lease, "lease")
	if err != nil {
		return Receipt{}, err
	}
	if s.Key, err = checkKey(s.Key); err != nil {
		return Receipt{}, err
	}
	paper, err := d.paperOf(id, s.Person)
	if err != nil {
		return Receipt{}, err
	}
	if s.Values, err = paper.check(s.Values); err != nil {
		return Receipt{}, err
	}
	var out outcome
	err = d.ask(ctx, 2*overhead+len(s.Values), func(g *group) (err error) {
		out, err = g.submit(s, id, paper.task.Form)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return d.receipt(out)
}

// checkKey makes text of a key, so that it is the same when it is read back.
func checkKey(key string) (string, error) {
	if len(key) > maxKey {
		return "", fmt.Errorf("%w: the key has %d bytes; at most %d", ErrInvalid, len(key), maxKey)
	}
	return strings.ToValidUTF8(key, "\ufffd"), nil
}

// paperOf finds what a lease is about.
func (d *Desk) paperOf(id ulid.ULID, person string) (*paper, error) {
	d.mu.RLock()
	l := d.ix.leases[id]
	d.mu.RUnlock()
	switch {
	case l == nil:
		return nil, fmt.Errorf("%w: lease %s", ErrUnknown, id)
	case l.who.id != person:
		return nil, ErrForeign
	}
	return d.papers.of(l.task.id)
}

// check reads values as the form wants them, and writes them in one way.
func (p *paper) check(values json.RawMessage) (json.RawMessage, error) {
	if len(values) > maxSaid {
		return nil, fmt.Errorf("%w: the answer has %d bytes; at most %d", ErrInvalid, len(values), maxSaid)
	}
	answer, err := p.form.Read(p.item, values)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// outcome is a receipt before anything is read for it.
type outcome struct {
	answer   storage.Answer // only its ID and Task when it is repeated
	repeated bool
	next     handed
	none     *NoTask
}

func (g *group) submit(s Submission, id ulid.ULID, form string) (out outcome, err error) {
	l, err := g.lease(id, s.Person)
	if err != nil {
		return out, err
	}
	switch {
	case l.wasAnswered() && l.key == hash(s.Key):
		out.repeated = true
		out.answer = storage.Answer{ID: l.answer.String(), Task: l.task.id}
	case l.is != held:
		return out, ErrAnswered
	default:
		if out.answer, err = g.answer(l, s, form); err != nil {
			return out, err
		}
	}
	if !s.Next {
		return out, nil
	}
	out.next, err = g.pull(l.who)
	if errors.As(err, &out.none) {
		err = nil
	}
	return out, err
}

// answer takes an answer to a lease that has none.
func (g *group) answer(l *lease, s Submission, form string) (storage.Answer, error) {
	id, err := g.newID()
	if err != nil {
		return storage.Answer{}, err
	}
	t := l.task
	a := storage.Answer{
		ID: id.String(), Task: t.id, Lease: s.Lease, Person: s.Person, Form: form, Values: s.Values, Key: s.Key,
		Seconds: activeTime(s.Seconds, g.now.UnixNano()-l.since),
		Late:    !l.live && !t.isFree(),
		Time:    g.now.UTC(),
	}
	if l.replaces != nil {
		a.Replaces = l.replaces.answer.String()
	}
	g.batch.PutAnswer(a)
	g.said[id] = s.Values
	if l.mayDraft {
		g.batch.DeleteDraft(s.Lease)
	}
	g.log(event{kindAnswered, s.Person, t.id, l.id}, answeredData{Answer: a.ID, Key: s.Key, Seconds: a.Seconds, Late: a.Late})
	g.ix.answer(l, given{answer: id, key: s.Key, at: g.now.UnixNano(), seconds: a.Seconds, late: a.Late})
	if !a.Late && t.valid == t.people {
		done := happening{t.id, t.answers()}
		g.then = append(g.then, func() { g.news.tell(done) })
	}
	return a, nil
}

// activeTime is what somebody says they took, but never more than they had the task.
func activeTime(seconds float64, had int64) float64 {
	if !(seconds > 0) { // nor NaN
		return 0
	}
	return min(seconds, time.Duration(max(had, 0)).Seconds())
}

// receipt reads what belongs to an outcome.
func (d *Desk) receipt(out outcome) (r Receipt, err error) {
	r = Receipt{Answer: out.answer, Repeated: out.repeated, None: out.none}
	if out.repeated {
		if r.Answer, err = d.store.Answer(out.answer.Task, out.answer.ID); err != nil {
			return Receipt{}, err
		}
	}
	r.Late = r.Answer.Late
	if !out.next.id.IsZero() {
		if next, err := d.show(out.next); err == nil {
			r.Next = &next
		}
	}
	return r, nil
}
