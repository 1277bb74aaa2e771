package assign

import (
	"encoding/json"
	"slices"
	"time"

	"workbench/storage"
)

// judge reads tasks, answers and the log, without the desk, and looks for what may not be.
func (c *crowd) judge() {
	c.t.Helper()
	if _, err := c.store.VerifyEvents(); err != nil {
		c.t.Error(err)
	}
	m := &model{now: c.clock.Now(), flows: map[string]*modelFlow{}}
	var err error
	m.people, err = c.store.People()
	c.must(err)
	c.must(c.store.EachTask("", func(t storage.Task) error {
		m.tasks = append(m.tasks, &modelTask{Task: t})
		m.flows[t.Flow] = &modelFlow{}
		return nil
	}))
	undone := 0
	c.must(c.store.EachEvent(0, func(e storage.Event) error {
		m.now = e.Time
		undone += is(e.Kind == "undone")
		c.judgeEvent(m, e)
		return nil
	}))
	if undone != c.undone {
		c.t.Errorf("%d answers were taken back, and people were told of %d", undone, c.undone)
	}
	c.judgeAnswers(m)
	m.now = c.clock.Now()
	unfinished := 0
	for _, p := range m.people {
		if t, _ := m.next(p.ID); t != nil {
			c.t.Errorf("%s has nothing to do, and could do %s", p.ID, t.ID)
		}
	}
	for _, t := range m.tasks {
		unfinished += is(m.isOpen(t))
	}
	c.t.Logf("%d tasks, %d of them unfinished; %d leases, %d answers, %d taken back", len(m.tasks), unfinished, len(m.leases), len(c.told), undone)
}

// judgeEvent makes the model do what the log says was done, and looks whether it may be.
func (c *crowd) judgeEvent(m *model, e storage.Event) {
	c.t.Helper()
	var data struct {
		Until  time.Time
		Answer string
		Late   bool
	}
	if e.Data != nil {
		c.must(json.Unmarshal(e.Data, &data))
	}
	i := slices.IndexFunc(m.tasks, func(t *modelTask) bool { return t.ID == e.Object })
	if i < 0 {
		return
	}
	t := m.tasks[i]
	switch e.Kind {
	case "leased":
		again := m.has(e.Actor, t.ID, func(l *modelLease) bool { return l.is != undone })
		saw := slices.ContainsFunc(t.Unlike, func(u string) bool {
			return m.has(e.Actor, u, func(*modelLease) bool { return true })
		})
		redo := m.has(e.Actor, t.ID, func(l *modelLease) bool { return l.is == undone })
		if !m.isFree(t) || again || saw && !redo {
			c.t.Errorf("entry %d gives %s to %s: free %v, had it %v, saw what it is unlike %v", e.Seq, t.ID, e.Actor, m.isFree(t), again, saw)
		}
		m.leases = append(m.leases, &modelLease{id: e.Lease, person: e.Actor, task: t, until: data.Until})
	case "renewed":
		l := m.lease(e.Lease)
		if l.is != held || !m.live(l) && !m.isFree(t) {
			c.t.Errorf("entry %d renews lease %s of %s, which is %d, free %v", e.Seq, l.id, t.ID, l.is, m.isFree(t))
		}
		l.until = data.Until
	case "answered":
		l := m.lease(e.Lease)
		isLate := t.closed || !m.live(l) && !m.isFree(t)
		if l.is != held || data.Late != isLate {
			c.t.Errorf("entry %d answers lease %s of %s, which is %d; late %v, want %v", e.Seq, l.id, t.ID, l.is, data.Late, isLate)
		}
		l.is, l.answer = answered, data.Answer
		if data.Late {
			l.is = late
		}
	case "skipped":
		m.lease(e.Lease).is = skipped
	case "undone":
		m.lease(e.Lease).is = undone
	case "closed":
		t.closed = true
	}
	if valid, live := m.count(t, counts), m.count(t, m.live); valid+live > t.People {
		c.t.Errorf("after entry %d, %s of %s: %d answers and %d leases for %d people", e.Seq, e.Kind, t.ID, valid, live, t.People)
	}
}

// judgeAnswers compares the answers in the store with the log, and with what people were told.
func (c *crowd) judgeAnswers(m *model) {
	c.t.Helper()
	stored := 0
	c.must(c.store.EachAnswer("", func(a storage.Answer) error {
		stored++
		l := m.lease(a.Lease)
		if l.answer != a.ID || l.task.ID != a.Task || l.person != a.Person || a.Late != (l.is == late) {
			c.t.Errorf("the store has %+v, the log has answer %s of %s to %s, %d", a, l.answer, l.person, l.task.ID, l.is)
		}
		if told, was := c.told[a.ID]; !was || told.Answer.Lease != a.Lease || told.Late != a.Late {
			c.t.Errorf("the store has %+v, and people were told of %+v", a, told.Answer)
		}
		return nil
	}))
	if stored != len(c.told) {
		c.t.Errorf("the store has %d answers, and people were told of %d", stored, len(c.told))
	}
	if n := len(slices.Collect(func(yield func(*modelLease) bool) {
		for _, l := range m.leases {
			if l.answer != "" && !yield(l) {
				return
			}
		}
	})); n != stored {
		c.t.Errorf("the store has %d answers, and the log %d", stored, n)
	}
	for _, t := range m.tasks {
		answers, done, err := c.Answers(t.ID)
		c.must(err)
		if want := m.answers(t); len(answers) != len(want) || done != (len(want) >= t.People) {
			c.t.Errorf("%s has answers %v, done %v, want %v of %d", t.ID, answers, done, want, t.People)
		}
	}
}
