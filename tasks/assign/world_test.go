package assign

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/form"
)

// clock is a time that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

var errFault = errors.New("the disk is gone")

// world is a desk on a real store, with a clock, faults and restarts.
type world struct {
	*Desk
	t      testing.TB
	dir    string
	store  *storage.Store
	clock  *clock
	faults atomic.Pointer[func() bool] // whether the next commit fails; the desk commits by itself now and then
	form   string
	asking form.Form
}

const leaseTime = 30 * time.Minute

// newWorld opens a desk on an empty store with people in it.
func newWorld(t testing.TB, people ...storage.Person) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), clock: newClock()}
	w.failWhen(func() bool { return false })
	w.openStore()
	b := &storage.Batch{}
	for _, p := range people {
		b.PutPerson(p)
	}
	w.must(w.store.Commit(b))
	w.openDesk()
	w.asking = form.Form{
		Title: "Judge", Show: []form.Part{{Kind: "text", Fields: []string{"text"}}},
		Ask: []form.Field{{Name: "says", Kind: "longtext", MaxWords: 5}, {Name: "why", Kind: "longtext", Optional: true}},
	}
	version, err := w.PutForm(w.asking)
	w.must(err)
	w.form = version
	t.Cleanup(func() {
		w.must(w.Close())
		w.must(w.store.Close())
	})
	return w
}

func (w *world) openStore() {
	w.t.Helper()
	store, err := storage.Open(w.dir, storage.Options{})
	w.must(err)
	w.store = store
}

func (w *world) openDesk() {
	w.t.Helper()
	desk, err := open(w.store, Options{Lease: leaseTime, Now: w.clock.Now, Gather: -1}, func(b *storage.Batch) error {
		if (*w.faults.Load())() {
			return errFault
		}
		return w.store.Commit(b)
	})
	w.must(err)
	w.Desk = desk
}

// failWhen has commits fail for which fault is true.
func (w *world) failWhen(fault func() bool) { w.faults.Store(&fault) }

// restart closes desk and store and opens them again.
func (w *world) restart() {
	w.t.Helper()
	w.must(w.Close())
	w.must(w.store.Close())
	w.openStore()
	w.openDesk()
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// people makes annotators with these names as ids; "a:x,y" is in the pools x and y.
func people(names ...string) (all []storage.Person) {
	for _, name := range names {
		id, pools, _ := strings.Cut(name, ":")
		p := storage.Person{ID: id, Name: id, Role: "annotator"}
		if pools != "" {
			p.Pools = strings.Split(pools, ",")
		}
		all = append(all, p)
	}
	return all
}

// task makes a task that wants one answer, changed by how.
func (w *world) task(id string, how ...func(*storage.Task)) storage.Task {
	instance, _, _ := strings.Cut(id, ":")
	flow, _, _ := strings.Cut(instance, ".")
	t := storage.Task{
		ID: id, Flow: flow, Instance: instance, Step: "Judge", Form: w.form, People: 1,
		Item: json.RawMessage(fmt.Sprintf(`{"text":"about %s"}`, id)), Created: w.clock.Now(),
	}
	for _, change := range how {
		change(&t)
	}
	return t
}

func (w *world) put(tasks ...storage.Task) {
	w.t.Helper()
	w.must(w.Put(w.t.Context(), tasks...))
}

// pull wants a task.
func (w *world) pull(person string) Lease {
	w.t.Helper()
	l, err := w.Pull(w.t.Context(), person)
	if err != nil {
		w.t.Fatalf("%s pulls: %v", person, err)
	}
	return l
}

// none wants the reasons why there is no task.
func (w *world) none(person string) *NoTask {
	w.t.Helper()
	l, err := w.Pull(w.t.Context(), person)
	var none *NoTask
	if !errors.As(err, &none) {
		w.t.Fatalf("%s pulls: got %s and %v, want reasons for nothing", person, l.Task, err)
	}
	return none
}

func submission(l Lease, key string) Submission {
	return Submission{Person: l.Person, Lease: l.ID, Key: key, Values: json.RawMessage(`{"says":"` + l.Person + `"}`), Seconds: 3}
}

func (w *world) submit(l Lease) Receipt {
	w.t.Helper()
	r, err := w.Submit(w.t.Context(), submission(l, l.ID))
	if err != nil {
		w.t.Fatalf("%s submits %s: %v", l.Person, l.Task, err)
	}
	return r
}

// answerers are the people whose answers to a task count.
func (w *world) answerers(task string) (people []string, done bool) {
	w.t.Helper()
	answers, done, err := w.Answers(task)
	w.must(err)
	for _, a := range answers {
		people = append(people, a.Person)
	}
	return people, done
}

func (w *world) wantAnswers(task string, done bool, want ...string) {
	w.t.Helper()
	if got, is := w.answerers(task); !slices.Equal(got, want) || is != done {
		w.t.Errorf("answers to %s: got %v, done %v, want %v, done %v", task, got, is, want, done)
	}
}

// dump writes an index as text: two with the same text decide alike.
func (w *world) dump() string {
	var text string
	if !w.look(func(ix *index, _ time.Time) { text = ix.dump() }) {
		w.t.Fatal("the desk is closed")
	}
	return text
}
