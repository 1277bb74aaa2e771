package flow

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"workbench/storage"
)

func root(f storage.Flow, item int) string { return storage.InstanceID(f.ID, item) }

// script makes a program of one function.
func script(do func(i *Instance, args Value) (Value, error)) programFunc {
	return func(_ context.Context, i *Instance, _ string, args Value) (Value, error) { return do(i, args) }
}

// functions makes a program of several.
func functions(by map[string]func(i *Instance, args Value) (Value, error)) programFunc {
	return func(_ context.Context, i *Instance, function string, args Value) (Value, error) {
		do := by[function]
		if do == nil {
			return nil, fmt.Errorf("there is no function %s", function)
		}
		return do(i, args)
	}
}

// TestOneFlow follows one item through work, people and a row, with the process killed while it waits.
func TestOneFlow(t *testing.T) {
	w := newWorld(t)
	var generated atomic.Int32
	w.programs["compare"] = script(func(i *Instance, item Value) (Value, error) {
		text, err := i.Do("generate", map[string]any{"prompt": item}, func(ctx context.Context) (Value, []string, error) {
			generated.Add(1)
			return "text of " + CallID(ctx), []string{"model"}, nil
		})
		if err != nil {
			return nil, err
		}
		answers, err := i.Ask(Ask{Form: choice("Compare"), Item: about(fmt.Sprint(text)), People: 2})
		if err != nil {
			return nil, err
		}
		_, err = i.Record("comparisons", map[string]any{"says": says(answers)}, []string{answers.List[0].ID})
		return says(answers), err
	})
	f := w.start("compare", "a", "b", "c")
	for item := range 3 {
		w.becomes(root(f, item), waiting)
	}
	w.reopen()
	w.until("three tasks", func() bool { return len(w.crowd.open()) == 3 })
	for _, task := range w.crowd.open() {
		w.crowd.answer(task, `{"says": "left"}`)
		w.crowd.answer(task, `{"says": "right"}`)
	}
	w.flowBecomes(f.ID, done)
	if got := generated.Load(); got != 3 {
		t.Errorf("generated %d times for 3 items", got)
	}
	if w.crowd.puts != 3 {
		t.Errorf("%d tasks for 3 items", w.crowd.puts)
	}
	if got, want := w.rows("comparisons"), slices.Repeat([]string{`{"says":"left"}`}, 3); !slices.Equal(got, want) {
		t.Errorf("rows: got %q, want %q", got, want)
	}
	v := w.instance(root(f, 1))
	if string(v.Result) != `"left"` || v.Calls != 3 || v.Function != Root || string(v.Args) != `"b"` {
		t.Errorf("instance of item 1: %+v", v)
	}
}

// TestCalls tries what each call gives, and that it gives the same after a restart.
func TestCalls(t *testing.T) {
	type f = func(i *Instance, args Value) (Value, error)
	echo := f(func(_ *Instance, args Value) (Value, error) { return args, nil })
	for _, tt := range []struct {
		name   string
		steps  map[string]f
		want   string
		during func(w *world, root string)
	}{
		{name: "a value comes back as it will be read", want: `[1.0,{"a":[null,true,"x"]}]`, steps: map[string]f{
			Root: func(i *Instance, _ Value) (Value, error) {
				v, err := i.Do("generate", nil, func(context.Context) (Value, []string, error) {
					return []any{float32(1), map[string]any{"a": []any{nil, true, "x"}}}, nil, nil
				})
				if _, is := v.([]any)[0].(float64); err == nil && !is {
					return nil, fmt.Errorf("a float32 came as it was given: %T", v.([]any)[0])
				}
				return v, err
			},
		}},
		{name: "together", want: `["x",[1,2],null]`, steps: map[string]f{
			"echo": echo,
			Root: func(i *Instance, _ Value) (Value, error) {
				var handles []Handle
				for _, v := range []Value{"x", []any{int64(1), int64(2)}, nil} {
					h, err := i.Spawn("echo", v)
					if err != nil {
						return nil, err
					}
					handles = append(handles, h)
				}
				list, err := i.Together(handles)
				return list, err
			},
		}},
		{name: "together of nothing", want: `[]`, steps: map[string]f{
			Root: func(i *Instance, _ Value) (Value, error) {
				list, err := i.Together(nil)
				return list, err
			},
		}},
		{name: "first", want: `[1,"quick"]`, steps: map[string]f{
			"echo": echo,
			"slow": func(i *Instance, _ Value) (Value, error) {
				_, err := i.Ask(Ask{Form: choice("Never"), Item: about("nothing")})
				return "slow", err
			},
			Root: func(i *Instance, _ Value) (Value, error) {
				slow, err := i.Spawn("slow", nil)
				if err != nil {
					return nil, err
				}
				quick, err := i.Spawn("echo", "quick")
				if err != nil {
					return nil, err
				}
				n, v, err := i.First([]Handle{slow, quick})
				return []any{int64(n), v}, err
			},
		}},
		{name: "a past deadline and no sleep", want: `"over"`, steps: map[string]f{
			Root: func(i *Instance, _ Value) (Value, error) {
				return "over", errors.Join(i.Until(time.Unix(0, 0)), i.Sleep(0), i.Sleep(-time.Hour))
			},
		}},
		{name: "sleep", want: `"2026-11-26T13:00:00Z"`, steps: map[string]f{
			Root: func(i *Instance, _ Value) (Value, error) {
				err := i.Sleep(time.Hour)
				now, also := i.Now()
				return now.Format(time.RFC3339), errors.Join(err, also)
			},
		}, during: func(w *world, root string) {
			w.becomes(root, waiting)
			w.reopen()
			w.clock.forward(time.Hour)
		}},
		{name: "a signal that comes before it is wanted", want: `{"how":"early"}`, steps: map[string]f{
			Root: func(i *Instance, _ Value) (Value, error) {
				if err := i.Sleep(time.Hour); err != nil {
					return nil, err
				}
				return i.Signal("go")
			},
		}, during: func(w *world, root string) {
			w.becomes(root, waiting)
			if err := w.r.Signal(context.Background(), "somebody", root, "go", map[string]any{"how": "early"}); err != nil {
				w.t.Error(err)
			}
			w.reopen()
			w.clock.forward(2 * time.Hour)
		}},
		{name: "signals come by name and in order", want: `["b1","a1","a2"]`, steps: map[string]f{
			Root: func(i *Instance, _ Value) (Value, error) {
				var all []any
				for _, name := range []string{"b", "a", "a"} {
					v, err := i.Signal(name)
					if err != nil {
						return nil, err
					}
					all = append(all, v)
				}
				return all, nil
			},
		}, during: func(w *world, root string) {
			for n, s := range []string{"a1", "a2", "b1"} {
				w.becomes(root, waiting)
				if err := w.r.Signal(context.Background(), "somebody", root, s[:1], s); err != nil {
					w.t.Error(err)
				}
				if n == 1 {
					w.reopen()
				}
			}
		}},
		{name: "ask within", want: `[1,2]`, steps: map[string]f{
			Root: func(i *Instance, _ Value) (Value, error) {
				a, err := i.Ask(Ask{Form: choice("Soon"), Item: about("x"), People: 3, Within: time.Hour})
				return []any{int64(len(a.List)), int64(a.Missing)}, err
			},
		}, during: func(w *world, root string) {
			w.until("a task", func() bool { return len(w.crowd.open()) == 1 })
			w.crowd.answer(w.crowd.open()[0], `{"says": "one"}`)
			w.clock.forward(59 * time.Minute)
			w.reopen()
			w.clock.forward(2 * time.Minute)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.programs["it"] = functions(tt.steps)
			flow := w.start("it", "item")
			if tt.during != nil {
				tt.during(w, root(flow, 0))
			}
			w.flowBecomes(flow.ID, done)
			if got := string(w.instance(root(flow, 0)).Result); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			for _, task := range w.crowd.open() {
				t.Errorf("task %s is left over", task)
			}
			// The whole history again, with all its results.
			if err := w.r.Reopen(context.Background(), "me", root(flow, 0), w.instance(root(flow, 0)).Calls); err != nil && tt.name == "sleep" {
				t.Error(err)
			}
		})
	}
}

// TestRandomIsRecorded holds that now and random are what they were.
func TestRandomIsRecorded(t *testing.T) {
	w := newWorld(t)
	seen := make(chan [2]string, 10)
	w.programs["it"] = script(func(i *Instance, _ Value) (Value, error) {
		a, err := i.Random()
		if err != nil {
			return nil, err
		}
		b, err := i.Random()
		if err != nil {
			return nil, err
		}
		now, err := i.Now()
		if err != nil {
			return nil, err
		}
		if a == b || a < 0 || a >= 1 {
			return nil, fmt.Errorf("random numbers %g and %g", a, b)
		}
		seen <- [2]string{fmt.Sprint(a, b), now.String()}
		_, err = i.Signal("go")
		return nil, err
	})
	f := w.start("it", "x", "y")
	first, other := <-seen, <-seen
	if first[0] == other[0] {
		t.Errorf("two items have the same random numbers: %s", first[0])
	}
	w.clock.forward(time.Hour)
	w.reopen()
	again := [][2]string{<-seen, <-seen}
	if !slices.Contains(again, first) || !slices.Contains(again, other) {
		t.Errorf("after a restart: got %q, want %q and %q", again, first, other)
	}
	w.becomes(root(f, 0), waiting)
}

// TestFailingWorkIsTriedAgainThenParked counts tries, and lets a person try again.
func TestFailingWorkIsTriedAgainThenParked(t *testing.T) {
	w := newWorld(t)
	var tries atomic.Int32
	var works atomic.Bool
	w.programs["it"] = script(func(i *Instance, item Value) (Value, error) {
		work := func(context.Context) (Value, []string, error) {
			tries.Add(1)
			switch {
			case works.Load():
				return "done", nil, nil
			case item == "final":
				return nil, nil, Final(errors.New("no such model"))
			case item == "panic":
				panic("oh no")
			}
			return nil, nil, errors.New("the device is busy")
		}
		if item == "otherwise" {
			return i.DoOr("generate", item, "nothing", work)
		}
		return i.Do("generate", item, work)
	})
	for _, tt := range []struct {
		item, says string
		tries      int32
	}{{"again", "the device is busy", 5}, {"final", "no such model", 1}, {"panic", "oh no", 1}, {"otherwise", "", 5}} {
		tries.Store(0)
		works.Store(false)
		f := w.start("it", tt.item)
		want := parked
		if tt.says == "" {
			want = done
		}
		w.until(tt.item, func() bool {
			w.clock.forward(time.Minute)
			return w.instance1(root(f, 0)).Status == want
		})
		if got := tries.Load(); got != tt.tries {
			t.Errorf("%s: tried %d times, want %d", tt.item, got, tt.tries)
		}
		if tt.says == "" {
			continue
		}
		if v := w.instance(root(f, 0)); !strings.Contains(v.Error, tt.says) || v.Waiting != "generate" {
			t.Errorf("%s: parked in %s with %q, want %q", tt.item, v.Waiting, v.Error, tt.says)
		}
		c, err := w.r.Counts(f.ID)
		if want := (Counts{map[string]int{parked: 1}, []WorkCount{{"generate", 0, 0, 1}}}); err != nil || !reflect.DeepEqual(c, want) {
			t.Errorf("%s: counts %+v, %v, want %+v", tt.item, c, err, want)
		}
		works.Store(true)
		w.reopen()
		if err := w.r.Retry(context.Background(), "me", f.ID); err != nil {
			t.Fatal(err)
		}
		w.flowBecomes(f.ID, done)
		if err := w.r.Retry(context.Background(), "me", root(f, 0)); !errors.Is(err, ErrState) {
			t.Errorf("retry of what is done: got %v, want ErrState", err)
		}
	}
}

func (w *world) instance1(id string) storage.Instance {
	v, err := w.store.Instance(id)
	if err != nil {
		return storage.Instance{}
	}
	return v
}

// TestLimits tries each limit just beyond it.
func TestLimits(t *testing.T) {
	big := strings.Repeat("x", 200)
	small := Limits{Calls: 5, Record: 150, List: 400, Retries: -1}
	for _, tt := range []struct {
		name, says string
		do         func(i *Instance) error
	}{
		{"calls", "this is call 6", func(i *Instance) error {
			for {
				if _, err := i.Random(); err != nil {
					return err
				}
			}
		}},
		{"a row", "a value of 2", func(i *Instance) error {
			_, err := i.Record("rows", big, nil)
			return err
		}},
		{"a list", "a list may have 400 bytes", func(i *Instance) error {
			_, err := i.Do("generate", nil, func(context.Context) (Value, []string, error) {
				return slices.Repeat([]any{big[:100]}, 4), nil, nil
			})
			return err
		}},
		{"an element", "element 2", func(i *Instance) error {
			_, err := i.Do("generate", nil, func(context.Context) (Value, []string, error) {
				return []any{"", big}, nil, nil
			})
			return err
		}},
		{"arguments", "generate: a value of", func(i *Instance) error {
			_, err := i.Do("generate", map[string]any{"prompt": big}, nil)
			return err
		}},
		{"what no JSON is", "cannot be kept", func(i *Instance) error {
			_, err := i.Do("generate", map[string]any{"prompt": func() {}}, nil)
			return err
		}},
		{"a form without a title", "no title", func(i *Instance) error {
			_, err := i.Ask(Ask{Form: choice(""), Item: about("x")})
			return err
		}},
		{"an item that does not fit", "no field text", func(i *Instance) error {
			_, err := i.Ask(Ask{Form: choice("A"), Item: map[string]any{}})
			return err
		}},
		{"a dataset without a name", "needs a name", func(i *Instance) error {
			_, err := i.Record("", "x", nil)
			return err
		}},
		{"a path for a name", "no name for a dataset", func(i *Instance) error {
			_, err := i.Record("../x", "x", nil)
			return err
		}},
		{"an imported dataset", "was imported", func(i *Instance) error {
			_, err := i.Record("imported", "x", nil)
			return err
		}},
		{"first of nobody", "first of no children", func(i *Instance) error {
			_, _, err := i.First(nil)
			return err
		}},
		{"another one's child", "child of another", func(i *Instance) error {
			_, err := i.Together([]Handle{{ID: i.ID()}})
			return err
		}},
		{"a child that is not there", "not exist", func(i *Instance) error {
			_, err := i.Together([]Handle{{ID: i.ID() + ".00009"}})
			return err
		}},
		{"work under another's name", "not the name of work", func(i *Instance) error {
			_, err := i.Do("ask", nil, nil)
			return err
		}},
		{"the script", "index out of range", func(*Instance) error { return errors.New("index out of range") }},
		{"a bug", "a bug in the program", func(*Instance) error { panic("oh no") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.limits = small
			w.reopen()
			b := &storage.Batch{}
			b.PutDataset(storage.Dataset{Name: "imported", Kind: "imported"})
			if err := w.store.Commit(b); err != nil {
				t.Fatal(err)
			}
			w.programs["it"] = script(func(i *Instance, _ Value) (Value, error) {
				err := tt.do(i)
				if _, again := i.Random(); err != nil && i.halted != nil && again == nil {
					return nil, errors.New("a call after an error gave none")
				}
				return nil, err
			})
			f := w.start("it", "x")
			if v := w.becomes(root(f, 0), parked); !strings.Contains(v.Error, tt.says) {
				t.Errorf("got %q, want %q", v.Error, tt.says)
			}
		})
	}
}

// TestCommits counts what is written for one item: two commits for a call that takes time, one for a call that
// takes none.
func TestCommits(t *testing.T) {
	w := newWorld(t)
	w.programs["it"] = script(func(i *Instance, item Value) (Value, error) {
		if _, err := i.Do("generate", item, func(context.Context) (Value, []string, error) { return item, nil, nil }); err != nil {
			return nil, err
		}
		if _, err := i.Random(); err != nil {
			return nil, err
		}
		if _, err := i.Record("rows", item, nil); err != nil {
			return nil, err
		}
		return asking(i, item)
	})
	f := w.start("it", "x")
	w.answerAll("x", root(f, 0), done)
	w.flowBecomes(f.ID, done)
	const items, flow, begun, work, random, record, ask, atDesk, ended, over = 1, 1, 1, 2, 1, 1, 2, 2, 1, 1
	if got, want := w.acts.Load(), int64(items+flow+begun+work+random+record+ask+atDesk+ended+over); got != want {
		t.Errorf("%d commits, want %d", got, want)
	}
}
