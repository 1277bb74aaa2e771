package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// file writes a dataset of n records {"id": i, "group": "g<i mod groups>", "text": …} and opens it.
func file(t *testing.T, name string, n, groups int) *Dataset {
	t.Helper()
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `{"id": %d, "group": "g%d", "meta": {"topic": %d}, "text": %q}`+"\n", i, i%groups, i%groups, strings.Repeat("é", i%7))
	}
	return written(t, name, text.String())
}

func written(t *testing.T, name, text string) *Dataset {
	t.Helper()
	d, err := Open(write(t, name, text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// write writes a file, zipped where its name ends in .gz.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() // read back at once
	if !strings.HasSuffix(name, ".gz") {
		if _, err := out.WriteString(text); err != nil {
			t.Fatal(err)
		}
		return path
	}
	zip := gzip.NewWriter(out)
	if _, err := zip.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func ids(t *testing.T, d *Dataset) []int {
	t.Helper()
	var ids []int
	for record, err := range d.All() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id(record))
	}
	return ids
}

func id(r Record) int {
	value, _ := r.Get("id")
	n, _ := value.(int64)
	return int(n)
}

func TestReadingInAnyOrder(t *testing.T) {
	for _, name := range []string{"pairs.jsonl", "pairs.jsonl.gz", "PAIRS.NDJSON"} {
		d := file(t, name, 100, 7)
		if d.Len() != 100 || d.Name() != name {
			t.Errorf("%s: name %s, %d records, want 100", name, d.Name(), d.Len())
		}
		var all sync.WaitGroup
		for w := range 4 {
			all.Go(func() {
				for i := w; i < 100; i += 3 {
					if r, err := d.Record(99 - i); err != nil || id(r) != 99-i {
						t.Errorf("%s: record %d is %v, %v", name, 99-i, r, err)
					}
				}
			})
		}
		all.Wait()
		for _, i := range []int{-1, 100} {
			if _, err := d.Record(i); err == nil {
				t.Errorf("%s: record %d of 100: got no error", name, i)
			}
		}
	}
}

func TestUnzippingToATemporaryFile(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	path := write(t, "big.jsonl.gz", strings.Repeat(`{"text": "some of it"}`+"\n", 1000))
	s, err := openSource(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.record(999); err != nil || r.String() != `{"text":"some of it"}` {
		t.Errorf("the last record: got %s, %v", r, err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("in the temporary folder: got %v, %v, want nothing that a kill could leave", left, err)
	}
	whole, err := openSource(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if s.sha256 != whole.sha256 || !reflect.DeepEqual(s.offsets, whole.offsets) {
		t.Error("content in a file and content in memory differ")
	}
	for _, s := range []*source{s, whole} {
		if err := errors.Join(s.close(), s.close()); err != nil {
			t.Error(err)
		}
	}
}

func TestDigestIsOfTheContent(t *testing.T) {
	plain, zipped, other := file(t, "a.jsonl", 10, 2), file(t, "b.jsonl.gz", 10, 2), file(t, "a.jsonl", 11, 2)
	if a, b := plain.Digest(), zipped.Digest(); a.SHA256 != b.SHA256 || a.Bytes != b.Bytes || a.Records != 10 {
		t.Errorf("the same content plain and zipped: %+v and %+v", a, b)
	}
	if plain.Digest().SHA256 == other.Digest().SHA256 {
		t.Error("other content has the same digest")
	}
	if plain.Digest().SHA256 == plain.Head(9).Digest().SHA256 || plain.Head(9).Digest().SHA256 != zipped.Head(9).Digest().SHA256 {
		t.Error("the digest of a part does not tell it from the whole, or depends on how the file was kept")
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	zipped, err := os.ReadFile(write(t, "a.jsonl.gz", strings.Repeat(`{"a": 1}`+"\n", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, file, text, want string }{
		{"a bad record", "a.jsonl", "{\"a\": 1}\n{\"a\": \"\xff\"}\n", "a.jsonl:2:8: byte 0xff is not UTF-8"},
		{"half a zip file", "b.jsonl.gz", "", "is the file whole?"},
		{"no zip file", "c.jsonl.gz", "", "is not a gzip file"},
	} {
		path := write(t, test.file, test.text)
		switch test.name {
		case "half a zip file":
			err = os.WriteFile(path, zipped[:len(zipped)/2], 0o600)
		case "no zip file":
			err = os.WriteFile(path, []byte(`{"a": 1}`), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want the path and %q", test.name, err, test.want)
		}
	}
	if _, err := Open("nowhere.jsonl"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
}

func TestAFileThatChanges(t *testing.T) {
	path := write(t, "a.jsonl", `{"a": 1}`+"\n"+`{"a": 2}`+"\n")
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() // only read
	if err := os.WriteFile(path, []byte(`{"a": "longer"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Record(1); err == nil || !strings.Contains(err.Error(), "changed the file") {
		t.Errorf("got %v, want a hint that the file was changed", err)
	}
}

func TestParts(t *testing.T) {
	d := file(t, "a.jsonl", 10, 3)
	even, err := d.Filter(func(r Record) (bool, error) { return id(r)%2 == 0, nil })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ids(t, even.Head(3)), []int{0, 2, 4}; !reflect.DeepEqual(got, want) {
		t.Errorf("the first three even ones: got %v, want %v", got, want)
	}
	turned, err := even.Subset("turned", []int{4, 0})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ids(t, turned), []int{8, 0}; !reflect.DeepEqual(got, want) || turned.Row(0) != 8 {
		t.Errorf("a subset of a part: got %v at row %d, want %v", got, turned.Row(0), want)
	}
	if got, want := turned.Name(), "a.jsonl (5 of 10 kept, turned)"; got != want {
		t.Errorf("name: got %q, want %q", got, want)
	}
	if _, err := even.Subset("beyond", []int{5}); err == nil {
		t.Error("a subset with a record that is not there: got no error")
	}
	twice := d.Map(func(r Record) (Record, error) {
		return NewRecord([]string{"id"}, []any{int64(2 * id(r))})
	}).Map(func(r Record) (Record, error) {
		if id(r) == 18 {
			return r, errors.New("no")
		}
		return NewRecord([]string{"id"}, []any{int64(id(r) + 1)})
	})
	if r, err := twice.Record(3); err != nil || id(r) != 7 {
		t.Errorf("2·3+1: got %v, %v", r, err)
	}
	if _, err := twice.Record(9); err == nil || !strings.Contains(err.Error(), "record 9 of a.jsonl: no") {
		t.Errorf("a change that fails: got %v, want the record's number", err)
	}
	if _, err := d.Filter(func(Record) (bool, error) { return false, errors.New("no") }); err == nil {
		t.Error("a filter that fails: got no error")
	}
}

func TestRecords(t *testing.T) {
	r, mistake := parseRecord([]byte(`{"b": {"x": {"y": 1}, "x.z": 2}, "a": [1, {"q": null}], "b.c": 3}`), nil)
	if mistake != nil {
		t.Fatal(mistake)
	}
	for path, want := range map[string]any{"b.x.y": int64(1), "b.x.z": int64(2), "b.c": int64(3), "b.q": nil, "a.q": nil} {
		got, ok := r.At(path)
		if ok != (want != nil) || got != want {
			t.Errorf("at %q: got %v, %v, want %v", path, got, ok, want)
		}
	}
	want := map[string]any{
		"b": map[string]any{"x": map[string]any{"y": int64(1)}, "x.z": int64(2)},
		"a": []any{int64(1), map[string]any{"q": nil}}, "b.c": int64(3),
	}
	if got := r.Map(); !reflect.DeepEqual(got, want) {
		t.Errorf("as a map: got %v, want %v", got, want)
	}
	if !reflect.DeepEqual(r.Keys(), []string{"b", "a", "b.c"}) {
		t.Errorf("keys: got %q, want those of the file in its order", r.Keys())
	}
	if data, err := json.Marshal([]Record{r}); err != nil || !strings.HasPrefix(string(data), `[{"b":{"x"`) {
		t.Errorf("inside other JSON: got %s, %v", data, err)
	}
	if _, err := NewRecord([]string{"a", "a"}, []any{1, 2}); err == nil {
		t.Error("a key twice: got no error")
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprint("k", i))
	}
	large, err := NewRecord(many, make([]any, 100))
	if _, ok := large.Get("k99"); err != nil || !ok {
		t.Errorf("the last of many keys: found %v, %v", ok, err)
	}
	if _, ok := large.Get("k100"); ok {
		t.Error("found a key that is not there")
	}
}

func TestCanonical(t *testing.T) {
	a, _ := parseRecord([]byte(`{"x": 1.0, "y": {"b": [1e0], "a": null}}`), nil)
	b, _ := parseRecord([]byte(`{"y": {"a": null, "b": [1]}, "x": 1}`), nil)
	textA, errA := Canonical(a)
	textB, errB := Canonical(b)
	if textA != textB || errA != nil || errB != nil || textA != `{"x":1,"y":{"a":null,"b":[1]}}` {
		t.Errorf("got %s (%v) and %s (%v)", textA, errA, textB, errB)
	}
	if _, err := Canonical(map[string]any{}); err == nil {
		t.Error("a value that no record holds: got no error")
	}
}
