package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/gateway/config"
	"henanchain/internal/gm/tlcp"
)

func runCertificates(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := command()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetArgs(append([]string{"certificates"}, args...))
	return out.String(), cmd.Execute()
}

// What the command makes serves a connection, and is a client's on it.
func TestAPilotsCertificatesServeTLCP(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tlcp")
	for _, args := range [][]string{{"server", "--host", "gateway.example,127.0.0.1", "--out", dir}, {"client", "zhengzhou-notary", "--out", dir}} {
		if _, err := runCertificates(t, args...); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]os.FileMode{"ca.key": 0o600, "server-sign.key": 0o600, "server-encrypt.key": 0o600, "zhengzhou-notary-sign.key": 0o600, "ca.pem": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	c := config.Defaults()
	at := func(name string) string { return filepath.Join(dir, name) }
	c.TLCP = config.TLCP{SignCert: at("server-sign.pem"), SignKey: at("server-sign.key"), EncryptCert: at("server-encrypt.pem"), EncryptKey: at("server-encrypt.key"),
		ClientAuth: config.ClientsRequire, ClientCAs: at("ca.pem")}
	secure, err := secureConfig(&c, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := tlcp.NewListener(plain, secure)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "hello\n") //nolint:errcheck // the client tells
	}()
	ca, err := os.ReadFile(at("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := tlcp.ParseRoots(ca)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tlcp.Dial(context.Background(), "tcp", l.Addr().String(), tlcp.ClientConfig{Roots: roots, ServerName: "127.0.0.1", Identity: clientIdentity(t, dir, "zhengzhou-notary")})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if said, err := io.ReadAll(conn); err != nil || string(said) != "hello\n" {
		t.Errorf("%q, %v", said, err)
	}
}

func clientIdentity(t *testing.T, dir, name string) *tlcp.Identity {
	t.Helper()
	cert, err := os.ReadFile(filepath.Join(dir, name+"-sign.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := readPrivateKey(filepath.Join(dir, name+"-sign.key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := tlcp.NewClientIdentity(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCertificatesThatAreThereAreNotReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tlcp")
	if _, err := runCertificates(t, "client", "notary", "--out", dir); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runCertificates(t, "client", "notary", "--out", dir); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a pair was replaced: %v", err)
	}
	if _, err := runCertificates(t, "client", "../notary", "--out", dir); err == nil {
		t.Error("a name leads out of the folder")
	}
	if again, err := os.ReadFile(filepath.Join(dir, "ca.pem")); err != nil || !bytes.Equal(again, ca) {
		t.Errorf("there is another authority: %v", err)
	}
}
