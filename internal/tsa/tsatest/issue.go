// Package tsatest issues time-stamp tokens for tests, with a key of the test's own.
package tsatest

import (
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"testing"
	"time"

	"henanchain/internal/gm"
)

var (
	oidSM3        = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}
	oidSM2WithSM3 = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}
)

// Statement is what a token says, for tests to bend.
type Statement struct {
	Digest  string // hexadecimal
	Time    time.Time
	Serial  int64
	Content asn1.ObjectIdentifier // of the statement; a time stamp's where it is nil
	// Fraction stands after the seconds, such as ".5".
	Fraction string
	// Covered is what the signed attributes digest; the statement where it is nil.
	Covered []byte
}

type imprint struct {
	Algorithm struct{ ID asn1.ObjectIdentifier }
	Digest    []byte
}

// Issue makes a token with SM2 and SM3.
func Issue(t testing.TB, key *gm.PrivateKey, s Statement) []byte {
	t.Helper()
	tst := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	if s.Content == nil {
		s.Content = tst
	}
	digest, err := hex.DecodeString(s.Digest)
	if err != nil {
		t.Fatal(err)
	}
	im := imprint{Digest: digest}
	im.Algorithm.ID = oidSM3
	at := asn1.RawValue{Tag: asn1.TagGeneralizedTime, Bytes: []byte(s.Time.UTC().Format("20060102150405") + s.Fraction + "Z")}
	info := seq(t, 1, asn1.ObjectIdentifier{1, 2, 3, 4, 1}, im, big.NewInt(s.Serial), at, true)
	if s.Covered == nil {
		s.Covered = info
	}
	covered := gm.Digest(s.Covered)
	attrs := append(
		seq(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, set(t, tst)),
		seq(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, set(t, covered[:]))...)
	signature, err := key.Sign(must(t, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attrs}))
	if err != nil {
		t.Fatal(err)
	}
	algorithm := func(id asn1.ObjectIdentifier) asn1.RawValue { return asn1.RawValue{FullBytes: seq(t, id)} }
	signer := seq(t, 1, algorithm(oidSM3), algorithm(oidSM3), asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: attrs},
		algorithm(oidSM2WithSM3), signature)
	content := seq(t, s.Content, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: must(t, info)})
	signed := seq(t, 3, set(t, algorithm(oidSM3)), asn1.RawValue{FullBytes: content}, set(t, asn1.RawValue{FullBytes: signer}))
	return seq(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: signed})
}

func seq(t testing.TB, parts ...any) []byte {
	t.Helper()
	return must(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: all(t, parts)})
}

func set(t testing.TB, parts ...any) asn1.RawValue {
	t.Helper()
	return asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: all(t, parts)}
}

func all(t testing.TB, parts []any) []byte {
	t.Helper()
	var out []byte
	for _, p := range parts {
		out = append(out, must(t, p)...)
	}
	return out
}

func must(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
