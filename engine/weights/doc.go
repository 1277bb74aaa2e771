// Package weights keeps models in memory: the weights of a checkpoint in buffers that every session
// shares, with the adapter and the head that an experiment puts on top of them.
//
// A [Set] is a group of named buffers with one owner. A [Model] combines sets: the base weights, a
// low-rank adapter, a scalar head. Models made from one another share the base, so ten adapters
// cost ten small sets. A [Binder] says, while a graph is built, which buffer stands behind which
// parameter; trainers and samplers that bind the same buffers see each other's changes at once.
package weights
