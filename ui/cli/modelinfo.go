package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/engine/weights"
	"workbench/models/checkpoint"
	"workbench/storage"
)

// about is what `workbench model info` says.
type about struct {
	Name        string            `json:"name"`
	Kind        storage.ModelKind `json:"kind"`
	Path        string            `json:"path"`
	DiskBytes   int64             `json:"disk_bytes"`
	Base        string            `json:"base,omitempty"` // what an adapter lies on
	Config      map[string]any    `json:"config"`
	Params      int64             `json:"params"`         // of the base
	Stored      map[string]int    `json:"stored"`         // tensors of the base by type of number
	Trained     int64             `json:"trained_params"` // of adapter and head
	Rank        int               `json:"adapter_rank,omitempty"`
	Outputs     int               `json:"head_outputs,omitempty"`
	Bytes       int64             `json:"memory_bytes"` // as float32
	Positions   int               `json:"positions"`
	Tokens      int               `json:"tokenizer_tokens"`
	Special     map[string]string `json:"special_tokens"`
	EndTokens   []string          `json:"end_tokens"`
	HasTemplate bool              `json:"has_chat_template"`
	Template    string            `json:"chat_template,omitempty"`
	Digest      string            `json:"digest"` // of the weights
	History     []storage.Model   `json:"history,omitempty"`
}

func modelInfoCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "info",
		Usage:     "say what a model is: configuration, size, tokenizer, digest, where it came from",
		ArgsUsage: "[NAME]",
		Action: func(c *cli.Context) error {
			name := c.Args().First()
			if c.NArg() > 1 {
				_, err := arguments(c, "NAME")
				return err
			}
			return a.withEngine(c.Context, false, func(e *engine) error {
				m, err := e.about(c.Context, name)
				if err != nil {
					return err
				}
				return a.answer(m, m.write)
			})
		},
	}
}

func (e *engine) about(ctx context.Context, name string) (about, error) {
	at, err := e.find(ctx, name)
	if err != nil {
		return about{}, err
	}
	m, err := e.Open(ctx, name)
	if err != nil {
		return about{}, err
	}
	v := describe(m)
	v.Name, v.Path, v.Base = at.name, at.path, at.base
	switch {
	case len(at.history) > 0:
		v.History = at.history
	case at.record != nil && e.store != nil:
		v.History, err = e.store.ModelHistory(at.record.Name)
	}
	size, err2 := diskBytes(at.path)
	v.DiskBytes = size
	under := at
	if at.adapter() {
		var err3 error
		under, err3 = e.findBase(ctx, at)
		v.Base = under.name
		err2 = errors.Join(err2, err3)
	}
	stored, err4 := storedTypes(under.path)
	v.Stored = stored
	return v, errors.Join(err, err2, err4, m.Close())
}

// describe is what a model in memory says about itself.
func describe(m *weights.Model) about {
	v := about{
		Kind: kindOfModel(m), Config: m.Files.Config, Params: m.Base.Bytes() / 4, Bytes: m.Bytes(), Trained: (m.Bytes() - m.Base.Bytes()) / 4,
		Positions: m.Arch.Sizes().Positions, Special: m.Files.Special, HasTemplate: m.Chat != nil, Template: m.Files.ChatTemplate,
		Digest: m.Digest(),
	}
	if m.Adapter != nil {
		v.Rank = m.Adapter.Rank
	}
	if m.Head != nil {
		v.Outputs = m.Head.Outputs
	}
	if m.Tokenizer != nil {
		v.Tokens = m.Tokenizer.Vocab()
		for _, id := range m.EOS {
			v.EndTokens = append(v.EndTokens, m.Tokenizer.Token(id))
		}
	}
	return v
}

// storedTypes counts the tensors of a checkpoint by how their numbers are stored.
func storedTypes(path string) (map[string]int, error) {
	c, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	types := map[string]int{}
	for _, t := range c.Tensors() {
		types[t.DType]++
	}
	return types, c.Close()
}

func kindOfModel(m *weights.Model) storage.ModelKind {
	switch {
	case m.Head != nil:
		return storage.RewardModel
	case m.Adapter != nil:
		return storage.AdapterModel
	}
	return storage.BaseModel
}

func (v about) write(w io.Writer) {
	fmt.Fprintf(w, "%s (%s)\n", v.Name, v.Kind)
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-14s %s\n", label, fmt.Sprintf(format, args...))
	}
	line("path", "%s (%s)", v.Path, megabytes(v.DiskBytes))
	if v.Base != "" {
		line("on", "%s", v.Base)
	}
	line("parameters", "%.2f million, %s in memory", float64(v.Params)/1e6, megabytes(v.Bytes))
	if v.Trained > 0 {
		line("trained", "%.2f million (adapter of rank %d, head of %d outputs)", float64(v.Trained)/1e6, v.Rank, v.Outputs)
	}
	var types []string
	for _, kind := range slices.Sorted(maps.Keys(v.Stored)) {
		types = append(types, fmt.Sprintf("%d × %s", v.Stored[kind], kind))
	}
	line("stored as", "%s", strings.Join(types, ", "))
	line("longest", "%d tokens", v.Positions)
	line("tokenizer", "%d tokens; a response ends with %s", v.Tokens, strings.Join(v.EndTokens, " or "))
	for _, name := range slices.Sorted(maps.Keys(v.Special)) {
		line(name, "%s", v.Special[name])
	}
	line("chat template", "%s", map[bool]string{true: "yes (--json prints it)", false: "none"}[v.HasTemplate])
	line("digest", "%s", v.Digest)
	for _, r := range v.History {
		from := r.Created.Format("2006-01-02 15:04")
		if r.FromRun != "" {
			from += ", by run " + r.FromRun
		}
		line(fmt.Sprintf("version %d", r.Version), "%.12s, %s", r.Digest, from)
	}
	fmt.Fprintln(w, "  configuration")
	for _, key := range slices.Sorted(maps.Keys(v.Config)) {
		fmt.Fprintf(w, "    %s: %v\n", key, v.Config[key])
	}
}
