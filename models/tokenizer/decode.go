package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// stage is one decoder at work on one text: tokens go in, pieces of text come
// out, in order. Decoding whole and decoding a stream are the same stages.
type stage interface {
	push(token string, emit func(string))
	flush(emit func(string)) // the end: emit what was held back
}

type decoderFile struct {
	Type          string  `json:"type"`
	Pattern       pattern `json:"pattern"`
	Text          string  `json:"content"`
	Start         int     `json:"start"`
	Stop          int     `json:"stop"`
	Replacement   string  `json:"replacement"`
	PrependScheme string  `json:"prepend_scheme"`
	AddPrefix     *bool   `json:"add_prefix_space"`
}

func (t *Tokenizer) buildDecoder(raw json.RawMessage) error {
	if raw == nil {
		t.separator = " "
	}
	parts, err := flatten(raw, "decoders")
	if err != nil {
		return err
	}
	fused := false // tokens have become one text
	for _, part := range parts {
		var f decoderFile
		if err := json.Unmarshal(part, &f); err != nil {
			return err
		}
		build, err := newDecoder(f, fused)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Type, err)
		}
		if build != nil {
			t.decoders = append(t.decoders, build)
		}
		fused = fused || f.Type == "Fuse" || f.Type == "ByteLevel"
	}
	return nil
}

// newDecoder returns the maker of a stage, nil for one that changes nothing.
func newDecoder(f decoderFile, fused bool) (func() stage, error) {
	switch f.Type {
	case "ByteLevel":
		return func() stage { return new(byteLevelDecoder) }, nil
	case "ByteFallback":
		return func() stage { return new(byteFallback) }, nil
	case "Fuse":
		return nil, nil
	case "Metaspace":
		keepFirst := f.PrependScheme == "never" || f.PrependScheme == "" && f.AddPrefix != nil && !*f.AddPrefix
		return func() stage {
			return &metaspaceDecoder{mark: f.Replacement, strip: !keepFirst, fused: fused}
		}, nil
	case "Replace":
		find, err := f.Pattern.finder()
		if err != nil {
			return nil, err
		}
		swap := func(text string) string { return replace(text, find, f.Text) }
		if fused {
			return func() stage { return &wholeDecoder{change: swap} }, nil
		}
		return func() stage { return tokenDecoder(swap) }, nil
	case "Strip":
		if f.Start < 0 || f.Stop < 0 || utf8.RuneCountInString(f.Text) != 1 {
			return nil, fmt.Errorf("content %q, start %d, stop %d: one character and no negative counts are wanted", f.Text, f.Start, f.Stop)
		}
		cut := func(text string) string { return stripEnds(text, f.Text, f.Start, f.Stop) }
		if !fused {
			return func() stage { return tokenDecoder(cut) }, nil
		}
		if f.Stop > 0 {
			return func() stage { return &wholeDecoder{change: cut} }, nil
		}
		return func() stage { return &startStrip{of: f.Text, left: f.Start} }, nil
	}
	return nil, ErrUnsupported
}

// tokenDecoder changes each token by itself.
type tokenDecoder func(string) string

func (d tokenDecoder) push(token string, emit func(string)) { emit(d(token)) }
func (d tokenDecoder) flush(func(string))                   {}

// wholeDecoder changes the whole text, and so must wait for its end.
type wholeDecoder struct {
	change func(string) string
	text   strings.Builder
}

func (d *wholeDecoder) push(token string, _ func(string)) { d.text.WriteString(token) }
func (d *wholeDecoder) flush(emit func(string))           { emit(d.change(d.text.String())) }

// byteLevelDecoder turns the byte alphabet back into bytes, and bytes into text.
type byteLevelDecoder struct{ held []byte }

func (d *byteLevelDecoder) push(token string, emit func(string)) {
	d.held = unspell(d.held, token)
	n := complete(d.held)
	if n > 0 {
		emit(lossy(d.held[:n]))
	}
	d.held = append(d.held[:0], d.held[n:]...)
}

func (d *byteLevelDecoder) flush(emit func(string)) {
	if len(d.held) > 0 {
		emit(lossy(d.held))
	}
}

// byteFallback turns runs of <0x..> tokens into text. A run counts as a whole:
// if it is not UTF-8, each of its bytes becomes U+FFFD. It is therefore held
// until it ends.
type byteFallback struct{ held []byte }

func (d *byteFallback) push(token string, emit func(string)) {
	if len(token) == 6 && strings.HasPrefix(token, "<0x") && token[5] == '>' {
		if b, err := strconv.ParseUint(strings.TrimPrefix(token[3:5], "+"), 16, 8); err == nil {
			d.held = append(d.held, byte(b))
			return
		}
	}
	d.flush(emit)
	emit(token)
}

func (d *byteFallback) flush(emit func(string)) {
	switch {
	case len(d.held) == 0:
	case utf8.Valid(d.held):
		emit(string(d.held))
	default:
		emit(string(bytes.Repeat([]byte("\uFFFD"), len(d.held))))
	}
	d.held = d.held[:0]
}

// metaspaceDecoder turns the visible character back into spaces, and drops
// those of the first token.
type metaspaceDecoder struct {
	mark  string
	strip bool // still before the end of the first token
	fused bool // all is one token
}

func (d *metaspaceDecoder) push(token string, emit func(string)) {
	space := " "
	if d.strip {
		space = ""
		d.strip = d.fused
	}
	emit(strings.ReplaceAll(token, d.mark, space))
}

func (d *metaspaceDecoder) flush(func(string)) {}

// startStrip drops up to a number of characters from the start of the text.
type startStrip struct {
	of   string
	left int
}

func (d *startStrip) push(token string, emit func(string)) {
	for d.left > 0 && token != "" {
		rest, found := strings.CutPrefix(token, d.of)
		if !found {
			d.left = 0
			break
		}
		token = rest
		d.left--
	}
	if token != "" {
		emit(token)
	}
}

func (d *startStrip) flush(func(string)) {}

// stripEnds drops up to start characters from the front and stop from the end.
func stripEnds(text, of string, start, stop int) string {
	for ; start > 0 && strings.HasPrefix(text, of); start-- {
		text = text[len(of):]
	}
	for ; stop > 0 && strings.HasSuffix(text, of); stop-- {
		text = text[:len(text)-len(of)]
	}
	return text
}
