package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"workbench/storage"
)

// FuzzRecord compares the parser with the standard library's: what it accepts, encoding/json accepts
// too and reads the same; what it refuses beyond that is on a short list.
func FuzzRecord(f *testing.F) {
	for _, name := range []string{"jsonl.in", "jsonl.bad"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range bytes.Split(text, []byte("\n")) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		record, mistake := parseRecord(text, map[string]string{})
		var want map[string]any
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		err := decoder.Decode(&want)
		if err == nil {
			if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
				err = errors.New("more than one value")
			}
		}
		if mistake != nil {
			if mistake.at < 0 || mistake.at > len(text) || mistake.problem == "" {
				t.Errorf("%q: the mistake is at byte %d: %q", text, mistake.at, mistake.problem)
			}
			if err == nil && want != nil && !stricter(text, mistake) {
				t.Errorf("%q: refused (%s), but encoding/json reads it", text, mistake)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q: read as %s, but encoding/json says %v", text, record, err)
		}
		if got := toNumbers(t, record.Map()); !reflect.DeepEqual(got, toNumbers(t, want)) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
		again, mistake := parseRecord([]byte(record.String()), nil)
		if mistake != nil || !reflect.DeepEqual(again, record) {
			t.Errorf("%q: written as %s and read again as %s, %v", text, record, again, mistake)
		}
	})
}

// stricter says whether a refusal is one of those that the parser is meant to make.
func stricter(text []byte, m *mistake) bool {
	for _, words := range []string{"comes twice", "surrogate", "64 bits", "too large", "inside each other"} {
		if strings.Contains(m.problem, words) {
			return true
		}
	}
	return strings.Contains(m.problem, "not UTF-8") && !utf8.Valid(text)
}

// toNumbers turns numbers of all kinds into float64.
func toNumbers(t *testing.T, v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return f
	case map[string]any:
		out := map[string]any{}
		for key := range v {
			out[key] = toNumbers(t, v[key])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = toNumbers(t, v[i])
		}
		return out
	}
	return v
}

// FuzzImporters feeds any bytes to each format: never a panic, offsets ascend, and Decode reads what
// Scan read.
func FuzzImporters(f *testing.F) {
	for _, importer := range Importers {
		text, err := os.ReadFile(filepath.Join("testdata", importer.Name+".in"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, importer := range Importers {
			format := importer.New(maxLine)
			var offsets []int64
			var records []string
			err := format.Scan(bytes.NewReader(text), func(offset int64, r Record) error {
				offsets, records = append(offsets, offset), append(records, r.String())
				return nil
			})
			if err != nil {
				continue
			}
			offsets = append(offsets, int64(len(text)))
			for i, want := range records {
				if offsets[i] >= offsets[i+1] {
					t.Fatalf("%s: record %d at %d, the next at %d", importer.Name, i, offsets[i], offsets[i+1])
				}
				got, err := format.Decode(text[offsets[i]:offsets[i+1]])
				if err != nil || got.String() != want {
					t.Errorf("%s: record %d: scan read %s, decode %s, %v", importer.Name, i, want, got, err)
				}
			}
		}
	})
}

// FuzzImport brings any bytes into the register in each format, zipped or not: what is refused leaves
// nothing, and what is taken is found again record by record.
func FuzzImport(f *testing.F) {
	for i, importer := range Importers {
		text, err := os.ReadFile(filepath.Join("testdata", importer.Name+".in"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, uint8(i), false, 0)
		f.Add(text, uint8(i), true, 3)
	}
	store, err := storage.Open(f.TempDir(), storage.Options{})
	if err != nil {
		f.Fatal(err)
	}
	r, err := OpenRegister(store, func() time.Time { return then })
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := errors.Join(r.Close(), store.Close()); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, text []byte, format uint8, gz bool, words int) {
		in := Import{Name: "x", Source: "x" + Importers[int(format)%len(Importers)].Suffixes[0], From: bytes.NewReader(text), Replace: true}
		if gz {
			in.Source += ".gz"
		}
		if Importers[int(format)%len(Importers)].plain {
			in.PassageWords = min(max(words, 0), MaxPassage)
		}
		d, err := r.Import(t.Context(), in)
		var bad *BadRecord
		switch {
		case errors.As(err, &bad) && bad.Line > 0 && bad.Column > 0 && bad.File == in.Source, errors.Is(err, ErrFile):
			return
		case err != nil:
			t.Fatalf("%q as %s: %v", text, in.Source, err)
		}
		var lines bytes.Buffer
		if out, err := r.Export(t.Context(), Export{Name: "x", Format: CSV}, &lines); err != nil || out.Records != d.Records {
			t.Fatalf("%q as %s: %d records exported, %v, want %d", text, in.Source, out.Records, err, d.Records)
		}
		last, err := r.Page(t.Context(), "x", d.Records-1, 2)
		if err != nil || len(last.Rows) != 1 {
			t.Fatalf("%q as %s: the last record: %v, %v", text, in.Source, last.Rows, err)
		}
	})
}
