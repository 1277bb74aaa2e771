package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxLine is the longest record in bytes that is read from a file of one's own.
const maxLine = 64 << 20

// byteOrderMark may begin a file that was written on Windows.
var byteOrderMark = []byte("\xef\xbb\xbf")

// jsonl reads JSON Lines: UTF-8, one object a line, empty lines between them allowed.
type jsonl struct {
	limit int
	names map[string]string
}

func newJSONL(limit int) Format { return &jsonl{limit, map[string]string{}} }

// Scan implements [Format].
func (f *jsonl) Scan(r io.Reader, each func(offset int64, record Record) error) error {
	reader := bufio.NewReaderSize(r, 1<<18)
	var offset int64
	var long []byte
	for line := 1; ; line++ {
		text, err := readLine(reader, &long, f.limit)
		last := errors.Is(err, io.EOF)
		switch {
		case errors.Is(err, errLong):
			return &BadRecord{Line: line, Column: 1, Problem: "the line is longer than " + size(f.limit)}
		case err != nil && !last:
			return err
		}
		start := offset
		offset += int64(len(text))
		if line == 1 && bytes.HasPrefix(text, byteOrderMark) {
			text, start = text[len(byteOrderMark):], start+int64(len(byteOrderMark))
		}
		if len(bytes.TrimSpace(text)) > 0 {
			record, mistake := parseRecord(text, f.names)
			if mistake != nil {
				return badRecord(line, text, mistake)
			}
			if err := each(start, record); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

// Decode implements [Format].
func (f *jsonl) Decode(text []byte) (Record, error) {
	record, mistake := parseRecord(text, nil) // f.names is not safe for several goroutines
	if mistake != nil {
		return Record{}, badRecord(1, text, mistake)
	}
	return record, nil
}

var errLong = errors.New("the line is too long")

// readLine returns the next line with its newline, valid until the next call; long is reused for
// lines that are longer than the reader's buffer. At the end of the input the error is io.EOF, with
// what comes after the last newline. A line of more than limit bytes is errLong.
func readLine(reader *bufio.Reader, long *[]byte, limit int) ([]byte, error) {
	text, err := reader.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		*long = (*long)[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			if *long = append(*long, text...); len(*long) > limit {
				return nil, errLong
			}
			text, err = reader.ReadSlice('\n')
		}
		*long = append(*long, text...)
		text = *long
	}
	if len(text) > limit {
		return nil, errLong
	}
	return text, err
}

// size is a number of bytes in words.
func size(bytes int) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// BadRecord says which record of a file is not one, and why.
type BadRecord struct {
	File    string // as given to Open
	Line    int    // from 1
	Column  int    // in characters, from 1
	Problem string
}

// Error returns file:line:column: problem.
func (e *BadRecord) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

func badRecord(line int, text []byte, m *mistake) *BadRecord {
	column := utf8.RuneCount(text[:min(m.at, len(text))]) + 1
	return &BadRecord{Line: line, Column: column, Problem: m.problem}
}
