package people

import (
	"fmt"
	"slices"

	"workbench/storage"
)

// Change says what becomes of a person; nil leaves it as it is.
type Change struct {
	Name     *string
	Role     *Role
	Pools    *[]string
	Disabled *bool
}

// Change changes a person. An admin changes anybody, a researcher an annotator's name, pools and whether
// they may come in, everybody their own name. Errors wrap [ErrForbidden], [ErrInvalid], [ErrTaken],
// [ErrLastAdmin] or fs.ErrNotExist.
func (b *Book) Change(by, person string, c Change) (storage.Person, error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	old, err := b.Person(person)
	if err != nil {
		return old, err
	}
	if err := b.mayChange(by, old, c); err != nil {
		return old, err
	}
	p := old
	var what change
	if c.Name != nil {
		if p.Name, err = b.freeName(*c.Name, p.ID); err != nil {
			return old, err
		}
	}
	if c.Role != nil {
		if !c.Role.Known() {
			return old, fmt.Errorf("%w: there is no role %q; there are %v", ErrInvalid, *c.Role, ranks)
		}
		p.Role = string(*c.Role)
	}
	if c.Pools != nil {
		if p.Pools, err = pools(*c.Pools); err != nil {
			return old, err
		}
	}
	if c.Disabled != nil {
		p.Disabled = *c.Disabled
	}
	if isAdmin(old) && !isAdmin(p) && b.admins() == 1 {
		return old, fmt.Errorf("%w: %s is the last admin; make somebody else one first", ErrLastAdmin, old.Name)
	}
	if err := b.describe(&what, by, old, p); err != nil {
		return old, err
	}
	if len(what.events) == 0 {
		return old, nil
	}
	what.people = []storage.Person{p}
	if err := b.keep(what); err != nil {
		return old, err
	}
	return p, nil
}

// describe adds an entry of the log for everything that is different.
func (b *Book) describe(what *change, by string, old, p storage.Person) error {
	for _, d := range []struct {
		differs bool
		kind    string
		data    any
	}{
		{p.Name != old.Name, "named", map[string]string{"name": p.Name}},
		{p.Role != old.Role, "role", map[string]string{"role": p.Role}},
		{!slices.Equal(p.Pools, old.Pools), "pools", map[string][]string{"pools": p.Pools}},
		{p.Disabled != old.Disabled, "disabled", map[string]bool{"disabled": p.Disabled}},
	} {
		if !d.differs {
			continue
		}
		if err := what.event(b.time(), d.kind, by, p.ID, d.data); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) mayChange(by string, p storage.Person, c Change) error {
	actor, err := b.active(by)
	if err != nil {
		return err
	}
	onlyName := c.Role == nil && c.Pools == nil && c.Disabled == nil
	switch {
	case Role(actor.Role) == Admin, by == p.ID && onlyName:
		return nil
	case c.Role != nil:
		return fmt.Errorf("%w: only an admin gives roles", ErrForbidden)
	}
	return b.mayMake(by, Role(p.Role))
}

// mayMake says whether somebody may let in people of a role: annotators a researcher, all an admin.
func (b *Book) mayMake(by string, role Role) error {
	if !role.Known() {
		return fmt.Errorf("%w: there is no role %q; there are %v", ErrInvalid, role, ranks)
	}
	actor, err := b.active(by)
	switch {
	case err != nil:
		return err
	case Role(actor.Role) == Admin, Role(actor.Role) == Researcher && role == Annotator:
		return nil
	}
	return fmt.Errorf("%w: as %s you have no say about %ss; an admin does", ErrForbidden, actor.Role, role)
}

// active finds a person who may do something at all.
func (b *Book) active(id string) (storage.Person, error) {
	p, err := b.Person(id)
	if err != nil || p.Disabled {
		return p, fmt.Errorf("%w: nobody who may come in has the id %q", ErrForbidden, id)
	}
	return p, nil
}

func (b *Book) admins() (n int) {
	for _, p := range b.All() {
		if isAdmin(p) {
			n++
		}
	}
	return n
}

func isAdmin(p storage.Person) bool { return Role(p.Role) == Admin && !p.Disabled }
