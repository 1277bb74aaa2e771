package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"workbench/ui/web"
)

// TestReadingThroughAServer asks the same of a data folder and of the server that has it open.
func TestReadingThroughAServer(t *testing.T) {
	r := learningRoom(t)
	r.must("run learning.star -p base=tiny --name one")
	r.must("run learning.star -p base=tiny -p lr=0.02 --name two")
	lines := []string{
		"runs list", "runs list --limit 1", "runs show one", "runs show last", "runs compare one two", "runs plot one loss --with two --out both.svg",
		"trace taught", "trace one --down", "trace two --depth 1 --limit 1", "trace run:last/taught", "model list", "model info taught",
	}
	before := map[string]string{}
	for _, line := range lines {
		before[line] = r.must(line)
	}
	for line, words := range map[string][]string{
		"runs compare one two": {"params that differ", "lr", "0.01", "0.02", "0.5 (0.25 to 0.75)"},
		"trace one --down":     {"run one", "read dataset demo, 8 records", "used model tiny"},
		"trace taught":         {"kept by run two", "lies on model tiny", "led to\n  nothing"},
		"runs show one":        {"of which the script was given 8, and 0 that were held out", "trained on"},
	} {
		for _, word := range words {
			if !strings.Contains(before[line], word) {
				t.Errorf("%s: %q is not in\n%s", line, word, before[line])
			}
		}
	}
	if strings.Contains(before["trace one --down"], "led to") {
		t.Error("trace --down says what came of it, too")
	}
	r.refuse("trace nothing-like-it", notFound, "models are taught")
	r.refuse("trace 01", badInput, "give more letters")
	var owned, served struct {
		Root  string
		Nodes map[string]web.Trace
	}
	r.result("trace taught", &owned)
	if err := os.Remove("both.svg"); err != nil {
		t.Fatal(err)
	}

	r.serve()
	for _, line := range lines {
		if got := r.must(line); got != before[line] {
			t.Errorf("%s: through the server\n%s\nwithout one\n%s", line, got, before[line])
		}
	}
	if _, err := os.Stat("both.svg"); err != nil {
		t.Errorf("the picture of both runs: %v", err)
	}
	r.result("trace taught", &served)
	a, err := json.Marshal(owned)
	b, err2 := json.Marshal(served)
	if err != nil || err2 != nil || string(a) != string(b) || len(owned.Nodes) < 3 {
		t.Errorf("for programs: got %d nodes %s, %v\nwithout a server %d: %s, %v", len(served.Nodes), b, err2, len(owned.Nodes), a, err)
	}
	r.refuse("trace nothing-like-it", notFound, "models are taught")
	r.refuse("runs show nothing-like-it", notFound)
	r.refuse("model info nothing-like-it", notFound)
}
