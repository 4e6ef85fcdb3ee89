package tlcp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenSSLTalksTLSToThePort(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl on this machine: its TLS client is not tried")
	}
	p := newPKI(t)
	address, reported := serve(t, p.config(t))
	root := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(root, p.tlsRootPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for flag, protocol := range map[string]string{"-tls1_2": "TLS 1.2", "-tls1_3": "TLS 1.3"} {
		t.Run(protocol, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, "openssl", "s_client", "-connect", address, "-servername", "localhost", flag,
				"-CAfile", root, "-verify_hostname", "localhost", "-verify_return_error", "-quiet", "-ign_eof")
			cmd.Stdin = strings.NewReader("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "true|"+protocol+"|") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	if errs := reported.all(); len(errs) > 0 {
		t.Errorf("reported: %v", errs)
	}
}

func TestOpenSSLReadsOurCertificates(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl on this machine: our certificates are not shown to it")
	}
	p, dir := newPKI(t), t.TempDir()
	for name, text := range map[string][]byte{"root": p.sm2.CertificatePEM(), "sign": p.server.SignCertificate, "encrypt": p.server.EncryptCertificate} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"sign", "encrypt"} {
		cmd := exec.Command("openssl", "verify", "-CAfile", "root", "-purpose", "sslserver", "-verify_hostname", "localhost",
			"-vfyopt", "distid:1234567812345678", name)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}
