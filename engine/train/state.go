package train

import (
	"errors"
	"fmt"
	"strconv"

	"workbench/models/checkpoint"
)

// Kinds of tensor in a trainer's state.
const (
	stateValue = "value:"
	stateM     = "m:"
	stateV     = "v:"
)

// Save writes everything that the next step depends on (trained weights, moments, step count) as
// one file, which appears complete or not at all.
func (t *Trainer) Save(path string) error {
	var tensors []checkpoint.Named
	for _, p := range t.params {
		shape := p.value.Shape()
		tensors = append(tensors,
			checkpoint.Named{Name: stateValue + p.key, Shape: shape, Data: p.value.Float32()},
			checkpoint.Named{Name: stateM + p.key, Shape: shape, Data: p.m},
			checkpoint.Named{Name: stateV + p.key, Shape: shape, Data: p.v})
	}
	return checkpoint.WriteSafetensors(path, tensors, map[string]string{"kind": "trainer", "step": strconv.Itoa(t.step)})
}

// Load restores what Save wrote, to the bit. The trainer must have been made for the same models.
func (t *Trainer) Load(path string) error {
	f, err := checkpoint.ReadSafetensors(path)
	if err != nil {
		return err
	}
	if err := errors.Join(t.read(f), f.Close()); err != nil {
		return fmt.Errorf("trainer state %s: %w", path, err)
	}
	return nil
}

func (t *Trainer) read(f *checkpoint.File) error {
	meta := f.Metadata()
	step, err := strconv.Atoi(meta["step"])
	if meta["kind"] != "trainer" || err != nil || step < 0 {
		return errors.New("it is not a trainer's state")
	}
	if have := len(f.Tensors()); have != 3*len(t.params) {
		return fmt.Errorf("it has %d tensors, this trainer wants %d; the script or its models have changed", have, 3*len(t.params))
	}
	for _, p := range t.params {
		for kind, dst := range map[string][]float32{stateValue: p.value.Float32(), stateM: p.m, stateV: p.v} {
			if err := f.Read(kind+p.key, dst); err != nil {
				return err
			}
		}
	}
	t.step = step
	return nil
}
