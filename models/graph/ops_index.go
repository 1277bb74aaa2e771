package graph

// Rows takes rows of a table: table [n, width…] and ids of any shape give [ids…, width…]. It is
// both the embedding look-up and the choice of positions at which a head is evaluated.
func Rows(table, ids *Tensor) *Tensor {
	if ids.dtype != Int64 || len(table.shape) == 0 {
		fail("rows", "want int64 ids into a table, got %s %v into %v", ids.dtype, ids.shape, table.shape)
	}
	out := append(append(Shape{}, ids.shape...), table.shape[1:]...)
	g := table.graph
	y := g.node("Gather", "", []*Tensor{table, ids}, result{table.dtype, out}, Attr{"axis", 0})
	g.record("Rows", []*Tensor{y}, []*Tensor{table, ids}, func(dout []*Tensor) []*Tensor {
		return []*Tensor{scatterRows(stretch(g.Scalar(0), table.shape), ids, dout[0]), nil}
	})
	return y
}

// ScatterRows is the inverse of Rows: an [n, …] tensor of zeros to which rows are added at ids.
func ScatterRows(n Axis, ids, rows *Tensor) *Tensor {
	out := append(Shape{n}, rows.shape[len(ids.shape):]...)
	g := rows.graph
	y := scatterRows(stretch(g.Scalar(0), out), ids, rows)
	g.record("ScatterRows", []*Tensor{y}, []*Tensor{rows, ids}, func(dout []*Tensor) []*Tensor {
		return []*Tensor{g.node("Gather", "", []*Tensor{dout[0], ids}, result{Float32, rows.shape}, Attr{"axis", 0}), nil}
	})
	return y
}

// scatterRows adds rows [ids…, width…] to onto [n, width…] at ids.
func scatterRows(onto, ids, rows *Tensor) *Tensor {
	g := onto.graph
	at := len(ids.shape)
	index := g.node("Unsqueeze", "", []*Tensor{ids, g.Ints(at)}, result{Int64, append(append(Shape{}, ids.shape...), Axis{"index", 1})})
	return g.node("ScatterND", "", []*Tensor{onto, index, rows}, result{Float32, onto.shape}, Attr{"reduction", "add"})
}

// Take picks one element of the last axis for each position: t [pos…, n] and ids [pos…] give [pos…].
func Take(t, ids *Tensor) *Tensor {
	i := len(t.shape) - 1
	if i < 0 || ids.dtype != Int64 || !ids.shape.Equal(t.shape[:i]) {
		fail("gather", "want int64 ids of shape %v, got %s %v", t.shape[:max(i, 0)], ids.dtype, ids.shape)
	}
	g := t.graph
	one := append(append(Shape{}, ids.shape...), Axis{t.shape[i].Name, 1})
	index := g.node("Unsqueeze", "", []*Tensor{ids, g.Ints(i)}, result{Int64, one})
	picked := g.node("GatherElements", "", []*Tensor{t, index}, result{t.dtype, one}, Attr{"axis", i})
	y := g.node("Squeeze", "", []*Tensor{picked, g.Ints(i)}, result{t.dtype, ids.shape})
	g.record("Take", []*Tensor{y}, []*Tensor{t, ids}, func(dout []*Tensor) []*Tensor {
		d := g.node("Unsqueeze", "", []*Tensor{dout[0], g.Ints(i)}, result{Float32, one})
		zero := stretch(g.Scalar(0), t.shape)
		return []*Tensor{g.node("ScatterElements", "", []*Tensor{zero, index, d}, result{Float32, t.shape}, Attr{"axis", i}, Attr{"reduction", "add"}), nil}
	})
	return y
}
