package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode"
)

// book reads plain text, such as a book of Project Gutenberg: a record is a paragraph, which is lines
// without an empty one between them, in the field text as they stand.
type book struct{ limit int }

func newBook(limit int) Format { return book{limit} }

// Scan implements [Format].
func (f book) Scan(r io.Reader, each func(offset int64, record Record) error) error {
	reader := bufio.NewReaderSize(r, 1<<18)
	var offset, start int64
	var long, text []byte
	first := 1 // line of the paragraph
	give := func() error {
		if len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		record, err := f.read(text, first)
		if err != nil {
			return err
		}
		return each(start, record)
	}
	for line := 1; ; line++ {
		more, err := readLine(reader, &long, f.limit)
		last := errors.Is(err, io.EOF)
		switch {
		case errors.Is(err, errLong) || len(text)+len(more) > f.limit:
			return &BadRecord{Line: line, Column: 1, Problem: "the paragraph is longer than " + size(f.limit) + "; is this plain text?"}
		case err != nil && !last:
			return err
		}
		from := offset
		offset += int64(len(more))
		if line == 1 && bytes.HasPrefix(more, byteOrderMark) {
			more, from = more[len(byteOrderMark):], int64(len(byteOrderMark))
		}
		switch {
		case len(bytes.TrimSpace(more)) == 0:
			if err := give(); err != nil {
				return err
			}
			text = text[:0]
		case len(text) == 0:
			text, start, first = append(text, more...), from, line
		default:
			text = append(text, more...)
		}
		if last {
			return give()
		}
	}
}

// Decode implements [Format].
func (f book) Decode(text []byte) (Record, error) { return f.read(text, 1) }

func (book) read(text []byte, line int) (Record, error) {
	if at := invalidUTF8(text); at >= 0 {
		return Record{}, at8(text, at, line, "this is not UTF-8; save the file as UTF-8")
	}
	if at := bytes.IndexByte(text, 0); at >= 0 {
		return Record{}, at8(text, at, line, "a byte of 0 is no text; is this plain text?")
	}
	paragraph := string(bytes.TrimRightFunc(text, unicode.IsSpace)) // what Scan takes for an empty line
	return NewRecord([]string{"text"}, []any{paragraph})
}
