package storage

import (
	"encoding/json"
	"time"
)

// Text is a script, a form or a guide, kept under its digest for good.
type Text struct {
	SHA256 string `json:"sha256"` // hex; what citing records hold
	Kind   string `json:"kind"`   // script, form or items
	Name   string `json:"name,omitempty"`
	Text   string `json:"text"`
}

// Flow is one started flow: a script, its settings, and the items it is done for.
type Flow struct {
	ID       string          `json:"id"`   // a ULID
	Name     string          `json:"name"` // what its starter calls it
	Recipe   string          `json:"recipe"`
	Script   string          `json:"script"` // digest of the text
	Params   json.RawMessage `json:"params"` // after defaults, as runs.EncodeValue writes them
	Seed     int64           `json:"seed"`
	Items    int             `json:"items"`             // how many instances there will be in all
	Begun    int             `json:"begun"`             // instances 0 … Begun-1 exist
	Ahead    int             `json:"ahead"`             // most instances that are under way at a time
	Status   string          `json:"status"`            // running, paused, done or cancelled
	Priority int             `json:"priority"`          // of its tasks; larger goes first
	Starter  string          `json:"starter,omitempty"` // the person
	Inputs   []Input         `json:"inputs,omitempty"`  // what its items were read from
	Created  time.Time       `json:"created"`
}

// Input cites data that was read.
type Input struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`            // hex, of the content
	Records int    `json:"records,omitempty"` // in it
	Rows    string `json:"rows,omitempty"`    // of a collected dataset: the digest of the list of its rows
}

// Instance is the state of one execution of a function of a flow's script: for an item, or for a
// spawn. It can be rebuilt from its history.
type Instance struct {
	// ID is made by [InstanceID], [ChildID] and, after a re-opening, [Again].
	ID       string          `json:"id"`
	Flow     string          `json:"flow"`
	Parent   string          `json:"parent,omitempty"`
	Function string          `json:"function"`
	Args     json.RawMessage `json:"args"`
	Status   string          `json:"status"`            // running, waiting, done, parked, diverged or cancelled
	Waiting  string          `json:"waiting,omitempty"` // the primitive that it waits in
	Result   json.RawMessage `json:"result,omitempty"`
	Error    string          `json:"error,omitempty"`
	Calls    int             `json:"calls"` // recorded so far
	Created  time.Time       `json:"created"`
	Updated  time.Time       `json:"updated"`
}

// Step is one entry of the history of an instance: append-only.
type Step struct {
	Instance  string          `json:"instance"`
	Seq       int             `json:"seq"`  // 1, 2, … within the instance
	Kind      string          `json:"kind"` // called, result, failed, diverged, reopened, undone, kept, retried, signal or ended
	Call      int             `json:"call"` // the number of the call in the order the script makes them, from 1
	Primitive string          `json:"primitive,omitempty"`
	Hash      string          `json:"hash,omitempty"` // SHA-256 of the primitive's name and arguments
	Args      json.RawMessage `json:"args,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     string          `json:"error,omitempty"`
	By        string          `json:"by,omitempty"`    // the person who re-opened, retried or signalled
	Cites     []string        `json:"cites,omitempty"` // ids of what it came from
	Time      time.Time       `json:"time"`
}

// PutText keeps a text under its digest.
func (b *Batch) PutText(t Text) { b.putUnder(t.SHA256, textKey(t.SHA256), t) }

// Text reads the text of a digest.
func (s *Store) Text(sha256 string) (t Text, err error) {
	err = s.read(textKey(sha256), &t, "text %.12s", sha256)
	return t, err
}

// PutFlow keeps the latest state of a flow.
func (b *Batch) PutFlow(f Flow) { b.putUnder(f.ID, flowKey(f.ID), f) }

// Flow reads one flow.
func (s *Store) Flow(id string) (f Flow, err error) {
	err = s.read(flowKey(id), &f, "flow %s", id)
	return f, err
}

// Flows lists all, the oldest first.
func (s *Store) Flows() ([]Flow, error) { return list[Flow](s, []byte(flowsPrefix)) }

// PutInstance keeps the latest state of an instance.
func (b *Batch) PutInstance(i Instance) { b.putUnder(i.ID, instanceKey(i.ID), i) }

// Instance reads one instance.
func (s *Store) Instance(id string) (i Instance, err error) {
	err = s.read(instanceKey(id), &i, "instance %s", id)
	return i, err
}

// EachInstance calls do for the instances of a flow, or for an instance and its descendants (of
// empty: all there are), by id, from an id on (empty: the first), until it errs.
func (s *Store) EachInstance(of, from string, do func(Instance) error) error {
	var start []byte
	if from != "" {
		start = instanceKey(from)
	}
	return eachWithin(s, instancesPrefix, of, start, do)
}

// AppendStep adds an entry to an instance's history.
func (b *Batch) AppendStep(step Step) {
	b.putUnder(step.Instance, stepKey(step.Instance, step.Seq), step)
}

// History reads what happened in an instance, in order.
func (s *Store) History(instance string) ([]Step, error) {
	return list[Step](s, stepsPrefix(instance))
}

// EachStep calls do for the histories of a flow's instances, or of an instance and its descendants (of
// empty: of all there are), one instance after another, each in order, until it errs. To read many
// histories so is many times faster than one by one.
func (s *Store) EachStep(of string, do func(Step) error) error {
	return eachWithin(s, historyPrefix, of, nil, do)
}
