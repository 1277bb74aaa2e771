package assign

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// Answers lists the answers to a task that count, in the order in which they were given, and says
// whether they are all that are wanted.
func (d *Desk) Answers(task string) (answers []storage.Answer, done bool, err error) {
	var ids []ulid.ULID
	known := false
	open := d.look(func(ix *index, _ time.Time) {
		t := ix.tasks[task]
		if known = t != nil; known {
			ids, done = t.answers(), t.valid >= t.people
		}
	})
	switch {
	case !open:
		return nil, false, ErrClosed
	case !known:
		return nil, false, fmt.Errorf("%w: task %s", ErrUnknown, task)
	}
	answers, err = readAnswers(d.store, task, ids)
	return answers, done, err
}

// Undone lists the tasks from which an answer was taken back at any time, each once. Whoever was not told
// because the process was down finds out so.
func (d *Desk) Undone() []string {
	var tasks []string
	d.look(func(ix *index, _ time.Time) {
		for _, p := range ix.people {
			for _, l := range p.undone {
				tasks = append(tasks, l.task.id)
			}
		}
	})
	slices.Sort(tasks)
	return slices.Compact(tasks)
}

// answers are the ids of the answers that count, in the order in which they were given.
func (t *task) answers() []ulid.ULID {
	var given []*lease
	for _, m := range t.marks {
		if m.lease != nil && m.lease.is == answered {
			given = append(given, m.lease)
		}
	}
	slices.SortFunc(given, func(a, b *lease) int {
		return cmp.Or(cmp.Compare(a.at, b.at), a.answer.Compare(b.answer))
	})
	ids := make([]ulid.ULID, len(given))
	for i, l := range given {
		ids[i] = l.answer
	}
	return ids
}

func readAnswers(store *storage.Store, task string, ids []ulid.ULID) ([]storage.Answer, error) {
	answers := make([]storage.Answer, len(ids))
	for i, id := range ids {
		var err error
		if answers[i], err = store.Answer(task, id.String()); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// pastID is where a Past lies.
type pastID struct {
	task   string
	answer ulid.ULID
	undone bool
}

func (l *lease) pastID() pastID { return pastID{l.task.id, l.answer, l.is == undone} }

func (d *Desk) readPast(p pastID) (Past, error) {
	a, err := d.store.Answer(p.task, p.answer.String())
	return Past{a, p.undone}, err
}

// Answer reads one answer by its id.
func (d *Desk) Answer(id string) (Past, error) {
	answer, err := parseID(id, "answer")
	if err != nil {
		return Past{}, err
	}
	var found *pastID
	open := d.look(func(ix *index, _ time.Time) {
		if l := ix.answers[answer]; l != nil {
			p := l.pastID()
			found = &p
		}
	})
	switch {
	case !open:
		return Past{}, ErrClosed
	case found == nil:
		return Past{}, fmt.Errorf("%w: answer %s", ErrUnknown, id)
	}
	return d.readPast(*found)
}

// History lists a person's answers, those that were taken back included, the latest first, at most so
// many.
func (d *Desk) History(person string, most int) ([]Past, error) {
	var found []pastID
	open := d.look(func(ix *index, _ time.Time) {
		p := ix.people[person]
		if p == nil {
			return
		}
		for _, l := range slices.Backward(p.past) {
			if len(found) >= most {
				break
			}
			found = append(found, l.pastID())
		}
	})
	if !open {
		return nil, ErrClosed
	}
	all := make([]Past, len(found))
	for i, p := range found {
		var err error
		if all[i], err = d.readPast(p); err != nil {
			return nil, err
		}
	}
	return all, nil
}
