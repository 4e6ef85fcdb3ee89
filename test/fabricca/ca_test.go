// Package fabricca_test runs the real Fabric CA on the database driver that
// stands in for the one that needs a C compiler.
package fabricca_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"henanchain/network/build"
	"henanchain/test/testnet"
)

type server struct {
	t       *testing.T
	bin     string
	home    string
	address string
	cmd     *exec.Cmd
	log     *bytes.Buffer
}

func newServer(t *testing.T) *server {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r, err := build.All(context.Background(), build.Options{Root: root, Only: []string{"fabric-ca"}})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, bin: r.Bin, home: t.TempDir(), address: testnet.Address(t)}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *server) start() {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.address)
	s.log = &bytes.Buffer{}
	s.cmd = exec.Command(filepath.Join(s.bin, "fabric-ca-server"), "start", "-b", "admin:secret", "--home", s.home, "--address", "127.0.0.1", "--port", port)
	s.cmd.Env = append(os.Environ(), "FABRIC_CA_SERVER_OPERATIONS_LISTENADDRESS=127.0.0.1:0")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	testnet.Eventually(s.t, "the server listens", func() error {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			err = conn.Close()
		}
		return err
	})
}

func (s *server) stop() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

// client runs fabric-ca-client as somebody, whose folder is named after them.
func (s *server) client(who string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(s.bin, "fabric-ca-client"), append(args, "--home", filepath.Join(s.home, "clients", who))...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *server) must(who string, args ...string) string {
	s.t.Helper()
	out, err := s.client(who, args...)
	if err != nil {
		s.t.Fatalf("%s as %s: %v\n%s", args[0], who, err, out)
	}
	return out
}

func (s *server) url(user, secret string) string {
	return fmt.Sprintf("http://%s:%s@%s", user, secret, s.address)
}

func TestIdentitiesAreEnrolledRevokedAndListedOverARestart(t *testing.T) {
	s := newServer(t)
	s.must("admin", "enroll", "-u", s.url("admin", "secret"))
	s.must("admin", "register", "--id.name", "court", "--id.secret", "pw", "--id.type", "client", "--id.attrs", `hnc.app=court:ecert,"hnc.roles=notary,auditor:ecert"`)
	s.must("court", "enroll", "-u", s.url("court", "pw"))
	cert := certificateAt(t, filepath.Join(s.home, "clients", "court", "msp", "signcerts", "cert.pem"))
	if text := attributes(cert); !strings.Contains(text, `"hnc.roles":"notary,auditor"`) || !strings.Contains(text, `"hnc.app":"court"`) {
		t.Errorf("the certificate carries %s, want hnc.app and hnc.roles", text)
	}
	if out, err := s.client("admin", "register", "--id.name", "court", "--id.secret", "pw"); err == nil || !strings.Contains(out, "already registered") {
		t.Errorf("a second registration of one name answered %v: %s", err, out)
	}
	s.must("admin", "revoke", "-e", "court", "--gencrl")
	if n := revoked(t, s, cert); n != 1 {
		t.Errorf("the list revokes the certificate %d times, want once", n)
	}
	if out, err := s.client("court", "reenroll"); err == nil {
		t.Errorf("a revoked identity enrolled again: %s", out)
	}

	s.stop()
	s.start()
	if out := s.must("admin", "identity", "list"); !strings.Contains(out, "court") {
		t.Errorf("after a restart the list is %s, want court in it", out)
	}
	// Lists are chosen by times, which the database compares as text.
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	s.must("admin", "gencrl", "--revokedafter", tomorrow)
	if n := revoked(t, s, cert); n != 0 {
		t.Errorf("a list of what is revoked after tomorrow has the certificate %d times", n)
	}
	s.must("admin", "gencrl", "--revokedbefore", tomorrow)
	if n := revoked(t, s, cert); n != 1 {
		t.Errorf("a list of what was revoked before tomorrow has the certificate %d times, want once", n)
	}
}

// attributes is the extension in which Fabric CA writes them.
func attributes(cert *x509.Certificate) string {
	for _, e := range cert.Extensions {
		if e.Id.String() == "1.2.3.4.5.6.7.8.1" {
			return string(e.Value)
		}
	}
	return ""
}

func revoked(t *testing.T, s *server, cert *x509.Certificate) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.home, "clients", "admin", "msp", "crls", "crl.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatal("the revocation list is no PEM")
	}
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(cert.SerialNumber) == 0 {
			n++
		}
	}
	return n
}
