package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Checkpoint is an open GGUF file or Hugging Face folder. Its methods may be called from several
// goroutines at once. Close it when its tensors have been read.
type Checkpoint struct {
	path    string
	format  string
	config  map[string]any
	tensors index
	files   []io.Closer
	words   tokenizer
	about   map[string]string
}

// tokenizer is what a checkpoint says about text.
type tokenizer struct {
	json         func() ([]byte, error)
	chatTemplate string
	special      map[string]string
	end          []int
}

// Open opens the checkpoint at path: a GGUF file, or a folder with config.json and safetensors (or
// with nothing but one GGUF file). Only headers are read. Errors wrap [ErrDamaged],
// [ErrUnsupported] or what the operating system said.
func Open(path string) (*Checkpoint, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open checkpoint: %w", err)
	}
	open := openGGUF
	if info.IsDir() {
		if path, open, err = insideFolder(path); err != nil {
			return nil, fmt.Errorf("open checkpoint: %w", err)
		}
	} else if strings.HasSuffix(path, ".safetensors") {
		return nil, fmt.Errorf("open checkpoint: %w", unsupported("%s holds only tensors; give the folder that has its config.json too", path))
	}
	c, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open checkpoint %s: %w", path, err)
	}
	return c, nil
}

// insideFolder decides how a folder is opened.
func insideFolder(dir string) (string, func(string) (*Checkpoint, error), error) {
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
		return dir, openFolder, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, err
	}
	var found []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".gguf") {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 0:
		return "", nil, fmt.Errorf("%s has neither a config.json nor a .gguf file", dir)
	case 1:
		return filepath.Join(dir, found[0]), openGGUF, nil
	}
	return "", nil, fmt.Errorf("%s has %d .gguf files; name one of them: %s", dir, len(found), strings.Join(found[:min(len(found), 5)], ", "))
}

// openRegular opens a file that must be an ordinary one, and tells its size. A pipe or a device in
// a model's place would hang or never end.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not an ordinary file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	if info, err = f.Stat(); err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// openGGUF opens a GGUF file.
func openGGUF(path string) (*Checkpoint, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	c, err := fromGGUF(f, size)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	c.path, c.files = path, []io.Closer{f}
	return c, nil
}

// fromGGUF makes a checkpoint of the GGUF file that r reads and that has size bytes.
func fromGGUF(r io.ReaderAt, size int64) (*Checkpoint, error) {
	g, err := parseGGUF(r, size)
	if err != nil {
		return nil, err
	}
	name, _ := g.meta["general.architecture"].(string)
	i := slices.IndexFunc(ggufArchitectures, func(a ggufArchitecture) bool { return a.name == name })
	if i < 0 {
		return nil, unsupported("architecture %.40q", name)
	}
	model, err := ggufArchitectures[i].adapt(g)
	if err != nil {
		return nil, err
	}
	tensors, err := newIndex(model.tensors)
	if err != nil {
		return nil, err
	}
	template, _ := g.meta["tokenizer.chat_template"].(string)
	vocab, _ := model.config["vocab_size"].(float64)
	return &Checkpoint{
		format: fmt.Sprintf("GGUF v%d", g.version), config: model.config, tensors: tensors, about: g.about(),
		words: tokenizer{g.tokenizerJSON, template, g.specialTokens(), g.endTokens(int(vocab))},
	}, nil
}

// about is the file's description of itself: its general.… texts, without the prefix.
func (g *ggufFile) about() map[string]string {
	about := map[string]string{}
	for key, value := range g.meta {
		if name, ok := strings.CutPrefix(key, "general."); ok {
			if text, ok := value.(string); ok {
				about[name] = text
			}
		}
	}
	return about
}

// Path is what was opened.
func (c *Checkpoint) Path() string { return c.path }

// Format says what kind of file it is, for people: "GGUF v3" or "Hugging Face folder".
func (c *Checkpoint) Format() string { return c.format }

// Config is the model's configuration as config.json says it (model_type, hidden_size, …), also
// for a GGUF file. Values are those of encoding/json: all numbers are float64. Configurations of
// newer transformers versions are given the older names too: rope_theta, rope_scaling, torch_dtype.
// The map is the caller's.
func (c *Checkpoint) Config() map[string]any { return maps.Clone(c.config) }

// About is what the file says about itself: name, license, size_label and the like. Nothing in it
// has been checked.
func (c *Checkpoint) About() map[string]string { return maps.Clone(c.about) }

// Tensors describes all tensors in the order of the file. The slice is the caller's, the shapes in
// it are not to be changed.
func (c *Checkpoint) Tensors() []Info { return c.tensors.infos() }

// Read converts a tensor to float32 and stores it in dst, whose length must be the tensor's number
// of elements. Values are exactly those that the file means, rounded once where the file is finer
// than float32.
func (c *Checkpoint) Read(name string, dst []float32) error {
	t, err := c.tensors.find(name)
	if err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	if err := t.read(dst); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	return nil
}

// TokenizerJSON is the contents of tokenizer.json; for a GGUF file it is written from the metadata.
func (c *Checkpoint) TokenizerJSON() ([]byte, error) {
	data, err := c.words.json()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.path, err)
	}
	return data, nil
}

// ChatTemplate is the Jinja template that turns a conversation into text, empty if there is none.
func (c *Checkpoint) ChatTemplate() string { return c.words.chatTemplate }

// SpecialTokens gives the text of bos_token, eos_token, pad_token and unk_token, those that exist.
func (c *Checkpoint) SpecialTokens() map[string]string { return maps.Clone(c.words.special) }

// EndTokens are the ids at which generation stops: the eos_token_id, one or several, of
// generation_config.json or else config.json; in a GGUF file the ends of text, turn and message.
func (c *Checkpoint) EndTokens() []int { return slices.Clone(c.words.end) }

// Close closes the files. Tensors cannot be read any more.
func (c *Checkpoint) Close() error {
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
