package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// addedToken is a token that is recognised in the text before the model sees it.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only where no word character touches it
	LStrip     bool   `json:"lstrip"`      // takes the white space on its left with it
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"` // sought, normalized, in normalized text
	Special    bool   `json:"special"`
}

// added are the added tokens: those sought in the text as given, and those
// sought once it is normalized.
type added struct {
	plain, normalized matcher
}

func (t *Tokenizer) buildAdded(list []addedToken) error {
	t.tokens, t.ids = slices.Clone(t.model.tokens), make(map[string]int, len(list))
	t.decodeForm = make(map[int]string)
	var specials []int
	for _, a := range list {
		if a.Content == "" {
			continue
		}
		if len(a.Content) > maxTokenBytes {
			return fmt.Errorf("token %d has %d bytes, more than %d", a.ID, len(a.Content), maxTokenBytes)
		}
		// The vocabulary's word counts where the file contradicts itself.
		if id, ok := t.ID(a.Content); ok {
			a.ID = id
		} else if err := t.place(a); err != nil {
			return err
		}
		t.ids[a.Content] = a.ID
		if a.Special {
			specials = append(specials, a.ID)
		}
		if !a.Normalized {
			t.added.plain.add(a.Content, a)
			continue
		}
		form := t.normalize(a.Content)
		if form != a.Content {
			t.decodeForm[a.ID] = form
		}
		t.added.normalized.add(form, a)
	}
	t.special = make([]bool, len(t.tokens))
	for _, id := range specials {
		t.special[id] = true
	}
	return nil
}

// place gives a new token its row.
func (t *Tokenizer) place(a addedToken) error {
	if a.ID < 0 || a.ID >= maxTokens || a.ID >= 16*len(t.tokens)+1024 {
		return fmt.Errorf("id %d of %q is far outside the vocabulary of %d", a.ID, a.Content, len(t.tokens))
	}
	for a.ID >= len(t.tokens) {
		t.tokens = append(t.tokens, "")
	}
	if before := t.tokens[a.ID]; before != "" {
		return fmt.Errorf("id %d belongs to both %q and %q", a.ID, before, a.Content)
	}
	t.tokens[a.ID] = a.Content
	return nil
}

// matcher finds the leftmost, and there the longest, of a set of strings: a
// trie over bytes.
type matcher struct {
	nodes  []matchNode
	tokens []addedToken
	firsts string // the bytes that matches begin with
}

type matchNode struct {
	next  map[byte]int32
	token int32 // index of the token that ends here, or -1
}

func (m *matcher) add(spelling string, a addedToken) {
	if spelling == "" {
		return
	}
	if m.nodes == nil {
		m.nodes = []matchNode{{token: -1}}
	}
	at := int32(0)
	for i := range len(spelling) {
		next, ok := m.nodes[at].next[spelling[i]]
		if !ok {
			next = int32(len(m.nodes))
			m.nodes = append(m.nodes, matchNode{token: -1})
			if m.nodes[at].next == nil {
				m.nodes[at].next = make(map[byte]int32)
			}
			m.nodes[at].next[spelling[i]] = next
		}
		at = next
	}
	m.nodes[at].token = int32(len(m.tokens))
	m.tokens = append(m.tokens, a)
	if strings.IndexByte(m.firsts, spelling[0]) < 0 {
		m.firsts += spelling[:1]
	}
}

// find returns where the first match at or after an offset begins and ends,
// and its token; begin is len(text) if there is none.
func (m *matcher) find(text string, from int) (begin, end int, a *addedToken) {
	if m.nodes == nil {
		return len(text), len(text), nil
	}
	for begin = from; begin < len(text); begin++ {
		if begin = m.skip(text, begin); begin == len(text) {
			break
		}
		if end, token := m.longest(text, begin); token >= 0 {
			return begin, end, &m.tokens[token]
		}
	}
	return len(text), len(text), nil
}

// skip goes to the next byte that may begin a match.
func (m *matcher) skip(text string, from int) int {
	if len(m.firsts) == 1 {
		if i := strings.IndexByte(text[from:], m.firsts[0]); i >= 0 {
			return from + i
		}
		return len(text)
	}
	for from < len(text) && m.nodes[0].next[text[from]] == 0 {
		from++
	}
	return from
}

func (m *matcher) longest(text string, from int) (end int, token int32) {
	token = -1
	at := int32(0)
	for i := from; i < len(text); i++ {
		next, ok := m.nodes[at].next[text[i]]
		if !ok {
			break
		}
		at = next
		if m.nodes[at].token >= 0 {
			end, token = i+1, m.nodes[at].token
		}
	}
	return end, token
}

// split cuts text into added tokens and what lies between, in order. Where
// ordinary is set, special tokens are text like any other.
func (m *matcher) split(text string, ordinary bool, between func(text string, start bool), token func(id int)) {
	done, at := 0, 0
	for {
		begin, end, a := m.find(text, at)
		if a == nil {
			break
		}
		at = end
		if ordinary && a.Special || a.SingleWord && touchesWord(text, begin, end) {
			continue
		}
		if a.LStrip {
			begin = max(trimSpaceLeft(text, begin), done)
		}
		if a.RStrip {
			end = skipSpace(text, end)
		}
		begin = max(begin, done) // a token stripped on its right may have reached into this one
		if done < begin {
			between(text[done:begin], done == 0)
		}
		token(a.ID)
		done = max(done, end)
	}
	if done < len(text) {
		between(text[done:], done == 0)
	}
}

// touchesWord says whether a word character stands beside text[begin:end].
func touchesWord(text string, begin, end int) bool {
	before, size := utf8.DecodeLastRuneInString(text[:begin])
	if size > 0 && classOf(before)&word != 0 {
		return true
	}
	after, size := utf8.DecodeRuneInString(text[end:])
	return size > 0 && classOf(after)&word != 0
}

// trimSpaceLeft is where the white space begins that ends at an offset.
func trimSpaceLeft(text string, at int) int {
	for at > 0 {
		c, size := utf8.DecodeLastRuneInString(text[:at])
		if classOf(c)&space == 0 {
			break
		}
		at -= size
	}
	return at
}

// skipSpace is where the white space ends that begins at an offset.
func skipSpace(text string, at int) int {
	for at < len(text) {
		c, size := classAt(text, at)
		if c&space == 0 {
			break
		}
		at += size
	}
	return at
}
