package checkpoint

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// ggufSpecial names the special tokens as Hugging Face and as GGUF call them.
var ggufSpecial = map[string]string{
	"bos_token": "tokenizer.ggml.bos_token_id",
	"eos_token": "tokenizer.ggml.eos_token_id",
	"unk_token": "tokenizer.ggml.unknown_token_id",
	"pad_token": "tokenizer.ggml.padding_token_id",
}

// The kinds of token that matter here (tokenizer.ggml.token_type, enum llama_token_type).
const (
	tokenControl     = 3
	tokenUserDefined = 4
)

// addedToken is an entry of tokenizer.json's added_tokens: text that is found before, and never cut
// by, the pre-tokenizer.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// bpeModel is tokenizer.json's model of byte-pair encoding.
type bpeModel struct {
	Type         string      `json:"type"`
	Dropout      *float64    `json:"dropout"`
	Unknown      *string     `json:"unk_token"`
	Prefix       string      `json:"continuing_subword_prefix"`
	Suffix       string      `json:"end_of_word_suffix"`
	FuseUnknown  bool        `json:"fuse_unk"`
	ByteFallback bool        `json:"byte_fallback"`
	IgnoreMerges bool        `json:"ignore_merges"`
	Vocab        vocabulary  `json:"vocab"`
	Merges       [][2]string `json:"merges"`
}

// tokenizerFile is tokenizer.json.
type tokenizerFile struct {
	Version       string         `json:"version"`
	Truncation    any            `json:"truncation"`
	Padding       any            `json:"padding"`
	AddedTokens   []addedToken   `json:"added_tokens"`
	Normalizer    any            `json:"normalizer"`
	PreTokenizer  map[string]any `json:"pre_tokenizer"`
	PostProcessor map[string]any `json:"post_processor"`
	Decoder       map[string]any `json:"decoder"`
	Model         bpeModel       `json:"model"`
}

// vocabulary is the tokens by id; in JSON an object from token to id, in order of ids.
type vocabulary []string

// MarshalJSON writes the object.
func (v vocabulary) MarshalJSON() ([]byte, error) {
	fields := make(orderedObject, len(v))
	for id, token := range v {
		fields[id] = field{token, id}
	}
	return fields.MarshalJSON()
}

// tokenizerJSON writes the tokenizer.json that a GGUF file's metadata describes.
func (g *ggufFile) tokenizerJSON() ([]byte, error) {
	k := &ggufKeys{meta: g.meta}
	if kind := k.text("tokenizer.ggml.model"); kind != "gpt2" {
		return nil, unsupported("the tokenizer is of kind %.40q, and only gpt2 (byte-level byte pairs) is read from GGUF; use the model's Hugging Face folder, which has a tokenizer.json", kind)
	}
	byteLevel := byteLevelStep(k.flag("tokenizer.ggml.add_space_prefix"))
	pre, err := preTokenizerFor(k.text("tokenizer.ggml.pre"), byteLevel)
	if err != nil {
		return nil, err
	}
	tokens, known, err := g.vocabulary()
	if err != nil {
		return nil, err
	}
	merges, err := g.merges(known)
	if err != nil {
		return nil, err
	}
	file := tokenizerFile{
		Version: "1.0", AddedTokens: g.addedTokens(tokens), PreTokenizer: pre, Decoder: byteLevelStep(true),
		Model: bpeModel{Type: "BPE", Vocab: tokens, Merges: merges},
	}
	if id, ok := k.id("tokenizer.ggml.bos_token_id", len(tokens)); ok && k.flag("tokenizer.ggml.add_bos_token") {
		file.PostProcessor = beginWith(tokens[id], id)
	}
	if k.err != nil {
		return nil, k.err
	}
	return marshalPlain(file, "")
}

func byteLevelStep(prefixSpace bool) map[string]any {
	return map[string]any{"type": "ByteLevel", "add_prefix_space": prefixSpace, "trim_offsets": true, "use_regex": true}
}

func preTokenizerFor(name string, byteLevel map[string]any) (map[string]any, error) {
	var known []string
	for _, p := range preTokenizers {
		if slices.Contains(p.names, name) {
			return p.make(byteLevel), nil
		}
		known = append(known, p.names...)
	}
	return nil, unsupported("the tokenizer cuts text the way called %.40q, which is not known here (known: %s); use the model's Hugging Face folder",
		name, strings.Join(slices.DeleteFunc(known, func(s string) bool { return s == "" }), ", "))
}

// plainByteLevel is GPT-2's: its regular expression cuts, then bytes become printable characters.
func plainByteLevel(byteLevel map[string]any) map[string]any { return byteLevel }

// digitsThenByteLevel also makes every digit a piece of its own.
func digitsThenByteLevel(byteLevel map[string]any) map[string]any {
	digits := map[string]any{"type": "Digits", "individual_digits": true}
	return map[string]any{"type": "Sequence", "pretokenizers": []any{digits, byteLevel}}
}

// beginWith is the post-processor that puts a token in front of every text.
func beginWith(token string, id int) map[string]any {
	special := map[string]any{"SpecialToken": map[string]any{"id": token, "type_id": 0}}
	sequence := func(name string, typeID int) map[string]any {
		return map[string]any{"Sequence": map[string]any{"id": name, "type_id": typeID}}
	}
	return map[string]any{
		"type":   "TemplateProcessing",
		"single": []any{special, sequence("A", 0)},
		"pair":   []any{special, sequence("A", 0), special, sequence("B", 1)},
		"special_tokens": map[string]any{
			token: map[string]any{"id": token, "ids": []any{id}, "tokens": []any{token}},
		},
	}
}

// vocabulary is the file's tokens, each valid UTF-8 and there once, as a list and as a set.
func (g *ggufFile) vocabulary() (vocabulary, map[string]bool, error) {
	tokens, ok := g.meta["tokenizer.ggml.tokens"].([]string)
	if !ok {
		return nil, nil, damaged("metadata tokenizer.ggml.tokens is %s, not a list of tokens", brief(g.meta["tokenizer.ggml.tokens"]))
	}
	seen := make(map[string]bool, len(tokens))
	for id, token := range tokens {
		if seen[token] || !utf8.ValidString(token) {
			return nil, nil, damaged("token %d of the vocabulary, %.60q, stands there twice or is not UTF-8", id, token)
		}
		seen[token] = true
	}
	return tokens, seen, nil
}

// merges are the pairs of tokens that become one, in order of rank. Tokenizers refuse to load a
// merge of or to something that is not a token, so it is refused here, by name.
func (g *ggufFile) merges(known map[string]bool) ([][2]string, error) {
	lines, ok := g.meta["tokenizer.ggml.merges"].([]string)
	if !ok {
		return nil, damaged("metadata tokenizer.ggml.merges is %s, not a list of merges", brief(g.meta["tokenizer.ggml.merges"]))
	}
	merges := make([][2]string, len(lines))
	for i, line := range lines {
		left, right, _ := strings.Cut(line, " ")
		if !known[left] || !known[right] || !known[left+right] {
			return nil, damaged("merge %d, %.60q, is not of two tokens to a third", i, line)
		}
		merges[i] = [2]string{left, right}
	}
	return merges, nil
}

// addedTokens lists the tokens that are found in text as they are: control tokens, which decoding
// may leave out, and tokens that the model's makers added.
func (g *ggufFile) addedTokens(tokens []string) []addedToken {
	kinds, _ := g.meta["tokenizer.ggml.token_type"].([]int32)
	added := []addedToken{}
	for id, kind := range kinds[:min(len(kinds), len(tokens))] {
		if (kind == tokenControl || kind == tokenUserDefined) && tokens[id] != "" {
			added = append(added, addedToken{ID: id, Content: tokens[id], Special: kind == tokenControl})
		}
	}
	return added
}

// specialTokens gives the text of the special tokens by Hugging Face's names.
func (g *ggufFile) specialTokens() map[string]string {
	tokens, _ := g.meta["tokenizer.ggml.tokens"].([]string)
	k := &ggufKeys{meta: g.meta}
	special := map[string]string{}
	for name, key := range ggufSpecial {
		if id, ok := k.id(key, len(tokens)); ok {
			special[name] = tokens[id]
		}
	}
	return special
}

// endTokens are the tokens that end a text or a turn of a conversation.
func (g *ggufFile) endTokens(vocab int) []int {
	k := &ggufKeys{meta: g.meta}
	var ids []int
	for _, key := range []string{"eos", "eot", "eom"} {
		if id, ok := k.id("tokenizer.ggml."+key+"_token_id", vocab); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
