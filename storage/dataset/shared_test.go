package dataset

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared is where the project's data lies when it is there: beside the checkout.
func shared(t testing.TB) string {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "shared", "data")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("there is no shared/data beside the checkout; this test reads real data sets from it")
	}
	return folder
}

// TestRealData opens every dataset that the project has; in short runs, the small ones.
func TestRealData(t *testing.T) {
	files, records := 0, 0
	err := filepath.WalkDir(shared(t), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.Contains(entry.Name(), ".jsonl") {
			return err
		}
		if info, err := entry.Info(); testing.Short() && (err != nil || info.Size() > 300_000) {
			return err
		}
		d, err := Open(path)
		if err != nil {
			t.Error(err)
			return nil
		}
		files, records = files+1, records+d.Len()
		return d.Close()
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d records in %d files", records, files)
	if files == 0 || records == 0 {
		t.Errorf("%d records in %d files: nothing was tested", records, files)
	}
}

// TestRealJoin looks up the arguments of every pair, as a recipe does, and splits by topic.
func TestRealJoin(t *testing.T) {
	if testing.Short() {
		t.Skip("reads every pair and argument")
	}
	folder := filepath.Join(shared(t), "preferences")
	pairs, err := Open(filepath.Join(folder, "convincingness_pairs.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer pairs.Close() // only read
	arguments, err := Open(filepath.Join(folder, "convincingness_arguments.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer arguments.Close() // only read
	texts, err := arguments.Index("arg_id")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for pair, err := range pairs.All() {
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range []string{"a_id", "b_id"} {
			id, _ := pair.Get(side)
			argument, ok, err := texts.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := argument.Get("text"); ok && text != "" {
				found++
			}
		}
	}
	if found != 2*pairs.Len() {
		t.Errorf("%d texts found for %d pairs", found, pairs.Len())
	}
	train, test, err := pairs.Split("group", 0.25, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pairs for training, %d of other topics for the test", train.Len(), test.Len())
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(shared(b), "preferences", "convincingness_pairs.jsonl.gz")
	for b.Loop() {
		d, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(d.Digest().Bytes)
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	d, err := Open(filepath.Join(shared(b), "preferences", "convincingness_pairs.jsonl.gz"))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close() // only read
	i := 0
	for b.Loop() {
		if _, err := d.Record(i % d.Len()); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
