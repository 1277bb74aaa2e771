package tokenizer

import (
	"errors"
	"strings"
	"testing"
)

// minimal is a tokenizer of three tokens, with a place for another component.
func minimal(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"version":"1.0","model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}` + more + `}`
}

func TestMinimalFile(t *testing.T) {
	tok, err := FromJSON([]byte(minimal("")))
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.Encode("abcba"); len(got) != 3 || got[0] != 2 || got[1] != 1 || got[2] != 0 {
		t.Errorf(`Encode("abcba"): got %v, want [2 1 0]`, got)
	}
	if got := tok.Decode([]int{2, -1, 99, 1}); got != "ab b" {
		t.Errorf("Decode with unknown ids: got %q, want %q", got, "ab b")
	}
	if tok.Vocab() != 3 || tok.Token(2) != "ab" || tok.Token(3) != "" || tok.Special(0) || tok.Special(-1) {
		t.Errorf("vocab %d, token 2 %q, token 3 %q", tok.Vocab(), tok.Token(2), tok.Token(3))
	}
	if id, ok := tok.ID("ab"); !ok || id != 2 {
		t.Errorf("ID(ab): got %d, %v", id, ok)
	}
	if _, ok := tok.ID("zz"); ok {
		t.Error("ID(zz) is found")
	}
}

func TestSpecialsOfCheckpoint(t *testing.T) {
	tok := load(t, "smollm2")
	id, ok := tok.ID("<|im_end|>")
	if !ok || id != 2 || !tok.Special(2) || tok.Special(100) || tok.Vocab() != 49152 {
		t.Errorf("<|im_end|>: id %d, found %v; vocab %d", id, ok, tok.Vocab())
	}
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct {
		name, file, say string
		unsupported     bool
	}{
		{"not JSON", `{`, "unexpected end", false},
		{"no model", `{}`, "model: missing", false},
		{"version", `{"version":"2.0"}`, `"2.0"`, true},
		{"Unigram", `{"model":{"type":"Unigram","vocab":[]}}`, `"Unigram"`, true},
		{"dropout", `{"model":{"type":"BPE","dropout":0.1,"vocab":{},"merges":[]}}`, "dropout", true},
		{"negative id", `{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}`, "id -1", false},
		{"huge id", `{"model":{"type":"BPE","vocab":{"a":999999999},"merges":[]}}`, "999999999", false},
		{"sparse ids", `{"model":{"type":"BPE","vocab":{"a":3000000},"merges":[]}}`, "3000000", false},
		{"shared id", `{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}`, "both", false},
		{"merge of strangers", `{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}`, `"b"`, false},
		{"merge to a stranger", `{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b"]]}}`, `"ab"`, false},
		{"merge of three", `{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a a"]}}`, "merge 0", false},
		{"merge of one", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}`, "1 parts", false},
		{"vocab is a list", `{"model":{"type":"BPE","vocab":["a"],"merges":[]}}`, "vocab: expected", false},
		{"fractional id", `{"model":{"type":"BPE","vocab":{"a":0.5},"merges":[]}}`, "0.5", false},
		{"no merges", `{"model":{"type":"BPE","vocab":{"a":0}}}`, "merges: missing", false},
		{"unknown is a stranger", `{"model":{"type":"BPE","unk_token":"?","vocab":{},"merges":[]}}`, `"?"`, false},
		{"pre-tokenizer", minimal(`"pre_tokenizer":{"type":"UnicodeScripts"}`), "pre_tokenizer: UnicodeScripts", true},
		{"pre-tokenizer without type", minimal(`"pre_tokenizer":{}`), "type", false},
		{"normalizer", minimal(`"normalizer":{"type":"Precompiled","precompiled_charsmap":""}`), "normalizer: Precompiled", true},
		{"decoder", minimal(`"decoder":{"type":"WordPiece"}`), "decoder: WordPiece", true},
		{"post-processor", minimal(`"post_processor":{"type":"Other"}`), "post_processor: Other", true},
		{"post-processor of strangers", minimal(`"post_processor":{"type":"BertProcessing","cls":["x",7],"sep":["y",0]}`), "id 7", false},
		{"bad regex", minimal(`"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}`), `"("`, false},
		{"class in a class", minimal(`"pre_tokenizer":{"type":"Split","pattern":{"Regex":"[a&&[b]]"},"behavior":"Isolated"}`), "class", true},
		{"possessive", minimal(`"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a++"},"behavior":"Isolated"}`), "a++", false},
		{"no pattern", minimal(`"pre_tokenizer":{"type":"Split","behavior":"Isolated"}`), "neither", false},
		{"behavior", minimal(`"pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Dropped"}`), `"Dropped"`, true},
		{"metaspace", minimal(`"pre_tokenizer":{"type":"Metaspace","replacement":"__"}`), `"__"`, false},
		{"deep", minimal(`"pre_tokenizer":` + strings.Repeat(`{"type":"Sequence","pretokenizers":[`, 50) + strings.Repeat("]}", 50)), "nested", false},
		{"wide", minimal(`"normalizer":{"type":"Sequence","normalizers":[` + strings.Repeat(`{"type":"NFC"},`, 100) + `{"type":"NFC"}]}`), "more than 64", false},
		{"added far out", minimal(`"added_tokens":[{"id":4000000,"content":"x"}]`), "far outside", false},
		{"added over another", minimal(`"added_tokens":[{"id":0,"content":"x"}]`), "both", false},
		{"strip", minimal(`"decoder":{"type":"Strip","content":"  ","start":1,"stop":0}`), "one character", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := FromJSON([]byte(c.file))
			if err == nil || !strings.Contains(err.Error(), c.say) || errors.Is(err, ErrUnsupported) != c.unsupported {
				t.Errorf("%s\n got error %v\nwant one that says %q, unsupported: %v", c.file, err, c.say, c.unsupported)
			}
		})
	}
}
