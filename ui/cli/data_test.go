package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// serve has a server keep the room's data folder until the test ends.
func (r *room) serve() {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	ended := make(chan string, 1)
	go func() {
		code, _, stderr := r.try(ctx, "serve --addr 127.0.0.1:0")
		ended <- fmt.Sprintf("exit code %d: %s", code, stderr)
	}()
	r.t.Cleanup(func() { stop(); <-ended })
	for {
		if _, err := readServerFile("data"); err == nil {
			return
		}
		select {
		case how := <-ended:
			ended <- how
			r.t.Fatalf("the server ended before it served: %s", how)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestDataThroughAServer does with a server in between what is done without one.
func TestDataThroughAServer(t *testing.T) {
	r := learningRoom(t)
	r.write("other.csv", "prompt,response", "=a,b")
	r.write("broken.jsonl", `{"prompt": "a"}`, `{"prompt": "a", "prompt": "b"}`)
	r.write("book.txt", "A Title", "", "One paragraph.", "", "Another.")
	r.serve()
	var d storage.Dataset
	r.result("data import demo.jsonl --name demo", &d)
	if d.Name != "demo" || d.Records != 8 || d.Source != "demo.jsonl" || len(d.Digest) != 64 {
		t.Errorf("imported %+v", d)
	}
	r.must("data import demo.jsonl --name demo")
	r.refuse("data import other.csv --name demo", badInput, "holds other data (8 records of demo.jsonl", "choose another name")
	r.refuse("data import broken.jsonl --name broken", badInput, "broken.jsonl:2:17: the key", "Nothing was imported")
	r.refuse("data import demo.jsonl --name ../demo", badInput, "no name for a dataset")
	r.must("data import other.csv --name demo --replace")
	r.result("data import book.txt --name book --passage-words 3", &d)
	if d.Records != 2 {
		t.Errorf("a book of two passages: %+v", d)
	}
	var all []storage.Dataset
	r.result("data list", &all)
	if len(all) != 2 || all[0].Name != "book" || all[1].Source != "other.csv" {
		t.Errorf("data list: %+v", all)
	}
	if text := r.must("data show demo"); !strings.Contains(text, "from other.csv") || !strings.Contains(text, "=a 1") {
		t.Errorf("data show says %q", text)
	}
	if text := r.must("data export demo --format csv"); text != "prompt,response\n'=a,b\n" {
		t.Errorf("exported %q", text)
	}
	if text := r.must("data export book --out book.jsonl"); !strings.Contains(text, "2 records") {
		t.Errorf("exporting says %q", text)
	}
	text, err := os.ReadFile("book.jsonl")
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), `"paragraphs":2`) {
		t.Errorf("book.jsonl has %q, %v", text, err)
	}
	if text := r.must("data export answers --late --undone --out answers.csv"); !strings.Contains(text, "answers.csv has 0 records") {
		t.Errorf("exporting answers says %q", text)
	}
	r.refuse("data export demo --lineage", badInput, "no lineage")
	r.refuse("data export answers --flow none", notFound, "there is no flow none")
	r.refuse("data export dem", notFound, "did you mean demo?")
	r.refuse("data show none", notFound, "workbench data list")
}
