package checkpoint

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
)

// Folder is a model to be written as a Hugging Face folder.
type Folder struct {
	Config        map[string]any    // what config.json says; model_type must be there
	Tensors       []Named           // floating-point tensors by Hugging Face's names
	TokenizerJSON []byte            // the contents of tokenizer.json; without it no tokenizer is written
	ChatTemplate  string            // Jinja
	Special       map[string]string // bos_token, eos_token, pad_token, unk_token: their texts
	EndTokens     []int             // where generation stops; config's eos_token_id if there are none
	DType         string            // F32, or BF16 for half the size; empty is F32
	ShardBytes    int64             // a file of weights grows no larger, in bytes; 0 is DefaultShardBytes
}

// DefaultShardBytes is how large a file of weights grows, the limit of transformers up to version 4.
const DefaultShardBytes = 5_000_000_000

// Folder gathers all of the checkpoint for [WriteFolder], whose tensors are then read one by one,
// while they are written: the checkpoint must stay open until then.
func (c *Checkpoint) Folder() (Folder, error) {
	words, err := c.TokenizerJSON()
	if err != nil {
		return Folder{}, err
	}
	f := Folder{
		Config: c.Config(), TokenizerJSON: words, ChatTemplate: c.ChatTemplate(),
		Special: c.SpecialTokens(), EndTokens: c.EndTokens(),
	}
	for _, t := range c.Tensors() {
		load := func(dst []float32) error { return c.Read(t.Name, dst) }
		f.Tensors = append(f.Tensors, Named{Name: t.Name, Shape: t.Shape, Load: load})
	}
	return f, nil
}

// WriteFolder writes a folder that transformers loads with AutoModelForCausalLM and AutoTokenizer:
// config.json, generation_config.json, model.safetensors (or shards with an index), tokenizer.json,
// tokenizer_config.json with the chat template, and special_tokens_map.json. The folder appears
// complete and on the disk or not at all. Dir must not exist or be empty; its parents are made.
func WriteFolder(dir string, f Folder) error {
	files, err := f.plan()
	if err == nil {
		err = createFolder(dir, func(partial string) error {
			for _, file := range files {
				if err := createFile(filepath.Join(partial, file.name), file.write); err != nil {
					return fmt.Errorf("%s: %w", file.name, err)
				}
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("write checkpoint %s: %w", dir, err)
	}
	return nil
}

// plannedFile is a file of the folder, known to be sound before the first is written.
type plannedFile struct {
	name  string
	write func(io.Writer) error
}

func (f Folder) plan() ([]plannedFile, error) {
	if f.DType == "" {
		f.DType = "F32"
	}
	if f.DType != "F32" && f.DType != "BF16" {
		return nil, fmt.Errorf("weights are written as F32 or BF16, not as %q", f.DType)
	}
	if kind, _ := f.Config["model_type"].(string); kind == "" {
		return nil, fmt.Errorf("the configuration has no model_type, and transformers would not know the model")
	}
	weights, err := f.weightFiles()
	if err != nil {
		return nil, err
	}
	words, err := f.tokenizerFiles()
	if err != nil {
		return nil, err
	}
	return slices.Concat([]plannedFile{
		jsonFile(configFile, f.configJSON()),
		jsonFile(generationConfigFile, f.generationJSON()),
	}, words, weights), nil
}

// jsonFile plans a file of indented JSON with a newline at its end.
func jsonFile(name string, value any) plannedFile {
	return plannedFile{name, func(w io.Writer) error {
		data, err := marshalPlain(value, "  ")
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}}
}

// configJSON is the configuration with the dtype that the weights really have.
func (f Folder) configJSON() map[string]any {
	config := maps.Clone(f.Config)
	config["torch_dtype"] = map[string]string{"F32": "float32", "BF16": "bfloat16"}[f.DType]
	if _, newer := config["dtype"]; newer {
		config["dtype"] = config["torch_dtype"]
	}
	// A model that is quantised no longer is one after it has been written in full.
	delete(config, "quantization_config")
	return config
}

// generationJSON says where generation begins and ends.
func (f Folder) generationJSON() map[string]any {
	generation := map[string]any{}
	for _, key := range []string{"bos_token_id", "eos_token_id", "pad_token_id"} {
		if id := f.Config[key]; id != nil {
			generation[key] = id
		}
	}
	switch len(f.EndTokens) {
	case 0:
	case 1:
		generation["eos_token_id"] = f.EndTokens[0]
	default:
		generation["eos_token_id"] = f.EndTokens
	}
	return generation
}

// tokenizerFiles plans the tokenizer's three files.
func (f Folder) tokenizerFiles() ([]plannedFile, error) {
	if len(f.TokenizerJSON) == 0 {
		return nil, nil
	}
	if !json.Valid(f.TokenizerJSON) {
		return nil, fmt.Errorf("the tokenizer given is not JSON")
	}
	settings := map[string]any{
		"tokenizer_class":              "PreTrainedTokenizerFast",
		"clean_up_tokenization_spaces": false, // it would alter what is decoded
	}
	special := map[string]string{}
	for _, name := range specialNames {
		if text := f.Special[name]; text != "" {
			settings[name], special[name] = text, text
		}
	}
	if f.ChatTemplate != "" {
		settings["chat_template"] = f.ChatTemplate
	}
	if limit := f.Config["max_position_embeddings"]; limit != nil {
		settings["model_max_length"] = limit
	}
	return []plannedFile{
		{tokenizerJSONFile, func(w io.Writer) error { _, err := w.Write(f.TokenizerJSON); return err }},
		jsonFile(tokenizerConfigFile, settings),
		jsonFile(specialTokensFile, special),
	}, nil
}

// weightFiles plans the safetensors files, and their index where there are several.
func (f Folder) weightFiles() ([]plannedFile, error) {
	all, err := planSafetensors(f.Tensors, f.DType, nil)
	if err != nil {
		return nil, err
	}
	if len(all.tensors) == 0 {
		return nil, fmt.Errorf("the model has no tensors")
	}
	shards := f.shards(all.tensors)
	if len(shards) == 1 {
		file, err := f.weightFile(weightsFile, shards[0])
		return []plannedFile{file}, err
	}
	var files []plannedFile
	place, total := map[string]string{}, int64(0)
	for i, shard := range shards {
		file, err := f.weightFile(fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, len(shards)), shard)
		if err != nil {
			return nil, err
		}
		for _, t := range shard {
			place[t.Name], total = file.name, total+t.bytes
		}
		files = append(files, file)
	}
	index := map[string]any{"metadata": map[string]any{"total_size": total}, "weight_map": place}
	return append(files, jsonFile(weightsIndexFile, index)), nil
}

// shards cuts tensors, in order, into runs that do not exceed the limit, one tensor at least.
func (f Folder) shards(tensors []plannedTensor) [][]plannedTensor {
	limit := f.ShardBytes
	if limit <= 0 {
		limit = DefaultShardBytes
	}
	var shards [][]plannedTensor
	size := int64(0)
	for _, t := range tensors {
		if len(shards) == 0 || size+t.bytes > limit {
			shards, size = append(shards, nil), 0
		}
		shards[len(shards)-1] = append(shards[len(shards)-1], t)
		size += t.bytes
	}
	return shards
}

// weightFile plans one safetensors file. Transformers wants to be told that the tensors are "pt",
// which is to say that a linear weight is [out, in].
func (f Folder) weightFile(name string, tensors []plannedTensor) (plannedFile, error) {
	named := make([]Named, len(tensors))
	for i, t := range tensors {
		named[i] = t.Named
	}
	plan, err := planSafetensors(named, f.DType, map[string]string{"format": "pt"})
	return plannedFile{name, plan.write}, err
}
