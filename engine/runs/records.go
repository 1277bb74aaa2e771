package runs

import (
	"encoding/json"
	"fmt"
	"time"
)

// Metric is one number that a run said about one step. NaN and infinities are kept as they are:
// where a curve breaks is what one wants to see.
type Metric struct {
	Step  int       `json:"step"` // of the run's marked loop, from 0
	Name  string    `json:"name"`
	Value float64   `json:"value"`
	Time  time.Time `json:"time"`
}

// wireMetric leaves out the step and the name, which are in the entry's key.
type wireMetric struct {
	Value number    `json:"value"`
	Time  time.Time `json:"time"`
}

// SampleTable is a table that a run logged for a person to read: prompts, responses, scores.
type SampleTable struct {
	Step    int       `json:"step"`
	Name    string    `json:"name"` // samples when the script gave none
	Columns []string  `json:"columns"`
	Rows    [][]any   `json:"rows"` // each as long as Columns
	Time    time.Time `json:"time"`
}

// MarshalJSON writes the table; see [EncodeValue] for how its cells are kept.
func (t SampleTable) MarshalJSON() ([]byte, error) {
	rows := make([]any, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = row
	}
	cells, err := EncodeValue(rows)
	if err != nil {
		return nil, fmt.Errorf("samples %s of step %d: %w", t.Name, t.Step, err)
	}
	type fields SampleTable
	return json.Marshal(struct {
		fields
		Rows json.RawMessage `json:"rows"`
	}{fields(t), cells})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *SampleTable) UnmarshalJSON(data []byte) error {
	type fields SampleTable
	wire := struct {
		fields
		Rows []json.RawMessage `json:"rows"`
	}{}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*t = SampleTable(wire.fields)
	t.Rows = make([][]any, len(wire.Rows))
	for i, cells := range wire.Rows {
		row, err := DecodeValue(cells)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		t.Rows[i], _ = row.([]any)
	}
	return nil
}

// check says what is wrong with a table that a script built.
func (t SampleTable) check() error {
	if len(t.Columns) == 0 {
		return fmt.Errorf("samples %s of step %d have no columns", t.Name, t.Step)
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("samples %s of step %d: row %d has %d cells, the table has %d columns",
				t.Name, t.Step, i, len(row), len(t.Columns))
		}
	}
	return nil
}

// Invariant is a property that must hold for a run to be believed (sampler and trainer agree,
// packed equals unpacked, …), measured, with the limit it was held against.
type Invariant struct {
	Step   int       `json:"step"`
	Name   string    `json:"name"`
	Passed bool      `json:"passed"`
	Value  float64   `json:"value"`
	Limit  float64   `json:"limit"`
	Detail string    `json:"detail,omitempty"` // what was compared, in words
	Time   time.Time `json:"time"`
}

type invariantFields Invariant

type wireInvariant struct {
	invariantFields
	Value number `json:"value"`
	Limit number `json:"limit"`
}

// MarshalJSON writes the invariant; a NaN is exactly what a failed one may hold.
func (v Invariant) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireInvariant{invariantFields(v), number(v.Value), number(v.Limit)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Invariant) UnmarshalJSON(data []byte) error {
	var w wireInvariant
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*v = Invariant(w.invariantFields)
	v.Value, v.Limit = float64(w.Value), float64(w.Limit)
	return nil
}

// CheckpointInfo is an entry of a run's index of checkpoints. The files lie beside the store; a
// checkpoint exists when it is in the index, and the index is written after the files are synced.
type CheckpointInfo struct {
	ID      string             `json:"id"`
	Run     string             `json:"run"`
	Step    int                `json:"step"`
	Path    string             `json:"path"`  // slash-separated, relative to the data folder
	Files   map[string]string  `json:"files"` // SHA-256 in hex by file name, inside Path
	SHA256  string             `json:"sha256"`
	Bytes   int64              `json:"bytes"`
	Time    time.Time          `json:"time"`
	Final   bool               `json:"final,omitempty"`
	Metrics map[string]float64 `json:"metrics,omitempty"` // finite ones only
}

// StepResult is what a call before the marked loop returned (a split, an evaluation), so that a
// resumed script is given the same value instead of computing another.
type StepResult struct {
	Ordinal int             `json:"ordinal"` // the number of the call, in the order the script makes them
	Hash    string          `json:"hash"`    // of the primitive's name and arguments
	Value   json.RawMessage `json:"value"`
}
