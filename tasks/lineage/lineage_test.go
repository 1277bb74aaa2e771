package lineage_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/lineage"
)

// neighbours lists both sides of a node as "how node".
func neighbours(t *testing.T, of *lineage.Tracer, name string) (from, to []string) {
	t.Helper()
	n, err := storage.ParseNode(name)
	if err != nil {
		t.Fatal(err)
	}
	page := lineage.Page{Limit: 10}
	found, err := of.Trace(n, page, page)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, l := range found.From.Links {
		from = append(from, l.How+" "+l.Node.String())
	}
	for _, l := range found.To.Links {
		to = append(to, l.How+" "+l.Node.String())
	}
	return from, to
}

// A flow leads to the run that it started, also before that has ended, and the run to the flow; a client's
// completion leads to its model, and to the row of what its users said.
func TestFlowsAndCompletions(t *testing.T) {
	store, err := storage.Open(t.TempDir(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	const flow, said, row = "01JFA0W000000000000000000A", "01JFA0W000000000000000000C", "01JFA0W000000000000000000D"
	instance := storage.InstanceID(flow, 0)
	call := storage.CallOf(instance, 1, 1)
	run, err := runs.NewBook(store, nil).Start(runs.Run{For: call.ID, Script: runs.Script{Name: "reward"}})
	if err != nil {
		t.Fatal(err)
	}
	b := &storage.Batch{}
	b.PutFlow(storage.Flow{ID: flow, Name: "learn", Starter: "01P", Inputs: []storage.Input{{Name: "prompts.jsonl", SHA256: "ab"}}})
	b.PutInstance(storage.Instance{ID: instance, Flow: flow, Function: "flow"})
	b.AppendStep(storage.Step{Instance: instance, Seq: 1, Kind: "called", Call: 1, Primitive: "start"})
	b.PutCompletion(storage.Completion{ID: said, Digest: "cc", Person: "01P"})
	b.PutDataset(storage.Dataset{Name: "feedback", Kind: "collected"})
	b.PutRow(storage.Row{ID: row, Dataset: "feedback", Of: []string{"completion:" + said}, Value: []byte(`{"value":"up"}`)})
	if err := store.Commit(b); err != nil {
		t.Fatal(err)
	}
	tracer := lineage.New(store, nil)
	for name, want := range map[string][2][]string{
		"run:" + run.ID():      {{"started by " + call.String()}, nil},
		call.String():          {{"made in instance:" + instance}, {"started run:" + run.ID()}},
		"instance:" + instance: {{"an item of flow:" + flow}, {"called " + call.String()}},
		"flow:" + flow:         {{"started by person:01P", "its items dataset:prompts@ab"}, {"began instance:" + instance}},
		"completion:" + said:   {{"said by model:cc", "asked for by person:01P"}, {"made into row:feedback/" + row}},
		"row:feedback/" + row:  {{"made of completion:" + said}, nil},
		"dataset:prompts@ab":   {nil, {"an item of flow:" + flow}},
	} {
		from, to := neighbours(t, tracer, name)
		if !slices.Equal(from, want[0]) || !slices.Equal(to, want[1]) {
			t.Errorf("%s: from %v to %v, want %v and %v", name, from, to, want[0], want[1])
		}
	}
	if _, err := tracer.Trace(storage.Node{Kind: storage.AnswerNode, ID: "01A"}, lineage.Page{}, lineage.Page{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no answer: got %v, want fs.ErrNotExist", err)
	}
}
