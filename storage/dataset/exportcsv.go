package dataset

import (
	"bytes"
	"io"
	"strings"
)

// maxColumns is the most fields that a table may have: keys that are data make no table.
const maxColumns = 10_000

// writeCSV writes records as a table, RFC 4180 with line feeds, and says how many. It goes through
// them twice: the columns are all top-level fields of all records, in the order of their first
// appearance.
//
// A text stands as it is, an empty one as "", numbers and truth values as in JSON, lists and objects
// as their JSON; null and a field that is not there are empty. So kinds are lost (the text 1 and the
// number 1 look the same), and JSON Lines is the format to keep.
//
// Spreadsheets take a text that begins with = + - @, a tab or the end of a line for a formula and
// compute it. Such texts get an apostrophe in front, and so do texts that begin with apostrophes
// before one of these; thus taking one apostrophe away from what begins with apostrophes and one of
// these gives the text back.
func writeCSV(w io.Writer, all records) (int, error) {
	columns, err := columnsOf(all)
	if err != nil {
		return 0, err
	}
	if len(columns) == 0 {
		return 0, nil
	}
	var line bytes.Buffer
	for i, name := range columns {
		divide(&line, i)
		writeText(&line, name)
	}
	n := 0
	if _, err := w.Write(endLine(&line)); err != nil {
		return 0, err
	}
	err = all(func(record Record) error {
		for i, name := range columns {
			divide(&line, i)
			value, _ := record.Get(name)
			if err := writeCell(&line, value, len(columns) == 1); err != nil {
				return err
			}
		}
		n++
		_, err := w.Write(endLine(&line))
		return err
	})
	return n, err
}

func columnsOf(all records) ([]string, error) {
	var columns []string
	seen := map[string]bool{}
	err := all(func(record Record) error {
		for _, key := range record.Keys() {
			if !seen[key] {
				seen[key] = true
				columns = append(columns, key)
			}
		}
		if len(columns) > maxColumns {
			return refuse(ErrAsked, "the records have more than %d different fields, too many for a table; export them as %s", maxColumns, JSONL)
		}
		return nil
	})
	return columns, err
}

func divide(line *bytes.Buffer, i int) {
	if i > 0 {
		line.WriteByte(',')
	}
}

// endLine ends a line and returns it; it is valid until the next is begun.
func endLine(line *bytes.Buffer) []byte {
	line.WriteByte('\n')
	text := line.Bytes()
	line.Reset()
	return text
}

// writeCell writes one value. alone says that the line has no other: an empty line is no record.
func writeCell(line *bytes.Buffer, value any, alone bool) error {
	switch v := value.(type) {
	case nil:
		if alone {
			line.WriteString(`""`)
		}
		return nil
	case string:
		writeText(line, v)
		return nil
	case []any, Record:
		var text bytes.Buffer
		if err := encode(&text, v, false); err != nil {
			return err
		}
		quote(line, text.String())
		return nil
	}
	return encode(line, value, false)
}

// writeText writes a text so that no spreadsheet computes it.
func writeText(line *bytes.Buffer, text string) {
	if looksComputed(text) {
		text = "'" + text
	}
	if text == "" || strings.ContainsAny(text, "\",\n\r") || text[0] == ' ' || text[len(text)-1] == ' ' {
		quote(line, text)
		return
	}
	line.WriteString(text)
}

// looksComputed says whether a text is a formula behind any number of apostrophes.
func looksComputed(text string) bool {
	text = strings.TrimLeft(text, "'")
	return text != "" && strings.IndexByte("=+-@\t\r\n", text[0]) >= 0
}

func quote(line *bytes.Buffer, text string) {
	line.WriteByte('"')
	line.WriteString(strings.ReplaceAll(text, `"`, `""`))
	line.WriteByte('"')
}
