package cli

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"workbench/storage"
	"workbench/storage/dataset"
)

// TestRunsReadNames: a run finds data by name, cites it, and when it is resumed it reads what it read
// before, whatever the name means by then.
func TestRunsReadNames(t *testing.T) {
	r := learningRoom(t)
	var whole, resumed outcome
	r.must("data import demo.jsonl --name demo")
	r.result("run learning.star -p data=demo --name whole", &whole)
	if text := r.must("runs show whole"); !strings.Contains(text, "read dataset demo.jsonl, sha256 ") {
		t.Errorf("runs show says %q, want what was read in it", text)
	}

	ctx, cancel := context.WithCancel(t.Context())
	r.write("stopping.star", strings.Replace(learning, "metrics = step(b)", "metrics = step(b)\n        print(\"a step is done\")", 1))
	r.stderr = &interrupter{at: "a step is done", cancel: cancel}
	_, _, stderr := r.try(ctx, "run stopping.star -p data=demo")
	r.stderr = nil
	next := regexp.MustCompile(`workbench (run --resume \S+) goes on`).FindStringSubmatch(stderr)
	if next == nil {
		t.Fatalf("a stopped run says %q, want how to resume", stderr)
	}
	r.write("other.jsonl", `{"prompt": "something", "response": "else"}`)
	r.must("data import other.jsonl --name demo --replace")
	r.result(next[1], &resumed)
	if !maps.Equal(resumed.Metrics, whole.Metrics) {
		t.Errorf("resumed after the name was given to other data: %v, uninterrupted: %v, want the same", resumed.Metrics, whole.Metrics)
	}
	r.refuse("run learning.star -p data=demo2", notFound, "no dataset is called demo2", "did you mean demo?")
}

// TestRunsReadWhatPeopleSaid runs on rows that flows recorded, and shows and exports them.
func TestRunsReadWhatPeopleSaid(t *testing.T) {
	r := learningRoom(t)
	store, err := storage.Open("data", storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &storage.Batch{}
	b.PutDataset(storage.Dataset{Name: "said", Kind: dataset.Collected, Created: time.Now()})
	for i := range 8 {
		value, err := json.Marshal(map[string]any{"prompt": strings.Repeat("p", i+1), "response": "<r>"})
		if err != nil {
			t.Fatal(err)
		}
		b.PutRow(storage.Row{ID: string(rune('a' + i)), Dataset: "said", Value: value, Of: []string{"answer"}, Withdrawn: i == 0, Time: time.Now()})
	}
	if err := errors.Join(store.Commit(b), store.Close()); err != nil {
		t.Fatal(err)
	}
	var o outcome
	r.result("run learning.star -p data=said", &o)
	var all []storage.Dataset
	r.result("data list", &all)
	if len(all) != 1 || all[0].Name != "said" || all[0].Records != 7 || all[0].Kind != dataset.Collected {
		t.Errorf("data list: %+v, want said with 7 rows", all)
	}
	if text := r.must("data show said"); !strings.Contains(text, "said: collected from flows") || !strings.Contains(text, "7 records") {
		t.Errorf("data show says %q", text)
	}
	if text := r.must("data export said --lineage"); strings.Count(text, "\n") != 7 || !strings.HasPrefix(text, `{"_id":"b","_of":["answer"],"_time":`) || !strings.Contains(text, `"<r>"`) {
		t.Errorf("exported: %s", text)
	}
	r.must("data export said --out said.csv")
	text, err := os.ReadFile("said.csv")
	if err != nil || !strings.HasPrefix(string(text), "prompt,response\npp,<r>\n") {
		t.Errorf("said.csv has %q, %v", text, err)
	}
}
