package sharing

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/gtank/ristretto255"
)

// The size of a private intersection (隐私求交) by blinding twice. The recipient
// blinds its elements (points of ristretto255, RFC 9496) with its secret, the other
// party blinds these and its own with its secret, and sorts; the recipient blinds
// the other party's once more, and counts which are the same. Blinding twice is the
// same in either order, and without both secrets nothing can be tried out.

// Blinding is a party's secret for one intersection.
type Blinding struct{ secret *ristretto255.Scalar }

// NewBlinding draws a secret.
func NewBlinding() (*Blinding, error) {
	var seed [64]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, fmt.Errorf("draw a blinding secret: %w", err)
	}
	s, err := ristretto255.NewScalar().SetUniformBytes(seed[:])
	if err != nil {
		return nil, fmt.Errorf("draw a blinding secret: %w", err)
	}
	return &Blinding{s}, nil
}

// ParseBlinding reads what Secret gave.
func ParseBlinding(text string) (*Blinding, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return nil, errors.New("a blinding secret is 64 hexadecimal digits")
	}
	s, err := ristretto255.NewScalar().SetCanonicalBytes(raw)
	if err != nil || s.Equal(ristretto255.NewScalar()) == 1 {
		return nil, errors.New("a blinding secret is 64 hexadecimal digits of a scalar that is not zero")
	}
	return &Blinding{s}, nil
}

// Secret is the secret in hexadecimal, to be kept until the computation is over.
func (b *Blinding) Secret() string { return hex.EncodeToString(b.secret.Bytes()) }

// String keeps the secret out of logs.
func (b *Blinding) String() string { return "blinding secret" }

// GoString is String, for %#v.
func (b *Blinding) GoString() string { return b.String() }

// Blind blinds a set of elements for one computation, sorted and each once.
func (b *Blinding) Blind(jointID string, elements []string) ([]string, error) {
	if len(elements) == 0 {
		return nil, errors.New("blind: the set is empty")
	}
	out := make([]string, 0, len(elements))
	for _, e := range elements {
		digest := sha512.Sum512([]byte("henanchain/intersection/v1/" + jointID + "/" + e))
		p, err := ristretto255.NewIdentityElement().SetUniformBytes(digest[:])
		if err != nil {
			return nil, fmt.Errorf("blind: %w", err)
		}
		out = append(out, encoded(p.ScalarMult(b.secret, p)))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Again blinds what another party has blinded, and sorts it.
func (b *Blinding) Again(points []string) ([]string, error) {
	out := make([]string, 0, len(points))
	for i, text := range points {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("blind again: element %d is not base64url", i)
		}
		p, err := ristretto255.NewIdentityElement().SetCanonicalBytes(raw)
		if err != nil || p.Equal(ristretto255.NewIdentityElement()) == 1 {
			return nil, fmt.Errorf("blind again: element %d is not an element of the group, or its identity", i)
		}
		out = append(out, encoded(p.ScalarMult(b.secret, p)))
	}
	slices.Sort(out)
	if n := len(slices.Compact(slices.Clone(out))); n != len(out) {
		return nil, errors.New("blind again: an element stands twice")
	}
	return out, nil
}

// Common counts the elements of two sorted lists that were both blinded by both.
func Common(a, b []string) int {
	n := 0
	for _, e := range a {
		if _, found := slices.BinarySearch(b, e); found {
			n++
		}
	}
	return n
}

func encoded(p *ristretto255.Element) string {
	return base64.RawURLEncoding.EncodeToString(p.Bytes())
}
