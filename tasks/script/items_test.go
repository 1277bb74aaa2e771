package script

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func itemsOf(t *testing.T, text string, files fileNames, params map[string]any) ([]any, error) {
	t.Helper()
	items, err := parse(t, text+"def flow(item):\n    pass\n").Items(t.Context(), files, params)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := items.Close(); err != nil {
			t.Error(err)
		}
	}()
	var all []any
	for item, err := range items.All() {
		if err != nil {
			return all, err
		}
		all = append(all, item)
	}
	if len(all) != items.Len() {
		t.Errorf("%d items, and Len is %d", len(all), items.Len())
	}
	return all, nil
}

// The items are those of the dataset called items, of the first one, or one that is empty.
func TestItems(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, rows ...map[string]any) string {
		path := filepath.Join(dir, name)
		var b strings.Builder
		for _, r := range rows {
			line, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	files := fileNames{"one": write("one.jsonl", map[string]any{"x": 1}, map[string]any{"x": 2}), "two": write("two.jsonl", map[string]any{"x": 3})}
	const two = "a = param.dataset(\"one\", \"h\")\nb = param.dataset(\"two\", \"h\")\n"
	row := func(x int64, file string) any { return map[string]any{"x": x, "file": file} }
	for _, c := range []struct {
		name, text string
		want       []any
	}{
		{"the first", two, []any{row(1, "one"), row(2, "one")}},
		{"the one that is called so", strings.Replace(two, "b =", "items =", 1), []any{row(3, "two")}},
		{"a view", two + "items = a.filter(lambda r: r.x > 1).map(lambda r: r | {\"y\": True})\n", []any{map[string]any{"x": int64(2), "file": "one", "y": true}}},
		{"none", "", []any{map[string]any{}}},
		{"a top level that a run needs", two + "base = param.model(\"embedded\", \"m\")\npolicy = base.adapter(rank = 2)\n", []any{row(1, "one"), row(2, "one")}},
	} {
		if got, err := itemsOf(t, c.text, files, nil); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v (%v), want %v", c.name, got, err, c.want)
		}
	}
	if got, err := itemsOf(t, two, files, map[string]any{"a": "two"}); err != nil || !reflect.DeepEqual(got, []any{row(3, "two")}) {
		t.Errorf("with a param: got %v (%v)", got, err)
	}
	for text, want := range map[string]string{
		"a = param.dataset(\"\", \"h\")\n":                                                         "the setting a names no dataset",
		"a = param.dataset(\"three\", \"h\")\n":                                                    "three",
		"a = param.dataset(\"one\", \"h\")\nitems = a.map(lambda r: r.y)\n":                        "no field y",
		"a = param.dataset(\"one\", \"h\")\nitems = a.map(lambda r: {\"y\": model(\"m\").name})\n": "",
	} {
		if _, err := itemsOf(t, text, files, nil); want != "" && (err == nil || !strings.Contains(err.Error(), want)) || want == "" && err != nil {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// Passages hold whole paragraphs, never those of two files, and all of them.
func TestPassages(t *testing.T) {
	got, err := execute(t, `def run():
    rows = dataset([{"text": "a b", "file": "x"}, {"text": "c", "file": "x"}, {"text": "d e f g", "file": "x"}, {"text": "", "file": "x"}, {"text": "h", "file": "y"}, {"text": "i j", "file": "y"}])
    for p in rows.passages(3):
        print(p)
    print(len(dataset([]).passages(3)), len(dataset([{"text": ""}]).passages(3)))
`)
	const want = `{"text": "a b\n\nc", "words": 3, "at": 0, "file": "x"}
{"text": "d e f g", "words": 4, "at": 2, "file": "x"}
{"text": "h\n\ni j", "words": 3, "at": 4, "file": "y"}
0 0`
	if err != nil || got != want {
		t.Errorf("passages: got (%v)\n%s\nwant\n%s", err, got, want)
	}
}
