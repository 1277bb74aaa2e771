package storage

import "errors"

// What can be wrong with a data folder or a write. Errors of this package wrap one of these, or
// fs.ErrNotExist for a record that is not there.
var (
	ErrLocked   = errors.New("the data folder is in use")
	ErrNewer    = errors.New("the data folder was written by a newer version")
	ErrReadOnly = errors.New("the data folder was opened to read only")
	ErrClosed   = errors.New("the data folder was closed")
	ErrFull     = errors.New("the disk is nearly full")
	ErrTooLarge = errors.New("the record is too large")
)
