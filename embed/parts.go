package embed

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"workbench/embed/manifest"
)

// Only packed files are taken, so that the unpacked ones which tests use can lie beside them.
//
//go:embed runtime/*.zst model/*.zst licenses/*.zst all:reward
var carried embed.FS

// ErrNotCarried is wrapped by the errors that say that this binary was built without a part.
var ErrNotCarried = errors.New("run make build")

// Part is one thing that the binary carries: a file, or a small folder of files.
type Part struct {
	Kind    string // "runtime library", "language model" or "reward model"
	Name    string // of the file, or of the folder
	Version string // of the distribution it was taken from; empty for what is our own
	SHA256  string // of the file; of a folder, see [folderSum]
	Size    int64  // bytes when unpacked
	Licence string // SPDX identifier
	Source  string // where it came from, for people

	files  []file
	folder bool
}

// file is one file of a part.
type file struct {
	name   string // in the cache
	sha256 string // of the unpacked contents
	size   int64  // of the unpacked contents
	open   func() (io.ReadCloser, error)
}

// Lookup finds a part of the given kind, or says why it is not there.
type Lookup struct {
	Kind string
	Find func() (*Part, error)
}

// Parts lists everything that a complete binary carries.
func Parts() []Lookup {
	return []Lookup{
		{"runtime library", Runtime},
		{"language model", Model},
		{"reward model", Reward},
	}
}

// Runtime is ONNX Runtime's shared library. The error wraps [ErrNotCarried] when it is not there.
func Runtime() (*Part, error) { return single(carried, "runtime", "runtime library") }

// Model is the language model, a GGUF file. The error wraps [ErrNotCarried] when it is not there.
func Model() (*Part, error) { return single(carried, "model", "language model") }

// Reward is the reward adapter that belongs to [Model]: a folder with adapter_model.safetensors and its
// card.json. The error wraps [ErrNotCarried] when it is not there.
func Reward() (*Part, error) { return reward(carried) }

// single reads the manifest of a folder that holds one packed file.
func single(from fs.FS, folder, kind string) (*Part, error) {
	note, err := unpack(from, path.Join(folder, manifest.File))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notCarried(kind)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	m, err := manifest.Parse(note)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	open := func() (io.ReadCloser, error) { return openPacked(from, path.Join(folder, m.Name+".zst")) }
	return &Part{
		Kind: kind, Name: m.Name, Version: m.Version, SHA256: m.SHA256, Size: m.Size,
		Licence: m.Licence, Source: m.Source,
		files: []file{{m.Name, m.SHA256, m.Size, open}},
	}, nil
}

// The folder of the reward adapter, and the files without which it counts as empty.
const (
	rewardFolder = "reward"
	adapterFile  = "adapter_model.safetensors"
	cardFile     = "card.json"
)

// reward describes the reward adapter, whose small files are carried as they are.
func reward(from fs.FS) (*Part, error) {
	const kind = "reward model"
	entries, err := fs.ReadDir(from, rewardFolder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	p := &Part{Kind: kind, Name: rewardFolder, folder: true, Source: "trained with workbench's own reward recipe"}
	for _, entry := range entries {
		if entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		data, err := fs.ReadFile(from, path.Join(rewardFolder, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		sum := sha256.Sum256(data)
		open := func() (io.ReadCloser, error) { return from.Open(path.Join(rewardFolder, entry.Name())) }
		p.files = append(p.files, file{entry.Name(), hex.EncodeToString(sum[:]), int64(len(data)), open})
		p.Size += int64(len(data))
	}
	card, err := fs.ReadFile(from, path.Join(rewardFolder, cardFile))
	if err != nil || !p.has(adapterFile) {
		return nil, absent{kind, "train one with workbench run reward, and name it with --model"}
	}
	p.SHA256 = folderSum(p.files)
	return p, p.describe(card)
}

func (p *Part) has(name string) bool {
	for _, f := range p.files {
		if f.name == name {
			return true
		}
	}
	return false
}

// describe takes from a model card what it says about name, version and licence.
func (p *Part) describe(card []byte) error {
	var said struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		License string `json:"license"`
		Licence string `json:"licence"`
	}
	if err := json.Unmarshal(card, &said); err != nil {
		return fmt.Errorf("%s: %s: %w", p.Kind, cardFile, err)
	}
	if said.Name != "" {
		p.Name = said.Name
	}
	p.Version, p.Licence = said.Version, said.License+said.Licence
	return nil
}

// folderSum names the contents of a folder: the SHA-256 of its files' "sum  name" lines in order.
func folderSum(files []file) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s  %s\n", f.sha256, f.name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func notCarried(kind string) error { return absent{kind, ErrNotCarried.Error()} }

// absent is an [ErrNotCarried] that says what the binary lacks and what to do about it.
type absent struct{ kind, advice string }

// Error says both.
func (a absent) Error() string { return "this binary carries no " + a.kind + ": " + a.advice }

// Is makes it an [ErrNotCarried].
func (a absent) Is(target error) bool { return target == ErrNotCarried }

// openPacked opens a zstd file for reading what is in it, as a stream.
func openPacked(from fs.FS, name string) (io.ReadCloser, error) {
	packed, err := from.Open(name)
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(packed)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), packed.Close())
	}
	return unpacking{decoder.IOReadCloser(), packed}, nil
}

// unpacking closes both the decoder and the file under it.
type unpacking struct {
	io.ReadCloser
	packed io.Closer
}

func (u unpacking) Close() error { return errors.Join(u.ReadCloser.Close(), u.packed.Close()) }

// unpack returns the whole contents of a small zstd file.
func unpack(from fs.FS, name string) ([]byte, error) {
	reader, err := openPacked(from, name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(reader)
	if err := errors.Join(err, reader.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
