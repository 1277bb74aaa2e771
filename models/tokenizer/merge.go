package tokenizer

import (
	"math"
	"unicode/utf8"
)

// merge is what becomes of a pair of adjacent symbols.
type merge struct {
	rank int32 // lower goes first
	id   int32 // of the joined symbol
}

// noMerge outranks nothing.
var noMerge = merge{rank: math.MaxInt32, id: -1}

// mergeTable maps pairs of ids to merges: open addressing with linear probing,
// because this lookup is the inner loop of encoding.
type mergeTable struct {
	keys   []uint64 // 0 is empty: keys are stored plus one
	merges []merge
	shift  uint
}

func newMergeTable(n int) mergeTable {
	bits := uint(4)
	for 1<<bits < 2*n {
		bits++
	}
	return mergeTable{keys: make([]uint64, 1<<bits), merges: make([]merge, 1<<bits), shift: 64 - bits}
}

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) + 1 }

// slot is where a key is, or where it would go. The multiplier is 2⁶⁴/φ
// (Fibonacci hashing, Knuth TAOCP 3 §6.4).
func (t *mergeTable) slot(key uint64) int {
	mask := len(t.keys) - 1
	i := int(key * 0x9E3779B97F4A7C15 >> t.shift)
	for t.keys[i] != 0 && t.keys[i] != key {
		i = (i + 1) & mask
	}
	return i
}

// set records a merge. A pair that is listed twice keeps the later rank.
func (t *mergeTable) set(left, right int32, m merge) {
	key := pairKey(left, right)
	i := t.slot(key)
	t.keys[i], t.merges[i] = key, m
}

func (t *mergeTable) get(left, right int32) merge {
	key := pairKey(left, right)
	if i := t.slot(key); t.keys[i] == key {
		return t.merges[i]
	}
	return noMerge
}

// longWord is from how many symbols on the heap beats scanning for the lowest rank.
const longWord = 40

// encode returns the ids of one word: raw bytes when the model is byte-level,
// otherwise normalized text.
func (m *bpe) encode(word string) []int32 {
	if m.ignoreMerges {
		spelt := word
		if m.byteIDs != nil {
			spelt = spell(word)
		}
		if id, ok := m.vocab[spelt]; ok {
			return []int32{int32(id)}
		}
	}
	symbols := m.symbols(word)
	if len(symbols) < longWord {
		return m.mergeShort(symbols)
	}
	return m.mergeLong(symbols)
}

// symbols are the ids that a word starts from, before any merge.
func (m *bpe) symbols(word string) []int32 {
	if m.byteIDs == nil {
		return m.charSymbols(word)
	}
	symbols := make([]int32, len(word), len(word)+1)
	for i := range len(word) {
		symbols[i] = m.byteIDs[word[i]]
		if symbols[i] < 0 || m.prefix != "" || m.suffix != "" {
			return m.charSymbols(spell(word))
		}
	}
	return symbols
}

// charSymbols handles characters one by one, with byte fallback and unknowns.
// As in the reference, an unknown is held back until the next known character,
// and bytes that are fallen back to overtake it.
func (m *bpe) charSymbols(word string) []int32 {
	symbols := make([]int32, 0, len(word))
	unknown := 0 // how many are held back
	release := func() {
		for ; unknown > 0; unknown-- {
			symbols = append(symbols, int32(m.unknown))
		}
	}
	for i := 0; i < len(word); {
		_, size := utf8.DecodeRuneInString(word[i:])
		char := word[i : i+size]
		if i > 0 {
			char = m.prefix + char
		}
		if i += size; i == len(word) {
			char += m.suffix
		}
		if id, ok := m.vocab[char]; ok {
			release()
			symbols = append(symbols, int32(id))
			continue
		}
		if fallback, ok := m.fallBack(symbols, char); ok {
			symbols = fallback
			continue
		}
		if m.unknown < 0 {
			continue
		}
		if !m.fuseUnknown {
			release()
		}
		unknown = 1
	}
	release()
	return symbols
}

// fallBack appends the byte tokens of an unknown character, if all exist.
func (m *bpe) fallBack(symbols []int32, char string) ([]int32, bool) {
	if m.byteTokens == nil {
		return symbols, false
	}
	out := symbols
	for i := range len(char) {
		id := m.byteTokens[char[i]]
		if id < 0 {
			return symbols, false
		}
		out = append(out, int32(id))
	}
	return out, true
}

// mergeShort applies merges in place, lowest rank first, leftmost among equals,
// finding each by a scan: quadratic, and fastest for words of usual length.
func (m *bpe) mergeShort(symbols []int32) []int32 {
	var merges [longWord]merge
	for i := 0; i+1 < len(symbols); i++ {
		merges[i] = m.merges.get(symbols[i], symbols[i+1])
	}
	for len(symbols) > 1 {
		last := len(symbols) - 1
		best := 0
		for i := 1; i < last; i++ {
			if merges[i].rank < merges[best].rank {
				best = i
			}
		}
		if merges[best] == noMerge {
			break
		}
		symbols[best] = merges[best].id
		copy(symbols[best+1:], symbols[best+2:])
		copy(merges[best:last], merges[best+1:last])
		symbols = symbols[:last]
		if best > 0 {
			merges[best-1] = m.merges.get(symbols[best-1], symbols[best])
		}
		if best+1 < len(symbols) {
			merges[best] = m.merges.get(symbols[best], symbols[best+1])
		}
	}
	return symbols
}
