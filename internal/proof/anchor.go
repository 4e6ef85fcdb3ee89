package proof

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"time"

	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// Anchor is what a verifier trusts: the organisations of one channel with
// their roots, and the policy that a view of that channel must satisfy. It is
// exported from the channel's configuration and can be pinned by its digest.
type Anchor struct {
	Channel string `json:"channel"`
	// Sequence is that of the channel configuration that the anchor was taken
	// from: a later one supersedes it.
	Sequence      uint64         `json:"sequence"`
	Organisations []Organisation `json:"organisations"`
	Policy        Policy         `json:"policy"`
}

// Organisation is one MSP of a channel.
type Organisation struct {
	MSP           string   `json:"msp"`
	Roots         []string `json:"roots"`                   // PEM
	Intermediates []string `json:"intermediates,omitempty"` // PEM
	// CRLs are the organisation's revocation lists, PEM.
	CRLs []string `json:"crls,omitempty"`
	// PeerOU is the organisational unit (NodeOU) that a peer's certificate
	// carries. An organisation without one has no peers that could be told from
	// its clients: none of its signatures counts.
	PeerOU string `json:"peerOu"`
}

// Digest is the SM3 (hex) of the anchor's canonical JSON, by which it is pinned.
func (a *Anchor) Digest() (string, error) {
	canonical, err := strictjson.Marshal(a)
	if err != nil {
		return "", refuse(AnchorInvalid, "the anchor has no canonical JSON: %v", err)
	}
	return gm.HexDigest(canonical), nil
}

// ParseAnchor reads an anchor from its JSON. A pin that is not empty must be
// the anchor's digest.
func ParseAnchor(data []byte, pin string) (*Anchor, error) {
	var a Anchor
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, refuse(AnchorInvalid, "the anchor is not readable: %v", err)
	}
	if _, err := a.Prepare(); err != nil {
		return nil, err
	}
	if pin == "" {
		return &a, nil
	}
	digest, err := a.Digest()
	if err != nil {
		return nil, err
	}
	if digest != pin {
		return nil, refuse(AnchorMismatch, "the anchor's digest is %s, and %s was pinned", digest, pin)
	}
	return &a, nil
}

func certificate(pemBytes []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(pemBytes)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 1 {
		return nil, refuse(CertificateInvalid, "not one PEM certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
