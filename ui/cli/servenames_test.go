package cli

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/tasks/script"
	"workbench/ui/web"
)

// TestNamesOfAStart: all settings that name what is not there are said at once, and by their names.
func TestNamesOfAStart(t *testing.T) {
	newRoom(t)
	if err := os.WriteFile("here.jsonl", []byte("{\"x\": 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &engine{
		app: &app{getenv: func(string) string { return "" }, data: "data", now: time.Now}, owner: "this command",
		queue: runs.NewQueue(runs.QueueOptions{}), bases: map[string]*weights.Model{},
	}
	param := func(name string, kind script.Kind) script.Param {
		return script.Param{Name: name, Kind: kind, Default: ""}
	}
	x := experiment{declared: []script.Param{
		param("data", script.DatasetParam), param("more", script.DatasetParam), param("policy", script.ModelParam), param("note", script.TextParam),
	}}
	for _, c := range []struct {
		name      string
		params    map[string]any
		namesOnly bool
		want      string // fields that are wrong
	}{
		{"all there", map[string]any{"data": "here.jsonl", "policy": "tiny", "note": "nowhere"}, false, ""},
		{"nothing named", nil, false, ""},
		{"two that are not", map[string]any{"data": "gone.jsonl", "policy": "gone", "more": "here.jsonl"}, false, "data policy"},
		{"one of several", map[string]any{"data": "here.jsonl, gone.jsonl"}, false, "data"},
		{"no such precision", map[string]any{"policy": "tiny:int9"}, false, "policy"},
		{"a file, over the network", map[string]any{"data": "here.jsonl", "policy": "tiny"}, true, "data policy"},
	} {
		x.params, x.namesOnly = c.params, c.namesOnly
		err := invalid(e.checkNames(t.Context(), x))
		var fields []string
		var f *web.Failure
		if errors.As(err, &f) {
			for _, p := range f.Problems {
				fields = append(fields, p.Field)
				if p.Says == "" || strings.HasPrefix(p.Says, "param ") {
					t.Errorf("%s: %s says %q", c.name, p.Field, p.Says)
				}
			}
		}
		if got := strings.Join(fields, " "); got != c.want {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.want)
		}
	}
}
