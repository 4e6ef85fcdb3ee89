package tlcp

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"henanchain/internal/gm"
)

func TestDialKnowsTheServer(t *testing.T) {
	p := newPKI(t)
	listener, _ := listen(t, p.config(t))
	conn, err := Dial(t.Context(), "tcp", listener.Addr().String(), ClientConfig{Roots: p.roots})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	peer, ok := PeerOf(conn)
	if !ok || peer.Protocol != "TLCP 1.1" || peer.Certificate == nil ||
		peer.Certificate.KeyID != p.server.SignKey.Public().ID() || peer.Certificate.Subject.CommonName != "localhost" {
		t.Fatalf("%+v, %t", peer, ok)
	}
}

func TestDialRefusesEveryOtherServer(t *testing.T) {
	p := newPKI(t)
	stranger, err := NewAuthority("another root", hour)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(authority *Authority, valid time.Duration, host string) *Issued {
		t.Helper()
		issued, err := authority.IssueServer(valid, host)
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	identity := func(sign, encrypt *Issued) *Identity {
		t.Helper()
		id, err := NewServerIdentity(sign.SignCertificate, sign.SignKey, encrypt.EncryptCertificate, encrypt.EncryptKey)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	good, other := issue(p.sm2, hour, "localhost"), issue(stranger, hour, "localhost")
	elsewhere, expired := issue(p.sm2, hour, "elsewhere"), issue(p.sm2, -time.Minute, "localhost")
	template := newTemplate("localhost", hour)
	template.DNSNames, template.ExtKeyUsage = []string{"localhost"}, []smx509.ExtKeyUsage{smx509.ExtKeyUsageClientAuth}
	client, err := p.sm2.issue(template)
	if err != nil {
		t.Fatal(err)
	}
	thief := identity(good, good)
	thief.sign.PrivateKey = handshakeSigner{other.SignKey}
	swapped := identity(good, good)
	swapped.sign, swapped.encrypt = swapped.encrypt, swapped.sign
	for _, c := range []struct {
		name, says string
		identity   *Identity
	}{
		{"of another root", "unknown authority", identity(other, other)},
		{"with another root's encryption certificate", "encryption certificate: unsuitable certificate: x509: certificate signed by unknown authority", identity(good, other)},
		{"of another name", "not localhost", identity(elsewhere, elsewhere)},
		{"with an encryption certificate of another name", "not localhost", identity(good, elsewhere)},
		{"with expired certificates", "expired", identity(expired, expired)},
		{"with a client's certificates", "incompatible key usage", identity(client, client)},
		{"without the signing key", "verification failure", thief},
		{"with its certificates swapped", "keyusage", swapped},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := p.config(t)
			config.Identity = c.identity
			listener, _ := listen(t, config)
			conn, err := Dial(t.Context(), "tcp", listener.Addr().String(), p.client())
			if err == nil || conn != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, %v; want an error saying %q", conn, err, c.says)
			}
		})
	}
}

func TestDialGivesUpInTime(t *testing.T) {
	p := newPKI(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	config := p.client()
	config.Timeout = 200 * time.Millisecond
	if _, err := Dial(t.Context(), "tcp", silent.Addr().String(), config); !errors.Is(err, errTimeout(err)) {
		t.Errorf("timeout: %v", err)
	}
	config.Timeout = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, "tcp", silent.Addr().String(), config); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("context: %v", err)
	}
	if _, err := Dial(t.Context(), "tcp", "no port", p.client()); err == nil {
		t.Error("an address without a port")
	}
}

func TestClientWantsRootsAndAName(t *testing.T) {
	p := newPKI(t)
	one, two := net.Pipe()
	defer func() { _, _ = one.Close(), two.Close() }()
	for name, config := range map[string]ClientConfig{"no roots": {ServerName: "localhost"}, "no name": {Roots: p.roots}} {
		if conn, err := Client(t.Context(), one, config); err == nil || conn != nil {
			t.Errorf("%s: %v, %v", name, conn, err)
		}
	}
}

// A server with certificates that are not of SM2 makes gmtls's client panic.
func TestAPanickingHandshakeIsAnErrorToTheClient(t *testing.T) {
	p := newPKI(t)
	one, two := net.Pipe()
	defer func() { _, _ = one.Close(), two.Close() }()
	go func() {
		_, _ = readRecord(two) // the client's hello
		hello := message(2, join([]byte{1, 1}, make([]byte, 32), []byte{0, 0xe0, 0x13, 0}))
		rsa := opaque24(rsaCertificate(t))
		certs := message(11, opaque24(join(rsa, rsa)))
		_, _ = two.Write(record(0x16, hello))
		_, _ = two.Write(record(0x16, certs))
		_, _ = io.Copy(io.Discard, two)
	}()
	conn, err := Client(t.Context(), one, p.client())
	if err == nil || conn != nil || !strings.Contains(err.Error(), "panic") {
		t.Fatalf("%v, %v; want an error that tells of a panic", conn, err)
	}
}

func TestIdentitiesAreForTheirKeysAndUses(t *testing.T) {
	p := newPKI(t)
	other, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := p.server
	p256 := p.tlsRootPEM()
	for _, c := range []struct {
		name, says    string
		sign, encrypt []byte
		signKey       *gm.PrivateKey
		encryptKey    *gm.PrivateKey
	}{
		{"another signing key", "signing certificate", s.SignCertificate, s.EncryptCertificate, other, s.EncryptKey},
		{"another encryption key", "encryption certificate", s.SignCertificate, s.EncryptCertificate, s.SignKey, other},
		{"the two swapped", "key usage", s.EncryptCertificate, s.SignCertificate, s.EncryptKey, s.SignKey},
		{"nothing", "0 certificates", nil, s.EncryptCertificate, s.SignKey, s.EncryptKey},
		{"a key among the certificates", "PEM block", mustPEM(t, s.SignKey), s.EncryptCertificate, s.SignKey, s.EncryptKey},
		{"a certificate on P-256", "not an SM2 public key", p256, s.EncryptCertificate, s.SignKey, s.EncryptKey},
		{"eleven certificates", "want 1 to 10", []byte(strings.Repeat(string(s.SignCertificate), 11)), s.EncryptCertificate, s.SignKey, s.EncryptKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := NewServerIdentity(c.sign, c.signKey, c.encrypt, c.encryptKey)
			if !errors.Is(err, ErrCertificate) || id != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, %v; want ErrCertificate saying %q", id, err, c.says)
			}
		})
	}
	if id, err := NewClientIdentity(s.SignCertificate, other); !errors.Is(err, ErrCertificate) || id != nil {
		t.Errorf("a client with another key: %v, %v", id, err)
	}
}

func mustPEM(t testing.TB, key *gm.PrivateKey) []byte {
	t.Helper()
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRootsAreAuthoritiesOnly(t *testing.T) {
	p := newPKI(t)
	for name, text := range map[string][]byte{"nothing": nil, "a server's certificate": p.server.SignCertificate, "a root on P-256": p.tlsRootPEM()} {
		if roots, err := ParseRoots(text); !errors.Is(err, ErrCertificate) || roots != nil {
			t.Errorf("%s: %v, %v", name, roots, err)
		}
	}
}

func TestAnAuthorityIsTakenUpAgain(t *testing.T) {
	p := newPKI(t)
	again, err := ParseAuthority(p.sm2.CertificatePEM(), p.sm2.Key())
	if err != nil {
		t.Fatal(err)
	}
	config := p.config(t)
	issued, err := again.IssueServer(hour, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	if config.Identity, err = issued.ServerIdentity(); err != nil {
		t.Fatal(err)
	}
	address, _ := serve(t, config)
	if _, err := get(httpOver(p.client()), address); err != nil {
		t.Error(err)
	}
	if _, err := ParseAuthority(p.sm2.CertificatePEM(), p.server.SignKey); !errors.Is(err, ErrCertificate) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := ParseAuthority(p.server.SignCertificate, p.server.SignKey); !errors.Is(err, ErrCertificate) {
		t.Errorf("of a server's certificate: %v", err)
	}
	if _, err := p.sm2.IssueServer(hour); err == nil {
		t.Error("a server without a host")
	}
}
