package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/assign"
)

// house is a runtime with a real desk on one store, and people who work.
type house struct {
	t     *testing.T
	dir   string
	store *storage.Store
	desk  *assign.Desk
	r     *Runtime
}

func (h *house) open(programs Programs) {
	h.t.Helper()
	var err error
	if h.store, err = storage.Open(h.dir, storage.Options{}); err != nil {
		h.t.Fatal(err)
	}
	if h.desk, err = assign.Open(h.store, assign.Options{Gather: -1}); err != nil {
		h.t.Fatal(err)
	}
	if h.r, err = Open(Options{Store: h.store, Desk: h.desk, Programs: programs, Trouble: func(err error) { h.t.Log(err) }}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) close() {
	h.t.Helper()
	if err := errors.Join(h.r.Close(), h.desk.Close(), h.store.Close()); err != nil {
		h.t.Error(err)
	}
}

// work has a person answer what they get until ctx ends; now and then they skip, or change their mind.
func (h *house) work(ctx context.Context, person string, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	for n := 0; ctx.Err() == nil; n++ {
		l, err := h.desk.Pull(ctx, person)
		var none *assign.NoTask
		switch {
		case errors.As(err, &none):
			time.Sleep(time.Millisecond)
			continue
		case err != nil:
			return // the desk is closed
		}
		key := fmt.Sprint(person, n, seed)
		values := json.RawMessage(fmt.Sprintf(`{"says": %q}`, person))
		if _, err := h.desk.Submit(ctx, assign.Submission{Person: person, Lease: l.ID, Key: key, Values: values}); err != nil {
			continue
		}
		if random.IntN(5) == 0 {
			_, _ = h.desk.Undo(ctx, person, "undo "+key) // it may be too late: then the answer stays
		}
	}
}

// TestWithTheRealDesk has six people do a flow of two steps, with the server stopped and started meanwhile:
// two read, and somebody who did not read judges.
func TestWithTheRealDesk(t *testing.T) {
	h := &house{t: t, dir: t.TempDir()}
	programs := scripts{"it": script(func(i *Instance, item Value) (Value, error) {
		read, err := i.Ask(Ask{Form: choice("Read"), Item: about(fmt.Sprint(item)), People: 2})
		if err != nil {
			return nil, err
		}
		judged, err := i.Ask(Ask{
			Form: choice("Judge"), Item: about(says(read)), Unlike: []string{read.Task}, After: []string{read.List[0].ID, read.List[1].ID},
		})
		if err != nil {
			return nil, err
		}
		people := []any{read.List[0].Person, read.List[1].Person, judged.List[0].Person}
		_, err = i.Record("judged", people, []string{judged.List[0].ID})
		return people, err
	})}
	h.open(programs)
	b := &storage.Batch{}
	people := []string{"a", "b", "c", "d", "e", "f"}
	for _, id := range people {
		b.PutPerson(storage.Person{ID: id, Name: id, Role: "annotator"})
		h.desk.SetPerson(storage.Person{ID: id, Name: id, Role: "annotator"})
	}
	if err := h.store.Commit(b); err != nil {
		t.Fatal(err)
	}
	var items []Value
	for n := range 40 {
		items = append(items, int64(n))
	}
	f, err := h.r.Start(context.Background(), NewFlow{Script: "it", Items: each(items), Ahead: 15})
	if err != nil {
		t.Fatal(err)
	}
	h.finish(f.ID, people, func() {
		h.close()
		h.open(programs)
	})
	defer func() { h.close() }()
	// Everybody who can takes their last answer back, and gives it again.
	undone := 0
	for _, person := range people {
		if _, err := h.desk.Undo(context.Background(), person, "at the end"); err == nil {
			undone++
		}
	}
	if undone == 0 {
		t.Error("nobody could take an answer back")
	}
	for end := time.Now().Add(patience); h.status(f.ID) == done; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("answers were taken back, and the flow is done")
		}
	}
	h.finish(f.ID, people, func() {})
	h.check(f.ID)
}

// finish has people work, in shifts with something between them, until a flow is done.
func (h *house) finish(flow string, people []string, between func()) {
	h.t.Helper()
	for shift := uint64(0); h.status(flow) != done; shift++ {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		var all sync.WaitGroup
		for n, person := range people {
			all.Go(func() { h.work(ctx, person, shift*10+uint64(n)) })
		}
		all.Wait()
		cancel()
		if shift == 100 {
			h.t.Fatalf("after %d shifts the flow is %s", shift, h.status(flow))
		}
		between()
	}
}

func (h *house) status(flow string) string {
	h.t.Helper()
	f, err := h.store.Flow(flow)
	if err != nil {
		h.t.Fatal(err)
	}
	return f.Status
}

// check holds that every item has its row, made of three people's answers that count, and that some rows do
// not count any more. What was taken back is heard a little later.
func (h *house) check(flow string) {
	h.t.Helper()
	var problems []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if problems = h.problems(flow); len(problems) == 0 {
			return
		}
	}
	h.t.Error(strings.Join(problems, "\n"))
}

func (h *house) problems(flow string) (all []string) {
	rows, withdrawn := map[string]int{}, 0
	err := h.store.EachRow("judged", "", func(r storage.Row) error {
		var people []string
		if err := json.Unmarshal(r.Value, &people); err != nil {
			return err
		}
		slices.Sort(people)
		if len(slices.Compact(people)) != 3 {
			all = append(all, fmt.Sprintf("row of %s: judged by somebody who read: %s", r.Instance, r.Value))
		}
		past, err := h.desk.Answer(strings.TrimPrefix(r.Of[0], "answer:"))
		if err != nil {
			return err
		}
		if r.Withdrawn {
			withdrawn++
		} else {
			rows[r.Instance]++
		}
		if past.Undone != r.Withdrawn {
			all = append(all, fmt.Sprintf("row of %s: withdrawn %v, its answer taken back %v", r.Instance, r.Withdrawn, past.Undone))
		}
		return nil
	})
	if err != nil {
		return []string{err.Error()}
	}
	if withdrawn == 0 {
		all = append(all, "no row was withdrawn")
	}
	for item := range 40 {
		if id := storage.InstanceID(flow, item); rows[id] != 1 {
			all = append(all, fmt.Sprintf("%s has %d rows that count, want 1", id, rows[id]))
		}
	}
	for _, c := range h.desk.Counts(flow) {
		if c.Waiting+c.Leased > 0 {
			all = append(all, fmt.Sprintf("step %s: %+v after the end", c.Step, c))
		}
	}
	return all
}
