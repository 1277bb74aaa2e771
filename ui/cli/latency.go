package cli

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// percentile is the smallest of some durations that at least a share p of them do not exceed, in
// milliseconds; 0 for none.
func percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(math.Ceil(p*float64(len(sorted)))) - 1
	return sorted[min(max(i, 0), len(sorted)-1)].Seconds() * 1e3
}

// fsyncs is how many bare syncs the disk is measured with.
const fsyncs = 500

// fsyncLoop appends 4 KB to a file in a folder and syncs it, again and again: the least that a durable
// write costs on this disk.
func fsyncLoop(dir string) ([]time.Duration, error) {
	f, err := os.CreateTemp(dir, "fsync-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block, all := make([]byte, 4096), make([]time.Duration, fsyncs)
	for i := range all {
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		all[i] = time.Since(start)
	}
	slices.Sort(all)
	return all, nil
}

// serverFolder makes a data folder that is deleted afterwards, on the disk where data usually lies: what
// lies in memory alone would be measured as if syncing cost nothing.
func (a *app) benchFolder() (dir string, err error) {
	near, err := a.dataDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(near), 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(filepath.Dir(near), "workbench-bench-*")
}
