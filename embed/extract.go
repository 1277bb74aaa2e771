package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Extract makes sure that the part lies unpacked in the cache and returns the path of its file, or
// of its folder. An empty cacheDir means $WORKBENCH_CACHE, or else "workbench" in the user's cache.
//
// Contents are verified by SHA-256 while they are unpacked, and again whenever the file on disk is
// not the very one that was verified (see [stamp]); a truncated or altered file is replaced. Any
// number of goroutines and processes may call it at once: one unpacks, the others wait for it.
// A call that finds everything in place costs a few system calls.
func (p *Part) Extract(ctx context.Context, cacheDir string) (string, error) {
	dir, err := p.extract(ctx, cacheDir)
	if err != nil {
		return "", fmt.Errorf("unpack the %s (%d MB): %w", p.Kind, p.Size>>20, err)
	}
	if p.folder {
		return dir, nil
	}
	return filepath.Join(dir, p.files[0].name), nil
}

func (p *Part) extract(ctx context.Context, cacheDir string) (string, error) {
	root, err := cacheRoot(cacheDir)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, p.SHA256)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("%w: set WORKBENCH_CACHE to a folder that can be written", err)
	}
	for _, f := range p.files {
		if err := f.place(ctx, dir); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// cacheRoot is the folder that holds one folder for each content.
func cacheRoot(chosen string) (string, error) {
	if chosen == "" {
		chosen = os.Getenv("WORKBENCH_CACHE")
	}
	if chosen == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("%w: set WORKBENCH_CACHE to a folder that can be written", err)
		}
		chosen = filepath.Join(user, "workbench")
	}
	return filepath.Abs(chosen)
}

// place makes sure that one file lies in dir, verified.
func (f file) place(ctx context.Context, dir string) error {
	target := filepath.Join(dir, f.name)
	if f.stamped(target) {
		return nil
	}
	unlock, err := lock(ctx, dir)
	if err != nil {
		// A cache that was filled by somebody else may be read-only; what is in it can still be right.
		if ctx.Err() == nil && f.intact(target) {
			return nil
		}
		return err
	}
	defer unlock()
	if f.stamped(target) {
		return nil // another process unpacked it while this one waited
	}
	if !f.intact(target) {
		removePartial(dir, f.name)
		if err := f.write(ctx, target); err != nil {
			return err
		}
	}
	return f.stamp(target)
}

// intact reports whether the file at path has exactly the contents wanted, by hashing it.
func (f file) intact(path string) bool {
	opened, err := os.Open(path)
	if err != nil {
		return false
	}
	defer opened.Close()
	if info, err := opened.Stat(); err != nil || info.Size() != f.size {
		return false
	}
	h := sha256.New()
	if _, err := io.Copy(h, opened); err != nil {
		return false
	}
	return hex.EncodeToString(h.Sum(nil)) == f.sha256
}

// write unpacks to a temporary name, checks what it wrote, and renames: path is never half written.
func (f file) write(ctx context.Context, path string) (err error) {
	dir := filepath.Dir(path)
	partial, err := os.CreateTemp(dir, partialPrefix(f.name)+"*")
	if err != nil {
		return fmt.Errorf("%w: set WORKBENCH_CACHE to a folder that can be written", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, partial.Close(), os.Remove(partial.Name()))
		}
	}()
	if err := f.copyTo(ctx, partial); err != nil {
		return err
	}
	if err := errors.Join(partial.Chmod(0o644), partial.Sync()); err != nil {
		return err
	}
	if err := os.Rename(partial.Name(), path); err != nil {
		return err
	}
	return errors.Join(partial.Close(), syncFolder(dir))
}

// copyTo unpacks into w and compares length and hash with what they must be.
func (f file) copyTo(ctx context.Context, w io.Writer) (err error) {
	contents, err := f.open()
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	defer func() { err = errors.Join(err, contents.Close()) }()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), stopping{ctx, contents})
	if err != nil {
		return fmt.Errorf("%s after %d of %d bytes: %w: set WORKBENCH_CACHE to a folder with more room if the disk is full",
			f.name, n, f.size, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); n != f.size || sum != f.sha256 {
		return fmt.Errorf("%s: the binary holds %d bytes with sha256 %s, and should hold %d with %s: the binary is damaged, build it again",
			f.name, n, sum, f.size, f.sha256)
	}
	return nil
}

// stopping is a reader that ends with the context.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// partialPrefix begins the names of files that are being written.
func partialPrefix(name string) string { return "." + name + ".partial-" }

// removePartial clears away what killed processes left; only the holder of the lock may call it.
func removePartial(dir, name string) {
	left, err := filepath.Glob(filepath.Join(dir, partialPrefix(name)+"*"))
	if err != nil {
		return // only a malformed pattern, and then nothing was found
	}
	for _, path := range left {
		_ = os.Remove(path) // a leftover costs room, not correctness
	}
}

// syncFolder makes a rename in dir survive a power cut.
func syncFolder(dir string) error {
	opened, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}
