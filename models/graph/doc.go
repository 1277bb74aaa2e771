// Package graph is the language in which models and losses are written: symbolic tensors with
// named axes, a fixed list of operations, reverse-mode differentiation, and an encoding as ONNX.
//
// A [Graph] is a tape. Every operation checks its operands, appends one or more [Node]s (each
// exactly one ONNX operator, so that the encoder and the interpreter stay generic) and, when a
// trainable parameter is upstream, records how to pull a gradient back through itself. [Graph.Grad]
// then walks the tape backwards and appends the backward pass to the same graph; forward, backward
// and whatever else is asked for are encoded as one ONNX model that ONNX Runtime runs.
//
// Words: an adjoint of a tensor is the gradient of the loss with respect to it, of the same shape.
// A VJP (vector-Jacobian product) turns the adjoints of an operation's results into those of its
// operands.
//
// Mistakes of whoever writes a graph (a wrong shape, an unknown axis) panic with an [*Error]; the
// one place that starts a construction turns them into ordinary errors with [Catch].
package graph
