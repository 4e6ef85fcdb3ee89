package gm

import (
	"crypto/pbkdf2"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// KeyEncryptionKey (密钥加密密钥) seals small secrets. The ones made here hold
// an SM4 key in memory; a device (SDF of GM/T 0018, PKCS#11) whose key never
// leaves it is another implementation of the same interface.
type KeyEncryptionKey interface {
	// ID names the key: 16 lower-case hexadecimal digits, the same for the same
	// key everywhere, different for different keys.
	ID() string
	// Seal encrypts and authenticates plaintext and authenticates aad.
	Seal(plaintext, aad []byte) ([]byte, error)
	// Open reverses Seal, and fails with ErrOpen where anything differs.
	Open(sealed, aad []byte) ([]byte, error)
}

const (
	// kekIDSize is the length of an ID in bytes, before hexadecimal.
	kekIDSize = 8
	// MinPassphrase is the least length of a passphrase in bytes.
	MinPassphrase = 12
	// MinSalt is the least length of a passphrase's salt in bytes.
	MinSalt = 16
	// PassphraseIterations is the cost of KEKFromPassphrase: about a third of a
	// second on one core.
	PassphraseIterations = 600_000

	maxKEKFile = 4 << 10
)

// memoryKEK is a key-encryption key in this process's memory.
type memoryKEK struct {
	id  string
	key []byte
}

// NewKEK makes a key-encryption key of the 16 bytes of an SM4 key. It returns
// ErrKeyLength for another length, and for 16 zero bytes, which are a
// placeholder and no key.
func NewKEK(key []byte) (KeyEncryptionKey, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("key-encryption key: %w: %d bytes, want %d", ErrKeyLength, len(key), KeySize)
	}
	kek := memoryKEK{key: append([]byte(nil), key...)}
	if [KeySize]byte(kek.key) == ([KeySize]byte{}) {
		return nil, fmt.Errorf("key-encryption key: %w: all bytes are zero", ErrKeyLength)
	}
	kek.id = hex.EncodeToString(HMAC(kek.key, []byte("henanchain/kek-id/v1"))[:kekIDSize])
	return kek, nil
}

func (k memoryKEK) ID() string                                 { return k.id }
func (k memoryKEK) Seal(plaintext, aad []byte) ([]byte, error) { return Seal(k.key, plaintext, aad) }
func (k memoryKEK) Open(sealed, aad []byte) ([]byte, error)    { return Open(k.key, sealed, aad) }

// String and GoString name the key without telling it.
func (k memoryKEK) String() string   { return "key-encryption key " + k.id }
func (k memoryKEK) GoString() string { return k.String() }

// ParseKEK reads a key-encryption key from text: 32 hexadecimal digits or the
// base64 of 16 bytes, white space around it ignored.
func ParseKEK(text string) (KeyEncryptionKey, error) {
	text = strings.TrimSpace(text)
	if key, err := hex.DecodeString(text); err == nil && len(key) == KeySize {
		return NewKEK(key)
	}
	for _, encoding := range []*base64.Encoding{
		base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
	} {
		if key, err := encoding.Strict().DecodeString(text); err == nil && len(key) == KeySize {
			return NewKEK(key)
		}
	}
	// The text itself is a secret, and stays out of the error.
	return nil, fmt.Errorf("key-encryption key: %w: want %d bytes as 32 hexadecimal digits or base64, got %d characters",
		ErrKeyLength, KeySize, len(text))
}

// KEKFromEnvironment reads a key-encryption key, in the form of ParseKEK, from
// the environment variable name. Prefer a file: an environment shows in /proc
// and is inherited by every child.
func KEKFromEnvironment(name string) (KeyEncryptionKey, error) {
	text, ok := os.LookupEnv(name)
	if !ok || text == "" {
		return nil, fmt.Errorf("environment variable %s: %w: it is not set", name, ErrKeyLength)
	}
	kek, err := ParseKEK(text)
	if err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", name, err)
	}
	return kek, nil
}

// ReadKEKFile reads a key-encryption key, in the form of ParseKEK, from a file.
// It returns ErrKeyFile unless that is a plain file which only its owner can
// reach (mode 0600 or 0400).
func ReadKEKFile(path string) (kek KeyEncryptionKey, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key-encryption key: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat() // of what is open, not of what the path may be by now
	if err != nil {
		return nil, fmt.Errorf("key-encryption key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key-encryption key %s: %w: not a plain file", path, ErrKeyFile)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("key-encryption key %s: %w: mode %04o lets others in; chmod 600 it", path, ErrKeyFile, mode)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKEKFile))
	if err != nil {
		return nil, fmt.Errorf("key-encryption key: %w", err)
	}
	kek, err = ParseKEK(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return kek, nil
}

// CreateKEKFile makes a new key-encryption key and writes it, in hexadecimal, to
// a new file of mode 0600. It never overwrites: the error is then fs.ErrExist.
func CreateKEKFile(path string) (kek KeyEncryptionKey, err error) {
	key := NewDataKey()
	defer clear(key)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create key-encryption key: %w", err)
	}
	_, err = file.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("create key-encryption key: %w", errors.Join(err, os.Remove(path)))
	}
	return NewKEK(key)
}

// KEKFromPassphrase derives a key-encryption key from a passphrase by PBKDF2
// with HMAC-SM3 (GM/T 0091-2020, RFC 8018) over PassphraseIterations rounds. The
// salt, 16 bytes or more, is no secret; keep it beside what is sealed, since
// another salt is another key. A key file is better wherever a program and not
// a person starts the service.
func KEKFromPassphrase(passphrase string, salt []byte) (KeyEncryptionKey, error) {
	if len(passphrase) < MinPassphrase {
		return nil, fmt.Errorf("passphrase: %w: %d bytes, want at least %d", ErrKeyLength, len(passphrase), MinPassphrase)
	}
	if len(salt) < MinSalt {
		return nil, fmt.Errorf("salt: %w: %d bytes, want at least %d", ErrKeyLength, len(salt), MinSalt)
	}
	key, err := pbkdf2.Key(sm3.New, passphrase, salt, PassphraseIterations, KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive key from passphrase: %w", err)
	}
	defer clear(key)
	return NewKEK(key)
}

// isKEKID tells whether text has the form of a KeyEncryptionKey.ID.
func isKEKID(text string) bool {
	id, err := hex.DecodeString(text)
	return err == nil && len(id) == kekIDSize && hex.EncodeToString(id) == text
}
