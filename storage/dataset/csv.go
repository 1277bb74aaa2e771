package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// table reads comma-separated values as RFC 4180 has them: the first record names the fields, all values
// are texts, and quoted ones may run over several lines. A head with semicolons and no commas, as
// spreadsheets write it in some countries, divides by semicolons; files of tabs divide by tabs.
type table struct {
	limit int
	comma rune
	head  []string
}

func newCSV(limit int) Format { return &table{limit: limit, comma: ','} }
func newTSV(limit int) Format { return &table{limit: limit, comma: '\t'} }

// Scan implements [Format].
func (f *table) Scan(r io.Reader, each func(offset int64, record Record) error) error {
	lines := &csvLines{reader: bufio.NewReaderSize(r, 1<<18), limit: f.limit}
	for {
		text, start, line, err := lines.next()
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return err
		}
		if len(bytes.TrimSpace(text)) > 0 {
			if err := f.take(text, start, line, each); err != nil {
				return err
			}
		}
		if last {
			if f.head == nil {
				return &BadRecord{Line: 1, Column: 1, Problem: "the file is empty; its first line names the fields"}
			}
			return nil
		}
	}
}

// take reads the head or a record.
func (f *table) take(text []byte, start int64, line int, each func(offset int64, record Record) error) error {
	if f.head == nil {
		return f.readHead(text, line)
	}
	values, err := f.values(text, line)
	if err != nil {
		return err
	}
	record, err := f.record(values, line)
	if err != nil {
		return err
	}
	return each(start, record)
}

func (f *table) readHead(text []byte, line int) error {
	if f.comma == ',' && !bytes.ContainsRune(text, ',') && bytes.ContainsRune(text, ';') {
		f.comma = ';'
	}
	head, err := f.values(text, line)
	if err != nil {
		return err
	}
	for i, name := range head {
		if name == "" {
			return &BadRecord{Line: line, Column: 1, Problem: fmt.Sprintf("field %d of the head has no name", i+1)}
		}
		if slices.Contains(head[:i], name) {
			return &BadRecord{Line: line, Column: 1, Problem: fmt.Sprintf("the head names the field %q twice", name)}
		}
	}
	f.head = head
	return nil
}

// values divides the text of one record.
func (f *table) values(text []byte, line int) ([]string, error) {
	if at := invalidUTF8(text); at >= 0 {
		return nil, at8(text, at, line, "this is not UTF-8; save the file as UTF-8")
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma, reader.FieldsPerRecord = f.comma, -1
	values, err := reader.Read()
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		if errors.Is(wrong.Err, csv.ErrQuote) && bytes.Count(text, []byte{'"'})%2 == 1 && wrong.Line > wrong.StartLine {
			return nil, &BadRecord{Line: line, Column: 1, Problem: "a quotation mark of the record that begins here is never closed"}
		}
		return nil, at8(text, lineStart(text, wrong.Line)+wrong.Column-1, line, csvProblem(wrong.Err))
	}
	return values, err
}

func csvProblem(err error) string {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return `a quotation mark stands inside a value that is not in quotes; put the value in quotes and double the mark`
	case errors.Is(err, csv.ErrQuote):
		return `a quotation mark ends a value too early or never; marks inside of quotes are doubled`
	}
	return err.Error()
}

func (f *table) record(values []string, line int) (Record, error) {
	if len(values) != len(f.head) {
		return Record{}, &BadRecord{Line: line, Column: 1, Problem: fmt.Sprintf("values here: %d, fields in the head: %d", len(values), len(f.head))}
	}
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return NewRecord(f.head, all)
}

// Decode implements [Format].
func (f *table) Decode(text []byte) (Record, error) {
	values, err := f.values(text, 1)
	if err != nil {
		return Record{}, err
	}
	return f.record(values, 1)
}

// csvLines gives the texts of records: lines, until the quotation marks are paired.
type csvLines struct {
	reader *bufio.Reader
	limit  int
	offset int64
	line   int
	long   []byte
}

// next returns the next record's text with where it begins; at the end of the input with io.EOF.
func (c *csvLines) next() (text []byte, start int64, line int, err error) {
	start, line = c.offset, c.line+1
	marks := 0
	for {
		var more []byte
		more, err = readLine(c.reader, &c.long, c.limit)
		if errors.Is(err, errLong) || len(text)+len(more) > c.limit {
			return nil, 0, 0, &BadRecord{Line: line, Column: 1, Problem: "the record is longer than " + size(c.limit) + "; is a quotation mark missing?"}
		}
		c.offset += int64(len(more))
		c.line++
		if start == 0 && len(text) == 0 && bytes.HasPrefix(more, byteOrderMark) {
			more, start = more[len(byteOrderMark):], int64(len(byteOrderMark))
		}
		marks += bytes.Count(more, []byte{'"'})
		text = append(text, more...)
		if err != nil || marks%2 == 0 {
			return text, start, line, err
		}
	}
}

// invalidUTF8 is where the first byte stands that is no text, or −1.
func invalidUTF8(text []byte) int {
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return -1
}

// lineStart is where the n-th line of a text begins, from 1.
func lineStart(text []byte, n int) int {
	at := 0
	for ; n > 1; n-- {
		next := bytes.IndexByte(text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return at
}

// at8 is a bad record for the byte at of a text that begins in the given line of the file.
func at8(text []byte, at, line int, problem string) *BadRecord {
	at = max(0, min(at, len(text)))
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	return &BadRecord{Line: line + bytes.Count(text[:at], []byte{'\n'}), Column: utf8.RuneCount(text[start:at]) + 1, Problem: problem}
}
