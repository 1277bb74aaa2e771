package script

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"workbench/engine/runs"
)

// Continue has a new run go on from a checkpoint of another one: it copies the checkpoint, whole or not at all, to
// where the new run finds it when it starts. folder is the data folder.
func Continue(folder string, from runs.CheckpointInfo, id string) error {
	source := filepath.Join(folder, filepath.FromSlash(from.Path))
	m, err := verify(source)
	if err != nil {
		return fmt.Errorf("the checkpoint at step %d of run %s: %w", from.Step, from.Run, err)
	}
	final := filepath.Join(folder, runFolder(id), checkpointFolder, filepath.Base(source))
	part := final + unfinished
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(filepath.Dir(part), 0o755), os.CopyFS(part, os.DirFS(source))); err != nil {
		return fmt.Errorf("copy the checkpoint at step %d of run %s: %w", from.Step, from.Run, err)
	}
	m.Ended = false // the new run's loop may be longer
	m.Files = map[string]string{}
	if err := os.Remove(filepath.Join(part, manifestName)); err != nil {
		return err
	}
	if _, err := seal(part, m); err != nil {
		return err
	}
	return putInPlace(part, final)
}

// Resumable lists those of a run's checkpoints from which a run can go on, oldest first: models that it kept are
// others, and old ones make room.
func Resumable(folder string, all []runs.CheckpointInfo) ([]runs.CheckpointInfo, error) {
	var there []runs.CheckpointInfo
	for _, c := range all {
		if !strings.Contains(c.Path, "/"+checkpointFolder+"/") {
			continue
		}
		_, err := os.Stat(filepath.Join(folder, filepath.FromSlash(c.Path), manifestName))
		if err == nil {
			there = append(there, c)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return there, nil
}
