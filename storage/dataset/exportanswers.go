package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"workbench/storage"
)

// answers goes through what people answered, as the store is.
type answers struct {
	ctx    context.Context
	store  *storage.Store
	export Export
	undone map[string]bool   // ids of answers that were taken back
	names  map[string]string // of persons
	task   storage.Task      // the last one; a task's answers come one after another
	flow   storage.Flow
}

// exportAnswers writes one record for each answer: answer, flow and flow_name, task, step, form,
// person and person_name, time, seconds, late, undone, item and values. In a table each field of the
// item and of the values is a column, such as values.preference.
func exportAnswers(ctx context.Context, store *storage.Store, e Export, w io.Writer) (Exported, error) {
	if e.Lineage {
		return Exported{}, refuse(ErrAsked, "answers say what they are to; lineage is of datasets")
	}
	if e.Flow != "" {
		if _, err := store.Flow(e.Flow); errors.Is(err, fs.ErrNotExist) {
			return Exported{}, refuse(fs.ErrNotExist, "there is no flow %s", e.Flow)
		} else if err != nil {
			return Exported{}, err
		}
	}
	a := &answers{ctx: ctx, store: store, export: e, names: map[string]string{}}
	if err := a.findUndone(); err != nil {
		return Exported{}, err
	}
	var out Exported
	all := func(do func(Record) error) error {
		out = Exported{}
		return a.each(&out, do)
	}
	n, err := writeRecords(w, e.Format, all)
	out.Records = n
	return out, err
}

// findUndone gathers which answers were taken back: the log says so, and an answer that replaces it.
func (a *answers) findUndone() error {
	a.undone = map[string]bool{}
	err := a.store.EachEvent(0, func(e storage.Event) error {
		if e.Kind != "undone" {
			return a.ctx.Err()
		}
		var data struct {
			Answer string `json:"answer"`
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return fmt.Errorf("event %d (%s of %s) is not readable: %w", e.Seq, e.Kind, e.Object, err)
		}
		a.undone[data.Answer] = true
		return nil
	})
	if err != nil {
		return err
	}
	return a.store.EachAnswer(a.export.Flow, func(answer storage.Answer) error {
		if answer.Replaces != "" {
			a.undone[answer.Replaces] = true
		}
		return a.ctx.Err()
	})
}

func (a *answers) each(out *Exported, do func(Record) error) error {
	return a.store.EachAnswer(a.export.Flow, func(answer storage.Answer) error {
		undone := a.undone[answer.ID]
		switch {
		case undone && !a.export.Undone:
			out.Undone++
			return nil
		case answer.Late && !a.export.Late:
			out.Late++
			return nil
		}
		record, err := a.record(answer, undone)
		if err == nil {
			err = a.ctx.Err()
		}
		if err != nil {
			return err
		}
		return do(record)
	})
}

func (a *answers) record(answer storage.Answer, undone bool) (Record, error) {
	if err := a.lookUp(answer); err != nil {
		return Record{}, err
	}
	name, err := a.nameOf(answer.Person)
	if err != nil {
		return Record{}, err
	}
	keys := []string{
		"answer", "flow", "flow_name", "task", "step", "form", "person", "person_name", "time", "seconds", "late", "undone",
	}
	values := []any{
		answer.ID, a.task.Flow, a.flow.Name, answer.Task, a.task.Step, answer.Form, answer.Person, name,
		answer.Time.UTC().Format(time.RFC3339Nano), answer.Seconds, answer.Late, undone,
	}
	for _, part := range []struct {
		name string
		text json.RawMessage
	}{{"item", a.task.Item}, {"values", answer.Values}} {
		value, err := decode(part.text)
		if err != nil {
			return Record{}, fmt.Errorf("the %s of answer %s: %w", part.name, answer.ID, err)
		}
		if inner, is := value.(Record); is && a.export.Format == CSV {
			for key, v := range inner.All() {
				keys, values = append(keys, part.name+"."+key), append(values, v)
			}
			continue
		}
		keys, values = append(keys, part.name), append(values, value)
	}
	return NewRecord(keys, values)
}

// lookUp makes the answer's task and flow the last ones.
func (a *answers) lookUp(answer storage.Answer) (err error) {
	if a.task.ID == answer.Task {
		return nil
	}
	if a.task, err = a.store.Task(answer.Task); err != nil {
		return err
	}
	if a.flow.ID != a.task.Flow {
		a.flow, err = a.store.Flow(a.task.Flow)
	}
	if errors.Is(err, fs.ErrNotExist) { // tasks may be put before people without a flow
		a.flow, err = storage.Flow{ID: a.task.Flow}, nil
	}
	return err
}

func (a *answers) nameOf(person string) (string, error) {
	if name, known := a.names[person]; known {
		return name, nil
	}
	p, err := a.store.Person(person)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	a.names[person] = p.Name
	return p.Name, err
}

// decode reads any JSON value; no bytes at all are null.
func decode(text json.RawMessage) (any, error) {
	p := &parser{text: bytes.TrimSpace(text)}
	if len(p.text) == 0 {
		return nil, nil
	}
	value, mistake := p.value()
	switch {
	case mistake != nil:
		return nil, mistake
	case p.at < len(p.text):
		return nil, p.wrong(p.at, "more than one value")
	}
	return value, nil
}
