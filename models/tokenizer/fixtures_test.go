package tokenizer

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// textCase is a text and what Hugging Face tokenizers make of it. Fields that
// are absent equal the obvious: framed and ordinary the ids, kept the text,
// plain what was kept.
type textCase struct {
	Name     string  `json:"name"`
	Text     string  `json:"text"`
	IDs      []int   `json:"ids"`
	Framed   []int   `json:"framed"`
	Ordinary []int   `json:"ordinary"`
	Kept     *string `json:"kept"`
	Plain    *string `json:"plain"`
}

func (c textCase) kept() string {
	if c.Kept != nil {
		return *c.Kept
	}
	return c.Text
}

func (c textCase) plain() string {
	if c.Plain != nil {
		return *c.Plain
	}
	return c.kept()
}

// readLines reads a fixture of one JSON object on each line.
func readLines[T any](t testing.TB, name string) (cases []T) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c T
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("%s: line %d: %v", name, len(cases)+1, err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(cases) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return cases
}

var readSmollm2 = sync.OnceValues(func() ([]byte, error) {
	packed, err := os.ReadFile("testdata/smollm2.tokenizer.json.zst")
	if err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(packed, nil)
})

// load builds the tokenizer of a family.
func load(t testing.TB, family string) *Tokenizer {
	t.Helper()
	data, err := readSmollm2()
	if family != "smollm2" {
		data, err = os.ReadFile(filepath.Join("testdata", family+".json"))
	}
	if err != nil {
		t.Fatal(err)
	}
	tok, err := FromJSON(data)
	if err != nil {
		t.Fatalf("%s: %v", family, err)
	}
	return tok
}

var families = []string{"smollm2", "tiny-bytelevel", "tiny-llama3", "tiny-llama", "tiny-mistral", "tiny-metaspace", "tiny-words"}

// differ reports up to ten failures of a kind; a broken table fails thousands.
func differ(t *testing.T, failures *int, format string, args ...any) {
	t.Helper()
	if *failures++; *failures <= 10 {
		t.Errorf(format, args...)
	}
}

func TestIDsEqualReference(t *testing.T) {
	for _, family := range families {
		t.Run(family, func(t *testing.T) {
			tok, failures := load(t, family), 0
			for _, c := range readLines[textCase](t, family+".jsonl") {
				if got := tok.Encode(c.Text); !slices.Equal(got, c.IDs) {
					differ(t, &failures, "%s: Encode(%q)\n got %v\nwant %v", c.Name, c.Text, got, c.IDs)
				}
				want := c.IDs
				if c.Ordinary != nil {
					want = c.Ordinary
				}
				if got := tok.EncodeOrdinary(c.Text); !slices.Equal(got, want) {
					differ(t, &failures, "%s: EncodeOrdinary(%q)\n got %v\nwant %v", c.Name, c.Text, got, want)
				}
				want = c.IDs
				if c.Framed != nil {
					want = c.Framed
				}
				if got := tok.EncodeWithSpecial(c.Text); !slices.Equal(got, want) {
					differ(t, &failures, "%s: EncodeWithSpecial(%q)\n got %v\nwant %v", c.Name, c.Text, got, want)
				}
			}
			t.Logf("%d failures", failures)
		})
	}
}

func TestTextsEqualReference(t *testing.T) {
	for _, family := range families {
		t.Run(family, func(t *testing.T) {
			tok, failures := load(t, family), 0
			for _, c := range readLines[textCase](t, family+".jsonl") {
				if got := tok.DecodeKeepSpecial(c.IDs); got != c.kept() {
					differ(t, &failures, "%s: DecodeKeepSpecial(%v)\n got %q\nwant %q", c.Name, c.IDs, got, c.kept())
				}
				if got := tok.Decode(c.IDs); got != c.plain() {
					differ(t, &failures, "%s: Decode(%v)\n got %q\nwant %q", c.Name, c.IDs, got, c.plain())
				}
			}
			t.Logf("%d failures", failures)
		})
	}
}

// At every point of every fixture the stream has given out whole characters
// only, a prefix of the whole decoding, and ended there it gives that of the
// ids so far.
func TestStreamAtEverySplit(t *testing.T) {
	for _, family := range families {
		t.Run(family, func(t *testing.T) {
			tok, failures := load(t, family), 0
			for _, c := range readLines[textCase](t, family+".jsonl") {
				ids := c.IDs[:min(len(c.IDs), 120)]
				for split := range len(ids) + 1 {
					got, s := streamed(t, tok, ids[:split])
					if want := tok.DecodeKeepSpecial(ids[:split]); got != want {
						differ(t, &failures, "%s: stream of %v\n got %q\nwant %q", c.Name, ids[:split], got, want)
					}
					if again := s.Flush(); strings.Trim(again, "\uFFFD") != "" {
						differ(t, &failures, "%s: a second Flush gives %q", c.Name, again)
					}
				}
			}
		})
	}
}

func streamed(t *testing.T, tok *Tokenizer, ids []int) (string, *Stream) {
	t.Helper()
	s := tok.NewStreamKeepSpecial()
	var text strings.Builder
	for _, id := range ids {
		piece := s.Push(id)
		if !utf8.ValidString(piece) {
			t.Errorf("Push(%d) of %v gives %q, which breaks a character", id, ids, piece)
		}
		text.WriteString(piece)
	}
	text.WriteString(s.Flush())
	return text.String(), s
}
