// Package runs keeps the record of experiments and owns the device on which they compute.
//
// The record: a [Run] is one experiment, with everything needed to do it again (the script's text,
// the parameters, the seed, the digests of what it read) and everything it said (metrics, tables of
// samples, invariants, an index of checkpoints, a result). Records leave through a small [Store],
// whose contract is in store.go; [Book] gives it types, and [Recorder] is the pen that one live run
// holds. [Memory] is a Store for tests.
//
// The device: [Queue] lets one job at a time compute, in strict order of [Class], so that a person
// never waits longer than for one micro-batch of somebody's training; and it admits memory by
// declared bytes ([Queue.Reserve]), so that what does not fit waits or is refused in words instead
// of ending the process.
package runs
