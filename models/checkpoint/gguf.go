package checkpoint

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// ggufFile is what stands in front of a GGUF file's data: metadata and where each tensor lies. All
// tensors have been checked to lie inside the file, aligned and apart.
type ggufFile struct {
	version uint32
	meta    map[string]any // see readValue for the types
	tensors []*tensor      // with GGUF's names and with its axes turned to Hugging Face's order
}

const (
	ggufMagic            = 0x46554747 // "GGUF" read as a little-endian number
	ggufDefaultAlignment = 32
	ggufMaxAlignment     = 1 << 20
	// The least that a metadata entry (empty key, type, one byte) and a tensor's description
	// (empty name, no axes, type, offset) take: they bound the counts in the header.
	ggufLeastEntry  = 8 + 4 + 1
	ggufLeastTensor = 8 + 4 + 4 + 8
)

// parseGGUF reads the header of a GGUF file, version 2 or 3, that has size bytes.
func parseGGUF(r io.ReaderAt, size int64) (*ggufFile, error) {
	c := newCursor(r, size)
	g := &ggufFile{meta: map[string]any{}}
	g.version = readVersion(c)
	tensors, entries := c.u64(), c.u64()
	g.readMeta(c, entries)
	alignment := g.alignment(c)
	g.readTensors(c, tensors, r)
	if c.err != nil {
		return nil, c.err
	}
	start := (c.at + alignment - 1) / alignment * alignment
	if err := placeTensors(g.tensors, start, alignment, size); err != nil {
		return nil, err
	}
	return g, nil
}

func readVersion(c *cursor) uint32 {
	if magic := c.u32(); c.err == nil && magic != ggufMagic {
		c.fail(damaged("it does not begin with GGUF; is it a model file?"))
	}
	version := c.u32()
	switch {
	case c.err != nil || version == 2 || version == 3:
	case version != 0 && version&0xffff == 0:
		c.fail(unsupported("it was written for a big-endian machine; use a little-endian GGUF"))
	default:
		c.fail(unsupported("GGUF version %d; versions 2 and 3 are read", version))
	}
	return version
}

func (g *ggufFile) readMeta(c *cursor, entries uint64) {
	if !c.room(entries, ggufLeastEntry, "metadata entries") {
		return
	}
	for range entries {
		key := c.str()
		value := readValue(c)
		if c.err != nil {
			c.err = fmt.Errorf("metadata %.100q: %w", key, c.err)
			return
		}
		if _, twice := g.meta[key]; twice {
			c.fail(damaged("metadata %.100q stands there twice", key))
			return
		}
		g.meta[key] = value
	}
}

// alignment is what the offsets of tensors are multiples of, in bytes.
func (g *ggufFile) alignment(c *cursor) int64 {
	value, given := g.meta["general.alignment"]
	if !given {
		return ggufDefaultAlignment
	}
	n, ok := value.(int64)
	if !ok || n < 1 || n > ggufMaxAlignment || n&(n-1) != 0 {
		c.fail(damaged("general.alignment is %v, not a power of two up to %d", value, ggufMaxAlignment))
		return ggufDefaultAlignment
	}
	return n
}

func (g *ggufFile) readTensors(c *cursor, count uint64, from io.ReaderAt) {
	if !c.room(count, ggufLeastTensor, "tensors") {
		return
	}
	seen := map[string]bool{}
	for range count {
		t := readTensorInfo(c, from)
		if c.err != nil {
			return
		}
		if seen[t.Name] {
			c.fail(damaged("tensor %.100q stands there twice", t.Name))
			return
		}
		seen[t.Name] = true
		g.tensors = append(g.tensors, t)
	}
}

// readTensorInfo reads one tensor's description. Its offset is still relative to the data.
func readTensorInfo(c *cursor, from io.ReaderAt) *tensor {
	t := &tensor{from: from}
	t.Name = c.str()
	axes := c.u32()
	if axes > maxRank {
		c.fail(damaged("tensor %.100q has %d axes", t.Name, axes))
		return t
	}
	sizes := make([]uint64, axes)
	for i := range sizes {
		sizes[i] = c.u64()
	}
	kind, offset := c.u32(), c.u64()
	if c.err != nil {
		return t
	}
	slices.Reverse(sizes) // GGUF names the fastest axis first
	if err := t.describe(sizes, kind, c.size); err != nil {
		c.fail(err)
	}
	if offset > uint64(c.size) {
		c.fail(damaged("tensor %.100q begins at byte %d of the data, behind the end of the file", t.Name, offset))
		return t
	}
	t.offset = int64(offset)
	return t
}

// describe sets shape, encoding and size, all of which a file of fileSize bytes must be able to hold.
func (t *tensor) describe(sizes []uint64, kind uint32, fileSize int64) error {
	shape, elements, ok := shapeOf(sizes)
	if !ok || elements == 0 || len(shape) == 0 {
		return damaged("tensor %.100q has the impossible shape %v", t.Name, sizes)
	}
	enc, known := findGGML(kind)
	if !known {
		// No format spends less than a bit on a weight, so even this shape can be bounded.
		enc = encoding{name: fmt.Sprintf("ggml type %d", kind)}
		if elements/8 > int(min(fileSize, math.MaxInt)) {
			return damaged("tensor %.100q has shape %v, more than the file can hold", t.Name, sizes)
		}
	} else if shape[len(shape)-1]%enc.block != 0 {
		return damaged("tensor %.100q has shape %v: rows in %s are multiples of %d", t.Name, sizes, enc.name, enc.block)
	}
	bytes, ok := enc.size(elements)
	if known && (!ok || bytes > fileSize) {
		return damaged("tensor %.100q has shape %v in %s, more than the file can hold", t.Name, sizes, enc.name)
	}
	t.Shape, t.enc, t.DType, t.Bytes = shape, enc, enc.name, bytes
	return nil
}

// placeTensors makes offsets absolute and checks that tensors are aligned, inside the file and do
// not overlap.
func placeTensors(tensors []*tensor, start, alignment, size int64) error {
	for _, t := range tensors {
		if t.offset%alignment != 0 {
			return damaged("tensor %.100q begins at byte %d of the data, not a multiple of %d", t.Name, t.offset, alignment)
		}
		t.offset += start // both are at most the file's size and an alignment: no overflow
		if t.offset > size || t.Bytes > size-t.offset {
			return damaged("tensor %.100q needs bytes %d to %d of a file of %d: the file is cut off; get it again",
				t.Name, t.offset, t.offset+t.Bytes, size)
		}
	}
	return apart(tensors)
}

// apart checks that no two tensors of a file share a byte.
func apart(tensors []*tensor) error {
	sorted := slices.Clone(tensors)
	slices.SortFunc(sorted, byOffset)
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; a.offset+a.Bytes > b.offset {
			return damaged("tensors %.100q and %.100q overlap", a.Name, b.Name)
		}
	}
	return nil
}
