package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"workbench/storage"
)

// outcome is what a flow came to.
type outcome struct {
	results map[string]string // of instances that are done, by id
	rows    []string
	tasks   map[string]string // items that were asked, by task
}

// life drives a flow to its end: people answer, signals come, time passes, and whatever else happens.
type life struct {
	*world
	random  *rand.Rand
	says    func(item string, person int) string
	between func() // something that happens now and then
	crashes int
}

func newLife(t *testing.T, p program, seed uint64) *life {
	l := &life{world: newWorld(t), random: rand.New(rand.NewPCG(seed, 2))}
	l.says = func(item string, person int) string { return fmt.Sprintf("person %d says: %s", person, item) }
	l.programs["it"] = p.Run
	return l
}

func (l *life) begin(items int) storage.Flow {
	l.t.Helper()
	var all []Value
	for n := range items {
		all = append(all, fmt.Sprint("item ", n))
	}
	return l.start("it", all...)
}

// finish lives until the flow is done.
func (l *life) finish(flow string) {
	l.t.Helper()
	end, acts := time.Now().Add(patience), l.acts.Load()
	for {
		if now := l.acts.Load(); now > acts { // slow machines get on too
			end, acts = time.Now().Add(patience), now
		}
		if time.Now().After(end) {
			l.t.Fatalf("not done in time: %s\n%s", l.describe(flow), strings.Join(l.troubles, "\n"))
		}
		if l.dead.Load() {
			l.crashes++
			l.reopen()
		}
		if f, err := l.store.Flow(flow); err == nil && f.Status == done && l.settled(flow) {
			return
		}
		l.step(flow)
	}
}

// wanted lists the tasks that somebody will answer.
func (l *life) wanted() []string {
	return slices.DeleteFunc(l.crowd.open(), func(id string) bool { return l.crowd.task(id).Pool == "nobody" })
}

// settled says whether every instance is over and every answer on record one that counts: what people take
// back is heard a little later.
func (l *life) settled(flow string) bool {
	ok := len(l.wanted()) == 0
	err := l.store.EachInstance(flow, "", func(v storage.Instance) error {
		history, err := l.store.History(v.ID)
		ok = ok && (v.Status == done || v.Status == cancelled)
		for _, e := range fold(history).from(1) {
			if e.primitive == "ask" && e.done && v.Status != cancelled {
				task := taskID(v.ID, e.number, e.round)
				ok = ok && (l.crowd.task(task).Pool == "nobody" || !l.r.stale(task, e.cites))
			}
		}
		return err
	})
	return err == nil && ok
}

// step does one thing that people, time or others do.
func (l *life) step(flow string) {
	if l.between != nil {
		l.between()
	}
	if open := l.wanted(); len(open) > 0 {
		for range 1 + l.random.IntN(3) {
			task := open[l.random.IntN(len(open))]
			l.crowd.answerAs(task, l.says)
		}
		return
	}
	switch l.random.IntN(3) {
	case 0:
		l.clock.forward(time.Hour)
	case 1:
		l.tend(flow)
	}
	time.Sleep(100 * time.Microsecond)
}

// tend sends signals to those who wait for them, and lets those try again who are parked.
func (l *life) tend(flow string) {
	var waits []storage.Instance
	err := l.store.EachInstance(flow, "", func(v storage.Instance) error {
		if v.Waiting == "signal" || v.Status == parked || v.Status == diverged {
			waits = append(waits, v)
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, v := range waits {
		if v.Status == parked || v.Status == diverged {
			l.t.Fatalf("%s is %s: %s", v.ID, v.Status, v.Error)
		}
		history, err := l.store.History(v.ID)
		if err != nil {
			l.t.Fatal(err)
		}
		e := fold(history).open()
		if e == nil || e.primitive != "signal" {
			continue
		}
		var name string
		if err := json.Unmarshal(e.args, &name); err != nil {
			l.t.Fatal(err)
		}
		// Whoever holds the lock may wait for the clock, which nobody else moves.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		err = l.r.Signal(ctx, "somebody", v.ID, name, name+" came")
		cancel()
		if err != nil && !l.dead.Load() && !errors.Is(err, errRefused) && !errors.Is(err, ErrState) && !errors.Is(err, context.DeadlineExceeded) {
			l.t.Errorf("signal %s: %v", v.ID, err)
		}
	}
}

func (l *life) describe(flow string) string {
	var lines []string
	_ = l.store.EachInstance(flow, "", func(v storage.Instance) error {
		if v.Status != done {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", v.ID, v.Status, v.Waiting, v.Error))
		}
		return nil
	})
	return strings.Join(lines, "\n")
}

// outcome reads what a flow came to. Children that never end are left out: whether they came to ask is a
// matter of time.
func (l *life) outcome(flow string) outcome {
	l.t.Helper()
	o := outcome{results: map[string]string{}, tasks: map[string]string{}}
	never := map[string]bool{}
	err := l.store.EachInstance(flow, "", func(v storage.Instance) error {
		never[v.ID] = v.Function == "never"
		if v.Status != cancelled {
			o.results[v.ID] = v.Status + " " + string(v.Result)
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for n := range 3 {
		err := l.store.EachRow(fmt.Sprint("rows", n+1), "", func(r storage.Row) error {
			if !r.Withdrawn {
				o.rows = append(o.rows, fmt.Sprintf("%s %s of %v by %s, call %d", r.Dataset, r.Value, r.Of, r.Instance, r.Call))
			}
			return nil
		})
		if err != nil {
			l.t.Fatal(err)
		}
	}
	sort.Strings(o.rows)
	for id, t := range l.crowd.tasks {
		if !never[t.Instance] {
			o.tasks[id] = string(t.Item)
		}
	}
	return o
}

func compare[V comparable](t *testing.T, what string, got, want map[string]V) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if got[id] != want[id] {
			t.Errorf("%s %s: got %v, want %v", what, id, got[id], want[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		if _, is := want[id]; !is {
			t.Errorf("%s %s: got %v, want none", what, id, got[id])
		}
	}
}

func (o outcome) compare(t *testing.T, want outcome) {
	t.Helper()
	compare(t, "instance", o.results, want.results)
	compare(t, "task", o.tasks, want.tasks)
	if !slices.Equal(o.rows, want.rows) {
		t.Errorf("rows:\n%s\nwant\n%s", strings.Join(o.rows, "\n"), strings.Join(want.rows, "\n"))
	}
}

// TestCrashesChangeNothing runs random programs twice: undisturbed, and with the process killed at random
// moments and commits refused. Both must come to the same results, rows and tasks.
func TestCrashesChangeNothing(t *testing.T) {
	crashes := 0
	for seed := range programs() {
		t.Run(fmt.Sprint("program ", seed), func(t *testing.T) { crashes += crashesChangeNothing(t, seed) })
	}
	t.Logf("%d programs, %d crashes", programs(), crashes)
	if uint64(crashes) < programs() {
		t.Errorf("only %d crashes in %d programs", crashes, programs())
	}
}

func FuzzCrashes(f *testing.F) {
	f.Add(uint64(1000))
	f.Fuzz(func(t *testing.T, seed uint64) { crashesChangeNothing(t, seed) })
}

// programs is how many random programs a test tries.
func programs() uint64 {
	if testing.Short() {
		return 4
	}
	return 12
}

func crashesChangeNothing(t *testing.T, seed uint64) (crashes int) {
	p := randomProgram(rand.New(rand.NewPCG(seed, 1)), true)
	calm := newLife(t, p, seed)
	f := calm.begin(2)
	calm.finish(f.ID)
	want := calm.outcome(f.ID)

	wild := newLife(t, p, seed)
	g := wild.begin(2)
	wild.refuses.Store(20)
	wild.between = func() {
		if wild.budget.Load() <= 0 {
			most := max(calm.acts.Load()/3, 2)
			wild.budget.Store(1 + wild.random.Int64N(1+wild.random.Int64N(most)))
		}
	}
	wild.finish(g.ID)
	wild.outcome(f.ID).compare(t, want)
	checkViews(t, wild, f.ID)
	return wild.crashes
}

// checkViews holds that the states of instances are what their histories say.
func checkViews(t *testing.T, l *life, flow string) {
	t.Helper()
	if err := l.r.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := Rebuild(l.store, flow); err != nil || n != 0 {
		t.Errorf("%d states of instances were not what the histories say, %v", n, err)
	}
}
