package people

import (
	"encoding/json"
	"fmt"
	"time"

	"workbench/storage"
)

// change is what one act writes.
type change struct {
	people      []storage.Person
	credentials []storage.Credential
	events      []storage.Event
}

// event adds an entry of the log; data is marshalled unless it is nil.
func (c *change) event(at time.Time, kind, actor, object string, data any) error {
	e := storage.Event{Time: at, Kind: kind, Actor: actor, Object: object}
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			return fmt.Errorf("record %s of %s: %w", kind, object, err)
		}
		e.Data = raw
	}
	c.events = append(c.events, e)
	return nil
}

// keep makes a change durable, then true here, then known. The caller holds changing.
func (b *Book) keep(c change) error {
	batch := &storage.Batch{}
	for _, p := range c.people {
		batch.PutPerson(p)
	}
	for _, credential := range c.credentials {
		batch.PutCredential(credential)
	}
	for _, e := range c.events {
		batch.Append(e)
	}
	if err := b.store.Commit(batch); err != nil {
		return fmt.Errorf("record who may come in: %w", err)
	}
	b.mu.Lock()
	for _, p := range c.people {
		b.people[p.ID] = p
	}
	for _, credential := range c.credentials {
		b.credentials[credential.Hash] = credential
	}
	b.mu.Unlock()
	for _, p := range c.people {
		for _, f := range b.told {
			f(p)
		}
	}
	return nil
}
