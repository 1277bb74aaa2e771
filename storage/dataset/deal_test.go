package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSplitKeepsGroupsTogetherForGood(t *testing.T) {
	small, large := file(t, "a.jsonl", 500, 200), file(t, "a.jsonl", 2000, 400)
	for _, by := range []string{"group", "meta.topic"} {
		first := sides(t, small, by, 0.3, 1)
		second := sides(t, large, by, 0.3, 1)
		for group, side := range first {
			if second[group] != side {
				t.Errorf("by %s: group %s was on side %s and moved to %s when others were added", by, group, side, second[group])
			}
		}
		wider := sides(t, small, by, 0.6, 1)
		for group, side := range first {
			if side == "test" && wider[group] != "test" {
				t.Errorf("by %s: group %s left the test part when that grew", by, group)
			}
		}
		if reflect.DeepEqual(first, sides(t, small, by, 0.3, 2)) {
			t.Errorf("by %s: another seed gives the same split", by)
		}
		held := 0
		for _, side := range second {
			if side == "test" {
				held++
			}
		}
		// 400 groups at 0.3: 120 with a standard deviation of 9
		if held < 84 || held > 156 {
			t.Errorf("by %s: %d of 400 groups are held, want about 120", by, held)
		}
	}
}

// sides returns on which side each group of a split fell, after checking that it is one side.
func sides(t *testing.T, d *Dataset, by string, test float64, seed int64) map[string]string {
	t.Helper()
	train, held, err := d.Split(by, test, seed)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len()+held.Len() != d.Len() {
		t.Errorf("%d + %d records of %d", train.Len(), held.Len(), d.Len())
	}
	sides := map[string]string{}
	for name, part := range map[string]*Dataset{"train": train, "test": held} {
		for record, err := range part.All() {
			if err != nil {
				t.Fatal(err)
			}
			value, _ := record.At(by)
			group := fmt.Sprint(value)
			if other, there := sides[group]; there && other != name {
				t.Errorf("group %s is on both sides", group)
			}
			sides[group] = name
		}
	}
	return sides
}

func TestSplitByContent(t *testing.T) {
	d := written(t, "a.jsonl", strings.Repeat(`{"a": 1, "b": 2}`+"\n"+`{"b": 2, "a": 1.0}`+"\n", 20)+`{"a": 2}`+"\n"+`{"a": 3}`+"\n"+`{"a": 5}`+"\n")
	train, test, err := d.Split("", 0.5, 6)
	if err != nil {
		t.Fatal(err)
	}
	if min(train.Len(), test.Len()) > 3 {
		t.Errorf("%d and %d records: 40 equal ones are not on one side", train.Len(), test.Len())
	}
}

func TestSplitSaysWhatIsWrong(t *testing.T) {
	d := file(t, "a.jsonl", 10, 1)
	for _, test := range []struct {
		by       string
		fraction float64
		want     string
	}{
		{"topic", 0.5, `has no field "topic"; it has ["id" "group"`},
		{"group", 0.5, "no record fell into"},
		{"group", 0, "between 0 and 1"},
		{"group", 1, "between 0 and 1"},
		{"group", math.NaN(), "between 0 and 1"},
	} {
		if _, _, err := d.Split(test.by, test.fraction, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("by %q with %g: got %v, want %q", test.by, test.fraction, err, test.want)
		}
	}
	if _, err := d.Folds("group", 1, 1); err == nil {
		t.Error("one fold: got no error")
	}
	if _, err := d.Folds("group", 5, 1); err == nil || !strings.Contains(err.Error(), "there are 1 groups") {
		t.Errorf("five folds of one group: got %v", err)
	}
}

func TestFolds(t *testing.T) {
	d := file(t, "a.jsonl", 300, 60)
	folds, err := d.Folds("group", 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	tested := map[int]int{}
	for _, fold := range folds {
		groups := map[int]bool{}
		for _, id := range ids(t, fold.Test) {
			tested[id]++
			groups[id%60] = true
		}
		for _, id := range ids(t, fold.Train) {
			if groups[id%60] {
				t.Errorf("%s: group %d is also in the test part", fold.Train.Name(), id%60)
			}
		}
		if fold.Train.Len()+fold.Test.Len() != 300 {
			t.Errorf("%s: %d + %d records", fold.Test.Name(), fold.Train.Len(), fold.Test.Len())
		}
	}
	for id, times := range tested {
		if times != 1 {
			t.Errorf("record %d is in %d test parts", id, times)
		}
	}
	if len(tested) != 300 {
		t.Errorf("%d of 300 records are tested", len(tested))
	}
}

// TestBatchesGoOnWhereTheyStood stops after every batch, saves the position as JSON, and compares
// what fresh batches deal out from there with what the first would have.
func TestBatchesGoOnWhereTheyStood(t *testing.T) {
	d := file(t, "a.jsonl", 10, 3)
	for _, o := range []BatchOptions{
		{Size: 3, Epochs: 2},
		{Size: 3, Epochs: 3, Shuffle: true, Seed: 7},
		{Size: 3, Epochs: 2, Shuffle: true, DropLast: true},
		{Size: 5, Epochs: 2, Shuffle: true},
		{Size: 100, Epochs: 2},
	} {
		all := deal(t, d, o, nil)
		for n := range all {
			first, err := d.Batches(o)
			if err != nil {
				t.Fatal(err)
			}
			for range n {
				if _, err := first.Next(); err != nil {
					t.Fatal(err)
				}
			}
			saved, err := json.Marshal(first.Position())
			if err != nil {
				t.Fatal(err)
			}
			if got := deal(t, d, o, saved); !reflect.DeepEqual(got, all[n:]) {
				t.Errorf("%+v after %d batches (%s): got %v, want %v", o, n, saved, got, all[n:])
			}
		}
		checkEpochs(t, d, o, all)
	}
}

// deal returns the ids of all batches from a position on.
func deal(t *testing.T, d *Dataset, o BatchOptions, from []byte) (batches [][]int) {
	t.Helper()
	b, err := d.Batches(o)
	if err != nil {
		t.Fatal(err)
	}
	if from != nil {
		var position Position
		if err := json.Unmarshal(from, &position); err != nil {
			t.Fatal(err)
		}
		if err := b.Seek(position); err != nil {
			t.Fatal(err)
		}
	}
	for {
		records, err := b.Next()
		if errors.Is(err, io.EOF) {
			return batches
		}
		if err != nil {
			t.Fatal(err)
		}
		var batch []int
		for _, r := range records {
			batch = append(batch, id(r))
		}
		batches = append(batches, batch)
	}
}

func checkEpochs(t *testing.T, d *Dataset, o BatchOptions, all [][]int) {
	t.Helper()
	b, err := d.Batches(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != b.Total() || b.PerEpoch()*o.Epochs != b.Total() {
		t.Errorf("%+v: %d batches, want %d of %d an epoch", o, len(all), b.Total(), b.PerEpoch())
	}
	orders := map[string]bool{}
	for epoch := range o.Epochs {
		var dealt []int
		for _, batch := range all[epoch*b.PerEpoch() : (epoch+1)*b.PerEpoch()] {
			dealt = append(dealt, batch...)
		}
		orders[fmt.Sprint(dealt)] = true
		slices.Sort(dealt)
		want := d.Len()
		if o.DropLast {
			want -= want % o.Size
		}
		if dealt = slices.Compact(dealt); len(dealt) != want {
			t.Errorf("%+v: epoch %d deals out %v, want %d different records", o, epoch, dealt, want)
		}
	}
	if o.Shuffle != (len(orders) > 1) {
		t.Errorf("%+v: %d different orders in %d epochs", o, len(orders), o.Epochs)
	}
}

func TestBatchesWithoutEnd(t *testing.T) {
	d := file(t, "a.jsonl", 3, 1)
	b, err := d.Batches(BatchOptions{Size: 2})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := b.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if p := b.Position(); p.Epoch != 50 || p.Next != 0 || b.Total() != 0 {
		t.Errorf("after 100 batches of 2 a epoch: %+v, total %d", p, b.Total())
	}
}

func TestBatchesRefuseWhatIsWrong(t *testing.T) {
	d := file(t, "a.jsonl", 3, 1)
	for _, o := range []BatchOptions{{}, {Size: -1}, {Size: 1, Epochs: -1}, {Size: 4, DropLast: true}} {
		if _, err := d.Batches(o); err == nil {
			t.Errorf("batches with %+v of 3 records: got no error", o)
		}
	}
	if _, err := written(t, "empty.jsonl", "").Batches(BatchOptions{Size: 1}); err == nil {
		t.Error("batches of no records: got no error")
	}
	b, err := d.Batches(BatchOptions{Size: 1, Shuffle: true})
	if err != nil {
		t.Fatal(err)
	}
	good := b.Position()
	other, err := d.Head(2).Batches(BatchOptions{Size: 1, Shuffle: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, position := range []Position{{}, other.Position(), {0, 3, good.Data}, {0, -1, good.Data}, {-1, 0, good.Data}} {
		if err := b.Seek(position); !errors.Is(err, ErrOtherData) {
			t.Errorf("seek to %+v: got %v, want ErrOtherData", position, err)
		}
	}
	if err := b.Seek(good); err != nil {
		t.Error(err)
	}
}

// TestPermutation pins the order: a change would break the resumption of every saved run.
func TestPermutation(t *testing.T) {
	for _, test := range []struct {
		n, epoch int
		seed     int64
		want     []int
	}{
		{0, 0, 1, []int{}},
		{1, 0, 1, []int{0}},
		{8, 0, 1, []int{5, 3, 1, 2, 6, 7, 0, 4}},
		{8, 1, 1, []int{6, 3, 2, 1, 4, 5, 0, 7}},
		{8, 0, -2, []int{0, 5, 7, 4, 3, 6, 2, 1}},
	} {
		if got := Permutation(test.n, test.seed, test.epoch); !reflect.DeepEqual(got, test.want) {
			t.Errorf("n %d, seed %d, epoch %d: got %v, want %v", test.n, test.seed, test.epoch, got, test.want)
		}
	}
	// Each number is equally often first: 24,000 draws over 4, standard deviation 67.
	first := map[int]int{}
	for epoch := range 24_000 {
		first[Permutation(4, 3, epoch)[0]]++
	}
	for _, n := range slices.Sorted(maps.Keys(first)) {
		if first[n] < 5600 || first[n] > 6400 {
			t.Errorf("%d is first in %d of 24,000 permutations, want about 6,000", n, first[n])
		}
	}
}

func TestIndex(t *testing.T) {
	d := written(t, "a.jsonl", `{"id": "x", "n": 1, "in": {"k": true}}
{"id": "y", "n": 2.0, "in": {"k": true}}
{"id": "x", "n": 2, "in": {"k": true}}
`)
	one, err := d.Index("id")
	if err != nil {
		t.Fatal(err)
	}
	two, err := d.Index("n", "in.k")
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := one.Rows("x"); err != nil || !reflect.DeepEqual(rows, []int{0, 2}) || one.Len() != 2 {
		t.Errorf("rows of x: got %v, %v", rows, err)
	}
	if rows, err := two.Rows(int64(2), true); err != nil || !reflect.DeepEqual(rows, []int{1, 2}) {
		t.Errorf("rows of 2 and true, as integer and as float: got %v, %v", rows, err)
	}
	if r, ok, err := one.Get("y"); !ok || err != nil || r.Len() != 3 {
		t.Errorf("the record y: got %v, %v, %v", r, ok, err)
	}
	if _, ok, err := one.Get("z"); ok || err != nil {
		t.Errorf("a record that is not there: got %v, %v", ok, err)
	}
	if _, _, err := one.Get("x"); err == nil || !strings.Contains(err.Error(), "2 records") {
		t.Errorf("one record of two: got %v", err)
	}
	if _, err := one.Rows("x", "y"); err == nil {
		t.Error("two values for one field: got no error")
	}
	for _, fields := range [][]string{{}, {"nothing"}} {
		if _, err := d.Index(fields...); err == nil {
			t.Errorf("an index of %q: got no error", fields)
		}
	}
}

func TestStats(t *testing.T) {
	d := written(t, "a.jsonl", `{"label": "a", "text": "éé", "score": 1, "votes": [1, 2], "meta": {"deep": null}}
{"label": "b", "text": "", "score": 2.5}
{"label": "a", "text": "four", "score": null, "votes": []}
`)
	stats, err := d.Stats()
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(stats.Fields)
	if err != nil {
		t.Fatal(err)
	}
	want := `[` + strings.Join([]string{
		`{"name":"label","present":3,"kinds":{"text":3},"length":{"count":3,"min":1,"mean":1,"max":1},"values":[{"value":"a","count":2},{"value":"b","count":1}]}`,
		`{"name":"text","present":3,"kinds":{"text":3},"length":{"count":3,"min":0,"mean":2,"max":4},"values":[{"value":"","count":1},{"value":"four","count":1},{"value":"éé","count":1}]}`,
		`{"name":"score","present":3,"kinds":{"integer":1,"null":1,"number":1},"number":{"count":2,"min":1,"mean":1.75,"max":2.5},"values":[{"value":1,"count":1},{"value":2.5,"count":1},{"value":null,"count":1}]}`,
		`{"name":"votes","present":2,"kinds":{"list":2},"length":{"count":2,"min":0,"mean":1,"max":2}}`,
		`{"name":"meta","present":1,"kinds":{"object":1}}`,
		`{"name":"meta.deep","present":1,"kinds":{"null":1},"values":[{"value":null,"count":1}]}`,
	}, ",") + `]`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	many, err := file(t, "b.jsonl", maxDistinct+1, 2).Stats()
	if err != nil {
		t.Fatal(err)
	}
	if many.Records != maxDistinct+1 || many.Fields[0].Values != nil || len(many.Fields[1].Values) != 2 {
		t.Errorf("of many distinct ids %d are counted, of two groups %d", len(many.Fields[0].Values), len(many.Fields[1].Values))
	}
}
