package assign

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"workbench/storage"
)

// model is the desk as one would write it without a thought for speed: lists, and a walk through them for
// each question. It is held against the desk.
type model struct {
	now    time.Time
	tasks  []*modelTask
	leases []*modelLease
	people []storage.Person
	flows  map[string]*modelFlow
}

type modelTask struct {
	storage.Task
	closed bool
}

type modelFlow struct {
	priority int
	paused   bool
}

type modelLease struct {
	id, person string
	task       *modelTask
	until      time.Time
	is         status
	answer     string
	key        string
	at         time.Time
	since      time.Time
	seconds    float64
	undoKey    string
	redo       *modelLease
}

func (m *model) person(id string) *storage.Person {
	i := slices.IndexFunc(m.people, func(p storage.Person) bool { return p.ID == id })
	return &m.people[i]
}

func (m *model) lease(id string) *modelLease {
	i := slices.IndexFunc(m.leases, func(l *modelLease) bool { return l.id == id })
	return m.leases[i]
}

func (m *model) live(l *modelLease) bool {
	return l.is == held && l.until.After(m.now) && !l.task.closed
}

func (m *model) count(t *modelTask, which func(*modelLease) bool) (n int) {
	for _, l := range m.leases {
		if l.task == t && which(l) {
			n++
		}
	}
	return n
}

func counts(l *modelLease) bool { return l.is == answered }

func (m *model) isOpen(t *modelTask) bool { return !t.closed && m.count(t, counts) < t.People }

func (m *model) isFree(t *modelTask) bool {
	return m.isOpen(t) && m.count(t, counts)+m.count(t, m.live) < t.People
}

// has says whether a person ever had a task, or some lease of theirs for which also is true.
func (m *model) has(person, task string, also func(*modelLease) bool) bool {
	return slices.ContainsFunc(m.leases, func(l *modelLease) bool {
		return l.person == person && l.task.ID == task && also(l)
	})
}

func (m *model) isFor(t *modelTask, p *storage.Person) bool {
	return (t.Person == "" || t.Person == p.ID) && (t.Pool == "" || slices.Contains(p.Pools, t.Pool))
}

// reason is why an open task does not go to a person now; empty when it does, "live" when they have it.
func (m *model) reason(t *modelTask, person string) string {
	p := m.person(person)
	excluded := slices.ContainsFunc(t.Unlike, func(u string) bool {
		return u == "person:"+person || m.has(person, u, func(*modelLease) bool { return true })
	})
	switch {
	case t.Person != "" && t.Person != person:
		return "other_person"
	case !m.isFor(t, p):
		return "other_pool"
	case m.flows[t.Flow].paused:
		return "paused"
	case m.has(person, t.ID, func(l *modelLease) bool { return l.is == answered || l.is == late }):
		return "answered"
	case m.has(person, t.ID, func(l *modelLease) bool { return l.is == skipped }):
		return "skipped"
	case m.has(person, t.ID, m.live):
		return "live"
	case excluded:
		return "excluded"
	case !m.isFree(t):
		return "taken"
	}
	return ""
}

// before is the order in which tasks are given out.
func (m *model) before(a, b *modelTask) int {
	return cmp.Or(
		cmp.Compare(m.flows[b.Flow].priority, m.flows[a.Flow].priority),
		cmp.Compare(b.Priority, a.Priority),
		a.Created.Compare(b.Created),
		cmp.Compare(len(a.ID), len(b.ID)),
		strings.Compare(a.ID, b.ID),
	)
}

// next says which task a person should get, nil for none, and how many they could get.
func (m *model) next(person string) (best *modelTask, n int) {
	for _, t := range m.tasks {
		if !m.isOpen(t) || m.reason(t, person) != "" {
			continue
		}
		n++
		if best == nil || m.before(t, best) < 0 {
			best = t
		}
	}
	return best, n
}

// current is the live lease that a person should see, nil for none.
func (m *model) current(person string) (current *modelLease) {
	for _, l := range m.leases {
		if l.person == person && m.live(l) && (current == nil || l.id > current.id) {
			current = l
		}
	}
	return current
}

func (m *model) why(person string) (reasons []Reason) {
	for _, code := range []string{"taken", "answered", "skipped", "excluded", "other_pool", "other_person", "paused"} {
		r := Reason{Code: code}
		for _, t := range m.tasks {
			if m.isOpen(t) && m.reason(t, person) == code {
				r.Tasks++
			}
		}
		if r.Tasks > 0 {
			reasons = append(reasons, r)
		}
	}
	if reasons == nil {
		reasons = []Reason{{Code: "none_open"}}
	}
	return reasons
}

// last is a person's last answer that stands, nil for none.
func (m *model) last(person string) (last *modelLease) {
	for _, l := range m.leases {
		if l.person == person && (l.is == answered || l.is == late) && (last == nil || l.answer > last.answer) {
			last = l
		}
	}
	return last
}

// canUndo says whether somebody's last answer can be taken back.
func (m *model) canUndo(person string) bool {
	last := m.last(person)
	if last == nil || last.is == late || last.task.closed {
		return false
	}
	root := func(t *modelTask) string {
		return strings.Join(strings.SplitN(t.Instance, ".", 3)[:2], ".")
	}
	for _, l := range m.leases {
		if l.person != person && l.task != last.task && root(l.task) == root(last.task) && !l.task.Created.Before(last.at) &&
			(m.live(l) || l.is == answered || l.is == late) {
			return false
		}
	}
	return true
}

func (m *model) stats(person string) (s Stats) {
	var seconds []float64
	var stand []*modelLease
	for _, l := range m.leases {
		switch {
		case l.person != person:
		case l.is == skipped:
			s.Skipped++
		case l.is == answered || l.is == late:
			stand = append(stand, l)
		}
	}
	slices.SortFunc(stand, func(a, b *modelLease) int { return strings.Compare(b.answer, a.answer) })
	year, month, day := m.now.Date()
	for i, l := range stand {
		s.Total++
		s.Today += is(!l.at.Before(time.Date(year, month, day, 0, 0, 0, 0, m.now.Location())))
		s.LastHour += is(!l.at.Before(m.now.Add(-time.Hour)))
		if i < 50 {
			seconds = append(seconds, float64(float32(l.seconds)))
		}
	}
	if n := len(seconds); n > 0 {
		slices.Sort(seconds)
		s.Median = (seconds[n/2] + seconds[(n-1)/2]) / 2
	}
	if l := m.current(person); l != nil {
		s.Working = l.task.Step
	}
	return s
}

func (m *model) counts(flow string) (all []StepCount) {
	tasks := slices.Clone(m.tasks)
	slices.SortFunc(tasks, func(a, b *modelTask) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	for _, t := range tasks {
		if t.Flow != flow {
			continue
		}
		i := slices.IndexFunc(all, func(c StepCount) bool { return c.Step == t.Step })
		if i < 0 {
			i, all = len(all), append(all, StepCount{Step: t.Step})
		}
		valid, live := m.count(t, counts), m.count(t, m.live)
		all[i].Done += valid
		if m.isOpen(t) {
			all[i].Waiting += t.People - valid - live
			all[i].Leased += live
		}
	}
	return all
}

// answers are the ids of the answers that count, in order.
func (m *model) answers(t *modelTask) (ids []string) {
	for _, l := range m.leases {
		if l.task == t && counts(l) {
			ids = append(ids, l.answer)
		}
	}
	slices.Sort(ids)
	return ids
}

func (m *model) leased(t *modelTask) (people []string) {
	for _, l := range m.leases {
		if l.task == t && m.live(l) {
			people = append(people, l.person)
		}
	}
	slices.Sort(people)
	return people
}

// past are the leases that a person answered, the latest first.
func (m *model) past(person string) (all []*modelLease) {
	for _, l := range m.leases {
		if l.person == person && l.answer != "" {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b *modelLease) int { return strings.Compare(b.answer, a.answer) })
	return all
}

// lately is how many answers a flow got in the last ten minutes, in whole steps of ten seconds.
func (m *model) lately(flow string) (n int) {
	for _, l := range m.leases {
		if l.task.Flow == flow && l.answer != "" && l.at.Unix()/10 > m.now.Unix()/10-60 {
			n++
		}
	}
	return n
}
