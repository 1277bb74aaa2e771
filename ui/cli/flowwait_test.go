package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// A flow is waited for to its end, or to where it stands still.
func TestFlowWait(t *testing.T) {
	do := aServer(t)
	for _, c := range []struct {
		script string
		exit   exitCode
		out    string // in what it prints
		said   string // meanwhile, or in its error
	}{
		{"def flow(item):\n    sleep(0.1)\n    return {\"verdict\": \"all is well\"}\n", ok, `"result":{"verdict":"all is well"}`, "1: sleep: done after"},
		{"def flow(item):\n    return start(\"nothing\")\n", unexpected, "", "stands still"},
		{"items = dataset([{\"x\": 1}, {\"x\": 2}])\ndef flow(item):\n    return item.x\n", ok, `"result":null`, "2 of 2 items done"},
		{"items = dataset([{\"x\": 0.1}, {\"x\": 1.5}])\ndef flow(item):\n    sleep(item.x)\n", ok, `"instances":{"done":2}`, "2 of 2 items done"},
	} {
		writeHere(t, "flow.star", "\"\"\"A flow.\"\"\"\n"+c.script)
		started, _ := do(ok, "flow start flow.star")
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(started), &made); err != nil {
			t.Fatal(err)
		}
		out, said := do(c.exit, "flow wait "+made.ID)
		if !strings.Contains(out, c.out) || !strings.Contains(said, c.said) {
			t.Errorf("%s: printed %s and said %s, want %s and %s", c.script, out, said, c.out, c.said)
		}
	}
	do(notFound, "flow wait nothing")
}
