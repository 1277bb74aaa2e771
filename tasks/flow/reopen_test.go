package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"workbench/storage"
)

// review asks two questions that don't depend on each other, has something written about the first answer,
// and records all of it.
type review struct{ written atomic.Int32 }

func (r *review) run(i *Instance, _ Value) (Value, error) {
	a, err := i.Ask(Ask{Form: choice("First"), Item: about("first")})
	if err != nil {
		return nil, err
	}
	b, err := i.Ask(Ask{Form: choice("Second"), Item: about("second")})
	if err != nil {
		return nil, err
	}
	text, err := i.Do("generate", map[string]any{"prompt": says(a)}, func(ctx context.Context) (Value, []string, error) {
		r.written.Add(1)
		return fmt.Sprintf("%s in %s", says(a), CallID(ctx)[len(flowOf(i.ID())):]), nil, nil
	})
	if err != nil {
		return nil, err
	}
	_, err = i.Record("reviews", map[string]any{"text": text, "second": says(b)}, []string{a.List[0].ID, b.List[0].ID})
	return text, err
}

// answerAll answers whatever is open, as many times as it takes until an instance is in a state.
func (w *world) answerAll(says, id, status string) storage.Instance {
	w.t.Helper()
	w.until(id+" is "+status, func() bool {
		for _, task := range w.crowd.open() {
			w.crowd.answer(task, fmt.Sprintf(`{"says": %q}`, says))
		}
		return w.instance1(id).Status == status
	})
	return w.instance(id)
}

// TestReopening re-opens each call of a review that is done, and looks at what is made again.
func TestReopening(t *testing.T) {
	for _, tt := range []struct {
		name       string
		call       int
		again      string // what people say this time
		tasks      []string
		written    int32
		result     string
		rows, gone int
	}{
		{"an answer that changes", 1, "no", []string{":00001", ":00001~02", ":00002"}, 2, `"no in .0000000:00003~02"`, 1, 1},
		{"an answer that stays", 1, "yes", []string{":00001", ":00001~02", ":00002"}, 1, `"yes in .0000000:00003"`, 1, 1},
		{"one on which only the row depends", 2, "no", []string{":00001", ":00002", ":00002~02"}, 1, `"yes in .0000000:00003"`, 1, 1},
		{"work", 3, "", []string{":00001", ":00002"}, 2, `"yes in .0000000:00003~02"`, 1, 1},
		{"the row", 4, "", []string{":00001", ":00002"}, 1, `"yes in .0000000:00003"`, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, it := newWorld(t), &review{}
			w.programs["it"] = script(it.run)
			f := w.start("it", "item")
			id := root(f, 0)
			w.answerAll("yes", id, done)
			w.flowBecomes(f.ID, done)
			before := w.crowd.puts
			if err := w.r.Reopen(context.Background(), "me", id, tt.call); err != nil {
				t.Fatal(err)
			}
			if w.crowd.puts > before && len(w.rows("reviews")) > 0 {
				t.Errorf("while somebody is asked again, the row of before still counts")
			}
			w.answerAll(tt.again, id, done)
			w.flowBecomes(f.ID, done)
			var tasks []string
			for task := range w.crowd.tasks {
				tasks = append(tasks, strings.TrimPrefix(task, id))
			}
			slices.Sort(tasks)
			if !slices.Equal(tasks, tt.tasks) {
				t.Errorf("tasks: got %q, want %q", tasks, tt.tasks)
			}
			if got := it.written.Load(); got != tt.written {
				t.Errorf("written %d times, want %d", got, tt.written)
			}
			if got := string(w.instance(id).Result); got != tt.result {
				t.Errorf("result: got %s, want %s", got, tt.result)
			}
			if rows, gone := w.count("reviews"); rows != tt.rows || gone != tt.gone {
				t.Errorf("%d rows and %d withdrawn, want %d and %d", rows, gone, tt.rows, tt.gone)
			}
		})
	}
}

// count says how many rows of a dataset count, and how many were withdrawn.
func (w *world) count(dataset string) (rows, withdrawn int) {
	w.t.Helper()
	err := w.store.EachRow(dataset, "", func(r storage.Row) error {
		if r.Withdrawn {
			withdrawn++
		} else {
			rows++
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows, withdrawn
}

// TestTakingAnAnswerBack has somebody change their mind after the flow is done, also while nobody listens.
func TestTakingAnAnswerBack(t *testing.T) {
	for _, heard := range []bool{true, false} {
		t.Run(fmt.Sprint("heard ", heard), func(t *testing.T) {
			w, it := newWorld(t), &review{}
			w.programs["it"] = script(it.run)
			f := w.start("it", "item")
			id := root(f, 0)
			w.answerAll("yes", id, done)
			w.flowBecomes(f.ID, done)
			task := taskID(id, 1, 1)
			w.dead.Store(!heard)
			w.crowd.undo(task)
			if !heard {
				w.reopen()
			}
			w.becomes(id, waiting)
			w.until("the row is withdrawn", func() bool { rows, _ := w.count("reviews"); return rows == 0 })
			if got := w.crowd.open(); !slices.Equal(got, []string{task}) {
				t.Errorf("open tasks: got %q, want the one whose answer was taken back", got)
			}
			w.answerAll("no", id, done)
			w.flowBecomes(f.ID, done)
			if rows := w.rows("reviews"); len(rows) != 1 || !strings.Contains(rows[0], `"text":"no`) {
				t.Errorf("rows: got %q, want one that says no", rows)
			}
			if w.crowd.puts != 2 {
				t.Errorf("%d tasks, want 2", w.crowd.puts)
			}
		})
	}
}

// TestReopeningAChild holds that what its ancestors made of the result is made again only if that changes.
func TestReopeningAChild(t *testing.T) {
	for _, tt := range []struct {
		again         string
		made          int32
		rows, gone    int
		result, child string
	}{
		{"yes", 1, 2, 0, `"made of [yes yes]"`, "yes"},
		{"no", 2, 2, 1, `"made of [no yes]"`, "no"},
	} {
		t.Run(tt.again, func(t *testing.T) {
			w := newWorld(t)
			var made atomic.Int32
			w.programs["it"] = functions(map[string]func(i *Instance, args Value) (Value, error){
				"leaf": func(i *Instance, args Value) (Value, error) {
					a, err := i.Ask(Ask{Form: choice("Leaf"), Item: about(fmt.Sprint(args))})
					return says(a), err
				},
				"branch": func(i *Instance, args Value) (Value, error) {
					var handles []Handle
					for n := range 2 {
						h, err := i.Spawn("leaf", int64(n))
						if err != nil {
							return nil, err
						}
						handles = append(handles, h)
					}
					list, err := i.Together(handles)
					if err != nil {
						return nil, err
					}
					return i.Do("generate", list, func(context.Context) (Value, []string, error) {
						made.Add(1)
						return fmt.Sprint("made of ", list), nil, nil
					})
				},
				Root: func(i *Instance, args Value) (Value, error) {
					if _, err := i.Record("rows", "before", nil); err != nil {
						return nil, err
					}
					h, err := i.Spawn("branch", nil)
					if err != nil {
						return nil, err
					}
					_, v, err := i.First([]Handle{h})
					if err != nil {
						return nil, err
					}
					_, err = i.Record("rows", v, nil)
					return v, err
				},
			})
			f := w.start("it", "item")
			id := root(f, 0)
			w.answerAll("yes", id, done)
			w.flowBecomes(f.ID, done)
			leaf := storage.ChildID(storage.ChildID(id, 2), 1)
			if err := w.r.Reopen(context.Background(), "me", leaf, 1); err != nil {
				t.Fatal(err)
			}
			if got := w.instance(id); got.Status != waiting || got.Waiting != "first" {
				t.Errorf("the root is %s in %s, want waiting in first", got.Status, got.Waiting)
			}
			w.reopen()
			w.answerAll(tt.again, id, done)
			w.flowBecomes(f.ID, done)
			if got := string(w.instance(id).Result); got != tt.result {
				t.Errorf("result: got %s, want %s", got, tt.result)
			}
			if got := made.Load(); got != tt.made {
				t.Errorf("made %d times, want %d", got, tt.made)
			}
			if rows, gone := w.count("rows"); rows != tt.rows || gone != tt.gone {
				t.Errorf("%d rows and %d withdrawn, want %d and %d", rows, gone, tt.rows, tt.gone)
			}
		})
	}
}

// TestSupersededChildren holds that what was spawned for nothing is cancelled, with its tasks and rows.
func TestSupersededChildren(t *testing.T) {
	w := newWorld(t)
	w.programs["it"] = functions(map[string]func(i *Instance, args Value) (Value, error){
		"part": func(i *Instance, args Value) (Value, error) {
			if _, err := i.Record("parts", args, nil); err != nil {
				return nil, err
			}
			a, err := i.Ask(Ask{Form: choice("Part"), Item: about(fmt.Sprint(args)), People: 2})
			return says(a), err
		},
		Root: func(i *Instance, args Value) (Value, error) {
			a, err := i.Ask(Ask{Form: choice("Which"), Item: about("which")})
			if err != nil {
				return nil, err
			}
			h, err := i.Spawn("part", says(a))
			if err != nil {
				return nil, err
			}
			list, err := i.Together([]Handle{h})
			return list, err
		},
	})
	f := w.start("it", "item")
	id := root(f, 0)
	w.until("the first question", func() bool { return len(w.crowd.open()) == 1 })
	w.crowd.answer(taskID(id, 1, 1), `{"says": "a"}`)
	child := storage.ChildID(id, 2)
	w.until("the part's question", func() bool { return len(w.crowd.open()) == 1 })
	if err := w.r.Reopen(context.Background(), "me", id, 1); err != nil {
		t.Fatal(err)
	}
	w.until("the first question again", func() bool { return len(w.crowd.open()) == 2 })
	if v := w.instance(child); v.Status != waiting {
		t.Errorf("the child is %s before it is known whether it is for nothing", v.Status)
	}
	w.crowd.answer(taskID(id, 1, 2), `{"says": "b"}`)
	w.becomes(child, cancelled)
	again := storage.Again(child, 2)
	w.becomes(again, waiting)
	w.until("the other part's question", func() bool { return slices.Equal(w.crowd.open(), []string{taskID(again, 2, 1)}) })
	if got := w.rows("parts"); !slices.Equal(got, []string{`"b"`}) {
		t.Errorf("rows: got %q, want that of b alone", got)
	}
	if err := w.r.Reopen(context.Background(), "me", child, 1); !errors.Is(err, ErrState) {
		t.Errorf("re-opening what was superseded: got %v, want ErrState", err)
	}
	w.answerAll("x", id, done)
}

// TestDivergence changes the program while instances wait, and has a person decide.
func TestDivergence(t *testing.T) {
	asks := func(titles ...string) programFunc {
		return script(func(i *Instance, _ Value) (Value, error) {
			for _, title := range titles {
				if _, err := i.Ask(Ask{Form: choice(title), Item: about("x")}); err != nil {
					return nil, err
				}
			}
			return "over", nil
		})
	}
	for _, tt := range []struct {
		name  string
		now   programFunc
		call  int
		says  string
		was   string
		tasks int // after the decision
	}{
		{"other arguments", asks("A", "C", "B"), 2, "call 2 is ask with other arguments than on record", "ask", 3},
		{"another primitive", script(func(i *Instance, _ Value) (Value, error) { return i.Random() }), 1, "call 1 was ask and is random now", "ask", 0},
		{"fewer calls", asks("A"), 2, "call 2 was ask and is the end now", "ask", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.programs["it"] = asks("A", "B")
			f := w.start("it", "item")
			id := root(f, 0)
			w.until("a task", func() bool { return len(w.crowd.open()) == 1 })
			w.crowd.answer(taskID(id, 1, 1), `{"says": "yes"}`)
			w.until("a task", func() bool { return len(w.crowd.open()) == 1 })
			w.programs["it"] = tt.now
			w.reopen()
			if v := w.becomes(id, diverged); v.Error != tt.says {
				t.Errorf("got %q, want %q", v.Error, tt.says)
			}
			w.reopen()
			story, err := w.r.Story(id)
			if err != nil {
				t.Fatal(err)
			}
			last := story.Calls[len(story.Calls)-1]
			if last.Status != diverged || last.Was != tt.was || last.Number != tt.call || !strings.Contains(string(last.Recorded), `"title":`) {
				t.Errorf("the story's last call: %+v", last)
			}
			if err := w.r.Retry(context.Background(), "me", id); !errors.Is(err, ErrState) {
				t.Errorf("retry: got %v, want ErrState", err)
			}
			if got := len(w.crowd.open()); got != 1 {
				t.Errorf("%d open tasks while nobody has decided, want 1", got)
			}
			if err := w.r.Reopen(context.Background(), "me", id, tt.call); err != nil {
				t.Fatal(err)
			}
			w.answerAll("yes", id, done)
			open, closed := 0, 0
			for _, task := range w.crowd.tasks {
				if task.closed != "" {
					closed++
				} else {
					open++
				}
			}
			if closed != 1 || open != max(tt.tasks, 1) {
				t.Errorf("%d tasks and %d closed, want %d and the one of before closed", open, closed, max(tt.tasks, 1))
			}
		})
	}
}

func TestReopeningWhatIsNotThere(t *testing.T) {
	w, it := newWorld(t), &review{}
	w.programs["it"] = script(it.run)
	f := w.start("it", "item")
	id := root(f, 0)
	w.answerAll("yes", id, done)
	for _, tt := range []struct {
		id   string
		call int
		want error
	}{{id, 0, ErrInvalid}, {id, 5, ErrInvalid}, {id, -1, ErrInvalid}, {root(f, 1), 1, fs.ErrNotExist}, {"nothing.0000001", 1, fs.ErrNotExist}} {
		if err := w.r.Reopen(context.Background(), "me", tt.id, tt.call); !errors.Is(err, tt.want) {
			t.Errorf("re-open call %d of %s: got %v, want %v", tt.call, tt.id, err, tt.want)
		}
	}
	w.until("the flow is done", func() bool { f, err := w.store.Flow(f.ID); return err == nil && f.Status == done })
}

// TestRowsOfAChildComeBack has a child re-opened, and then its parent: what the child came to again stands, and
// must be among the rows that come back.
func TestRowsOfAChildComeBack(t *testing.T) {
	w := newWorld(t)
	asks := func(i *Instance, title string) error {
		_, err := i.Ask(Ask{Form: choice(title), Item: about("x")})
		return err
	}
	w.programs["it"] = functions(map[string]func(i *Instance, args Value) (Value, error){
		"part": func(i *Instance, _ Value) (Value, error) {
			if err := asks(i, "Before"); err != nil {
				return nil, err
			}
			if _, err := i.Record("rows", "x", nil); err != nil {
				return nil, err
			}
			return nil, asks(i, "After")
		},
		Root: func(i *Instance, _ Value) (Value, error) {
			if err := asks(i, "Root"); err != nil {
				return nil, err
			}
			h, err := i.Spawn("part", nil)
			if err != nil {
				return nil, err
			}
			list, err := i.Together([]Handle{h})
			return list, err
		},
	})
	f := w.start("it", "item")
	id := root(f, 0)
	child := storage.ChildID(id, 2)
	answer := func(task string) {
		t.Helper()
		w.until("task "+task, func() bool { return slices.Contains(w.crowd.open(), task) })
		w.crowd.answer(task, `{"says": "yes"}`)
	}
	rows := func(want int) {
		t.Helper()
		w.until(fmt.Sprint(want, " rows"), func() bool { rows, _ := w.count("rows"); return rows == want })
	}
	answer(taskID(id, 1, 1))
	answer(taskID(child, 1, 1))
	rows(1)
	if err := w.r.Reopen(context.Background(), "me", child, 1); err != nil {
		t.Fatal(err)
	}
	rows(0)
	answer(taskID(child, 1, 2))
	rows(1)
	if err := w.r.Reopen(context.Background(), "me", id, 1); err != nil {
		t.Fatal(err)
	}
	rows(0)
	answer(taskID(id, 1, 2))
	rows(1)
	w.reopen()
	answer(taskID(child, 3, 1))
	w.becomes(id, done)
	rows(1)
}
