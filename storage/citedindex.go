package storage

import "github.com/dgraph-io/badger/v4"

// indexCites makes the index of what is cited for records of before there was one, and gives rows and tasks the
// full names of what they cite. What it writes is the same when it is done again.
func indexCites(s *Store, _ *Batch) error {
	if err := s.writing(s.indexAnswers); err != nil {
		return err
	}
	return s.writing(func(put func(*Batch) error) error { // names are found by what was written before
		for _, index := range []func(func(*Batch) error) error{s.indexRows, s.indexTasks, s.indexCalls, s.indexCompletions} {
			if err := index(put); err != nil {
				return err
			}
		}
		return nil
	})
}

// writing hands do what writes a batch, in as many transactions as it takes.
func (s *Store) writing(do func(put func(*Batch) error) error) error {
	to := s.db.NewWriteBatch()
	defer to.Cancel()
	err := do(func(b *Batch) error {
		if b.err != nil {
			return b.err
		}
		for _, w := range b.writes {
			if err := to.SetEntry(badger.NewEntry(w.key, w.value)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return to.Flush()
}

func (s *Store) indexAnswers(put func(*Batch) error) error {
	return s.EachAnswer("", func(a Answer) error {
		b := &Batch{}
		b.noteAnswer(a)
		return put(b)
	})
}

func (s *Store) indexRows(put func(*Batch) error) error {
	return each(s, []byte(rowsPrefix), nil, func(r Row) error {
		if len(r.Of) == 0 {
			return nil
		}
		var err error
		if r.Of, err = s.NameCites(r.Of); err != nil {
			return err
		}
		b := &Batch{}
		b.PutRow(r)
		return put(b)
	})
}

func (s *Store) indexTasks(put func(*Batch) error) error {
	return s.EachTask("", func(t Task) error {
		if len(t.After) == 0 {
			return nil
		}
		var err error
		if t.After, err = s.NameCites(t.After); err != nil {
			return err
		}
		b := &Batch{}
		b.PutTask(t)
		return put(b)
	})
}

func (s *Store) indexCompletions(put func(*Batch) error) error {
	return s.EachCompletion("", func(c Completion) error {
		b := &Batch{}
		b.PutCompletion(c)
		return put(b)
	})
}

// indexCalls goes through histories: a call that was begun for the second time has another name.
func (s *Store) indexCalls(put func(*Batch) error) error {
	instance, rounds := "", map[int]int{}
	return s.EachStep("", func(step Step) error {
		if step.Instance != instance {
			instance, rounds = step.Instance, map[int]int{}
		}
		if step.BeginsCall() {
			rounds[step.Call]++
		}
		b := &Batch{}
		b.CiteCall(step.Cites, CallOf(step.Instance, step.Call, rounds[step.Call]))
		return put(b)
	})
}
