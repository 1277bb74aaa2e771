package dataset

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the .want files in testdata from what is read now")

// TestImporters reads testdata/<name>.in and compares with .want, a record a line; and refuses each
// text of .bad, where texts are divided by ====, with the words in .bad.want.
func TestImporters(t *testing.T) {
	for _, importer := range Importers {
		t.Run(importer.Name, func(t *testing.T) {
			compare(t, importer.Name+".want", readable(t, importer, filepath.Join("testdata", importer.Name+".in")))
			compare(t, importer.Name+".bad.want", refusals(t, importer))
		})
	}
}

// readable lists the offsets and records of a file, after comparing what Scan gave with what Decode
// gives.
func readable(t *testing.T, importer Importer, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	format := importer.New(maxLine)
	var offsets []int64
	var records []Record
	err = format.Scan(strings.NewReader(string(text)), func(offset int64, r Record) error {
		offsets, records = append(offsets, offset), append(records, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, record := range records {
		end := int64(len(text))
		if i+1 < len(offsets) {
			end = offsets[i+1]
		}
		again, err := format.Decode(text[offsets[i]:end])
		if err != nil || again.String() != record.String() {
			t.Errorf("record %d: scan read %s, decode %s, %v", i, record, again, err)
		}
		fmt.Fprintf(&out, "%s\n", record)
	}
	return out.String()
}

func refusals(t *testing.T, importer Importer) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", importer.Name+".bad"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, bad := range strings.Split(strings.TrimSuffix(string(text), "====\n"), "====\n") {
		err := importer.New(maxLine).Scan(strings.NewReader(bad), func(int64, Record) error { return nil })
		var record *BadRecord
		if !errors.As(err, &record) {
			t.Errorf("%q: got %v, want a *BadRecord", bad, err)
			continue
		}
		fmt.Fprintf(&out, "%q\n\t%d:%d: %s\n", bad, record.Line, record.Column, record.Problem)
	}
	return out.String()
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := Open("answers.xlsx")
	if err == nil || !strings.Contains(err.Error(), ".jsonl") || !strings.Contains(err.Error(), "answers.xlsx") {
		t.Errorf("opening a format that is not known: got %v, want the file and the known formats", err)
	}
	seen := map[string]string{}
	for _, importer := range Importers {
		for _, suffix := range importer.Suffixes {
			if other, twice := seen[suffix]; twice || suffix != strings.ToLower(suffix) {
				t.Errorf("suffix %s of %s is also %s's, or not in lower case", suffix, importer.Name, other)
			}
			seen[suffix] = importer.Name
		}
	}
}
