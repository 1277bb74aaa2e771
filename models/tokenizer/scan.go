package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// scanner reads the two large parts of a tokenizer.json, vocabulary and merges,
// several times faster than encoding/json, out of text which that has checked.
type scanner struct {
	data []byte
	at   int
}

// next takes the next byte that is not white space, 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			s.at++
			return c
		}
	}
	return 0
}

// peek is next without taking it.
func (s *scanner) peek() byte {
	c := s.next()
	if c != 0 {
		s.at--
	}
	return c
}

func (s *scanner) expect(want byte) error {
	if got := s.next(); got != want {
		return fmt.Errorf("expected %q, not %q", want, got)
	}
	return nil
}

// list calls item for each part of a bracketed list.
func (s *scanner) list(open, end byte, item func(i int) error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.peek() == end {
		s.next()
		return nil
	}
	for i := 0; ; i++ {
		if err := item(i); err != nil {
			return err
		}
		switch c := s.next(); c {
		case ',':
		case end:
			return nil
		default:
			return fmt.Errorf("expected %q, not %q", end, c)
		}
	}
}

func (s *scanner) text() (string, error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	start := s.at
	for s.at < len(s.data) && s.data[s.at] != '"' {
		if s.data[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	if s.at >= len(s.data) {
		return "", fmt.Errorf("a string is not closed")
	}
	raw := s.data[start:s.at]
	s.at++
	if utf8.Valid(raw) && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), nil
	}
	var out string
	err := json.Unmarshal(s.data[start-1:s.at], &out)
	return out, err
}

func (s *scanner) number() (int, error) {
	s.peek()
	start := s.at
	for s.at < len(s.data) && bytes.IndexByte([]byte("+-.eE0123456789"), s.data[s.at]) >= 0 {
		s.at++
	}
	return strconv.Atoi(string(s.data[start:s.at]))
}
