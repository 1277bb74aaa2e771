package storage

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const flowA, flowB = "01KAAAAAAAAAAAAAAAAAAAAAAA", "01KBBBBBBBBBBBBBBBBBBBBBBB"

func TestIDs(t *testing.T) {
	instance := InstanceID(flowA, 17)
	child := ChildID(instance, 4)
	for _, tt := range []struct{ got, want string }{
		{instance, flowA + ".0000017"},
		{child, flowA + ".0000017.00004"},
		{TaskID(child, 2), flowA + ".0000017.00004:00002"},
		{Again(child, 0), child},
		{Again(child, 1), child},
		{Again(child, 2), child + "~02"},
		{Again(TaskID(child, 2), 13), flowA + ".0000017.00004:00002~13"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

// TestIDsSortByNumber draws pairs of numbers up to the documented widths.
func TestIDsSortByNumber(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	magnitude := func(limit int) int { return random.IntN(1 + random.IntN(1+random.IntN(limit))) }
	check := func(what string, a, b int, make func(int) string) {
		t.Helper()
		if got := strings.Compare(make(a), make(b)); got != compareInts(a, b) {
			t.Fatalf("%s: %s and %s compare as %d, and %d and %d as %d", what, make(a), make(b), got, a, b, compareInts(a, b))
		}
	}
	for range 5000 {
		check("items", magnitude(MaxItems), magnitude(MaxItems), func(n int) string { return InstanceID(flowA, n) })
		check("calls", magnitude(MaxCalls), magnitude(MaxCalls), func(n int) string { return ChildID(flowA, n) })
		check("tasks", magnitude(MaxCalls), magnitude(MaxCalls), func(n int) string { return TaskID(flowA, n) })
		check("rounds", 1+magnitude(MaxRounds), 1+magnitude(MaxRounds), func(n int) string { return Again(flowA, n) })
	}
	check("items", MaxItems-2, MaxItems-1, func(n int) string { return InstanceID(flowA, n) })
	check("calls", MaxCalls-2, MaxCalls-1, func(n int) string { return TaskID(flowA, n) })
	check("rounds", MaxRounds-1, MaxRounds, func(n int) string { return Again(flowA, n) })
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// tree holds ids whose beginnings are alike.
func tree() (instances, tasks []string) {
	for _, flow := range []string{flowA, flowB, "01K.1", "01K.17"} {
		for _, item := range []int{0, 1, 2, 10, 17} {
			root := InstanceID(flow, item)
			child := ChildID(root, 4)
			again := Again(child, 2)
			instances = append(instances, root, child, again, ChildID(child, 1), ChildID(again, 1), ChildID(root, 40))
			for _, instance := range []string{root, child, again} {
				task := TaskID(instance, 1)
				tasks = append(tasks, task, Again(task, 2), TaskID(instance, 12))
			}
		}
	}
	return instances, tasks
}

// TestPrefixesEndAtBoundaries compares what reading below an id gives with a plain walk over all.
func TestPrefixesEndAtBoundaries(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	instances, tasks := tree()
	b := &Batch{}
	for _, id := range instances {
		b.PutInstance(Instance{ID: id})
	}
	for _, id := range tasks {
		b.PutTask(Task{ID: id})
		b.PutAnswer(Answer{ID: "01", Task: id})
		b.PutAnswer(Answer{ID: "02", Task: id})
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	slices.Sort(instances)
	slices.Sort(tasks)
	below := func(all []string, of string) (want []string) {
		for _, id := range all {
			if of == "" || id == of || strings.HasPrefix(id, of+".") || strings.HasPrefix(id, of+":") {
				want = append(want, id)
			}
		}
		return want
	}
	for _, of := range slices.Concat([]string{"", "01", "01K.1", flowA, flowB, "nothing"}, instances, tasks) {
		var got, gotTasks, gotAnswers []string
		err := errors.Join(
			s.EachInstance(of, "", func(i Instance) error { got = append(got, i.ID); return nil }),
			s.EachTask(of, func(task Task) error { gotTasks = append(gotTasks, task.ID); return nil }),
			s.EachAnswer(of, func(a Answer) error { gotAnswers = append(gotAnswers, a.Task); return nil }),
		)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(gotAnswers)
		if want := below(instances, of); !slices.Equal(got, want) {
			t.Errorf("instances within %q: got %q, want %q", of, got, want)
		}
		if want := below(tasks, of); !slices.Equal(gotTasks, want) {
			t.Errorf("tasks within %q: got %q, want %q", of, gotTasks, want)
		}
		if want := below(tasks, of); !slices.Equal(slices.Compact(gotAnswers), want) {
			t.Errorf("answers within %q: got %q, want two to each of %q", of, gotAnswers, want)
		}
	}
}

func TestEachInstanceFrom(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	b := &Batch{}
	for item := range 12 {
		b.PutInstance(Instance{ID: InstanceID(flowA, item)})
	}
	b.PutInstance(Instance{ID: InstanceID(flowB, 0)})
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from string
		want int
	}{{"", 12}, {InstanceID(flowA, 0), 12}, {InstanceID(flowA, 9), 3}, {InstanceID(flowA, 12), 0}, {flowB, 0}, {"0", 12}} {
		n := 0
		err := s.EachInstance(flowA, tt.from, func(Instance) error { n++; return nil })
		if err != nil || n != tt.want {
			t.Errorf("from %q: got %d instances, %v, want %d", tt.from, n, err, tt.want)
		}
	}
	stop := errors.New("stop")
	if err := s.EachInstance(flowA, "", func(Instance) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the callback: got %v, want it back", err)
	}
}

// TestBadIDsAreRefused tries what would make a key that belongs to something else.
func TestBadIDsAreRefused(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for _, id := range []string{"", "a/b", strings.Repeat("x", maxName+1)} {
		for what, put := range map[string]func(*Batch){
			"person":     func(b *Batch) { b.PutPerson(Person{ID: id}) },
			"credential": func(b *Batch) { b.PutCredential(Credential{Hash: id}) },
			"text":       func(b *Batch) { b.PutText(Text{SHA256: id}) },
			"flow":       func(b *Batch) { b.PutFlow(Flow{ID: id}) },
			"instance":   func(b *Batch) { b.PutInstance(Instance{ID: id}) },
			"step":       func(b *Batch) { b.AppendStep(Step{Instance: id, Seq: 1}) },
			"task":       func(b *Batch) { b.PutTask(Task{ID: id}) },
			"answer":     func(b *Batch) { b.PutAnswer(Answer{ID: "1", Task: id}) },
			"answer's":   func(b *Batch) { b.PutAnswer(Answer{ID: id, Task: "t"}) },
			"draft":      func(b *Batch) { b.PutDraft(Draft{Lease: id}) },
			"row":        func(b *Batch) { b.PutRow(Row{ID: id, Dataset: "d"}) },
		} {
			b := &Batch{}
			b.PutFlow(Flow{ID: "good"})
			put(b)
			if b.Empty() {
				t.Errorf("%s with id %.10q: the batch says that it is empty", what, id)
			}
			if err := s.Commit(b); err == nil {
				t.Errorf("%s with id %.10q: got no error", what, id)
			}
		}
	}
	if _, err := s.Flow("good"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a batch with a mistake: got %v, want that nothing of it is written", err)
	}
	for _, name := range []string{"", strings.Repeat("x", maxName+1)} {
		b := &Batch{}
		b.PutDataset(Dataset{Name: name})
		if err := s.Commit(b); err == nil {
			t.Errorf("dataset called %.10q: got no error", name)
		}
	}
	b := &Batch{}
	b.PutDataset(Dataset{Name: "with/slash"})
	b.PutRow(Row{ID: "1", Dataset: "with/slash"})
	b.PutRow(Row{ID: "1", Dataset: "with"})
	if err := s.Commit(b); err != nil {
		t.Errorf("a dataset's name with a slash: %v", err)
	}
	n := 0
	if err := s.EachRow("with", "", func(Row) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("rows of with: got %d, %v, want 1", n, err)
	}
}
