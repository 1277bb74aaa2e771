package web

import (
	"fmt"
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
