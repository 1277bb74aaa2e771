package tokenizer

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// A word longer than this is not remembered: it is rare, and would hold memory.
const maxCachedWord = 64

// cacheSlots bounds the cache: a slot holds one word, and a newcomer replaces
// whoever has its slot. Large enough that the common words of a language stay.
const cacheSlots = 1 << 15

// wordCache remembers the ids of words. Slots are swapped atomically, so that
// readers never wait.
type wordCache struct {
	seed  maphash.Seed
	slots [cacheSlots]atomic.Pointer[cachedWord]
}

type cachedWord struct {
	word string
	ids  []int32
}

func newWordCache() *wordCache { return &wordCache{seed: maphash.MakeSeed()} }

// ids returns the ids of a word, from memory if it was seen lately.
// The result is shared: it must not be written to.
func (m *bpe) ids(word string) []int32 {
	if len(word) > maxCachedWord {
		return m.encode(word)
	}
	slot := &m.cache.slots[maphash.String(m.cache.seed, word)%cacheSlots]
	if known := slot.Load(); known != nil && known.word == word {
		return known.ids
	}
	ids := m.encode(word)
	// Cloned, so that a cached word does not keep its whole text alive.
	slot.Store(&cachedWord{word: strings.Clone(word), ids: ids})
	return ids
}
