// Package forward lays sequences of tokens out for the runtime and runs models over whole
// sequences without gradients: log-probabilities, rewards, values, hidden states.
//
// A [Sequence] is ragged and lives on Go's side. A [Layout] is a fixed shape into which some of
// them fit; layouts are rounded up, so that a model needs few sessions. [Inputs] is the layout's
// side in a graph, a [Feed] its memory. Trainers build their graphs on the same Inputs, so what
// they and a [Scorer] compute is the same to the bit where the layout is.
package forward
