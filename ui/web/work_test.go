package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/flow"
	"workbench/tasks/people"
)

// begin starts a flow and waits until so many tasks are open to somebody.
func (w *world) begin(t *testing.T, all []flow.Value, tasks int) string {
	t.Helper()
	id, err := w.startFlow(t.Context(), w.idOf(t, w.admin), all)
	must(t, err)
	until(t, "the tasks are there", func() bool {
		n := 0
		for _, c := range w.desk.Counts(id) {
			n += c.Waiting + c.Leased + c.Done
		}
		return n >= tasks
	})
	return id
}

func (w *world) dial(t testing.TB, secret string) *WorkClient {
	t.Helper()
	c, err := DialTLS(t.Context(), w.at.URL, secret, w.tls())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func good(point int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"preference": %d}`, point))
}

// refused wants an error with a code.
func refused(t *testing.T, what string, err error, code string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) || f.Code != code || f.Says == "" {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// TestADaysWork goes through everything that somebody does.
func TestADaysWork(t *testing.T) {
	w := openTLS(t)
	_, secret := w.come(t, "Anna", people.Annotator)
	c, ctx := w.dial(t, secret), t.Context()
	none, err := c.Next(ctx)
	if err != nil || none.None == nil || none.None.Says == "" || len(none.None.Reasons) == 0 {
		t.Fatalf("before there is work: %+v, %v", none, err)
	}
	w.begin(t, items(3, nil), 3)
	_, err = c.Touch(ctx, "01K")
	refused(t, "a lease that is none", err, NotFound) // before whose reply the news may have come
	must(t, c.Wait(ctx))                              // it is told of by itself
	first, err := c.Next(ctx)
	if err != nil || first.Work == nil || first.Work.Form.Title != better.Title || first.Work.Version != better.Version() || first.Work.Waiting != 2 {
		t.Fatalf("the first: %+v, %v", first, err)
	}
	if first.Work.Flow != "A flow <b>of</b> tests" || string(first.Work.Item) != `{"left":"a","prompt":"prompt 0","right":"b"}` {
		t.Errorf("the first is of %q about %s", first.Work.Flow, first.Work.Item)
	}
	lease := first.Work.Lease
	_, err = c.Submit(ctx, lease, "k0", good(10), 3)
	refused(t, "a point that is not on the scale", err, Invalid)
	saved, err := c.Draft(ctx, lease, json.RawMessage(`{"why": "because"}`))
	if err != nil || saved.Saved == nil {
		t.Errorf("a draft: %+v, %v", saved, err)
	}
	must(t, c.Close())
	c = w.dial(t, secret) // another tab, or the same one after a while
	again, err := c.Next(ctx)
	if err != nil || again.Work == nil || again.Work.Lease != lease || string(again.Work.Draft) != `{"why":"because"}` {
		t.Errorf("after coming back: %+v, %v", again.Work, err)
	}
	w.clock.pass(10 * time.Second) // nobody works on a task for longer than they have it
	if touched, err := c.Touch(ctx, lease); err != nil || touched.Deadline == nil {
		t.Errorf("touched: %+v, %v", touched, err)
	}
	done, err := c.Submit(ctx, lease, "k1", good(3), 3)
	if err != nil || done.Answer == "" || done.Work == nil || done.Work.Lease == lease || done.Me == nil || done.Me.Today != 1 || done.Me.Total != 1 {
		t.Fatalf("an answer: %+v, %v", done, err)
	}
	twice, err := c.Submit(ctx, lease, "k1", good(3), 3)
	if err != nil || twice.Answer != done.Answer {
		t.Errorf("the same again: %+v, %v", twice, err)
	}
	_, err = c.Submit(ctx, lease, "k2", good(4), 3)
	refused(t, "another answer to the same", err, Conflict)
	skipped, err := c.Skip(ctx, done.Work.Lease, "I know who wrote this")
	if err != nil || skipped.Work == nil || skipped.Work.Task == done.Work.Task {
		t.Fatalf("skipped: %+v, %v", skipped, err)
	}
	w.clock.pass(10 * time.Second)
	last, err := c.Submit(ctx, skipped.Work.Lease, "k3", good(9), 3)
	if err != nil || last.None == nil || last.None.Reasons[0].Code != "skipped" || !last.None.CanUndo {
		t.Fatalf("the last: %+v, %v", last.None, err)
	}
	undone, err := c.Undo(ctx, "k4")
	if err != nil || undone.Work == nil || undone.Work.Task != skipped.Work.Task || string(undone.Work.Draft) != `{"preference":9}` || undone.Me.Total != 1 {
		t.Errorf("taken back: %+v, %v", undone.Work, err)
	}
	w.clock.pass(10 * time.Second)
	if _, err := c.Submit(ctx, undone.Work.Lease, "k5", good(1), 3); err != nil {
		t.Errorf("given anew: %v", err)
	}
	past := get[[]Past](t, w, secret, "/api/me/history")
	if len(past) != 3 || string(past[0].Values) != `{"preference":1}` || !past[1].Undone || past[2].Answer != done.Answer {
		t.Errorf("the history: %+v", past)
	}
	if me := get[Me](t, w, secret, "/api/me"); me.Total != 2 || me.Median != 3 {
		t.Errorf("at the end of the day: %+v", me)
	}
}

// TestOtherPeoplesWork tries every message with a task of somebody else, and with one that is not there.
func TestOtherPeoplesWork(t *testing.T) {
	w := open(t)
	w.begin(t, items(2, nil), 2)
	_, anna := w.come(t, "Anna", people.Annotator)
	hers, err := w.dial(t, anna).Next(t.Context())
	must(t, err)
	ctx, lease := t.Context(), hers.Work.Lease
	tried := map[string]bool{"next": true, "undo": true} // these name no task
	for _, c := range []struct {
		who  string
		role people.Role
	}{{"Ben", people.Annotator}, {"Rosa", people.Researcher}, {"Ada", people.Admin}} {
		_, secret := w.come(t, c.who, c.role)
		client := w.dial(t, secret)
		said := map[string]map[string]string{}
		for what, lease := range map[string]string{"of somebody else": lease, "that is not there": "01MFEEKCG0FPEMYCBXXF7TDQY8", "of no shape": "'; drop", "empty": ""} {
			for op, ask := range map[string]func() (Reply, error){
				"submit": func() (Reply, error) { return client.Submit(ctx, lease, "k", good(1), 1) },
				"draft":  func() (Reply, error) { return client.Draft(ctx, lease, json.RawMessage(`{"why": "x"}`)) },
				"skip":   func() (Reply, error) { return client.Skip(ctx, lease, "x") },
				"touch":  func() (Reply, error) { return client.Touch(ctx, lease) },
			} {
				tried[op] = true
				_, err := ask()
				refused(t, fmt.Sprintf("%s by %s of a task %s", op, c.who, what), err, NotFound)
				if said[op] == nil {
					said[op] = map[string]string{}
				}
				said[op][fmt.Sprint(err)] = what
			}
		}
		for op, words := range said {
			if len(words) != 1 {
				t.Errorf("%s by %s tells tasks of others from those that are not there: %v", op, c.who, words)
			}
		}
		if _, err := client.Undo(ctx, "k"); err == nil {
			t.Errorf("%s took back an answer", c.who)
		}
	}
	for op := range ops {
		if !tried[op] {
			t.Errorf("the message %q was not tried", op)
		}
	}
	again, err := w.dial(t, anna).Next(ctx)
	if err != nil || again.Work.Lease != lease || again.Work.Draft != nil {
		t.Errorf("Anna's task afterwards: %+v, %v", again.Work, err)
	}
}

// TestWorkersWhoseConnectionsBreak lets several people work whose connections break at random, with answers
// on the way. What was acknowledged is stored, once.
func TestWorkersWhoseConnectionsBreak(t *testing.T) {
	const workers, tasks, overlap = 6, 40, 2
	w := openTLS(t)
	flowID := w.begin(t, items(tasks, map[string]any{"people": int64(overlap)}), tasks*overlap)
	var all sync.WaitGroup
	acknowledged := make([]map[string]string, workers) // answer by task
	for i := range workers {
		p, secret := w.come(t, fmt.Sprintf("Worker %d", i), people.Annotator)
		all.Go(func() {
			worker := &worker{t: t, w: w, secret: secret, id: p.ID, chance: rand.New(rand.NewPCG(1, uint64(i)))}
			acknowledged[i] = worker.work()
		})
	}
	all.Wait()
	stored := map[string]int{}
	must(t, w.store.EachAnswer(flowID, func(a storage.Answer) error {
		stored[a.ID]++
		if n := stored[a.Task]; n >= overlap {
			t.Errorf("task %s has more than %d answers", a.Task, overlap)
		}
		stored[a.Task]++
		return nil
	}))
	n := 0
	for _, answers := range acknowledged {
		for _, id := range answers {
			if stored[id] != 1 {
				t.Errorf("answer %s was acknowledged, and is stored %d times", id, stored[id])
			}
			n++
		}
	}
	if n != tasks*overlap {
		t.Errorf("%d answers were acknowledged, want %d", n, tasks*overlap)
	}
	until(t, "the flow is done", func() bool {
		f, err := w.store.Flow(flowID)
		return err == nil && f.Status == "done"
	})
}

// worker answers until there is nothing left, over connections that break.
type worker struct {
	t          *testing.T
	w          *world
	secret, id string
	chance     *rand.Rand
	c          *WorkClient
}

func (k *worker) dial() bool {
	if k.c == nil {
		c, err := DialTLS(k.t.Context(), k.w.at.URL, k.secret, k.w.tls())
		if err != nil {
			k.t.Errorf("dial: %v", err)
			return false
		}
		k.c = c
	}
	return true
}

// work returns the answers that were acknowledged, by task.
func (k *worker) work() map[string]string {
	got := map[string]string{}
	for k.dial() {
		if k.chance.IntN(10) == 0 {
			k.lose()
			continue
		}
		next, err := k.c.Next(k.t.Context())
		if err != nil {
			k.t.Errorf("next: %v", err)
			break
		}
		if next.Work == nil {
			if next.None.Reasons[0].Code == "taken" { // somebody else has it, and may lose it
				time.Sleep(time.Millisecond)
				continue
			}
			break
		}
		got[next.Work.Task] = k.answer(next.Work)
	}
	if k.c != nil {
		k.lose()
	}
	return got
}

func (k *worker) lose() {
	_ = k.c.Close()
	k.c = nil
}

// answer submits until it is acknowledged, each time with the same key.
func (k *worker) answer(work *Work) string {
	ask := Ask{ID: 1, Op: "submit", Lease: work.Lease, Key: "key of " + work.Lease, Values: good(1 + k.chance.IntN(9)), Seconds: 1}
	for {
		if !k.dial() {
			return ""
		}
		if k.chance.IntN(4) == 0 { // sent, and the connection breaks before the reply
			if err := k.c.ws.WriteJSON(ask); err != nil {
				k.t.Errorf("submit: %v", err)
			}
			k.lose()
			continue
		}
		reply, err := k.c.Submit(k.t.Context(), ask.Lease, ask.Key, ask.Values, 1)
		if err != nil {
			k.t.Errorf("submit: %v", err)
			return ""
		}
		if k.chance.IntN(4) == 0 { // a double click
			twice, err := k.c.Submit(k.t.Context(), ask.Lease, ask.Key, ask.Values, 1)
			if err != nil || twice.Answer != reply.Answer {
				k.t.Errorf("twice: %s and %s, %v", reply.Answer, twice.Answer, err)
			}
		}
		return reply.Answer
	}
}

func TestWordsForNoWork(t *testing.T) {
	for code := range reasons {
		for _, n := range []int{1, 7} {
			if says := sayReason(assign.Reason{Code: code, Tasks: n}); strings.Contains(says, "%") || n > 1 && code != "none_open" && !strings.Contains(says, "7") {
				t.Errorf("%d of %s: %q", n, code, says)
			}
		}
	}
}
