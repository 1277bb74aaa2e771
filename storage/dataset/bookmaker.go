package dataset

import (
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// bookmaker turns the paragraphs of a plain text into records that say where they stand:
//
//	{"book": "alice", "title": "Alice in Wonderland", "paragraph": 12, "text": "…"}
//
// book is the file's name, and title its first line, or what the head of a Project Gutenberg file
// says; such a head, and the licence behind the book, are left out. With passages, paragraph is the
// first one's number, paragraphs how many there are, and an empty line stands between them.
//
// Lines that were broken because they were full are joined; see [unbroken].
type bookmaker struct {
	emit        func(Record) error
	book, title string
	words       int // of a passage, at least; 0 for paragraphs

	head      []string // paragraphs that may turn out to be the head of a Project Gutenberg file
	headBytes int
	begun     bool // the head is over
	ended     bool // the book is over
	number    int  // of the last paragraph

	passage []string // what waits to be enough
	have    int      // words in it
	size    int      // bytes of it
}

// How far a head may reach.
const (
	maxHead      = 100 // paragraphs
	maxHeadBytes = 1 << 16
)

// fillBook makes records out of plain text.
func (s *stage) fillBook(content io.Reader, in Import) error {
	base := filepath.Base(in.Source)
	base = strings.TrimSuffix(base, ".gz")
	m := &bookmaker{book: strings.TrimSuffix(base, filepath.Ext(base)), words: in.PassageWords, emit: s.putLine}
	err := newBook(maxRecord).Scan(content, func(_ int64, record Record) error {
		text, _ := record.Get("text")
		return m.take(text.(string))
	})
	if err != nil {
		return err
	}
	return m.finish()
}

// take is given one paragraph after the other.
func (m *bookmaker) take(text string) error {
	if m.ended {
		return nil
	}
	if rest, is := gutenbergStart(text); is && !m.begun {
		m.title, m.head, m.begun = titleIn(m.head), nil, true
		if rest == "" {
			return nil
		}
		text = rest
	}
	if gutenbergEnd(text) {
		m.ended = true
		return nil
	}
	if m.begun {
		return m.add(text)
	}
	m.head = append(m.head, text)
	if m.headBytes += len(text); len(m.head) < maxHead && m.headBytes < maxHeadBytes {
		return nil
	}
	return m.begin()
}

// begin says that there is no head: what was taken for one belongs to the book.
func (m *bookmaker) begin() error {
	head := m.head
	m.head, m.begun = nil, true
	for _, text := range head {
		if err := m.add(text); err != nil {
			return err
		}
	}
	return nil
}

func (m *bookmaker) finish() error {
	if err := m.begin(); err != nil {
		return err
	}
	return m.give()
}

// add puts a paragraph into the passage, and gives that away when it is long enough.
func (m *bookmaker) add(text string) error {
	text = unbroken(text)
	if m.title == "" {
		m.title = titleOf(text, m.book)
	}
	if m.size+len(text) > maxRecord/2 { // a record may be no longer
		if err := m.give(); err != nil {
			return err
		}
	}
	m.number++
	m.passage = append(m.passage, text)
	m.size += len(text)
	if m.have += len(strings.Fields(text)); m.have < m.words {
		return nil
	}
	return m.give()
}

// give makes a record of what waits.
func (m *bookmaker) give() error {
	if len(m.passage) == 0 {
		return nil
	}
	keys := []string{"book", "title", "paragraph", "text"}
	values := []any{m.book, m.title, int64(m.number - len(m.passage) + 1), strings.Join(m.passage, "\n\n")}
	if m.words > 0 {
		keys, values = append(keys, "paragraphs"), append(values, int64(len(m.passage)))
	}
	m.passage, m.have, m.size = nil, 0, 0
	record, err := NewRecord(keys, values)
	if err != nil {
		return err
	}
	return m.emit(record)
}

// gutenbergStart says whether a paragraph ends the head of a Project Gutenberg file, and returns
// what stands behind the mark.
func gutenbergStart(text string) (rest string, is bool) {
	mark, is := strings.CutPrefix(text, "*** START OF")
	if !is {
		return "", false
	}
	_, rest, _ = strings.Cut(mark, "***")
	return strings.TrimSpace(rest), true
}

func gutenbergEnd(text string) bool {
	return strings.HasPrefix(text, "*** END OF") ||
		strings.HasPrefix(text, "End of the Project Gutenberg") || strings.HasPrefix(text, "End of Project Gutenberg")
}

// titleIn finds the title that the head of a Project Gutenberg file names, if it does.
func titleIn(head []string) string {
	for _, text := range head {
		for line := range strings.Lines(text) {
			if title, is := strings.CutPrefix(line, "Title:"); is {
				return strings.TrimSpace(title)
			}
		}
	}
	return ""
}

// maxTitle is the most characters of a title.
const maxTitle = 120

// titleOf is the first line of a book, unless that is no title.
func titleOf(text, book string) string {
	line, _, _ := strings.Cut(text, "\n")
	if line = strings.TrimSpace(line); utf8.RuneCountInString(line) > maxTitle {
		return book
	}
	return line
}

// fullLine is how many characters a line of prose has room for, at least.
const fullLine = 60

// unbroken makes one line of a paragraph's lines where they were broken because they were full: when
// for one of them the next word would not have fitted. Verse and title pages, whose lines are shorter,
// stay as they are, and so does the break before an indented line.
func unbroken(text string) string {
	lines := strings.Split(text, "\n")
	full := false
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
		if i > 0 {
			word, _, _ := strings.Cut(lines[i], " ")
			full = full || utf8.RuneCountInString(lines[i-1])+1+utf8.RuneCountInString(word) > fullLine
		}
	}
	var out strings.Builder
	for i, line := range lines {
		indented := line != "" && (line[0] == ' ' || line[0] == '\t')
		switch {
		case i == 0:
		case full && !indented:
			out.WriteByte(' ')
		default:
			out.WriteByte('\n')
		}
		out.WriteString(line)
	}
	return out.String()
}
