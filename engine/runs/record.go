package runs

import "math"

// Record is all that is on record of a run, but for its tables of samples.
type Record struct {
	Run         Run              `json:"run"`
	Summary     string           `json:"summary"`
	Metrics     map[string]Curve `json:"metrics"`
	Invariants  []Invariant      `json:"invariants"`
	Checkpoints []CheckpointInfo `json:"checkpoints"`
	Reads       []ReadCount      `json:"reads"`
	Diagnoses   []Diagnosis      `json:"diagnoses"`
}

// Curve is a metric as JSON has it: what is not finite is null.
type Curve struct {
	Steps  []int      `json:"steps"`
	Values []*float64 `json:"values"`
}

// Series is the curve under its name.
func (c Curve) Series(name string) Series {
	s := Series{Name: name, Steps: c.Steps}
	for _, v := range c.Values {
		if v == nil {
			s.Values = append(s.Values, math.NaN())
		} else {
			s.Values = append(s.Values, *v)
		}
	}
	return s
}

// ReadCount is how many records of an input a run was given.
type ReadCount struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Records int    `json:"records"`
	Used    int    `json:"used"`
	HeldOut int    `json:"held_out"`
}

// Record reads all that is on record of a run.
func (b *Book) Record(id string) (r Record, err error) {
	if r.Run, err = b.Run(id); err != nil {
		return r, err
	}
	if r.Summary, err = b.Summary(id); err != nil {
		return r, err
	}
	metrics, err := b.Metrics(id)
	if err != nil {
		return r, err
	}
	r.Metrics = map[string]Curve{}
	for _, s := range SeriesOf(metrics) {
		c := Curve{Steps: s.Steps}
		for _, v := range s.Values {
			if finite(v) {
				c.Values = append(c.Values, &v)
			} else {
				c.Values = append(c.Values, nil)
			}
		}
		r.Metrics[s.Name] = c
	}
	if r.Invariants, err = b.Invariants(id); err != nil {
		return r, err
	}
	if r.Checkpoints, err = b.Checkpoints(id); err != nil {
		return r, err
	}
	if r.Reads, err = b.ReadCounts(r.Run); err != nil {
		return r, err
	}
	said, err := b.Said(id)
	r.Diagnoses = Diagnose(r.Run, metrics, said)
	return r, err
}

// ReadCounts counts what a run was given of each input of which that is on record.
func (b *Book) ReadCounts(run Run) ([]ReadCount, error) {
	reads, err := b.Reads(run.ID)
	all := []ReadCount{}
	for _, in := range run.Inputs {
		for _, read := range reads {
			if read.SHA256 == in.SHA256 && read.Rows == in.Rows {
				all = append(all, ReadCount{in.Name, in.SHA256, in.Records, read.Used.Count(), read.HeldOut.Count()})
			}
		}
	}
	return all, err
}
