package tokenizer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// benchText is English prose and code: the README files of the Go tree would
// be neither small nor ours, so that the fixtures' texts are repeated, with a
// running word so that the cache does not hold everything. WORKBENCH_TEXT
// names a file to take instead.
func benchText(b *testing.B) string {
	if path := os.Getenv("WORKBENCH_TEXT"); path != "" {
		data, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			b.Fatal(err)
		}
		return string(data)
	}
	var text strings.Builder
	for _, c := range readLines[textCase](b, "smollm2.jsonl") {
		switch c.Name {
		case "english", "python", "markdown", "french", "url":
			for range 40 {
				text.WriteString(c.Text)
			}
		}
	}
	return text.String()
}

// documents cuts text at line ends into documents of about 4 KB.
func documents(text string) (docs []string) {
	for len(text) > 4096 {
		n := strings.IndexByte(text[4096:], '\n')
		if n < 0 {
			break
		}
		docs = append(docs, text[:4096+n+1])
		text = text[4096+n+1:]
	}
	return append(docs, text)
}

func BenchmarkEncode(b *testing.B) {
	for _, family := range []string{"smollm2", "tiny-llama3", "tiny-llama"} {
		b.Run(family, func(b *testing.B) {
			tok, docs := load(b, family), documents(benchText(b))
			bytes, tokens := 0, 0
			for _, doc := range docs {
				bytes += len(doc)
			}
			b.SetBytes(int64(bytes))
			for b.Loop() {
				tokens = 0
				for _, doc := range docs {
					tokens += len(tok.Encode(doc))
				}
			}
			b.ReportMetric(float64(tokens)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	tok := load(b, "smollm2")
	ids := tok.Encode(benchText(b))
	for b.Loop() {
		tok.Decode(ids)
	}
	b.ReportMetric(float64(len(ids))*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}

func BenchmarkFromJSON(b *testing.B) {
	data, err := readSmollm2()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := FromJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}
