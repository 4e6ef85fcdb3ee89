package tsa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"

	"henanchain/internal/gm"
)

// minRSA is the shortest RSA modulus that is trusted, in bits.
const minRSA = 2048

// Key is a time-stamping authority's public key.
type Key struct {
	sm2   *gm.PublicKey
	ecdsa *ecdsa.PublicKey
	rsa   *rsa.PublicKey
	der   []byte
}

// ParseKey reads a public key in PEM (SPKI). Its error wraps ErrKey.
func ParseKey(text string) (*Key, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: it must be one PEM block PUBLIC KEY", ErrKey)
	}
	k := &Key{der: block.Bytes}
	var err error
	if k.sm2, err = gm.ParsePublicKey(block.Bytes); err == nil {
		return k, nil
	}
	spki, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	switch pub := spki.(type) {
	case *ecdsa.PublicKey:
		if pub.Curve == elliptic.P256() {
			k.ecdsa = pub
			return k, nil
		}
	case *rsa.PublicKey:
		if pub.N.BitLen() >= minRSA && pub.N.BitLen() <= 4*minRSA {
			k.rsa = pub
			return k, nil
		}
	}
	return nil, fmt.Errorf("%w: it must be SM2, ECDSA on P-256 or RSA of at least %d bits", ErrKey, minRSA)
}

// ID is the SM3 digest of the key's SPKI, hexadecimal.
func (k *Key) ID() string { return gm.HexDigest(k.der) }

// Verify checks that the holder of the key signed the token's statement. Its
// error wraps ErrSignature.
func (t *Token) Verify(k *Key) error {
	digest, contentType, err := t.readAttributes()
	if err != nil {
		return err
	}
	if !contentType.Equal(oidTSTInfo) || !bytes.Equal(digest, digestOf(t.algorithm, t.info)) {
		return fmt.Errorf("%w: it covers another statement", ErrSignature)
	}
	ok := false
	switch {
	case k.sm2 != nil:
		ok = t.algorithm == SM3 && k.sm2.Verify(t.attrs, t.signature) == nil
	case t.algorithm != SHA256:
	case k.ecdsa != nil:
		ok = ecdsa.VerifyASN1(k.ecdsa, digestOf(SHA256, t.attrs), t.signature)
	case k.rsa != nil:
		ok = rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, digestOf(SHA256, t.attrs), t.signature) == nil
	}
	if !ok {
		return fmt.Errorf("%w with the key %s", ErrSignature, k.ID())
	}
	return nil
}

// readAttributes finds the two signed attributes that a statement needs, each
// once and with one value.
func (t *Token) readAttributes() (digest []byte, contentType asn1.ObjectIdentifier, err error) {
	var all []attribute
	if rest, err := asn1.UnmarshalWithParams(t.attrs, &all, "set"); err != nil || len(rest) > 0 {
		return nil, nil, fmt.Errorf("%w: the signed attributes cannot be read", ErrFormat)
	}
	for _, a := range all {
		switch {
		case a.Type.Equal(oidDigestAttr) && digest == nil:
			err = whole(a.Values.Bytes, &digest)
		case a.Type.Equal(oidContentType) && contentType == nil:
			err = whole(a.Values.Bytes, &contentType)
		case a.Type.Equal(oidDigestAttr), a.Type.Equal(oidContentType):
			err = fmt.Errorf("%s stands twice", a.Type)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: the signed attributes: %w", ErrFormat, err)
		}
	}
	return digest, contentType, nil
}

func digestOf(algorithm string, data []byte) []byte {
	if algorithm == SM3 {
		d := gm.Digest(data)
		return d[:]
	}
	d := sha256.Sum256(data)
	return d[:]
}
