package lineage

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"workbench/engine/runs"
	"workbench/storage"
)

// to tells what came of a node.
func (l *look) to(n storage.Node, emit emit) error {
	switch n.Kind {
	case storage.FlowNode:
		return l.toFlow(n, emit)
	case storage.InstanceNode:
		return l.toInstance(n, emit)
	case storage.CallNode:
		return l.toCall(n, emit)
	case storage.TaskNode:
		answers, err := l.store.Answers(n.ID)
		for _, a := range answers {
			err = errors.Join(err, emit(storage.Node{Kind: storage.AnswerNode, ID: a.ID}, "answered by"))
		}
		return err
	case storage.PersonNode:
		return l.toPerson(n, emit)
	case storage.RowNode:
		return l.toRow(n, emit)
	case storage.DatasetNode:
		return l.toDataset(n, emit)
	case storage.RunNode:
		return l.toRun(n, emit)
	case storage.CheckpointNode:
		return l.usedBy(n, emit, "taken up by")
	case storage.ModelNode:
		return l.toModel(n, emit)
	}
	return l.store.EachCiting(n, func(by storage.Node) error { return emit(by, citedHow(by)) })
}

// citedHow says how something is related to what it cites.
func citedHow(by storage.Node) string {
	switch by.Kind {
	case storage.RowNode:
		return "made into"
	case storage.AnswerNode:
		return "gave"
	case storage.TaskNode:
		return "asked about in"
	case storage.CompletionNode:
		return "said"
	}
	return "used by"
}

func (l *look) toFlow(n storage.Node, emit emit) error {
	if _, err := l.store.Flow(n.ID); err != nil {
		return err
	}
	return l.store.EachInstance(n.ID, "", func(v storage.Instance) error {
		if v.Parent != "" {
			return nil
		}
		return emit(storage.Node{Kind: storage.InstanceNode, ID: v.ID}, "began")
	})
}

// toInstance goes through the history: each call that left something is its node, or what it left.
func (l *look) toInstance(n storage.Node, emit emit) error {
	history, err := l.store.History(n.ID)
	if err != nil {
		return err
	}
	rounds := map[int]int{}
	for _, step := range history {
		if !step.BeginsCall() {
			continue
		}
		rounds[step.Call]++
		call := storage.CallOf(n.ID, step.Call, rounds[step.Call])
		switch step.Primitive {
		case "ask":
			err = emit(storage.Node{Kind: storage.TaskNode, ID: call.ID}, "asked")
		case "record", "spawn":
			err = l.toCall(call, emit)
		case "generate", "start", "score", "logp":
			err = emit(call, "called")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// toCall tells what a call left: samples, a row, a child, a run.
func (l *look) toCall(n storage.Node, emit emit) error {
	began, result, err := l.store.CallSteps(n)
	if err != nil {
		return err
	}
	switch {
	case began.Primitive == "start":
		return l.started(n, emit)
	case result == nil:
		return nil
	}
	switch began.Primitive {
	case "generate":
		for i := range samplesOf(began.Args) {
			if err := emit(storage.Node{Kind: storage.SampleNode, ID: fmt.Sprintf("%s/%d", n.ID, i+1)}, "drew"); err != nil {
				return err
			}
		}
		return nil
	case "record":
		var args struct {
			Dataset string `json:"dataset"`
		}
		var id string
		if err := errors.Join(json.Unmarshal(began.Args, &args), json.Unmarshal(result.Result, &id)); err != nil {
			return fmt.Errorf("the record of %s: %w", n, err)
		}
		return emit(storage.RowOf(args.Dataset, id), "recorded")
	case "spawn":
		var child string
		if err := json.Unmarshal(result.Result, &child); err != nil {
			return fmt.Errorf("the record of %s: %w", n, err)
		}
		return emit(storage.Node{Kind: storage.InstanceNode, ID: child}, "spawned")
	}
	return nil
}

// samplesOf is how many samples a call of generate asked for.
func samplesOf(args json.RawMessage) int {
	v, err := runs.DecodeValue(args)
	given, _ := v.(map[string]any)
	n, _ := given["n"].(int64)
	if err != nil {
		return 0
	}
	return int(n)
}

// started is the run of a call, also while it goes on.
func (l *look) started(call storage.Node, emit emit) error {
	all, err := l.allRuns()
	if err != nil {
		return err
	}
	for _, run := range all {
		if run.For == call.ID || run.Name == call.ID { // older ones were called by it
			if err := emit(storage.Node{Kind: storage.RunNode, ID: run.ID}, "started"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *look) toPerson(n storage.Node, emit emit) error {
	flows, err := l.allFlows()
	if err != nil {
		return err
	}
	for _, f := range flows {
		if f.Starter == n.ID {
			if err := emit(storage.Node{Kind: storage.FlowNode, ID: f.ID}, "started"); err != nil {
				return err
			}
		}
	}
	return l.store.EachCiting(n, func(by storage.Node) error { return emit(by, citedHow(by)) })
}

func (l *look) toRow(n storage.Node, emit emit) error {
	name, id := n.Cut()
	all, err := l.allRuns()
	if err != nil {
		return err
	}
	for _, run := range all {
		how, err := l.rowIn(run, name, id)
		if err == nil && how != "" {
			err = emit(storage.Node{Kind: storage.RunNode, ID: run.ID}, how+" by")
		}
		if err != nil {
			return err
		}
	}
	if err := l.itemsOf(name, emit, func(in storage.Input) (bool, error) {
		list, err := l.list(name, in.SHA256, in.Rows)
		if err != nil || list == nil {
			return false, err
		}
		at, err := list.Find(id)
		return at >= 0, err
	}); err != nil {
		return err
	}
	return l.store.EachCiting(n, func(by storage.Node) error { return emit(by, citedHow(by)) })
}

// itemsOf tells the flows whose items were read from a dataset, where has says that they had it.
func (l *look) itemsOf(name string, emit emit, has func(storage.Input) (bool, error)) error {
	flows, err := l.allFlows()
	if err != nil {
		return err
	}
	for _, f := range flows {
		for _, in := range f.Inputs {
			if dataName(in.Name) != name {
				continue
			}
			is, err := has(in)
			if err == nil && is {
				err = emit(storage.Node{Kind: storage.FlowNode, ID: f.ID}, "an item of")
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *look) toDataset(n storage.Node, emit emit) error {
	name, sha256 := n.Cut()
	err := l.usedBy(n, emit, "read by")
	if err != nil {
		return err
	}
	return l.itemsOf(name, emit, func(in storage.Input) (bool, error) { return in.SHA256 == sha256, nil })
}

// usedBy tells the runs that a node is an input of.
func (l *look) usedBy(n storage.Node, emit emit, how string) error {
	all, err := l.allRuns()
	if err != nil {
		return err
	}
	for _, run := range all {
		if slices.ContainsFunc(run.Inputs, func(in runs.Digest) bool { return InputNode(in) == n }) {
			if err := emit(storage.Node{Kind: storage.RunNode, ID: run.ID}, how); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *look) toRun(n storage.Node, emit emit) error {
	if _, err := l.book.Run(n.ID); err != nil {
		return err
	}
	models, err := l.allModels()
	if err != nil {
		return err
	}
	seen := map[storage.Node]bool{}
	for _, m := range models {
		kept := storage.Node{Kind: storage.ModelNode, ID: m.Digest}
		if m.FromRun == n.ID && !seen[kept] {
			seen[kept] = true
			if err := emit(kept, "kept"); err != nil {
				return err
			}
		}
	}
	all, err := l.allRuns()
	if err != nil {
		return err
	}
	for _, run := range all {
		for _, in := range run.Inputs {
			point := InputNode(in)
			if in.Kind == "checkpoint" && strings.HasPrefix(in.Name, n.ID+"@") && !seen[point] {
				seen[point] = true
				if err := emit(point, "kept"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (l *look) toModel(n storage.Node, emit emit) error {
	err := l.usedBy(n, emit, "used by")
	if err != nil {
		return err
	}
	models, err := l.allModels()
	if err != nil {
		return err
	}
	seen := map[string]bool{n.ID: true}
	for _, m := range models {
		if m.BaseDigest == n.ID && !seen[m.Digest] {
			seen[m.Digest] = true
			if err := emit(storage.Node{Kind: storage.ModelNode, ID: m.Digest}, "lies below"); err != nil {
				return err
			}
		}
	}
	return l.store.EachCiting(n, func(by storage.Node) error { return emit(by, citedHow(by)) })
}
