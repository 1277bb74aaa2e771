package graph

// views are operators whose result is their first operand seen in another shape.
var views = map[string]bool{"Reshape": true, "Unsqueeze": true, "Squeeze": true, "Identity": true}

// Between is the memory in bytes that a run of the graph needs at most between its nodes: results that
// are not outputs, each kept from its node to the last one that reads it. A runtime that keeps its
// memory in larger pieces takes somewhat more, one that writes results over their operands less. ok is
// false where an axis is known only when the graph runs.
func (g *Graph) Between() (bytes int64, ok bool) {
	live := g.Live()
	bound := map[*Tensor]bool{}
	for _, o := range g.Outputs {
		bound[o.Tensor] = true
	}
	memory := map[*Tensor]*Tensor{} // whose memory a result lies in
	last := map[*Tensor]int{}       // node that reads it last
	for i, n := range live.Nodes {
		for _, t := range n.Outputs {
			if t == nil {
				continue
			}
			if t.shape.Elements() == Dynamic {
				return 0, false
			}
			memory[t] = t
			if views[n.Op] && memory[n.Inputs[0]] != nil && !bound[t] {
				memory[t] = memory[n.Inputs[0]]
			}
			last[memory[t]] = i
		}
		for _, t := range n.Inputs {
			if m := memory[t]; m != nil {
				last[m] = i
			}
		}
	}
	gone := make([][]*Tensor, len(live.Nodes))
	for t, i := range last {
		gone[i] = append(gone[i], t)
	}
	var now int64
	for i, n := range live.Nodes {
		for _, t := range n.Outputs {
			if t != nil && memory[t] == t && !bound[t] {
				now += size(t)
			}
		}
		bytes = max(bytes, now)
		for _, t := range gone[i] {
			if !bound[t] {
				now -= size(t)
			}
		}
	}
	return bytes, true
}

func size(t *Tensor) int64 { return int64(t.shape.Elements()) * int64(t.dtype.Size()) }
