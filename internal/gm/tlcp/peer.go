package tlcp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"henanchain/internal/gm"
)

// Peer is what is known of the other end of a connection.
type Peer struct {
	// Protocol is "TLCP 1.1", "TLS 1.2" or "TLS 1.3".
	Protocol string
	// CipherSuite is the name of the suite in use.
	CipherSuite string
	// Certificate is the peer's, verified against the configured authorities;
	// nil where it showed none, or one that nobody verified. Under TLCP it is
	// the signing certificate, and its key is an SM2 key.
	Certificate *Certificate
}

// Certificate is what a caller decides by, the same for SM2 certificates, which
// crypto/x509 does not read, and for others.
type Certificate struct {
	Raw          []byte // DER, all of it
	Subject      pkix.Name
	Issuer       pkix.Name
	SerialNumber *big.Int
	NotBefore    time.Time
	NotAfter     time.Time
	Extensions   []pkix.Extension
	// KeyID is the SM3 thumbprint of the public key: the gm.PublicKey.ID where it
	// is an SM2 key.
	KeyID string
}

func fromSM2(c *smx509.Certificate) *Certificate {
	return &Certificate{
		Raw: c.Raw, Subject: c.Subject, Issuer: c.Issuer, SerialNumber: c.SerialNumber,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Extensions: c.Extensions,
		KeyID: gm.HexDigest(c.RawSubjectPublicKeyInfo),
	}
}

func fromX509(c *x509.Certificate) *Certificate {
	return &Certificate{
		Raw: c.Raw, Subject: c.Subject, Issuer: c.Issuer, SerialNumber: c.SerialNumber,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Extensions: c.Extensions,
		KeyID: gm.HexDigest(c.RawSubjectPublicKeyInfo),
	}
}

// PeerOf tells what is known of the other end of a connection that a Listener
// accepted or Dial made. It returns false for any other, and before a TLS
// handshake is complete.
func PeerOf(conn net.Conn) (Peer, bool) {
	switch c := conn.(type) {
	case *Conn:
		return c.peer, true
	case *tls.Conn:
		state := c.ConnectionState()
		if !state.HandshakeComplete {
			return Peer{}, false
		}
		peer := Peer{Protocol: tls.VersionName(state.Version), CipherSuite: tls.CipherSuiteName(state.CipherSuite)}
		if len(state.VerifiedChains) > 0 {
			peer.Certificate = fromX509(state.PeerCertificates[0])
		}
		return peer, true
	}
	return Peer{}, false
}

type peerKey struct{}

// ConnContext puts the peer of a connection into its requests' contexts: set it
// as an http.Server's ConnContext. (Request.TLS is nil under TLCP.)
func ConnContext(ctx context.Context, conn net.Conn) context.Context {
	if peer, ok := PeerOf(conn); ok {
		return context.WithValue(ctx, peerKey{}, peer)
	}
	return ctx
}

// PeerFrom returns the peer that ConnContext put into a request's context.
func PeerFrom(ctx context.Context) (Peer, bool) {
	peer, ok := ctx.Value(peerKey{}).(Peer)
	return peer, ok
}

// ParseCertificatePEM reads the first certificate of a PEM file, SM2 or other,
// as a peer would show it. Nothing of it is verified.
func ParseCertificatePEM(text []byte) (*Certificate, error) {
	ders, err := certificatesFromPEM(text)
	if err != nil {
		return nil, err
	}
	if cert, err := x509.ParseCertificate(ders[0]); err == nil {
		return fromX509(cert), nil
	}
	cert, err := parseSM2(ders[0])
	if err != nil {
		return nil, err
	}
	return fromSM2(cert), nil
}
