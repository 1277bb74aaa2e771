package tokenizer

import "unicode/utf8"

// Encode returns the ids of a text. Special tokens that are written out in it
// ("<|im_end|>") are recognised; none is added. Ids are those of Hugging Face's
// encode(text, add_special_tokens=False).
//
// Text that is not UTF-8 is read as if each malformed sequence were U+FFFD.
func (t *Tokenizer) Encode(text string) []int { return t.encode(text, false) }

// EncodeOrdinary returns the ids of a text in which special tokens mean
// nothing: what people wrote cannot end a turn or start another.
func (t *Tokenizer) EncodeOrdinary(text string) []int { return t.encode(text, true) }

func (t *Tokenizer) encode(text string, ordinary bool) []int {
	if text == "" {
		return nil
	}
	if !utf8.ValidString(text) {
		text = lossy([]byte(text))
	}
	// About four bytes make a token of English.
	e := &encoder{Tokenizer: t, ids: make([]int, 0, len(text)/4+8)}
	e.build(e.word)
	t.added.plain.split(text, ordinary, func(piece string, start bool) {
		piece = t.normalize(piece)
		if piece == "" {
			return
		}
		t.added.normalized.split(piece, ordinary, func(piece string, first bool) {
			e.words(piece, start && first)
		}, e.token)
	}, e.token)
	return e.ids
}

// encoder is one call of Encode: words flow through the splitters into ids.
type encoder struct {
	*Tokenizer
	ids   []int
	words func(text string, start bool)
}

// build chains the splitters, and the last to a sink of words.
func (e *encoder) build(sink func(word string, start bool)) {
	e.words = sink
	for i := len(e.splitters) - 1; i >= 0; i-- {
		s, next := e.splitters[i], e.words
		e.words = func(text string, start bool) { s.split(text, start, next) }
	}
}

func (e *encoder) token(id int) { e.ids = append(e.ids, id) }

// word appends the ids of one word.
func (e *encoder) word(word string, _ bool) {
	m := e.model
	if len(word) == 1 && m.byteIDs != nil {
		if id := m.byteIDs[word[0]]; id >= 0 && m.suffix == "" {
			e.ids = append(e.ids, int(id))
			return
		}
	}
	for _, id := range m.ids(word) {
		e.ids = append(e.ids, int(id))
	}
}
