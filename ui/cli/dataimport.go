package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"workbench/storage"
	"workbench/storage/dataset"
)

func dataImportCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "check a file, copy it into the data folder, and give it a name",
		ArgsUsage: "FILE",
		Description: `FILE ends in .jsonl, .ndjson, .csv, .tsv, .tab or .txt, and .gz may follow. Every record is checked; one
that is none, or longer than 1 MB, is named by line and column, and then nothing is imported. The copy
is unzipped. Plain text, such as a book, becomes a record for each paragraph (book, title, paragraph,
text); lines that were broken because they were full are joined. The same file again changes nothing.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Required: true, Usage: "call it `NAME`: letters, digits, - and _"},
			&cli.BoolFlag{Name: "replace", Usage: "the name means this file from now on; the one before stays for what cites it"},
			&cli.IntFlag{Name: "passage-words", Usage: "join a book's paragraphs to passages of at least `N` words"},
		},
		Action: func(c *cli.Context) error {
			file, err := arguments(c, "FILE")
			if err != nil {
				return err
			}
			if c.IsSet("passage-words") {
				if err := within(c, "passage-words", 1, dataset.MaxPassage); err != nil {
					return err
				}
			}
			in := dataset.Import{
				Name: c.String("name"), Source: file[0], Replace: c.Bool("replace"), PassageWords: c.Int("passage-words"),
			}
			return a.importFile(c, in)
		},
	}
}

func (a *app) importFile(c *cli.Context, in dataset.Import) error {
	from, err := openData(in.Source)
	if err != nil {
		return err
	}
	defer from.Close() // it is only read
	info, err := from.Stat()
	if err != nil {
		return err
	}
	in.From, in.Size = from, info.Size()
	return a.withLibrary(c.Context, true, func(l library) error {
		shown := a.progress("import "+in.Name, in.Size, "bytes")
		var before int64
		in.Progress = func(bytes int64, records int) {
			shown.describe("%s", recordCount(records))
			shown.add(bytes - before)
			before = bytes
		}
		d, err := l.Import(c.Context, in)
		shown.finish()
		if errors.Is(err, dataset.ErrTaken) && !in.Replace {
			return fail(badInput, "%w", err).next("--name gives it another name; --replace makes this one mean the file, and keeps the old one for what cites it")
		}
		if err != nil {
			return err
		}
		return a.answer(d, func(w io.Writer) { writeImported(w, in, d) })
	})
}

func writeImported(w io.Writer, in dataset.Import, d storage.Dataset) {
	fmt.Fprintf(w, "%s is %s: %s, %s, sha256 %.12s\n", in.Source, d.Name, recordCount(d.Records), fileSize(d.Bytes), d.Digest)
	fmt.Fprintf(w, "workbench data show %s describes it; -p PARAM=%s gives it to a recipe\n", d.Name, d.Name)
}

// openData opens a file that is to be imported.
func openData(path string) (*os.File, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missingFile(path)
	}
	if err != nil {
		return nil, fail(badInput, "%w", err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fail(badInput, "%s is a folder", path).next("import the files in it one by one"), file.Close())
	}
	return file, nil
}
