package gm

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	// sealedPrefix starts the text form of everything sealed at rest.
	sealedPrefix = "sealed:v1:"
	// MaxSealed is the longest sealed text, in bytes, that is read.
	MaxSealed = 1 << 20
)

// Sealed is a secret sealed at rest. Its text form, which is also its JSON form,
// is sealed:v1:KEK:BOX, with the id of the key-encryption key and base64.
type Sealed struct {
	kek string
	box []byte
}

// KEKID names the key-encryption key that it is sealed under.
func (s Sealed) KEKID() string { return s.kek }

// String returns the text form. It tells nothing of the secret but its length.
func (s Sealed) String() string {
	return sealedPrefix + s.kek + ":" + base64.StdEncoding.EncodeToString(s.box)
}

// MarshalText is String, so that a Sealed can stand in JSON.
func (s Sealed) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSealed.
func (s *Sealed) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSealed(string(text))
	return err
}

// ParseSealed reads the text form. It returns ErrFormat or ErrTooLarge.
func ParseSealed(text string) (Sealed, error) {
	if len(text) > MaxSealed {
		return Sealed{}, fmt.Errorf("parse sealed secret: %w: %d bytes, at most %d", ErrTooLarge, len(text), MaxSealed)
	}
	rest, found := strings.CutPrefix(text, sealedPrefix)
	id, encoded, split := strings.Cut(rest, ":")
	if !found || !split || !isKEKID(id) {
		return Sealed{}, fmt.Errorf("parse sealed secret: %w: want %sKEK:BASE64", ErrFormat, sealedPrefix)
	}
	box, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(box) < SealOverhead || strings.ContainsAny(encoded, "\r\n") {
		return Sealed{}, fmt.Errorf("parse sealed secret: %w: the part after the key's id is no sealed box in base64", ErrFormat)
	}
	return Sealed{kek: id, box: box}, nil
}

// Sealer seals secrets at rest under an active key-encryption key, and opens
// what is sealed under the active or a retired one. It is safe for concurrent
// use as far as its keys are.
type Sealer struct {
	active KeyEncryptionKey
	known  map[string]KeyEncryptionKey
}

// NewSealer makes a Sealer. To change the key-encryption key of a store: open it
// with the new key active and the old one retired, Reseal every secret, and
// start without the old one.
func NewSealer(active KeyEncryptionKey, retired ...KeyEncryptionKey) (*Sealer, error) {
	s := &Sealer{active: active, known: map[string]KeyEncryptionKey{}}
	for _, kek := range append([]KeyEncryptionKey{active}, retired...) {
		if kek == nil {
			return nil, fmt.Errorf("sealer: %w: a key-encryption key is missing", ErrKeyLength)
		}
		if !isKEKID(kek.ID()) {
			return nil, fmt.Errorf("sealer: %w: key id %q, want 16 lower-case hexadecimal digits", ErrFormat, kek.ID())
		}
		s.known[kek.ID()] = kek
	}
	return s, nil
}

// KEKID names the active key-encryption key.
func (s *Sealer) KEKID() string { return s.active.ID() }

// Seal seals a secret. The purpose says what it is and whose, such as
// "fabric-key/zhengzhou-licences"; the same purpose opens it, so that one
// sealed secret cannot be put in another's place.
func (s *Sealer) Seal(secret []byte, purpose string) (Sealed, error) {
	if size := len(sealedPrefix) + 2*kekIDSize + 1 + base64.StdEncoding.EncodedLen(SealOverhead+len(secret)); size > MaxSealed {
		return Sealed{}, fmt.Errorf("seal %s: %w: at most %d bytes once sealed", purpose, ErrTooLarge, MaxSealed)
	}
	box, err := s.active.Seal(secret, sealedAAD(s.active.ID(), purpose))
	if err != nil {
		return Sealed{}, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return Sealed{kek: s.active.ID(), box: box}, nil
}

// Open opens a sealed secret. It returns UnknownKEKError where the key is not at
// hand, and ErrOpen or ErrFormat where key, purpose or any byte differs.
func (s *Sealer) Open(sealed Sealed, purpose string) ([]byte, error) {
	kek, ok := s.known[sealed.kek]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", purpose, &UnknownKEKError{ID: sealed.kek, Known: slices.Sorted(maps.Keys(s.known))})
	}
	secret, err := kek.Open(sealed.box, sealedAAD(sealed.kek, purpose))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, err)
	}
	return secret, nil
}

// Reseal seals a secret again under the active key-encryption key, and tells
// whether that changed anything: what is under the active key already is
// checked and stays as it is.
func (s *Sealer) Reseal(sealed Sealed, purpose string) (Sealed, bool, error) {
	secret, err := s.Open(sealed, purpose)
	if err != nil {
		return sealed, false, err
	}
	defer clear(secret)
	if sealed.kek == s.active.ID() {
		return sealed, false, nil
	}
	renewed, err := s.Seal(secret, purpose)
	if err != nil {
		return sealed, false, err
	}
	return renewed, true, nil
}

// sealedAAD binds the form, the key's id and the purpose to the secret.
func sealedAAD(id, purpose string) []byte {
	return []byte(sealedPrefix + id + ":" + purpose)
}
