package assign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/form"
)

func TestOverlapIsKept(t *testing.T) {
	w := newWorld(t, people("ann", "bob", "cy")...)
	w.put(w.task("F.0:1", func(t *storage.Task) { t.People = 2 }))
	ann := w.pull("ann")
	bob := w.pull("bob")
	w.wantNone("cy", Reason{"taken", 1})
	w.submit(bob)
	w.wantAnswers("F.0:1", false, "bob")
	w.submit(ann)
	w.wantAnswers("F.0:1", true, "bob", "ann")
	w.wantNone("cy", Reason{"none_open", 0})
}

func (w *world) wantNone(person string, want ...Reason) {
	w.t.Helper()
	if none := w.none(person); !slices.Equal(none.Reasons, want) {
		w.t.Errorf("why there is nothing for %s: got %v, want %v", person, none.Reasons, want)
	}
}

func (w *world) wantPull(person, task string) Lease {
	w.t.Helper()
	l := w.pull(person)
	if l.Task != task {
		w.t.Errorf("%s pulls: got %s, want %s", person, l.Task, task)
	}
	return l
}

func (w *world) wantErr(what string, err, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// Whoever walks away holds nobody up: the lease ends by itself, also while nothing runs.
func TestLeasesEnd(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	w.put(w.task("F.0:1"))
	l := w.pull("ann")
	if want := w.clock.Now().Add(leaseTime); !l.Until.Equal(want) {
		t.Errorf("the lease ends at %s, want %s", l.Until, want)
	}
	w.clock.move(leaseTime - 1)
	w.wantNone("bob", Reason{"taken", 1})
	w.clock.move(1)
	w.restart()
	w.wantPull("bob", "F.0:1")
}

// Who comes back goes on where they stood, if nobody else took over.
func TestEndedLeaseIsTakenUpAgain(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	w.put(w.task("F.0:1"))
	l := w.pull("ann")
	_, err := w.Draft(t.Context(), "ann", l.ID, json.RawMessage(`{"says":"half"}`))
	w.must(err)
	w.clock.move(3 * leaseTime)
	again := w.wantPull("ann", "F.0:1")
	if again.ID != l.ID || again.Draft == nil || string(again.Draft.Values) != `{"says":"half"}` {
		t.Errorf("after a long lunch: got lease %s with draft %+v, want %s and the draft", again.ID, again.Draft, l.ID)
	}
	w.clock.move(3 * leaseTime)
	w.pull("bob")
	_, err = w.Touch(t.Context(), "ann", l.ID)
	w.wantErr("a touch when somebody else has it", err, ErrEnded)
	w.wantNone("ann", Reason{"taken", 1})
	w.submit(l)
	_, err = w.store.Draft(l.ID)
	w.wantErr("the draft of what was answered", err, fs.ErrNotExist)
}

func TestTouchExtends(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	w.put(w.task("F.0:1"))
	l := w.pull("ann")
	for range 5 {
		w.clock.move(leaseTime - time.Minute)
		until, err := w.Touch(t.Context(), "ann", l.ID)
		w.must(err)
		if want := w.clock.Now().Add(leaseTime); !until.Equal(want) {
			t.Errorf("touched: until %s, want %s", until, want)
		}
	}
	w.wantNone("bob", Reason{"taken", 1})
}

// A late answer is never dropped. It counts while there is a place for it.
func TestLateAnswers(t *testing.T) {
	w := newWorld(t, people("ann", "bob", "cy")...)
	w.put(w.task("F.0:1"), w.task("F.1:1"))
	first := w.wantPull("ann", "F.0:1")
	w.clock.move(2 * leaseTime)
	if r := w.submit(first); r.Late {
		t.Error("late, and nobody else had come: flagged")
	}
	second := w.wantPull("ann", "F.1:1")
	w.clock.move(2 * leaseTime)
	bob := w.wantPull("bob", "F.1:1")
	if r := w.submit(second); !r.Late || !r.Answer.Late {
		t.Error("late, and somebody else has it: not flagged")
	}
	w.wantAnswers("F.1:1", false)
	w.submit(bob)
	w.wantAnswers("F.1:1", true, "bob")
	all, err := w.store.Answers("F.1:1")
	w.must(err)
	if len(all) != 2 {
		t.Errorf("%d answers are kept, want 2", len(all))
	}
	_, err = w.Undo(t.Context(), "ann", "u")
	w.wantErr("to take a late answer back", err, ErrTooLate)
}

// Two tabs show the same task, and a double click is one answer.
func TestTwoTabs(t *testing.T) {
	w := newWorld(t, people("ann")...)
	w.put(w.task("F.0:1"), w.task("F.1:1"))
	one, two := w.pull("ann"), w.pull("ann")
	if one.ID != two.ID {
		t.Errorf("two tabs have the leases %s and %s", one.ID, two.ID)
	}
	first := w.submit(one)
	again := w.submit(two)
	if first.Repeated || !again.Repeated || again.Answer.ID != first.Answer.ID || string(again.Answer.Values) != string(first.Answer.Values) {
		t.Errorf("submitted twice: got %+v and %+v", first, again)
	}
	_, err := w.Submit(t.Context(), submission(one, "another key"))
	w.wantErr("another answer to the same lease", err, ErrAnswered)
	strange := w.pull("ann")
	_, err = w.Submit(t.Context(), submission(strange, "no text: \xff\xfe"))
	w.must(err)
	w.restart()
	if again, err := w.Submit(t.Context(), submission(strange, "no text: \xff\xfe")); err != nil || !again.Repeated {
		t.Errorf("submitted again with a key that is no text: got %+v, %v", again, err)
	}
	if again := w.submit(two); !again.Repeated || again.Answer.ID != first.Answer.ID {
		t.Errorf("submitted again after a restart: got %+v, want answer %s", again, first.Answer.ID)
	}
}

func TestSkippedTasksGoToOthers(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	w.put(w.task("F.0:1"), w.task("F.1:1"))
	l := w.wantPull("ann", "F.0:1")
	w.must(w.Skip(t.Context(), "ann", l.ID, "I know the author"))
	w.must(w.Skip(t.Context(), "ann", l.ID, "again"))
	_, err := w.Submit(t.Context(), submission(l, "k"))
	w.wantErr("an answer after a skip", err, ErrAnswered)
	w.submit(w.wantPull("ann", "F.1:1"))
	w.wantNone("ann", Reason{"skipped", 1})
	w.wantPull("bob", "F.0:1")
	if s := w.Person("ann"); s.Skipped != 1 || s.Total != 1 {
		t.Errorf("got %+v, want one skipped and one answered", s)
	}
}

func TestForWhom(t *testing.T) {
	w := newWorld(t, people("ann", "bob:readers", "cy:readers,judges")...)
	w.put(
		w.task("F.0:1", func(t *storage.Task) { t.Pool = "judges" }),
		w.task("F.1:1", func(t *storage.Task) { t.Pool = "readers" }),
		w.task("F.2:1", func(t *storage.Task) { t.Person = "bob" }),
	)
	w.wantNone("ann", Reason{"other_pool", 2}, Reason{"other_person", 1})
	w.submit(w.wantPull("bob", "F.1:1"))
	w.wantPull("bob", "F.2:1")
	w.submit(w.wantPull("cy", "F.0:1"))
	w.wantNone("cy", Reason{"other_person", 1})
	w.put(w.task("F.3:1", func(t *storage.Task) { t.Pool = "judges" }))
	w.SetPerson(people("ann:judges")[0])
	w.wantPull("ann", "F.3:1")
	w.SetPerson(storage.Person{ID: "ann", Disabled: true})
	_, err := w.Pull(t.Context(), "ann")
	w.wantErr("somebody who may not work", err, ErrDisabled)
	_, err = w.Pull(t.Context(), "nobody")
	w.wantErr("somebody who is not there", err, ErrUnknown)
}

// Seeing is enough: who skipped an answerer's task may not judge what came of it either.
func TestUnlike(t *testing.T) {
	w := newWorld(t, people("ann", "bob", "cy", "dee")...)
	w.put(w.task("F.0:1", func(t *storage.Task) { t.People = 2 }))
	ann, bob := w.pull("ann"), w.pull("bob")
	w.must(w.Skip(t.Context(), "ann", ann.ID, "no"))
	w.submit(bob)
	w.submit(w.pull("cy"))
	w.put(w.task("F.0:2", func(t *storage.Task) { t.Unlike = []string{"F.0:1", "person:dee"} }))
	for _, p := range []string{"ann", "bob", "cy", "dee"} {
		w.wantNone(p, Reason{"excluded", 1})
	}
	w.restart()
	w.wantNone("ann", Reason{"excluded", 1})
	w.SetPerson(storage.Person{ID: "eve"})
	w.wantPull("eve", "F.0:2")
}

func TestOrder(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	put := func(id string, priority int) {
		w.put(w.task(id, func(t *storage.Task) { t.Priority = priority }))
		w.clock.move(time.Second)
	}
	put("F.9:1", 0)
	put("F.10:1", 0)
	put("F.11:1", 1)
	put("G.0:1", 5)
	put("F.12:1", 0)
	w.must(w.Priority(t.Context(), "bob", "F", 1))
	w.must(w.Pause(t.Context(), "bob", "G", true))
	for _, want := range []string{"F.11:1", "F.9:1", "F.10:1", "F.12:1"} {
		w.submit(w.wantPull("ann", want))
	}
	w.wantNone("ann", Reason{"paused", 1})
	w.restart()
	w.wantNone("ann", Reason{"paused", 1})
	w.must(w.Pause(t.Context(), "bob", "G", false))
	w.submit(w.wantPull("ann", "G.0:1"))
	w.wantErr("a flow that is not there", w.Pause(t.Context(), "bob", "H", true), ErrUnknown)
}

func TestUndo(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	w.put(w.task("F.0:1"), w.task("F.1:1"))
	_, err := w.Undo(t.Context(), "ann", "u0")
	w.wantErr("before the first answer", err, ErrNothing)
	first := w.submit(w.wantPull("ann", "F.0:1"))
	next := w.wantPull("ann", "F.1:1")
	if !next.CanUndo {
		t.Error("the next task does not offer to take the answer back")
	}
	again, err := w.Undo(t.Context(), "ann", "u1")
	w.must(err)
	if again.Task != "F.0:1" || again.Draft == nil || string(again.Draft.Values) != `{"says":"ann"}` {
		t.Errorf("taken back: got %s with draft %+v", again.Task, again.Draft)
	}
	w.wantAnswers("F.0:1", false)
	w.wantNone("bob", Reason{"taken", 2})
	if same, err := w.Undo(t.Context(), "ann", "u1"); err != nil || same.ID != again.ID {
		t.Errorf("the same undo again: got %s, %v, want %s", same.ID, err, again.ID)
	}
	w.restart()
	if same, err := w.Undo(t.Context(), "ann", "u1"); err != nil || same.ID != again.ID || same.Draft == nil {
		t.Errorf("the same undo after a restart: got %s, %v, want %s", same.ID, err, again.ID)
	}
	second := w.submit(w.wantPull("ann", "F.0:1"))
	if second.Answer.Replaces != first.Answer.ID {
		t.Errorf("the new answer replaces %q, want %s", second.Answer.Replaces, first.Answer.ID)
	}
	w.wantAnswers("F.0:1", true, "ann")
	w.wantPull("ann", "F.1:1") // which they had all along
	old, err := w.Answer(first.Answer.ID)
	if w.must(err); !old.Undone || string(old.Answer.Values) != `{"says":"ann"}` {
		t.Errorf("the first answer: got %+v, want it undone and kept", old)
	}
	w.put(w.task("F.0:2"))
	w.pull("bob")
	_, err = w.Undo(t.Context(), "ann", "u2")
	w.wantErr("after others have what came of it", err, ErrTooLate)
}

func TestCancel(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	w.put(w.task("F.0:1"), w.task("F.1:1"))
	l := w.wantPull("ann", "F.0:1")
	w.must(w.Cancel(t.Context(), "the flow was cancelled", "F.0:1", "F.1:1"))
	if r := w.submit(l); !r.Late {
		t.Error("an answer to a closed task is not flagged")
	}
	w.restart()
	w.wantNone("ann", Reason{"none_open", 0})
	w.wantErr("a task that is not there", w.Cancel(t.Context(), "", "F.2:1"), ErrUnknown)
}

func TestWhatIsToldAboutTasks(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	heard := make(chan string, 10)
	w.OnDone(func(task string, answers []storage.Answer) {
		if err := w.Put(w.t.Context(), w.task("F.1:1")); err != nil { // who is called may call
			t.Error(err)
		}
		heard <- fmt.Sprint("done ", task, " ", len(answers))
	})
	w.OnUndone(func(task string) { heard <- "undone " + task })
	available := make(chan bool, 100)
	w.OnAvailable(func() { available <- true })
	want := func(what string) {
		t.Helper()
		if got := <-heard; got != what {
			t.Errorf("heard %q, want %q", got, what)
		}
	}
	w.put(w.task("F.0:1", func(t *storage.Task) { t.People = 2 }))
	<-available
	w.submit(w.pull("ann"))
	w.submit(w.pull("bob"))
	want("done F.0:1 2")
	l, err := w.Undo(t.Context(), "bob", "u")
	w.must(err)
	want("undone F.0:1")
	w.submit(l)
	want("done F.0:1 2")
}

func TestAnswersAreChecked(t *testing.T) {
	w := newWorld(t, people("ann", "bob")...)
	w.put(w.task("F.0:1"))
	l := w.pull("ann")
	for _, tt := range []struct {
		values string
		says   string
	}{
		{`{}`, "says: an answer is needed"},
		{`{"says":"a b c d e f","more":1}`, "says: 6 words; at most 5; more: the form does not ask this"},
		{`{"says":7}`, "says: want a text"},
		{`[]`, "the answer is no JSON object"},
		{`{"says":"a"`, "the answer is no JSON object"},
		{``, "the answer is no JSON object"},
		{`{"says":"` + strings.Repeat("a", maxSaid) + `"}`, "at most"},
	} {
		s := submission(l, "k")
		s.Values = json.RawMessage(tt.values)
		if _, err := w.Submit(t.Context(), s); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%.60s: got %v, want %q", tt.values, err, tt.says)
		}
	}
	s := submission(l, "k")
	s.Person = "bob"
	_, err := w.Submit(t.Context(), s)
	w.wantErr("somebody else's lease", err, ErrForeign)
	for _, id := range []string{"", "x", strings.ToLower(l.ID), "01KJPWD8JG53JP2NW2B65B6SJK"} {
		s := submission(l, "k")
		s.Lease = id
		_, err := w.Submit(t.Context(), s)
		w.wantErr("lease "+id, err, ErrUnknown)
	}
	w.wantAnswers("F.0:1", false)
	w.submit(l)
	w.wantAnswers("F.0:1", true, "ann")
}

func TestActiveTime(t *testing.T) {
	w := newWorld(t, people("ann")...)
	for i, tt := range []struct{ says, want float64 }{{3, 3}, {500, 60}, {-2, 0}} {
		w.put(w.task(fmt.Sprintf("F.%d:1", i)))
		l := w.pull("ann")
		w.clock.move(time.Minute)
		s := submission(l, "k")
		s.Seconds = tt.says
		r, err := w.Submit(t.Context(), s)
		if w.must(err); r.Answer.Seconds != tt.want {
			t.Errorf("%g seconds of a minute: got %g, want %g", tt.says, r.Answer.Seconds, tt.want)
		}
	}
	if got := w.Person("ann"); got != (Stats{Today: 3, Total: 3, LastHour: 3, Median: 3}) {
		t.Errorf("got %+v", got)
	}
	w.clock.move(14*time.Hour + 58*time.Minute) // one minute after midnight
	if got := w.Person("ann"); got != (Stats{Total: 3, Median: 3}) {
		t.Errorf("on the next day: got %+v", got)
	}
}

func TestGoldNeverLeaves(t *testing.T) {
	w := newWorld(t, people("ann")...)
	w.put(w.task("F.0:1", func(t *storage.Task) { t.Gold = json.RawMessage(`{"says":"the secret"}`) }))
	l := w.pull("ann")
	text, err := json.Marshal(l)
	w.must(err)
	if strings.Contains(string(text), "secret") {
		t.Errorf("a lease holds the known answer: %s", text)
	}
}

func TestTasksAreChecked(t *testing.T) {
	w := newWorld(t, people("ann")...)
	for what, change := range map[string]func(*storage.Task){
		"no id":                   func(t *storage.Task) { t.ID = "" },
		"a slash":                 func(t *storage.Task) { t.ID = "F.0/1" },
		"a long id":               func(t *storage.Task) { t.ID = strings.Repeat("F", 600) },
		"no flow":                 func(t *storage.Task) { t.Flow = "" },
		"nobody":                  func(t *storage.Task) { t.People = 0 },
		"an item that is no JSON": func(t *storage.Task) { t.Item = json.RawMessage(`{`) },
		"an item without a text":  func(t *storage.Task) { t.Item = json.RawMessage(`{"title":"a"}`) },
		"a form that is not kept": func(t *storage.Task) { t.Form = "0123" },
	} {
		w.wantErr(what, w.Put(t.Context(), w.task("F.0:1", change)), ErrInvalid)
	}
	_, err := w.PutForm(form.Form{Title: "asks nothing"})
	w.wantErr("a form that asks nothing", err, ErrInvalid)
}

// More than a transaction of the store holds is put in several.
func TestManyAndLargeTasks(t *testing.T) {
	w := newWorld(t, people("ann")...)
	var tasks []storage.Task
	for i := range 1500 {
		tasks = append(tasks, w.task(fmt.Sprintf("F.%d:1", i)))
	}
	for i := range 20 {
		tasks = append(tasks, w.task(fmt.Sprintf("G.%d:1", i), func(t *storage.Task) {
			t.Item = json.RawMessage(`{"text":"` + strings.Repeat("<", 200_000) + `"}`)
		}))
	}
	w.put(tasks...)
	w.put(tasks...)
	if got := w.pull("ann").Waiting; got != len(tasks)-1 {
		t.Errorf("%d tasks wait, want %d", got, len(tasks)-1)
	}
}

func TestCloseRefusesAndCancelledCallersReturn(t *testing.T) {
	w := newWorld(t, people("ann")...)
	w.put(w.task("F.0:1"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Pull(ctx, "ann")
	w.wantErr("a caller who is gone", err, context.Canceled)
	w.must(w.Close())
	_, err = w.Pull(t.Context(), "ann")
	w.wantErr("a closed desk", err, ErrClosed)
	_, _, err = w.Answers("F.0:1")
	w.wantErr("a closed desk", err, ErrClosed)
	w.openDesk()
}

func FuzzSubmit(f *testing.F) {
	for _, values := range []string{`{"says":"yes"}`, `{"says":"yes","why":null}`, `{"says":"\ud800"}`, `{"says":"a","says":"b"}`, `[1]`, ``} {
		f.Add(values, "key", 1.5)
	}
	w := newWorld(f, people("ann")...)
	n := 0
	f.Fuzz(func(t *testing.T, values, key string, seconds float64) {
		n++
		id := fmt.Sprintf("F.%d:1", n)
		if err := w.Put(t.Context(), w.task(id)); err != nil {
			t.Fatal(err)
		}
		l, err := w.Pull(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		s := Submission{Person: "ann", Lease: l.ID, Key: key, Values: json.RawMessage(values), Seconds: seconds}
		if _, err = w.Draft(t.Context(), "ann", l.ID, s.Values); (err == nil) != json.Valid(s.Values) {
			t.Errorf("draft %q: %v", values, err)
		}
		first, err := w.Submit(t.Context(), s)
		if err != nil {
			if err := w.Skip(t.Context(), "ann", l.ID, ""); err != nil {
				t.Fatalf("after %q was refused: %v", values, err)
			}
			return
		}
		again, err := w.Submit(t.Context(), s)
		if err != nil || !again.Repeated || string(again.Answer.Values) != string(first.Answer.Values) {
			t.Errorf("%q: the same again gave %+v, %v, at first %+v", values, again, err, first)
		}
		// What is stored reads as what was taken.
		if got, err := w.asking.Read(form.Item{}, again.Answer.Values); err != nil || got["says"] == "" {
			t.Errorf("%q is stored as %q: %v", values, again.Answer.Values, err)
		}
	})
}
