package tokenizer

import "strings"

// Decode returns the text of ids, without special tokens. Unknown ids are
// skipped. Bytes that are not UTF-8 become U+FFFD, as in the reference.
func (t *Tokenizer) Decode(ids []int) string { return t.decode(ids, false) }

// DecodeKeepSpecial returns the text of ids with special tokens written out.
// For a byte-level tokenizer that knows all bytes and does not normalize,
// DecodeKeepSpecial(Encode(text)) is text.
func (t *Tokenizer) DecodeKeepSpecial(ids []int) string { return t.decode(ids, true) }

func (t *Tokenizer) decode(ids []int, keepSpecial bool) string {
	var text strings.Builder
	s := t.newStream(keepSpecial, func(piece string) { text.WriteString(piece) })
	for _, id := range ids {
		s.push(id)
	}
	s.flush()
	return text.String()
}

// Stream decodes ids as they come. It is for one text and one goroutine.
type Stream struct {
	*stream
	text strings.Builder
}

// NewStream starts to decode a text, without its special tokens.
func (t *Tokenizer) NewStream() *Stream { return t.startStream(false) }

// NewStreamKeepSpecial starts to decode a text with special tokens written out.
func (t *Tokenizer) NewStreamKeepSpecial() *Stream { return t.startStream(true) }

func (t *Tokenizer) startStream(keepSpecial bool) *Stream {
	s := new(Stream)
	s.stream = t.newStream(keepSpecial, func(piece string) { s.text.WriteString(piece) })
	return s
}

// Push adds an id and returns the text that is now certain, perhaps none: a
// character is held back until its last byte has come. What Push returns is
// whole UTF-8, and all of it together with Flush's equals Decode.
func (s *Stream) Push(id int) string {
	s.push(id)
	return s.take()
}

// Flush ends the text and returns what was held back; bytes that no longer can
// become a character are U+FFFD. The stream is then used up.
func (s *Stream) Flush() string {
	s.flush()
	return s.take()
}

func (s *Stream) take() string {
	text := s.text.String()
	s.text.Reset()
	return text
}

// stream is a text on its way through the decoder's stages.
type stream struct {
	t           *Tokenizer
	keepSpecial bool
	stages      []stage
	emits       []func(string) // emits[i] feeds stage i; the last is the sink
	any         bool           // a token has gone in
}

func (t *Tokenizer) newStream(keepSpecial bool, sink func(string)) *stream {
	s := &stream{t: t, keepSpecial: keepSpecial}
	for _, build := range t.decoders {
		s.stages = append(s.stages, build())
	}
	s.emits = make([]func(string), len(s.stages)+1)
	s.emits[len(s.stages)] = sink
	for i, stage := range s.stages {
		s.emits[i] = func(token string) { stage.push(token, s.emits[i+1]) }
	}
	return s
}

func (s *stream) push(id int) {
	if id < 0 || id >= len(s.t.tokens) || s.t.tokens[id] == "" || s.t.special[id] && !s.keepSpecial {
		return
	}
	token, ok := s.t.decodeForm[id]
	if !ok {
		token = s.t.tokens[id]
	}
	if s.any && s.t.separator != "" {
		s.emits[0](s.t.separator)
	}
	s.any = true
	s.emits[0](token)
}

func (s *stream) flush() {
	for i, stage := range s.stages {
		stage.flush(s.emits[i+1])
	}
}
