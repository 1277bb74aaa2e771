package dataset

import (
	"errors"
	"sort"
	"sync"

	"workbench/storage"
)

// perBlock is how many rows a block of the index counts: so many are read to find one.
const perBlock = 256

// rowIndex knows, for each collected dataset that was looked at, where every 256th row stands, so
// that a page far behind costs no more than the first. It hears which rows are written, and counts
// the blocks that they belong to anew when somebody looks; rows that are withdrawn don't count.
type rowIndex struct {
	store *storage.Store
	mu    sync.Mutex
	of    map[string]*blocks // by dataset
}

// blocks divide the rows of a dataset, ascending.
type blocks struct {
	counting sync.Mutex // one counts at a time

	mu    sync.Mutex // of what follows
	list  []block
	stale map[string]bool // ids, each of which belongs to a block that must be counted anew
	busy  bool            // counting: the list will be another
}

// block is the rows whose ids are from its first on, and before the next block's.
type block struct {
	from  string
	rows  int
	bytes int64
}

func newRowIndex(store *storage.Store) *rowIndex {
	return &rowIndex{store: store, of: map[string]*blocks{}}
}

// hear is told of each row that was written.
func (x *rowIndex) hear(dataset, id string) {
	x.mu.Lock()
	b := x.of[dataset]
	x.mu.Unlock()
	if b == nil {
		return // nobody has looked yet
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.busy {
		id = b.list[find(b.list, id)].from // one for a block, however much is written
	}
	b.stale[id] = true
}

// find returns the index of the block that an id belongs to.
func find(list []block, id string) int {
	return sort.Search(len(list), func(i int) bool { return list[i].from > id }) - 1
}

// current returns the blocks of a dataset as they are now.
func (x *rowIndex) current(dataset string) ([]block, error) {
	x.mu.Lock()
	b := x.of[dataset]
	if b == nil {
		b = &blocks{list: []block{{}}, stale: map[string]bool{"": true}}
		x.of[dataset] = b
	}
	x.mu.Unlock()
	b.counting.Lock()
	defer b.counting.Unlock()

	b.mu.Lock()
	old, stale := b.list, b.stale
	if len(stale) == 0 {
		b.mu.Unlock()
		return old, nil
	}
	b.stale, b.busy = map[string]bool{}, true
	b.mu.Unlock()

	list, err := x.recount(dataset, old, stale)

	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy = false
	if err != nil {
		for id := range stale {
			b.stale[id] = true
		}
		return nil, err
	}
	b.list = list
	return list, nil
}

// recount returns the list with stale blocks counted anew, and divided where they have grown.
func (x *rowIndex) recount(dataset string, old []block, stale map[string]bool) ([]block, error) {
	again := map[int]bool{}
	for id := range stale {
		again[find(old, id)] = true
	}
	list := make([]block, 0, len(old)+1)
	for i, b := range old {
		if !again[i] {
			list = append(list, b)
			continue
		}
		end := ""
		if i+1 < len(old) {
			end = old[i+1].from
		}
		counted, err := x.countBlock(dataset, b.from, end)
		if err != nil {
			return nil, err
		}
		list = append(list, counted...)
	}
	return list, nil
}

// errEnough ends a scan.
var errEnough = errors.New("enough")

// countBlock counts the rows from one id on and before another (empty: to the last).
func (x *rowIndex) countBlock(dataset, from, end string) ([]block, error) {
	counted := []block{{from: from}}
	err := x.store.EachRow(dataset, from, func(r storage.Row) error {
		last := &counted[len(counted)-1]
		switch {
		case end != "" && r.ID >= end:
			return errEnough
		case r.Withdrawn:
			return nil
		case last.rows == perBlock:
			counted = append(counted, block{from: r.ID})
			last = &counted[len(counted)-1]
		}
		last.rows++
		last.bytes += int64(len(r.Value))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return counted, nil
}

// count returns how many rows a dataset has, and the bytes of their values.
func (x *rowIndex) count(dataset string) (rows int, bytes int64, err error) {
	list, err := x.current(dataset)
	for _, b := range list {
		rows, bytes = rows+b.rows, bytes+b.bytes
	}
	return rows, bytes, err
}

// each calls do for the rows of a dataset from the offset-th on, without those that were withdrawn,
// until it errs; errEnough ends it without an error.
func (x *rowIndex) each(dataset string, offset int, do func(storage.Row) error) error {
	list, err := x.current(dataset)
	if err != nil {
		return err
	}
	from, skip := "", offset
	for i, b := range list {
		from = b.from
		if skip < b.rows || i == len(list)-1 {
			break
		}
		skip -= b.rows
	}
	err = x.store.EachRow(dataset, from, func(r storage.Row) error {
		switch {
		case r.Withdrawn:
			return nil
		case skip > 0:
			skip--
			return nil
		}
		return do(r)
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
