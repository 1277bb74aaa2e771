package people

import (
	"fmt"
	"io/fs"

	"workbench/storage"
)

// SignIn makes a session of a person's key. Errors are those of [Book.Who].
func (b *Book) SignIn(token string) (p storage.Person, session string, err error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	p, with, err := b.Who(token)
	if err != nil {
		return p, "", err
	}
	if with.Kind != key || with.Role != "" { // a key that may less than its person would become a session that may all
		return storage.Person{}, "", ErrUnknown
	}
	var what change
	session, err = b.newSession(&what, p.ID)
	if err != nil {
		return p, "", err
	}
	if err := what.event(b.time(), "signed_in", p.ID, p.ID, map[string]string{"with": with.ID}); err != nil {
		return p, "", err
	}
	return p, session, b.keep(what)
}

// newSession adds a session of a person to a change. The caller holds changing.
func (b *Book) newSession(what *change, person string) (string, error) {
	secret, c, err := b.secret(session)
	if err != nil {
		return "", err
	}
	c.Person, c.Expires = person, c.Created.Add(b.session)
	what.credentials = append(what.credentials, c)
	return secret, nil
}

// NewKey makes a key of a person: for programs, and for the link by which they sign in on another
// machine. Everybody makes keys of their own, a researcher of annotators, an admin of anybody; name says
// what it is for. The key may what its person may, or with the role [User] less; nobody signs in with that.
// Errors wrap [ErrForbidden], [ErrInvalid] or fs.ErrNotExist.
func (b *Book) NewKey(by, person, name string, role Role) (token string, c storage.Credential, err error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	p, err := b.Person(person)
	if err != nil {
		return "", c, err
	}
	if by != person {
		if err := b.mayMake(by, Role(p.Role)); err != nil {
			return "", c, err
		}
	}
	switch {
	case role != "" && role != User:
		return "", c, fmt.Errorf("%w: a key may what its person may, or has the role %s; %q is neither", ErrInvalid, User, role)
	case role == User && !Role(p.Role).AtLeast(User):
		return "", c, fmt.Errorf("%w: a key for the API belongs to a researcher or an admin, who answers for it", ErrForbidden)
	}
	if name, err = tidy(name, "the key"); err != nil {
		return "", c, err
	}
	if name == "" || name == printed {
		return "", c, fmt.Errorf("%w: say what the key is for", ErrInvalid)
	}
	token, c, err = b.secret(key)
	if err != nil {
		return "", c, err
	}
	c.Person, c.Name, c.Role = person, name, string(role)
	what := change{credentials: []storage.Credential{c}}
	about := map[string]string{"id": c.ID, "name": c.Name}
	if c.Role != "" {
		about["role"] = c.Role
	}
	if err := what.event(b.time(), "key", by, person, about); err != nil {
		return "", c, err
	}
	return token, c, b.keep(what)
}

// SignOut ends a session. Errors are those of [Book.Who].
func (b *Book) SignOut(secret string) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	c, err := b.credential(secret)
	if err != nil {
		return err
	}
	if c.Kind != session {
		return fmt.Errorf("%w: this is no session; keys and invitations are withdrawn by their id", ErrInvalid)
	}
	return b.revoke(c.Person, c)
}

// Revoke withdraws an invitation or a key (or session) by its id. An admin withdraws any, a researcher
// those of annotators, everybody their own. Withdrawing again changes nothing. Errors wrap
// [ErrForbidden] or fs.ErrNotExist.
func (b *Book) Revoke(by, id string) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	c, ok := b.byID(id)
	if !ok {
		return fmt.Errorf("credential %q: %w", id, fs.ErrNotExist)
	}
	role := Role(c.Role) // of an invitation
	if c.Kind != invite {
		owner, err := b.Person(c.Person)
		if err != nil {
			return err
		}
		role = Role(owner.Role)
	}
	if by != c.Person {
		if err := b.mayMake(by, role); err != nil {
			return err
		}
	}
	return b.revoke(by, c)
}

func (b *Book) revoke(by string, c storage.Credential) error {
	if c.Revoked {
		return nil
	}
	c.Revoked = true
	what := change{credentials: []storage.Credential{c}}
	if err := what.event(b.time(), "revoked", by, c.ID, map[string]string{"kind": c.Kind, "name": c.Name}); err != nil {
		return err
	}
	return b.keep(what)
}

func (b *Book) byID(id string) (storage.Credential, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, c := range b.credentials {
		if c.ID == id {
			return c, true
		}
	}
	return storage.Credential{}, false
}
