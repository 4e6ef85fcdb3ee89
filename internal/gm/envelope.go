package gm

import (
	"bytes"
	"cmp"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	envelopeVersion = 1
	// MaxEnvelope is the longest envelope, in bytes of JSON, that is read.
	MaxEnvelope = 64 << 20
	// MaxRecipients is how many public keys one envelope can be for.
	MaxRecipients = 1000
)

// Envelope is data encrypted once for several recipients (数字信封): SM4-GCM
// under a fresh data key, and that key wrapped by SM2 for each recipient. A
// recipient can be added without touching the ciphertext. Its JSON form is for
// storing and sending; read it with ParseEnvelope.
//
// To open one without this package: take wrappedKey of the recipient, decrypt it
// with SM2 (ASN.1, GM/T 0009), check that HMAC-SM3(key, "henanchain/envelope/v1")
// is commitment, and open ciphertext (see Seal) with the 32 bytes of commitment
// followed by the associated data as GCM's additional data.
//
// The commitment makes sure that all recipients read the same plaintext: GCM
// alone lets a dishonest sender make one ciphertext that opens differently under
// two keys.
type Envelope struct {
	Version    int         `json:"version"`
	Commitment string      `json:"commitment"` // hexadecimal
	Recipients []Recipient `json:"recipients"` // sorted by KeyID
	Ciphertext []byte      `json:"ciphertext"` // base64 of Seal's output
}

// Recipient is the data key, wrapped for one public key.
type Recipient struct {
	KeyID      string `json:"keyId"`      // PublicKey.ID
	WrappedKey []byte `json:"wrappedKey"` // base64 of PublicKey.WrapKey's output
}

// NewEnvelope encrypts plaintext for the recipients, at least one, and binds aad
// to it: who opens it must know the same aad, such as the record's id.
func NewEnvelope(plaintext, aad []byte, recipients ...*PublicKey) (*Envelope, error) {
	if len(recipients) == 0 {
		return nil, fmt.Errorf("new envelope: %w: want at least one recipient", ErrFormat)
	}
	dataKey := NewDataKey()
	defer clear(dataKey)
	commitment := commit(dataKey)
	ciphertext, err := Seal(dataKey, plaintext, append(commitment, aad...))
	if err != nil {
		return nil, fmt.Errorf("new envelope: %w", err)
	}
	e := &Envelope{Version: envelopeVersion, Commitment: hex.EncodeToString(commitment), Ciphertext: ciphertext}
	for _, recipient := range recipients {
		if err := e.wrap(dataKey, recipient); err != nil {
			return nil, fmt.Errorf("new envelope: %w", err)
		}
	}
	return e, nil
}

// Open decrypts the envelope for one of its recipients. It returns
// ErrNotRecipient where the key is none of them, and ErrOpen where aad or any
// byte differs.
func (e *Envelope) Open(key *PrivateKey, aad []byte) ([]byte, error) {
	dataKey, err := e.dataKey(key)
	if err != nil {
		return nil, fmt.Errorf("open envelope: %w", err)
	}
	defer clear(dataKey)
	plaintext, err := Open(dataKey, e.Ciphertext, append(commit(dataKey), aad...))
	if err != nil {
		return nil, fmt.Errorf("open envelope: %w", err)
	}
	return plaintext, nil
}

// AddRecipient lets one more public key open the envelope. The holder is one of
// its recipients already. Adding one twice changes nothing.
func (e *Envelope) AddRecipient(holder *PrivateKey, recipient *PublicKey) error {
	dataKey, err := e.dataKey(holder)
	if err != nil {
		return fmt.Errorf("add recipient: %w", err)
	}
	defer clear(dataKey)
	if err := e.wrap(dataKey, recipient); err != nil {
		return fmt.Errorf("add recipient: %w", err)
	}
	return nil
}

// RemoveRecipient drops a wrapped key and tells whether it was there. Who has
// opened the envelope keeps what was learnt: to shut somebody out, encrypt the
// next version anew.
func (e *Envelope) RemoveRecipient(keyID string) bool {
	before := len(e.Recipients)
	e.Recipients = slices.DeleteFunc(e.Recipients, func(r Recipient) bool { return r.KeyID == keyID })
	return len(e.Recipients) < before
}

// ParseEnvelope reads an envelope's JSON. It returns ErrTooLarge or ErrFormat:
// unknown and missing fields, recipients out of order or named twice, and text
// after the end are refused.
func ParseEnvelope(data []byte) (*Envelope, error) {
	if len(data) > MaxEnvelope {
		return nil, fmt.Errorf("parse envelope: %w: %d bytes, at most %d", ErrTooLarge, len(data), MaxEnvelope)
	}
	var e Envelope
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return nil, fmt.Errorf("parse envelope: %w: %w", ErrFormat, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("parse envelope: %w: text after the end", ErrFormat)
	}
	if err := e.validate(); err != nil {
		return nil, fmt.Errorf("parse envelope: %w: %w", ErrFormat, err)
	}
	return &e, nil
}

func (e *Envelope) validate() error {
	switch {
	case e.Version != envelopeVersion:
		return fmt.Errorf("version is %d, want %d", e.Version, envelopeVersion)
	case !isKeyID(e.Commitment):
		return errors.New("commitment: want 64 lower-case hexadecimal digits")
	case len(e.Recipients) == 0 || len(e.Recipients) > MaxRecipients:
		return fmt.Errorf("recipients: %d, want 1 to %d", len(e.Recipients), MaxRecipients)
	case len(e.Ciphertext) < SealOverhead:
		return errors.New("ciphertext: too short")
	}
	for i, r := range e.Recipients {
		if !isKeyID(r.KeyID) {
			return fmt.Errorf("recipients[%d].keyId: want 64 lower-case hexadecimal digits", i)
		}
		if i > 0 && e.Recipients[i-1].KeyID >= r.KeyID {
			return fmt.Errorf("recipients[%d].keyId: want each once, in ascending order", i)
		}
		if len(r.WrappedKey) < minCiphertext || len(r.WrappedKey) > maxCiphertext {
			return fmt.Errorf("recipients[%d].wrappedKey: %d bytes is no wrapped key", i, len(r.WrappedKey))
		}
	}
	return nil
}

// dataKey unwraps the data key and checks it against the commitment.
func (e *Envelope) dataKey(key *PrivateKey) ([]byte, error) {
	if err := e.validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	at, found := e.find(key.pub.ID())
	if !found {
		return nil, fmt.Errorf("%w: %s", ErrNotRecipient, key.pub)
	}
	dataKey, err := key.UnwrapKey(e.Recipients[at].WrappedKey)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(commit(dataKey))), []byte(e.Commitment)) != 1 {
		clear(dataKey)
		return nil, fmt.Errorf("%w: the wrapped key is not the one committed to", ErrOpen)
	}
	return dataKey, nil
}

func (e *Envelope) wrap(dataKey []byte, recipient *PublicKey) error {
	if err := recipient.check(); err != nil {
		return err
	}
	at, found := e.find(recipient.ID())
	if found {
		return nil
	}
	if len(e.Recipients) == MaxRecipients {
		return fmt.Errorf("%w: at most %d recipients", ErrTooLarge, MaxRecipients)
	}
	wrapped, err := recipient.WrapKey(dataKey)
	if err != nil {
		return err
	}
	e.Recipients = slices.Insert(e.Recipients, at, Recipient{KeyID: recipient.ID(), WrappedKey: wrapped})
	return nil
}

func (e *Envelope) find(keyID string) (int, bool) {
	return slices.BinarySearchFunc(e.Recipients, keyID, func(r Recipient, id string) int { return cmp.Compare(r.KeyID, id) })
}

// commit returns the commitment to a data key, with room for more behind it.
func commit(dataKey []byte) []byte { return HMAC(dataKey, []byte("henanchain/envelope/v1")) }
