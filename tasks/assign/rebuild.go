package assign

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// rebuild makes the index that a store's tasks, people and log lead to at a time, and finds the time of
// the latest id in it.
func rebuild(store *storage.Store, now int64) (ix *index, last uint64, err error) {
	ix = newIndex()
	if err := ix.load(store); err != nil {
		return nil, 0, fmt.Errorf("read the tasks: %w", err)
	}
	err = store.EachEvent(0, func(e storage.Event) error {
		if err := ix.replay(e); err != nil {
			return fmt.Errorf("entry %d of the log (%s of %s): %w", e.Seq, e.Kind, e.Object, err)
		}
		ix.keep()
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the log: %w", err)
	}
	for id, l := range ix.leases {
		l.mayDraft = l.is == held // drafts are in no log
		last = max(last, id.Time(), l.answer.Time())
	}
	ix.advance(now)
	ix.keep()
	return ix, last, nil
}

// load reads what is not in the log.
func (ix *index) load(store *storage.Store) error {
	people, err := store.People()
	if err != nil {
		return err
	}
	for _, p := range people {
		ix.setPerson(p)
	}
	flows, err := store.Flows()
	if err != nil {
		return err
	}
	for _, f := range flows {
		ix.setFlow(f.ID, f)
	}
	var tasks []storage.Task
	err = store.EachTask("", func(t storage.Task) error {
		t.Item, t.Gold, t.After = nil, nil, nil
		tasks = append(tasks, t)
		return nil
	})
	slices.SortFunc(tasks, func(a, b storage.Task) int { return a.Created.Compare(b.Created) }) // so that linking is quick
	for _, t := range tasks {
		ix.addTask(t)
	}
	return err
}

// replay makes the move that an entry of the log is about.
func (ix *index) replay(e storage.Event) error {
	switch e.Kind {
	case kindLeased:
		return ix.replayLeased(e)
	case kindClosed:
		t := ix.tasks[e.Object]
		if t == nil {
			return errNoTask
		}
		ix.closeTask(t)
	case kindPaused, kindResumed:
		ix.pause(ix.flow(e.Object), e.Kind == kindPaused)
	case kindPriority:
		var data priorityData
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return err
		}
		ix.prioritize(ix.flow(e.Object), data.Priority)
	case kindRenewed, kindAnswered, kindSkipped, kindUndone:
		return ix.replayHeld(e)
	}
	return nil // of what others do
}

// What a log that does not fit the rest of the store gives: something else wrote to it, or a part of the
// folder is missing.
var (
	errNoTask  = fmt.Errorf("%w: this task; the data folder is damaged: restore a backup", ErrUnknown)
	errNoLease = fmt.Errorf("%w: this lease; the data folder is damaged: restore a backup", ErrUnknown)
)

func (ix *index) replayLeased(e storage.Event) error {
	var data leasedData
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return err
	}
	id, err := ulid.ParseStrict(e.Lease)
	if err != nil {
		return err
	}
	t := ix.tasks[e.Object]
	if t == nil {
		return errNoTask
	}
	var replaces *lease
	if data.Replaces != "" {
		if replaces, err = ix.leaseOf(data.Replaces); err != nil {
			return err
		}
	}
	ix.grant(t, ix.person(e.Actor), id, e.Time.UnixNano(), data.Until.UnixNano(), replaces)
	return nil
}

func (ix *index) leaseOf(id string) (*lease, error) {
	parsed, err := ulid.ParseStrict(id)
	if err != nil {
		return nil, err
	}
	if l := ix.leases[parsed]; l != nil {
		return l, nil
	}
	return nil, errNoLease
}

// replayHeld makes a move of a lease that was granted.
func (ix *index) replayHeld(e storage.Event) error {
	l, err := ix.leaseOf(e.Lease)
	if err != nil {
		return err
	}
	switch e.Kind {
	case kindRenewed:
		var data renewedData
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return err
		}
		ix.renew(l, data.Until.UnixNano())
	case kindSkipped:
		ix.skip(l)
	case kindUndone:
		var data undoneData
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return err
		}
		ix.undo(l, data.Key)
	case kindAnswered:
		return ix.replayAnswered(l, e)
	}
	return nil
}

func (ix *index) replayAnswered(l *lease, e storage.Event) error {
	var data answeredData
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return err
	}
	id, err := ulid.ParseStrict(data.Answer)
	if err != nil {
		return err
	}
	if l.wasAnswered() {
		// A commit that was reported as failed had survived, and the answer was sent again.
		return nil
	}
	ix.answer(l, given{answer: id, key: data.Key, at: e.Time.UnixNano(), seconds: data.Seconds, late: data.Late})
	return nil
}
