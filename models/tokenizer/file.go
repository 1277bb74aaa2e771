package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Bounds on what a tokenizer.json may ask for. The largest in use today have
// about 260,000 tokens in 35 MB.
const (
	maxFileBytes  = 256 << 20
	maxTokens     = 4 << 20 // ids are below this
	maxTokenBytes = 4 << 10
	maxComponents = 64 // parts of one normalizer, pre-tokenizer or decoder
	maxDepth      = 8  // of sequences within sequences
)

// ErrUnsupported is wrapped by the errors of FromJSON that name a component
// which this package does not implement.
var ErrUnsupported = errors.New("not supported")

// file is the outline of a tokenizer.json.
type file struct {
	Version       string          `json:"version"`
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Decoder       json.RawMessage `json:"decoder"`
	Model         json.RawMessage `json:"model"`
}

// pattern is {"String": "…"} or {"Regex": "…"}.
type pattern struct {
	String *string `json:"String"`
	Regex  *string `json:"Regex"`
}

// FromJSON builds a tokenizer from the contents of a tokenizer.json.
// The error says which component is malformed or unsupported.
func FromJSON(data []byte) (*Tokenizer, error) {
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("tokenizer.json: %d bytes, more than the %d that are read", len(data), maxFileBytes)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	if f.Version != "" && f.Version != "1.0" {
		return nil, fmt.Errorf("tokenizer.json: version %q: %w (1.0 is)", f.Version, ErrUnsupported)
	}
	t := new(Tokenizer)
	for _, part := range []struct {
		name  string
		raw   json.RawMessage
		build func(json.RawMessage) error
	}{
		{"model", f.Model, t.buildModel},
		{"normalizer", f.Normalizer, t.buildNormalizer},
		{"pre_tokenizer", f.PreTokenizer, t.buildPreTokenizer},
		{"decoder", f.Decoder, t.buildDecoder},
	} {
		if err := part.build(present(part.raw)); err != nil {
			return nil, fmt.Errorf("tokenizer.json: %s: %w", part.name, err)
		}
	}
	if err := t.buildAdded(f.AddedTokens); err != nil {
		return nil, fmt.Errorf("tokenizer.json: added_tokens: %w", err)
	}
	if err := t.buildPostProcessor(present(f.PostProcessor)); err != nil {
		return nil, fmt.Errorf("tokenizer.json: post_processor: %w", err)
	}
	return t, nil
}

// present maps a JSON null to nil, so that absent and null read alike.
func present(raw json.RawMessage) json.RawMessage {
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil
	}
	return raw
}

// typeOf reads the "type" that every component carries.
func typeOf(raw json.RawMessage) (string, error) {
	var tagged struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &tagged); err != nil {
		return "", err
	}
	if tagged.Type == "" {
		return "", errors.New(`a component has no "type"`)
	}
	return tagged.Type, nil
}

// flatten opens Sequence components, whose parts stand under the given key,
// into the list of their leaves in order.
func flatten(raw json.RawMessage, key string) ([]json.RawMessage, error) {
	return flattenInto(nil, raw, key, 0)
}

func flattenInto(leaves []json.RawMessage, raw json.RawMessage, key string, depth int) ([]json.RawMessage, error) {
	if raw == nil {
		return leaves, nil
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("sequences are nested deeper than %d", maxDepth)
	}
	kind, err := typeOf(raw)
	if err != nil {
		return nil, err
	}
	if kind != "Sequence" {
		if len(leaves) >= maxComponents {
			return nil, fmt.Errorf("more than %d components", maxComponents)
		}
		return append(leaves, raw), nil
	}
	var sequence map[string]json.RawMessage
	if err := json.Unmarshal(raw, &sequence); err != nil {
		return nil, err
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(sequence[key], &parts); err != nil {
		return nil, fmt.Errorf("%s of a Sequence: %w", key, err)
	}
	for _, part := range parts {
		if leaves, err = flattenInto(leaves, part, key, depth+1); err != nil {
			return nil, err
		}
	}
	return leaves, nil
}
