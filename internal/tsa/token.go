package tsa

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// maxToken bounds a token in bytes: one with a chain of certificates in it
// has about 6 KiB.
const maxToken = 16 << 10

// Errors that every failure wraps.
var (
	ErrFormat    = errors.New("not a time-stamp token")
	ErrSignature = errors.New("the time stamp's signature does not verify")
	ErrKey       = errors.New("not a public key for time stamps")
)

// Digest algorithms, by the names that this project's records use.
const (
	SM3    = "SM3"
	SHA256 = "SHA-256"
)

// Token is a time-stamp token: somebody's statement that data with this digest
// existed at this time.
type Token struct {
	Algorithm string    // of the stamped digest: SM3 or SHA-256
	Digest    string    // hexadecimal, of the stamped data
	Time      time.Time // UTC, whole seconds
	Serial    string    // decimal, the authority's number of the token
	Policy    string    // the authority's policy, an object identifier

	info      []byte // the signed TSTInfo
	attrs     []byte // the signed attributes, as a SET
	algorithm string // of the digest in the attributes
	signature []byte
}

var (
	oidSignedData   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidSignedDataGM = asn1.ObjectIdentifier{1, 2, 156, 10197, 6, 1, 4, 2, 2} // GM/T 0010
	oidTSTInfo      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigestAttr   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSM3          = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}
	oidSHA256       = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version      int
	Algorithms   []algorithm `asn1:"set"`
	Content      encapsulated
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type algorithm struct {
	ID         asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content []byte `asn1:"explicit,tag:0"`
}

type signerInfo struct {
	Version    int
	Signer     asn1.RawValue // which certificate: the reader knows the key
	Digest     algorithm
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm  algorithm
	Signature  []byte
	Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue
}

type tstInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint struct {
		Algorithm algorithm
		Digest    []byte
	}
	Serial *big.Int
	Time   asn1.RawValue
}

// Parse reads a token in DER. Its error wraps ErrFormat. Nothing is verified yet.
func Parse(der []byte) (*Token, error) {
	if len(der) > maxToken {
		return nil, fmt.Errorf("%w: %d bytes, and at most %d are read", ErrFormat, len(der), maxToken)
	}
	var outer contentInfo
	if err := whole(der, &outer); err != nil {
		return nil, fmt.Errorf("%w: the outer structure: %w", ErrFormat, err)
	}
	if !outer.Type.Equal(oidSignedData) && !outer.Type.Equal(oidSignedDataGM) {
		return nil, fmt.Errorf("%w: the content is no signed data", ErrFormat)
	}
	var signed signedData
	if err := whole(outer.Content.Bytes, &signed); err != nil {
		return nil, fmt.Errorf("%w: the signed data: %w", ErrFormat, err)
	}
	if !signed.Content.Type.Equal(oidTSTInfo) || len(signed.Signers) != 1 {
		return nil, fmt.Errorf("%w: it needs one signer of a time-stamp statement", ErrFormat)
	}
	t := &Token{info: signed.Content.Content}
	if err := t.readSigner(&signed.Signers[0]); err != nil {
		return nil, err
	}
	return t, t.readInfo()
}

func (t *Token) readSigner(s *signerInfo) error {
	var ok bool
	if t.algorithm, ok = algorithmOf(s.Digest.ID); !ok {
		return fmt.Errorf("%w: the signer's digest must be SM3 or SHA-256", ErrFormat)
	}
	if len(s.Attributes.FullBytes) == 0 {
		return fmt.Errorf("%w: the signer has no signed attributes", ErrFormat)
	}
	// What is signed is the attributes as a SET, not with their tag in the message.
	t.attrs = bytes.Clone(s.Attributes.FullBytes)
	t.attrs[0] = asn1.TagSet | 0x20
	t.signature = s.Signature
	return nil
}

func (t *Token) readInfo() error {
	// Accuracy, ordering, nonce, name and extensions follow: optional, and not read.
	var info tstInfo
	rest, err := asn1.Unmarshal(firstFields(t.info, 5), &info)
	if err != nil || len(rest) > 0 || info.Version != 1 {
		return fmt.Errorf("%w: the statement cannot be read", ErrFormat)
	}
	var ok bool
	if t.Algorithm, ok = algorithmOf(info.Imprint.Algorithm.ID); !ok || len(info.Imprint.Digest) != 32 {
		return fmt.Errorf("%w: the stamped digest must be one of SM3 or SHA-256", ErrFormat)
	}
	if t.Time, err = generalizedTime(info.Time); err != nil {
		return err
	}
	t.Digest, t.Serial, t.Policy = hex.EncodeToString(info.Imprint.Digest), info.Serial.String(), info.Policy.String()
	return nil
}

// generalizedTime reads a time in UTC; fractions of a second, which
// encoding/asn1 does not take, are cut off.
func generalizedTime(v asn1.RawValue) (time.Time, error) {
	text, fraction, _ := strings.Cut(strings.TrimSuffix(string(v.Bytes), "Z"), ".")
	at, err := time.Parse("20060102150405", text)
	if v.Tag != asn1.TagGeneralizedTime || v.Class != asn1.ClassUniversal || !strings.HasSuffix(string(v.Bytes), "Z") ||
		err != nil || strings.Trim(fraction, "0123456789") != "" {
		return at, fmt.Errorf("%w: the time must be a GeneralizedTime in UTC", ErrFormat)
	}
	return at, nil
}

// firstFields is a SEQUENCE with no more than n of its fields; what cannot be
// read is given back as it is, for the parser to refuse.
func firstFields(der []byte, n int) []byte {
	var seq asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &seq); err != nil || len(rest) > 0 || seq.Tag != asn1.TagSequence {
		return der
	}
	kept := seq.Bytes
	for range n {
		var field asn1.RawValue
		rest, err := asn1.Unmarshal(kept, &field)
		if err != nil {
			break
		}
		kept = rest
	}
	short, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: seq.Bytes[:len(seq.Bytes)-len(kept)]})
	if err != nil {
		return der
	}
	return short
}

func algorithmOf(id asn1.ObjectIdentifier) (string, bool) {
	switch {
	case id.Equal(oidSM3):
		return SM3, true
	case id.Equal(oidSHA256):
		return SHA256, true
	}
	return "", false
}

// whole reads a value that is all of der.
func whole(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes follow", len(rest))
	}
	return err
}
