// Package storagetest holds the conformance suite of a store of runs: whatever keeps the records of
// experiments (on disk, in memory, faulty) must pass [Run].
package storagetest
