package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"workbench/models/checkpoint"
	"workbench/models/graph"
	"workbench/models/reward"
)

// Names of the files of an adapter folder, and the prefix of tensors in it, as PEFT has them.
const (
	adapterWeights = "adapter_model.safetensors"
	adapterConfig  = "adapter_config.json"
	peftPrefix     = "base_model.model."
)

// SaveAdapter writes the adapter and the head, whichever there are, into a folder that PEFT can
// load too. Numbers are kept as float32.
func (m *Model) SaveAdapter(dir string) error {
	if m.Adapter == nil && m.Head == nil {
		return fmt.Errorf("model %s has neither an adapter nor a head; export it instead", m.Name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save adapter: %w", err)
	}
	meta := map[string]string{"base": m.Base.Digest()}
	var tensors []checkpoint.Named
	add := func(s *Set) {
		for _, name := range s.Names() {
			b := s.Get(name)
			tensors = append(tensors, checkpoint.Named{Name: peftPrefix + name, Shape: b.Shape(), Data: b.Float32()})
		}
	}
	if a := m.Adapter; a != nil {
		meta["rank"], meta["alpha"] = strconv.Itoa(a.Rank), strconv.FormatFloat(a.Alpha, 'g', -1, 64)
		add(a.Set)
	}
	if m.Head != nil {
		meta["outputs"] = strconv.Itoa(m.Head.Outputs)
		add(m.Head.Set)
	}
	if err := writePEFT(filepath.Join(dir, adapterConfig), m); err != nil {
		return err
	}
	return checkpoint.WriteSafetensors(filepath.Join(dir, adapterWeights), tensors, meta)
}

// writePEFT writes what PEFT wants to know about an adapter.
func writePEFT(path string, m *Model) error {
	config := map[string]any{"peft_type": "LORA", "task_type": "CAUSAL_LM", "bias": "none", "inference_mode": true}
	if a := m.Adapter; a != nil {
		var targets []string
		for _, name := range a.On {
			short := strings.TrimSuffix(name, ".weight")
			short = short[strings.LastIndex(short, ".")+1:]
			if !slices.Contains(targets, short) {
				targets = append(targets, short)
			}
		}
		config["r"], config["lora_alpha"], config["target_modules"] = a.Rank, a.Alpha, targets
	}
	if m.Head != nil {
		config["task_type"], config["modules_to_save"] = "SEQ_CLS", []string{"score"}
	}
	data, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// LoadAdapter puts an adapter folder on a base model, which others may share and which is not trained through
// the result. An adapter that was made for other base weights is refused: it would load, and be noise.
func (m *Model) LoadAdapter(dir string) (*Model, error) {
	f, err := checkpoint.ReadSafetensors(filepath.Join(dir, adapterWeights))
	if err != nil {
		return nil, err
	}
	d, err := m.readAdapter(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("adapter %s: %w", dir, err)
	}
	d.Name = dir
	return d, nil
}

func (m *Model) readAdapter(f *checkpoint.File) (*Model, error) {
	meta := f.Metadata()
	if base := meta["base"]; base != "" && base != m.Base.Digest() {
		return nil, fmt.Errorf("it was made for base weights %.12s, model %s has %.12s; load it on the model it was trained on", base, m.Name, m.Base.Digest())
	}
	d := m.Locked()
	var made []*Model
	fail := func(err error) (*Model, error) {
		for _, x := range made {
			err = errors.Join(err, x.Close())
		}
		return nil, err
	}
	if meta["rank"] != "" {
		rank, err1 := strconv.Atoi(meta["rank"])
		alpha, err2 := strconv.ParseFloat(meta["alpha"], 64)
		if err := errors.Join(err1, err2); err != nil {
			return fail(err)
		}
		a, err := d.WithAdapter(rank, alpha, m.adapted(f), 0)
		if err != nil {
			return fail(err)
		}
		made = append(made, a)
		if err := readInto(f, a.Adapter.Set); err != nil {
			return fail(err)
		}
		d = a
	}
	if meta["outputs"] != "" {
		outputs, err := strconv.Atoi(meta["outputs"])
		if err != nil {
			return fail(err)
		}
		h, err := d.WithHead(outputs, true, 0)
		if err != nil {
			return fail(err)
		}
		made = append(made, h)
		if err := readInto(f, h.Head.Set); err != nil {
			return fail(err)
		}
		d = h
	}
	if len(made) == 0 {
		return nil, errors.New("it holds neither an adapter nor a head; was it written by workbench?")
	}
	for _, x := range made[:len(made)-1] { // the last one owns all
		d.own = append(d.own, x.own...)
		x.own = nil
	}
	return d, nil
}

// adapted says which weights the file has an adapter for.
func (m *Model) adapted(f *checkpoint.File) func(string) bool {
	have := map[string]bool{}
	for _, t := range f.Tensors() {
		have[t.Name] = true
	}
	return func(weight string) bool { return have[peftPrefix+graph.LoraA(weight)] }
}

func readInto(f *checkpoint.File, s *Set) error {
	for _, name := range s.Names() {
		if err := f.Read(peftPrefix+name, s.Get(name).Float32()); err != nil {
			return err
		}
	}
	return nil
}

// Export writes a Hugging Face folder that transformers loads, the adapter merged into the weights.
// dtype is F32 or BF16. A head is written as score.weight, as sequence classifiers have it.
func (m *Model) Export(dir, dtype string) error {
	folder := checkpoint.Folder{
		Config: m.Files.Config, TokenizerJSON: m.Files.Tokenizer, ChatTemplate: m.Files.ChatTemplate,
		Special: m.Files.Special, EndTokens: m.EOS, DType: dtype,
	}
	for _, name := range m.Base.Names() {
		b := m.Base.Get(name)
		folder.Tensors = append(folder.Tensors, checkpoint.Named{
			Name: name, Shape: b.Shape(),
			Load: func(dst []float32) error { m.merged(name, dst); return nil },
		})
	}
	if m.Head != nil {
		for _, name := range []string{reward.Weight, reward.Bias} {
			b := m.Head.Set.Get(name)
			folder.Tensors = append(folder.Tensors, checkpoint.Named{Name: name, Shape: b.Shape(), Data: b.Float32()})
		}
	}
	return checkpoint.WriteFolder(dir, folder)
}

// merged is w + alpha/rank · b·a.
func (m *Model) merged(name string, dst []float32) {
	copy(dst, m.Base.Get(name).Float32())
	a := m.Adapter
	if a == nil || !slices.Contains(a.On, name) {
		return
	}
	la, lb := a.Set.Get(graph.LoraA(name)), a.Set.Get(graph.LoraB(name))
	in, out := la.Shape()[1], lb.Shape()[0]
	scale := a.Alpha / float64(a.Rank)
	down, up := la.Float32(), lb.Float32()
	row := make([]float64, in)
	for o := range out {
		clear(row)
		for r := range a.Rank {
			f := scale * float64(up[o*a.Rank+r])
			for i := range in {
				row[i] += f * float64(down[r*in+i])
			}
		}
		for i := range in {
			dst[o*in+i] += float32(row[i])
		}
	}
}
