package assign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// dump writes everything that decisions depend on.
func (ix *index) dump() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(ix.tasks)) {
		t := ix.tasks[id]
		fmt.Fprintf(&b, "task %s of %s for %v: %d people, priority %d, created %d, closed %v, valid %d, live %d, placed %v\n",
			id, t.queue.flow.id, t.queue.audience, t.people, t.priority, t.created, t.closed, t.valid, t.live, t.placed)
		marks := slices.SortedFunc(slices.Values(t.marks), func(a, b mark) int { return cmp.Compare(a.who.id, b.who.id) })
		for _, m := range marks {
			if m.lease != nil {
				fmt.Fprintf(&b, "\t%s %s", m.who.id, m.lease.id)
			} else {
				fmt.Fprintf(&b, "\t%s", m.who.id)
			}
			fmt.Fprintf(&b, ": live %v, answered %v, skipped %v, excluded %v\n", m.live, m.answered, m.skipped, m.excluded)
		}
	}
	for id, l := range byID(ix.leases) {
		fmt.Fprintf(&b, "lease %s of %s for %s since %d until %d: %d live %v, answer %s at %d key %x, %g s, undone by %x",
			id, l.task.id, l.who.id, l.since, l.until, l.is, l.live, l.answer, l.at, l.key, l.seconds, l.undoKey)
		if l.replaces != nil {
			fmt.Fprintf(&b, ", replaces %s", l.replaces.id)
		}
		if l.redo != nil {
			fmt.Fprintf(&b, ", redo %s", l.redo.id)
		}
		fmt.Fprintln(&b)
	}
	for id, l := range byID(ix.answers) {
		fmt.Fprintf(&b, "answer %s of %s\n", id, l.id)
	}
	for _, id := range slices.Sorted(maps.Keys(ix.people)) {
		p := ix.people[id]
		fmt.Fprintf(&b, "person %s: %v %v %q, live %v, past %v, undone %v, skipped %d\n",
			id, p.known, p.disabled, p.pools, idsOf(p.live), idsOf(p.past), idsOf(p.undone), p.skipped)
	}
	for _, f := range ix.open {
		fmt.Fprintf(&b, "open %s\n", f.id)
	}
	for _, id := range slices.Sorted(maps.Keys(ix.flows)) {
		if f := ix.flows[id]; len(f.queues) > 0 {
			f.dump(&b)
		}
	}
	ix.ends.Ascend(func(l *lease) bool {
		fmt.Fprintf(&b, "ends %s\n", l.id)
		return true
	})
	return b.String()
}

func (f *flow) dump(b *strings.Builder) {
	fmt.Fprintf(b, "flow %s: priority %d, paused %v, %d open, listed %v\n", f.id, f.priority, f.paused, f.open, f.listed)
	for _, name := range slices.Sorted(maps.Keys(f.steps)) {
		s := f.steps[name]
		fmt.Fprintf(b, "\tstep %s: %d waiting, %d leased, %d done, first %s\n", name, s.waiting, s.leased, s.done, s.first.id)
	}
	queues := slices.SortedFunc(maps.Values(f.queues), func(a, b *queue) int {
		return cmp.Or(cmp.Compare(a.pool, b.pool), cmp.Compare(a.person, b.person))
	})
	for _, q := range queues {
		fmt.Fprintf(b, "\tqueue %v: %d open, available", q.audience, q.open)
		q.free.Ascend(func(t *task) bool {
			fmt.Fprintf(b, " %s", t.id)
			return true
		})
		fmt.Fprintln(b)
		views := slices.SortedFunc(slices.Values(q.views), func(a, b *view) int { return cmp.Compare(a.who.id, b.who.id) })
		for _, v := range views {
			if v.answered+v.skipped+v.live+v.excluded+v.barred != 0 {
				fmt.Fprintf(b, "\t\t%s: answered %d, skipped %d, live %d, excluded %d, barred %d\n",
					v.who.id, v.answered, v.skipped, v.live, v.excluded, v.barred)
			}
		}
	}
}

// byID goes through a map of ULIDs in order.
func byID[K interface {
	comparable
	Compare(K) int
}, V any](all map[K]V) func(func(K, V) bool) {
	return func(yield func(K, V) bool) {
		for _, id := range slices.SortedFunc(maps.Keys(all), K.Compare) {
			if !yield(id, all[id]) {
				return
			}
		}
	}
}

func idsOf(leases []*lease) (ids []string) {
	for _, l := range leases {
		ids = append(ids, l.id.String())
	}
	return ids
}

// difference lists the lines that only one of two dumps has.
func difference(was, is string) string {
	var lines []string
	before, after := strings.Split(was, "\n"), strings.Split(is, "\n")
	for _, line := range before {
		if !slices.Contains(after, line) {
			lines = append(lines, "was: "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			lines = append(lines, "is:  "+line)
		}
	}
	return strings.Join(lines, "\n")
}
