package web

import (
	"strings"
	"testing"

	"workbench/engine/runs"
	"workbench/tasks/people"
)

func TestNewsAreOfWhatHasChanged(t *testing.T) {
	w := open(t)
	ws := w.socket(t, "/ws/live", w.admin)
	w.write(t, ws, Watch{Op: "watch", Topic: "people"})
	if n := read[News](t, ws); n.Topic != "people" || len(n.People) != 1 || !n.People[0].Online {
		t.Errorf("at first: %+v", n)
	}
	w.come(t, "Anna", people.Annotator)
	for {
		n := read[News](t, ws)
		if len(n.People) == 2 && n.People[1].Name == "Anna" {
			break
		}
	}
	// Somebody else who begins now is told at once, though nothing is new to the others.
	other := w.socket(t, "/ws/live", w.admin)
	w.write(t, other, Watch{Op: "watch", Topic: "people"})
	if n := read[News](t, other); len(n.People) != 2 {
		t.Errorf("the second: %+v", n)
	}
	w.write(t, ws, Watch{Op: "unwatch", Topic: "people"})
	w.write(t, ws, Watch{Op: "watch", Topic: "device"})
	for { // what was on its way may still come
		if n := read[News](t, ws); n.Topic == "device" {
			break
		}
	}
	w.come(t, "Ben", people.Annotator)
	for {
		if n := read[News](t, other); len(n.People) == 3 {
			break
		}
	}
	w.write(t, ws, Watch{Op: "watch", Topic: "data"})
	if n := read[News](t, ws); n.Topic != "data" || len(n.Data) != 1 {
		t.Errorf("after the end of a topic came %+v", n)
	}
	must(t, ws.Close())
	must(t, other.Close())
	until(t, "nobody watches any more", func() bool { return !w.hub.anybody() })
}

func TestCurvesGoOnWhereTheyWere(t *testing.T) {
	w := open(t)
	r, err := w.book.Start(runs.Run{Name: "r", Script: runs.Script{Name: "first"}})
	must(t, err)
	must(t, r.Log(0, map[string]float64{"loss": 3}))
	must(t, r.Log(1, map[string]float64{"loss": 2}))
	ws := w.socket(t, "/ws/live", w.admin)
	w.write(t, ws, Watch{Op: "watch", Topic: "run/" + r.ID()})
	n := read[News](t, ws)
	if n.Run == nil || n.Run.Name != "r" || len(n.Metrics) != 1 || len(n.Metrics[0].Steps) != 2 {
		t.Fatalf("at first: %+v", n)
	}
	must(t, r.Log(2, map[string]float64{"loss": 1, "kl": 0}))
	curve := map[int]float64{}
	for len(curve) < 1 || curve[2] != 1 {
		n := read[News](t, ws)
		for _, m := range n.Metrics {
			for i, step := range m.Steps {
				if step == 0 {
					t.Errorf("step 0 was told again: %+v", n.Metrics)
				}
				if m.Name == "loss" {
					curve[step] = *m.Values[i]
				}
			}
		}
	}
	from := w.socket(t, "/ws/live", w.admin)
	w.write(t, from, Watch{Op: "watch", Topic: "run/" + r.ID(), From: 1})
	if n := read[News](t, from); len(n.Metrics) != 2 || n.Metrics[1].Steps[0] != 1 {
		t.Errorf("from step 1: %+v", n.Metrics)
	}
}

func TestTopicsThatThereAreNot(t *testing.T) {
	w := open(t)
	ws := w.socket(t, "/ws/live", w.admin)
	for topic, want := range map[string]string{
		"nothing": NotFound, "": NotFound, "flow": NotFound, "flow/": NotFound, "flows/01K": NotFound, "people/": NotFound,
		"flow/01K": NotFound, "run/01K": NotFound, "instance/01K": NotFound, "run/" + strings.Repeat("x", 5000): NotFound,
	} {
		w.write(t, ws, Watch{Op: "watch", Topic: topic})
		if n := read[News](t, ws); n.Topic != topic || n.Error == nil || n.Error.Code != want {
			t.Errorf("%.20q: got %+v", topic, n)
		}
	}
	w.write(t, ws, Watch{Op: "shout", Topic: "people"})
	if n := read[News](t, ws); n.Error == nil || n.Error.Code != Invalid {
		t.Errorf("shouting: got %+v", n)
	}
}

func TestAConnectionWatchesSoManyTopics(t *testing.T) {
	w := open(t)
	ws := w.socket(t, "/ws/live", w.admin)
	for i := range mostTopics + 1 {
		w.write(t, ws, Watch{Op: "watch", Topic: "run/" + strings.Repeat("x", i+1)})
	}
	told := map[string]string{}
	for len(told) < mostTopics+1 {
		n := read[News](t, ws)
		told[n.Topic] = n.Error.Code
	}
	if got := told["run/"+strings.Repeat("x", mostTopics+1)]; got != TooMany {
		t.Errorf("one too many: got %s", got)
	}
}
