package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"workbench/storage"
)

// childOf is the child that a spawn began.
func childOf(e *entry) (id string, err error) {
	if err = json.Unmarshal(e.result, &id); err != nil {
		err = fmt.Errorf("the record of call %d: %w", e.number, err)
	}
	return id, err
}

// past reads the history of an instance.
func (r *Runtime) past(id string) (*past, error) {
	history, err := r.store.History(id)
	if err != nil {
		return nil, err
	}
	return fold(history), nil
}

// rowsOf lists the rows that came of calls: their own, and those of children and all below.
func (r *Runtime) rowsOf(instance string, calls []*entry) (rows []storage.Row, err error) {
	for _, e := range calls {
		var more []storage.Row
		switch {
		case e.primitive == "record" && e.done:
			more = make([]storage.Row, 1)
			more[0], err = r.rowOf(instance, e)
		case e.primitive == "spawn" && e.done:
			var child string
			if child, err = childOf(e); err == nil {
				more, err = r.rowsBelow(child)
			}
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// rowsBelow lists the rows of an instance and all below it.
func (r *Runtime) rowsBelow(id string) (rows []storage.Row, err error) {
	err = r.store.EachInstance(id, "", func(v storage.Instance) error {
		p, err := r.past(v.ID)
		if err != nil {
			return err
		}
		records := slices.DeleteFunc(p.from(1), func(e *entry) bool { return e.primitive != "record" })
		more, err := r.rowsOf(v.ID, records)
		rows = append(rows, more...)
		return err
	})
	return rows, err
}

// standing lists the rows that count once some calls do: without those of children that were superseded, and
// of calls that are in doubt themselves.
func (r *Runtime) standing(instance string, calls []*entry) (rows []storage.Row, err error) {
	for _, e := range calls {
		var more []storage.Row
		switch {
		case e.reopened || !e.done:
		case e.primitive == "record":
			more, err = r.rowsOf(instance, []*entry{e})
		case e.primitive == "spawn":
			more, err = r.standingOf(e)
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// standingOf is standing for the child of a call.
func (r *Runtime) standingOf(e *entry) ([]storage.Row, error) {
	child, err := childOf(e)
	if err != nil {
		return nil, err
	}
	p, err := r.past(child)
	if err != nil {
		return nil, err
	}
	return r.standing(child, slices.DeleteFunc(p.from(1), func(e *entry) bool { return p.loose(e.number) }))
}

// groupRows is how many rows are written at a time; groupBytes bounds them too.
const groupRows = 500

// putRows withdraws rows, or brings them back.
func (r *Runtime) putRows(ctx context.Context, rows []storage.Row, withdrawn bool) error {
	for len(rows) > 0 {
		n, bytes := 0, 0
		for n < len(rows) && n < groupRows && bytes < groupBytes/2 {
			bytes += len(rows[n].Value)
			n++
		}
		group := rows[:n]
		rows = rows[n:]
		err := r.insist(ctx, func() error {
			b := &storage.Batch{}
			for _, row := range group {
				row.Withdrawn = withdrawn
				b.PutRow(row)
			}
			return r.commit(b)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// doubt withdraws the rows that came of calls from before a re-opening. When the program comes to such a
// call again with the same arguments, its rows come back; otherwise they are superseded.
func (i *Instance) doubt() error {
	var loose []*entry
	for _, e := range i.past.from(1) {
		if i.past.loose(e.number) {
			loose = append(loose, e)
		}
	}
	if len(loose) == 0 {
		return nil
	}
	release, err := i.r.families.take(i.ctx, rootOf(i.id))
	if err != nil {
		return i.halt(errStopped)
	}
	defer release()
	rows, err := i.r.rowsOf(i.id, loose)
	if err != nil {
		return i.broken(err)
	}
	if err := i.r.putRows(i.ctx, rows, true); err != nil {
		return i.broken(err)
	}
	return nil
}

// affirm brings back the rows of a call from before a re-opening to which the program has come again.
func (i *Instance) affirm(e *entry) error {
	if e.primitive != "record" && e.primitive != "spawn" {
		return nil
	}
	release, err := i.r.families.take(i.ctx, rootOf(i.id))
	if err != nil {
		return i.halt(errStopped)
	}
	defer release()
	rows, err := i.r.standing(i.id, []*entry{e})
	if err == nil {
		err = i.r.putRows(i.ctx, rows, false)
	}
	if err != nil {
		return i.broken(err)
	}
	_, err = i.write(storage.Step{Kind: kindKept, Call: e.number}, nil)
	return err
}

// clear does away with what a call left that is to be made again or that another one takes the place of.
func (i *Instance) clear(e *entry) error {
	switch {
	case e.primitive == "ask" && !e.done:
		task := taskID(i.id, e.number, e.round)
		return i.atDesk(&call{number: e.number, primitive: "ask"}, func() error {
			return i.r.closeTasks("what it was asked for was re-opened", []string{task})
		})
	case e.primitive == "spawn" && e.done:
		child, err := childOf(e)
		if err != nil {
			return i.broken(err)
		}
		return i.endChild(child, "what it was spawned for was re-opened", true)
	case e.primitive == "record" && e.done:
		row, err := i.r.rowOf(i.id, e)
		if err == nil {
			err = i.r.putRows(i.ctx, []storage.Row{row}, true)
		}
		if err != nil {
			return i.broken(err)
		}
	}
	return nil
}
