package web

import (
	"fmt"
	"strings"
	"testing"

	"workbench/storage"
	"workbench/tasks/people"
)

// TestAStoryIsTold follows one instance through a lease, two answers, one of them taken back and given anew,
// and a re-opening.
func TestAStoryIsTold(t *testing.T) {
	w := open(t)
	flowID := w.begin(t, items(1, map[string]any{"people": int64(2)}), 2)
	instance := storage.InstanceID(flowID, 0)
	read := func() Story { return get[Story](t, w, w.admin, "/api/instances/"+instance) }
	waiting := func(s Story, words string, leased int) {
		t.Helper()
		if s.Status != "waiting" || s.Waiting != words || len(s.Calls) != 1 || len(s.Calls[0].Leased) != leased {
			t.Errorf("%s, waiting %s, want %s; calls %+v", s.Status, s.Waiting, words, s.Calls)
		}
	}
	waiting(read(), `for 2 answers to "Which is better?"`, 0)
	_, anna := w.come(t, "Anna", people.Annotator)
	_, ben := w.come(t, "Ben", people.Annotator)
	a, b := w.dial(t, anna), w.dial(t, ben)
	next, err := a.Next(t.Context())
	must(t, err)
	waiting(read(), `for 2 answers to "Which is better?"`, 1)
	if row := w.row(t, "Anna"); row.Working != better.Title || !row.Online || row.LastSeen == nil {
		t.Errorf("Anna at work: %+v", row)
	}
	_, err = a.Submit(t.Context(), next.Work.Lease, "k", good(2), 1)
	must(t, err)
	next, err = a.Undo(t.Context(), "u")
	must(t, err)
	_, err = a.Submit(t.Context(), next.Work.Lease, "k2", good(3), 1)
	must(t, err)
	waiting(read(), `for one answer to "Which is better?"`, 0)
	next, err = b.Next(t.Context())
	must(t, err)
	_, err = b.Submit(t.Context(), next.Work.Lease, "k", good(9), 1)
	must(t, err)
	until(t, "it is done", func() bool { return read().Status == "done" })

	s := read()
	if len(s.Calls) != 2 || s.Calls[0].Primitive != "ask" || s.Calls[1].Primitive != "record" || fmt.Sprint(s.Result) != "[3 9]" {
		t.Fatalf("the calls are %+v with %v", s.Calls, s.Result)
	}
	ask := s.Calls[0]
	if ask.Form == nil || ask.Form.Title != better.Title || ask.Wanted != 2 || ask.Ended == nil || len(ask.Answers) != 3 {
		t.Fatalf("the question is %+v", ask)
	}
	for i, want := range []string{"Anna {\"preference\":2} true", "Anna {\"preference\":3} false", "Ben {\"preference\":9} false"} {
		if got := fmt.Sprintf("%s %s %v", ask.Answers[i].Person, ask.Answers[i].Values, ask.Answers[i].Undone); got != want {
			t.Errorf("answer %d: got %s, want %s", i, got, want)
		}
		detail := get[AnswerDetail](t, w, w.admin, "/api/answers/"+ask.Answers[i].ID)
		if detail.Person != ask.Answers[i].Person || detail.Instance != instance || detail.Undone != ask.Answers[i].Undone || !strings.Contains(string(detail.Item), "HIDDEN") {
			t.Errorf("its page: %+v", detail)
		}
	}
	if row := w.row(t, "Ben"); row.Agreement == nil || row.Agreement.Share != 0 || row.Agreement.N != 1 || row.Agreement.High != 1 || row.Total != 1 {
		t.Errorf("Ben, who disagrees with Anna: %+v", row)
	}

	again := decode[Story](t, w.call(t, w.admin, "POST", "/api/instances/"+instance+"/reopen", `{"call": 1}`))
	if again.Status == "done" {
		t.Errorf("re-opened it is %s", again.Status)
	}
	until(t, "it asks again", func() bool { s = read(); return s.Status == "waiting" })
	dropped := 0
	for _, c := range s.Calls {
		if c.Status == "dropped" {
			dropped++
		}
	}
	if dropped == 0 || s.Waiting != `for 2 answers to "Which is better?"` {
		t.Errorf("re-opened it waits %s with %+v", s.Waiting, s.Calls)
	}
	list := get[EventList](t, w, w.admin, "/api/events?limit=2")
	if len(list.Events) != 2 || list.Next != 3 || list.Events[0].Kind != "joined" || list.Events[0].Actor != "admin" {
		t.Errorf("the log: %+v", list)
	}
}

func TestAStoryOfFailure(t *testing.T) {
	w := open(t)
	flowID, err := w.startFlow(t.Context(), w.idOf(t, w.admin), items(1, map[string]any{"fails": true}))
	must(t, err)
	var s Story
	until(t, "it is parked", func() bool {
		got := w.call(t, w.admin, "GET", "/api/instances/"+storage.InstanceID(flowID, 0), "")
		if got.StatusCode != 200 {
			return false // it is not begun yet
		}
		s = decode[Story](t, got)
		return s.Status == "parked"
	})
	if !strings.Contains(s.Error, "the model is not there") || len(s.Calls) != 1 || s.Calls[0].Status != "failed" {
		t.Errorf("it says %q, with %+v", s.Error, s.Calls)
	}
}

func (w *world) row(t *testing.T, name string) PersonRow {
	t.Helper()
	for _, row := range get[[]PersonRow](t, w, w.admin, "/api/people") {
		if row.Name == name {
			return row
		}
	}
	t.Fatalf("nobody is called %s", name)
	return PersonRow{}
}
