package checkpoint

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Named is a tensor to be written. One of Data, Ints, Bytes and Load says its values; an empty
// shape is a scalar's.
type Named struct {
	Name  string
	Shape []int
	Data  []float32 // dtype F32, or BF16 where the folder says so
	Ints  []int64   // dtype I64
	Bytes []byte    // dtype U8
	// Load may stand in for Data: it is called once, when the tensor's turn has come, and fills all
	// of dst, so that a model need not be in memory as a whole.
	Load func(dst []float32) error
}

// WriteSafetensors writes tensors and texts as one file. The file appears complete or not at all:
// whatever stood at path stays until all is on the disk. Names must differ and shapes fit values.
// Tensors are kept in their order, those with larger elements first.
func WriteSafetensors(path string, tensors []Named, metadata map[string]string) error {
	plan, err := planSafetensors(tensors, "F32", metadata)
	if err == nil {
		err = replaceFile(path, plan.write)
	}
	if err != nil {
		return fmt.Errorf("write safetensors %s: %w", path, err)
	}
	return nil
}

// safetensorsPlan is a file that is known to be sound before its first byte is written.
type safetensorsPlan struct {
	header  []byte
	tensors []plannedTensor
}

type plannedTensor struct {
	Named
	enc   encoding
	bytes int64
}

// planSafetensors lays out a file; floats says the dtype of floating-point tensors.
func planSafetensors(tensors []Named, floats string, metadata map[string]string) (safetensorsPlan, error) {
	var plan safetensorsPlan
	seen := map[string]bool{}
	for _, t := range tensors {
		planned, err := planTensor(t, floats)
		if err != nil {
			return plan, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if seen[t.Name] {
			return plan, fmt.Errorf("tensor %q is given twice", t.Name)
		}
		seen[t.Name] = true
		plan.tensors = append(plan.tensors, planned)
	}
	// Larger elements first keeps each tensor aligned, which some readers rely on.
	slices.SortStableFunc(plan.tensors, func(a, b plannedTensor) int { return b.enc.bytes - a.enc.bytes })
	for key, text := range metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(text) {
			return plan, fmt.Errorf("metadata %q is not UTF-8", key)
		}
	}
	var err error
	plan.header, err = plan.encodeHeader(metadata)
	return plan, err
}

func planTensor(t Named, floats string) (plannedTensor, error) {
	elements := elementsOf(t.Shape)
	given, count, dtype := 0, 0, floats
	for _, values := range []struct {
		there bool
		count int
		dtype string
	}{{t.Data != nil, len(t.Data), floats}, {t.Ints != nil, len(t.Ints), "I64"}, {t.Bytes != nil, len(t.Bytes), "U8"}, {t.Load != nil, elements, floats}} {
		if values.there {
			given, count, dtype = given+1, values.count, values.dtype
		}
	}
	enc, _ := findSafetensors(dtype)
	bytes, ok := enc.size(elements)
	switch {
	case t.Name == "" || t.Name == "__metadata__" || !utf8.ValidString(t.Name):
		return plannedTensor{}, fmt.Errorf("a name that cannot be written")
	case given > 1:
		return plannedTensor{}, fmt.Errorf("it has values of several kinds")
	case slices.ContainsFunc(t.Shape, func(d int) bool { return d < 0 }) || len(t.Shape) > maxRank || !ok:
		return plannedTensor{}, fmt.Errorf("impossible shape %v", t.Shape)
	case count != elements:
		return plannedTensor{}, fmt.Errorf("%d values for shape %v", count, t.Shape)
	}
	return plannedTensor{t, enc, bytes}, nil
}

// encodeHeader writes the JSON in front of the data, filled up with spaces to a multiple of eight.
func (p safetensorsPlan) encodeHeader(metadata map[string]string) ([]byte, error) {
	var fields orderedObject
	if len(metadata) > 0 {
		fields = append(fields, field{"__metadata__", metadata})
	}
	offset := int64(0)
	for _, t := range p.tensors {
		fields = append(fields, field{t.Name, orderedObject{
			{"dtype", t.enc.name},
			{"shape", append([]int{}, t.Shape...)}, // [] and not null for a scalar
			{"data_offsets", [2]int64{offset, offset + t.bytes}},
		}})
		offset += t.bytes
	}
	header, err := marshalPlain(fields, "")
	if err != nil {
		return nil, err
	}
	header = header[:len(header)-1] // without the encoder's newline
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	if len(header) > maxSafetensorsHeader {
		return nil, fmt.Errorf("the names of %d tensors and the metadata take %d bytes, more than the format allows", len(p.tensors), len(header))
	}
	return header, nil
}

func (p safetensorsPlan) write(w io.Writer) error {
	if err := binary.Write(w, binary.LittleEndian, uint64(len(p.header))); err != nil {
		return err
	}
	if _, err := w.Write(p.header); err != nil {
		return err
	}
	var scratch []float32 // as large as the largest tensor that is loaded
	for _, t := range p.tensors {
		if n := elementsOf(t.Shape); t.Load != nil && n > len(scratch) {
			scratch = make([]float32, n)
		}
		if err := t.write(w, scratch); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	return nil
}

func (t plannedTensor) write(w io.Writer, scratch []float32) error {
	switch {
	case t.Ints != nil:
		return writeI64(w, t.Ints)
	case t.Bytes != nil:
		_, err := w.Write(t.Bytes)
		return err
	}
	values := t.Data
	if t.Load != nil {
		values = scratch[:elementsOf(t.Shape)]
		if err := t.Load(values); err != nil {
			return err
		}
	}
	if t.enc.name == "BF16" {
		return writeBF16(w, values)
	}
	return writeF32(w, values)
}
