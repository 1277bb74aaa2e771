package graph

// Live is the part of a graph that its outputs need.
type Live struct {
	Nodes  []*Node // in the order in which they can run
	Params []*Tensor
	Consts []Const
}

// Live finds what the outputs of the graph are computed from. The backward pass leaves nodes behind
// that nobody asked for; they are neither encoded nor run, and weights that only they read need not
// be supplied.
func (g *Graph) Live() Live {
	needed := map[*Tensor]bool{}
	for _, o := range g.Outputs {
		needed[o.Tensor] = true
	}
	keep := make([]bool, len(g.Nodes))
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		for _, t := range g.Nodes[i].Outputs {
			keep[i] = keep[i] || t != nil && needed[t]
		}
		if !keep[i] {
			continue
		}
		for _, t := range g.Nodes[i].Inputs {
			if t != nil {
				needed[t] = true
			}
		}
	}
	var live Live
	for i, n := range g.Nodes {
		if keep[i] {
			live.Nodes = append(live.Nodes, n)
		}
	}
	for _, p := range g.Params {
		if needed[p] {
			live.Params = append(live.Params, p)
		}
	}
	for _, c := range g.Consts {
		if needed[c.Tensor] {
			live.Consts = append(live.Consts, c)
		}
	}
	return live
}

// sources are the values that no node computes.
func (l Live) sources(g *Graph) []*Tensor {
	var all []*Tensor
	all = append(all, g.Inputs...)
	all = append(all, l.Params...)
	for _, c := range l.Consts {
		all = append(all, c.Tensor)
	}
	return all
}
