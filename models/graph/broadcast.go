package graph

// frame finds the shape of an elementwise result. Operands are aligned by axis *names*: the axes of
// the one with fewer must appear, in order, among those of the other, so that [batch] combines with
// [batch, seq] and [seq] does too, each in the only way that makes sense. Axes of size 1 stretch.
func frame(op string, a, b Shape) Shape {
	long, short := a, b
	if len(short) > len(long) {
		long, short = short, long
	}
	out := append(Shape{}, long...)
	at := 0
	for _, s := range short {
		for at < len(long) && long[at].Name != s.Name {
			at++
		}
		if at == len(long) {
			fail(op, "shapes %v and %v do not go together: axis %q has no partner", a, b, s.Name)
		}
		switch l := long[at]; {
		case l.Size == s.Size || s.Size == 1:
		case l.Size == 1:
			out[at].Size = s.Size
		default:
			fail(op, "shapes %v and %v do not go together: axis %q has two sizes", a, b, s.Name)
		}
		at++
	}
	return out
}

// align inserts axes of size 1, so that ONNX's positional broadcasting does what frame says.
func align(t *Tensor, out Shape) *Tensor {
	if len(t.shape) == 0 || len(t.shape) == len(out) {
		return t
	}
	var missing []int
	at := 0
	shape := make(Shape, len(out))
	for i, o := range out {
		if at < len(t.shape) && t.shape[at].Name == o.Name {
			shape[i] = t.shape[at]
			at++
			continue
		}
		shape[i] = Axis{o.Name, 1}
		if len(missing) > 0 || at > 0 { // leading ones need no node: ONNX aligns on the right
			missing = append(missing, i)
		}
	}
	lead := 0
	for lead < len(out) && (len(t.shape) == 0 || out[lead].Name != t.shape[0].Name) {
		lead++
	}
	if len(missing) == 0 {
		return t
	}
	for i := range missing {
		missing[i] -= lead
	}
	return t.graph.node("Unsqueeze", "", []*Tensor{t, t.graph.Ints(missing...)}, result{t.dtype, shape[lead:]})
}

// unbroadcast sums the adjoint of a broadcast result over what was broadcast, back to an operand's shape.
func unbroadcast(d *Tensor, to Shape) *Tensor {
	if d.shape.Equal(to) {
		return d
	}
	var sum []int
	var kept Shape
	at := 0
	for i, a := range d.shape {
		switch {
		case at < len(to) && to[at].Name == a.Name && to[at].Size == a.Size:
			kept = append(kept, a)
			at++
		case at < len(to) && to[at].Name == a.Name: // stretched from 1
			sum = append(sum, i)
			at++
		default:
			sum = append(sum, i)
		}
	}
	out := d
	if len(sum) > 0 {
		out = d.graph.node("ReduceSum", "", []*Tensor{d, d.graph.Ints(sum...)}, result{Float32, kept}, Attr{"keepdims", 0})
	}
	if !out.shape.Equal(to) {
		out = reshape(out, to)
	}
	return out
}

// float turns booleans and integers into numbers that can be added and averaged.
func float(t *Tensor) *Tensor {
	if t.dtype == Float32 {
		return t
	}
	return Cast(t, Float32)
}
