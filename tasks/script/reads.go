package script

import (
	"errors"
	"fmt"

	"workbench/engine/runs"
)

// origin is the record of an input that a row is, however often it was mapped since.
type origin struct {
	input *input
	at    int
	held  bool // it comes from the held-out side of a split
}

// located says which record a row is, counted from 1 as lines are, after what it is among those that are read.
func located(kind string, i int, row *Row) string {
	if row == nil || row.from == nil {
		return fmt.Sprintf("%s %d", kind, i)
	}
	return fmt.Sprintf("%s %d, record %d of %s", kind, i, row.from.at+1, row.from.input.digest.Name)
}

// input is a file that a run reads, with what was given of it to the script.
type input struct {
	digest     runs.Digest
	used, held runs.Bits
}

// inputOf is the input of a file: two datasets may read the same one.
func (r *Run) inputOf(d runs.Digest) *input {
	for _, in := range r.inputs {
		if in.digest.SHA256 == d.SHA256 && in.digest.Rows == d.Rows {
			return in
		}
	}
	in := &input{digest: d}
	r.inputs = append(r.inputs, in)
	return in
}

// handOut is a row that is handed out, to the script or to what computes for it. What only a filter or a split
// looks at is not.
func (r *Run) handOut(of rows, i int) (*Row, error) {
	row, err := of.row(i)
	if err != nil || row.from == nil {
		return row, err
	}
	if row.from.held {
		row.from.input.held.Set(row.from.at)
	} else {
		row.from.input.used.Set(row.from.at)
	}
	return row, nil
}

// noteReads records which records were given out until now.
func (r *Run) noteReads() error {
	if r.mode != running {
		return nil
	}
	var errs []error
	for _, in := range r.inputs {
		errs = append(errs, r.host.Record.Read(runs.Read{
			SHA256: in.digest.SHA256, Rows: in.digest.Rows, Used: in.used, HeldOut: in.held,
		}))
	}
	return errors.Join(errs...)
}

// heldOut are the rows of a split's held-out side.
type heldOut struct{ rows }

func (h heldOut) row(i int) (*Row, error) {
	row, err := h.rows.row(i)
	if err != nil || row.from == nil {
		return row, err
	}
	return &Row{row.dict, &origin{row.from.input, row.from.at, true}}, nil
}
