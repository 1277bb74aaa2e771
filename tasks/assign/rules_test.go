package assign

import (
	"slices"
	"testing"

	"workbench/storage"
)

func TestOverlapIsKept(t *testing.T) {
	w := newWorld(t, people("ann", "bob", "cy")...)
	w.put(w.task("F.0:1", func(t *storage.Task) { t.People = 2 }))
	ann := w.pull("ann")
	bob := w.pull("bob")
	if none := w.none("cy"); !slices.Equal(none.Reasons, []Reason{{"taken", 1}}) {
		t.Errorf("the third of two: got %v", none.Reasons)
	}
	w.submit(bob)
	w.wantAnswers("F.0:1", false, "bob")
	w.submit(ann)
	w.wantAnswers("F.0:1", true, "bob", "ann")
	if none := w.none("cy"); !slices.Equal(none.Reasons, []Reason{{"none_open", 0}}) {
		t.Errorf("nothing is open: got %v", none.Reasons)
	}
}
