package storage

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func openCache(t *testing.T, dir string, bound int64) *Cache {
	t.Helper()
	c, err := OpenCache(dir, bound)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func keepIn(t *testing.T, c *Cache, key, value string) {
	t.Helper()
	if err := c.Put(map[string][]byte{key: []byte(value)}); err != nil {
		t.Fatal(err)
	}
}

func wantCached(t *testing.T, c *Cache, key, want string) {
	t.Helper()
	got, ok := c.Get(key)
	if string(got) != want || ok != (want != "") {
		t.Errorf("%s: got %q, %t, want %q", key, got, ok, want)
	}
}

func TestCacheRemembers(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 1<<20)
	keepIn(t, c, "a", `{"x": 1}`)
	keepIn(t, c, "b", "two")
	keepIn(t, c, "a", "another")
	wantCached(t, c, "a", "another")
	wantCached(t, c, "c", "")
	if err := c.Put(map[string][]byte{"a b": nil}); err == nil {
		t.Error("a key with a space was taken")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	again := openCache(t, dir, 1<<20)
	wantCached(t, again, "a", "another")
	wantCached(t, again, "b", "two")
}

// A killed process leaves half a line, a disk may leave another; neither hides the rest.
func TestCacheForgetsWhatIsDamaged(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 1<<20)
	for i := range 3 {
		keepIn(t, c, fmt.Sprint("k", i), fmt.Sprint("value", i))
	}
	c.Close()
	path := filepath.Join(dir, "000001.cache")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1 // in the second line
	if err := os.WriteFile(path, append(data, "k9 01234567 half"...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := openCache(t, dir, 1<<20)
	wantCached(t, again, "k0", "value0")
	wantCached(t, again, "k1", "")
	wantCached(t, again, "k2", "value2")
	wantCached(t, again, "k9", "")
	keepIn(t, again, "k9", "whole")
	again.Close()
	wantCached(t, openCache(t, dir, 1<<20), "k9", "whole")
}

func TestCacheKeepsToItsBound(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 4000)
	for i := range 1000 {
		keepIn(t, c, fmt.Sprintf("%04d", i), "0123456789")
	}
	size := int64(0)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 4000+200 || c.Len() < 80 || c.Len() > 200 {
		t.Errorf("%d bytes in %d files, %d values", size, len(entries), c.Len())
	}
	wantCached(t, c, "0999", "0123456789")
	wantCached(t, c, "0000", "")
}
