package tokenizer

// Tokenizer encodes text as token ids and decodes ids as text. It is safe for
// use by several goroutines at once.
type Tokenizer struct {
	model       *bpe
	normalizers []func(string) string
	splitters   []splitter
	decoders    []func() stage
	separator   string // between tokens, where the file names no decoder

	added      added
	tokens     []string       // by id; "" where the id is unused
	ids        map[string]int // of the added tokens
	special    []bool         // by id
	post       []postPiece
	decodeForm map[int]string // what the decoder sees, where not the token itself
}

// Vocab is one more than the largest id: the number of rows that an embedding
// table needs for this tokenizer.
func (t *Tokenizer) Vocab() int { return len(t.tokens) }

// ID finds the id of a token by its spelling in tokenizer.json (byte-level
// tokens are spelt in GPT-2's byte alphabet: "Ġthe" for " the").
func (t *Tokenizer) ID(token string) (id int, ok bool) {
	if id, ok = t.ids[token]; ok {
		return id, true
	}
	id, ok = t.model.vocab[token]
	return id, ok
}

// Token is the spelling in tokenizer.json of a token, "" for an unused id or
// one outside the vocabulary.
func (t *Tokenizer) Token(id int) string {
	if id < 0 || id >= len(t.tokens) {
		return ""
	}
	return t.tokens[id]
}

// Special says whether a token is a special one, such as an end of text, which
// Decode leaves out.
func (t *Tokenizer) Special(id int) bool {
	return id >= 0 && id < len(t.special) && t.special[id]
}
