package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// bpe is a byte-pair encoding model: a vocabulary, and merges in the order in
// which they are applied (Sennrich et al. 2016, §3.2).
type bpe struct {
	vocab        map[string]int
	tokens       []string // by id, "" where unused
	merges       mergeTable
	unknown      int // id, or -1: unknown symbols are dropped
	fuseUnknown  bool
	ignoreMerges bool // a word that is a token is that token
	prefix       string
	suffix       string
	byteTokens   *[256]int // ids of <0x00>…<0xFF>, -1 where absent; nil without byte fallback

	byteIDs *[256]int32 // by raw byte, -1 where absent; nil unless byte-level
	cache   *wordCache
}

type bpeFile struct {
	Type         string          `json:"type"`
	Dropout      *float64        `json:"dropout"`
	UnkToken     *string         `json:"unk_token"`
	Prefix       *string         `json:"continuing_subword_prefix"`
	Suffix       *string         `json:"end_of_word_suffix"`
	FuseUnk      bool            `json:"fuse_unk"`
	ByteFallback bool            `json:"byte_fallback"`
	IgnoreMerges bool            `json:"ignore_merges"`
	Vocab        json.RawMessage `json:"vocab"`
	Merges       json.RawMessage `json:"merges"`
}

func (t *Tokenizer) buildModel(raw json.RawMessage) error {
	if raw == nil {
		return errors.New("missing")
	}
	var f bpeFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return err
	}
	// Old files leave the type out; only BPE has merges.
	if f.Type != "BPE" && (f.Type != "" || f.Merges == nil) {
		return fmt.Errorf("type %q: %w (BPE is)", f.Type, ErrUnsupported)
	}
	if f.Dropout != nil && *f.Dropout != 0 {
		return fmt.Errorf("dropout %g: %w: encoding would be random", *f.Dropout, ErrUnsupported)
	}
	m := &bpe{
		unknown: -1, fuseUnknown: f.FuseUnk, ignoreMerges: f.IgnoreMerges,
		prefix: value(f.Prefix), suffix: value(f.Suffix), cache: newWordCache(),
	}
	if err := m.readVocab(f.Vocab); err != nil {
		return err
	}
	if err := m.readMerges(f.Merges); err != nil {
		return err
	}
	if f.UnkToken != nil {
		id, ok := m.vocab[*f.UnkToken]
		if !ok {
			return fmt.Errorf("unk_token %q is not in the vocabulary", *f.UnkToken)
		}
		m.unknown = id
	}
	if f.ByteFallback {
		m.byteTokens = new([256]int)
		for b := range m.byteTokens {
			m.byteTokens[b] = lookup(m.vocab, fmt.Sprintf("<0x%02X>", b))
		}
	}
	t.model = m
	return nil
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func lookup(vocab map[string]int, token string) int {
	if id, ok := vocab[token]; ok {
		return id
	}
	return -1
}

func (m *bpe) readVocab(raw json.RawMessage) error {
	s := scanner{data: raw}
	m.vocab = make(map[string]int, len(raw)/16)
	if err := s.list('{', '}', func(int) error {
		token, err := s.text()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		m.vocab[token], err = s.number()
		return err
	}); err != nil {
		return fmt.Errorf("vocab: %w", err)
	}
	highest := -1
	for token, id := range m.vocab {
		if id < 0 || id >= maxTokens {
			return fmt.Errorf("vocab: id %d of %q is outside [0,%d)", id, token, maxTokens)
		}
		if len(token) > maxTokenBytes {
			return fmt.Errorf("vocab: token %d has %d bytes, more than %d", id, len(token), maxTokenBytes)
		}
		highest = max(highest, id)
	}
	// Ids are rows of an embedding table: a table that is nearly all holes is
	// a broken file, or one made to allocate.
	if highest >= 16*len(m.vocab)+1024 {
		return fmt.Errorf("vocab: %d tokens, but ids up to %d", len(m.vocab), highest)
	}
	m.tokens = make([]string, highest+1)
	taken := make([]bool, highest+1)
	for token, id := range m.vocab {
		if taken[id] {
			return fmt.Errorf("vocab: id %d belongs to both %q and %q", id, m.tokens[id], token)
		}
		m.tokens[id], taken[id] = token, true
	}
	return nil
}

func (m *bpe) readMerges(raw json.RawMessage) error {
	pairs, err := parseMerges(raw)
	if err != nil {
		return err
	}
	m.merges = newMergeTable(len(pairs))
	for rank, pair := range pairs {
		left, right := lookup(m.vocab, pair[0]), lookup(m.vocab, pair[1])
		if left < 0 || right < 0 || len(pair[1]) < len(m.prefix) {
			return fmt.Errorf("merges: merge %d joins %q and %q, which are not both in the vocabulary", rank, pair[0], pair[1])
		}
		joined := lookup(m.vocab, pair[0]+pair[1][len(m.prefix):])
		if joined < 0 {
			return fmt.Errorf("merges: merge %d makes %q, which is not in the vocabulary", rank, pair[0]+pair[1][len(m.prefix):])
		}
		m.merges.set(int32(left), int32(right), merge{rank: int32(rank), id: int32(joined)})
	}
	return nil
}

// parseMerges reads both spellings: ["a b", …] and [["a","b"], …].
func parseMerges(raw json.RawMessage) (pairs [][2]string, err error) {
	if len(raw) == 0 {
		return nil, errors.New("merges: missing")
	}
	s := scanner{data: raw}
	err = s.list('[', ']', func(i int) error {
		pair, err := s.merge()
		if err != nil {
			return fmt.Errorf("merge %d: %w", i, err)
		}
		if pair != [2]string{} {
			pairs = append(pairs, pair)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("merges: %w", err)
	}
	return pairs, nil
}

// merge reads one merge, in either spelling; a version line is none.
func (s *scanner) merge() (pair [2]string, err error) {
	if s.peek() == '[' {
		parts := 0
		err := s.list('[', ']', func(i int) error {
			part, err := s.text()
			if parts++; i < 2 {
				pair[i] = part
			}
			return err
		})
		if err == nil && parts != 2 {
			err = fmt.Errorf("%d parts, not 2", parts)
		}
		return pair, err
	}
	line, err := s.text()
	if err != nil || strings.HasPrefix(line, "#version") {
		return pair, err
	}
	left, right, found := strings.Cut(line, " ")
	if !found || strings.Contains(right, " ") {
		return pair, fmt.Errorf("%q is not two tokens with a space between", line)
	}
	return [2]string{left, right}, nil
}

// useBytes prepares the model for words given as raw bytes rather than in the
// byte alphabet.
func (m *bpe) useBytes() {
	m.byteIDs = new([256]int32)
	for b := range m.byteIDs {
		m.byteIDs[b] = int32(lookup(m.vocab, spell(string([]byte{byte(b)}))))
	}
}
