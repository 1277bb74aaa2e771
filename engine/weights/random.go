package weights

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"workbench/models"
)

// NewRandom makes an untrained model for a config.json: norms at 1, everything else from
// N(0, 0.02²), as GPT-2's authors start theirs. It has no tokenizer.
func NewRandom(config map[string]any, seed uint64) (*Model, error) {
	arch, err := models.New(config)
	if err != nil {
		return nil, err
	}
	base, err := NewSet(arch.Params())
	if err != nil {
		return nil, fmt.Errorf("random model: %w", err)
	}
	rng := rand.New(rand.NewPCG(seed, 0xba5e))
	for _, name := range base.Names() {
		data := base.Get(name).Float32()
		for i := range data {
			if strings.Contains(name, "norm") {
				data[i] = 1
			} else {
				data[i] = float32(0.02 * rng.NormFloat64())
			}
		}
	}
	return &Model{Name: "random", Arch: arch, Base: base, trained: part{base: true}, own: []*Set{base}, Files: Files{Config: config}}, nil
}
