//go:build e2e

// Package lifecycle_test deploys contracts onto a real network that it starts
// and stops itself.
package lifecycle_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"henanchain/network/build"
	"henanchain/network/channel"
	"henanchain/network/lifecycle"
	"henanchain/network/node"
	"henanchain/network/operate"
	"henanchain/network/state"
	"henanchain/network/topology"
	"henanchain/test/testnet"
)

var (
	root string
	net0 *topology.Network
	st   state.Folder
	bin  string // of what only tests run
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	code, err := func() (int, error) {
		dir, err := os.MkdirTemp("", "hnc-lifecycle-")
		if err != nil {
			return 1, err
		}
		defer os.RemoveAll(dir)
		stop, err := start(dir)
		defer stop()
		if err != nil {
			return 1, err
		}
		return m.Run(), nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "start the network:", err)
	}
	return code
}

// start brings the pilot up; what it returns ends it again.
func start(dir string) (stop func(), err error) {
	stop = func() {}
	if root, err = filepath.Abs("../.."); err != nil {
		return stop, err
	}
	if _, err = build.All(context.Background(), build.Options{Root: root}); err != nil {
		return stop, err
	}
	bin = filepath.Join(dir, "bin")
	if err := gobuild("probe", "./test/lifecycle/probe"); err != nil {
		return stop, err
	}
	if st, err = state.At(filepath.Join(dir, "state")); err != nil {
		return stop, err
	}
	file, err := topology.Read(filepath.Join(root, "network", "topology.yaml"))
	if err != nil {
		return stop, err
	}
	base, free, err := testnet.ReservePorts()
	if err != nil {
		return stop, err
	}
	stop = free
	if net0, err = file.Select("pilot", base); err != nil {
		return stop, err
	}
	programs := node.Programs{Bin: build.Bin(root), Samples: build.Config(root), Builder: build.Builder(root)}
	o := operate.New(st, programs, []string{filepath.Join(build.Bin(root), "network"), "supervise", "--state", st.Root}, os.Stderr)
	stop = func() {
		defer free()
		if _, err := o.Down(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "stop the network:", err)
		}
	}
	return stop, o.Up(context.Background(), net0)
}

func gobuild(name, pkg string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(bin, name), pkg)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return nil
}

// channels are the network's channels as a deployment takes them.
func channels(t *testing.T) []lifecycle.Channel {
	t.Helper()
	orgs := map[string]lifecycle.Organisation{}
	for _, o := range net0.Organisations {
		signer, err := channel.Signer(st, &o)
		if err != nil {
			t.Fatal(err)
		}
		org := lifecycle.Organisation{MSPID: o.MSP, Signer: signer}
		for _, p := range o.Peers {
			conn, err := channel.Dial(st, p)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			org.Peers = append(org.Peers, lifecycle.Peer{Name: p.Name, Conn: conn})
		}
		orgs[o.Name] = org
	}
	var out []lifecycle.Channel
	for _, c := range net0.Channels {
		ch := lifecycle.Channel{Name: c.Name}
		var msps []string
		for _, name := range c.Organisations {
			ch.Organisations = append(ch.Organisations, orgs[name])
			msps = append(msps, orgs[name].MSPID)
		}
		ch.Policy = lifecycle.AllOf(msps...)
		if c.Main {
			ch.Policy = lifecycle.WithOneOf("HenanMSP", msps...)
		}
		out = append(out, ch)
	}
	return out
}

// service is a running contract and the package that leads peers to it.
type service struct {
	pkg *lifecycle.Package
	cmd *exec.Cmd
}

// serve starts a program beside whatever else runs, on a port of its own, with TLS.
func serve(t *testing.T, program, name, version string) *service {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile, cert := selfSigned(t, dir)
	address := testnet.Address(t)
	pkg, err := lifecycle.NewPackage(lifecycle.Label(name, version), lifecycle.Service{Address: address, RootCert: cert})
	if err != nil {
		t.Fatal(err)
	}
	s := &service{pkg: pkg, cmd: exec.Command(filepath.Join(bin, program), "--version", version, "--id", pkg.ID, "--address", address, "--tls-cert", certFile, "--tls-key", keyFile)}
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill(); s.cmd.Wait() })
	return s
}

func selfSigned(t *testing.T, dir string) (certFile, keyFile string, certPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "probe"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(certFile, certPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, certPEM
}
