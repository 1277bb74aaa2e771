package web

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"workbench/storage"
	"workbench/tasks/flow"
	"workbench/tasks/people"
)

// TestInstancesByStatus reads every list page by page and holds it against what the store has, while a flow
// moves on.
func TestInstancesByStatus(t *testing.T) {
	w := open(t)
	var all []flow.Value
	for i := range 25 {
		all = append(all, items(1, map[string]any{"fails": i%4 == 0})...)
	}
	id := w.begin(t, all, 18) // 7 of them fail, and ask nobody
	until(t, "some are parked", func() bool {
		c, err := w.flows.Counts(id)
		return err == nil && c.Instances["parked"] == 7 && c.Instances["waiting"] == 18
	})
	w.compareLists(t, id)
	if f := get[FlowDetail](t, w, w.admin, "/api/flows/"+id); len(f.Datasets) != 0 || f.Script != "def flow(item): …" || f.Params["n"] != 2.0 {
		t.Errorf("before anything is recorded: %+v", f)
	}
	_, secret := w.come(t, "Anna", people.Annotator)
	c := w.dial(t, secret)
	next, err := c.Next(t.Context())
	for i := range 9 {
		must(t, err)
		next, err = c.Submit(t.Context(), next.Work.Lease, fmt.Sprint(i), good(1), 1)
	}
	must(t, err)
	until(t, "some are done", func() bool {
		c, err := w.flows.Counts(id)
		return err == nil && c.Instances["done"] == 9
	})
	w.compareLists(t, id)
	f := get[FlowDetail](t, w, w.admin, "/api/flows/"+id)
	if !slices.Equal(f.Datasets, []string{"comparisons"}) {
		t.Errorf("it has recorded into %v", f.Datasets)
	}
	var steps []string
	for _, s := range f.Steps {
		steps = append(steps, fmt.Sprintf("%s by %s: %d waiting, %d leased, %d done, %d failed", s.Step, s.Kind, s.Waiting, s.Leased, s.Done, s.Failed))
	}
	if want := []string{"generate by model: 0 waiting, 0 leased, 0 done, 7 failed", "Which is better? by people: 8 waiting, 1 leased, 9 done, 0 failed"}; !slices.Equal(steps, want) {
		t.Errorf("its steps: got %q, want %q", steps, want)
	}
	must(t, w.flows.Cancel(t.Context(), w.idOf(t, w.admin), id))
	w.compareLists(t, id)
}

func (w *world) compareLists(t *testing.T, flowID string) {
	t.Helper()
	want := map[string][]string{}
	must(t, w.store.EachInstance(flowID, "", func(i storage.Instance) error {
		want[""] = append(want[""], i.ID)
		want[i.Status] = append(want[i.Status], i.ID)
		return nil
	}))
	for _, status := range append([]string{""}, instanceStatuses...) {
		for _, limit := range []int{1, 4, 25, 500} {
			var got []string
			after := ""
			for {
				list := get[InstanceList](t, w, w.admin, fmt.Sprintf("/api/flows/%s/instances?status=%s&after=%s&limit=%d", flowID, status, after, limit))
				if len(list.Instances) > limit {
					t.Errorf("%d instances on a page of %d", len(list.Instances), limit)
				}
				for _, i := range list.Instances {
					got = append(got, i.ID)
					if i.Title == "" || status != "" && i.Status != status {
						t.Errorf("in the list of %s: %+v", status, i)
					}
				}
				if after = list.Next; after == "" {
					break
				}
			}
			if !slices.Equal(got, want[status]) {
				t.Errorf("status %q by %d: got %v, want %v", status, limit, got, want[status])
			}
		}
	}
}

func TestTitles(t *testing.T) {
	for args, want := range map[string]string{
		`{"prompt": "Name  a\nfruit.", "a": "x"}`: "Name a fruit.",
		`{"b": "two", "a": "one"}`:                "one",
		`{"a": 1, "b": {"c": [2, "deep"]}}`:       "deep",
		`"plain"`:                                 "plain",
		`[1, null, "x"]`:                          "x",
		`{"title": "", "text": "t"}`:              "t",
		`17`:                                      "",
		``:                                        "",
		`{"x": "` + fmt.Sprintf("%0100d", 7) + `"}`: fmt.Sprintf("%080d…", 0),
	} {
		if got := title([]byte(args)); got != want {
			t.Errorf("%s: got %q, want %q", args, got, want)
		}
	}
}

// TestShelves takes ids out and puts them in at random, and reads them in order.
func TestShelves(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	s, want := shelves{}, []string{}
	for range 3000 {
		id := storage.InstanceID("01MFEEKCG03SK3G1MHZ4J4T8SK", chance.IntN(400))
		if chance.IntN(3) == 0 {
			id = storage.ChildID(id, 1+chance.IntN(3))
		}
		at, there := slices.BinarySearch(want, id)
		if there {
			s.take(id)
			want = slices.Delete(want, at, at+1)
		} else {
			s.put(id)
			want = slices.Insert(want, at, id)
		}
		from, most := chance.IntN(len(want)+1), chance.IntN(20)
		after, expected := "", want
		if from > 0 {
			after, expected = want[from-1], want[from:]
		}
		if got := s.after(after, most); !slices.Equal(got, expected[:min(most, len(expected))]) {
			t.Fatalf("after %q, %d: got %v, want %v", after, most, got, expected[:min(most, len(expected))])
		}
	}
	for _, id := range want {
		s.take(id)
	}
	if len(s) != 0 {
		t.Errorf("%d shelves are left", len(s))
	}
}
