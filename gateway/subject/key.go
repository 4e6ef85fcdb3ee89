// Package subject turns the identifier of a person or an organisation into the
// keyed hash by which the ledgers know it. The key stays at the gateway: with
// it, identity numbers could be found by trying all of them.
package subject

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"henanchain/internal/gm"
)

// keySize is the length of a subject key in bytes: as much as HMAC-SM3 uses.
const keySize = 32

// purpose binds a sealed subject key to its use.
const purpose = "subject-key"

// Key is the secret of the keyed hashes. All gateways of a network hold the
// same one; another key would make other hashes, and nothing would be found.
type Key struct{ secret []byte }

// String keeps the key out of logs.
func (k Key) String() string { return "subject key" }

// GoString is String, for %#v.
func (k Key) GoString() string { return k.String() }

// NewKey makes a key of 32 bytes.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != keySize {
		return nil, fmt.Errorf("a subject key has %d bytes, not %d", keySize, len(secret))
	}
	return &Key{append([]byte(nil), secret...)}, nil
}

// Hash is the keyed hash of a normalised identifier of a type.
func (k *Key) Hash(idType, number string) (string, error) {
	return gm.SubjectKey(k.secret, idType, number)
}

// Digest is a keyed digest of anything that may name a person, in hexadecimal:
// without the key, nobody can try out what was digested.
func (k *Key) Digest(data []byte) string {
	return hex.EncodeToString(gm.HMAC(k.secret, append([]byte("henanchain/digest/v1\x00"), data...)))
}

// Read reads a key file: 64 hexadecimal digits, or the same sealed under a
// key-encryption key that sealer holds. The file must be its owner's alone.
func Read(path string, sealer *gm.Sealer) (*Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("subject key: %w; `gateway keys init` makes one", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("subject key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("subject key %s: has mode %04o and must be a file that only its owner can read; chmod 600 it", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return nil, fmt.Errorf("subject key: %w", err)
	}
	return parse(path, strings.TrimSpace(string(text)), sealer)
}

func parse(path, text string, sealer *gm.Sealer) (*Key, error) {
	if sealed, err := gm.ParseSealed(text); err == nil {
		if sealer == nil {
			return nil, fmt.Errorf("subject key %s: is sealed under the key-encryption key %s: set kek.file", path, sealed.KEKID())
		}
		opened, err := sealer.Open(sealed, purpose)
		if err != nil {
			return nil, fmt.Errorf("subject key %s: %w", path, err)
		}
		return NewKey(opened)
	}
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != keySize {
		return nil, fmt.Errorf("subject key %s: must hold %d hexadecimal digits, or be sealed", path, 2*keySize)
	}
	return NewKey(secret)
}

// Create makes a new key in a new file, sealed where sealer is not nil. It
// never overwrites: the error is then fs.ErrExist.
func Create(path string, sealer *gm.Sealer) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("subject key %s: %w", path, fs.ErrExist)
	}
	secret := make([]byte, keySize)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("draw a subject key: %w", err)
	}
	text := hex.EncodeToString(secret)
	if sealer != nil {
		sealed, err := sealer.Seal(secret, purpose)
		if err != nil {
			return err
		}
		text = sealed.String()
	}
	return writeNew(path, text+"\n")
}

// writeNew writes a file beside its place and links it there, so that it is
// whole or absent and never replaces another.
func writeNew(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create subject key: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".subject-key-*")
	if err != nil {
		return fmt.Errorf("create subject key: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Chmod(0o600), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("create subject key: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return fmt.Errorf("create subject key: %w", err)
	}
	return nil
}

// Renew seals the content of a key file again under the sealer's active
// key-encryption key, and tells whether that changed anything. A key that is not
// sealed stays so.
func Renew(text []byte, sealer *gm.Sealer) ([]byte, bool, error) {
	sealed, err := gm.ParseSealed(strings.TrimSpace(string(text)))
	if err != nil {
		if _, plain := parse("", strings.TrimSpace(string(text)), nil); plain == nil {
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("it is no subject key: %w", err)
	}
	renewed, changed, err := sealer.Reseal(sealed, purpose)
	return []byte(renewed.String() + "\n"), changed, err
}
