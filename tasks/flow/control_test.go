package flow

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workbench/storage"
)

// statuses counts the instances of a flow by status.
func (w *world) statuses(flow string) map[string]int {
	w.t.Helper()
	all := map[string]int{}
	err := w.store.EachInstance(flow, "", func(v storage.Instance) error { all[v.Status]++; return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func asking(i *Instance, item Value) (Value, error) {
	a, err := i.Ask(Ask{Form: choice("Question"), Item: about(fmt.Sprint(item))})
	return says(a), err
}

// TestAhead holds that only so many items are under way, across restarts, and that parked ones count.
func TestAhead(t *testing.T) {
	w := newWorld(t)
	w.programs["it"] = script(func(i *Instance, item Value) (Value, error) {
		if item == int64(1) {
			return nil, errors.New("cannot do this one")
		}
		return asking(i, item)
	})
	var items []Value
	for n := range 20 {
		items = append(items, int64(n))
	}
	f, err := w.r.Start(context.Background(), NewFlow{Script: "it", Items: each(items), Ahead: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := func(what string, want map[string]int) {
		t.Helper()
		w.until(what, func() bool { return reflect.DeepEqual(w.statuses(f.ID), want) })
	}
	want("two ask and one is parked", map[string]int{waiting: 2, parked: 1})
	w.until("two tasks", func() bool { return len(w.crowd.open()) == 2 })
	w.crowd.answer(w.crowd.open()[0], `{"says": "x"}`)
	want("one more", map[string]int{waiting: 2, parked: 1, done: 1})
	w.reopen()
	want("the same after a restart", map[string]int{waiting: 2, parked: 1, done: 1})
	c, err := w.r.Counts(f.ID)
	if err != nil || !reflect.DeepEqual(c.Instances, map[string]int{waiting: 2, parked: 1, done: 1}) {
		t.Errorf("counts: got %v, %v", c, err)
	}
	if err := w.r.Cancel(context.Background(), "me", f.ID); err != nil {
		t.Fatal(err)
	}
	want("cancelled", map[string]int{cancelled: 3, done: 1})
	if open := w.crowd.open(); len(open) > 0 {
		t.Errorf("tasks of a cancelled flow are open: %q", open)
	}
	w.reopen()
	for what, err := range map[string]error{
		"cancel": w.r.Cancel(context.Background(), "me", f.ID),
		"pause":  w.r.Pause(context.Background(), "me", f.ID),
		"reopen": w.r.Reopen(context.Background(), "me", root(f, 0), 1),
		"retry":  w.r.Retry(context.Background(), "me", root(f, 1)),
		"signal": w.r.Signal(context.Background(), "me", root(f, 0), "go", nil),
	} {
		if !errors.Is(err, ErrState) {
			t.Errorf("%s of what is cancelled: got %v, want ErrState", what, err)
		}
	}
	if f, err := w.store.Flow(f.ID); err != nil || f.Status != cancelled || f.Begun != 4 {
		t.Errorf("the flow's record: %+v, %v", f, err)
	}
}

// TestPause holds that a paused flow begins no items and no work, lets people finish, and goes on.
func TestPause(t *testing.T) {
	w := newWorld(t)
	var worked atomic.Int32
	w.programs["it"] = script(func(i *Instance, item Value) (Value, error) {
		if _, err := asking(i, item); err != nil {
			return nil, err
		}
		return i.Do("generate", item, func(context.Context) (Value, []string, error) {
			worked.Add(1)
			return item, nil, nil
		})
	})
	f, err := w.r.Start(context.Background(), NewFlow{Script: "it", Items: each([]Value{"a", "b"}), Ahead: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.until("a task", func() bool { return len(w.crowd.open()) == 1 })
	if err := w.r.Pause(context.Background(), "me", f.ID); err != nil {
		t.Fatal(err)
	}
	if !w.crowd.paused[f.ID] {
		t.Error("the desk was not told of the pause")
	}
	w.crowd.answer(w.crowd.open()[0], `{"says": "x"}`)
	w.until("the work waits", func() bool { return w.instance1(root(f, 0)).Waiting == "generate" })
	w.reopen()
	w.until("the work waits again", func() bool {
		c, err := w.r.Counts(f.ID)
		return err == nil && reflect.DeepEqual(c.Work, []WorkCount{{"generate", 1, 0, 0}})
	})
	if worked.Load() > 0 || len(w.statuses(f.ID)) != 1 {
		t.Errorf("a paused flow worked %d times, and has instances %v", worked.Load(), w.statuses(f.ID))
	}
	if err := w.r.Resume(context.Background(), "me", f.ID); err != nil {
		t.Fatal(err)
	}
	w.answerAll("x", root(f, 1), done)
	w.flowBecomes(f.ID, done)
	if worked.Load() != 2 {
		t.Errorf("worked %d times, want 2", worked.Load())
	}
	c, err := w.r.Counts(f.ID)
	if want := (Counts{map[string]int{done: 2}, []WorkCount{{"generate", 0, 2, 0}}}); err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("counts: got %+v, %v, want %+v", c, err, want)
	}
}

// TestBadStarts tries flows that cannot be.
func TestBadStarts(t *testing.T) {
	w := newWorld(t)
	w.programs["it"] = script(asking)
	failing := func(yield func(Value, error) bool) { _ = yield("x", nil) && yield(nil, errors.New("line 2 is bad")) }
	for _, tt := range []struct {
		name, says string
		flow       NewFlow
	}{
		{"no script", "no script", NewFlow{Script: "that", Items: each([]Value{"x"})}},
		{"no items", "no items", NewFlow{Script: "it", Items: each(nil)}},
		{"no list of items", "no items", NewFlow{Script: "it"}},
		{"an item that is not readable", "item 2: line 2 is bad", NewFlow{Script: "it", Items: failing}},
		{"an item that is too large", "item 1", NewFlow{Script: "it", Items: each([]Value{strings.Repeat("x", 2<<20)})}},
		{"settings that no JSON can say", "the settings", NewFlow{Script: "it", Items: each([]Value{"x"}), Params: func() {}}},
	} {
		if _, err := w.r.Start(context.Background(), tt.flow); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.says)
		}
	}
	if flows, err := w.store.Flows(); err != nil || len(flows) > 0 {
		t.Errorf("%d flows there, %v", len(flows), err)
	}
	if err := w.r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.r.Start(context.Background(), NewFlow{Script: "it", Items: each([]Value{"x"})}); !errors.Is(err, ErrClosed) {
		t.Errorf("start after close: got %v, want ErrClosed", err)
	}
}

// TestCloseLeavesNothingRunning looks for goroutines after programs were stopped in every kind of call.
func TestCloseLeavesNothingRunning(t *testing.T) {
	w := newWorld(t)
	started := make(chan struct{}, 1)
	w.programs["it"] = functions(map[string]func(i *Instance, args Value) (Value, error){
		"ask": func(i *Instance, _ Value) (Value, error) { return asking(i, "x") },
		"within": func(i *Instance, _ Value) (Value, error) {
			_, err := i.Ask(Ask{Form: choice("A"), Item: about("x"), Within: time.Hour})
			return nil, err
		},
		"sleep":  func(i *Instance, _ Value) (Value, error) { return nil, i.Sleep(time.Hour) },
		"signal": func(i *Instance, _ Value) (Value, error) { return i.Signal("go") },
		"work": func(i *Instance, _ Value) (Value, error) {
			return i.Do("generate", nil, func(ctx context.Context) (Value, []string, error) {
				started <- struct{}{}
				<-ctx.Done()
				return nil, nil, ctx.Err()
			})
		},
		"failing": func(i *Instance, _ Value) (Value, error) {
			return i.Do("generate", nil, func(context.Context) (Value, []string, error) { return nil, nil, errors.New("busy") })
		},
		Root: func(i *Instance, _ Value) (Value, error) {
			var handles []Handle
			for _, function := range []string{"ask", "within", "sleep", "signal", "work", "failing"} {
				h, err := i.Spawn(function, nil)
				if err != nil {
					return nil, err
				}
				handles = append(handles, h)
			}
			if _, err := i.Together(handles); err != nil {
				return nil, err
			}
			_, _, err := i.First(handles)
			return nil, err
		},
	})
	f := w.start("it", "x")
	<-started
	w.until("all wait", func() bool { return w.statuses(f.ID)[waiting] == 5 && w.statuses(f.ID)[running] == 2 })
	if err := w.r.Close(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<20)
	for _, stack := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "flow.(*Instance)") || strings.Contains(stack, "flow.(*Runtime)") || strings.Contains(stack, "flow.(*timers)") {
			t.Errorf("after Close: %s", stack)
		}
	}
	if got := w.statuses(f.ID); got[waiting] != 5 || got[running] != 2 {
		t.Errorf("Close changed states: %v", got)
	}
}

// TestWatch holds that every change of a state is told, in order.
func TestWatch(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	var heard []string
	w.r.Watch(func(c Change) {
		mu.Lock()
		defer mu.Unlock()
		line := strings.TrimPrefix(c.Instance, c.Flow) + " " + c.Status
		if len(heard) == 0 || heard[len(heard)-1] != line {
			heard = append(heard, line)
		}
	})
	w.programs["it"] = script(asking)
	f := w.start("it", "x")
	w.answerAll("x", root(f, 0), done)
	w.flowBecomes(f.ID, done)
	want := []string{" running", ".0000000 running", ".0000000 waiting", ".0000000 done", " done"}
	w.until("the last is told", func() bool { mu.Lock(); defer mu.Unlock(); return len(heard) == len(want) })
	if !reflect.DeepEqual(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}

// TestPriority holds that its priority goes to its record and to the desk.
func TestPriority(t *testing.T) {
	w := newWorld(t)
	w.programs["it"] = script(asking)
	f := w.start("it", "x")
	if err := w.r.Priority(context.Background(), "me", f.ID, 3); err != nil {
		t.Fatal(err)
	}
	if f, err := w.store.Flow(f.ID); err != nil || f.Priority != 3 || w.crowd.priority[f.ID] != 3 {
		t.Errorf("record %d, desk %d, %v; want 3", f.Priority, w.crowd.priority[f.ID], err)
	}
}
