package ort

import (
	"fmt"
	"iter"

	"workbench/models/graph"
)

// inPlace lists the operators that may write a result over an operand, and over which (-1: any of the
// same shape). Each is measured by a test.
var inPlace = map[string]int{
	"Add": -1, "Sub": -1, "Mul": -1, "Div": -1, "Pow": -1, "Max": -1, "Min": -1, "Where": -1,
	"Neg": 0, "Abs": 0, "Exp": 0, "Log": 0, "Sqrt": 0, "Sigmoid": 0, "Tanh": 0, "Clip": 0,
	"Identity": 0, "Reshape": 0, "Unsqueeze": 0, "Squeeze": 0,
	"ScatterND": 0, "ScatterElements": 0,
	"Gemm": 2, // onto C
}

// inPlacePast are the operands of GroupQueryAttention over which it may write results of the same index:
// past_key is operand 3 and present_key result 1.
var inPlacePast = map[int]int{3: 1, 4: 2}

// aliasing knows who reads and who makes what in a graph.
type aliasing struct {
	graph    *graph.Graph
	readers  map[*graph.Tensor][]*graph.Node
	producer map[*graph.Tensor]*graph.Node
}

func newAliasing(g *graph.Graph) aliasing {
	a := aliasing{g, map[*graph.Tensor][]*graph.Node{}, map[*graph.Tensor]*graph.Node{}}
	for _, n := range g.Live().Nodes {
		for _, t := range n.Inputs {
			if t != nil {
				a.readers[t] = append(a.readers[t], n)
			}
		}
		for _, t := range n.Outputs {
			if t != nil {
				a.producer[t] = n
			}
		}
	}
	return a
}

// check refuses buffers that are shared in ways that could give wrong results.
func (a aliasing) check(buffers map[string]*Buffer) error {
	for i, out := range a.graph.Outputs {
		to := buffers[out.Name]
		for _, other := range a.graph.Outputs[:i] {
			if overlap(to, buffers[other.Name]) && to.Size() > 0 {
				return fmt.Errorf("outputs %q and %q are bound to the same memory", other.Name, out.Name)
			}
		}
		for _, group := range [][]*graph.Tensor{a.graph.Inputs, a.graph.Params} {
			for _, in := range group {
				from, bound := buffers[in.Name()]
				if !bound || !overlap(from, to) || from.Size() == 0 || to.Size() == 0 {
					continue
				}
				if err := a.safe(in, out, same(from, to)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// safe says whether out may be written over in.
func (a aliasing) safe(in *graph.Tensor, out graph.Output, same bool) error {
	writer := a.producer[out.Tensor]
	if writer == nil {
		if out.Tensor == in && same {
			return nil // a copy onto itself
		}
		return fmt.Errorf("output %q is bound over input %q, but nothing is known about when it is written", out.Name, in.Name())
	}
	before := a.ancestors(writer)
	for reader, operand := range a.reads(in) {
		switch {
		case reader == writer && (!same || !worksInPlace(writer, operand, out.Tensor)):
			return fmt.Errorf("output %q is bound over input %q, but node %s cannot write its result over what it reads", out.Name, in.Name(), writer.Name)
		case reader != writer && !before[reader]:
			return fmt.Errorf("output %q is bound over input %q, but node %s may read that after node %s has written it; give them buffers of their own", out.Name, in.Name(), reader.Name, writer.Name)
		}
	}
	return nil
}

// sameMemory are the operators whose result is, to the runtime, the memory of their first operand.
var sameMemory = map[string]bool{"Identity": true, "Reshape": true, "Unsqueeze": true, "Squeeze": true, "Flatten": true}

// reads yields the nodes that read the memory of in, each with the value by which it does.
func (a aliasing) reads(in *graph.Tensor) iter.Seq2[*graph.Node, *graph.Tensor] {
	return func(yield func(*graph.Node, *graph.Tensor) bool) {
		stack := []*graph.Tensor{in}
		for len(stack) > 0 {
			t := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, n := range a.readers[t] {
				if !yield(n, t) {
					return
				}
				if sameMemory[n.Op] && n.Inputs[0] == t {
					stack = append(stack, n.Outputs[0])
				}
			}
		}
	}
}

func worksInPlace(n *graph.Node, in, out *graph.Tensor) bool {
	for i, t := range n.Inputs {
		if t != in {
			continue
		}
		if n.Op == "GroupQueryAttention" {
			result, ok := inPlacePast[i]
			if !ok || n.Outputs[result] != out {
				return false
			}
			continue
		}
		at, ok := inPlace[n.Op]
		if !ok || at >= 0 && at != i {
			return false
		}
	}
	return true
}

// ancestors are the nodes that have run before n runs.
func (a aliasing) ancestors(n *graph.Node) map[*graph.Node]bool {
	seen := map[*graph.Node]bool{}
	stack := []*graph.Node{n}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, t := range top.Inputs {
			if p := a.producer[t]; p != nil && !seen[p] {
				seen[p] = true
				stack = append(stack, p)
			}
		}
	}
	return seen
}
