package storage

import "time"

// Person is somebody who may come in. Disabled people stay: what they did cites them.
type Person struct {
	ID       string    `json:"id"` // a ULID
	Name     string    `json:"name"`
	Role     string    `json:"role"`            // admin, researcher or annotator
	Pools    []string  `json:"pools,omitempty"` // whose tasks they get, besides those that name no pool
	Disabled bool      `json:"disabled,omitempty"`
	Invite   string    `json:"invite,omitempty"` // id of the invite that they came with
	Created  time.Time `json:"created"`
}

// Credential lets somebody in who knows its secret, of which only the SHA-256 is kept.
type Credential struct {
	Hash    string    `json:"hash"` // SHA-256 of the secret, in hex
	Kind    string    `json:"kind"` // session, key or invite
	ID      string    `json:"id"`   // a ULID, by which it is named without its secret
	Person  string    `json:"person,omitempty"`
	Name    string    `json:"name,omitempty"` // what it is for, in its maker's words
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
	Revoked bool      `json:"revoked,omitempty"`

	// Role is what who comes with an invite may do; of a key, what it may, where that is less than its person may.
	Role string `json:"role,omitempty"`
	// Of an invite.
	Pools []string `json:"pools,omitempty"`
	Uses  int      `json:"uses,omitempty"` // how many may come with it; 0: any number
	Used  int      `json:"used,omitempty"` // how many came
}

// PutPerson keeps the latest state of a person.
func (b *Batch) PutPerson(p Person) { b.putUnder(p.ID, personKey(p.ID), p) }

// Person reads one person.
func (s *Store) Person(id string) (p Person, err error) {
	err = s.read(personKey(id), &p, "person %s", id)
	return p, err
}

// People lists everybody, in the order in which they came.
func (s *Store) People() ([]Person, error) { return list[Person](s, []byte(peoplePrefix)) }

// PutCredential keeps the latest state of a credential.
func (b *Batch) PutCredential(c Credential) { b.putUnder(c.Hash, credentialKey(c.Hash), c) }

// Credential reads the credential of a hashed secret.
func (s *Store) Credential(hash string) (c Credential, err error) {
	err = s.read(credentialKey(hash), &c, "credential")
	return c, err
}

// Credentials lists all, in no order that means anything.
func (s *Store) Credentials() ([]Credential, error) {
	return list[Credential](s, []byte(credentialsPrefix))
}
