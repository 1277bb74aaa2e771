package storage

import (
	"encoding/json"
	"fmt"
	"time"
)

// Task is one question that was put before people. It never changes; what happened to it is in the
// log of events.
type Task struct {
	ID       string          `json:"id"` // made by TaskID and, after a re-opening, Again
	Flow     string          `json:"flow"`
	Instance string          `json:"instance"`
	Step     string          `json:"step"` // the title of the form, by which lists and counts are grouped
	Form     string          `json:"form"` // digest of the form
	Item     json.RawMessage `json:"item"`
	People   int             `json:"people"` // how many answers are wanted
	Pool     string          `json:"pool,omitempty"`
	Person   string          `json:"person,omitempty"` // only this one may answer
	// Unlike lists tasks: nobody who has seen one of them gets this one. Names of persons exclude them.
	Unlike   []string        `json:"unlike,omitempty"`
	After    []string        `json:"after,omitempty"` // names of the nodes that it came from
	Gold     json.RawMessage `json:"gold,omitempty"`  // the known answer, never shown before it is given
	Priority int             `json:"priority,omitempty"`
	Due      time.Time       `json:"due,omitzero"` // when it is closed with the answers there are
	Created  time.Time       `json:"created"`
}

// Answer is what a person said about a task. An edit is a new answer that replaces this one; nothing
// is ever deleted.
type Answer struct {
	ID       string          `json:"id"` // a ULID
	Task     string          `json:"task"`
	Lease    string          `json:"lease"`
	Person   string          `json:"person"`
	Form     string          `json:"form"` // digest
	Values   json.RawMessage `json:"values"`
	Seconds  float64         `json:"seconds"`            // of active time
	Late     bool            `json:"late,omitempty"`     // after the lease had ended and others had answered
	Key      string          `json:"key,omitempty"`      // by which a repeated submission is recognised
	Replaces string          `json:"replaces,omitempty"` // the answer that was undone
	Time     time.Time       `json:"time"`
}

// Draft is what a person had typed when it was last saved.
type Draft struct {
	Person string          `json:"person"`
	Lease  string          `json:"lease"`
	Values json.RawMessage `json:"values"`
	Time   time.Time       `json:"time"`
}

// PutTask keeps a task.
func (b *Batch) PutTask(t Task) {
	b.putUnder(t.ID, taskKey(t.ID), t)
	b.citeAll(t.After, Node{TaskNode, t.ID})
}

// Task reads one task.
func (s *Store) Task(id string) (t Task, err error) {
	err = s.read(taskKey(id), &t, "task %s", id)
	return t, err
}

// EachTask calls do for the tasks of a flow, or of an instance and its descendants (of empty: all
// there are), by id, until it errs.
func (s *Store) EachTask(of string, do func(Task) error) error {
	return eachWithin(s, tasksPrefix, of, nil, do)
}

// PutAnswer keeps an answer.
func (b *Batch) PutAnswer(a Answer) {
	if err := checkID(a.Task); err != nil {
		b.fail(fmt.Errorf("the task of answer %.40q: %w", a.ID, err))
		return
	}
	b.putUnder(a.ID, answerKey(a.Task, a.ID), a)
	b.noteAnswer(a)
}

// Answer reads one answer to a task.
func (s *Store) Answer(task, id string) (a Answer, err error) {
	err = s.read(answerKey(task, id), &a, "answer %s", id)
	return a, err
}

// Answers lists the answers to a task, in the order in which they were given, undone ones included.
func (s *Store) Answers(task string) ([]Answer, error) {
	return list[Answer](s, answersOf(task))
}

// EachAnswer calls do for the answers to a task, or to the tasks of a flow, or of an instance and its
// descendants (of empty: all there are), by task, until it errs; it sees the store as it was at its
// start.
func (s *Store) EachAnswer(of string, do func(Answer) error) error {
	return eachWithin(s, answersPrefix, of, nil, do)
}

// PutDraft keeps a draft in place of the one before it.
func (b *Batch) PutDraft(d Draft) { b.putUnder(d.Lease, draftKey(d.Lease), d) }

// DeleteDraft forgets the draft of a lease.
func (b *Batch) DeleteDraft(lease string) { b.remove(draftKey(lease)) }

// Draft reads the draft of a lease.
func (s *Store) Draft(lease string) (d Draft, err error) {
	err = s.read(draftKey(lease), &d, "draft of lease %s", lease)
	return d, err
}
