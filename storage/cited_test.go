package storage

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// citing lists the names of what cites a node.
func citing(t *testing.T, s *Store, of string) (all []string) {
	t.Helper()
	n, err := ParseNode(of)
	if err == nil {
		err = s.EachCiting(n, func(by Node) error { all = append(all, by.String()); return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const (
	anAnswer = "01AAAAAAAAAAAAAAAAAAAAAAAA"
	aRow     = "01BBBBBBBBBBBBBBBBBBBBBBBB"
	laterRow = "01CCCCCCCCCCCCCCCCCCCCCCCC"
)

// putStory keeps an instance that sampled, asked, recorded, and had its first call re-opened.
func putStory(b *Batch, of func(ids ...string) []string) {
	instance := InstanceID(flowA, 0)
	b.PutDataset(Dataset{Name: "pairs", Kind: "collected"})
	for i, step := range []Step{
		{Kind: "called", Call: 1, Primitive: "generate"},
		{Kind: "result", Call: 1, Cites: []string{"model:aa"}},
		{Kind: "reopened", Call: 1},
		{Kind: "called", Call: 1, Primitive: "generate"},
		{Kind: "result", Call: 1, Cites: []string{"model:bb"}, Result: []byte(`1`)},
		{Kind: "result", Call: 2, Hash: "x", Primitive: "now", Result: []byte(`2`)},
	} {
		step.Instance, step.Seq = instance, i+1
		b.AppendStep(step)
	}
	task := TaskID(instance, 3)
	b.PutTask(Task{ID: task, After: of(instance + ":00001~02/1")})
	b.PutAnswer(Answer{ID: anAnswer, Task: task, Person: "01P"})
	b.PutRow(Row{ID: aRow, Dataset: "pairs", Of: of(instance+":00001~02/1", anAnswer)})
	b.PutRow(Row{ID: laterRow, Dataset: "pairs", Of: of(aRow, "nothing known")})
}

// checkStory looks for all of it from below.
func checkStory(t *testing.T, s *Store) {
	t.Helper()
	instance := InstanceID(flowA, 0)
	sample := "sample:" + instance + ":00001~02/1"
	for of, want := range map[string][]string{
		"model:aa":           {"call:" + instance + ":00001"},
		"model:bb":           {"call:" + instance + ":00001~02"},
		sample:               {"row:pairs/" + aRow, "task:" + instance + ":00003"},
		"person:01P":         {"answer:" + anAnswer},
		"answer:" + anAnswer: {"row:pairs/" + aRow},
		"row:pairs/" + aRow:  {"row:pairs/" + laterRow},
		"row:pairs/01B":      nil, // the beginning of a name is no name
	} {
		if got := citing(t, s, of); !slices.Equal(got, want) {
			t.Errorf("what cites %s: got %v, want %v", of, got, want)
		}
	}
	if task, err := s.TaskOf(anAnswer); err != nil || task != TaskID(instance, 3) {
		t.Errorf("the task of the answer: got %s, %v", task, err)
	}
	if _, err := s.TaskOf("01A"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the task of no answer: got %v, want fs.ErrNotExist", err)
	}
	row, err := s.Row("pairs", laterRow)
	if want := []string{"row:pairs/" + aRow, "nothing known"}; err != nil || !slices.Equal(row.Of, want) {
		t.Errorf("what the later row came from: got %v, %v, want %v", row.Of, err, want)
	}
}

func TestWhatIsCitedLeadsToWhatCitesIt(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	commit(t, s, func(b *Batch) { putStory(b, func(...string) []string { return nil }) })
	named := func(ids ...string) []string {
		all, err := s.NameCites(ids)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	commit(t, s, func(b *Batch) {
		putStory(b, named)
		instance := InstanceID(flowA, 0)
		b.CiteCall([]string{"model:aa", "signal:3", anAnswer}, CallOf(instance, 1, 1))
		b.CiteCall([]string{"model:bb"}, CallOf(instance, 1, 2))
	})
	checkStory(t, s)
}

// TestOldRecordsAreIndexed opens a store as the version before the index wrote it.
func TestOldRecordsAreIndexed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	commit(t, s, func(b *Batch) { putStory(b, func(ids ...string) []string { return ids }) })
	err := s.db.Update(func(txn *badger.Txn) error {
		if err := txn.Set([]byte(schemaKey), []byte(`{"version": 2}`)); err != nil {
			return err
		}
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for _, prefix := range []string{"cited/", "answered/"} {
			for it.Seek([]byte(prefix)); it.ValidForPrefix([]byte(prefix)); it.Next() {
				if err := txn.Delete(it.Item().KeyCopy(nil)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	checkStory(t, open(t, dir, Options{}))
}

func TestWhatACallDid(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	commit(t, s, func(b *Batch) { putStory(b, func(...string) []string { return nil }) })
	instance := InstanceID(flowA, 0)
	for call, want := range map[Node][]string{
		CallOf(instance, 1, 1): {"generate", "model:aa"},
		CallOf(instance, 1, 2): {"generate", "model:bb"},
		CallOf(instance, 2, 1): {"now"},
	} {
		began, result, err := s.CallSteps(call)
		if err != nil || result == nil {
			t.Errorf("%s: got %v, %v", call, result, err)
			continue
		}
		if got := append([]string{began.Primitive}, result.Cites...); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", call, got, want)
		}
	}
	if _, _, err := s.CallSteps(CallOf(instance, 1, 3)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a call that was never made: got %v, want fs.ErrNotExist", err)
	}
}

func TestNodes(t *testing.T) {
	for name, want := range map[string]Node{
		"run:01K":                   {RunNode, "01K"},
		"task:01K.0000001:00002~02": {TaskNode, "01K.0000001:00002~02"},
		"row:pairs/01B":             {RowNode, "pairs/01B"},
		"completion:chatcmpl-1#0":   {CompletionNode, "chatcmpl-1#0"},
	} {
		if got, err := ParseNode(name); err != nil || got != want || got.String() != name {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "run", "run:", "01K", "odd:01K", ":x"} {
		if got, err := ParseNode(name); err == nil {
			t.Errorf("%q: got %v and no error", name, got)
		}
	}
	for node, want := range map[Node][2]string{
		RowOf("pairs", "01B"):          {"pairs", "01B"},
		DatasetOf("a@b.jsonl", "ff"):   {"a@b.jsonl", "ff"},
		{SampleNode, "01K.01:00002/3"}: {"01K.01:00002", "3"},
		{CheckpointNode, "01K@120"}:    {"01K", "120"},
		{CheckpointNode, "01K"}:        {"01K", ""},
	} {
		of, which := node.Cut()
		if got := [2]string{of, which}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", node, got, want)
		}
	}
}
