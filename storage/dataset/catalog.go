package dataset

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Importer is a file format that datasets are read from. Each has testdata/<name>.in, what it must
// read out of it in <name>.want, and what it must refuse in <name>.bad.
type Importer struct {
	Name     string
	Suffixes []string // of file names, in lower case; each also works with .gz behind it
	// New makes the format for one file, in which a record has at most limit bytes.
	New func(limit int) Format
	// plain is text without fields: the register keeps it as JSON Lines that say where each text stands.
	plain bool
}

// Format reads one file; it may remember what stands at its head.
type Format interface {
	// Scan reads all of r and calls each for every record with the offset in bytes at which its text
	// begins, ascending. A text that is no record ends it with a *BadRecord (File is filled in by the
	// caller), and an error of each ends it with that error.
	Scan(r io.Reader, each func(offset int64, record Record) error) error
	// Decode reads one record out of the text between its offset and the next. It is called after
	// Scan, from several goroutines.
	Decode(text []byte) (Record, error)
}

// Importers lists the formats.
var Importers = []Importer{
	{Name: "jsonl", Suffixes: []string{".jsonl", ".ndjson"}, New: newJSONL},
	{Name: "csv", Suffixes: []string{".csv"}, New: newCSV},
	{Name: "tsv", Suffixes: []string{".tsv", ".tab"}, New: newTSV},
	{Name: "book", Suffixes: []string{".txt"}, New: newBook, plain: true},
}

// importerFor finds the format of a file by its name.
func importerFor(path string) (importer Importer, zipped bool, err error) {
	name := strings.ToLower(filepath.Base(path))
	name, zipped = strings.CutSuffix(name, ".gz")
	for _, importer := range Importers {
		for _, suffix := range importer.Suffixes {
			if strings.HasSuffix(name, suffix) {
				return importer, zipped, nil
			}
		}
	}
	return Importer{}, false, fmt.Errorf("%s is of no known format: the name of a dataset ends in %s, and .gz may follow", path, Suffixes())
}

// Suffixes lists how the names of datasets may end, in words.
func Suffixes() string {
	var known []string
	for _, importer := range Importers {
		known = append(known, importer.Suffixes...)
	}
	return strings.Join(known[:len(known)-1], ", ") + " or " + known[len(known)-1]
}
