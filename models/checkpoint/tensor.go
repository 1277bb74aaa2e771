package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Info describes a stored tensor.
type Info struct {
	Name  string // Hugging Face's name, for example model.layers.0.mlp.up_proj.weight
	Shape []int  // Hugging Face's layout; empty for a scalar
	DType string // how the file stores it: F32, BF16, Q4_1, …
	Bytes int64  // what it takes in the file
}

// Elements is the number of values, the length of the slice that reads them all.
func (i Info) Elements() int { return elementsOf(i.Shape) }

// tensor is a tensor in a file. What it says has been checked against the file's size.
type tensor struct {
	Info
	enc    encoding
	from   io.ReaderAt
	offset int64
	// headRows > 0 says that each head's rows, of which there are so many, lie interleaved for
	// llama.cpp's RoPE; they are put back into Hugging Face's order when read.
	headRows int
}

// chunkElements is how much one goroutine converts at a time: its floats fit a second-level cache.
// A multiple of every block size.
const chunkElements = 64 << 10

// read fills dst with the tensor's values. It may be called from several goroutines at once.
func (t *tensor) read(dst []float32) error {
	if t.enc.decode == nil {
		return fmt.Errorf("tensor %s: %w", t.Name, unsupported(
			"it is stored as %s, and only %s can be read as numbers; use a checkpoint in one of these",
			t.DType, strings.Join(readable(), ", ")))
	}
	if err := t.fits(len(dst)); err != nil {
		return err
	}
	if t.enc.name == "F32" && t.headRows == 0 && littleEndian {
		return inParallel(len(dst), chunkElements, func() func(from, to int) error {
			return func(from, to int) error { return t.fetch(rawBytes(dst[from:to]), from) }
		})
	}
	step := t.step()
	return inParallel(len(dst), step, func() func(from, to int) error {
		size, _ := t.enc.size(min(step, len(dst)))
		scratch := make([]byte, size)
		return func(from, to int) error { return t.convert(dst, from, to, scratch) }
	})
}

// readRaw fills dst, which has a place for every element, with the stored values: the file must
// hold the dtype asked for, and the machine must be little-endian.
func (t *tensor) readRaw(dtype string, elements int, dst []byte) error {
	if t.DType != dtype {
		return fmt.Errorf("tensor %s holds %s, not %s", t.Name, t.DType, dtype)
	}
	if err := t.fits(elements); err != nil {
		return err
	}
	return t.fetch(dst, 0)
}

func (t *tensor) fits(values int) error {
	if values != t.Elements() {
		return fmt.Errorf("tensor %s has shape %v, %d values: a slice of %d was given", t.Name, t.Shape, t.Elements(), values)
	}
	return nil
}

// step is how many elements are converted at a time: whole rows where rows change places.
func (t *tensor) step() int {
	if t.headRows == 0 {
		return chunkElements
	}
	return max(1, chunkElements/t.width()) * t.width()
}

// width is the length of a row: the number of elements that share their first index.
func (t *tensor) width() int { return elementsOf(t.Shape[1:]) }

// fetch reads the bytes that start with an element.
func (t *tensor) fetch(dst []byte, element int) error {
	skip, _ := t.enc.size(element)
	n, err := t.from.ReadAt(dst, t.offset+skip)
	if n == len(dst) { // at the very end of the file a full read may come with io.EOF
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = damaged("the file ends early; was it replaced while open?")
	}
	return fmt.Errorf("read tensor %s: %w", t.Name, err)
}

// convert decodes the stored elements [from, to) into their places in dst.
func (t *tensor) convert(dst []float32, from, to int, scratch []byte) error {
	size, _ := t.enc.size(to - from)
	raw := scratch[:size]
	if err := t.fetch(raw, from); err != nil {
		return err
	}
	if t.headRows == 0 {
		t.enc.decode(dst[from:to], raw)
		return nil
	}
	width := t.width()
	rowSize, _ := t.enc.size(width)
	for row := from / width; row < to/width; row++ {
		place := uninterleave(row, t.headRows) * width
		t.enc.decode(dst[place:place+width], raw[:rowSize])
		raw = raw[rowSize:]
	}
	return nil
}

// uninterleave is where a row of a query or key projection in a GGUF file stands in Hugging Face's.
// Both rotate pairs of a head's features: llama.cpp the neighbours (2i, 2i+1), Hugging Face the
// halves (i, i+rows/2). Source: LlamaModel.permute in llama.cpp's convert_hf_to_gguf.py, inverted.
func uninterleave(row, headRows int) int {
	head, within := row/headRows, row%headRows
	return head*headRows + within%2*(headRows/2) + within/2
}
