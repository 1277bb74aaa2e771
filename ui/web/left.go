package web

import (
	"sync"

	"workbench/engine/runs"
)

// lefts remembers how far each run has come and which tables it left, so that only what is new is read.
type lefts struct {
	mu  sync.Mutex
	all map[string]left
}

// left is what a run had left when it was last looked at.
type left struct {
	step   int // the last with a metric
	tables []TableRef
	read   int // the step from which tables are read next time
	ended  bool
	times  int // that it was resumed
}

func newLefts() *lefts { return &lefts{all: map[string]left{}} }

// of reads on from where it was; of a run that has ended there is nothing more.
func (l *lefts) of(book *runs.Book, r runs.Run) (left, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	run, was := r.ID, l.all[r.ID]
	if was.ended && was.times == r.Resumed {
		return was, nil
	}
	was.ended, was.times = r.Status != runs.Running, r.Resumed
	metrics, err := book.MetricsFrom(run, was.step)
	if err != nil {
		return was, err
	}
	for _, m := range metrics {
		was.step = max(was.step, m.Step)
	}
	steps, err := book.SampleSteps(run)
	if err != nil {
		return was, err
	}
	for _, step := range steps {
		if step < was.read {
			continue
		}
		tables, err := book.Samples(run, step)
		if err != nil {
			return was, err
		}
		was.tables = earlier(was.tables, step)
		for _, t := range tables {
			was.tables = append(was.tables, TableRef{Name: t.Name, Step: t.Step, Rows: len(t.Rows)})
		}
		was.read = step // once more the next time: its tables may not all have been there
	}
	l.all[run] = was
	return was, nil
}

// earlier are the tables of steps before one.
func earlier(tables []TableRef, step int) []TableRef {
	n := len(tables)
	for n > 0 && tables[n-1].Step >= step {
		n--
	}
	return append([]TableRef(nil), tables[:n]...)
}
