package assign

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"workbench/storage"
	"workbench/tasks/form"
)

// failed says whether the disk failed; any other error fails the test.
func (h *history) failed(err error) bool {
	h.t.Helper()
	return h.wantError(err, nil)
}

// wantError compares an error with what the model says, and tells whether there is nothing more to
// compare.
func (h *history) wantError(err, want error) bool {
	h.t.Helper()
	if errors.Is(err, errFault) {
		return true
	}
	if !errors.Is(err, want) {
		h.t.Errorf("got error %v, want %v", err, want)
	}
	return err != nil || want != nil
}

func (h *history) pullSome() {
	person := h.somebody()
	l, err := h.Pull(h.t.Context(), person)
	h.says("%s pulls: %s, %v", person, l.Task, err)
	if h.m.person(person).Disabled {
		h.wantError(err, ErrDisabled)
		return
	}
	if errors.Is(err, errFault) {
		return
	}
	var none *NoTask
	if errors.As(err, &none) {
		h.pulled(person, nil, none)
	} else if !h.failed(err) {
		h.pulled(person, &l, nil)
	}
}

// pulled compares what a person got with the model, and gives it to them there.
func (h *history) pulled(person string, got *Lease, none *NoTask) {
	h.t.Helper()
	l := h.m.current(person)
	if l == nil {
		t, n := h.m.next(person)
		switch {
		case t == nil && got != nil:
			h.t.Errorf("%s got %s, want nothing for %v", person, got.Task, h.m.why(person))
			return
		case t == nil:
			if want := h.m.why(person); !slices.Equal(none.Reasons, want) || none.CanUndo != h.m.canUndo(person) {
				h.t.Errorf("%s got reasons %v, can undo %v, want %v, %v", person, none.Reasons, none.CanUndo, want, h.m.canUndo(person))
			}
			return
		case got == nil:
			h.t.Errorf("%s got nothing for %v, want %s; %d tasks are left for them", person, none.Reasons, t.ID, n)
			return
		case got.Task != t.ID:
			h.t.Errorf("%s got %s, want %s", person, got.Task, t.ID)
			return
		}
		i := slices.IndexFunc(h.m.leases, func(l *modelLease) bool { return l.task == t && l.person == person && l.is == held })
		if i < 0 {
			i = len(h.m.leases)
			h.m.leases = append(h.m.leases, &modelLease{id: got.ID, person: person, task: t, since: h.m.now})
		}
		l = h.m.leases[i]
		l.until = h.m.now.Add(leaseTime)
	}
	if got == nil {
		h.t.Errorf("%s got nothing for %v, and has %s", person, none.Reasons, l.id)
		return
	}
	h.shown(*got, l)
}

// shown compares a lease with the model's.
func (h *history) shown(got Lease, l *modelLease) {
	h.t.Helper()
	_, waiting := h.m.next(l.person)
	draft := ""
	if got.Draft != nil {
		draft = string(got.Draft.Values)
	}
	text := func(id, task, person string, until time.Time, draft string, canUndo bool, waiting int) string {
		return fmt.Sprintf("lease %s of %s for %s until %s, draft %s, can undo %v, %d waiting", id, task, person,
			until.Format(time.RFC3339Nano), draft, canUndo, waiting)
	}
	is := text(got.ID, got.T.ID, got.Person, got.Until.UTC(), draft, got.CanUndo, got.Waiting)
	want := text(l.id, l.task.ID, l.person, l.until, h.drafts[l.id], h.m.canUndo(l.person), waiting)
	if is != want {
		h.t.Errorf("got  %s\nwant %s", is, want)
	}
}

func (h *history) submitSome() {
	l := h.someLease()
	if l == nil {
		return
	}
	h.n++
	s := Submission{
		Person: l.person, Lease: l.id, Key: l.id, Next: h.IntN(2) == 0, Seconds: float64(h.IntN(400)),
		Values: json.RawMessage(fmt.Sprintf(`{ "why": null, "says": "no %d <" }`, h.n)),
	}
	switch h.IntN(20) {
	case 0:
		s.Key = "another"
	case 1:
		s.Values = json.RawMessage(`{"says":"one two three four five six"}`)
	case 2:
		s.Person = h.somebody()
	}
	r, err := h.Submit(h.t.Context(), s)
	h.says("%s submits %s (%s) with key %s: answer %s, late %v, %v", s.Person, l.id, l.task.ID, s.Key, r.Answer.ID, r.Late, err)
	var problems form.Problems
	switch {
	case s.Person != l.person:
		h.wantError(err, ErrForeign)
	case s.Values[1] != ' ':
		if !errors.As(err, &problems) || problems[0].Field != "says" {
			h.t.Errorf("a text that is too long: got %v", err)
		}
	case h.m.person(s.Person).Disabled:
		h.wantError(err, ErrDisabled)
	case l.is == skipped, l.is != held && s.Key != l.key:
		h.wantError(err, ErrAnswered)
	case l.is != held:
		if !h.failed(err) && (!r.Repeated || r.Answer.ID != l.answer || r.Late != r.Answer.Late) {
			h.t.Errorf("submitted again: got %+v, want answer %s", r, l.answer)
		}
	case !h.failed(err):
		h.answered(l, s, r)
	}
	if err == nil && s.Next {
		h.pulled(s.Person, r.Next, r.None)
	}
}

// answered compares a new answer with the model, and gives it there.
func (h *history) answered(l *modelLease, s Submission, r Receipt) {
	h.t.Helper()
	isLate := l.task.closed || !h.m.live(l) && !h.m.isFree(l.task)
	seconds := min(s.Seconds, h.m.now.Sub(l.since).Seconds())
	if r.Repeated || r.Late != isLate || r.Answer.Late != isLate || r.Answer.Seconds != seconds || r.Answer.Task != l.task.ID {
		h.t.Errorf("got %+v, want late %v, %g seconds", r, isLate, seconds)
	}
	if want := fmt.Sprintf(`{"says":"no %d \u003c"}`, h.n); string(r.Answer.Values) != want {
		h.t.Errorf("got values %s, want %s", r.Answer.Values, want)
	}
	l.is, l.answer, l.key, l.at, l.seconds = answered, r.Answer.ID, s.Key, h.m.now, seconds
	delete(h.drafts, l.id)
	if isLate {
		l.is = late
		return
	}
	if h.m.count(l.task, counts) == l.task.People {
		text := "done " + l.task.ID
		for _, a := range h.m.answers(l.task) {
			text += " " + a
		}
		h.tell = append(h.tell, text)
	}
}

func (h *history) skipSome() {
	l := h.someLease()
	if l == nil {
		return
	}
	err := h.Skip(h.t.Context(), l.person, l.id, "too hard")
	h.says("%s skips %s (%s): %v", l.person, l.id, l.task.ID, err)
	switch {
	case h.m.person(l.person).Disabled:
		h.wantError(err, ErrDisabled)
	case l.is != held && l.is != skipped:
		h.wantError(err, ErrAnswered)
	case !h.failed(err):
		l.is = skipped
	}
}

func (h *history) undoSome() {
	person := h.somebody()
	h.n++
	key := fmt.Sprint("undo ", h.n)
	again := h.undos[person]
	if again != nil && h.IntN(3) == 0 {
		key = again.undoKey
	} else {
		again = nil
	}
	l, err := h.Undo(h.t.Context(), person, key)
	h.says("%s undoes with key %s: %s, %v", person, key, l.Task, err)
	last := h.m.last(person)
	switch {
	case h.m.person(person).Disabled:
		h.wantError(err, ErrDisabled)
	case again != nil:
		if h.touched(again.redo, err) {
			h.shown(l, again.redo)
		}
	case last == nil:
		h.wantError(err, ErrNothing)
	case !h.m.canUndo(person):
		h.wantError(err, ErrTooLate)
	case !h.failed(err):
		if h.m.count(last.task, counts) == last.task.People {
			h.tell = append(h.tell, "undone "+last.task.ID)
		}
		last.is, last.undoKey = undone, key
		last.redo = &modelLease{id: l.ID, person: person, task: last.task, since: h.m.now, until: h.m.now.Add(leaseTime)}
		h.m.leases = append(h.m.leases, last.redo)
		h.undos[person] = last
		a, err := h.store.Answer(last.task.ID, last.answer)
		h.must(err)
		h.drafts[l.ID] = string(a.Values)
		h.shown(l, last.redo)
	}
}

func (h *history) draftSome() {
	l := h.someLease()
	if l == nil {
		return
	}
	h.n++
	draft := fmt.Sprintf(`{"says":"draft %d"}`, h.n)
	saved, err := h.Draft(h.t.Context(), l.person, l.id, json.RawMessage(draft))
	h.says("%s types in %s (%s): %v", l.person, l.id, l.task.ID, err)
	switch {
	case h.m.person(l.person).Disabled:
		h.wantError(err, ErrDisabled)
	case l.is != held:
		h.wantError(err, ErrAnswered)
	case !h.failed(err):
		h.drafts[l.id] = draft
		if !saved.Equal(h.m.now) {
			h.t.Errorf("saved at %s, want %s", saved, h.m.now)
		}
	}
}

func (h *history) touchSome() {
	l := h.someLease()
	if l == nil {
		return
	}
	until, err := h.Touch(h.t.Context(), l.person, l.id)
	h.says("%s touches %s (%s): %v", l.person, l.id, l.task.ID, err)
	if h.m.person(l.person).Disabled {
		h.wantError(err, ErrDisabled)
	} else if h.touched(l, err) && !until.Equal(l.until) {
		h.t.Errorf("until %s, want %s", until, l.until)
	}
}

// touched compares the outcome of a touch with the model, and says whether the lease is live.
func (h *history) touched(l *modelLease, err error) bool {
	h.t.Helper()
	barred := slices.ContainsFunc(l.task.Unlike, func(u string) bool {
		return u == "person:"+l.person || h.m.has(l.person, u, func(*modelLease) bool { return true })
	})
	switch {
	case l.is != held:
		h.wantError(err, ErrAnswered)
		return false
	case !h.m.live(l) && (barred || !h.m.isFree(l.task)):
		h.wantError(err, ErrEnded)
		return false
	case h.failed(err):
		return false
	case !h.m.live(l) || l.until.Sub(h.m.now) <= leaseTime/10*9:
		l.until = h.m.now.Add(leaseTime)
	}
	return true
}

func (h *history) cancelSome() {
	t, other := one(h, h.m.tasks), one(h, h.m.tasks)
	if h.IntN(5) == 0 {
		h.wantError(h.Cancel(h.t.Context(), "gone", t.ID, "F1.9:999"), ErrUnknown)
		return
	}
	err := h.Cancel(h.t.Context(), "not needed", t.ID, other.ID, t.ID)
	h.says("cancel %s and %s: %v", t.ID, other.ID, err)
	if !h.failed(err) {
		t.closed, other.closed = true, true
	}
}

func (h *history) pauseSome() {
	f, paused := one(h, []string{"F1", "F2", "F3"}), h.IntN(3) == 0
	err := h.Pause(h.t.Context(), "ann", f, paused)
	h.says("pause %s %v: %v", f, paused, err)
	if !h.failed(err) {
		h.m.flows[f].paused = paused
	}
}

func (h *history) prioritizeSome() {
	f, priority := one(h, []string{"F1", "F2", "F3"}), h.IntN(3)
	err := h.Priority(h.t.Context(), "ann", f, priority)
	h.says("priority of %s %d: %v", f, priority, err)
	if !h.failed(err) {
		h.m.flows[f].priority = priority
	}
}

// changeSomebody changes what somebody may do; this is nothing that the desk commits.
func (h *history) changeSomebody() {
	p := h.m.person(h.somebody())
	p.Disabled, p.Pools = h.IntN(8) == 0, nil
	for _, pool := range []string{"x", "y"} {
		if h.IntN(2) == 0 {
			p.Pools = append(p.Pools, pool)
		}
	}
	b := &storage.Batch{}
	b.PutPerson(*p)
	h.must(h.store.Commit(b))
	h.SetPerson(*p)
	h.says("%s is in %v, disabled %v", p.ID, p.Pools, p.Disabled)
}

// lookAtAll compares all that can be seen.
func (h *history) lookAtAll() {
	for _, p := range h.m.people {
		if got, want := h.Why(p.ID).Reasons, h.m.why(p.ID); !slices.Equal(got, want) {
			h.t.Errorf("why not %s: got %v, want %v", p.ID, got, want)
		}
		if got, want := h.Person(p.ID), h.m.stats(p.ID); got != want {
			h.t.Errorf("%s: got %+v, want %+v", p.ID, got, want)
		}
		past, err := h.History(p.ID, 3)
		h.must(err)
		if got, want := fmt.Sprint(past), fmt.Sprint(h.past(p.ID, 3)); got != want {
			h.t.Errorf("history of %s: got\n%s\nwant\n%s", p.ID, got, want)
		}
	}
	for f := range h.m.flows {
		if got, want := h.Counts(f), h.m.counts(f); !slices.Equal(got, want) {
			h.t.Errorf("counts of %s: got %v, want %v", f, got, want)
		}
		if got, want := h.Rate(f), 6*float64(h.m.lately(f)); got != want {
			h.t.Errorf("rate of %s: got %g, want %g", f, got, want)
		}
	}
	t := one(h, h.m.tasks)
	answers, done, err := h.Answers(t.ID)
	h.must(err)
	var ids []string
	for _, a := range answers {
		ids = append(ids, a.ID)
	}
	if want := h.m.answers(t); !slices.Equal(ids, want) || done != (len(want) == t.People) {
		h.t.Errorf("answers to %s: got %v, done %v, want %v of %d", t.ID, ids, done, want, t.People)
	}
	leased := h.Leased(t.ID)
	slices.Sort(leased)
	if want := h.m.leased(t); !slices.Equal(leased, want) {
		h.t.Errorf("%s is with %v, want %v", t.ID, leased, want)
	}
}

// past reads somebody's latest answers from the store.
func (h *history) past(person string, most int) (all []Past) {
	for _, l := range h.m.past(person) {
		if len(all) < most {
			a, err := h.store.Answer(l.task.ID, l.answer)
			h.must(err)
			all = append(all, Past{a, l.is == undone})
		}
	}
	return all
}
