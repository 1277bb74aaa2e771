// Package generate samples text from a language model: decoding with a key–value cache, many
// requests at a time.
//
// A [Sampler] owns one compiled decoding step, its caches and one goroutine. Each request has a slot:
// a row of the caches. Requests join the running batch and leave it between any two steps; the rows
// of those that run are kept together at the front, so that a step never computes empty slots.
// Newcomers' prompts are read in batches of similar length, and equal prompts once.
//
// # Reproducible
//
// The same seed gives the same text whatever else is in the batch. The random numbers of a request
// come from its seed and index alone, one for each token. And each row's logits are the same to the
// bit alone and among others: kernels may treat very small batches in their own way, so a new sampler
// finds out from which number of rows on its results do not change any more, and pads smaller steps.
//
// # Log-probabilities
//
// Each token comes with log softmax(z/T) of the distribution at its temperature T before anything
// was cut off (at temperature 0: of that at 1), which is what a trainer computes again, and with its
// log-probability under the truncated distribution it was really drawn from.
package generate
