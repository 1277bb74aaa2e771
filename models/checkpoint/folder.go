package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The files of a Hugging Face folder.
const (
	configFile           = "config.json"
	weightsFile          = "model.safetensors"
	weightsIndexFile     = "model.safetensors.index.json"
	tokenizerJSONFile    = "tokenizer.json"
	tokenizerConfigFile  = "tokenizer_config.json"
	specialTokensFile    = "special_tokens_map.json"
	chatTemplateFile     = "chat_template.jinja"
	generationConfigFile = "generation_config.json"
)

// maxJSON bounds the JSON files that are decoded whole, in bytes: decoded, they may take some
// thirty times as much memory.
const maxJSON = 16 << 20

// openFolder opens a Hugging Face folder.
func openFolder(dir string) (*Checkpoint, error) {
	config := map[string]any{}
	if err := readJSON(dir, configFile, &config); err != nil {
		return nil, err
	}
	words, err := folderTokenizer(dir, config)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{path: dir, format: "Hugging Face folder", config: olderNames(config), words: words, about: map[string]string{}}
	if err := c.openShards(dir); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// olderNames adds what transformers 5 renamed under the names that every version reads.
func olderNames(config map[string]any) map[string]any {
	old := maps.Clone(config)
	keep := func(key string, value any) {
		if _, there := old[key]; !there && value != nil {
			old[key] = value
		}
	}
	keep("torch_dtype", config["dtype"])
	if rope, ok := config["rope_parameters"].(map[string]any); ok {
		keep("rope_theta", rope["rope_theta"])
		if kind := rope["rope_type"]; kind != nil && kind != "default" {
			keep("rope_scaling", rope)
		}
	}
	return old
}

// openShards opens the folder's safetensors files and gathers their tensors.
func (c *Checkpoint) openShards(dir string) error {
	where := map[string]string{}
	shards := []string{weightsFile}
	if _, err := os.Stat(filepath.Join(dir, weightsFile)); errors.Is(err, fs.ErrNotExist) {
		if where, err = readShardIndex(dir); err != nil {
			return err
		}
		shards = slices.Compact(slices.Sorted(maps.Values(where)))
	}
	var all []*tensor
	for _, shard := range shards {
		f, err := ReadSafetensors(filepath.Join(dir, shard))
		if err != nil {
			return err
		}
		c.files = append(c.files, f)
		maps.Copy(c.about, f.metadata)
		for _, t := range f.tensors.list {
			// Without an index every tensor counts; with one, those that it places here.
			if home, ok := where[t.Name]; len(where) == 0 || ok && home == shard {
				all = append(all, t)
				delete(where, t.Name)
			}
		}
	}
	for name, shard := range where {
		return damaged("%s says that tensor %.100q is in %s, and it is not", weightsIndexFile, name, shard)
	}
	var err error
	c.tensors, err = newIndex(all)
	return err
}

// readShardIndex says in which file each tensor lies. The names of files are those of neighbours.
func readShardIndex(dir string) (map[string]string, error) {
	var file struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	err := readJSON(dir, weightsIndexFile, &file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, explainMissingWeights(dir)
	}
	if err != nil {
		return nil, err
	}
	if len(file.WeightMap) == 0 {
		return nil, damaged("%s has no weight_map", weightsIndexFile)
	}
	for _, shard := range file.WeightMap {
		if strings.ContainsAny(shard, `/\:`) || !filepath.IsLocal(shard) || !strings.HasSuffix(shard, ".safetensors") {
			return nil, damaged("%s names the file %.100q; only safetensors files in the same folder are read", weightsIndexFile, shard)
		}
	}
	return file.WeightMap, nil
}

// explainMissingWeights says what to do about a folder without safetensors.
func explainMissingWeights(dir string) error {
	pickled, _ := filepath.Glob(filepath.Join(dir, "pytorch_model*.bin"))
	if len(pickled) > 0 {
		return unsupported("the weights are pickled (%s), a format that runs code when it is read; save the model again with safe_serialization=True", filepath.Base(pickled[0]))
	}
	return fmt.Errorf("neither %s nor %s is in the folder: %w", weightsFile, weightsIndexFile, fs.ErrNotExist)
}

// readJSON decodes a file of the folder.
func readJSON(dir, name string, into any) error {
	data, err := readWhole(filepath.Join(dir, name), maxJSON)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return damaged("%s: %v", name, err)
	}
	return nil
}

// readIfThere is readJSON for a file that may be missing.
func readIfThere(dir, name string, into any) error {
	if err := readJSON(dir, name, into); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// readWhole reads an ordinary file of at most limit bytes.
func readWhole(path string, limit int64) ([]byte, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read from
	if size > limit {
		return nil, unsupported("%s has %d bytes; more than %d are not believed", filepath.Base(path), size, limit)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}
