package lineage

import (
	"errors"
	"strings"

	"workbench/engine/runs"
	"workbench/storage"
)

// from tells what a node came from.
func (l *look) from(n storage.Node, emit emit) error {
	switch n.Kind {
	case storage.FlowNode:
		return l.fromFlow(n, emit)
	case storage.InstanceNode:
		return l.fromInstance(n, emit)
	case storage.CallNode:
		return l.fromCall(n, emit)
	case storage.TaskNode:
		return l.fromTask(n, emit)
	case storage.AnswerNode:
		return l.fromAnswer(n, emit)
	case storage.SampleNode:
		call, _ := n.Cut()
		return l.fromSample(storage.Node{Kind: storage.CallNode, ID: call}, emit)
	case storage.CompletionNode:
		return l.fromCompletion(n, emit)
	case storage.RowNode:
		return l.fromRow(n, emit)
	case storage.DatasetNode:
		return l.rowsOf(n, emit)
	case storage.RunNode:
		return l.fromRun(n, emit)
	case storage.CheckpointNode:
		run, _ := n.Cut()
		return emit(storage.Node{Kind: storage.RunNode, ID: run}, "kept by")
	case storage.ModelNode:
		return l.fromModel(n, emit)
	}
	return nil // people begin here
}

func person(id string) storage.Node { return storage.Node{Kind: storage.PersonNode, ID: id} }

func (l *look) fromFlow(n storage.Node, emit emit) error {
	f, err := l.store.Flow(n.ID)
	if err != nil {
		return err
	}
	if f.Starter != "" {
		if err := emit(person(f.Starter), "started by"); err != nil {
			return err
		}
	}
	for _, in := range f.Inputs {
		if err := emit(storage.DatasetOf(dataName(in.Name), in.SHA256), "its items"); err != nil {
			return err
		}
	}
	return nil
}

func (l *look) fromInstance(n storage.Node, emit emit) error {
	v, err := l.store.Instance(n.ID)
	if err != nil {
		return err
	}
	if v.Parent != "" {
		return emit(storage.Node{Kind: storage.InstanceNode, ID: v.Parent}, "spawned by")
	}
	return emit(storage.Node{Kind: storage.FlowNode, ID: v.Flow}, "an item of")
}

// placeOf is the instance of a call or task.
func placeOf(id string) storage.Node {
	instance, _, _ := strings.Cut(id, ":")
	return storage.Node{Kind: storage.InstanceNode, ID: instance}
}

func (l *look) fromCall(n storage.Node, emit emit) error {
	_, result, err := l.store.CallSteps(n)
	if err != nil {
		return err
	}
	if result != nil {
		err = eachNamed(result.Cites, func(of storage.Node) error {
			if of.Kind == storage.ModelNode {
				return emit(of, "used")
			}
			return nil // a run comes of it
		})
	}
	if err != nil {
		return err
	}
	return emit(placeOf(n.ID), "made in")
}

func (l *look) fromSample(call storage.Node, emit emit) error {
	_, result, err := l.store.CallSteps(call)
	if err != nil {
		return err
	}
	if result != nil {
		if err := eachNamed(result.Cites, func(of storage.Node) error { return emit(of, "drawn from") }); err != nil {
			return err
		}
	}
	return emit(call, "drawn by")
}

func (l *look) fromTask(n storage.Node, emit emit) error {
	task, err := l.store.Task(n.ID)
	if err != nil {
		return err
	}
	if err := eachNamed(task.After, func(of storage.Node) error { return emit(of, "asked after") }); err != nil {
		return err
	}
	return emit(placeOf(n.ID), "asked in")
}

func (l *look) fromAnswer(n storage.Node, emit emit) error {
	a, err := l.answer(n.ID)
	if err != nil {
		return err
	}
	if a.Person != "" {
		if err := emit(person(a.Person), "given by"); err != nil {
			return err
		}
	}
	return emit(storage.Node{Kind: storage.TaskNode, ID: a.Task}, "answers")
}

func (l *look) answer(id string) (storage.Answer, error) {
	task, err := l.store.TaskOf(id)
	if err != nil {
		return storage.Answer{}, err
	}
	return l.store.Answer(task, id)
}

func (l *look) fromCompletion(n storage.Node, emit emit) error {
	c, err := l.store.Completion(n.ID)
	if err != nil {
		return err
	}
	for _, of := range c.From() {
		if err := emit(of, map[storage.NodeKind]string{storage.ModelNode: "said by", storage.PersonNode: "asked for by"}[of.Kind]); err != nil {
			return err
		}
	}
	return nil
}

func (l *look) fromRow(n storage.Node, emit emit) error {
	row, err := l.store.Row(n.Cut())
	if err != nil {
		return err
	}
	if err := eachNamed(row.Of, func(of storage.Node) error { return emit(of, "made of") }); err != nil {
		return err
	}
	if row.Instance == "" {
		return nil
	}
	return emit(storage.Node{Kind: storage.InstanceNode, ID: row.Instance}, "recorded in")
}

// eachNamed calls do for those of some cites that name a node.
func eachNamed(cites []string, do func(storage.Node) error) error {
	for _, name := range cites {
		if n, err := storage.ParseNode(name); err == nil {
			if err := do(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowsOf tells the rows of which a dataset's content was made.
func (l *look) rowsOf(n storage.Node, emit emit) error {
	name, sha256 := n.Cut()
	list, err := l.list(name, sha256, l.listOf(name, sha256))
	if err != nil || list == nil {
		return err
	}
	for i := range list.Len() {
		id, err := list.ID(i)
		if err == nil {
			err = emit(storage.RowOf(name, id), "holds")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// listOf finds a list of rows for a content; empty where there is none.
func (l *look) listOf(name, sha256 string) string {
	if l.data == nil {
		return ""
	}
	at, err := l.data.FindVersion(name, sha256)
	if err != nil {
		return "" // a file, or a version that is gone
	}
	return l.data.ListOf(at)
}

func (l *look) fromRun(n storage.Node, emit emit) error {
	run, err := l.book.Run(n.ID)
	if err != nil {
		return err
	}
	if run.For != "" {
		if err := emit(storage.Node{Kind: storage.CallNode, ID: run.For}, "started by"); err != nil {
			return err
		}
	}
	inputs, err := l.inputs(run)
	if err != nil {
		return err
	}
	for _, in := range inputs {
		if err := emit(InputNode(in.Digest), map[string]string{"checkpoint": "went on from", "model": "used", "dataset": read}[in.Kind]); err != nil {
			return err
		}
	}
	for _, in := range inputs {
		if in.list == nil {
			continue
		}
		given := func(set runs.Bits, how string) error {
			return set.All(func(i int) error {
				id, err := in.list.ID(i)
				if err != nil {
					return err
				}
				return emit(storage.RowOf(dataName(in.Name), id), how)
			})
		}
		if err := errors.Join(given(in.read.Used, read), given(in.read.HeldOut, HeldOut)); err != nil {
			return err
		}
	}
	return nil
}

// InputNode is the node of what a run cites.
func InputNode(in runs.Digest) storage.Node {
	switch in.Kind {
	case "model":
		return storage.Node{Kind: storage.ModelNode, ID: in.SHA256}
	case "checkpoint":
		return storage.Node{Kind: storage.CheckpointNode, ID: in.Name}
	}
	return storage.DatasetOf(dataName(in.Name), in.SHA256)
}

func (l *look) fromModel(n storage.Node, emit emit) error {
	all, err := l.allModels()
	if err != nil {
		return err
	}
	seen := map[storage.Node]bool{}
	once := func(of storage.Node, how string) error {
		if of.ID == "" || seen[of] {
			return nil
		}
		seen[of] = true
		return emit(of, how)
	}
	for _, m := range all {
		if m.Digest != n.ID {
			continue
		}
		err := errors.Join(
			once(storage.Node{Kind: storage.RunNode, ID: m.FromRun}, "kept by"),
			once(storage.Node{Kind: storage.ModelNode, ID: m.BaseDigest}, "lies on"),
		)
		if err != nil {
			return err
		}
	}
	return nil
}
