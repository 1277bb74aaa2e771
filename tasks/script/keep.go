package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"
)

// keepPrimitive is keep(name, rows): rows that a run made, as a dataset for others to read.
func keepPrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var of starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name, "rows", &of); err != nil {
		return nil, err
	}
	if r.flow != nil {
		return nil, advise("write  record(dataset, row)", "keep(…) keeps the rows of a run; this is a flow")
	}
	if name == "" || strings.ContainsAny(name, `/\:,`) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("keep: %q is not a name; use letters, digits, - and _", name)
	}
	lines, n, err := jsonLines(of)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, advise("ask whether there are rows first", "keep: there is no row to keep as %s", name)
	}
	if r.mode != running {
		return starlark.String(name), nil
	}
	if err := r.settle(); err != nil {
		return nil, err
	}
	relative := filepath.Join(runFolder(r.host.Record.ID()), "data", name+".jsonl")
	path := filepath.Join(r.host.Folder, relative)
	err = os.MkdirAll(filepath.Dir(path), 0o755)
	if err = errors.Join(err, writeSynced(path+".part", lines)); err == nil {
		err = errors.Join(os.Rename(path+".part", path), syncFolder(filepath.Dir(path)))
	}
	if err == nil && r.host.Keep != nil {
		err = r.host.Keep(r.ctx, name, path)
	}
	if err != nil {
		return nil, fmt.Errorf("keep %s: %w", name, err)
	}
	return starlark.String(filepath.ToSlash(relative)), nil
}

// jsonLines writes rows, one a line.
func jsonLines(of starlark.Iterable) ([]byte, int, error) {
	var lines bytes.Buffer
	write, n := json.NewEncoder(&lines), 0
	write.SetEscapeHTML(false)
	for v := range starlark.Elements(of) {
		row, err := plain(v)
		if err != nil {
			return nil, 0, fmt.Errorf("keep: row %d: %w", n, err)
		}
		if _, ok := row.(map[string]any); !ok {
			return nil, 0, advise(`give it dictionaries, such as {"prompt": p, "response": r}`, "keep: row %d is a %s, not a row", n, v.Type())
		}
		if err := write.Encode(row); err != nil { // such as a number that JSON has no form for
			return nil, 0, fmt.Errorf("keep: row %d: %w", n, err)
		}
		n++
	}
	return lines.Bytes(), n, nil
}
