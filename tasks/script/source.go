package script

import (
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"go.starlark.net/starlark"

	"workbench/engine/runs"
	"workbench/storage/dataset"
)

// files are the records of one or several files, one after another. Each row tells its file's name
// without folder and suffixes in the field file, unless it has such a field.
type files struct {
	all    []*dataset.Dataset
	ends   []int    // of each file, in rows
	inputs []*input // each file
}

func (f *files) len() int {
	if len(f.ends) == 0 {
		return 0
	}
	return f.ends[len(f.ends)-1]
}

func (f *files) row(i int) (*Row, error) {
	at := sort.SearchInts(f.ends, i+1)
	d := f.all[at]
	if at > 0 {
		i -= f.ends[at-1]
	}
	record, err := d.Record(i)
	if err != nil {
		return nil, err
	}
	row, err := rowOf(record)
	if err != nil {
		return nil, fmt.Errorf("%s, record %d: %w", d.Name(), i+1, err)
	}
	row.from = &origin{input: f.inputs[at], at: i}
	if _, ok := row.field("file"); !ok {
		row.put("file", starlark.String(shortName(d.Path())))
	}
	return row, nil
}

// shortName is a file's name without folder and suffixes.
func shortName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	return name
}

// rowOf turns a record into a row with the same fields in the same order.
func rowOf(record dataset.Record) (*Row, error) {
	row := newRow(record.Len() + 1)
	for name, value := range record.All() {
		v, err := fromRecord(value)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", name, err)
		}
		row.put(name, v)
	}
	return row, nil
}

func fromRecord(value any) (starlark.Value, error) {
	switch value := value.(type) {
	case dataset.Record:
		return rowOf(value)
	case []any:
		list := make([]starlark.Value, len(value))
		for i, e := range value {
			var err error
			if list[i], err = fromRecord(e); err != nil {
				return nil, err
			}
		}
		return starlark.NewList(list), nil
	}
	return toStarlark(value)
}

// openDataset is the dataset of some names; example rows stand in for it when a script is checked. setting
// is the param that names it, empty if the script does.
func (r *Run) openDataset(setting string, names []string, example any) *Dataset {
	for i, n := range names {
		names[i] = strings.TrimSpace(n)
	}
	d := &Dataset{run: r, name: strings.Join(names, ",")}
	d.open = func() (rows, error) {
		if r.mode == checking && example != nil {
			return exampleRows(example)
		}
		if d.name == "" {
			return nil, unnamed(r.mode, setting)
		}
		all, digest, err := r.openFiles(names)
		d.digest = digest
		return all, err
	}
	return d
}

// unnamed says that a dataset has no name; a check then ends early.
func unnamed(m mode, setting string) error {
	switch {
	case m == checking:
		return fmt.Errorf("a dataset is not named: %w", errNoData)
	case setting == "":
		return advise(`name a file of JSON lines, such as  dataset("pairs.jsonl")`, "no dataset is named")
	}
	return &advised{unnamedSetting(setting), "name a file of JSON lines:  -p " + setting + "=FILE.jsonl"}
}

// openFiles opens every file of every name, for the life of the run, and cites them.
func (r *Run) openFiles(names []string) (rows, string, error) {
	out := &files{}
	var digests []string
	for _, name := range names {
		paths, err := r.host.Datasets.Find(name)
		if err != nil {
			return nil, "", err
		}
		for _, path := range paths {
			d, err := dataset.Open(path)
			if err != nil {
				return nil, "", fmt.Errorf("dataset %s: %w", name, err)
			}
			r.own(d)
			cited := r.digestOf(d)
			if err := r.host.Record.Cite(cited); err != nil {
				return nil, "", err
			}
			out.inputs = append(out.inputs, r.inputOf(cited))
			digests = append(digests, cited.SHA256)
			out.all = append(out.all, d)
			out.ends = append(out.ends, out.len()+d.Len())
		}
	}
	return out, hashOf(digests...), nil
}

// digestOf cites a file, and the rows that it was made of.
func (r *Run) digestOf(d *dataset.Dataset) runs.Digest {
	cited := d.Digest()
	digest := runs.Digest{Kind: "dataset", Name: cited.Name, SHA256: cited.SHA256, Records: cited.Records}
	if of, is := r.host.Datasets.(Collected); is {
		digest.Rows = of.ListOf(d.Path())
	}
	return digest
}

// exampleCopies is how often an example's rows stand in for a dataset, so that batches fill and
// both sides of a split have some.
const exampleCopies = 8

func exampleRows(example any) (rows, error) {
	list, ok := example.([]any)
	if !ok || len(list) == 0 {
		return nil, errors.New("example: want a list of rows")
	}
	out := &listed{}
	for range exampleCopies {
		for _, e := range list {
			v, err := toStarlark(e)
			if err != nil {
				return nil, err
			}
			row, ok := v.(*Row)
			if !ok {
				return nil, fmt.Errorf("example: a row is a dictionary, not a %s", v.Type())
			}
			if _, ok := row.field("file"); !ok {
				row.put("file", starlark.String("example"))
			}
			out.all = append(out.all, row)
		}
	}
	return out, nil
}

// datasetPrimitive is dataset(name, …), or dataset([row, …]) of rows that are at hand.
func datasetPrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var of starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "of", &of); err != nil {
		return nil, err
	}
	switch of := of.(type) {
	case starlark.String:
		return r.openDataset("", strings.Split(string(of), ","), nil), nil
	case *Dataset:
		return of, nil
	case starlark.Iterable:
		return r.listedDataset(of)
	}
	return nil, fmt.Errorf("dataset: want a name or rows, got a %s", of.Type())
}

func (r *Run) listedDataset(of starlark.Iterable) (starlark.Value, error) {
	out := &listed{}
	var names, parts []string
	for v := range starlark.Elements(of) {
		if name, ok := starlark.AsString(v); ok {
			names = append(names, name)
			continue
		}
		row, err := asRow("the list", v)
		if err != nil {
			return nil, fmt.Errorf("dataset: a list holds names or rows: %w", err)
		}
		out.all = append(out.all, row)
		parts = append(parts, row.String())
	}
	switch {
	case len(names) > 0 && len(out.all) > 0:
		return nil, errors.New("dataset: a list holds names or rows, not both")
	case len(names) > 0:
		return r.openDataset("", names, nil), nil
	}
	d := &Dataset{run: r, name: fmt.Sprintf("%d rows", len(out.all)), rows: out, digest: hashOf(parts...)}
	return d, nil
}
