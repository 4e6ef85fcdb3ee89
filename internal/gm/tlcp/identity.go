package tlcp

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/smx509"
	"github.com/tjfoc/gmsm/gmtls"
	tjx509 "github.com/tjfoc/gmsm/x509"

	"henanchain/internal/gm"
)

// ErrCertificate: a certificate, or a peer's chain, that does not do.
var ErrCertificate = errors.New("unsuitable certificate")

// maxChain is how many certificates a peer may send, and a file may hold.
const maxChain = 10

// Key usages of TLCP's two certificates (GB/T 38636, GB/T 20518).
const (
	usageSign    = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	usageEncrypt = x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment | x509.KeyUsageKeyAgreement
)

// Identity is what one side of a TLCP connection shows: a certificate to sign
// with (签名证书) and, on a server, one to encrypt to (加密证书).
type Identity struct {
	sign, encrypt gmtls.Certificate
}

// NewServerIdentity makes a server's identity from its two certificates, in
// PEM, and their keys. Intermediates, if any, follow the encryption certificate.
// It returns ErrCertificate where a certificate is not for its key or its use.
func NewServerIdentity(signPEM []byte, signKey Signer, encryptPEM []byte, encryptKey Decrypter) (*Identity, error) {
	sign, err := leafAndChain(signPEM, signKey.Public(), usageSign)
	if err != nil {
		return nil, fmt.Errorf("signing certificate: %w", err)
	}
	encrypt, err := leafAndChain(encryptPEM, encryptKey.Public(), usageEncrypt)
	if err != nil {
		return nil, fmt.Errorf("encryption certificate: %w", err)
	}
	// On the wire: signing, encryption, then the intermediates.
	return &Identity{
		sign:    gmtls.Certificate{Certificate: sign[:1], PrivateKey: handshakeSigner{signKey}},
		encrypt: gmtls.Certificate{Certificate: encrypt, PrivateKey: premasterDecrypter{encryptKey}},
	}, nil
}

// NewClientIdentity makes a client's identity from its signing certificate and
// the intermediates behind it, in PEM, and the key.
func NewClientIdentity(signPEM []byte, signKey Signer) (*Identity, error) {
	sign, err := leafAndChain(signPEM, signKey.Public(), usageSign)
	if err != nil {
		return nil, fmt.Errorf("signing certificate: %w", err)
	}
	return &Identity{sign: gmtls.Certificate{Certificate: sign, PrivateKey: handshakeSigner{signKey}}}, nil
}

// leafAndChain reads certificates from PEM and checks that the first is for the
// key and the use.
func leafAndChain(text []byte, key *gm.PublicKey, usage x509.KeyUsage) ([][]byte, error) {
	ders, err := certificatesFromPEM(text)
	if err != nil {
		return nil, err
	}
	leaf, err := parseSM2(ders[0])
	if err != nil {
		return nil, err
	}
	held, err := gm.ParsePublicKey(leaf.RawSubjectPublicKeyInfo)
	if err != nil || !held.Equal(key) {
		return nil, fmt.Errorf("%w: it is for %s, the key at hand is %s", ErrCertificate, held, key)
	}
	return ders, checkUsage(leaf, usage)
}

func checkUsage(leaf *smx509.Certificate, usage x509.KeyUsage) error {
	if x509.KeyUsage(leaf.KeyUsage)&usage == 0 {
		return fmt.Errorf("%w: its key usage %#x does not include %#x", ErrCertificate, leaf.KeyUsage, usage)
	}
	return nil
}

func certificatesFromPEM(text []byte) ([][]byte, error) {
	var ders [][]byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%w: PEM block %q among the certificates", ErrCertificate, block.Type)
		}
		ders = append(ders, block.Bytes)
	}
	if len(ders) == 0 || len(ders) > maxChain {
		return nil, fmt.Errorf("%w: %d certificates in PEM, want 1 to %d", ErrCertificate, len(ders), maxChain)
	}
	return ders, nil
}

// parseSM2 reads a certificate with both libraries. gmtls goes by its own
// reading of the key, we verify by the other's: they must be the same SM2 key.
func parseSM2(der []byte) (cert *smx509.Certificate, err error) {
	defer guard("parse certificate", &err)
	cert, err = smx509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	key, err := gm.ParsePublicKey(cert.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	other, err := tjx509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if otherKey, err := gm.ParsePublicKey(other.RawSubjectPublicKeyInfo); err != nil || !otherKey.Equal(key) {
		return nil, fmt.Errorf("%w: two readings of its key", ErrCertificate)
	}
	return cert, nil
}

// Roots are the certificates of the authorities that a side trusts.
type Roots struct {
	pool  *smx509.CertPool
	hints *tjx509.CertPool // for the names in a certificate request
}

// ParseRoots reads authorities' SM2 certificates from PEM.
func ParseRoots(text []byte) (*Roots, error) {
	ders, err := certificatesFromPEM(text)
	if err != nil {
		return nil, fmt.Errorf("roots: %w", err)
	}
	roots := &Roots{pool: smx509.NewCertPool(), hints: tjx509.NewCertPool()}
	for i, der := range ders {
		cert, err := parseSM2(der)
		if err != nil {
			return nil, fmt.Errorf("roots: certificate %d: %w", i+1, err)
		}
		if !cert.IsCA {
			return nil, fmt.Errorf("roots: certificate %d (%s): %w: not an authority's", i+1, cert.Subject, ErrCertificate)
		}
		roots.pool.AddCert(cert)
		if hint, err := tjx509.ParseCertificate(der); err == nil {
			roots.hints.AddCert(hint)
		}
	}
	return roots, nil
}

// expectation is what a peer's certificate must be.
type expectation struct {
	roots *Roots
	use   x509.ExtKeyUsage // server or client
	host  string           // for a server
	now   func() time.Time
}

// verify checks certificate number at of what a peer sent, with the rest as
// possible intermediates.
func (e expectation) verify(raw [][]byte, at int, usage x509.KeyUsage) (*smx509.Certificate, error) {
	if len(raw) <= at || len(raw) > maxChain {
		return nil, fmt.Errorf("%w: the peer sent %d certificates, want %d to %d", ErrCertificate, len(raw), at+1, maxChain)
	}
	leaf, err := parseSM2(raw[at])
	if err != nil {
		return nil, err
	}
	if err := checkUsage(leaf, usage); err != nil {
		return nil, err
	}
	options := smx509.VerifyOptions{
		Roots: e.roots.pool, Intermediates: smx509.NewCertPool(), DNSName: e.host, CurrentTime: e.now(),
		KeyUsages: []smx509.ExtKeyUsage{smx509.ExtKeyUsage(e.use)},
	}
	for i, der := range raw {
		if i == at {
			continue
		}
		cert, err := parseSM2(der)
		if err != nil {
			return nil, err
		}
		options.Intermediates.AddCert(cert)
	}
	if _, err := leaf.Verify(options); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return leaf, nil
}

// guard turns a panic into an error.
func guard(doing string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: panic: %v", doing, r)
	}
}
