package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Metrics returns what a run logged, by step and then by name; with names, only those.
func (b *Book) Metrics(run string, names ...string) ([]Metric, error) {
	return b.MetricsFrom(run, 0, names...)
}

// MetricsFrom returns the metrics of a step and later, as Metrics does. Live views ask for what is
// new with it.
func (b *Book) MetricsFrom(run string, step int, names ...string) ([]Metric, error) {
	var metrics []Metric
	err := b.store.EachEntry(run, kindMetric, int64(step), func(step int64, name string, record []byte) error {
		if len(names) > 0 && !slices.Contains(names, name) {
			return nil
		}
		var wire wireMetric
		if err := unmarshal(record, &wire, kindMetric, run, step); err != nil {
			return err
		}
		metrics = append(metrics, Metric{int(step), name, float64(wire.Value), wire.Time})
		return nil
	})
	return metrics, err
}

// Samples returns the tables that a run logged at a step, by name; a negative step means all.
func (b *Book) Samples(run string, step int) ([]SampleTable, error) {
	var tables []SampleTable
	err := b.store.EachEntry(run, kindSample, int64(max(step, 0)), func(at int64, _ string, record []byte) error {
		if step >= 0 && at != int64(step) {
			return errEnough
		}
		var table SampleTable
		err := unmarshal(record, &table, kindSample, run, at)
		tables = append(tables, table)
		return err
	})
	return tables, orEnough(err)
}

// SampleSteps returns the steps at which a run logged tables, ascending, without reading the rows.
func (b *Book) SampleSteps(run string) ([]int, error) {
	var steps []int
	err := b.store.EachEntry(run, kindSample, 0, func(step int64, _ string, _ []byte) error {
		if len(steps) == 0 || steps[len(steps)-1] != int(step) {
			steps = append(steps, int(step))
		}
		return nil
	})
	return steps, err
}

// Invariants returns what was checked about a run, by step and then by name.
func (b *Book) Invariants(run string) ([]Invariant, error) {
	return collect[Invariant](b, run, kindInvariant)
}

// Checkpoints returns a run's index of checkpoints, oldest first.
func (b *Book) Checkpoints(run string) ([]CheckpointInfo, error) {
	return collect[CheckpointInfo](b, run, kindCheckpoint)
}

// Steps returns the recorded results of the calls before a run's loop, in their order.
func (b *Book) Steps(run string) ([]StepResult, error) {
	return collect[StepResult](b, run, kindStep)
}

func collect[T any](b *Book, run, kind string) ([]T, error) {
	var all []T
	err := b.store.EachEntry(run, kind, 0, func(step int64, _ string, record []byte) error {
		var one T
		err := unmarshal(record, &one, kind, run, step)
		all = append(all, one)
		return err
	})
	return all, err
}

func unmarshal(record []byte, into any, kind, run string, step int64) error {
	if err := json.Unmarshal(record, into); err != nil {
		return fmt.Errorf("the %s of step %d of run %s is not readable: %w", kind, step, run, err)
	}
	return nil
}

// orEnough is nil for an iteration that was ended because it had found what it looked for.
func orEnough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
