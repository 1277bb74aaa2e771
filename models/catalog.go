package models

import (
	"errors"
	"fmt"
	"strings"

	"workbench/models/graph"
	"workbench/models/llama"
)

// ErrUnknown is wrapped when no architecture here fits a checkpoint.
var ErrUnknown = errors.New("unknown architecture")

// Architecture builds the graphs of one configured model. Weight names and layouts are those of
// Hugging Face checkpoints.
type Architecture interface {
	// Params lists every weight with its shape.
	Params() []graph.Spec
	// Linear says whether the weight called name may carry an adapter or be quantised.
	Linear(name string) bool
	// Hidden gives the final states [token, hidden] of whole sequences; see llama.Model.Hidden.
	Hidden(w *graph.Weights, tokens, positions, mask *graph.Tensor) *graph.Tensor
	// HiddenAt gives the states after so many layers, or the final ones for −1.
	HiddenAt(w *graph.Weights, tokens, positions, mask *graph.Tensor, after int) *graph.Tensor
	// Unembedding is the matrix [vocab, hidden] that turns final states into logits.
	Unembedding(w *graph.Weights) *graph.Tensor
	// Cached builds one step of decoding over key–value caches of so many positions.
	Cached(w *graph.Weights, positions int) *graph.DecodeStep
	// Sizes are the numbers that callers need to lay out memory.
	Sizes() graph.Sizes
}

// Kind is one entry of the catalog.
type Kind struct {
	Type string // model_type in config.json
	New  func(config map[string]any) (Architecture, error)
}

// Kinds lists the architectures. A new one is a package beside llama and a line here.
var Kinds = []Kind{
	{"llama", newLlama},
	{"mistral", newLlama},
}

func newLlama(config map[string]any) (Architecture, error) {
	m, err := llama.New(config)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// New finds the architecture that a config.json asks for by its model_type.
func New(config map[string]any) (Architecture, error) {
	kind, _ := config["model_type"].(string)
	var known []string
	for _, k := range Kinds {
		if k.Type == kind {
			return k.New(config)
		}
		known = append(known, k.Type)
	}
	return nil, fmt.Errorf("%w: model_type is %q; known are %s", ErrUnknown, kind, strings.Join(known, ", "))
}
