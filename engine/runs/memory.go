package runs

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Memory is a Store that forgets: for tests, and for runs that should leave nothing. The zero value
// is ready to use.
type Memory struct {
	mu      sync.Mutex
	runs    map[string][]byte
	entries map[entryKey][]byte
}

var _ Store = (*Memory)(nil)

type entryKey struct {
	run, kind string
	step      int64
	name      string
}

// PutRun implements [Store].
func (m *Memory) PutRun(id string, record []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.runs == nil {
		m.runs = map[string][]byte{}
	}
	m.runs[id] = slices.Clone(record)
	return nil
}

// GetRun implements [Store].
func (m *Memory) GetRun(id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	record, ok := m.runs[id]
	if !ok {
		return nil, fmt.Errorf("run %s: %w", id, fs.ErrNotExist)
	}
	return slices.Clone(record), nil
}

// EachRun implements [Store].
func (m *Memory) EachRun(prefix string, each func(id string, record []byte) error) error {
	m.mu.Lock()
	snapshot := maps.Clone(m.runs)
	m.mu.Unlock()
	ids := slices.Sorted(maps.Keys(snapshot))
	slices.Reverse(ids)
	for _, id := range ids {
		if !strings.HasPrefix(id, prefix) {
			continue
		}
		if err := each(id, slices.Clone(snapshot[id])); err != nil {
			return err
		}
	}
	return nil
}

// PutEntry implements [Store].
func (m *Memory) PutEntry(run, kind string, step int64, name string, record []byte) error {
	if step < 0 {
		return fmt.Errorf("%s %q of run %s has step %d, steps count from 0", kind, name, run, step)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[entryKey][]byte{}
	}
	m.entries[entryKey{run, kind, step, name}] = slices.Clone(record)
	return nil
}

// LogEntry implements [Store].
func (m *Memory) LogEntry(run, kind string, step int64, name string, record []byte) error {
	return m.PutEntry(run, kind, step, name, record)
}

// GetEntry implements [Store].
func (m *Memory) GetEntry(run, kind string, step int64, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	record, ok := m.entries[entryKey{run, kind, step, name}]
	if !ok {
		return nil, fmt.Errorf("%s %d %q of run %s: %w", kind, step, name, run, fs.ErrNotExist)
	}
	return slices.Clone(record), nil
}

// EachEntry implements [Store].
func (m *Memory) EachEntry(run, kind string, from int64,
	each func(step int64, name string, record []byte) error,
) error {
	m.mu.Lock()
	snapshot := map[entryKey][]byte{}
	for key, record := range m.entries {
		if key.run == run && key.kind == kind && key.step >= from {
			snapshot[key] = slices.Clone(record)
		}
	}
	m.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(snapshot), func(a, b entryKey) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.name, b.name))
	})
	for _, key := range keys {
		if err := each(key.step, key.name, snapshot[key]); err != nil {
			return err
		}
	}
	return nil
}

// Sync implements [Store]; there is nothing to do.
func (m *Memory) Sync() error { return nil }
