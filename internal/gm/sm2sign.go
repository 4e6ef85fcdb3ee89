package gm

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// UserID is the default user identity (用户可辨别标识, GM/T 0009) that goes
	// into every signature here; OpenSSL takes it as -sigopt distid.
	UserID = "1234567812345678"
	// MaxMessage is the longest message, in bytes, that is signed or verified.
	MaxMessage = 32 << 20
	// MaxSignature is the length of the longest signature in DER, in bytes.
	MaxSignature = 2 + 2*(2+33)

	minSignature = 2 + 2*(2+1)
)

// curveOrder is n, the order of the SM2 curve (GB/T 32918.5).
var curveOrder = []byte{
	0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23,
}

// Sign signs a message with SM2 over SM3 (GB/T 32918.2, GB/T 35276) under the
// default user identity, and returns the signature in DER. Two signatures of one
// message differ: never call it from a contract.
func (k *PrivateKey) Sign(message []byte) (signature []byte, err error) {
	defer guard(&err)
	if len(message) > MaxMessage {
		return nil, fmt.Errorf("sign: message of %d bytes: %w: at most %d", len(message), ErrTooLarge, MaxMessage)
	}
	// The library refuses an empty message, OpenSSL does not: hash here.
	digest, err := sm2.CalculateSM2Hash(k.pub.key, message, nil)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	signature, err = sm2.SignASN1(rand.Reader, k.key, digest, nil)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return signature, nil
}

// Verify checks an SM2 signature over a message under the default user
// identity. It is deterministic and bounded, and never panics, whatever the
// bytes. It returns nil, or an error that is
//
//   - ErrSignatureFormat: not the one DER encoding of two numbers in [1, n-1];
//   - ErrSignatureMismatch: a signature, but not by this key over this message;
//   - ErrTooLarge: the message is longer than MaxMessage;
//   - ErrPublicKey: the receiver is no key.
func (p *PublicKey) Verify(message, signature []byte) (err error) {
	defer guard(&err)
	if err := p.check(); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if len(message) > MaxMessage {
		return fmt.Errorf("verify: message of %d bytes: %w: at most %d", len(message), ErrTooLarge, MaxMessage)
	}
	if !isSignature(signature) {
		return fmt.Errorf("verify: %w: want DER of two numbers, at most %d bytes", ErrSignatureFormat, MaxSignature)
	}
	if !sm2.VerifyASN1WithSM2(p.key, nil, message, signature) {
		return ErrSignatureMismatch
	}
	return nil
}

// isSignature tells whether der is SEQUENCE { r, s } in DER, and nothing else,
// with both numbers in [1, n-1].
func isSignature(der []byte) bool {
	if len(der) < minSignature || len(der) > MaxSignature {
		return false
	}
	var inner cryptobyte.String
	var r, s []byte
	input := cryptobyte.String(der)
	return input.ReadASN1(&inner, asn1.SEQUENCE) && input.Empty() &&
		inner.ReadASN1Integer(&r) && inner.ReadASN1Integer(&s) && inner.Empty() &&
		isScalar(r) && isScalar(s)
}

// isScalar tells whether a minimal big-endian number is in [1, n-1].
func isScalar(number []byte) bool {
	if len(number) > len(curveOrder) {
		return false
	}
	var full [32]byte
	copy(full[len(full)-len(number):], number)
	return full != [32]byte{} && bytes.Compare(full[:], curveOrder) < 0
}
