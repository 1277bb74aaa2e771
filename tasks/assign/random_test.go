package assign

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/storage"
)

var seed = flag.Uint64("seed", 0, "the random history to make, instead of several; a failure names it")

// TestRandomHistories lets people do whatever they may, one after another, and compares each outcome
// with the model's. In between commits fail, and the desk is closed and opened.
func TestRandomHistories(t *testing.T) {
	seeds, moves := []uint64{*seed}, 600
	if *seed == 0 {
		n := 12
		if testing.Short() {
			n = 4
		}
		seeds = nil
		for i := range n {
			seeds = append(seeds, uint64(i+1))
		}
	}
	for _, s := range seeds {
		t.Run(fmt.Sprintf("seed=%d", s), func(t *testing.T) {
			h := newHistory(t, s)
			for range moves {
				if h.move(); t.Failed() {
					t.Fatalf("after:\n\t%s", strings.Join(h.done[max(0, len(h.done)-20):], "\n\t"))
				}
			}
			h.lookAtAll()
			h.heard()
		})
	}
}

// history makes random moves on a desk and on its model.
type history struct {
	*world
	*rand.Rand
	m      *model
	n      int                    // to number things with
	undos  map[string]*modelLease // the last answer that a person took back
	drafts map[string]string      // by lease
	done   []string               // in words
	tell   []string               // what OnDone and OnUndone must have said
	mu     sync.Mutex
	told   []string // what they said
}

var roster = []string{"ann", "bob:x", "cy:x,y", "dee:y", "eve"}

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{
		world: newWorld(t, people(roster...)...), Rand: rand.New(rand.NewPCG(seed, 0)),
		m:     &model{people: people(roster...), flows: map[string]*modelFlow{}},
		undos: map[string]*modelLease{}, drafts: map[string]string{},
	}
	for _, f := range []string{"F1", "F2", "F3"} {
		h.m.flows[f] = &modelFlow{priority: h.IntN(2)}
		b := &storage.Batch{}
		b.PutFlow(storage.Flow{ID: f, Priority: h.m.flows[f].priority, Status: "running"})
		h.must(h.store.Commit(b))
	}
	h.m.now = h.clock.Now()
	h.listen()
	for range 5 {
		h.putSome()
	}
	return h
}

// listen notes what the desk tells.
func (h *history) listen() {
	note := func(what string) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.told = append(h.told, what)
	}
	h.OnDone(func(task string, answers []storage.Answer) {
		text := "done " + task
		for _, a := range answers {
			text += " " + a.ID
		}
		note(text)
	})
	h.OnUndone(func(task string) { note("undone " + task) })
}

// heard waits until everything was told that must be, and compares.
func (h *history) heard() {
	h.t.Helper()
	var told []string
	for patience := 10_000; patience > 0 && len(told) < len(h.tell); patience-- {
		h.mu.Lock()
		told = slices.Clone(h.told)
		h.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	if !slices.Equal(told, h.tell) {
		h.t.Errorf("told:\n%s\nwant:\n%s", strings.Join(told, "\n"), strings.Join(h.tell, "\n"))
	}
}

// says notes what was done, for whoever reads a failure.
func (h *history) says(format string, args ...any) {
	h.done = append(h.done, h.clock.Now().Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

// one picks one of several.
func one[T any](h *history, of []T) T { return of[h.IntN(len(of))] }

func (h *history) somebody() string { return one(h, h.m.people).ID }

// someLease picks a lease: mostly one that is live.
func (h *history) someLease() *modelLease {
	if len(h.m.leases) == 0 {
		return nil
	}
	if h.IntN(5) > 0 {
		if l := h.m.current(h.somebody()); l != nil {
			return l
		}
	}
	return one(h, h.m.leases)
}

// move makes one move. Sometimes the disk fails; then the index must be as it was.
func (h *history) move() {
	moves := []struct {
		weight int
		do     func()
	}{
		{20, h.pullSome},
		{30, h.submitSome},
		{8, h.skipSome},
		{10, h.undoSome},
		{6, h.draftSome},
		{8, h.touchSome},
		{2, h.cancelSome},
		{3, h.pauseSome},
		{2, h.prioritizeSome},
		{3, h.changeSomebody},
		{8, h.putSome},
		{8, h.waitSome},
		{6, h.lookAtAll},
		{1, h.restartDesk},
	}
	sum := 0
	for _, m := range moves {
		sum += m.weight
	}
	n, i := h.IntN(sum), 0
	for n >= moves[i].weight {
		n -= moves[i].weight
		i++
	}
	if i >= 9 && i != 10 || h.IntN(20) > 0 {
		moves[i].do()
		return
	}
	before := h.dump()
	h.failWhen(func() bool { return true })
	moves[i].do()
	h.failWhen(func() bool { return false })
	h.says("the disk failed")
	if after := h.dump(); after != before {
		h.t.Errorf("a failed commit changed the index:\n%s", difference(before, after))
	}
}

func (h *history) waitSome() {
	waits := []time.Duration{time.Second, 5 * time.Second, time.Minute, 4 * time.Minute, 11 * time.Minute, 31 * time.Minute, 9 * time.Hour}
	by := one(h, waits)
	h.clock.move(by)
	h.m.now = h.clock.Now()
	h.says("%s later", by)
}

func (h *history) restartDesk() {
	h.heard()
	before := h.dump()
	h.restart()
	h.listen()
	h.says("the desk was opened anew")
	if after := h.dump(); after != before {
		h.t.Errorf("the rebuilt index differs:\n%s", difference(before, after))
	}
}

func (h *history) putSome() {
	var tasks []storage.Task
	for range 1 + h.IntN(4) {
		h.n++
		id := fmt.Sprintf("%s.%d", one(h, []string{"F1", "F2", "F3"}), h.IntN(4))
		if h.IntN(3) == 0 {
			id += fmt.Sprintf(".%d", h.IntN(3))
		}
		tasks = append(tasks, h.task(fmt.Sprintf("%s:%d", id, h.n), h.somehow))
	}
	if len(tasks) > 1 && h.IntN(4) == 0 {
		tasks[0].Unlike = append(tasks[0].Unlike, tasks[1].ID)
	}
	if h.IntN(5) == 0 && len(h.m.tasks) > 0 { // one that is there already is left alone
		again := one(h, h.m.tasks).Task
		again.People++
		tasks = append(tasks, again)
	}
	if h.failed(h.Put(h.t.Context(), tasks...)) {
		return
	}
	for _, t := range tasks {
		if !slices.ContainsFunc(h.m.tasks, func(other *modelTask) bool { return other.ID == t.ID }) {
			h.m.tasks = append(h.m.tasks, &modelTask{Task: t})
			h.says("put %s for %d %s%s, unlike %v", t.ID, t.People, t.Pool, t.Person, t.Unlike)
		}
	}
}

// somehow gives a task random wishes.
func (h *history) somehow(t *storage.Task) {
	t.People, t.Priority, t.Step = 1+h.IntN(3), h.IntN(2), one(h, []string{"Read", "Judge"})
	if h.IntN(4) == 0 {
		t.Pool = one(h, []string{"x", "y"})
	}
	if h.IntN(10) == 0 {
		t.Person = h.somebody()
	}
	if h.IntN(10) == 0 {
		t.Unlike = append(t.Unlike, "person:"+h.somebody())
	}
	for range h.IntN(3) {
		if len(h.m.tasks) > 0 {
			t.Unlike = append(t.Unlike, one(h, h.m.tasks).ID)
		}
	}
}
