package tlcp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestMutualTLCPKnowsTheClient(t *testing.T) {
	p := newPKI(t)
	issued, err := p.sm2.IssueClient(hour, "郑州不动产登记系统")
	if err != nil {
		t.Fatal(err)
	}
	identity, err := issued.ClientIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, auth := range []tls.ClientAuthType{tls.RequireAndVerifyClientCert, tls.VerifyClientCertIfGiven} {
		config := p.config(t)
		config.ClientAuth, config.ClientRoots = auth, p.roots
		address, reported := serve(t, config)
		client := p.client()
		client.Identity = identity
		got, err := get(httpOver(client), address)
		if want := "|郑州不动产登记系统|" + issued.SignKey.Public().ID() + "|"; err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %s, %v; want %s; reported %v", auth, got, err, want, reported.all())
		}
	}
}

func TestMutualTLSKnowsTheClient(t *testing.T) {
	p := newPKI(t)
	config := p.config(t)
	config.TLS.ClientAuth, config.TLS.ClientCAs = tls.RequireAndVerifyClientCert, p.tlsPool
	address, _ := serve(t, config)
	certificate := p.issueTLS(t, "bank", x509.ExtKeyUsageClientAuth)
	got, err := get(httpOverTLS(&tls.Config{RootCAs: p.tlsPool, Certificates: []tls.Certificate{certificate}}), address)
	if err != nil || !strings.Contains(got, "|bank|") {
		t.Errorf("with a certificate: %s, %v", got, err)
	}
	if got, err := get(httpOverTLS(&tls.Config{RootCAs: p.tlsPool}), address); err == nil {
		t.Errorf("without one: %s", got)
	}
	// TLCP has rules of its own, and here asks nobody.
	if got, err := get(httpOver(p.client()), address); err != nil || !strings.Contains(got, "TLCP 1.1") {
		t.Errorf("TLCP: %s, %v", got, err)
	}
}

func TestMutualTLCPRefusesEveryOtherClient(t *testing.T) {
	p := newPKI(t)
	stranger, err := NewAuthority("another root", hour)
	if err != nil {
		t.Fatal(err)
	}
	config := p.config(t)
	config.ClientAuth, config.ClientRoots = tls.RequireAndVerifyClientCert, p.roots
	revoked := p.clientIdentity(t, p.sm2, "revoked")
	errRevoked := errors.New("revoked")
	config.VerifyClient = func(cert *Certificate) error {
		if cert.Subject.CommonName == "revoked" {
			return errRevoked
		}
		return nil
	}
	address, reported := serve(t, config)

	asServer, err := NewClientIdentity(p.server.SignCertificate, p.server.SignKey)
	if err != nil {
		t.Fatal(err)
	}
	p256 := p.issueTLS(t, "P-256", x509.ExtKeyUsageClientAuth)
	// The right certificate, and a key that is not its own.
	thief := p.clientIdentity(t, p.sm2, "owner")
	thief.sign.PrivateKey = p.clientIdentity(t, p.sm2, "thief").sign.PrivateKey
	foreign := &Identity{sign: thief.sign}
	foreign.sign.Certificate = p256.Certificate
	for _, c := range []struct {
		name, says string
		identity   *Identity
	}{
		{"without a certificate", "didn't provide a certificate", nil},
		{"of another root", "unknown authority", p.clientIdentity(t, stranger, "stranger")},
		{"with a server's certificate", "incompatible key usage", asServer},
		{"with an expired certificate", "expired", expiredIdentity(t, p)},
		{"with a revoked certificate", "revoked", revoked},
		{"with a certificate on P-256", "not an SM2 public key", foreign},
		{"with another's certificate", "could not validate signature", thief},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := p.client()
			client.Identity = c.identity
			if got, err := get(httpOver(client), address); err == nil {
				t.Errorf("served: %s", got)
			}
			reported.wait(t, func(err error) bool { return strings.Contains(err.Error(), c.says) })
		})
	}
	client := p.client()
	client.Identity = p.clientIdentity(t, p.sm2, "honest")
	if got, err := get(httpOver(client), address); err != nil || !strings.Contains(got, "|honest|") {
		t.Errorf("the honest client: %s, %v", got, err)
	}
}

func expiredIdentity(t testing.TB, p *pki) *Identity {
	t.Helper()
	expired, err := p.sm2.IssueClient(-time.Minute, "expired")
	if err != nil {
		t.Fatal(err)
	}
	identity, err := expired.ClientIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func TestAClientCertificateMayBeOptional(t *testing.T) {
	p := newPKI(t)
	stranger, err := NewAuthority("another root", hour)
	if err != nil {
		t.Fatal(err)
	}
	config := p.config(t)
	config.ClientAuth, config.ClientRoots = tls.VerifyClientCertIfGiven, p.roots
	address, _ := serve(t, config)
	if got, err := get(httpOver(p.client()), address); err != nil || !strings.Contains(got, "|-|-|") {
		t.Errorf("without a certificate: %s, %v", got, err)
	}
	client := p.client()
	client.Identity = p.clientIdentity(t, stranger, "stranger")
	if got, err := get(httpOver(client), address); err == nil {
		t.Errorf("with one of another root: %s", got)
	}
}

func TestAServerThatDoesNotAskGetsNoCertificate(t *testing.T) {
	p := newPKI(t)
	address, _ := serve(t, p.config(t))
	client := p.client()
	client.Identity = p.clientIdentity(t, p.sm2, "x")
	if got, err := get(httpOver(client), address); err != nil || !strings.Contains(got, "|-|-|") {
		t.Errorf("%s, %v", got, err)
	}
}
