package script

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"workbench/engine/runs"
)

// A checkpoint is a folder runs/<id>/checkpoints/<position>: what was constructed before the loop,
// each in a file named by order and kind, and checkpoint.json, which says where the loop stands and
// holds the SHA-256 of every other file. It is written beside its place, synced, and renamed, so a
// folder that has its name is whole; one that is not (a disk may lie) is passed over for the one
// before it.
const (
	checkpointFolder = "checkpoints"
	manifestName     = "checkpoint.json"
	unfinished       = ".part" // suffix of a folder that is being written
)

// manifest is checkpoint.json.
type manifest struct {
	Position int               `json:"position"` // iterations that are done
	Ended    bool              `json:"ended"`    // the loop is done
	Script   string            `json:"script"`   // SHA-256 of its text
	Ordinal  int               `json:"ordinal"`  // recorded calls before the loop
	Kept     []string          `json:"kept"`     // kinds, in order of construction
	Files    map[string]string `json:"files"`    // SHA-256 in hex
}

// checkpoint writes what the run needs to go on from its position.
func (r *Run) checkpoint(ended bool) error {
	id := r.host.Record.ID()
	name := fmt.Sprintf("%09d", r.loop.position)
	relative := filepath.Join(runFolder(id), checkpointFolder, name)
	final := filepath.Join(r.host.Folder, relative)
	part := final + unfinished
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o755)); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	m := manifest{Position: r.loop.position, Ended: ended, Script: r.script.SHA256(), Ordinal: r.ordinal, Files: map[string]string{}}
	for i, s := range r.kept {
		m.Kept = append(m.Kept, s.kind())
		if err := s.save(filepath.Join(part, stem(i, s))); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	bytes, err := seal(part, m)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := putInPlace(part, final); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	files, err := readManifest(final)
	if err == nil {
		err = r.noteReads()
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if _, err = r.host.Record.Checkpoint(runs.CheckpointInfo{
		Step: r.loop.position, Path: filepath.ToSlash(relative), Files: files.Files,
		SHA256: hashOf(sortedPairs(files.Files)...), Bytes: bytes, Final: ended, Metrics: r.loop.metrics,
	}); err != nil {
		return err
	}
	r.loop.saved = r.host.now()
	r.host.tell(Progress{Step: r.loop.position, Steps: r.loop.of.Len(), Saved: true})
	return prune(filepath.Dir(final), r.loop.keep)
}

func stem(i int, s stateful) string { return fmt.Sprintf("%02d-%s", i, s.kind()) }

func sortedPairs(m map[string]string) []string {
	var out []string
	for _, k := range sortedKeys(m) {
		out = append(out, k, m[k])
	}
	return out
}

// seal hashes and syncs the files of a folder and writes its manifest.
func seal(dir string, m manifest) (bytes int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		sum, n, err := hashFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return 0, err
		}
		m.Files[e.Name()] = sum
		bytes += n
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	return bytes, errors.Join(writeSynced(filepath.Join(dir, manifestName), data), syncFolder(dir))
}

// hashFile reads a file, makes it durable, and gives its SHA-256 and size.
func hashFile(path string) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	n, err = io.Copy(h, f)
	err = errors.Join(err, f.Sync(), f.Close())
	return hex.EncodeToString(h.Sum(nil)), n, err
}

func writeSynced(path string, data []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// putInPlace gives a finished folder its name. What had the name (the same position, before a crash
// between the folder and the index) gives way.
func putInPlace(part, final string) error {
	if err := discardFolder(final); err != nil {
		return err
	}
	return errors.Join(os.Rename(part, final), syncFolder(filepath.Dir(final)))
}

// discardFolder takes a checkpoint's name away before its files, so that a kill in between leaves no
// named folder with a part of them.
func discardFolder(path string) error {
	gone := path + ".gone" + unfinished
	err := os.Rename(path, gone)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, os.RemoveAll(gone))
}

// prune removes all but the newest checkpoints, and what crashes left unfinished.
func prune(dir string, keep int) error {
	names, err := checkpointNames(dir)
	if err != nil {
		return err
	}
	var errs []error
	whole := 0
	for _, name := range names {
		path := filepath.Join(dir, name)
		switch {
		case strings.HasSuffix(name, unfinished):
			errs = append(errs, os.RemoveAll(path))
		case whole < keep:
			whole++
		default:
			errs = append(errs, discardFolder(path))
		}
	}
	return errors.Join(errs...)
}

// checkpointNames lists a run's checkpoints, newest first.
func checkpointNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

// resume gives everything that was constructed before the loop its saved contents back, and sets
// the loop to its saved position. A run without a checkpoint begins at 0.
func (r *Run) resume() error {
	if r.mode != running {
		return nil
	}
	dir := filepath.Join(r.host.Folder, runFolder(r.host.Record.ID()), checkpointFolder)
	names, err := checkpointNames(dir)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, unfinished) {
			continue
		}
		at := filepath.Join(dir, name)
		m, err := verify(at)
		if err != nil {
			r.say(fmt.Sprintf("checkpoint %s is damaged and passed over: %v", name, err))
			continue
		}
		return r.restore(at, m)
	}
	return nil
}

func (r *Run) restore(dir string, m manifest) error {
	if m.Script != r.script.SHA256() {
		return advise("resume with the text that the record keeps, or start a new run", "the script has changed since its checkpoint at step %d", m.Position)
	}
	var kinds []string
	for _, s := range r.kept {
		kinds = append(kinds, s.kind())
	}
	if !slices.Equal(kinds, m.Kept) || r.ordinal != m.Ordinal {
		return advise("what stands before the loop must not depend on chance or on time", "the script constructed %v before its loop; at its checkpoint it had constructed %v", kinds, m.Kept)
	}
	for i, s := range r.kept {
		if err := s.restore(filepath.Join(dir, stem(i, s))); err != nil {
			return fmt.Errorf("resume at step %d: %w", m.Position, err)
		}
	}
	r.loop.position, r.loop.settled = m.Position-1, m.Ended
	if m.Ended {
		r.loop.position, r.loop.ended = m.Position, true
	}
	r.say(fmt.Sprintf("resumed at step %d of %d", m.Position, r.loop.of.Len()))
	return nil
}

// verify reads a checkpoint's manifest and compares every file with it.
func verify(dir string) (manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return m, err
	}
	for name, want := range m.Files {
		got, _, err := hashFile(filepath.Join(dir, name))
		if err != nil {
			return m, err
		}
		if got != want {
			return m, fmt.Errorf("%s is not what was written", name)
		}
	}
	return m, nil
}

func readManifest(dir string) (manifest, error) {
	var m manifest
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%s: %w", manifestName, err)
	}
	return m, nil
}

// broken words the end of a run whose numbers stopped being numbers.
func (r *Run) broken(err error) error {
	where := "no checkpoint was made before it"
	if r.loop != nil {
		dir := filepath.Join(r.host.Folder, runFolder(r.host.Record.ID()), checkpointFolder)
		if names, listing := checkpointNames(dir); listing == nil && len(names) > 0 {
			where = "the last good checkpoint is " + filepath.ToSlash(filepath.Join(runFolder(r.host.Record.ID()), checkpointFolder, names[0]))
		}
	}
	return &advised{fmt.Errorf("%w; %s", err, where), "at the first step look for log(0) and exp of large numbers in the loss, also where the mask is 0: loss(batch) outside of the trainer gives its numbers; later, lower the learning rate or set clip = 1.0"}
}

// sameAsBefore records a value that a call outside of the loop came to. A resumed run must come to
// the same: other data under an old name is found here.
func (r *Run) sameAsBefore(name, of, how string, value map[string]any) error {
	if r.mode != running || r.inLoop() {
		return nil
	}
	if err := r.settle(); err != nil {
		return err
	}
	r.ordinal++
	hash := hashOf(name, of, how)
	_, ok, err := r.host.Record.Step(r.ordinal, hash)
	if err != nil {
		return advise("the data or the script changed: start a new run", "%s: %w", name, err)
	}
	if ok {
		return nil
	}
	return r.host.Record.PutStep(r.ordinal, hash, value)
}

// recorded gives the result of a call outside of the loop: from the record if it was made before.
func (r *Run) recorded(hash string, compute func() (any, error)) (any, error) {
	if r.mode != running || r.inLoop() {
		return compute()
	}
	if err := r.settle(); err != nil {
		return nil, err
	}
	r.ordinal++
	ordinal := r.ordinal
	value, ok, err := r.host.Record.Step(ordinal, hash)
	if err != nil || ok {
		return value, err
	}
	if value, err = compute(); err != nil {
		return nil, err
	}
	return value, r.host.Record.PutStep(ordinal, hash, value)
}

// inLoop says whether the script stands inside its loop.
func (r *Run) inLoop() bool { return r.loop != nil && r.loop.started && !r.loop.ended }
