package web

import (
	"math"
	"testing"
	"time"

	"workbench/tasks/form"
)

func TestTheBrowserCanRelyOnLists(t *testing.T) {
	var nothing []PersonRow
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	nan := math.NaN()
	for _, c := range []struct {
		value any
		want  string
	}{
		{nothing, `[]`},
		{NoWork{}, `{"says":"","reasons":[],"can_undo":false}`},
		{map[string]any{"a": nan, "b": []any{math.Inf(1), 1.5}, "c": nil}, `{"a":null,"b":[null,1.5],"c":null}`},
		{form.Form{Title: "x"}, `{"title":"x","show":[],"ask":[]}`},
		{SampleRows{Rows: []map[string]any{nil}}, `{"name":"","step":0,"rows":[{}]}`},
		{Past{Time: at, Form: form.Form{}}, `{"answer":"","task":"","time":"2026-11-23T12:00:00Z","seconds":0,"form":{"title":"","show":[],"ask":[]},"item":null,"values":null,"undone":false,"late":false}`},
		{ModelDetail{Run: &RunSummary{}, ModelRow: ModelRow{Created: at}}.Versions, `[]`},
	} {
		got, err := encode(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%#v: got %s, %v, want %s", c.value, got, err, c.want)
		}
	}
	// What is encoded is not changed by it.
	f := form.Form{Title: "x"}
	if _, err := encode(&f); err != nil || f.Show != nil {
		t.Errorf("the form became %#v, %v", f, err)
	}
}
