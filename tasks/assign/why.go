package assign

import "time"

// Why says which open tasks a person does not get, and why.
func (d *Desk) Why(person string) (none NoTask) {
	d.look(func(ix *index, _ time.Time) {
		if p := ix.people[person]; p != nil {
			none = ix.why(p)
		}
	})
	return none
}

// why counts the open tasks that a person can't get. Each is counted once, for the first reason that
// keeps it from them.
func (ix *index) why(p *person) NoTask {
	var other struct{ person, pool, paused, answered, skipped, excluded, taken int }
	for _, f := range ix.open {
		for _, q := range f.queues {
			if q.open == 0 {
				continue
			}
			switch {
			case q.person != "" && q.person != p.id:
				other.person += q.open
				continue
			case !q.has(p):
				other.pool += q.open
				continue
			case f.paused:
				other.paused += q.open
				continue
			}
			v := p.view(q)
			other.answered += v.answered
			other.skipped += v.skipped
			other.excluded += v.excluded
			// What is not available and not counted yet is with others.
			other.taken += q.open - q.free.Len() - (v.answered + v.skipped + v.excluded + v.live - v.barred)
		}
	}
	none := NoTask{CanUndo: ix.canUndo(p)}
	for _, r := range []Reason{
		{"taken", other.taken},
		{"answered", other.answered},
		{"skipped", other.skipped},
		{"excluded", other.excluded},
		{"other_pool", other.pool},
		{"other_person", other.person},
		{"paused", other.paused},
	} {
		if r.Tasks > 0 {
			none.Reasons = append(none.Reasons, r)
		}
	}
	if none.Reasons == nil {
		none.Reasons = []Reason{{Code: "none_open"}}
	}
	return none
}
