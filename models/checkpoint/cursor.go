package checkpoint

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// cursor reads a header from front to back, knows how much of the file is left, and remembers its
// first error: after one, it yields zeros. A loop whose length came from the file must stop on err.
type cursor struct {
	r    *bufio.Reader
	at   int64 // position in the file
	size int64 // of the file
	err  error
	buf  [8]byte
}

func newCursor(r io.ReaderAt, size int64) *cursor {
	return &cursor{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 64<<10), size: size}
}

// fail keeps the first error, with the place where it was found.
func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = fmt.Errorf("at byte %d of %d: %w", c.at, c.size, err)
	}
}

// room reports whether count things of at least each bytes can still follow. What names them.
func (c *cursor) room(count uint64, each int, what string) bool {
	if c.err != nil {
		return false
	}
	if left := uint64(c.size - c.at); count > left/uint64(each) {
		c.fail(damaged("%d %s cannot fit into the %d bytes that are left; the file is cut off or not what it says", count, what, left))
		return false
	}
	return true
}

// fill reads exactly len(p) bytes.
func (c *cursor) fill(p []byte) {
	if !c.room(uint64(len(p)), 1, "bytes") {
		clear(p)
		return
	}
	n, err := io.ReadFull(c.r, p)
	c.at += int64(n)
	if err != nil {
		c.fail(fmt.Errorf("read: %w", err))
		clear(p)
	}
}

// skip passes over count things of each bytes.
func (c *cursor) skip(count uint64, each int, what string) {
	if !c.room(count, each, what) {
		return
	}
	for left := int64(count) * int64(each); left > 0 && c.err == nil; {
		n, err := c.r.Discard(int(min(left, math.MaxInt32)))
		c.at, left = c.at+int64(n), left-int64(n)
		if err != nil {
			c.fail(fmt.Errorf("read: %w", err))
		}
	}
}

func (c *cursor) u8() uint8   { c.fill(c.buf[:1]); return c.buf[0] }
func (c *cursor) u16() uint16 { c.fill(c.buf[:2]); return binary.LittleEndian.Uint16(c.buf[:]) }
func (c *cursor) u32() uint32 { c.fill(c.buf[:4]); return binary.LittleEndian.Uint32(c.buf[:]) }
func (c *cursor) u64() uint64 { c.fill(c.buf[:8]); return binary.LittleEndian.Uint64(c.buf[:]) }

// str reads a string that is preceded by its length.
func (c *cursor) str() string {
	n := c.u64()
	if !c.room(n, 1, "bytes of text") {
		return ""
	}
	p := make([]byte, n)
	c.fill(p)
	return string(p)
}
