package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"

	"workbench/storage"
)

// then is the time in tests.
var then = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// openRegister opens a store and its register; both are closed with the test, or by close before.
func openRegister(t *testing.T, dir string) (r *Register, closeBoth func()) {
	t.Helper()
	store, err := storage.Open(dir, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err = OpenRegister(store, func() time.Time { return then })
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	closeBoth = func() {
		if closed {
			return
		}
		closed = true
		if err := errors.Join(r.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(closeBoth)
	return r, closeBoth
}

// bring imports a text that must be taken.
func bring(t *testing.T, r *Register, name, source, text string) storage.Dataset {
	t.Helper()
	d, err := r.Import(t.Context(), Import{Name: name, Source: source, From: strings.NewReader(text), Size: int64(len(text))})
	if err != nil {
		t.Fatalf("import %s as %s: %v", source, name, err)
	}
	return d
}

// exported returns an export that must work.
func export(t *testing.T, r *Register, e Export) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := r.Export(t.Context(), e, &out); err != nil {
		t.Fatalf("export %+v: %v", e, err)
	}
	return out.String()
}

// tree lists what lies below the register's folder.
func tree(t *testing.T, r *Register) (all []string) {
	t.Helper()
	err := fs.WalkDir(r.root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if path != "." {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func events(t *testing.T, r *Register) (kinds []string) {
	t.Helper()
	err := r.store.EachEvent(0, func(e storage.Event) error {
		kinds = append(kinds, e.Kind+" "+e.Object)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	_, err := io.WriteString(zip, text)
	if err := errors.Join(err, zip.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestImport imports a file of each format, and finds, reads and exports it.
func TestImport(t *testing.T) {
	const lines = `{"a":1,"b":"x"}` + "\n" + `{"a":2,"b":"ü"}` + "\n"
	for _, tt := range []struct {
		source, text string
		kept         string // how the kept file's name ends
		want         string // the export
	}{
		{"x.jsonl", lines, ".jsonl", lines},
		{"X.NDJSON", "\ufeff\n" + lines + "\n", ".jsonl", "\ufeff\n" + lines + "\n"}, // the file itself
		{"x.jsonl.gz", zipped(t, lines), ".jsonl", lines},
		{"x.csv", "a,b\n1,x\n2,\"y\n\"\"z\"\"\"\n", ".csv", `{"a":"1","b":"x"}` + "\n" + `{"a":"2","b":"y\n\"z\""}` + "\n"},
		{"x.tsv.gz", zipped(t, "a\tb\n1\tx\n"), ".tsv", `{"a":"1","b":"x"}` + "\n"},
		{"alice.txt", "Alice\n\nOne.\n\nTwo.\n", ".jsonl", `{"book":"alice","title":"Alice","paragraph":1,"text":"Alice"}` + "\n" +
			`{"book":"alice","title":"Alice","paragraph":2,"text":"One."}` + "\n" +
			`{"book":"alice","title":"Alice","paragraph":3,"text":"Two."}` + "\n"},
	} {
		t.Run(tt.source, func(t *testing.T) {
			r, _ := openRegister(t, t.TempDir())
			d := bring(t, r, "mine", tt.source, tt.text)
			path, err := r.Find(t.Context(), "mine")
			if err != nil || !strings.HasSuffix(path, "/mine"+tt.kept) {
				t.Fatalf("found %s, %v, want a file mine%s", path, err, tt.kept)
			}
			opened, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close() // only read
			cited := opened.Digest()
			if cited.SHA256 != d.Digest || cited.Records != d.Records || cited.Bytes != d.Bytes || d.Records == 0 || d.Kind != Imported || d.Source != tt.source {
				t.Errorf("registered %+v, the file has %+v", d, cited)
			}
			if got := export(t, r, Export{Name: "mine", Format: JSONL}); got != tt.want {
				t.Errorf("exported %q, want %q", got, tt.want)
			}
			if again, err := r.FindVersion("mine", d.Digest); err != nil || again != path {
				t.Errorf("the version's path: %s, %v, want %s", again, err, path)
			}
			if got := events(t, r); !slices.Equal(got, []string{"imported mine", "exported mine"}) {
				t.Errorf("events %q", got)
			}
		})
	}
}

// TestRefusedImports holds that what is refused leaves nothing behind, and says why.
func TestRefusedImports(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	long := `{"a":"` + strings.Repeat("x", maxRecord) + `"}`
	deep := zipped(t, strings.Repeat(`{"a":1}`+"\n", 1000))
	for _, tt := range []struct {
		name, source, text string
		kind               error // nil: a BadRecord
		says               string
	}{
		{"", "x.jsonl", "{}", ErrName, "needs a name"},
		{"../x", "x.jsonl", "{}", ErrName, "no name"},
		{"a/b", "x.jsonl", "{}", ErrName, "no name"},
		{"a.jsonl", "x.jsonl", "{}", ErrName, "no name"},
		{".part-x", "x.jsonl", "{}", ErrName, "no name"},
		{"1st", "x.jsonl", "{}", ErrName, "begin with a letter"},
		{"ä", "x.jsonl", "{}", ErrName, "no name"},
		{strings.Repeat("a", 65), "x.jsonl", "{}", ErrName, "65 letters"},
		{"answers", "x.jsonl", "{}", ErrName, "choose another"},
		{"x", "x.xlsx", "{}", ErrFile, ".jsonl"},
		{"x", "x.jsonl.gz", "{}", ErrFile, "not a gzip file"},
		{"x", "x.jsonl.gz", deep[:len(deep)-9], ErrFile, "is the file whole?"},
		{"x", "x.jsonl", "", nil, "x.jsonl:1:1: the file holds no record"},
		{"x", "x.csv", "", nil, "x.csv:1:1: the file is empty"},
		{"x", "x.csv", "a,b\n", nil, "x.csv:1:1: the file holds no record"},
		{"x", "x.jsonl", "{\"a\":1}\n{\"a\":1}\n{\"a\":}\n", nil, "x.jsonl:3:6: "},
		{"x", "x.jsonl", "{}\n\n" + long + "\n", nil, "x.jsonl:3:1: the line is longer than 1 MB"},
		{"x", "x.csv", "a\n\"" + strings.Repeat("x\n", maxRecord), nil, "x.csv:2:1: the record is longer than 1 MB"},
		{"x", "x.txt", "Title\n\n" + strings.Repeat("word word\n", maxRecord/9), nil, "the paragraph is longer than 1 MB"},
		{"x", "x.txt", "a\x00b", nil, "x.txt:1:2: "},
	} {
		_, err := r.Import(t.Context(), Import{Name: tt.name, Source: tt.source, From: strings.NewReader(tt.text)})
		var bad *BadRecord
		if err == nil || !strings.Contains(err.Error(), tt.says) || tt.kind != nil && !errors.Is(err, tt.kind) || tt.kind == nil && !errors.As(err, &bad) {
			t.Errorf("import %.20q from %s (%.20q): got %v, want %v with %q", tt.name, tt.source, tt.text, err, tt.kind, tt.says)
		}
		if left := tree(t, r); len(left) > 0 {
			t.Fatalf("import %.20q from %s left %q", tt.name, tt.source, left)
		}
	}
	if all, err := r.List(); err != nil || len(all) > 0 {
		t.Errorf("the register lists %v, %v, want nothing", all, err)
	}
}

// TestBrokenUploads breaks an upload off at every place.
func TestBrokenUploads(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	text := strings.Repeat(`{"a": "some text"}`+"\n", 20)
	broken := errors.New("the line was cut")
	for at := range len(text) {
		from := io.MultiReader(strings.NewReader(text[:at]), iotest.ErrReader(broken))
		_, err := r.Import(t.Context(), Import{Name: "x", Source: "x.jsonl", From: from})
		var bad *BadRecord
		if err == nil || !errors.Is(err, broken) && !errors.As(err, &bad) {
			t.Fatalf("an upload that breaks off after %d bytes: got %v", at, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	from := io.MultiReader(strings.NewReader(text), readerFunc(func([]byte) (int, error) { cancel(); return 0, nil }))
	if _, err := r.Import(ctx, Import{Name: "x", Source: "x.jsonl", From: from}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled import: got %v", err)
	}
	if left := tree(t, r); len(left) > 0 {
		t.Errorf("broken uploads left %q", left)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestImportAgain: equal content changes nothing, other content is refused or replaces.
func TestImportAgain(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	first := bring(t, r, "x", "x.jsonl", `{"a":1}`)
	if again := bring(t, r, "x", "renamed.jsonl", `{"a":1}`); again != first {
		t.Errorf("the same content again: got %+v, want %+v", again, first)
	}
	other := Import{Name: "x", Source: "y.jsonl", From: strings.NewReader(`{"a":2}`)}
	_, err := r.Import(t.Context(), other)
	if !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), "choose another name, or replace it") || !strings.Contains(err.Error(), "x.jsonl") {
		t.Errorf("other content under a taken name: got %v", err)
	}
	other.From, other.Replace = strings.NewReader(`{"a":2}`), true
	second, err := r.Import(t.Context(), other)
	if err != nil || second.Digest == first.Digest {
		t.Fatalf("replaced: got %+v, %v", second, err)
	}
	if got := export(t, r, Export{Name: "x", Format: JSONL}); got != `{"a":2}` {
		t.Errorf("after it was replaced the name means %q", got)
	}
	old, err := r.FindVersion("x", first.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != `{"a":1}` {
		t.Errorf("the old version holds %q, %v", text, err)
	}
	// the same bytes in another format are other data
	bring(t, r, "z", "z.csv", "a\n1\n")
	_, err = r.Import(t.Context(), Import{Name: "z", Source: "z.tsv", From: strings.NewReader("a\n1\n")})
	if !errors.Is(err, ErrTaken) {
		t.Errorf("the same bytes in another format: got %v, want ErrTaken", err)
	}
	d, err := r.Import(t.Context(), Import{Name: "z", Source: "z.tsv", From: strings.NewReader("a\n1\n"), Replace: true})
	if err != nil || d.Format != "tsv" {
		t.Errorf("the same bytes in another format: got %+v, %v", d, err)
	}
	if got := export(t, r, Export{Name: "z", Format: JSONL}); got != `{"a":"1"}`+"\n" {
		t.Errorf("exported %q", got)
	}
	if got, want := events(t, r)[:3], []string{"imported x", "imported x", "exported x"}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

// TestDamagedFileIsMendedByImportingAgain takes files away, and shortens one.
func TestDamagedFileIsMendedByImportingAgain(t *testing.T) {
	const text = "{\"a\":1}\n{\"a\":2}\n"
	for name, damage := range map[string]func(path string) error{
		"no file":     os.Remove,
		"short file":  func(path string) error { return os.Truncate(path, 3) },
		"no offsets":  func(path string) error { return os.Remove(path + offsetsSuffix) },
		"bad offsets": func(path string) error { return os.WriteFile(path+offsetsSuffix, bytes.Repeat([]byte{255}, 23), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := openRegister(t, t.TempDir())
			bring(t, r, "x", "x.jsonl", text)
			path, err := r.Find(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			if p, err := r.Page(t.Context(), "x", 0, 10); err == nil {
				t.Errorf("a page of what is damaged: %+v", p)
			}
			bring(t, r, "x", "x.jsonl", text)
			if p, err := r.Page(t.Context(), "x", 0, 10); err != nil || len(p.Rows) != 2 {
				t.Errorf("imported again: got %+v, %v", p, err)
			}
		})
	}
}

func TestChangedFileIsNoticedAtExport(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	bring(t, r, "x", "x.jsonl", `{"a":1}`)
	path, err := r.Find(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"a":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Export(t.Context(), Export{Name: "x", Format: JSONL}, io.Discard); err == nil || !strings.Contains(err.Error(), "digest") {
		t.Errorf("exporting a file that somebody changed: %v", err)
	}
}

// TestImportsAtOnce imports under several names at once, and the same name many times.
func TestImportsAtOnce(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	errs := make(chan error)
	const people = 8
	for i := range people {
		go func() {
			_, err := r.Import(t.Context(), Import{Name: "same", Source: "x.jsonl", From: strings.NewReader(`{"a":1}`)})
			_, other := r.Import(t.Context(), Import{Name: fmt.Sprintf("n%d", i), Source: "x.jsonl", From: strings.NewReader(fmt.Sprintf(`{"a":%d}`, i))})
			errs <- errors.Join(err, other)
		}()
	}
	for range people {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	all, err := r.List()
	if err != nil || len(all) != people+1 {
		t.Errorf("%d datasets, %v, want %d", len(all), err, people+1)
	}
	if n := len(events(t, r)); n != people+1 {
		t.Errorf("%d events, want %d: importing the same again is nothing", n, people+1)
	}
	for _, path := range tree(t, r) {
		if strings.HasPrefix(path, hidden) {
			t.Errorf("%s was left", path)
		}
	}
}

func TestProgressOfImport(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	text := strings.Repeat(`{"a": "some text"}`+"\n", 50_000)
	var bytes int64
	var records, calls int
	_, err := r.Import(t.Context(), Import{
		Name: "x", Source: "x.jsonl", From: strings.NewReader(text),
		Progress: func(b int64, n int) {
			if b < bytes || n < records {
				t.Errorf("progress went back from %d bytes, %d records to %d, %d", bytes, records, b, n)
			}
			bytes, records, calls = b, n, calls+1
		},
	})
	if err != nil || bytes != int64(len(text)) || records != 50_000 || calls < 3 {
		t.Errorf("%d calls of progress, the last with %d bytes and %d records, %v, want %d and 50000", calls, bytes, records, err, len(text))
	}
}

func TestDelete(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	d := bring(t, r, "x", "x.jsonl", `{"a":1}`)
	collect(t, r, "people", 3)
	if err := r.Delete(t.Context(), "somebody", "people"); !errors.Is(err, ErrAsked) {
		t.Errorf("deleting what people said: %v", err)
	}
	if err := r.Delete(t.Context(), "somebody", "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a deleted name: %v, want not found", err)
	}
	if err := r.Delete(t.Context(), "somebody", "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleting it again: %v, want not found", err)
	}
	if _, err := r.FindVersion("x", d.Digest); err != nil {
		t.Errorf("its file is gone: %v", err)
	}
	bring(t, r, "x", "y.jsonl", `{"a":2}`) // the name is free
}

func TestFindVersionChecksWhatItIsGiven(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	bring(t, r, "x", "x.jsonl", `{"a":1}`)
	for _, tt := range [][2]string{{"../x", strings.Repeat("0", 64)}, {"x", "../../store"}, {"x", strings.Repeat("0", 64)}, {"x", ""}} {
		if path, err := r.FindVersion(tt[0], tt[1]); err == nil {
			t.Errorf("version %q of %q: %s", tt[1], tt[0], path)
		}
	}
}

// TestLinksLeadNowhere: somebody who can write into the folder cannot make the register read or
// write outside of it.
func TestLinksLeadNowhere(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	r, _ := openRegister(t, dir)
	if err := os.Symlink(outside, filepath.Join(dir, folder, "x")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Import(t.Context(), Import{Name: "x", Source: "x.jsonl", From: strings.NewReader(`{}`)}); err == nil {
		t.Error("an import went through a link out of the folder")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside of the folder there are %v, %v", entries, err)
	}
}

func TestRecordWithAPathOutside(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	for _, path := range []string{"store/MANIFEST", "datasets/../store/MANIFEST", "/etc/passwd", ""} {
		b := &storage.Batch{}
		b.PutDataset(storage.Dataset{Name: "x", Kind: Imported, Path: path, Records: 1, Bytes: 10})
		if err := r.store.Commit(b); err != nil {
			t.Fatal(err)
		}
		if found, err := r.Find(t.Context(), "x"); err == nil {
			t.Errorf("a record with the path %q leads to %s", path, found)
		}
	}
}

// TestNoRoom: a file that would crowd out people's answers is refused before it is read, and what the
// system says about a full disk is said as storage says it.
func TestNoRoom(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	unread := readerFunc(func([]byte) (int, error) { t.Error("it was read"); return 0, io.EOF })
	_, err := r.Import(t.Context(), Import{Name: "x", Source: "x.jsonl", From: unread, Size: 1 << 60})
	if !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("an import that does not fit: %v", err)
	}
	bring(t, r, "x", "x.jsonl", `{"a":1}`) // what fits is taken
	full := &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	if err := explainDisk(full); !errors.Is(err, storage.ErrFull) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk: %v", err)
	}
	if err := explainDisk(io.ErrClosedPipe); errors.Is(err, storage.ErrFull) {
		t.Errorf("another error: %v", err)
	}
	for _, path := range tree(t, r) {
		if strings.HasPrefix(path, hidden) {
			t.Errorf("%s was left", path)
		}
	}
}
