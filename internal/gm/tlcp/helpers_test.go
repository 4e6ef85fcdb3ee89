package tlcp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

const hour = time.Hour

// patience is how long a test waits for what has to happen, however slow the
// machine is.
const patience = 2 * time.Minute

// pki is an authority of each kind with what the tests need of it.
type pki struct {
	sm2    *Authority
	roots  *Roots
	server *Issued

	tlsCA   *x509.Certificate
	tlsKey  *ecdsa.PrivateKey
	tlsPool *x509.CertPool
	tlsCert tls.Certificate
}

func newPKI(t testing.TB) *pki {
	t.Helper()
	authority, err := NewAuthority("河南链试验根", hour)
	if err != nil {
		t.Fatal(err)
	}
	server, err := authority.IssueServer(hour, "localhost", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	p := &pki{sm2: authority, server: server, roots: rootsOf(t, authority)}
	p.tlsKey, p.tlsCA = newTLSRoot(t)
	p.tlsPool = x509.NewCertPool()
	p.tlsPool.AddCert(p.tlsCA)
	p.tlsCert = p.issueTLS(t, "localhost", x509.ExtKeyUsageServerAuth)
	return p
}

func rootsOf(t testing.TB, authority *Authority) *Roots {
	t.Helper()
	roots, err := ParseRoots(authority.CertificatePEM())
	if err != nil {
		t.Fatal(err)
	}
	return roots
}

func newTLSRoot(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TLS root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-hour), NotAfter: time.Now().Add(hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

func (p *pki) issueTLS(t testing.TB, name string, use x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-hour), NotAfter: time.Now().Add(hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, p.tlsCA, key.Public(), p.tlsKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (p *pki) tlsRootPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.tlsCA.Raw})
}

// config answers both protocols.
func (p *pki) config(t testing.TB) Config {
	t.Helper()
	identity, err := p.server.ServerIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return Config{TLS: &tls.Config{Certificates: []tls.Certificate{p.tlsCert}}, Identity: identity, HandshakeTimeout: patience}
}

func (p *pki) client() ClientConfig {
	return ClientConfig{Roots: p.roots, ServerName: "localhost", Timeout: patience}
}

func (p *pki) clientIdentity(t testing.TB, authority *Authority, name string) *Identity {
	t.Helper()
	issued, err := authority.IssueClient(hour, name)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := issued.ClientIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// failures collects what a Listener reports.
type failures struct {
	mu   sync.Mutex
	errs []error
}

func (f *failures) add(_ net.Addr, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

func (f *failures) all() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]error(nil), f.errs...)
}

// wait waits until something that matches is reported.
func (f *failures) wait(t testing.TB, match func(error) bool) error {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, err := range f.all() {
			if match(err) {
				return err
			}
		}
	}
	t.Fatalf("not reported in %s; what was: %v", patience, f.all())
	return nil
}

// listen starts a listener with the configuration, on a port of its own.
func listen(t testing.TB, config Config) (*Listener, *failures) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listenOn(t, inner, config)
}

func listenOn(t testing.TB, inner net.Listener, config Config) (*Listener, *failures) {
	t.Helper()
	reported := &failures{}
	if config.OnError == nil {
		config.OnError = reported.add
	}
	listener, err := NewListener(inner, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener, reported
}

// serve runs an HTTP server that tells callers what it knows of them.
func serve(t testing.TB, config Config) (address string, reported *failures) {
	t.Helper()
	listener, reported := listen(t, config)
	serveHTTP(t, listener)
	return listener.Addr().String(), reported
}

func serveHTTP(t testing.TB, listener net.Listener) {
	t.Helper()
	server := &http.Server{
		ConnContext: ConnContext,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer, ok := PeerFrom(r.Context())
			name, key := "-", "-"
			if peer.Certificate != nil {
				name, key = peer.Certificate.Subject.CommonName, peer.Certificate.KeyID
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			_, _ = fmt.Fprintf(w, "%t|%s|%s|%s|%s|%s|%d", ok, peer.Protocol, peer.CipherSuite, name, key, r.Proto, len(body))
		}),
		ReadHeaderTimeout: patience,
	}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-stopped; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server stopped by itself: %v", err)
		}
	})
}

// httpOver is an HTTP client over TLCP.
func httpOver(config ClientConfig) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return Dial(ctx, network, address, config)
		},
	}}
}

// httpOverTLS is an HTTP client over TLS.
func httpOverTLS(config *tls.Config) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
}

func get(client *http.Client, address string) (string, error) {
	defer client.CloseIdleConnections()
	response, err := client.Get("https://" + address + "/")
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// errShortage is what accept answers when the process has no files left.
var errShortage = syscall.EMFILE
