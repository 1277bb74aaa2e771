package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// File is an open safetensors file. Its methods may be called from several goroutines at once.
type File struct {
	path     string
	file     *os.File
	tensors  index
	metadata map[string]string
}

// ReadSafetensors opens a safetensors file. Only its header is read. Errors wrap [ErrDamaged],
// [ErrUnsupported] or what the operating system said.
func ReadSafetensors(path string) (*File, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("open safetensors: %w", err)
	}
	tensors, metadata, err := parseSafetensors(f, size)
	if err != nil {
		return nil, fmt.Errorf("open safetensors %s: %w", path, errors.Join(err, f.Close()))
	}
	return &File{path, f, tensors, metadata}, nil
}

// Metadata is the texts stored beside the tensors. The map is the caller's.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Tensors describes all tensors in the order of the file.
func (f *File) Tensors() []Info { return f.tensors.infos() }

// Read converts a tensor of floating-point numbers to float32; see [Checkpoint.Read].
func (f *File) Read(name string, dst []float32) error {
	return f.with(name, func(t *tensor) error { return t.read(dst) })
}

// ReadInts stores a tensor of dtype I64 in dst, whose length must be its number of elements.
func (f *File) ReadInts(name string, dst []int64) error {
	return f.with(name, func(t *tensor) error {
		raw := rawBytes(dst)
		err := t.readRaw("I64", len(dst), raw)
		if err == nil && !littleEndian {
			for i := range dst {
				dst[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
			}
		}
		return err
	})
}

// ReadBytes stores a tensor of dtype U8 in dst, whose length must be its number of elements.
func (f *File) ReadBytes(name string, dst []byte) error {
	return f.with(name, func(t *tensor) error { return t.readRaw("U8", len(dst), dst) })
}

func (f *File) with(name string, do func(*tensor) error) error {
	t, err := f.tensors.find(name)
	if err == nil {
		err = do(t)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// maxSafetensorsHeader is the format's own limit on the JSON in front of the tensors, in bytes.
const maxSafetensorsHeader = 100_000_000

// parseSafetensors reads the header of a safetensors file that has size bytes and checks that the
// tensors fill the rest of it exactly, as the format demands.
func parseSafetensors(r io.ReaderAt, size int64) (index, map[string]string, error) {
	c := newCursor(r, size)
	length := c.u64()
	if length > maxSafetensorsHeader {
		c.fail(damaged("a header of %d bytes; is it a safetensors file?", length))
	}
	if !c.room(length, 1, "bytes of header") {
		return index{}, nil, c.err
	}
	header := make([]byte, length)
	if c.fill(header); c.err != nil {
		return index{}, nil, c.err
	}
	h := safetensorsHeader{from: r, data: c.at, left: size - c.at}
	if err := h.parse(header); err != nil {
		return index{}, nil, fmt.Errorf("header: %w", err)
	}
	if err := fillsExactly(h.tensors, h.data, size); err != nil {
		return index{}, nil, err
	}
	tensors, err := newIndex(h.tensors)
	return tensors, h.metadata, err
}

// safetensorsHeader gathers what the header says, entry by entry.
type safetensorsHeader struct {
	from     io.ReaderAt
	data     int64 // where the tensors' bytes begin
	left     int64 // how many there are
	tensors  []*tensor
	metadata map[string]string
}

// safetensorsEntry is what the header says about a tensor.
type safetensorsEntry struct {
	DType   string    `json:"dtype"`
	Shape   *[]uint64 `json:"shape"`
	Offsets []uint64  `json:"data_offsets"`
}

// parse walks the header's object. A decoder for the whole would keep the last of two entries of
// one name without a word, and forget the order.
func (h *safetensorsHeader) parse(header []byte) error {
	if len(header) == 0 || header[0] != '{' {
		return damaged("it is not a JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(header))
	if _, err := dec.Token(); err != nil {
		return damaged("%v", err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return damaged("%v", err)
		}
		name, _ := key.(string) // inside an object a key is a string
		if err := h.entry(name, dec); err != nil {
			return fmt.Errorf("%.100q: %w", name, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return damaged("%v", err)
	}
	if rest := bytes.Trim(header[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return damaged("%d bytes follow the JSON object", len(rest))
	}
	return nil
}

func (h *safetensorsHeader) entry(name string, dec *json.Decoder) error {
	if name == "__metadata__" {
		if h.metadata != nil {
			return damaged("it stands there twice")
		}
		if err := dec.Decode(&h.metadata); err != nil {
			return damaged("metadata are texts by name: %v", err)
		}
		return nil
	}
	var e safetensorsEntry
	if err := dec.Decode(&e); err != nil {
		return damaged("%v", err)
	}
	t, err := h.tensor(name, e)
	if err == nil {
		h.tensors = append(h.tensors, t)
	}
	return err
}

// tensor checks an entry against itself and the size of the data.
func (h *safetensorsHeader) tensor(name string, e safetensorsEntry) (*tensor, error) {
	enc, ok := findSafetensors(e.DType)
	if !ok {
		return nil, unsupported("dtype %.20q", e.DType)
	}
	if e.Shape == nil || len(e.Offsets) != 2 {
		return nil, damaged("a tensor has a shape and two data_offsets")
	}
	shape, elements, ok := shapeOf(*e.Shape)
	if !ok {
		return nil, damaged("impossible shape %.120s", fmt.Sprint(*e.Shape))
	}
	bytes, ok := enc.size(elements)
	begin, end := e.Offsets[0], e.Offsets[1]
	if !ok || begin > end || end > uint64(h.left) || end-begin != uint64(bytes) {
		return nil, damaged("shape %v in %s takes %d bytes; it is given bytes %d to %d of %d",
			shape, enc.name, bytes, begin, end, h.left)
	}
	return &tensor{
		Info: Info{Name: name, Shape: shape, DType: enc.name, Bytes: bytes},
		enc:  enc, from: h.from, offset: h.data + int64(begin),
	}, nil
}

// fillsExactly sorts tensors by place and checks that they leave no gap and share no byte.
func fillsExactly(tensors []*tensor, begin, end int64) error {
	slices.SortStableFunc(tensors, byOffset)
	for _, t := range tensors {
		if t.offset != begin {
			return damaged("tensor %.100q begins at byte %d, the one before it ends at %d", t.Name, t.offset, begin)
		}
		begin += t.Bytes
	}
	if begin != end {
		return damaged("the tensors end at byte %d of %d; the file is cut off or something follows", begin, end)
	}
	return nil
}
