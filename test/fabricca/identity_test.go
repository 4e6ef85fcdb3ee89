package fabricca_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"henanchain/network/build"
	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/state"
	"henanchain/network/topology"
	"henanchain/test/testnet"
)

// authority is the CA of Zhengzhou on a real CA server, as the network
// configures and asks it.
func authority(t *testing.T) (*identity.Authority, state.Folder, *topology.Network, topology.Organisation) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r, err := build.All(context.Background(), build.Options{Root: root, Only: []string{"fabric-ca"}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := topology.Read(filepath.Join(root, "network", "topology.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := file.Select("pilot", testnet.Ports(t))
	if err != nil {
		t.Fatal(err)
	}
	st, err := state.At(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := identity.Servers(n)[0].Service(st, n, filepath.Join(r.Bin, "fabric-ca-server"))
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	cmd := exec.Command(s.Command[0], s.Command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s", log)
		}
	})
	org, _ := n.Organisation("zhengzhou")
	var a *identity.Authority
	testnet.Eventually(t, "the CA answers", func() error {
		a, err = identity.Open(context.Background(), st, n, *org)
		return err
	})
	t.Cleanup(a.Close)
	return a, st, n, *org
}

func certificateAt(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("%s is no certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestAnIdentityFromItsRegistrationToItsRevocation(t *testing.T) {
	a, st, n, org := authority(t)
	ctx := context.Background()
	attributes := map[string]string{"hnc.app": "archive", "hnc.dept": "11410100MB0H000014", "hnc.roles": "evidence.depositor"}
	secret, err := a.Register(ctx, identity.Registration{Name: "archive", Kind: identity.Client, Attributes: attributes, Enrollments: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Register(ctx, identity.Registration{Name: "archive", Kind: identity.Client, Enrollments: 1}); failure.ExitStatus(err) != failure.Refused {
		t.Errorf("a second registration: %v", err)
	}
	if _, err := identity.Enrol(ctx, st, n, org, "archive", "wrong", nil); failure.ExitStatus(err) != failure.Refused {
		t.Errorf("a wrong secret: %v", err)
	}
	e, err := identity.Enrol(ctx, st, n, org, "archive", secret, []string{"archive.example", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range attributes {
		if e.Attributes[name] != value {
			t.Errorf("%s is %q in the certificate, want %q", name, e.Attributes[name], value)
		}
	}
	dir := filepath.Join(t.TempDir(), "archive")
	if err := e.Write(dir); err != nil {
		t.Fatal(err)
	}
	if c := certificateAt(t, filepath.Join(dir, "tls", "server.crt")); !slices.Contains(c.DNSNames, "archive.example") || len(c.IPAddresses) != 1 {
		t.Errorf("the TLS certificate is for %v %v", c.DNSNames, c.IPAddresses)
	}
	if c := certificateAt(t, filepath.Join(dir, "msp", "signcerts", "cert.pem")); !slices.Contains(c.Subject.OrganizationalUnit, "client") {
		t.Errorf("its unit is %v", c.Subject.OrganizationalUnit)
	}
	if _, err := identity.Enrol(ctx, st, n, org, "archive", secret, nil); failure.ExitStatus(err) != failure.Refused {
		t.Errorf("a secret that is used up: %v", err)
	}

	is, err := a.Find(ctx, "archive")
	if err != nil || len(is.Certificates) != 2 {
		t.Fatalf("the CA knows %+v: %v", is, err)
	}
	serial := e.Certificate.SerialNumber.Text(16)
	if err := a.Revoke(ctx, "archive", serial, "superseded"); err != nil {
		t.Fatal(err)
	}
	if revoked := serials(t, a); !revoked[serial] || len(revoked) != 1 {
		t.Errorf("one certificate was revoked, and the list has %v", revoked)
	}
	for range 2 { // again is no error
		if err := a.Revoke(ctx, "archive", "", "keycompromise"); err != nil {
			t.Fatal(err)
		}
	}
	if revoked := serials(t, a); len(revoked) != 2 {
		t.Errorf("the identity was revoked, and the list has %v", revoked)
	}
	if err := a.Revoke(ctx, "nobody", "", "unspecified"); failure.ExitStatus(err) != failure.NotThere {
		t.Errorf("nobody was revoked: %v", err)
	}
}

func serials(t *testing.T, a *identity.Authority) map[string]bool {
	t.Helper()
	crl, err := a.StoreCRL(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out, err := identity.RevokedSerials(crl)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestANodeIsRenewedInPlace(t *testing.T) {
	a, st, n, org := authority(t)
	ctx := context.Background()
	node := org.Peers[0]
	if err := a.Node(ctx, node); err != nil {
		t.Fatal(err)
	}
	dir := st.Identity(org.Name, node.Name)
	sign, tls := filepath.Join(dir, "msp", "signcerts", "cert.pem"), filepath.Join(dir, "tls", "server.crt")
	key := func() []byte { return certificateAt(t, tls).RawSubjectPublicKeyInfo }
	for _, keep := range []bool{false, true} {
		was, serial, tlsSerial := key(), certificateAt(t, sign).SerialNumber, certificateAt(t, tls).SerialNumber
		for range 2 { // a run that was killed goes on with what it has made
			if err := a.RenewNode(ctx, node, keep); err != nil {
				t.Fatal(err)
			}
		}
		next := certificateAt(t, filepath.Join(identity.Next(dir), "msp", "signcerts", "cert.pem")).SerialNumber
		if certificateAt(t, sign).SerialNumber.Cmp(serial) != 0 {
			t.Error("the certificate in use was touched before its time")
		}
		if err := identity.Take(dir); err != nil {
			t.Fatal(err)
		}
		if certificateAt(t, sign).SerialNumber.Cmp(next) != 0 || certificateAt(t, tls).SerialNumber.Cmp(tlsSerial) == 0 {
			t.Error("the new certificates are not in the place of the old ones")
		}
		if same := bytes.Equal(was, key()); same != keep {
			t.Errorf("the TLS key stayed: %v, want %v", same, keep)
		}
		if state.Exists(identity.Next(dir)) {
			t.Error("what was replaced is still there")
		}
	}
	// A run that was killed after the exchange leaves the old one beside it: the
	// next does not take it for a new one.
	serial := certificateAt(t, sign).SerialNumber
	if err := os.CopyFS(identity.Next(dir), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := a.RenewNode(ctx, node, false); err != nil {
		t.Fatal(err)
	}
	if certificateAt(t, filepath.Join(identity.Next(dir), "msp", "signcerts", "cert.pem")).SerialNumber.Cmp(serial) == 0 {
		t.Error("an old certificate was taken for a new one")
	}
	if err := a.Application(ctx, n.Applications[slices.IndexFunc(n.Applications, func(x topology.Application) bool { return x.Organisation == org.Name })]); err != nil {
		t.Fatal(err)
	}
}
