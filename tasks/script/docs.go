package script

import (
	"fmt"
	"strings"
)

// Markdown is the reference of all primitives, made from the catalog; docs/script.md is this text.
func Markdown() string {
	var b strings.Builder
	b.WriteString(introduction)
	for _, f := range Families() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", f.Title, f.Doc)
		for _, p := range f.Primitives {
			fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n```python\n%s\n```\n", p.Signature, p.Doc, strings.TrimSpace(p.Example))
		}
	}
	return b.String()
}

const introduction = `# Scripts

This page is generated from the code (` + "`go test ./tasks/script -run Documentation -update`" + `); every example on it runs in a test.

An experiment is one file of Starlark, which is Python's syntax without classes, imports, exceptions and the outside
world (load is one of its words, so models are named with model); here with ` + "`while`" + `, recursion and control flow at the top level.
The file has a docstring, settings, functions, and one or both of:

- ` + "`def flow(item):`" + ` waits for people. It is done for each row of a dataset, may take days, and survives restarts: see
  [Flows](#flows). It is started on the page of ` + "`workbench serve`" + `, or with ` + "`workbench flow start FILE -p name=value`" + `.
- ` + "`def run():`" + ` computes: loads data, samples, trains, measures. ` + "`workbench run FILE -p name=value`" + ` does it.

Try both without people or models with ` + "`workbench recipe check FILE`" + `.

The top level is executed to learn the settings, so it must stay quick: models named there are opened when run() uses
them. Values made at the top level cannot be changed later; what changes belongs into functions.

**Resume.** A run that was stopped or killed is executed again from the top. What it constructs before its loop (trainers
with the weights they train, states) is given its saved contents back, matched by order and kind. Results recorded outside
of the loop (splits, evaluations) are returned instead of computed. The loop goes on at its saved position. The text of the
script must be the same. A plain variable that goes from one iteration to the next would be lost, so it is refused with
its line; keep such values in ` + "`state(…)`" + `. A script without ` + "`loop`" + ` starts anew.

**Losses** are traced: called with symbolic tensors that have shapes and no numbers. So a tensor is neither true nor
false, ` + "`==`, `!=` and `in`" + ` are refused in a loss except against a text or None, and comparisons are functions.
`
