// Package train fits models to losses. A loss is a function that builds an expression over a
// [Trace]; a [Trainer] traces it once for each shape of batch, differentiates it, and runs forward
// and backward as one session. Clipping and AdamW are plain Go on the buffers that every session
// shares.
//
// A step's batch is split into micro-batches that fit the memory. The averages of a Trace are taken
// over the whole step, so that one batch of 8 and 8 accumulated batches of 1 give the same gradient,
// whatever the mask.
package train
