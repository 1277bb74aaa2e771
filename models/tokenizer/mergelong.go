package tokenizer

// candidate is a merge that was possible at a position when it was queued.
type candidate struct {
	merge
	at int32
}

func (a candidate) before(b candidate) bool {
	return a.rank < b.rank || a.rank == b.rank && a.at < b.at
}

// mergeQueue is a binary min-heap. container/heap would box each candidate.
type mergeQueue []candidate

func (q *mergeQueue) push(c candidate) {
	*q = append(*q, c)
	h := *q
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (q *mergeQueue) pop() candidate {
	h := *q
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return top
}

// mergeLong applies the same merges as mergeShort in n·log n: symbols form a
// linked list, and candidates that a neighbour's merge has overtaken are
// recognised, when popped, by no longer describing what stands there.
func (m *bpe) mergeLong(symbols []int32) []int32 {
	n := int32(len(symbols))
	next, prev := make([]int32, n), make([]int32, n)
	for i := range n {
		next[i], prev[i] = i+1, i-1
	}
	queue := make(mergeQueue, 0, n)
	offer := func(at int32) {
		if at < 0 || next[at] >= n {
			return
		}
		if found := m.merges.get(symbols[at], symbols[next[at]]); found != noMerge {
			queue.push(candidate{found, at})
		}
	}
	for i := range n {
		offer(i)
	}
	for len(queue) > 0 {
		c := queue.pop()
		if symbols[c.at] < 0 || next[c.at] >= n {
			continue
		}
		right := next[c.at]
		if m.merges.get(symbols[c.at], symbols[right]).id != c.id {
			continue
		}
		symbols[c.at], symbols[right] = c.id, -1
		next[c.at] = next[right]
		if next[right] < n {
			prev[next[right]] = c.at
		}
		offer(prev[c.at])
		offer(c.at)
	}
	out := symbols[:0]
	for _, id := range symbols {
		if id >= 0 {
			out = append(out, id)
		}
	}
	return out
}
