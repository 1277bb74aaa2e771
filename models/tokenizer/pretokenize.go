package tokenizer

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// splitter is a pre-tokenizer: it cuts text, never empty, into pieces that are
// passed to yield in order. start says whether the text begins at the start of
// the whole input, and is passed on for each piece.
type splitter interface {
	split(text string, start bool, yield func(piece string, start bool))
}

// preTokenizerFile holds the settings of all the kinds that are read.
type preTokenizerFile struct {
	Type           string  `json:"type"`
	Individual     bool    `json:"individual_digits"`
	AddPrefixSpace *bool   `json:"add_prefix_space"`
	UseRegex       *bool   `json:"use_regex"`
	Pattern        pattern `json:"pattern"`
	Behavior       string  `json:"behavior"`
	Invert         bool    `json:"invert"`
	Replacement    string  `json:"replacement"`
	PrependScheme  string  `json:"prepend_scheme"`
	Split          *bool   `json:"split"`
}

func (t *Tokenizer) buildPreTokenizer(raw json.RawMessage) error {
	parts, err := flatten(raw, "pretokenizers")
	if err != nil {
		return err
	}
	for i, part := range parts {
		var f preTokenizerFile
		if err := json.Unmarshal(part, &f); err != nil {
			return err
		}
		s, err := newSplitter(f, i == len(parts)-1)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Type, err)
		}
		t.splitters = append(t.splitters, s)
		if b, ok := s.(byteLevel); ok && b.raw {
			t.model.useBytes()
		}
	}
	return nil
}

func newSplitter(f preTokenizerFile, last bool) (splitter, error) {
	switch f.Type {
	case "ByteLevel":
		return byteLevel{
			prefixSpace: f.AddPrefixSpace == nil || *f.AddPrefixSpace,
			words:       f.UseRegex == nil || *f.UseRegex,
			raw:         last,
		}, nil
	case "Digits":
		if f.Individual {
			return classSplit{of: digit, keep: isolated}, nil
		}
		return classSplit{of: digit, keep: contiguous}, nil
	case "WhitespaceSplit":
		return classSplit{of: space, keep: removed}, nil
	case "Whitespace":
		return whitespace{}, nil
	case "Split":
		return newPatternSplit(f)
	case "Metaspace":
		return newMetaspace(f)
	}
	return nil, ErrUnsupported
}

// classSplit cuts around characters of a class.
type classSplit struct {
	of   class
	keep behavior
}

func (s classSplit) split(text string, start bool, yield func(string, bool)) {
	if s.keep == isolated {
		s.isolate(text, start, yield)
		return
	}
	var cuts []cut
	from := 0
	for at := 0; at < len(text); {
		c, size := classAt(text, at)
		if c&s.of != 0 {
			cuts = appendGap(cuts, from, at)
			cuts = append(cuts, cut{at, at + size, true})
			from = at + size
		}
		at += size
	}
	yieldCuts(text, start, s.keep.apply(appendGap(cuts, from, len(text))), yield)
}

// isolate is split for the common case, without a list of cuts.
func (s classSplit) isolate(text string, start bool, yield func(string, bool)) {
	from := 0
	for at := 0; at < len(text); {
		c, size := classAt(text, at)
		if c&s.of != 0 {
			if from < at {
				yield(text[from:at], start && from == 0)
			}
			yield(text[at:at+size], start && at == 0)
			from = at + size
		}
		at += size
	}
	if from < len(text) {
		yield(text[from:], start && from == 0)
	}
}

// whitespace yields the matches of \w+|[^\w\s]+.
type whitespace struct{}

func (whitespace) split(text string, start bool, yield func(string, bool)) {
	for at := 0; at < len(text); {
		from := at
		c, size := classAt(text, at)
		kind := c & (word | space)
		for at += size; at < len(text); at += size {
			if c, size = classAt(text, at); c&(word|space) != kind {
				break
			}
		}
		if kind&space == 0 {
			yield(text[from:at], start && from == 0)
		}
	}
}

// metaspace is SentencePiece's convention: spaces become a visible character,
// and a word begins at each.
type metaspace struct {
	mark    string // ▁, as a rule
	prepend string // "always", "first" or "never"
	cut     bool
}

func newMetaspace(f preTokenizerFile) (splitter, error) {
	m := metaspace{mark: f.Replacement, prepend: f.PrependScheme, cut: f.Split == nil || *f.Split}
	if m.prepend == "" {
		m.prepend = "always"
		if f.AddPrefixSpace != nil && !*f.AddPrefixSpace {
			m.prepend = "never"
		}
	}
	if utf8.RuneCountInString(m.mark) != 1 {
		return nil, fmt.Errorf("replacement %q is not one character", m.mark)
	}
	switch m.prepend {
	case "always", "first", "never":
		return m, nil
	}
	return nil, fmt.Errorf("prepend_scheme %q: %w (always, first, never are)", m.prepend, ErrUnsupported)
}

func (m metaspace) split(text string, start bool, yield func(string, bool)) {
	text = strings.ReplaceAll(text, " ", m.mark)
	if m.prepend == "always" || m.prepend == "first" && start {
		if !strings.HasPrefix(text, m.mark) {
			text = m.mark + text
		}
	}
	if !m.cut {
		yield(text, start)
		return
	}
	cuts := literalCuts(text, m.mark)
	yieldCuts(text, start, mergedWithNext.apply(cuts), yield)
}
