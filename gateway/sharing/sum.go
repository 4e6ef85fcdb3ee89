package sharing

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"henanchain/internal/gm"
)

// A secure sum (安全求和) by additive shares of zero. Each pair of parties agrees on a
// secret (X25519) of which a mask modulo 2^64 is made; one of the two adds it to
// its number, the other one subtracts it. What a party gives is then uniformly
// random to everybody else, and all masks together are zero. The recipient is a
// party whose number is zero and who gives nothing: the sum on the ledger is
// still under its masks, and it alone takes them off. See docs/sharing.md.

// SessionKey is a party's key for one computation. It must not be used for
// another: the masks would be the same.
type SessionKey struct{ private *ecdh.PrivateKey }

// NewSessionKey draws a session key.
func NewSessionKey() (*SessionKey, error) {
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("draw a session key: %w", err)
	}
	return &SessionKey{k}, nil
}

// ParseSessionKey reads what Secret gave.
func ParseSessionKey(text string) (*SessionKey, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, errors.New("a session key is 64 hexadecimal digits")
	}
	k, err := ecdh.X25519().NewPrivateKey(raw)
	if err != nil {
		return nil, errors.New("a session key is 64 hexadecimal digits")
	}
	return &SessionKey{k}, nil
}

// Secret is the private key in hexadecimal, to be kept until the computation is
// over.
func (k *SessionKey) Secret() string { return hex.EncodeToString(k.private.Bytes()) }

// String keeps the key out of logs.
func (k *SessionKey) String() string { return "session key" }

// GoString is String, for %#v.
func (k *SessionKey) GoString() string { return k.String() }

// Public is the public key in hexadecimal, as the ledger takes it.
func (k *SessionKey) Public() string { return hex.EncodeToString(k.private.PublicKey().Bytes()) }

// Mask hides a number: with the public keys of all other parties of the
// computation, the recipient's among them.
func (k *SessionKey) Mask(jointID string, number int64, others []string) (uint64, error) {
	if len(others) < 2 {
		return 0, fmt.Errorf("mask a number: with %d other part(ies) it would not be hidden", len(others))
	}
	masked := uint64(number)
	own := k.private.PublicKey().Bytes()
	seen := map[string]bool{string(own): true}
	for _, text := range others {
		raw, err := hex.DecodeString(text)
		if err != nil || seen[string(raw)] {
			return 0, errors.New("mask a number: each other party has one session key of its own, in hexadecimal")
		}
		seen[string(raw)] = true
		mask, err := k.mask(jointID, own, raw)
		if err != nil {
			return 0, err
		}
		if bytes.Compare(own, raw) > 0 {
			masked += mask
		} else {
			masked -= mask
		}
	}
	return masked, nil
}

// mask is what the two holders of keys alone can compute, for one computation.
func (k *SessionKey) mask(jointID string, own, other []byte) (uint64, error) {
	peer, err := ecdh.X25519().NewPublicKey(other)
	if err != nil {
		return 0, fmt.Errorf("mask a number: a session key cannot be read: %w", err)
	}
	secret, err := k.private.ECDH(peer)
	if err != nil {
		return 0, fmt.Errorf("mask a number: a session key is not one: %w", err)
	}
	low, high := own, other
	if bytes.Compare(low, high) > 0 {
		low, high = high, low
	}
	context := append([]byte("henanchain/sum/v1/"+jointID+"/"), low...)
	return binary.BigEndian.Uint64(gm.HMAC(secret, append(context, high...))), nil
}

// Unmask is the sum: of the masked sum on the ledger, by the recipient's key and
// the session keys of all who gave.
func (k *SessionKey) Unmask(jointID string, maskedSum uint64, parties []string) (int64, error) {
	own, err := k.Mask(jointID, 0, parties)
	if err != nil {
		return 0, err
	}
	return int64(maskedSum + own), nil
}
