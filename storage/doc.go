// Package storage keeps what must not be lost, in one data folder, and is the only door to Badger.
//
// A [Store] holds the records of runs (it satisfies the Store of engine/runs, whose contract is in
// the words of that interface) and the register of models. Every key is drawn in keys.go; values
// are JSON. Big files, such as checkpoints, lie beside the store in the same folder and are cited
// from it by path and digest.
//
// One process owns a data folder at a time. Inside it one goroutine, the committer, does all the
// writing: whoever writes hands over a group of records, and what has gathered meanwhile goes to
// disk in one synchronous transaction. A write that returned has survived; what was only logged is
// at most a second from surviving.
package storage
