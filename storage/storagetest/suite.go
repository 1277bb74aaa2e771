package storagetest

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// Store is what the suite tests: the methods, with the contract, of the Store of engine/runs.
type Store interface {
	PutRun(id string, record []byte) error
	GetRun(id string) ([]byte, error)
	EachRun(prefix string, each func(id string, record []byte) error) error
	PutEntry(run, kind string, step int64, name string, record []byte) error
	LogEntry(run, kind string, step int64, name string, record []byte) error
	GetEntry(run, kind string, step int64, name string) ([]byte, error)
	EachEntry(run, kind string, from int64, each func(step int64, name string, record []byte) error) error
	Sync() error
}

// Run tests a store. open returns an empty one and cares for its end.
func Run(t *testing.T, open func(*testing.T) Store) {
	tests := []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"runs are read back, replaced and missed", testRuns},
		{"runs come newest first and by prefix", testRunOrder},
		{"entries come by step and then by name", testEntryOrder},
		{"entries are replaced, and kept apart by run and kind", testEntryKeys},
		{"logged entries are seen at once", testLogged},
		{"bad steps are refused", testBadSteps},
		{"records belong to the caller", testCopies},
		{"callbacks end a scan and may read", testCallbacks},
		{"large records", testLarge},
		{"many goroutines", testConcurrent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, open(t)) })
	}
}

func testRuns(t *testing.T, s Store) {
	if got, err := s.GetRun("A"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a run that is not there: got %q, %v, want fs.ErrNotExist", got, err)
	}
	for _, record := range []string{`{"status":"running"}`, `{"status":"done"}`} {
		must(t, s.PutRun("A", []byte(record)))
		got, err := s.GetRun("A")
		if err != nil || string(got) != record {
			t.Errorf("after PutRun(A, %s): got %q, %v", record, got, err)
		}
	}
}

func testRunOrder(t *testing.T, s Store) {
	for _, id := range []string{"01B", "01A", "02A", "01C"} {
		must(t, s.PutRun(id, []byte(`"`+id+`"`)))
	}
	for prefix, want := range map[string][]string{
		"":    {"02A", "01C", "01B", "01A"},
		"01":  {"01C", "01B", "01A"},
		"01B": {"01B"},
		"03":  nil,
	} {
		var got []string
		must(t, s.EachRun(prefix, func(id string, record []byte) error {
			if string(record) != `"`+id+`"` {
				t.Errorf("run %s has record %s", id, record)
			}
			got = append(got, id)
			return nil
		}))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("runs with prefix %q: got %v, want %v", prefix, got, want)
		}
	}
}

func testEntryOrder(t *testing.T, s Store) {
	for _, key := range []struct {
		step int64
		name string
	}{{10, "loss"}, {2, "loss"}, {2, "kl/mean"}, {2, ""}, {1_000_000, "ø"}, {0, "loss"}} {
		must(t, s.PutEntry("R", "metric", key.step, key.name, []byte("1")))
	}
	for from, want := range map[int64][]string{
		0:         {"0 loss", "2 ", "2 kl/mean", "2 loss", "10 loss", "1000000 ø"},
		2:         {"2 ", "2 kl/mean", "2 loss", "10 loss", "1000000 ø"},
		3:         {"10 loss", "1000000 ø"},
		2_000_000: nil,
	} {
		if got := list(t, s, "R", from); !reflect.DeepEqual(got, want) {
			t.Errorf("entries from step %d: got %q, want %q", from, got, want)
		}
	}
}

func testEntryKeys(t *testing.T, s Store) {
	must(t, s.PutEntry("R", "metric", 1, "loss", []byte("1")))
	must(t, s.PutEntry("R", "metric", 1, "loss", []byte("2")))
	must(t, s.PutEntry("R", "sample", 1, "loss", []byte("3")))
	must(t, s.PutEntry("R2", "metric", 1, "loss", []byte("4")))
	got, err := s.GetEntry("R", "metric", 1, "loss")
	if err != nil || string(got) != "2" {
		t.Errorf("an entry written as 1 and then as 2: got %q, %v", got, err)
	}
	if got := list(t, s, "R", 0); len(got) != 1 {
		t.Errorf("metrics of R: got %q, want the one", got)
	}
	if got := list(t, s, "none", 0); got != nil {
		t.Errorf("metrics of no run: got %q, want none", got)
	}
	if _, err := s.GetEntry("R", "metric", 2, "loss"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an entry that is not there: got %v, want fs.ErrNotExist", err)
	}
}

func testLogged(t *testing.T, s Store) {
	for step := range int64(100) {
		must(t, s.LogEntry("R", "metric", step, "loss", []byte("1")))
	}
	if got := list(t, s, "R", 0); len(got) != 100 {
		t.Errorf("100 entries logged: %d seen", len(got))
	}
	must(t, s.LogEntry("R", "metric", 5, "loss", []byte("2")))
	if got, err := s.GetEntry("R", "metric", 5, "loss"); err != nil || string(got) != "2" {
		t.Errorf("an entry logged as 1 and then as 2: got %q, %v", got, err)
	}
	must(t, s.Sync())
	must(t, s.Sync())
}

func testBadSteps(t *testing.T, s Store) {
	if err := s.PutEntry("R", "metric", -1, "loss", nil); err == nil {
		t.Error("an entry at step -1: got no error")
	}
	if err := s.LogEntry("R", "metric", -1, "loss", nil); err == nil {
		t.Error("an entry logged at step -1: got no error")
	}
}

func testCopies(t *testing.T, s Store) {
	record := []byte("mine")
	must(t, s.PutRun("A", record))
	must(t, s.LogEntry("A", "metric", 0, "m", record))
	copy(record, "MINE")
	got, err := s.GetRun("A")
	must(t, err)
	entry, err := s.GetEntry("A", "metric", 0, "m")
	must(t, err)
	if string(got) != "mine" || string(entry) != "mine" {
		t.Errorf("the caller changed its bytes after writing: got run %q and entry %q, want mine", got, entry)
	}
	copy(got, "YOUR")
	if again, err := s.GetRun("A"); err != nil || string(again) != "mine" {
		t.Errorf("the caller changed what it had read: got %q, %v, want mine", again, err)
	}
}

func testCallbacks(t *testing.T, s Store) {
	for _, id := range []string{"A", "B", "C"} {
		must(t, s.PutRun(id, []byte("1")))
		must(t, s.PutEntry("A", "metric", 1, id, []byte("1")))
	}
	stop, calls := errors.New("stop"), 0
	err := s.EachRun("", func(id string, _ []byte) error {
		calls++
		if _, err := s.GetRun(id); err != nil {
			t.Errorf("reading inside a scan: %v", err)
		}
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("a callback that stops at once: %d calls and %v, want 1 and its error", calls, err)
	}
	err = s.EachEntry("A", "metric", 0, func(int64, string, []byte) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("a callback over entries that stops: got %v, want its error", err)
	}
}

func testLarge(t *testing.T, s Store) {
	for _, size := range []int{100 << 10, 1 << 20, 8 << 20} {
		record := []byte(strings.Repeat("x", size))
		must(t, s.LogEntry("R", "sample", int64(size), "", record))
		got, err := s.GetEntry("R", "sample", int64(size), "")
		if err != nil || len(got) != size {
			t.Errorf("a record of %d bytes: got %d, %v", size, len(got), err)
		}
	}
}

func testConcurrent(t *testing.T, s Store) {
	const writers, each = 8, 50
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			run := fmt.Sprintf("R%d", w)
			for step := range int64(each) {
				put := s.LogEntry
				if step%10 == 9 {
					put = s.PutEntry
				}
				if err := put(run, "metric", step, "loss", []byte(run)); err != nil {
					t.Errorf("%s, step %d: %v", run, step, err)
				}
			}
		})
	}
	all.Wait()
	for w := range writers {
		if got := list(t, s, fmt.Sprintf("R%d", w), 0); len(got) != each {
			t.Errorf("writer %d: %d entries, want %d", w, len(got), each)
		}
	}
}

// list returns the steps and names of a run's metrics.
func list(t *testing.T, s Store, run string, from int64) []string {
	t.Helper()
	var got []string
	must(t, s.EachEntry(run, "metric", from, func(step int64, name string, _ []byte) error {
		got = append(got, fmt.Sprintf("%d %s", step, name))
		return nil
	}))
	return got
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
