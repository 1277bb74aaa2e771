package runs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/storage/storagetest"
)

// Badger satisfies the interface without knowing it.
var _ runs.Store = (*storage.Store)(nil)

func TestMemoryConformance(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storagetest.Store { return &runs.Memory{} })
}

// eachStore runs a test on a book in memory and on one on disk.
func eachStore(t *testing.T, test func(*testing.T, *runs.Book)) {
	t.Run("in memory", func(t *testing.T) { test(t, runs.NewBook(&runs.Memory{}, clock())) })
	t.Run("on disk", func(t *testing.T) {
		store, err := storage.Open(t.TempDir(), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, runs.NewBook(store, clock()))
	})
}

// clock goes on by a second with each look.
func clock() func() time.Time {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func TestARunIsReadBackAsItWas(t *testing.T) {
	eachStore(t, func(t *testing.T, book *runs.Book) {
		run := runs.Run{
			Name:   "first",
			Script: runs.Script{Name: "reward", SHA256: "ab", Text: "def run(): pass"},
			Params: map[string]any{
				"lr": 1.0, "steps": int64(30), "on": []any{"q", int64(1), 2.0, nil, true},
				"nested": map[string]any{"x": math.Inf(1)},
			},
			Seed:     -7,
			Versions: runs.Versions{Binary: "0.1", Runtime: "1.30"},
			Device:   "cpu",
			Inputs:   []runs.Digest{{Kind: "dataset", Name: "pairs", SHA256: "cd", Records: 11}},
		}
		recorder := start(t, book, run)
		must(t, recorder.Cite(runs.Digest{Kind: "model", Name: "embedded", SHA256: "ef"}))
		must(t, recorder.Cite(runs.Digest{Kind: "model", Name: "embedded", SHA256: "ef"}))
		must(t, recorder.Finish(map[string]any{"accuracy": 0.5, "pairs": int64(3)}, nil))
		got, err := book.Run(recorder.ID())
		must(t, err)
		want := recorder.Run()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %#v\nwant %#v", got, want)
		}
		if len(got.Inputs) != 2 || got.Status != runs.Done || !got.Ended.After(got.Started) {
			t.Errorf("inputs %v, status %s, from %v to %v", got.Inputs, got.Status, got.Started, got.Ended)
		}
		if !reflect.DeepEqual(got.Params, run.Params) {
			t.Errorf("params: got %#v, want %#v", got.Params, run.Params)
		}
	})
}

func TestHowARunEnds(t *testing.T) {
	for _, test := range []struct {
		err  error
		want runs.Status
	}{
		{nil, runs.Done},
		{errors.New("loss is NaN"), runs.Failed},
		{fmt.Errorf("step 3: %w", context.Canceled), runs.Stopped},
	} {
		book := runs.NewBook(&runs.Memory{}, nil)
		recorder := start(t, book, runs.Run{Name: "r"})
		must(t, recorder.Finish(nil, test.err))
		got, err := book.Run(recorder.ID())
		must(t, err)
		if got.Status != test.want || (test.err != nil && got.Error != test.err.Error()) {
			t.Errorf("ended with %v: got %s (%s), want %s", test.err, got.Status, got.Error, test.want)
		}
	}
}

func TestReclaimAndResume(t *testing.T) {
	eachStore(t, func(t *testing.T, book *runs.Book) {
		dead, done := start(t, book, runs.Run{Name: "dead"}), start(t, book, runs.Run{Name: "done"})
		must(t, done.Finish("fine", nil))
		stale, err := book.Reclaim()
		must(t, err)
		if len(stale) != 1 || stale[0].ID != dead.ID() {
			t.Errorf("reclaimed %v, want the one that was running", stale)
		}
		if got, err := book.Run(dead.ID()); err != nil || got.Status != runs.Stopped {
			t.Errorf("after Reclaim: got %s, %v, want stopped", got.Status, err)
		}
		again, err := book.Resume(dead.ID())
		must(t, err)
		if got := again.Run(); got.Status != runs.Running || got.Resumed != 1 || got.Error != "" {
			t.Errorf("after Resume: got %s, resumed %d times, error %q", got.Status, got.Resumed, got.Error)
		}
		if _, err := book.Resume(done.ID()); err == nil {
			t.Error("resuming a run that is done: got no error")
		}
	})
}

func TestFind(t *testing.T) {
	eachStore(t, func(t *testing.T, book *runs.Book) {
		if _, err := book.Find("last"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the last of no runs: got %v, want fs.ErrNotExist", err)
		}
		for _, run := range []runs.Run{{ID: "01AA", Name: "x"}, {ID: "01AB", Name: "y"}, {ID: "01B", Name: "x"}} {
			start(t, book, run)
		}
		for reference, want := range map[string]string{
			"last": "01B", "01AA": "01AA", "01b": "01B", "01aB": "01AB", "x": "01B", "y": "01AB",
		} {
			if got, err := book.Find(reference); err != nil || got.ID != want {
				t.Errorf("find %q: got %s, %v, want %s", reference, got.ID, err, want)
			}
		}
		for reference, want := range map[string]string{
			"01A": "01AB, 01AA", "02": "no run", "": "no run is named",
		} {
			if _, err := book.Find(reference); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("find %q: got %v, want an error with %q", reference, err, want)
			}
		}
		all, err := book.Runs("", 2)
		if err != nil || len(all) != 2 || all[0].ID != "01B" || all[1].ID != "01AB" {
			t.Errorf("the newest two runs: got %v, %v", all, err)
		}
	})
}

func TestIdsAscend(t *testing.T) {
	book := runs.NewBook(&runs.Memory{}, func() time.Time { return time.UnixMilli(1_800_000_000_000) })
	last := ""
	for range 1000 {
		id, err := book.NewID()
		must(t, err)
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}

func TestWhatARunLeaves(t *testing.T) {
	eachStore(t, func(t *testing.T, book *runs.Book) {
		r := start(t, book, runs.Run{Name: "r"})
		other := start(t, book, runs.Run{Name: "other"})
		must(t, other.Log(0, map[string]float64{"loss": 9}))
		must(t, r.Log(0, map[string]float64{"loss": 0.7, "kl": 0}))
		must(t, r.Log(1, map[string]float64{"loss": math.NaN()}))
		must(t, r.Log(10, map[string]float64{"loss": math.Inf(1)}))
		must(t, r.Log(10, map[string]float64{"loss": 0.5})) // as a resumed run does

		loss, err := book.Metrics(r.ID(), "loss")
		must(t, err)
		if len(loss) != 3 || loss[0].Value != 0.7 || !math.IsNaN(loss[1].Value) || loss[2].Value != 0.5 || loss[2].Step != 10 {
			t.Errorf("loss: got %+v, want 0.7, NaN, 0.5", loss)
		}
		if late, err := book.MetricsFrom(r.ID(), 1); err != nil || len(late) != 2 {
			t.Errorf("metrics from step 1: got %+v, %v, want two", late, err)
		}

		table := runs.SampleTable{Step: 5, Columns: []string{"prompt", "score"}, Rows: [][]any{{"a", 1.0}, {"b", math.NaN()}}}
		must(t, r.LogSamples(table))
		must(t, r.LogSamples(runs.SampleTable{Step: 5, Name: "worst", Columns: []string{"x"}, Rows: [][]any{{int64(1)}}}))
		must(t, r.LogSamples(runs.SampleTable{Step: 6, Columns: []string{"x"}}))
		if err := r.LogSamples(runs.SampleTable{Columns: []string{"x"}, Rows: [][]any{{1, 2}}}); err == nil {
			t.Error("a row longer than the table: got no error")
		}
		tables, err := book.Samples(r.ID(), 5)
		must(t, err)
		if len(tables) != 2 || tables[0].Name != "samples" || tables[1].Rows[0][0] != int64(1) || !math.IsNaN(tables[0].Rows[1][1].(float64)) {
			t.Errorf("samples of step 5: got %+v", tables)
		}
		steps, err := book.SampleSteps(r.ID())
		if all, e := book.Samples(r.ID(), -1); e != nil || err != nil || len(all) != 3 || !reflect.DeepEqual(steps, []int{5, 6}) {
			t.Errorf("all samples: %d tables at steps %v, %v, %v, want 3 at 5 and 6", len(all), steps, e, err)
		}

		must(t, r.Check(runs.Invariant{Name: "ratio = 1", Passed: true, Value: 1, Limit: 1}))
		must(t, r.Check(runs.Invariant{Name: "packed = unpacked", Value: math.NaN(), Limit: 1e-4, Detail: "row 3"}))
		invariants, err := book.Invariants(r.ID())
		must(t, err)
		if len(invariants) != 2 || !math.IsNaN(invariants[0].Value) || !invariants[1].Passed {
			t.Errorf("invariants: got %+v", invariants)
		}

		for _, step := range []int{20, 100} {
			_, err := r.Checkpoint(runs.CheckpointInfo{
				Step: step, Path: fmt.Sprintf("runs/r/%d", step), Bytes: 9,
				Metrics: map[string]float64{"loss": 0.5, "kl": math.NaN()},
			})
			must(t, err)
		}
		checkpoints, err := book.Checkpoints(r.ID())
		must(t, err)
		if len(checkpoints) != 2 || checkpoints[1].Step != 100 || checkpoints[1].Run != r.ID() || len(checkpoints[0].Metrics) != 1 {
			t.Errorf("checkpoints: got %+v", checkpoints)
		}

		must(t, r.Finish(nil, nil))
		summary, err := book.Summary(r.ID())
		must(t, err)
		for _, want := range []string{"r  done after ", "step 10: kl 0  loss 0.5", "1 of 2 hold", "packed = unpacked at step 0: NaN, the limit is 0.0001. row 3", "2, the newest at step 100 in runs/r/100"} {
			if !strings.Contains(summary, want) {
				t.Errorf("summary\n%s\nlacks %q", summary, want)
			}
		}
	})
}

func TestRecordedSteps(t *testing.T) {
	eachStore(t, func(t *testing.T, book *runs.Book) {
		r := start(t, book, runs.Run{Name: "r"})
		if _, ok, err := r.Step(0, "h"); ok || err != nil {
			t.Errorf("a call that was not made: got ok %v, %v", ok, err)
		}
		value := map[string]any{"rows": []any{int64(3), 1.0}, "nan": math.Inf(-1)}
		must(t, r.PutStep(0, "h", value))
		must(t, r.PutStep(0, "h", "another value of the same call is not kept"))
		must(t, r.PutStep(1, "i", nil))
		got, ok, err := r.Step(0, "h")
		if !ok || err != nil || !reflect.DeepEqual(got, value) {
			t.Errorf("call 0: got %#v, %v, %v, want %#v", got, ok, err, value)
		}
		if got, ok, err := r.Step(1, "i"); !ok || err != nil || got != nil {
			t.Errorf("a call that returned nothing: got %v, %v, %v", got, ok, err)
		}
		if _, _, err := r.Step(0, "other"); !errors.Is(err, runs.ErrDiverged) {
			t.Errorf("another call than before: got %v, want ErrDiverged", err)
		}
		if err := r.PutStep(0, "other", nil); !errors.Is(err, runs.ErrDiverged) {
			t.Errorf("recording another call than before: got %v, want ErrDiverged", err)
		}
		if steps, err := book.Steps(r.ID()); err != nil || len(steps) != 2 || steps[1].Hash != "i" {
			t.Errorf("steps: got %+v, %v", steps, err)
		}
	})
}

func TestSeriesAndLast(t *testing.T) {
	metrics := []runs.Metric{{Step: 1, Name: "b", Value: 1}, {Step: 1, Name: "a", Value: 2}, {Step: 2, Name: "b", Value: 3}}
	want := []runs.Series{{Name: "a", Steps: []int{1}, Values: []float64{2}}, {Name: "b", Steps: []int{1, 2}, Values: []float64{1, 3}}}
	if got := runs.SeriesOf(metrics); !reflect.DeepEqual(got, want) {
		t.Errorf("series: got %+v, want %+v", got, want)
	}
	if got := runs.FormatMetrics(runs.Last(metrics)); got != "a 2  b 3" {
		t.Errorf("last: got %q, want a 2  b 3", got)
	}
}

func start(t *testing.T, book *runs.Book, run runs.Run) *runs.Recorder {
	t.Helper()
	recorder, err := book.Start(run)
	must(t, err)
	return recorder
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
