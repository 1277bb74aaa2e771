package graph

// Cache is the key–value cache of one layer, [batch, head, position, dim], updated in place: the
// new state is bound onto the buffer of the old.
type Cache struct {
	PastKey, PastValue       *Tensor
	PresentKey, PresentValue *Tensor
}

// CachedAttention is one layer's attention over everything seen so far, for inference: q, k and v
// [batch, seq, head·dim] before rotation; lengths [batch] int32 is each row's number of positions
// after this step less one; total [] int32 the largest of those numbers plus one. Rows of a first
// step may be padded on the right. Grouped queries and rotation happen inside.
func CachedAttention(q, k, v *Tensor, cache *Cache, lengths, total, cos, sin *Tensor, heads, keyHeads int, scale float64) *Tensor {
	g := q.graph
	kept := result{Float32, cache.PastKey.shape}
	outs := g.nodes("GroupQueryAttention", Microsoft,
		[]*Tensor{q, k, v, cache.PastKey, cache.PastValue, lengths, total, cos, sin},
		[]result{{Float32, q.shape}, kept, kept},
		Attr{"num_heads", heads}, Attr{"kv_num_heads", keyHeads}, Attr{"scale", float32(scale)},
		Attr{"do_rotary", 1}, Attr{"rotary_interleaved", 0})
	cache.PresentKey, cache.PresentValue = outs[1], outs[2]
	return outs[0]
}

// DecodeStep is what one step of cached decoding reads and makes. Batch, seq and row may be dynamic.
type DecodeStep struct {
	Tokens  *Tensor // [batch, seq] int64; a first step may be padded on the right
	Rows    *Tensor // [row] int64: which of the batch·seq positions get logits
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
