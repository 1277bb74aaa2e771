package runs_test

import (
	"reflect"
	"testing"

	"workbench/engine/runs"
)

func setOf(numbers ...int) (b runs.Bits) {
	for _, i := range numbers {
		b.Set(i)
	}
	return b
}

func members(b runs.Bits) (all []int) {
	_ = b.All(func(i int) error { all = append(all, i); return nil }) // it cannot err
	return all
}

// What a run was given before an interruption and after it is one set; what it was given as training data is not
// held out any more.
func TestWhatARunHasRead(t *testing.T) {
	eachStore(t, func(t *testing.T, book *runs.Book) {
		r := start(t, book, runs.Run{Name: "r"})
		must(t, r.Read(runs.Read{SHA256: "ab", Rows: "x", Used: setOf(0, 9), HeldOut: setOf(3, 70)}))
		must(t, r.Read(runs.Read{SHA256: "ab", Rows: "x", Used: setOf(64, 3), HeldOut: setOf(9, 5)}))
		must(t, r.Read(runs.Read{SHA256: "cd", Used: setOf(1)}))
		got, err := book.Reads(r.ID())
		must(t, err)
		if len(got) != 2 {
			t.Fatalf("got %+v, want two inputs", got)
		}
		if used, held := members(got[0].Used), members(got[0].HeldOut); !reflect.DeepEqual(used, []int{0, 3, 9, 64}) || !reflect.DeepEqual(held, []int{5, 70}) {
			t.Errorf("used %v, held out %v, want 0, 3, 9, 64 and 5, 70", used, held)
		}
		if n := got[0].Used.Count(); n != 4 || got[0].Used.Has(-1) || got[0].Used.Has(1) || got[0].Used.Has(6400) {
			t.Errorf("the set of %d has what is not in it", n)
		}
	})
}
