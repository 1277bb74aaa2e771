package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"workbench/embed/manifest"
)

// somePart packs contents the way embed/pack does and finds the part again.
func somePart(contents []byte) *Part {
	part, err := single(packedFolder(contents), "model", "language model")
	if err != nil {
		panic(err) // the folder was made two lines above
	}
	return part
}

func packedFolder(contents []byte) fstest.MapFS {
	sum := sha256.Sum256(contents)
	note, err := json.Marshal(manifest.Manifest{
		Name: "toy.gguf", Version: "1", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(contents)), Licence: "MIT",
		Texts: []string{"LICENSE"},
	})
	if err != nil {
		panic(err) // strings and numbers can be encoded
	}
	return fstest.MapFS{
		"model/placeholder.zst":   {},
		"model/toy.gguf.zst":      {Data: pack(contents)},
		"model/LICENSE.zst":       {Data: pack([]byte("do as you like\n"))},
		"model/manifest.json.zst": {Data: pack(note)},
	}
}

func pack(contents []byte) []byte {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err) // there are no options to get wrong
	}
	defer encoder.Close()
	return encoder.EncodeAll(contents, nil)
}

// noise is n bytes that zstd cannot shorten, the same for the same seed.
func noise(n int, seed byte) []byte {
	contents := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(contents) // never fails
	return contents
}

// mustExtract extracts and compares what lies on disk.
func mustExtract(t *testing.T, p *Part, cache string, want []byte) string {
	t.Helper()
	path, err := p.Extract(t.Context(), cache)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s holds %d bytes (%v), want the %d that were packed", path, len(got), err, len(want))
	}
	return path
}

func TestExtract(t *testing.T) {
	contents, cache := noise(1<<20, 1), t.TempDir()
	part := somePart(contents)
	path := mustExtract(t, part, cache, contents)
	if want := filepath.Join(cache, part.SHA256, "toy.gguf"); path != want {
		t.Errorf("extracted to %s, want %s", path, want)
	}
	before := inode(t, path)
	if mustExtract(t, part, cache, contents); inode(t, path) != before {
		t.Error("a second call replaced the file, want it left alone")
	}
	if left, _ := filepath.Glob(filepath.Join(cache, part.SHA256, ".*partial*")); left != nil {
		t.Errorf("temporary files are left: %v", left)
	}
}

func inode(t *testing.T, path string) any {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return stamped{info.ModTime().UnixNano(), info.Size()}
}

type stamped struct{ modified, size int64 }

// TestDamageIsRepaired damages a cached file in each way that a disk, a crash or a person can.
func TestDamageIsRepaired(t *testing.T) {
	contents := noise(300_000, 2)
	part := somePart(contents)
	for name, damage := range map[string]func(path string) error{
		"truncated":        func(path string) error { return os.Truncate(path, 1000) },
		"empty":            func(path string) error { return os.Truncate(path, 0) },
		"longer":           func(path string) error { return os.WriteFile(path, append(slices.Clone(contents), 'x'), 0o644) },
		"one bit":          func(path string) error { return flipBit(path, 150_000) },
		"removed":          os.Remove,
		"without stamp":    func(path string) error { return os.Remove(stampPath(path)) },
		"stamp is rubbish": func(path string) error { return os.WriteFile(stampPath(path), []byte("fine"), 0o644) },
		"one bit, times set back": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return errors.Join(flipBit(path, 7), os.Chtimes(path, info.ModTime(), info.ModTime()))
		},
		"replaced by a copy of the same size": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, make([]byte, len(contents)), 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			path := mustExtract(t, part, cache, contents)
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			mustExtract(t, part, cache, contents)
			if !part.files[0].stamped(path) {
				t.Error("the repaired file has no stamp, so every start would hash it again")
			}
		})
	}
}

func flipBit(path string, at int64) error {
	opened, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	one := make([]byte, 1)
	_, err = opened.ReadAt(one, at)
	one[0] ^= 1
	_, werr := opened.WriteAt(one, at)
	return errors.Join(err, werr, opened.Close())
}

func TestLeftoversOfKilledProcessesAreRemoved(t *testing.T) {
	contents, cache := noise(1000, 3), t.TempDir()
	part := somePart(contents)
	dir := filepath.Join(cache, part.SHA256)
	left := filepath.Join(dir, partialPrefix("toy.gguf")+"123")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(left, contents[:10], 0o644)); err != nil {
		t.Fatal(err)
	}
	mustExtract(t, part, cache, contents)
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v), want it removed", left, err)
	}
}

func TestGoroutinesRace(t *testing.T) {
	contents, cache := noise(2<<20, 4), t.TempDir()
	part := somePart(contents)
	var all sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		all.Go(func() {
			path, err := part.Extract(t.Context(), cache)
			if err == nil && !part.files[0].intact(path) {
				err = errors.New("saw a file that is not whole")
			}
			errs[i] = err
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

func TestDamagedBinaryIsRefused(t *testing.T) {
	contents := noise(5000, 5)
	for name, spoil := range map[string]func(fstest.MapFS){
		"other contents": func(m fstest.MapFS) { m["model/toy.gguf.zst"].Data = pack(noise(5000, 6)) },
		"cut":            func(m fstest.MapFS) { m["model/toy.gguf.zst"].Data = m["model/toy.gguf.zst"].Data[:2000] },
		"gone":           func(m fstest.MapFS) { delete(m, "model/toy.gguf.zst") },
	} {
		folder, cache := packedFolder(contents), t.TempDir()
		spoil(folder)
		part, err := single(folder, "model", "language model")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Extract(t.Context(), cache); err == nil || !strings.Contains(err.Error(), "toy.gguf") {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(cache, part.SHA256, "*toy*")); left != nil {
			t.Errorf("%s: left %v in the cache, want nothing", name, left)
		}
	}
}

func TestExtractStopsWithItsContext(t *testing.T) {
	part, cache := somePart(noise(1<<20, 7)), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := part.Extract(ctx, cache); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v, want context.Canceled", err)
	}
	// The same while another process holds the lock.
	dir := filepath.Join(cache, part.SHA256)
	unlock, err := lock(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := part.Extract(ctx, cache); !errors.Is(err, context.Canceled) {
		t.Errorf("while waiting for the lock: %v, want context.Canceled", err)
	}
}

func TestReadOnlyCache(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere: run the tests as an ordinary user to see this one")
	}
	contents, cache := noise(1000, 8), t.TempDir()
	part := somePart(contents)
	path := mustExtract(t, part, cache, contents)
	dir := filepath.Dir(path)
	if err := errors.Join(os.Remove(stampPath(path)), os.Remove(filepath.Join(dir, ".lock")), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chmod(dir, 0o755); err != nil { // so that the folder can be removed
			t.Error(err)
		}
	})
	mustExtract(t, part, cache, contents)
}

func TestUnwritableCacheSaysWhatToDo(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := somePart(noise(10, 9)).Extract(t.Context(), blocked); err == nil || !strings.Contains(err.Error(), "WORKBENCH_CACHE") {
		t.Errorf("cache below a file: %v, want an error that names WORKBENCH_CACHE", err)
	}
}

func TestCacheRoot(t *testing.T) {
	t.Setenv("WORKBENCH_CACHE", "/from/env")
	if got, err := cacheRoot("/chosen"); got != "/chosen" || err != nil {
		t.Errorf("cacheRoot(/chosen) = %s, %v", got, err)
	}
	if got, err := cacheRoot(""); got != "/from/env" || err != nil {
		t.Errorf("with WORKBENCH_CACHE: %s, %v, want /from/env", got, err)
	}
	t.Setenv("WORKBENCH_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/user/cache")
	if got, err := cacheRoot(""); got != "/user/cache/workbench" || err != nil {
		t.Errorf("without: %s, %v, want /user/cache/workbench", got, err)
	}
}
