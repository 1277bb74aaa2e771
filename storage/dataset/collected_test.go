package dataset

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"workbench/storage"
)

// collect records n rows {"n": i}, named r0000000, r0000001, ….
func collect(t *testing.T, r *Register, name string, n int) {
	t.Helper()
	b := &storage.Batch{}
	b.PutDataset(storage.Dataset{Name: name, Kind: Collected, Created: then})
	for i := range n {
		b.PutRow(row(name, i))
		if i%1000 == 999 {
			commit(t, r, b)
			b = &storage.Batch{}
		}
	}
	commit(t, r, b)
}

func row(dataset string, i int) storage.Row {
	return storage.Row{
		ID: fmt.Sprintf("r%07d", i), Dataset: dataset, Of: []string{fmt.Sprintf("answer-%d", i)}, Time: then,
		Value: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i)),
	}
}

func commit(t *testing.T, r *Register, b *storage.Batch) {
	t.Helper()
	if err := r.store.Commit(b); err != nil {
		t.Fatal(err)
	}
}

func putRow(t *testing.T, r *Register, row storage.Row) {
	t.Helper()
	b := &storage.Batch{}
	b.PutRow(row)
	commit(t, r, b)
}

// numbers are the field n of a page's rows.
func numbers(p Page) (all []int) {
	for _, row := range p.Rows {
		all = append(all, int(row["n"].(int64)))
	}
	return all
}

// TestCollectedPagesFollowEveryChange writes, rewrites and withdraws rows in any order, and compares
// pages and counts with a plain list.
func TestCollectedPagesFollowEveryChange(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	random := rand.New(rand.NewPCG(1, 2))
	collect(t, r, "d", 0)
	valid := map[int]bool{}
	const span = 3000
	for step := range 60 {
		b := &storage.Batch{}
		for range random.IntN(200) {
			i := random.IntN(span)
			changed := row("d", i)
			changed.Withdrawn = random.IntN(4) == 0
			valid[i] = !changed.Withdrawn
			b.PutRow(changed)
		}
		commit(t, r, b)
		if step%3 == 2 {
			continue // several writes before somebody looks
		}
		var want []int
		for i := range span {
			if valid[i] {
				want = append(want, i)
			}
		}
		offset, limit := random.IntN(len(want)+10), 1+random.IntN(50)
		p, err := r.Page(t.Context(), "d", offset, limit)
		if err != nil {
			t.Fatal(err)
		}
		expected := want[min(offset, len(want)):min(offset+limit, len(want))]
		if got := numbers(p); !slices.Equal(got, expected) || p.Records != len(want) {
			t.Fatalf("step %d: %d rows from %d on: got %v of %d, want %v of %d", step, limit, offset, got, p.Records, expected, len(want))
		}
		for i, row := range p.Rows {
			if id := fmt.Sprintf("r%07d", row["n"]); p.IDs[i] != id || p.Of[i][0] != fmt.Sprintf("answer-%d", row["n"]) {
				t.Fatalf("row %v has id %s and comes from %s", row, p.IDs[i], p.Of[i])
			}
		}
	}
}

// TestPagesWhilePeopleWork reads while rows are appended: a page never has a row twice or a hole.
func TestPagesWhilePeopleWork(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	collect(t, r, "d", 0)
	const n = 1000
	var all sync.WaitGroup
	all.Go(func() {
		for i := range n {
			b := &storage.Batch{}
			b.PutRow(row("d", i))
			if err := r.store.Commit(b); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for seen := 0; seen < n; {
		d, err := r.Get("d")
		if err != nil {
			t.Fatal(err)
		}
		if seen > d.Records {
			t.Fatalf("%d rows, after there were %d", d.Records, seen)
		}
		seen = d.Records
		p, err := r.Page(t.Context(), "d", seen/2, 20)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range numbers(p) {
			if got != seen/2+i {
				t.Fatalf("from %d on: %v", seen/2, numbers(p))
			}
		}
	}
	all.Wait()
}

// TestFarPagesReadLittle holds what keeps a far page as cheap as the first: no more than a block is
// read to find it, and an appended row has one block counted anew.
func TestFarPagesReadLittle(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	const n = 20_000
	collect(t, r, "d", n)
	list, err := r.rows.current("d")
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range list {
		if b.rows > perBlock || b.rows < perBlock && i < len(list)-1 {
			t.Errorf("block %d of %d has %d rows, want %d", i, len(list), b.rows, perBlock)
		}
	}
	for i := n; i < n+100; i++ {
		putRow(t, r, row("d", i))
	}
	if stale, last := r.rows.of["d"].stale, list[len(list)-1].from; len(stale) != 1 || !stale[last] {
		t.Errorf("after 100 rows at the end %v are to be counted anew, want the block from %s", stale, last)
	}
	for _, want := range []int{0, n / 2, n + 99} {
		p, err := r.Page(t.Context(), "d", want, 1)
		if err != nil || len(p.Rows) != 1 || numbers(p)[0] != want {
			t.Errorf("row %d: %v, %v", want, p.Rows, err)
		}
	}
}

func TestCollectedExportsAndSnapshots(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	collect(t, r, "d", 3)
	withdrawn := row("d", 1)
	withdrawn.Withdrawn = true
	putRow(t, r, withdrawn)
	putRow(t, r, storage.Row{ID: "s", Dataset: "d", Value: json.RawMessage(`"<b>"`), Time: then})
	const want = `{"n":0}` + "\n" + `{"n":2}` + "\n" + `{"value":"<b>"}` + "\n"
	if got := export(t, r, Export{Name: "d", Format: JSONL}); got != want {
		t.Errorf("exported %q, want %q", got, want)
	}
	const lineage = `{"_id":"r0000000","_of":["answer-0"],"_time":"2026-11-26T12:00:00Z","n":0}` + "\n"
	if got := export(t, r, Export{Name: "d", Format: JSONL, Lineage: true}); !strings.HasPrefix(got, lineage) {
		t.Errorf("with lineage: %q, want it to begin with %q", got, lineage)
	}
	const table = "_id,_of,_time,n,value\n" + `r0000000,"[""answer-0""]",2026-11-26T12:00:00Z,0,` + "\n"
	if got := export(t, r, Export{Name: "d", Format: CSV, Lineage: true}); !strings.HasPrefix(got, table) {
		t.Errorf("as a table: %q, want it to begin with %q", got, table)
	}
	path, err := r.Find(t.Context(), "d")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("the snapshot holds %q, %v, want %q", text, err, want)
	}
	first := checkList(t, r, path, "d", "r0000000", "r0000002", "s")
	before := tree(t, r)
	if again, err := r.Find(t.Context(), "d"); err != nil || again != path {
		t.Errorf("found again: %s, %v, want %s", again, err, path)
	}
	if after := tree(t, r); !slices.Equal(before, after) {
		t.Errorf("a second snapshot of the same rows: %q, before %q", after, before)
	}
	putRow(t, r, row("d", 7))
	if again, err := r.Find(t.Context(), "d"); err != nil || again == path {
		t.Errorf("a snapshot of other rows: %s, %v", again, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("the old snapshot holds %q, %v, want %q", text, err, want)
	}
	// Equal content of another row: its list is another, and the old one stays.
	withdrawn = row("d", 7)
	withdrawn.Withdrawn = true
	putRow(t, r, withdrawn)
	twin := row("d", 0)
	twin.ID = "r"
	putRow(t, r, twin)
	gone := row("d", 0)
	gone.Withdrawn = true
	putRow(t, r, gone)
	if again, err := r.Find(t.Context(), "d"); err != nil || again != path {
		t.Errorf("a snapshot of a twin: %s, %v, want %s", again, err, path)
	}
	if second := checkList(t, r, path, "d", "r", "r0000002", "s"); second == first {
		t.Error("other rows of equal content are cited by the same list")
	}
	if _, err := r.OpenList("d", filepath.Base(filepath.Dir(path)), first); err != nil {
		t.Errorf("the first list: %v", err)
	}
}

// checkList looks for the rows of a snapshot, and returns what cites them.
func checkList(t *testing.T, r *Register, path, name string, want ...string) string {
	t.Helper()
	cites := r.ListOf(path)
	list, err := r.OpenList(name, filepath.Base(filepath.Dir(path)), cites)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	var got []string
	for i := range list.Len() {
		id, err := list.ID(i)
		at, err2 := list.Find(id)
		if err != nil || err2 != nil || at != i {
			t.Errorf("row %d of the list: %q, %v; it is found at %d, %v", i, id, err, at, err2)
		}
		got = append(got, id)
	}
	for _, absent := range []string{"", "q", "r0000001", "t"} {
		if at, err := list.Find(absent); at != -1 || err != nil {
			t.Errorf("%q is found at %d, %v", absent, at, err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the list of the rows: got %v, want %v", got, want)
	}
	return cites
}

func TestCollectedStats(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	collect(t, r, "d", 10)
	bring(t, r, "i", "i.csv", "n\n1\n2\n")
	for name, want := range map[string]int{"d": 10, "i": 2} {
		s, err := r.Stats(t.Context(), name)
		if err != nil || s.Records != want || len(s.Fields) != 1 || s.Fields[0].Name != "n" || s.Fields[0].Present != want {
			t.Errorf("%s: %+v, %v, want %d records with a field n", name, s, err, want)
		}
	}
}

// TestImportUnderACollectedName: what people said is not hidden by a file.
func TestImportUnderACollectedName(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	collect(t, r, "d", 1)
	for _, replace := range []bool{false, true} {
		_, err := r.Import(t.Context(), Import{Name: "d", Source: "x.jsonl", From: strings.NewReader(`{}`), Replace: replace})
		if err == nil || !strings.Contains(err.Error(), "choose another name") {
			t.Errorf("replace %v: %v", replace, err)
		}
	}
	collect(t, r, "none", 0)
	if _, err := r.Find(t.Context(), "none"); err == nil || !strings.Contains(err.Error(), "no rows yet") {
		t.Errorf("finding a dataset without rows: %v", err)
	}
}

func BenchmarkCollectedPage(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			store, err := storage.Open(b.TempDir(), storage.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close() //nolint:errcheck // a benchmark
			r, err := OpenRegister(store, nil)
			if err != nil {
				b.Fatal(err)
			}
			batch := &storage.Batch{}
			batch.PutDataset(storage.Dataset{Name: "d", Kind: Collected})
			for i := range n {
				batch.PutRow(row("d", i))
				if i%5000 == 4999 || i == n-1 {
					if err := store.Commit(batch); err != nil {
						b.Fatal(err)
					}
					batch = &storage.Batch{}
				}
			}
			if _, err := r.Get("d"); err != nil {
				b.Fatal(err)
			}
			i := n
			for b.Loop() {
				batch := &storage.Batch{}
				batch.PutRow(row("d", i))
				i++
				b.StopTimer()
				if err := store.Commit(batch); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := r.Page(b.Context(), "d", n*9/10, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
