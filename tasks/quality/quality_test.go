package quality

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/form"
)

var asked = form.Form{
	Title: "x",
	Ask: []form.Field{
		{Name: "best", Kind: "choice", Options: []string{"a", "b"}, Optional: true},
		{Name: "flaws", Kind: "choice", Options: []string{"p", "q"}, Several: true, Optional: true},
		{Name: "nine", Kind: "scale", Points: 9, Optional: true},
		{Name: "four", Kind: "scale", Points: 4, Optional: true},
		{Name: "why", Kind: "longtext", Optional: true},
	},
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		x, y     string
		same, of int
	}{
		{`{"best": "a"}`, `{"best": "a"}`, 1, 1},
		{`{"best": "a"}`, `{"best": "b"}`, 0, 1},
		{`{"best": "a"}`, `{}`, 0, 0},
		{`{"best": "a"}`, `{"best": null}`, 0, 0},
		{`{"flaws": ["p", "q"]}`, `{"flaws": ["q", "p"]}`, 1, 1},
		{`{"flaws": ["p", "q"]}`, `{"flaws": ["q"]}`, 0, 1},
		{`{"nine": 1}`, `{"nine": 4}`, 1, 1},
		{`{"nine": 4}`, `{"nine": 5}`, 0, 1},
		{`{"nine": 5}`, `{"nine": 5}`, 1, 1},
		{`{"nine": 4}`, `{"nine": 6}`, 0, 1},
		{`{"four": 1}`, `{"four": 2}`, 1, 1},
		{`{"four": 2}`, `{"four": 3}`, 0, 1},
		{`{"why": "so"}`, `{"why": "so"}`, 0, 0},
		{`{"best": "a", "nine": 9, "four": 1}`, `{"best": "a", "nine": 1, "four": 2}`, 2, 3},
	} {
		for _, swap := range []bool{false, true} {
			x, y := c.x, c.y
			if swap {
				x, y = y, x
			}
			same, of, err := Compare(asked, json.RawMessage(x), json.RawMessage(y))
			if err != nil || same != c.same || of != c.of {
				t.Errorf("%s and %s: got %d of %d, %v, want %d of %d", x, y, same, of, err, c.same, c.of)
			}
		}
	}
	if _, _, err := Compare(asked, json.RawMessage(`{"nine": "x"}`), json.RawMessage(`{"nine": 1}`)); err == nil {
		t.Error("an answer that is none: got no error")
	}
}

// desk gives out answers by task.
type desk map[string][]storage.Answer

func (d desk) Answers(task string) ([]storage.Answer, bool, error) { return d[task], true, nil }

func TestTracker(t *testing.T) {
	store, err := storage.Open(t.TempDir(), storage.Options{})
	must(t, err)
	defer func() { must(t, store.Close()) }()
	d := desk{}
	tracker := NewTracker(store, d, func(digest string) (form.Form, error) {
		if digest != "digest" {
			return form.Form{}, errors.New("there is no such form")
		}
		return asked, nil
	})
	act := func(kind, task, person, best string) {
		if kind == "answered" {
			values := json.RawMessage(fmt.Sprintf(`{"best": %q}`, best))
			d[task] = append(d[task], storage.Answer{Task: task, Person: person, Form: "digest", Values: values})
		} else {
			d[task] = d[task][:len(d[task])-1]
		}
		b := &storage.Batch{}
		b.Append(storage.Event{Time: time.Unix(0, 0), Kind: kind, Actor: person, Object: task})
		must(t, store.Commit(b))
	}
	refresh := func() (rounds int) {
		for {
			more, err := tracker.Refresh(3)
			must(t, err)
			rounds++
			if !more {
				return rounds
			}
		}
	}
	want := func(person string, share float64, n int) {
		t.Helper()
		got, ok := tracker.Agreement(person)
		if ok != (n > 0) || n > 0 && (math.Abs(got.Value-share) > 1e-12 || got.N != n) {
			t.Errorf("%s: got %g of %d, want %g of %d", person, got.Value, got.N, share, n)
		}
	}
	for i := range 10 { // Anna and Ben agree on 8 of 10, and Cleo is alone
		task := fmt.Sprint("both", i)
		act("answered", task, "Anna", "a")
		act("answered", task, "Ben", map[bool]string{true: "a", false: "b"}[i < 8])
		act("answered", fmt.Sprint("alone", i), "Cleo", "a")
	}
	if rounds := refresh(); rounds != 10 {
		t.Errorf("30 entries by 3 took %d rounds, want 10", rounds)
	}
	want("Anna", 0.8, 10)
	want("Ben", 0.8, 10)
	want("Cleo", 0, 0)
	// Wilson's interval for 8 of 10 is 0.4902 to 0.9433 with 1.96 in the place of Student's t; t is wider.
	if got, _ := tracker.Agreement("Anna"); got.Low > 0.4902 || got.Low < 0.4 || got.High < 0.9433 || got.High > 0.97 {
		t.Errorf("the interval is %g to %g", got.Low, got.High)
	}
	act("answered", "both0", "Cleo", "b")
	refresh()
	want("Anna", 8.0/11, 11)
	want("Cleo", 0, 2)
	act("undone", "both0", "Cleo", "")
	refresh()
	want("Anna", 0.8, 10)
	want("Cleo", 0, 0)
	if more, err := tracker.Refresh(3); more || err != nil {
		t.Errorf("nothing is new: got %v, %v", more, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
