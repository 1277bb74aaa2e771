package graph

import "strings"

// Cache is the key–value cache of one layer, [batch, head, position, dim], updated in place: the
// new state is bound onto the buffer of the old.
type Cache struct {
	PastKey, PastValue       *Tensor
	PresentKey, PresentValue *Tensor
}

// Heads say how attention is divided: heads queries share keyHeads keys, scores are multiplied by scale.
type Heads struct {
	Heads, KeyHeads int
	Scale           float64
}

// CachedAttention is one layer's attention over everything seen so far, for inference: q, k and v
// [batch, seq, head·dim], or all three side by side in q with k and v nil; lengths [batch] int32 is
// each row's number of positions after this step less one; total [] int32 the largest of those
// numbers plus one. Rows of a first step may be padded on the right. Queries and keys are rotated
// inside by the caches cos and sin, unless these are nil. The result is [batch, seq, channel].
func CachedAttention(q, k, v *Tensor, cache *Cache, lengths, total, cos, sin *Tensor, h Heads) *Tensor {
	g := q.graph
	kept := result{Float32, cache.PastKey.shape}
	dim := cache.PastKey.shape[len(cache.PastKey.shape)-1].Size
	out := append(append(Shape{}, q.shape[:len(q.shape)-1]...), Axis{"channel", h.Heads * dim})
	outs := g.nodes("GroupQueryAttention", Microsoft,
		[]*Tensor{q, k, v, cache.PastKey, cache.PastValue, lengths, total, cos, sin},
		[]result{{Float32, out}, kept, kept},
		Attr{"num_heads", h.Heads}, Attr{"kv_num_heads", h.KeyHeads}, Attr{"scale", float32(h.Scale)},
		Attr{"do_rotary", flag(cos != nil)}, Attr{"rotary_interleaved", 0})
	cache.PresentKey, cache.PresentValue = outs[1], outs[2]
	return outs[0]
}

// AddNorm is sum = x + d and y = RMSNorm(sum, w) in one pass over memory, for inference.
func AddNorm(x, d, w *Tensor, eps float64) (y, sum *Tensor) {
	g := x.graph
	same := result{Float32, x.shape}
	outs := g.nodes("SkipSimplifiedLayerNormalization", Microsoft, []*Tensor{x, d, w},
		[]result{same, {}, {}, same}, Attr{"epsilon", float32(eps)})
	return outs[0], outs[3]
}

// Split cuts the last axis into the given axes, for inference.
func Split(t *Tensor, into ...Axis) []*Tensor {
	at := len(t.shape) - 1
	sizes := make([]int, len(into))
	outs := make([]result, len(into))
	for i, a := range into {
		sizes[i] = a.Size
		outs[i] = result{t.dtype, append(append(Shape{}, t.shape[:at]...), a)}
	}
	return t.graph.nodes("Split", "", []*Tensor{t, t.graph.Ints(sizes...)}, outs, Attr{"axis", at})
}

// Joined is the name of the weight whose rows are those of the named weights, one after the other.
func Joined(names ...string) string { return strings.Join(names, "+") }

// Parts are the names that Joined put together.
func Parts(name string) []string { return strings.Split(name, "+") }

// LinearJoined applies several linear weights to the same x at once and returns their results side by
// side. Only quantised weights are joined: they are made for one graph, while plain ones are
// shared; ok is false for those.
func (w *Weights) LinearJoined(x *Tensor, out, in Axis, names ...string) (y *Tensor, ok bool) {
	if w.Bits == 0 {
		return nil, false
	}
	return w.quantized(x, Joined(names...), out, in), true
}

// DecodeStep is what one step of cached decoding reads and makes. Batch, seq and row may be dynamic.
type DecodeStep struct {
	Tokens *Tensor // [batch, seq] int64; a first step may be padded on the right
	// Positions of the tokens, [batch, seq] int64, for architectures that cannot take them from Lengths.
	Positions *Tensor

	Rows    *Tensor // [row] int64: which of the batch·seq positions get logits; any number of times
	Scale   *Tensor // [row, one]: multiplies the logits, as the inverse of a temperature does
	Lengths *Tensor // [batch] int32: positions of each row after this step, less one
	Total   *Tensor // [] int32: the largest number of positions after this step
	Caches  []*Cache
	Logits  *Tensor // [row, vocab]
}

// Sizes are the numbers of an architecture that memory is laid out by.
type Sizes struct {
	Hidden    int // width of the residual stream
	Layers    int
	KeyHeads  int // key–value heads of a layer
	HeadDim   int
	Vocab     int
	Positions int // longest sequence
}
