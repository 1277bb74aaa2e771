package people

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// secretBytes are more than anybody can guess, and what a SHA-256 keeps.
const secretBytes = 32

// maxSecret is longer than any secret of ours; nothing longer is hashed.
const maxSecret = 128

// The kinds of credential, as storage names them.
const (
	session = "session"
	key     = "key"
	invite  = "invite"
)

// hashOf is under what a secret is kept. Looking it up takes a time that depends on the hash, of which
// nobody can choose more than a guess of the secret gives away; so it says nothing about the secret.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// secret makes a new credential of a kind, and the secret that it is recognised by.
func (b *Book) secret(kind string) (string, storage.Credential, error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(b.random, raw); err != nil {
		return "", storage.Credential{}, fmt.Errorf("make a secret: %w", err)
	}
	secret := base64.RawURLEncoding.EncodeToString(raw)
	id, err := b.id()
	if err != nil {
		return "", storage.Credential{}, err
	}
	return secret, storage.Credential{Hash: hashOf(secret), Kind: kind, ID: id, Created: b.time()}, nil
}

// id makes a ULID. The caller holds changing.
func (b *Book) id() (string, error) {
	id, err := ulid.New(ulid.Timestamp(b.now()), b.entropy)
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}

func (b *Book) time() time.Time { return b.now().UTC() }
