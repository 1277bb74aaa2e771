package runs

import (
	"encoding/json"
	"fmt"
	"time"
)

// Status says where a run stands.
type Status string

// The statuses of a run. A run is running from Start or Resume until Finish; one whose process died
// stays running in the record until [Book.Reclaim] marks it stopped.
const (
	Running Status = "running"
	Done    Status = "done"    // ended by itself; Result is valid
	Failed  Status = "failed"  // ended by an error; Error says which
	Stopped Status = "stopped" // ended from outside; may be resumed from its last checkpoint
)

// Run is the record of one experiment.
type Run struct {
	ID        string         `json:"id"`            // a ULID: ids sort by the time of the start
	Name      string         `json:"name"`          // what the person called it; not unique
	For       string         `json:"for,omitempty"` // the call of a flow that started it: INSTANCE:CALL
	Script    Script         `json:"script"`
	Params    map[string]any `json:"params"` // after defaults; ints stay ints and floats stay floats
	Seed      int64          `json:"seed"`
	Status    Status         `json:"status"`
	Error     string         `json:"error,omitempty"`
	Started   time.Time      `json:"started"`
	Ended     time.Time      `json:"ended,omitzero"`
	Resumed   int            `json:"resumed,omitempty"` // how often it went on after an interruption
	Versions  Versions       `json:"versions"`
	Device    string         `json:"device,omitempty"`
	Inputs    []Digest       `json:"inputs,omitempty"`
	Result    any            `json:"result,omitempty"`
	Resources Resources      `json:"resources"`
}

// Script is the program that a run executes, kept whole so that editing the file changes no record.
type Script struct {
	Name   string `json:"name"`   // recipe or file name
	SHA256 string `json:"sha256"` // hex, of Text
	Text   string `json:"text,omitempty"`
}

// Versions are what a run was computed with.
type Versions struct {
	Binary  string `json:"binary,omitempty"`
	Runtime string `json:"runtime,omitempty"` // ONNX Runtime
}

// Digest cites something that a run read. Names are pointers that move; the digest does not.
type Digest struct {
	Kind    string `json:"kind,omitempty"` // dataset, model
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`            // hex, of the content
	Records int    `json:"records,omitempty"` // of a dataset
	Rows    string `json:"rows,omitempty"`    // of a collected dataset: the digest of the list of its rows
}

// runFields is Run without its methods; the two fields of free form are replaced in wireRun.
type runFields Run

// wireRun is how a Run is written: Params and Result go through [EncodeValue], which keeps the
// difference between 1 and 1.0 and survives NaN.
type wireRun struct {
	runFields
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result,omitempty"`
}

// MarshalJSON writes the run; a Params or Result that JSON cannot hold is an error that names it.
func (r Run) MarshalJSON() ([]byte, error) {
	w := wireRun{runFields: runFields(r)}
	var err error
	if w.Params, err = EncodeValue(r.Params); err != nil {
		return nil, fmt.Errorf("params of run %s: %w", r.ID, err)
	}
	if r.Result != nil {
		if w.Result, err = EncodeValue(r.Result); err != nil {
			return nil, fmt.Errorf("result of run %s: %w", r.ID, err)
		}
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Run) UnmarshalJSON(data []byte) error {
	var w wireRun
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = Run(w.runFields)
	params, err := DecodeValue(w.Params)
	if err != nil {
		return fmt.Errorf("params of run %s: %w", r.ID, err)
	}
	r.Params, _ = params.(map[string]any)
	if r.Result, err = DecodeValue(w.Result); err != nil {
		return fmt.Errorf("result of run %s: %w", r.ID, err)
	}
	return nil
}
