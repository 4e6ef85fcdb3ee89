package gm

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm2"
)

// pointSize is the length of an uncompressed point: 04 ‖ x ‖ y.
const pointSize = 1 + 2*32

// spkiPrefix is all of an SM2 SubjectPublicKeyInfo (RFC 5480; the curve is OID
// 1.2.156.10197.1.301 of GB/T 33560) before its uncompressed point. A key has
// exactly one encoding here, so that keys can be compared as bytes.
var spkiPrefix = []byte{
	0x30, 0x59, 0x30, 0x13,
	0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, // id-ecPublicKey
	0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, // SM2 curve
	0x03, 0x42, 0x00,
}

// PublicKey is an SM2 public key (公钥, GB/T 32918.1), a point known to be on
// the curve. The zero value is no key, and every use of it is refused.
type PublicKey struct {
	key *ecdsa.PublicKey
	der []byte
	id  string
}

// PrivateKey is an SM2 private key (私钥). It prints as its public key's id.
type PrivateKey struct {
	key *sm2.PrivateKey
	pub *PublicKey
}

// GenerateKey makes an SM2 key from random, or from the operating system's
// generator where random is nil.
func GenerateKey(random io.Reader) (*PrivateKey, error) {
	if random == nil {
		random = rand.Reader
	}
	key, err := sm2.GenerateKey(random)
	if err != nil {
		return nil, fmt.Errorf("generate SM2 key: %w", err)
	}
	return newPrivateKey(key)
}

// newPrivateKey checks that the number is in [1, n-2]: the library's parsers
// let n-1 pass, with which nothing can be signed.
func newPrivateKey(parsed *sm2.PrivateKey) (*PrivateKey, error) {
	scalar, err := parsed.ECDH()
	if err != nil {
		return nil, fmt.Errorf("private key: %w: out of range", ErrPrivateKey)
	}
	key, err := sm2.NewPrivateKey(scalar.Bytes())
	if err != nil {
		return nil, fmt.Errorf("private key: %w: out of range", ErrPrivateKey)
	}
	pub, err := PublicKeyOf(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{key: key, pub: pub}, nil
}

// Public returns the public half.
func (k *PrivateKey) Public() *PublicKey { return k.pub }

// String names the key without telling it.
func (k *PrivateKey) String() string { return "SM2 private key " + k.pub.ID() }

// GoString is String, so that %#v does not tell the key either.
func (k *PrivateKey) GoString() string { return k.String() }

// CryptoSigner returns the key as the standard library's interface, for what
// makes certificates and requests. Its Sign takes a digest, not a message.
func (k *PrivateKey) CryptoSigner() crypto.Signer { return k.key }

// ParsePublicKey reads the DER form of an SM2 public key (SubjectPublicKeyInfo),
// the 91 bytes that PublicKey.DER and `openssl pkey -pubout -outform DER` write.
// It returns ErrPublicKey for any other key, any other encoding of the same key
// and a point that is not on the curve.
func ParsePublicKey(der []byte) (key *PublicKey, err error) {
	defer guard(&err)
	point, found := bytes.CutPrefix(der, spkiPrefix)
	if !found || len(point) != pointSize {
		return nil, fmt.Errorf("parse public key: %w: want the %d-byte SubjectPublicKeyInfo of an uncompressed point",
			ErrPublicKey, len(spkiPrefix)+pointSize)
	}
	return ParsePoint(point)
}

// ParsePoint reads an uncompressed point, 04 ‖ x ‖ y, the form in which devices
// and GM/T 0018 interfaces hand out a public key.
func ParsePoint(point []byte) (key *PublicKey, err error) {
	defer guard(&err)
	if len(point) != pointSize || point[0] != 4 {
		return nil, fmt.Errorf("parse point: %w: want 04 and two coordinates, %d bytes", ErrPublicKey, pointSize)
	}
	pub, err := sm2.NewPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("parse point: %w: the point is not on the curve", ErrPublicKey)
	}
	der := append(append(make([]byte, 0, len(spkiPrefix)+pointSize), spkiPrefix...), point...)
	return &PublicKey{key: pub, der: der, id: HexDigest(der)}, nil
}

// PublicKeyOf takes the public key out of a certificate, or out of whatever
// else the standard library's types hold. It returns ErrPublicKey unless it is
// an SM2 key on the curve.
func PublicKeyOf(pub crypto.PublicKey) (key *PublicKey, err error) {
	defer guard(&err)
	ec, ok := pub.(*ecdsa.PublicKey)
	if !ok || ec == nil || !sm2.IsSM2PublicKey(ec) {
		return nil, fmt.Errorf("public key of type %T: %w", pub, ErrPublicKey)
	}
	point, err := sm2.PublicKeyToECDH(ec)
	if err != nil {
		return nil, fmt.Errorf("public key: %w: the point is not on the curve", ErrPublicKey)
	}
	return ParsePoint(point.Bytes())
}

func (p *PublicKey) check() error {
	if p == nil || p.key == nil {
		return fmt.Errorf("empty key: %w", ErrPublicKey)
	}
	return nil
}

// DER returns the key as SubjectPublicKeyInfo.
func (p *PublicKey) DER() []byte { return bytes.Clone(p.der) }

// Point returns the key as an uncompressed point, 04 ‖ x ‖ y.
func (p *PublicKey) Point() []byte { return bytes.Clone(p.der[len(spkiPrefix):]) }

// ID returns the key's thumbprint: the SM3 digest, in hexadecimal, of its DER
// form. Anyone can compute it:
// openssl pkey -pubin -in key.pem -outform DER | openssl dgst -sm3
func (p *PublicKey) ID() string { return p.id }

// String names the key.
func (p *PublicKey) String() string { return "SM2 public key " + p.id }

// Equal tells whether both are the same key.
func (p *PublicKey) Equal(other *PublicKey) bool {
	return p != nil && other != nil && bytes.Equal(p.der, other.der)
}

// CryptoPublicKey returns the key as the standard library's type, for what
// makes certificates.
func (p *PublicKey) CryptoPublicKey() crypto.PublicKey { return p.key }

// isKeyID tells whether text has the form of a PublicKey.ID: lower-case
// hexadecimal, so that one key has one name.
func isKeyID(text string) bool {
	digest, err := ParseDigest(text)
	return err == nil && hex.EncodeToString(digest[:]) == text
}
