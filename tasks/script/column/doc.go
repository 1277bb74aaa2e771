// Package column is the host half of a script's mathematics: numbers, columns of numbers, and
// ragged tables whose rows are sequences of different lengths, with the arithmetic that advantages,
// whitening and evaluations need.
//
// It computes in float64 and knows nothing of models: what a loss does with symbolic tensors, a
// script does with columns after the numbers came back. The axes have the same names in both
// worlds: "batch" counts examples, the inner axis of a table is "seq" or "output".
package column
