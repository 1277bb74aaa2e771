package flow

import (
	"errors"
	"fmt"
	"io/fs"

	"workbench/storage"
)

// rest is an instance that does not run, so that others may append to its history. Who has one holds the
// lock of its item.
type rest struct {
	r     *Runtime
	flow  *state
	id    string
	ran   bool // it did, and goes on unless its history says otherwise
	was   storage.Instance
	past  *past
	added []storage.Step
}

// settle stops an instance and reads what is on record.
func (r *Runtime) settle(id string) (*rest, error) {
	x := &rest{r: r, id: id}
	var err error
	if x.flow, err = r.flow(flowOf(id)); err != nil {
		return nil, err
	}
	x.ran = r.halt(id)
	x.was, err = r.store.Instance(id)
	if err == nil {
		var history []storage.Step
		history, err = r.store.History(id)
		x.past = fold(history)
	}
	if err != nil {
		x.goOn()
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, fmt.Errorf("read instance %s: %w", id, err)
	}
	return x, nil
}

// add appends a step in memory.
func (x *rest) add(s storage.Step) {
	s.Instance, s.Seq, s.Time = x.id, x.past.seq+1, x.r.now()
	x.past.add(s)
	x.added = append(x.added, s)
}

// put writes what was added.
func (x *rest) put(b *storage.Batch) {
	for _, s := range x.added {
		b.AppendStep(s)
	}
	b.PutInstance(x.past.view(x.was))
}

// kept notes that it is written.
func (x *rest) kept() {
	was := x.was
	x.was, x.added = x.past.view(x.was), nil
	x.flow.moved(was, x.was)
}

// commit keeps what was added, once.
func (x *rest) commit(also ...func(b *storage.Batch, last storage.Step)) error {
	b := &storage.Batch{}
	x.put(b)
	for _, add := range also {
		add(b, x.added[len(x.added)-1])
	}
	if err := x.r.commit(b); err != nil {
		return err
	}
	x.kept()
	return nil
}

// goOn lets the instance run again, if that is what its state says.
func (x *rest) goOn() {
	unread := x.was.ID == "" && x.ran
	if unread || x.was.Status == running || x.was.Status == waiting {
		x.r.launch(x.flow, x.id)
	}
}
