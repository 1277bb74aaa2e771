package storage

import (
	"fmt"
	"io"
)

const (
	// fullBelow is how many bytes are left to Badger. It writes through memory maps, and the process
	// dies when there is no room behind one. After the last commit it may still write tables and merge
	// them, which takes room before it gives room back: some 110 MB were measured, and more while
	// maxLevelZero tables wait to be merged.
	fullBelow  = 256 << 20
	checkEvery = 4 << 20 // bytes that may be written between two looks at the disk
)

// checkRoom refuses to write so many bytes when that would fill the disk.
func checkRoom(free func() (uint64, error), bytes uint64) error {
	left, err := free()
	if err != nil || left >= fullBelow+bytes {
		return nil //nolint:nilerr // where the system does not say, the write itself will
	}
	return fmt.Errorf("%w: %d MB are left, writing stops below %d MB; make room and go on",
		ErrFull, left>>20, fullBelow>>20)
}

// LeavingRoom returns a writer to w, which lies on the disk of path, that fails with [ErrFull] rather
// than take the last of it: a store on the same disk needs some to go on.
func LeavingRoom(w io.Writer, path string) io.Writer {
	return &roomyWriter{w: w, free: diskFree(path), unchecked: checkEvery}
}

type roomyWriter struct {
	w         io.Writer
	free      func() (uint64, error)
	unchecked int // bytes since the last look
}

func (r *roomyWriter) Write(p []byte) (int, error) {
	if r.unchecked += len(p); r.unchecked >= checkEvery {
		if err := checkRoom(r.free, uint64(len(p))); err != nil {
			return 0, err
		}
		r.unchecked = 0
	}
	return r.w.Write(p)
}
