package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/storage/dataset"
)

func dataExportCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write a dataset, or what people answered, into a file",
		ArgsUsage: "NAME|answers",
		Description: `The export is the data of one moment, also while people work. JSON Lines (jsonl) have everything; CSV
is a table for spreadsheets, in which texts that look like formulas have an apostrophe in front
(docs/data.md). Rows of which the ground was taken away, because a step was re-opened, are left out.
answers are all answers as people gave them, but for those that came too late or were taken back.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`jsonl|csv` (default: by the ending of --out, else jsonl)"},
			&cli.StringFlag{Name: "out", Value: "-", Usage: "write into `FILE`, which must be new, or - for stdout"},
			&cli.BoolFlag{Name: "lineage", Usage: "put _id, _of and _time before each row that flows recorded"},
			&cli.StringFlag{Name: "flow", Usage: "only answers to the flow `ID`"},
			&cli.BoolFlag{Name: "late", Usage: "also answers that came too late; the field late marks them"},
			&cli.BoolFlag{Name: "undone", Usage: "also answers that were taken back; the field undone marks them"},
		},
		Action: func(c *cli.Context) error {
			name, err := arguments(c, "NAME|answers")
			if err != nil {
				return err
			}
			e := dataset.Export{
				Name: name[0], Format: exportFormat(c.String("format"), c.String("out")),
				Lineage: c.Bool("lineage"), Flow: c.String("flow"), Late: c.Bool("late"), Undone: c.Bool("undone"),
			}
			return a.withLibrary(c.Context, false, func(l library) error {
				if e.Name != dataset.Answers {
					if _, err := entry(c.Context, l, e.Name); err != nil {
						return err
					}
				}
				return a.exportTo(c.String("out"), func(w io.Writer) (dataset.Exported, error) { return l.Export(c.Context, e, w) })
			})
		},
	}
}

func exportFormat(asked, out string) string {
	switch {
	case asked != "":
		return asked
	case strings.HasSuffix(strings.ToLower(out), ".csv"):
		return dataset.CSV
	}
	return dataset.JSONL
}

// exportResult is what export says in JSON.
type exportResult struct {
	dataset.Exported
	File string `json:"file"`
}

// exportTo exports into a file that appears whole or not at all, or to stdout.
func (a *app) exportTo(out string, export func(io.Writer) (dataset.Exported, error)) error {
	result := exportResult{File: out}
	var err error
	if out == "-" {
		if result.Exported, err = export(a.stdout); err != nil {
			return err
		}
		if a.json {
			return a.answer(result, nil)
		}
		a.say("%s", exportedWords(result.Exported))
		return nil
	}
	shown := a.progress("export", -1, "bytes")
	err = newFile(out, func(w io.Writer) (err error) {
		result.Exported, err = export(io.MultiWriter(w, meter{shown}))
		return err
	})
	shown.finish()
	if err != nil {
		return err
	}
	return a.answer(result, func(w io.Writer) {
		fmt.Fprintf(w, "%s has %s\n", out, exportedWords(result.Exported))
	})
}

func exportedWords(x dataset.Exported) string {
	words := recordCount(x.Records)
	if x.Late > 0 {
		words += fmt.Sprintf("; %d late answers were left out", x.Late)
	}
	if x.Undone > 0 {
		words += fmt.Sprintf("; %d answers that were taken back were left out", x.Undone)
	}
	return words
}

// newFile writes a file that is not there yet: all of it, or none.
func newFile(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fail(badInput, "%s exists, and nothing is overwritten", path).next("choose another name or remove it")
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".part-")
	if err != nil {
		return fail(badInput, "%w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	if err = errors.Join(write(part), part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
