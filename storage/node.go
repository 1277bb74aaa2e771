package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// NodeKind says what a node of the lineage is.
type NodeKind string

// The kinds of node. Everything that cites something, or is cited, is one of these.
const (
	FlowNode       NodeKind = "flow"       // its ULID
	InstanceNode   NodeKind = "instance"   // see [InstanceID]
	CallNode       NodeKind = "call"       // of an instance: INSTANCE:CALL, as a task of that call is named
	TaskNode       NodeKind = "task"       // see [TaskID]
	AnswerNode     NodeKind = "answer"     // its ULID
	PersonNode     NodeKind = "person"     // its ULID
	SampleNode     NodeKind = "sample"     // a text that a call drew: CALL/1, CALL/2, …
	RowNode        NodeKind = "row"        // of a collected dataset: DATASET/ULID
	DatasetNode    NodeKind = "dataset"    // one content of a dataset or a file: NAME@SHA256
	RunNode        NodeKind = "run"        // its ULID
	CheckpointNode NodeKind = "checkpoint" // of a run, from which it can go on: RUN@STEP
	ModelNode      NodeKind = "model"      // its digest, whatever it is called
	CompletionNode NodeKind = "completion" // what the API answered to a client: its id
)

// NodeKinds lists them, the coarse before the fine.
func NodeKinds() []NodeKind {
	return []NodeKind{
		FlowNode, RunNode, ModelNode, CheckpointNode, DatasetNode, PersonNode, InstanceNode, CallNode, TaskNode,
		SampleNode, CompletionNode, AnswerNode, RowNode,
	}
}

// Node is a thing of the lineage by its name, which is written kind:id.
type Node struct {
	Kind NodeKind
	ID   string
}

// String is the name.
func (n Node) String() string { return string(n.Kind) + ":" + n.ID }

// ParseNode reads a name; the error says which kinds there are.
func ParseNode(name string) (Node, error) {
	kind, id, _ := strings.Cut(name, ":")
	n := Node{NodeKind(kind), id}
	if !slices.Contains(NodeKinds(), n.Kind) || id == "" || len(name) > maxName {
		return Node{}, fmt.Errorf("%.80q is not KIND:ID with a KIND of %v", name, NodeKinds())
	}
	return n, nil
}

// RowOf is the node of a row.
func RowOf(dataset, id string) Node { return Node{RowNode, dataset + "/" + id} }

// DatasetOf is the node of a dataset's content.
func DatasetOf(name, sha256 string) Node { return Node{DatasetNode, name + "@" + sha256} }

// Cut parts the id of a row into dataset and ULID, that of a dataset into name and SHA-256, that of a sample
// into call and number, and that of a checkpoint into run and step.
func (n Node) Cut() (of, which string) {
	by := "@"
	if n.Kind == RowNode || n.Kind == SampleNode {
		by = "/"
	}
	at := strings.LastIndex(n.ID, by)
	if at < 0 {
		return n.ID, ""
	}
	return n.ID[:at], n.ID[at+1:]
}

// NameCites gives ids their full names: scripts cite answers, rows and samples by their ids alone. What is
// nothing of this store stays as it is.
func (s *Store) NameCites(ids []string) ([]string, error) {
	named := make([]string, len(ids))
	for i, id := range ids {
		n, ok, err := s.nameCite(id)
		if err != nil {
			return nil, err
		}
		named[i] = id
		if ok {
			named[i] = n.String()
		}
	}
	return named, nil
}

const ulidLength = 26

func (s *Store) nameCite(id string) (Node, bool, error) {
	if n, err := ParseNode(id); err == nil {
		return n, true, nil
	}
	instance, call, isCall := strings.Cut(id, ":")
	switch {
	case isCall && strings.Contains(instance, ".") && strings.Contains(call, "/"):
		return Node{SampleNode, id}, true, nil
	case isCall && strings.Contains(instance, "."):
		return Node{TaskNode, id}, true, nil
	case len(id) == ulidLength:
		return s.nameULID(id)
	}
	return Node{}, false, nil
}

// nameULID finds what has a ULID.
func (s *Store) nameULID(id string) (Node, bool, error) {
	if _, err := s.TaskOf(id); !errors.Is(err, fs.ErrNotExist) {
		return Node{AnswerNode, id}, err == nil, err
	}
	all, err := s.Datasets()
	if err != nil {
		return Node{}, false, err
	}
	for _, d := range all {
		if _, err := s.Row(d.Name, id); !errors.Is(err, fs.ErrNotExist) {
			return RowOf(d.Name, id), err == nil, err
		}
	}
	for kind, key := range map[NodeKind][]byte{RunNode: runKey(id), FlowNode: flowKey(id), PersonNode: personKey(id)} {
		switch _, err := s.get(key); {
		case err == nil:
			return Node{kind, id}, true, nil
		case !errors.Is(missing(err, "%s %s", kind, id), fs.ErrNotExist):
			return Node{}, false, err
		}
	}
	return Node{}, false, nil
}
