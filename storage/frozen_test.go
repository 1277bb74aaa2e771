package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
)

func put(t *testing.T, s *Store, rows ...Row) {
	t.Helper()
	b := &Batch{}
	for _, r := range rows {
		if r.Value == nil {
			r.Value = json.RawMessage(`{}`)
		}
		b.PutRow(r)
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
}

func rowIDs(t *testing.T, s *Store, dataset string) (ids []string) {
	t.Helper()
	err := s.EachRow(dataset, "", func(r Row) error {
		ids = append(ids, r.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestFrozen reads twice while others write, and sees the same both times.
func TestFrozen(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, Row{ID: "A", Dataset: "d"})
	err := s.Frozen(func(frozen *Store) error {
		before := rowIDs(t, frozen, "d")
		put(t, s, Row{ID: "B", Dataset: "d"}, Row{ID: "A", Dataset: "d", Withdrawn: true})
		if after := rowIDs(t, frozen, "d"); !slices.Equal(before, after) || !slices.Equal(after, []string{"A"}) {
			t.Errorf("the frozen store had rows %q, then %q, want A both times", before, after)
		}
		err := frozen.EachRow("d", "", func(r Row) error {
			if r.Withdrawn {
				t.Errorf("row %s was withdrawn after the store was frozen", r.ID)
			}
			return nil
		})
		b := &Batch{}
		b.PutRow(Row{ID: "C", Dataset: "d", Value: json.RawMessage(`{}`)})
		if err := frozen.Commit(b); !errors.Is(err, ErrReadOnly) || !frozen.ReadOnly() {
			t.Errorf("writing to a frozen store: %v, want ErrReadOnly", err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := rowIDs(t, s, "d"); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("after that the store has %q, want A and B", got)
	}
}

// TestWatchRows holds that every row is told exactly once, durable by then, and none after the stop.
func TestWatchRows(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	var mu sync.Mutex
	told := map[string]int{}
	stop := s.WatchRows(func(dataset, id string) {
		mu.Lock()
		defer mu.Unlock()
		told[dataset+"/"+id]++
		found := false
		err := s.EachRow(dataset, id, func(r Row) error {
			found = found || r.ID == id
			return nil
		})
		if err != nil || !found {
			t.Errorf("row %s of %s was told and is not there: %v", id, dataset, err)
		}
	})
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 20 {
				put(t, s, Row{ID: fmt.Sprintf("%d-%02d", w, i), Dataset: "d"}, Row{ID: "other", Dataset: fmt.Sprintf("e%d-%d", w, i)})
			}
		})
	}
	all.Wait()
	for name, times := range told {
		if times != 1 {
			t.Errorf("%s was told %d times, want once", name, times)
		}
	}
	if len(told) != 2*4*20 {
		t.Errorf("%d rows were told, want %d", len(told), 2*4*20)
	}
	stop()
	put(t, s, Row{ID: "late", Dataset: "d"})
	if told["d/late"] != 0 {
		t.Error("a row was told after the stop")
	}
}

func TestFreeRoom(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if free, err := s.Free(); err != nil || free == 0 {
		t.Errorf("%d bytes are free, %v, want some", free, err)
	}
	if s.ReadOnly() {
		t.Error("a store that was opened to write says that it is read-only")
	}
}
