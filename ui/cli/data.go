package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/storage"
	"workbench/storage/dataset"
)

func dataCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "data",
		Usage: "import, list, show and export data sets",
		Description: `A dataset has a name, by which runs and flows find it (workbench run RECIPE -p pairs=NAME): a file
that was imported, or what flows collect from people. docs/data.md says more.`,
		Subcommands: []*cli.Command{
			dataImportCommand(a),
			dataListCommand(a),
			dataShowCommand(a),
			dataExportCommand(a),
		},
	}
}

// library is data by name: in the data folder, or in the server that has it open.
type library interface {
	List(ctx context.Context) ([]storage.Dataset, error)
	Import(ctx context.Context, in dataset.Import) (storage.Dataset, error)
	Export(ctx context.Context, e dataset.Export, w io.Writer) (dataset.Exported, error)
	Stats(ctx context.Context, name string) (dataset.Stats, error)
}

// ownLibrary is the register of a folder that this process has open; nil where there is no folder yet.
type ownLibrary struct{ *dataset.Register }

// List returns all entries.
func (l ownLibrary) List(context.Context) ([]storage.Dataset, error) {
	if l.Register == nil {
		return nil, nil
	}
	return l.Register.List()
}

// Export writes a dataset, or what people answered.
func (l ownLibrary) Export(ctx context.Context, e dataset.Export, w io.Writer) (dataset.Exported, error) {
	if l.Register == nil {
		return dataset.Exported{}, fail(notFound, "the data folder has nothing yet").next("--data names another folder")
	}
	return l.Register.Export(ctx, e, w)
}

// withLibrary opens the library for a verb, to write when it will.
func (a *app) withLibrary(ctx context.Context, write bool, do func(library) error) error {
	return a.withEngine(ctx, false, func(e *engine) error {
		var err error
		if write {
			_, err = e.folder()
		}
		var register *dataset.Register
		if err == nil {
			register, err = e.names()
		}
		if errors.Is(err, storage.ErrLocked) {
			return a.withServedLibrary(err, do)
		}
		if err != nil {
			return err
		}
		return explainData(do(ownLibrary{register}))
	})
}

func (a *app) withServedLibrary(locked error, do func(library) error) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	c, err := a.client(dir, locked)
	if err != nil {
		return err
	}
	return do(servedLibrary{c})
}

// entry finds a name in a library.
func entry(ctx context.Context, l library, name string) (storage.Dataset, error) {
	all, err := l.List(ctx)
	if err != nil {
		return storage.Dataset{}, err
	}
	if i := slices.IndexFunc(all, func(d storage.Dataset) bool { return d.Name == name }); i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	complaint := fail(notFound, "no dataset is called %q", name)
	if near := nearest(name, names); near != "" {
		return storage.Dataset{}, complaint.next("did you mean %s?", near)
	}
	return storage.Dataset{}, complaint.next("workbench data list shows those that there are")
}

func dataListCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the data sets that have names",
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			return a.withLibrary(c.Context, false, func(l library) error {
				all, err := l.List(c.Context)
				if err != nil {
					return err
				}
				if all == nil {
					all = []storage.Dataset{}
				}
				return a.answer(all, func(w io.Writer) { writeDatasets(w, all) })
			})
		},
	}
}

func writeDatasets(w io.Writer, all []storage.Dataset) {
	if len(all) == 0 {
		fmt.Fprintln(w, "there are no data sets yet; workbench data import FILE --name NAME makes one")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tRECORDS\tSIZE\tFROM\tSINCE")
	for _, d := range all {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\n", d.Name, d.Kind, d.Records, fileSize(d.Bytes),
			cmp.Or(d.Source, "flows"), d.Created.Format("2006-01-02 15:04"))
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}

// shownDataset is all that `workbench data show` says.
type shownDataset struct {
	storage.Dataset
	Fields []dataset.FieldStats `json:"fields"`
}

func dataShowCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "describe a dataset: its fields, what stands in them, how labels are balanced",
		ArgsUsage: "NAME",
		Action: func(c *cli.Context) error {
			name, err := arguments(c, "NAME")
			if err != nil {
				return err
			}
			return a.withLibrary(c.Context, false, func(l library) error {
				d, err := entry(c.Context, l, name[0])
				if err != nil {
					return err
				}
				stats, err := l.Stats(c.Context, d.Name)
				if err != nil {
					return err
				}
				shown := shownDataset{d, stats.Fields}
				return a.answer(shown, shown.write)
			})
		},
	}
}

func (s shownDataset) write(w io.Writer) {
	from := "from flows"
	if s.Kind == dataset.Imported {
		from = "from " + s.Source
	}
	fmt.Fprintf(w, "%s: %s %s, since %s, %s, %s\n", s.Name, s.Kind, from, s.Created.Format(time.DateTime), recordCount(s.Records), fileSize(s.Bytes))
	if s.Digest != "" {
		fmt.Fprintf(w, "sha256 %s\n", s.Digest)
	}
	if len(s.Fields) == 0 {
		return
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FIELD\tIN\tHOLDS\t")
	for _, f := range s.Fields {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", f.Name, f.Present, kindsOf(f), rangeOf(f))
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}

// kindsOf lists what stands under a field, the most frequent first.
func kindsOf(f dataset.FieldStats) string {
	var kinds []string
	for kind := range f.Kinds {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(cmp.Compare(f.Kinds[b], f.Kinds[a]), cmp.Compare(a, b)) })
	if len(kinds) > 1 {
		for i, kind := range kinds {
			kinds[i] = fmt.Sprintf("%s %d", kind, f.Kinds[kind])
		}
	}
	return strings.Join(kinds, ", ")
}

// fewValues is how many different values are listed one by one.
const fewValues = 8

// rangeOf says what the values of a field are: each with its count where they are few, else how large
// or how long.
func rangeOf(f dataset.FieldStats) string {
	if n := len(f.Values); n > 0 && n <= fewValues && (n < f.Present || n == 1) {
		var all []string
		for _, v := range f.Values {
			all = append(all, fmt.Sprintf("%v %d", cmp.Or(fmt.Sprint(v.Value), `""`), v.Count))
		}
		return strings.Join(all, ", ")
	}
	var words []string
	if s := f.Number; s != nil {
		words = append(words, fmt.Sprintf("%g to %g, mean %.4g", s.Min, s.Max, s.Mean))
	}
	if s := f.Length; s != nil {
		words = append(words, fmt.Sprintf("%g to %g long, mean %.4g", s.Min, s.Max, s.Mean))
	}
	return strings.Join(words, "; ")
}

func recordCount(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}

// fileSize is megabytes, but for small files.
func fileSize(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return megabytes(n)
}
