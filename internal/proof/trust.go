package proof

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"time"
)

// Trust is an anchor prepared to verify with: its certificates and revocation
// lists are read and its policy is checked, once for any number of views. It
// holds nothing that changes, and may be used by several goroutines at a time.
type Trust struct {
	anchor *Anchor
	orgs   map[string]*member
}

type member struct {
	*Organisation
	roots         *x509.CertPool
	intermediates *x509.CertPool
	revoked       map[string]bool // issuer and serial number
}

// Anchor is the anchor that the trust was prepared from. It must not be changed.
func (t *Trust) Anchor() *Anchor { return t.anchor }

// Prepare reads the anchor's certificates and lists and checks its policy:
// PROOF_ANCHOR_INVALID or PROOF_POLICY_EMPTY where it is of no use.
func (a *Anchor) Prepare() (*Trust, error) {
	if a.Channel == "" || len(a.Organisations) == 0 {
		return nil, refuse(AnchorInvalid, "the anchor names no channel or no organisation")
	}
	if err := a.Policy.Check(); err != nil {
		return nil, err
	}
	t := &Trust{a, map[string]*member{}}
	for i := range a.Organisations {
		o := &a.Organisations[i]
		if o.MSP == "" || t.orgs[o.MSP] != nil {
			return nil, refuse(AnchorInvalid, "the organisation %q has no name of its own in the anchor", o.MSP)
		}
		m, err := o.prepare()
		if err != nil {
			return nil, err
		}
		t.orgs[o.MSP] = m
	}
	for _, msp := range a.Policy.MSPs() {
		if t.orgs[msp] == nil {
			return nil, refuse(AnchorInvalid, "the policy names %s, of which the anchor has no roots", msp)
		}
	}
	return t, nil
}

func (o *Organisation) prepare() (*member, error) {
	m := &member{Organisation: o, roots: x509.NewCertPool(), intermediates: x509.NewCertPool(), revoked: map[string]bool{}}
	if len(o.Roots) == 0 {
		return nil, refuse(AnchorInvalid, "the organisation %s has no root certificate", o.MSP)
	}
	for _, to := range []struct {
		pool *x509.CertPool
		pems []string
	}{{m.roots, o.Roots}, {m.intermediates, o.Intermediates}} {
		for _, text := range to.pems {
			c, err := certificate([]byte(text))
			if err != nil || !c.IsCA {
				return nil, refuse(AnchorInvalid, "a certificate of %s is not a readable CA certificate", o.MSP)
			}
			to.pool.AddCert(c)
		}
	}
	for _, text := range o.CRLs {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, refuse(AnchorInvalid, "a revocation list of %s is not PEM", o.MSP)
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, refuse(AnchorInvalid, "a revocation list of %s is not readable: %v", o.MSP, err)
		}
		for _, e := range list.RevokedCertificateEntries {
			m.revoked[string(list.RawIssuer)+e.SerialNumber.String()] = true
		}
	}
	return m, nil
}

// endorser is a certificate that was found to be a peer's, and the time in
// which its chain holds.
type endorser struct {
	cert      *x509.Certificate
	key       *ecdsa.PublicKey
	from, end time.Time
}

// peer checks that a certificate is a peer's of the organisation at that time.
func (m *member) peer(pemBytes []byte, at time.Time) (*endorser, error) {
	c, err := certificate(pemBytes)
	if err != nil {
		return nil, refuse(CertificateInvalid, "an endorser's certificate of %s is not readable: %v", m.MSP, err)
	}
	if at.Before(c.NotBefore) || at.After(c.NotAfter) {
		return nil, refuse(CertificateExpired, "the certificate of %s is valid from %s to %s, not at %s", c.Subject.CommonName, stamp(c.NotBefore), stamp(c.NotAfter), stamp(at))
	}
	chains, err := c.Verify(x509.VerifyOptions{
		Roots: m.roots, Intermediates: m.intermediates, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, refuse(CertificateInvalid, "the certificate of %s leads to no root of %s: %v", c.Subject.CommonName, m.MSP, err)
	}
	for _, chain := range chains {
		for _, link := range chain[:len(chain)-1] {
			if m.revoked[string(link.RawIssuer)+link.SerialNumber.String()] {
				return nil, refuse(CertificateRevoked, "the certificate %s of %s is revoked", link.SerialNumber, m.MSP)
			}
		}
	}
	if c.IsCA || m.PeerOU == "" || !slices.Contains(c.Subject.OrganizationalUnit, m.PeerOU) {
		return nil, refuse(NotAPeer, "%s of %s carries the units %v and is no peer (%q)", c.Subject.CommonName, m.MSP, c.Subject.OrganizationalUnit, m.PeerOU)
	}
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, refuse(CertificateInvalid, "the certificate of %s carries no ECDSA key on P-256", c.Subject.CommonName)
	}
	e := &endorser{cert: c, key: key, from: c.NotBefore, end: c.NotAfter}
	for _, link := range chains[0] {
		if link.NotBefore.After(e.from) {
			e.from = link.NotBefore
		}
		if link.NotAfter.Before(e.end) {
			e.end = link.NotAfter
		}
	}
	return e, nil
}

// Batch verifies many views against one trust and remembers the certificates
// whose chains it has checked: a thousand views of one channel carry the same
// two or three. It belongs to one goroutine and to one piece of work, such as a
// transaction.
type Batch struct {
	*Trust
	known map[string]*endorser // by organisation and certificate
}

// Batch begins a batch.
func (t *Trust) Batch() *Batch { return &Batch{t, map[string]*endorser{}} }

// maxKnown bounds what a batch remembers.
const maxKnown = 256

// peer is the organisation's peer of that certificate, checked now or before.
func (b *Batch) peer(m *member, pemBytes []byte, at time.Time) (*endorser, error) {
	place := m.MSP + "\x00" + string(pemBytes)
	if e := b.known[place]; e != nil && !at.Before(e.from) && !at.After(e.end) {
		return e, nil
	}
	e, err := m.peer(pemBytes, at)
	if err == nil && len(b.known) < maxKnown {
		b.known[place] = e
	}
	return e, err
}
