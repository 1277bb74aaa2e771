package flow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"workbench/storage"
)

// minds are what people say, which they may change their minds about.
type minds map[string]int

func (m minds) says(text string, person int) string {
	return fmt.Sprintf("person %d says: %s, version %d", person, text, m[key(text, person)])
}

func key(text string, person int) string { return fmt.Sprint(person, " ", text) }

// TestReopeningComesToTheSame disturbs random programs: calls are re-opened, answers are taken back and
// given otherwise, and the process is killed. In the end everything must stand as if people had said from
// the beginning what they said last.
func TestReopeningComesToTheSame(t *testing.T) {
	var all disturbances
	for seed := range programs() {
		t.Run(fmt.Sprint("program ", seed), func(t *testing.T) {
			d := reopeningComesToTheSame(t, seed)
			all.reopened, all.undone, all.killed = all.reopened+d.reopened, all.undone+d.undone, all.killed+d.killed
		})
	}
	t.Logf("%d programs, %d calls re-opened, %d answers taken back, %d crashes", programs(), all.reopened, all.undone, all.killed)
	if all.reopened == 0 || all.undone == 0 {
		t.Error("nothing was disturbed")
	}
}

func FuzzReopening(f *testing.F) {
	f.Add(uint64(1000))
	f.Fuzz(func(t *testing.T, seed uint64) { reopeningComesToTheSame(t, seed) })
}

func reopeningComesToTheSame(t *testing.T, seed uint64) disturbances {
	p := randomProgram(rand.New(rand.NewPCG(seed, 3)), false)
	said := minds{}
	wild := newLife(t, p, seed)
	wild.says = said.says
	f := wild.begin(2)
	d := disturbances{left: 12}
	wild.refuses.Store(30)
	wild.between = func() { d.one(wild, said, f.ID) }
	for d.left > 0 {
		wild.finish(f.ID)
		wild.between()
	}
	wild.between = nil
	wild.finish(f.ID)
	got := wild.standing(f.ID)
	checkViews(t, wild, f.ID)

	calm := newLife(t, p, seed)
	calm.says = said.says
	calm.finish(calm.begin(2).ID)
	want := calm.standing(f.ID)
	for line, n := range got {
		if n != want[line] {
			t.Errorf("%d times, want %d: %s", n, want[line], line)
		}
	}
	for line, n := range want {
		if got[line] == 0 {
			t.Errorf("not there, want %d times: %s", n, line)
		}
	}
	d.killed = wild.crashes
	return d
}

// disturbances are what is done to a flow besides what it is there for.
type disturbances struct{ left, reopened, undone, killed int }

func (d *disturbances) one(l *life, said minds, flow string) {
	if d.left == 0 || l.dead.Load() || l.random.IntN(4) > 0 {
		return
	}
	d.left--
	switch l.random.IntN(5) {
	case 0, 1:
		d.reopen(l, flow)
	case 2, 3:
		d.undo(l, said)
	case 4:
		l.budget.Store(1 + l.random.Int64N(20))
	}
}

func (d *disturbances) reopen(l *life, flow string) {
	var all []storage.Instance
	err := l.store.EachInstance(flow, "", func(v storage.Instance) error {
		if v.Calls > 0 && v.Status != cancelled {
			all = append(all, v)
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if len(all) == 0 {
		return
	}
	v := all[l.random.IntN(len(all))]
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	err = l.r.Reopen(ctx, "somebody", v.ID, 1+l.random.IntN(v.Calls))
	switch {
	case err == nil:
		d.reopened++
	case l.dead.Load(), errors.Is(err, errRefused), errors.Is(err, ErrState), errors.Is(err, ErrInvalid), errors.Is(err, context.DeadlineExceeded):
	default:
		l.t.Errorf("re-open %s: %v", v.ID, err)
	}
}

// undo has somebody take an answer back, and change their mind.
func (d *disturbances) undo(l *life, said minds) {
	var answered []string
	l.crowd.mu.Lock()
	for id, a := range l.crowd.tasks {
		if len(a.answers) > 0 {
			answered = append(answered, id)
		}
	}
	l.crowd.mu.Unlock()
	if len(answered) == 0 {
		return
	}
	slices.Sort(answered)
	task := answered[l.random.IntN(len(answered))]
	text, person := l.crowd.last(task)
	for _, other := range answered {
		if also, _ := l.crowd.last(other); also == text && other != task {
			return // asked twice, after a re-opening: what they said the other time would have to change too
		}
	}
	said[key(text, person)]++
	l.crowd.undo(task)
	d.undone++
}

// standing counts what a flow came to: the results of its items, and the rows that count.
func (l *life) standing(flow string) map[string]int {
	l.t.Helper()
	lines := map[string]int{}
	err := l.store.EachInstance(flow, "", func(v storage.Instance) error {
		if v.Parent == "" {
			lines[fmt.Sprintf("%s %s %s", v.ID, v.Status, v.Result)]++
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for n := range 3 {
		for _, value := range l.rows(fmt.Sprint("rows", n+1)) {
			lines[fmt.Sprintf("row of %d: %s", n, value)]++
		}
	}
	return lines
}
