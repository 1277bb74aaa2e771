package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// passages imports a text and lists "paragraph+paragraphs: text".
func passages(t *testing.T, r *Register, name, text string, words int) (all []string, title string) {
	t.Helper()
	_, err := r.Import(t.Context(), Import{Name: name, Source: "dir/A Book.txt", From: strings.NewReader(text), PassageWords: words})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	p, err := r.Page(t.Context(), name, 0, MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range p.Rows {
		if row["book"] != "A Book" {
			t.Errorf("%v is of the book %v", row, row["book"])
		}
		line := fmt.Sprint(row["paragraph"])
		if words > 0 {
			line += fmt.Sprint("+", row["paragraphs"])
		}
		all, title = append(all, line+": "+row["text"].(string)), row["title"].(string)
	}
	return all, title
}

func TestBooks(t *testing.T) {
	long := strings.Repeat("word ", 12) // 60 characters
	for i, tt := range []struct {
		text  string
		words int
		title string
		want  []string
	}{
		{"A Title\nby Somebody\n\nOne.\n\n\n\nTwo.", 0, "A Title", []string{"1: A Title\nby Somebody", "2: One.", "3: Two."}},
		{"One two.\n\nThree four.\n\nFive.", 3, "One two.", []string{"1+2: One two.\n\nThree four.", "3+1: Five."}},
		{"One two.\n\nThree four.\n\nFive.", 2, "One two.", []string{"1+1: One two.", "2+1: Three four.", "3+1: Five."}},
		{"One two.\n\nThree four.\n\nFive.", 100, "One two.", []string{"1+3: One two.\n\nThree four.\n\nFive."}},
		{"Title: Real\nAuthor: X\n\nfluff\n\n*** START OF THE PROJECT\nGUTENBERG EBOOK ***\n\nOne.\n\n*** END OF THIS ***\n\nlicence", 0, "Real", []string{"1: One."}},
		{"fluff\n\n*** START OF X ***\nOne.\n\nTwo.\n\nEnd of the Project Gutenberg EBook of X\n\nlicence", 0, "One.", []string{"1: One.", "2: Two."}},
		{"One.\n\n*** END OF X", 0, "One.", []string{"1: One."}},
		{strings.Repeat("x", 200) + "\n\nOne.", 0, "A Book", []string{"1: " + strings.Repeat("x", 200), "2: One."}},
		// the lines of prose are joined; those of verse, and before an indented one, are not
		{"It was " + long + "\r\nlong and\r\nended.\r\n", 0, "It was " + long + "long and ended.", []string{"1: It was " + long + "long and ended."}},
		{"Roses are red,\nviolets are blue.", 0, "Roses are red,", []string{"1: Roses are red,\nviolets are blue."}},
		{long + "end\n    indented\nagain", 0, long + "end", []string{"1: " + long + "end\n    indented again"}},
	} {
		all, title := passages(t, must(openRegister(t, t.TempDir())), fmt.Sprintf("b%d", i), tt.text, tt.words)
		if strings.Join(all, "|") != strings.Join(tt.want, "|") || title != tt.title {
			t.Errorf("%q in passages of %d words: got %q of %q, want %q of %q", tt.text, tt.words, all, title, tt.want, tt.title)
		}
	}
}

func must(r *Register, _ func()) *Register { return r }

func TestPassagesOfOtherFormats(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	for _, in := range []Import{{Source: "x.jsonl", PassageWords: 5}, {Source: "x.txt", PassageWords: -1}, {Source: "x.txt", PassageWords: MaxPassage + 1}} {
		in.Name, in.From = "x", strings.NewReader("{}")
		if _, err := r.Import(t.Context(), in); err == nil || !strings.Contains(err.Error(), "passages") {
			t.Errorf("passages of %d words of %s: %v", in.PassageWords, in.Source, err)
		}
	}
}

// FuzzBooks holds that no word of a text is lost or moved, however it is divided.
func FuzzBooks(f *testing.F) {
	f.Add("One two.\n\nThree\nfour.", 3)
	f.Add("a\n\n*** START OF X ***\n\nb\n\n*** END OF X", 0)
	f.Fuzz(func(t *testing.T, text string, words int) {
		var want, got []string
		give := func(m *bookmaker) {
			m.emit = func(record Record) error {
				text, _ := record.Get("text")
				got = append(got, strings.Fields(text.(string))...)
				n, _ := record.Get("paragraph")
				if n.(int64) < 1 || len(strings.TrimSpace(text.(string))) == 0 {
					t.Errorf("record %s", record)
				}
				return nil
			}
		}
		m := &bookmaker{book: "b", words: min(max(words, 0), MaxPassage)}
		give(m)
		err := newBook(maxRecord).Scan(strings.NewReader(text), func(_ int64, record Record) error {
			paragraph, _ := record.Get("text")
			want = append(want, strings.Fields(paragraph.(string))...)
			return m.take(paragraph.(string))
		})
		if err != nil {
			return
		}
		if err := m.finish(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "***") || strings.Contains(text, "End of") {
			return // a head or a licence may be left out
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q: the words are %q, want %q", text, got, want)
		}
	})
}

// TestRealBooks imports the project's books, as paragraphs and as passages.
func TestRealBooks(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(shared(t), "books", "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("books: %v, %v", paths, err)
	}
	r, _ := openRegister(t, t.TempDir())
	for i, path := range paths {
		for _, words := range []int{0, 200} {
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("b%d-%d", i, words)
			d, err := r.Import(t.Context(), Import{Name: name, Source: path, From: file, PassageWords: words})
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			p, err := r.Page(t.Context(), name, d.Records/2, 1)
			if err != nil || len(p.Rows) != 1 {
				t.Fatal(err)
			}
			n := len(strings.Fields(p.Rows[0]["text"].(string)))
			if words > 0 && n < words {
				t.Errorf("%s: the passage in the middle has %d words, want %d or more", path, n, words)
			}
			t.Logf("%s (%v): %d records, in the middle: %.150q", d.Source, p.Rows[0]["title"], d.Records, p.Rows[0]["text"])
		}
	}
}
