package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/directory"
	"henanchain/gateway/problem"
	"henanchain/gateway/rest"
	"henanchain/gateway/store"
	"henanchain/internal/gm"
	"henanchain/internal/gm/tlcp"
)

// authority issues certificates for TLS.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// issue makes a certificate and its key, in PEM; a nil authority signs itself.
func (a *authority) issue(t *testing.T, name string, use x509.ExtKeyUsage) (cert, key string, self *authority) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name, Organization: []string{"Test"}},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{use}, KeyUsage: x509.KeyUsageDigitalSignature}
	parent, signer := template, private
	if a == nil {
		template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	} else {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &private.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", keyDER), &authority{parsed, private}
}

// served is a gateway that serves TLS and TLCP on one port.
type served struct {
	*operator
	address string
	ca      *authority // of TLS
	sm2     *tlcp.Authority
	roots   *tlcp.Roots
}

// serveBoth starts the gateway's own listener and door, on keys of which those
// for TLCP are sealed.
func serveBoth(t *testing.T, clientAuth string) *served {
	t.Helper()
	s := &served{operator: newOperator(t)}
	caPEM, _, ca := (*authority)(nil).issue(t, "root", 0)
	s.ca = ca
	cert, key, _ := ca.issue(t, "gateway", x509.ExtKeyUsageServerAuth)
	s.must(t, "keys", "init", "--config", s.withKEK(t))
	text := s.withKEKText() + "listen: 127.0.0.1:0\nlog: {level: error}\n" +
		fmt.Sprintf("tls: {cert: %q, key: %q, clientAuth: %s, clientCAs: %q}\n", s.write(t, "tls.pem", cert), s.write(t, "tls.key", key), clientAuth, s.write(t, "ca.pem", caPEM))
	text += fmt.Sprintf("tlcp: {signCert: %q, signKey: %q, encryptCert: %q, encryptKey: %q, clientAuth: %s, clientCAs: %q}\n", s.tlcpFiles(t, clientAuth)...)
	s.config = s.write(t, "both.yaml", text)
	s.must(t, "check-config")
	s.start(t)
	return s
}

func (s *served) withKEKText() string {
	return "connection: " + filepath.Join(s.dir, "connection.json") + "\nstore: {dsn: \"sqlite:" + filepath.Join(s.dir, "gateway.db") + "\"}\nkek: {file: " + filepath.Join(s.dir, "kek.key") + "}\n"
}

func (s *served) withKEK(t *testing.T) string {
	t.Helper()
	s.config = s.write(t, "kek.yaml", s.withKEKText())
	return s.config
}

func (s *served) tlcpFiles(t *testing.T, clientAuth string) []any {
	t.Helper()
	var err error
	if s.sm2, err = tlcp.NewAuthority("test root", time.Hour); err != nil {
		t.Fatal(err)
	}
	if s.roots, err = tlcp.ParseRoots(s.sm2.CertificatePEM()); err != nil {
		t.Fatal(err)
	}
	issued, err := s.sm2.IssueServer(time.Hour, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	kek, err := gm.ReadKEKFile(filepath.Join(s.dir, "kek.key"))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := gm.NewSealer(kek)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.SealPrivateKey(issued.SignKey)
	if err != nil {
		t.Fatal(err)
	}
	open, err := issued.EncryptKey.PEM()
	if err != nil {
		t.Fatal(err)
	}
	return []any{s.write(t, "sign.pem", string(issued.SignCertificate)), s.write(t, "sign.key", string(sealed)),
		s.write(t, "encrypt.pem", string(issued.EncryptCertificate)), s.write(t, "encrypt.key", string(open)), clientAuth, s.write(t, "sm2ca.pem", string(s.sm2.CertificatePEM()))}
}

func (s *served) start(t *testing.T) {
	t.Helper()
	c, err := load(s.config)
	if err != nil {
		t.Fatal(err)
	}
	svc := &service{config: c, log: zap.NewNop()}
	if svc.secrets, err = openSecrets(c); err != nil {
		t.Fatal(err)
	}
	if svc.dir, err = directory.Open(c.Connection); err != nil {
		t.Fatal(err)
	}
	if svc.store, err = store.Open(t.Context(), filepath.Join(s.dir, "gateway.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	if svc.door, err = rest.New(rest.Options{Network: svc.dir, Store: svc.store, Auth: newAuthenticator(c, svc.dir, svc.store), Log: svc.log, Limits: limits(c.Limits)}); err != nil {
		t.Fatal(err)
	}
	l, err := svc.listen()
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- svc.serveOn(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := svc.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// ask reads the network, which is not for everybody, and returns the status and
// the problem's code.
func ask(t *testing.T, transport *http.Transport, address, token string) (int, string, *http.Response) {
	t.Helper()
	defer transport.CloseIdleConnections()
	r, err := http.NewRequest("GET", "https://"+address+"/v1/network", nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer resp.Body.Close()
	var p problem.Document
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, p.Code, resp
}

func (s *served) tls(t *testing.T, version uint16, cert, key string) *http.Transport {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(s.ca.cert)
	c := &tls.Config{RootCAs: pool, MinVersion: version, MaxVersion: version}
	if cert != "" {
		pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
		if err != nil {
			t.Fatal(err)
		}
		// Shown even where the server names other authorities.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
}

func (s *served) tlcp(client *tlcp.Issued) *http.Transport {
	config := tlcp.ClientConfig{Roots: s.roots}
	if client != nil {
		config.Identity, _ = client.ClientIdentity()
	}
	return &http.Transport{DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		return tlcp.Dial(ctx, network, address, config)
	}}
}

func TestTLSAndTLCPAreServedOnOnePort(t *testing.T) {
	s := serveBoth(t, "request")
	token := s.must(t, "tokens", "issue", "bank")
	for name, transport := range map[string]*http.Transport{"TLS 1.2": s.tls(t, tls.VersionTLS12, "", ""), "TLS 1.3": s.tls(t, tls.VersionTLS13, "", ""), "TLCP": s.tlcp(nil)} {
		if status, code, _ := ask(t, transport, s.address, ""); status != 401 || code != problem.Unauthenticated {
			t.Errorf("%s without a credential: %d %s", name, status, code)
		}
		status, code, resp := ask(t, transport, s.address, token)
		if status != 200 || name != "TLCP" && resp.ProtoMajor != 2 {
			t.Errorf("%s with a token: %d %s, %v", name, status, code, resp)
		}
	}
	if status, code, _ := ask(t, s.tls(t, tls.VersionTLS11, "", ""), s.address, token); status != 0 {
		t.Errorf("TLS 1.1: %d %s", status, code)
	}
	resp, err := http.Get("http://" + s.address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 400 || !strings.Contains(string(text), "https") {
		t.Errorf("plain HTTP: %d %s %v", resp.StatusCode, text, err)
	}
}

func TestAClientCertificateIsItsApplicationUntilItIsRevoked(t *testing.T) {
	s := serveBoth(t, "request")
	byKey, keyOfKey, _ := s.ca.issue(t, "bank key", x509.ExtKeyUsageClientAuth)
	bySubject, keyOfSubject, _ := s.ca.issue(t, "bank subject", x509.ExtKeyUsageClientAuth)
	unknown, keyOfUnknown, _ := s.ca.issue(t, "somebody", x509.ExtKeyUsageClientAuth)
	_, _, other := (*authority)(nil).issue(t, "another root", 0)
	foreign, keyOfForeign, _ := other.issue(t, "bank subject", x509.ExtKeyUsageClientAuth)
	sm2, err := s.sm2.IssueClient(time.Hour, "bank")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := s.sm2.IssueClient(time.Hour, "stranger")
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{
		s.must(t, "credentials", "register", "bank", "--certificate", s.write(t, "client.pem", byKey)),
		s.must(t, "credentials", "register", "bank", "--subject", "CN=bank subject,O=Test"),
		s.must(t, "credentials", "register", "bank", "--certificate", s.write(t, "sm2client.pem", string(sm2.SignCertificate))),
	}
	clients := []struct {
		name      string
		transport *http.Transport
		status    int
		code      string
	}{
		{"TLS 1.3, by its key", s.tls(t, tls.VersionTLS13, byKey, keyOfKey), 200, ""},
		{"TLS 1.2, by its subject", s.tls(t, tls.VersionTLS12, bySubject, keyOfSubject), 200, ""},
		{"TLCP, by its key", s.tlcp(sm2), 200, ""},
		{"TLS, nobody's", s.tls(t, tls.VersionTLS13, unknown, keyOfUnknown), 401, problem.Unauthenticated},
		{"TLCP, nobody's", s.tlcp(stranger), 401, problem.Unauthenticated},
		{"TLS, the subject from another authority", s.tls(t, tls.VersionTLS12, foreign, keyOfForeign), 0, ""},
	}
	for _, c := range clients {
		if status, code, _ := ask(t, c.transport, s.address, ""); status != c.status || c.status > 0 && code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, code, c.status, c.code)
		}
	}
	for _, id := range ids {
		s.must(t, "credentials", "revoke", id)
	}
	for _, c := range clients[:3] {
		if status, code, _ := ask(t, c.transport, s.address, ""); status != 401 || code != problem.CredentialRevoked {
			t.Errorf("%s, revoked: %d %s", c.name, status, code)
		}
	}
}

func TestWithoutACertificateNobodyConnectsWhereOneIsRequired(t *testing.T) {
	s := serveBoth(t, "require")
	token := s.must(t, "tokens", "issue", "bank")
	for name, transport := range map[string]*http.Transport{"TLS 1.2": s.tls(t, tls.VersionTLS12, "", ""), "TLS 1.3": s.tls(t, tls.VersionTLS13, "", ""), "TLCP": s.tlcp(nil)} {
		if status, code, _ := ask(t, transport, s.address, token); status != 0 {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
}

func TestOpenSSLConnectsWithACertificate(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("skipped: there is no openssl on this machine")
	}
	s := serveBoth(t, "request")
	cert, key, _ := s.ca.issue(t, "bank", x509.ExtKeyUsageClientAuth)
	certFile := s.write(t, "c.pem", cert)
	s.must(t, "credentials", "register", "bank", "--certificate", certFile)
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		cmd := exec.Command("openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", filepath.Join(s.dir, "ca.pem"), "-cert", certFile, "-key", s.write(t, "c.key", key), "-connect", s.address, version)
		cmd.Stdin = strings.NewReader("GET /v1/network HTTP/1.1\r\nHost: " + s.address + "\r\nConnection: close\r\n\r\n")
		out, err := cmd.Output()
		if err != nil || !strings.HasPrefix(string(out), "HTTP/1.1 200 OK") || !strings.Contains(string(out), `"mainChannel":"henan"`) {
			t.Errorf("%s: %v\n%s", version, err, out)
		}
	}
}
