package storage

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Cache remembers results that could be computed again, such as what a model answers. It lies in a
// folder of its own, which may be deleted while nobody has it open. Nothing in it is truth: what is
// damaged is forgotten, what was written last may be lost with the machine's power, and when it is full
// the oldest quarter goes. It is safe for concurrent use by one process.
type Cache struct {
	dir   string
	bound int64 // bytes of all files

	mu    sync.Mutex
	parts []*cachePart // oldest first; the last is written to
	at    map[string]cached
}

// LazyCache is the cache of a data folder; its folder is opened, or made, when it is first used.
type LazyCache struct {
	dir string

	mu    sync.Mutex
	cache *Cache // nil before
}

// The cache of a data folder, and how large it may become: some 600,000 log-likelihoods.
const (
	cacheFolder = "cache"
	cacheBytes  = 64 << 20
)

func (l *LazyCache) open() (*Cache, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.cache == nil {
		l.cache, err = OpenCache(l.dir, cacheBytes)
	}
	return l.cache, err
}

// Get is [Cache.Get]; where the folder cannot be opened nothing is remembered.
func (l *LazyCache) Get(key string) (value []byte, ok bool) {
	c, err := l.open()
	if err != nil {
		return nil, false
	}
	return c.Get(key)
}

// Put is [Cache.Put].
func (l *LazyCache) Put(values map[string][]byte) error {
	c, err := l.open()
	if err != nil {
		return err
	}
	return c.Put(values)
}

// close releases the files; the next use opens them again.
func (l *LazyCache) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cache == nil {
		return nil
	}
	err := l.cache.Close()
	l.cache = nil
	return err
}

// cachePart is one file: lines of "<key> <checksum of key and value, 8 hex digits> <value>".
type cachePart struct {
	number int
	file   *os.File
	bytes  int64
}

// cached is where a value lies.
type cached struct {
	part   *cachePart
	offset int64
	length int
}

// cacheParts is how many files a full cache has; one of them goes at a time.
const cacheParts = 4

// OpenCache opens the cache in a folder, or makes one; its files take at most bound bytes, roughly.
func OpenCache(dir string, bound int64) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	c := &Cache{dir: dir, bound: bound, at: map[string]cached{}}
	names, err := filepath.Glob(filepath.Join(dir, "*"+cacheSuffix))
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	var numbers []int
	for _, name := range names {
		if n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), cacheSuffix)); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if err := c.open(n); err != nil {
			return nil, errors.Join(fmt.Errorf("cache: %w", err), c.Close())
		}
	}
	return c, nil
}

const cacheSuffix = ".cache"

// open reads a part's index, or makes the part.
func (c *Cache) open(number int) error {
	path := filepath.Join(c.dir, fmt.Sprintf("%06d%s", number, cacheSuffix))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	p := &cachePart{number: number, file: f}
	c.parts = append(c.parts, p)
	lines := bufio.NewReaderSize(f, 1<<16)
	for {
		line, err := lines.ReadString('\n')
		if key, value, ok := parseCached(line); ok {
			c.at[key] = cached{p, p.bytes + int64(len(line)-1-len(value)), len(value)}
		}
		p.bytes += int64(len(line))
		switch {
		case errors.Is(err, io.EOF) && line == "":
			return nil
		case errors.Is(err, io.EOF): // torn: what comes next begins on a line of its own
			_, err := f.WriteString("\n")
			p.bytes++
			return err
		case err != nil:
			return err
		}
	}
}

func cacheSum(key, value string) string {
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(key+" "+value)))
}

// parseCached reads a whole line; ok is false for a damaged one.
func parseCached(line string) (key, value string, ok bool) {
	line, whole := strings.CutSuffix(line, "\n")
	key, rest, _ := strings.Cut(line, " ")
	sum, value, ok := strings.Cut(rest, " ")
	return key, value, whole && ok && sum == cacheSum(key, value)
}

// Get returns what was put under a key.
func (c *Cache) Get(key string) (value []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.at[key]
	if !ok {
		return nil, false
	}
	value = make([]byte, at.length)
	if _, err := at.part.file.ReadAt(value, at.offset); err != nil {
		return nil, false // as if it were not there: it is computed again
	}
	return value, true
}

// Put remembers values by key, in place of what was there. Keys have no space, and neither has a line break.
func (c *Cache) Put(values map[string][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, value := range values {
		if key == "" || strings.ContainsAny(key, " \n") || strings.Contains(string(value), "\n") {
			return fmt.Errorf("cache: key %q or its value cannot be written", key)
		}
	}
	if err := c.makeRoom(); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	p := c.parts[len(c.parts)-1]
	var lines strings.Builder
	for key, value := range values {
		fmt.Fprintf(&lines, "%s %s %s\n", key, cacheSum(key, string(value)), value)
		c.at[key] = cached{p, p.bytes + int64(lines.Len()-1-len(value)), len(value)}
	}
	_, err := p.file.WriteString(lines.String())
	if err != nil {
		for key := range values {
			delete(c.at, key)
		}
		return errors.Join(fmt.Errorf("cache: %w", err), p.file.Truncate(p.bytes))
	}
	p.bytes += int64(lines.Len())
	return nil
}

// makeRoom sees to a part that has room, and takes the oldest away where there are too many.
func (c *Cache) makeRoom() error {
	next := 1
	if n := len(c.parts); n > 0 {
		if c.parts[n-1].bytes < c.bound/cacheParts {
			return nil
		}
		next = c.parts[n-1].number + 1
	}
	for len(c.parts) >= cacheParts {
		oldest := c.parts[0]
		c.parts = c.parts[1:]
		for key, at := range c.at {
			if at.part == oldest {
				delete(c.at, key)
			}
		}
		if err := errors.Join(oldest.file.Close(), os.Remove(oldest.file.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return c.open(next)
}

// Len is how many values are remembered.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.at)
}

// Close releases the files.
func (c *Cache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, p := range c.parts {
		errs = append(errs, p.file.Close())
	}
	c.parts, c.at = nil, map[string]cached{}
	return errors.Join(errs...)
}
