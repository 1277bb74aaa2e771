package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// Recorder is the pen of one live run. Its methods may be called from several goroutines.
type Recorder struct {
	book *Book
	mu   sync.Mutex
	run  Run
}

// ErrDiverged says that a resumed script made another call than it had made before.
var ErrDiverged = errors.New("the script does not do what it did before")

// ID returns the run's id.
func (r *Recorder) ID() string { return r.Run().ID }

// Run returns a copy of the record as it stands.
func (r *Recorder) Run() Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	run := r.run
	run.Inputs = slices.Clone(run.Inputs)
	return run
}

// Update changes the record durably. The change must not touch ID and Started.
func (r *Recorder) Update(change func(*Run)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	run := r.run
	run.Inputs = slices.Clone(run.Inputs)
	change(&run)
	run.ID, run.Started = r.run.ID, r.run.Started
	if err := r.book.putRun(run); err != nil {
		return err
	}
	r.run = run
	return nil
}

// Cite adds what the run read to its inputs, once each.
func (r *Recorder) Cite(input Digest) error {
	if slices.Contains(r.Run().Inputs, input) {
		return nil
	}
	return r.Update(func(run *Run) { run.Inputs = append(run.Inputs, input) })
}

// Log records the metrics of a step. Logging a name again at the same step replaces its value, as a
// resumed run does with the steps between its checkpoint and its death. It costs no disk write of
// its own; see [Store].
func (r *Recorder) Log(step int, metrics map[string]float64) error {
	now := r.book.now().UTC()
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		record, err := json.Marshal(wireMetric{number(metrics[name]), now})
		if err != nil {
			return fmt.Errorf("metric %s of step %d: %w", name, step, err)
		}
		if err := r.book.store.LogEntry(r.ID(), kindMetric, int64(step), name, record); err != nil {
			return fmt.Errorf("log metric %s of step %d: %w", name, step, err)
		}
	}
	return nil
}

// LogSamples records a table for people to read, with the durability of Log. An empty Name becomes
// "samples".
func (r *Recorder) LogSamples(table SampleTable) error {
	if table.Name == "" {
		table.Name = "samples"
	}
	if err := table.check(); err != nil {
		return err
	}
	table.Time = r.book.now().UTC()
	record, err := json.Marshal(table)
	if err != nil {
		return err
	}
	if err := r.book.store.LogEntry(r.ID(), kindSample, int64(table.Step), table.Name, record); err != nil {
		return fmt.Errorf("log samples %s of step %d: %w", table.Name, table.Step, err)
	}
	return nil
}

// Check records a measured invariant durably. It does not stop the run; the caller does.
func (r *Recorder) Check(invariant Invariant) error {
	invariant.Time = r.book.now().UTC()
	return r.put(kindInvariant, invariant.Step, invariant.Name, invariant)
}

// Checkpoint records durably that a checkpoint exists. Its files must have been synced before. ID
// (where empty), Run and Time are filled in; metrics that are not finite are left out.
func (r *Recorder) Checkpoint(info CheckpointInfo) (CheckpointInfo, error) {
	if info.ID == "" {
		id, err := r.book.NewID()
		if err != nil {
			return info, err
		}
		info.ID = id
	}
	info.Run, info.Time = r.ID(), r.book.now().UTC()
	info.Metrics = maps.Clone(info.Metrics)
	maps.DeleteFunc(info.Metrics, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	return info, r.put(kindCheckpoint, info.Step, info.ID, info)
}

// Step looks up what the ordinal-th call before the loop returned. ok is false when the call has
// not been made yet. When the hash is another than the recorded one, the error wraps [ErrDiverged].
func (r *Recorder) Step(ordinal int, hash string) (value any, ok bool, err error) {
	step, ok, err := r.step(ordinal)
	if err != nil || !ok {
		return nil, false, err
	}
	if step.Hash != hash {
		return nil, false, r.diverged(ordinal)
	}
	value, err = DecodeValue(step.Value)
	if err != nil {
		return nil, false, fmt.Errorf("the result of call %d of run %s is not readable: %w", ordinal, r.ID(), err)
	}
	return value, true, nil
}

// PutStep records durably what the ordinal-th call before the loop returned; value is what
// [EncodeValue] takes. Results are append-only: recording an ordinal again with the same hash
// changes nothing, with another hash it is an error that wraps [ErrDiverged].
func (r *Recorder) PutStep(ordinal int, hash string, value any) error {
	encoded, err := EncodeValue(value)
	if err != nil {
		return fmt.Errorf("the result of call %d of run %s: %w", ordinal, r.ID(), err)
	}
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	step, ok, err := r.step(ordinal)
	switch {
	case err != nil:
		return err
	case ok && step.Hash != hash:
		return r.diverged(ordinal)
	case ok:
		return nil
	}
	return r.put(kindStep, ordinal, "", StepResult{ordinal, hash, encoded})
}

// Finish records how the run ended: done with a result when err is nil, stopped when err comes from
// a cancelled context, failed otherwise. The result is kept in each case.
func (r *Recorder) Finish(result any, err error) error {
	return r.Update(func(run *Run) {
		run.Ended, run.Result = r.book.now().UTC(), result
		switch {
		case err == nil:
			run.Status, run.Error = Done, ""
		case errors.Is(err, context.Canceled):
			run.Status, run.Error = Stopped, err.Error()
		default:
			run.Status, run.Error = Failed, err.Error()
		}
	})
}

// Sync makes everything that was logged durable.
func (r *Recorder) Sync() error { return r.book.store.Sync() }

// Elapsed says how long the run has been going since its start, interruptions included.
func (r *Recorder) Elapsed() time.Duration { return r.book.now().Sub(r.Run().Started) }

func (r *Recorder) step(ordinal int) (StepResult, bool, error) {
	record, err := r.book.store.GetEntry(r.ID(), kindStep, int64(ordinal), "")
	if errors.Is(err, fs.ErrNotExist) {
		return StepResult{}, false, nil
	}
	if err != nil {
		return StepResult{}, false, fmt.Errorf("read call %d of run %s: %w", ordinal, r.ID(), err)
	}
	var step StepResult
	err = unmarshal(record, &step, kindStep, r.ID(), int64(ordinal))
	return step, err == nil, err
}

func (r *Recorder) diverged(ordinal int) error {
	return fmt.Errorf("call %d of run %s was made with other arguments before: %w; start a new run, "+
		"or give the script back its old text", ordinal, r.ID(), ErrDiverged)
}

func (r *Recorder) put(kind string, step int, name string, value any) error {
	record, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s %s of step %d: %w", kind, name, step, err)
	}
	if err := r.book.store.PutEntry(r.ID(), kind, int64(step), name, record); err != nil {
		return fmt.Errorf("record %s %s of step %d: %w", kind, name, step, err)
	}
	return nil
}
