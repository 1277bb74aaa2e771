package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2027, 3, 4, 12, 0, 0, 123456789, time.UTC)

func commit(t *testing.T, s *Store, fill func(*Batch)) {
	t.Helper()
	b := &Batch{}
	fill(b)
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
}

// TestTypedRecords writes one of each kind with every field set, reads it back, and looks for what is
// not there.
func TestTypedRecords(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	instance := InstanceID(flowA, 3)
	task := TaskID(instance, 1)
	for _, tt := range []struct {
		record any // filled in below
		put    func(*Batch, any)
		get    func() (any, error)
		miss   func() error
	}{
		{
			&Person{ID: "01P"}, func(b *Batch, r any) { b.PutPerson(*r.(*Person)) },
			func() (any, error) { r, err := s.Person("01P"); return &r, err },
			func() error { _, err := s.Person("none"); return err },
		},
		{
			&Credential{Hash: "ab12"}, func(b *Batch, r any) { b.PutCredential(*r.(*Credential)) },
			func() (any, error) { r, err := s.Credential("ab12"); return &r, err },
			func() error { _, err := s.Credential("none"); return err },
		},
		{
			&Text{SHA256: "cd34"}, func(b *Batch, r any) { b.PutText(*r.(*Text)) },
			func() (any, error) { r, err := s.Text("cd34"); return &r, err },
			func() error { _, err := s.Text("none"); return err },
		},
		{
			&Flow{ID: flowA}, func(b *Batch, r any) { b.PutFlow(*r.(*Flow)) },
			func() (any, error) { r, err := s.Flow(flowA); return &r, err },
			func() error { _, err := s.Flow(flowA[:25]); return err },
		},
		{
			&Instance{ID: instance}, func(b *Batch, r any) { b.PutInstance(*r.(*Instance)) },
			func() (any, error) { r, err := s.Instance(instance); return &r, err },
			func() error { _, err := s.Instance(InstanceID(flowA, 4)); return err },
		},
		{
			&Task{ID: task}, func(b *Batch, r any) { b.PutTask(*r.(*Task)) },
			func() (any, error) { r, err := s.Task(task); return &r, err },
			func() error { _, err := s.Task(instance); return err },
		},
		{
			&Draft{Lease: "01L"}, func(b *Batch, r any) { b.PutDraft(*r.(*Draft)) },
			func() (any, error) { r, err := s.Draft("01L"); return &r, err },
			func() error { _, err := s.Draft("none"); return err },
		},
		{
			&Dataset{Name: "my/réponses"}, func(b *Batch, r any) { b.PutDataset(*r.(*Dataset)) },
			func() (any, error) { r, err := s.Dataset("my/réponses"); return &r, err },
			func() error { _, err := s.Dataset("my"); return err },
		},
	} {
		t.Run(fmt.Sprintf("%T", tt.record), func(t *testing.T) {
			fillRecord(t, tt.record)
			commit(t, s, func(b *Batch) { tt.put(b, tt.record) })
			got, err := tt.get()
			if err != nil || !reflect.DeepEqual(got, tt.record) {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.record)
			}
			if err := tt.miss(); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("one that is not there: got %v, want fs.ErrNotExist", err)
			}
		})
	}
}

// fillRecord gives every empty field of a record a value, so that a field without a place in the
// JSON would be missed.
func fillRecord(t *testing.T, record any) {
	t.Helper()
	v := reflect.ValueOf(record).Elem()
	for i := range v.NumField() {
		field := v.Field(i)
		if !field.IsZero() {
			continue
		}
		switch field.Interface().(type) {
		case string:
			field.SetString("«" + v.Type().Field(i).Name + "» <&>")
		case []string:
			field.Set(reflect.ValueOf([]string{"a", "b"}))
		case []Input:
			field.Set(reflect.ValueOf([]Input{{Name: "pairs", SHA256: "ab", Records: 3, Rows: "cd"}}))
		case bool:
			field.SetBool(true)
		case int, int64:
			field.SetInt(int64(1000 + i))
		case float64:
			field.SetFloat(1.5)
		case time.Time:
			field.Set(reflect.ValueOf(noon))
		case json.RawMessage:
			field.Set(reflect.ValueOf(json.RawMessage(`{"k":[1,"x"]}`)))
		default:
			t.Fatalf("field %s of %T has a type that the test does not know", v.Type().Field(i).Name, record)
		}
	}
}

// TestListsAreInOrder writes records in a mixed order and reads lists.
func TestListsAreInOrder(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	task := TaskID(InstanceID(flowA, 0), 1)
	order := []int{7, 0, 11, 3, 100, 99}
	for _, n := range order {
		commit(t, s, func(b *Batch) {
			id := fmt.Sprintf("%03d", n)
			b.PutPerson(Person{ID: id})
			b.PutFlow(Flow{ID: id})
			b.PutCredential(Credential{Hash: id})
			b.PutDataset(Dataset{Name: id})
			b.PutRow(Row{ID: id, Dataset: "d"})
			b.PutRow(Row{ID: id, Dataset: "d2"})
			b.PutAnswer(Answer{ID: id, Task: task})
			b.AppendStep(Step{Instance: flowA, Seq: n})
			b.AppendStep(Step{Instance: flowA + "x", Seq: n})
		})
	}
	slices.Sort(order)
	want := fmt.Sprint(order)
	for what, read := range map[string]func() ([]int, error){
		"people": func() ([]int, error) {
			all, err := s.People()
			return numbers(all, func(p Person) string { return p.ID }, err)
		},
		"flows": func() ([]int, error) {
			all, err := s.Flows()
			return numbers(all, func(f Flow) string { return f.ID }, err)
		},
		"credentials": func() ([]int, error) {
			all, err := s.Credentials()
			return numbers(all, func(c Credential) string { return c.Hash }, err)
		},
		"datasets": func() ([]int, error) {
			all, err := s.Datasets()
			return numbers(all, func(d Dataset) string { return d.Name }, err)
		},
		"answers": func() ([]int, error) {
			all, err := s.Answers(task)
			return numbers(all, func(a Answer) string { return a.ID }, err)
		},
		"history": func() (got []int, err error) {
			steps, err := s.History(flowA)
			for _, step := range steps {
				got = append(got, step.Seq)
			}
			return got, err
		},
		"rows": func() (got []int, err error) {
			err = s.EachRow("d", "", func(r Row) error { got = append(got, number(r.ID)); return nil })
			return got, err
		},
	} {
		if got, err := read(); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
		}
	}
	n := 0
	if err := s.EachRow("d", "011", func(Row) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("rows from 011 on: got %d, %v, want 3", n, err)
	}
	n = 0
	if err := s.EachStep("", func(Step) error { n++; return nil }); err != nil || n != 2*len(order) {
		t.Errorf("steps of all instances: got %d, %v, want %d", n, err, 2*len(order))
	}
	n = 0
	if err := s.EachStep(flowA, func(Step) error { n++; return nil }); err != nil || n != len(order) {
		t.Errorf("steps below %s: got %d, %v, want %d", flowA, n, err, len(order))
	}
	commit(t, s, func(b *Batch) { b.DeleteDataset("003"); b.DeleteDataset("none") })
	if all, err := s.Datasets(); err != nil || len(all) != len(order)-1 {
		t.Errorf("datasets after one was deleted: got %d, %v, want %d", len(all), err, len(order)-1)
	}
}

func numbers[T any](all []T, id func(T) string, err error) ([]int, error) {
	var got []int
	for _, one := range all {
		got = append(got, number(id(one)))
	}
	return got, err
}

// number reads an id of the test; one that is none gives -1, which no test wants.
func number(id string) int {
	n, err := strconv.Atoi(id)
	if err != nil {
		return -1
	}
	return n
}

// TestBatchIsWholeOrNothing lets readers look while batches of records that belong together are
// written, some of them too large for one transaction with their neighbours.
func TestBatchIsWholeOrNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	const writers, batches, together = 4, 8, 12
	text := strings.Repeat("x", 60_000) // 720 kB a batch; a transaction takes some 2.4 MB
	stop, readers := make(chan struct{}), sync.WaitGroup{}
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			seen := map[string]int{}
			if err := s.EachInstance("", "", func(i Instance) error { seen[i.Function]++; return nil }); err != nil {
				t.Error(err)
			}
			for batch, n := range seen {
				if n != together {
					t.Errorf("batch %s: %d of %d records are there", batch, n, together)
				}
			}
		}
	})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range batches {
				b := &Batch{}
				for n := range together {
					id := ChildID(InstanceID(fmt.Sprintf("F%d", w), i), n)
					b.PutInstance(Instance{ID: id, Function: fmt.Sprintf("%d-%d", w, i), Error: text})
				}
				if err := s.Commit(b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	close(stop)
	readers.Wait()
	n := 0
	if err := s.EachInstance("", "", func(Instance) error { n++; return nil }); err != nil || n != writers*batches*together {
		t.Errorf("got %d records, %v, want %d", n, err, writers*batches*together)
	}
}

// TestRefusedBatchLeavesNothing tries batches that cannot be written, each with a good record before.
func TestRefusedBatchLeavesNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for _, tt := range []struct {
		name string
		fill func(*Batch)
		want error // nil: any
	}{
		{"no JSON in a record", func(b *Batch) { b.PutTask(Task{ID: "t", Item: json.RawMessage("{")}) }, nil},
		{"no JSON in an event", func(b *Batch) { b.Append(Event{Kind: "k", Data: json.RawMessage("{")}) }, nil},
		{"a time that JSON has no words for", func(b *Batch) { b.Append(Event{Time: noon.AddDate(9000, 0, 0), Kind: "k"}) }, nil},
		{"a record that is too large", func(b *Batch) { b.PutText(Text{SHA256: "t", Text: strings.Repeat("x", maxRecord)}) }, ErrTooLarge},
		{"an event that is too large", func(b *Batch) {
			b.Append(Event{Kind: "k", Data: json.RawMessage(`"` + strings.Repeat("x", maxRecord) + `"`)})
		}, ErrTooLarge},
		{"more than a transaction takes", func(b *Batch) {
			for n := range 100 {
				b.PutText(Text{SHA256: fmt.Sprint(n), Text: strings.Repeat("x", 100_000)})
			}
		}, ErrTooLarge},
		{"more events than a transaction takes", func(b *Batch) {
			for range 100 {
				b.Append(Event{Kind: "k", Data: json.RawMessage(`"` + strings.Repeat("x", 100_000) + `"`)})
			}
		}, ErrTooLarge},
	} {
		b := &Batch{}
		b.PutFlow(Flow{ID: "good"})
		b.Append(Event{Kind: "good"})
		tt.fill(b)
		err := s.Commit(b)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if _, err := s.Flow("good"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the good record of the batch is there: %v", tt.name, err)
		}
		if n, err := s.VerifyEvents(); n != 0 || err != nil {
			t.Errorf("%s: the log has %d entries, %v, want none", tt.name, n, err)
		}
	}
	commit(t, s, func(b *Batch) { b.PutFlow(Flow{ID: "good"}); b.Append(Event{Kind: "good"}) })
	if n, err := s.VerifyEvents(); n != 1 || err != nil {
		t.Errorf("after refusals the log has %d entries, %v, want 1", n, err)
	}
}

func TestBatchOfNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	b := &Batch{}
	if err := s.Commit(b); err != nil || !b.Empty() {
		t.Errorf("an empty batch: got %v, empty %v", err, b.Empty())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.PutFlow(Flow{ID: "f"})
	if err := s.Commit(b); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: got %v, want ErrClosed", err)
	}
	r := open(t, s.Dir(), Options{ReadOnly: true})
	if err := r.Commit(b); !errors.Is(err, ErrReadOnly) {
		t.Errorf("on a reader: got %v, want ErrReadOnly", err)
	}
}
