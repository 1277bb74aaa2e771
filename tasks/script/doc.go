// Package script runs experiments that are written in Starlark: it is the host of the primitives
// that a script's run() calls, their documentation, and their limits.
//
// [Parse] reads a script, [Script.Describe] learns its params, [Script.Check] tries it without
// models or people, and [Script.Run] does it. What a run needs of the world (models, data, a record,
// the device) comes in a [Host], composed by the caller.
//
// Values that a script handles are numbers in two worlds. On the host they are plain numbers and
// [Array]s. Inside a loss they are symbolic: the loss is a Starlark function that is called once
// with a traced batch, and every operation on a [Tensor] appends to the graph that a trainer
// differentiates. The functions of mathematics have the same names in both.
//
// A run is exact when resumed. The script is executed again from the top; what it constructs before
// its one marked loop gets its saved contents back, by order and kind; results recorded before the
// loop are returned and not computed again; the loop goes on at its saved position. See resume.go.
//
// Every primitive stands in [Catalog] with its documentation and an example that a test runs;
// docs/script.md is generated from it.
package script
