package storage

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// BeginsCall says whether a step puts a call on record, maybe in place of one that was re-opened.
func (s Step) BeginsCall() bool { return s.Kind == "called" || s.Kind == "result" && s.Hash != "" }

// CallOf is the node of a call that is begun for the round-th time.
func CallOf(instance string, call, round int) Node {
	return Node{CallNode, Again(TaskID(instance, call), round)}
}

// CiteCall notes the models and runs that a call's result came from; a question's answers are found by its
// task.
func (b *Batch) CiteCall(cites []string, call Node) {
	b.citeAll(slices.DeleteFunc(slices.Clone(cites), func(c string) bool {
		return !strings.HasPrefix(c, string(ModelNode)+":") && !strings.HasPrefix(c, string(RunNode)+":")
	}), call)
}

// CallSteps reads of a history what a call did: its step of beginning and, where it has one, of its result.
func (s *Store) CallSteps(n Node) (began Step, result *Step, err error) {
	instance, _, _ := strings.Cut(n.ID, ":")
	history, err := s.History(instance)
	if err != nil {
		return began, nil, err
	}
	rounds := map[int]int{}
	found := false
	for _, step := range history {
		if step.BeginsCall() {
			rounds[step.Call]++
		}
		if step.Call == 0 || CallOf(instance, step.Call, rounds[step.Call]) != n {
			continue
		}
		switch {
		case step.BeginsCall():
			began, found = step, true
			if step.Kind == "result" {
				result = &step
			}
		case step.Kind == "result":
			result = &step
		case step.Kind == "undone":
			result = nil
		}
	}
	if !found {
		return began, nil, fmt.Errorf("%s: %w", n, fs.ErrNotExist)
	}
	return began, result, nil
}
