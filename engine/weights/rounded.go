package weights

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"workbench/engine/ort"
	"workbench/models/graph"
)

// Rounded are a base's linear weights once more, in 8 bits with a scale for each column: the way that
// gradients take through frozen weights where speed counts more than their last digits.
type Rounded struct {
	buffers map[string]*ort.Buffer // by the weight's name with graph.RoundedCodes or graph.RoundedScales
}

// Round makes the 8-bit copy of a model's base as it is now. Close it after the sessions that use it.
func Round(m *Model) (r *Rounded, err error) {
	r = &Rounded{buffers: map[string]*ort.Buffer{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	for _, s := range m.Arch.Params() {
		if !m.Arch.Linear(s.Name) {
			continue
		}
		codes, err := ort.NewBuffer(graph.Int8, s.Shape...)
		if err != nil {
			return r, fmt.Errorf("round %s: %w", s.Name, err)
		}
		r.buffers[s.Name+graph.RoundedCodes] = codes
		scales, err := ort.NewBuffer(graph.Float32, s.Shape[1])
		if err != nil {
			return r, fmt.Errorf("round %s: %w", s.Name, err)
		}
		r.buffers[s.Name+graph.RoundedScales] = scales
	}
	r.fill(m)
	return r, nil
}

// fill writes codes and scales, several weights at a time.
func (r *Rounded) fill(m *Model) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, s := range m.Arch.Params() {
		codes := r.buffers[s.Name+graph.RoundedCodes]
		if codes == nil {
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			round(codes.Bytes(), r.buffers[s.Name+graph.RoundedScales].Float32(), m.Base.Get(s.Name).Float32())
		})
	}
	wg.Wait()
}

// round writes a matrix's codes, as two's complement, and a scale for each of its columns.
func round(codes []byte, scales, w []float32) {
	columns := len(scales)
	clear(scales)
	for i, v := range w {
		scales[i%columns] = max(scales[i%columns], float32(math.Abs(float64(v))))
	}
	inverse := make([]float32, columns)
	for k, largest := range scales {
		scales[k] = largest / 127
		if largest > 0 {
			inverse[k] = 127 / largest
		}
	}
	for i, v := range w {
		codes[i] = byte(int8(math.RoundToEven(float64(v * inverse[i%columns]))))
	}
}

// RoundedBytes is the memory that [Round] takes for a model.
func RoundedBytes(m *Model) int64 {
	var n int64
	for _, s := range m.Arch.Params() {
		if m.Arch.Linear(s.Name) {
			n += int64(s.Shape[0])*int64(s.Shape[1]) + 4*int64(s.Shape[1])
		}
	}
	return n
}

// Close frees the copy; on nil it does nothing.
func (r *Rounded) Close() error {
	if r == nil {
		return nil
	}
	var errs []error
	for _, b := range r.buffers {
		errs = append(errs, b.Close())
	}
	r.buffers = nil
	return errors.Join(errs...)
}
