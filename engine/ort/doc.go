// Package ort runs graphs on ONNX Runtime: it loads the library, keeps typed memory outside of Go's
// heap, makes sessions out of graphs and runs them on bound memory. It is the only package with cgo
// and the only importer of onnxruntime_go; what that lacks is called through the runtime's function
// table by position (api.go, shim.c).
//
// # Ownership
//
// [Buffer], [Session] and [Binding] are closed by whoever made them, in any order: memory is counted,
// and goes when the last buffer, view, session or binding that uses it is closed. Close may be called
// twice. Using something closed is an error.
//
// # State in place
//
// A buffer may be bound to an input and to an output of the same run, so that a graph updates its
// state without a copy. ONNX Runtime knows nothing about it, so that the graph must make it safe;
// [Session.Bind] refuses what is not:
//
//   - Nothing may read the old state once the new one is being written. So every node that reads the
//     input must either write the output, or lead to the node that writes it. A gradient clipped by
//     the global norm does that by itself, since each update then depends on all of the backward pass.
//   - A node that reads the old state and writes the new one must work on one memory. Elementwise
//     operators do, as do Identity, Reshape and their like, ScatterND and ScatterElements on their
//     data, Gemm on its C, and GroupQueryAttention on its past; measured by a test on each.
//
// # The library
//
// A process has one runtime; [Load] is the one piece of package state.
package ort
