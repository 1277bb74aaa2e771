package weights

import (
	"errors"
	"fmt"

	"workbench/models"
	"workbench/models/checkpoint"
	"workbench/models/tokenizer"
)

// Open reads a GGUF file or a Hugging Face folder into memory. The model is called by its path until
// the caller names it.
func Open(path string) (*Model, error) {
	c, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := read(c)
	if err = errors.Join(err, c.Close()); err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	m.Name = path
	return m, nil
}

func read(c *checkpoint.Checkpoint) (*Model, error) {
	m := &Model{EOS: c.EndTokens(), trained: part{base: true}}
	m.Files = Files{Config: c.Config(), ChatTemplate: c.ChatTemplate(), Special: c.SpecialTokens()}
	var err error
	if m.Arch, err = models.New(m.Files.Config); err != nil {
		return nil, err
	}
	if m.Files.Tokenizer, err = c.TokenizerJSON(); err != nil {
		return nil, err
	}
	if m.Tokenizer, err = tokenizer.FromJSON(m.Files.Tokenizer); err != nil {
		return nil, err
	}
	if have, rows := m.Tokenizer.Vocab(), m.Arch.Sizes().Vocab; have > rows {
		return nil, fmt.Errorf("the tokenizer has %d tokens, the embedding %d rows", have, rows)
	}
	if m.Files.ChatTemplate != "" {
		if m.Chat, err = tokenizer.NewChatTemplate(m.Files.ChatTemplate, m.Files.Special); err != nil {
			return nil, err
		}
	}
	m.Base, err = readSet(c, m.Arch)
	if err != nil {
		return nil, err
	}
	m.own = []*Set{m.Base}
	return m, nil
}

// readSet checks that the checkpoint holds every weight in its shape before it makes room for them.
func readSet(c *checkpoint.Checkpoint, arch models.Architecture) (*Set, error) {
	stored := map[string]checkpoint.Info{}
	for _, t := range c.Tensors() {
		stored[t.Name] = t
	}
	specs := arch.Params()
	for _, s := range specs {
		t, ok := stored[s.Name]
		if !ok {
			return nil, fmt.Errorf("the checkpoint has no tensor %s, which its config asks for", s.Name)
		}
		if fmt.Sprint(t.Shape) != fmt.Sprint(s.Shape) {
			return nil, fmt.Errorf("tensor %s has shape %v, its config asks for %v", s.Name, t.Shape, s.Shape)
		}
	}
	set, err := NewSet(specs)
	if err != nil {
		return nil, err
	}
	for _, s := range specs {
		if err := c.Read(s.Name, set.Get(s.Name).Float32()); err != nil {
			return nil, errors.Join(err, set.Close())
		}
	}
	return set, nil
}
