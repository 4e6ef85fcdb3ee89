package gm

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openssl runs OpenSSL in a folder and returns what it prints; a failure is
// returned with it.
func openssl(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("openssl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// needOpenSSL skips the test where no OpenSSL with SM2 is installed, and
// otherwise returns a folder with a key pair, made by OpenSSL (key.pem, pub.pem).
func needOpenSSL(t *testing.T) (dir string, key *PrivateKey) {
	t.Helper()
	dir = t.TempDir()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl on this machine: its agreement with this package is not checked")
	}
	if out, err := openssl(t, dir, "list", "-public-key-algorithms"); err != nil || !strings.Contains(strings.ToUpper(out), "SM2") {
		t.Skip("this openssl knows no SM2 (want OpenSSL 3): its agreement with this package is not checked")
	}
	must(t, dir, "genpkey", "-algorithm", "SM2", "-out", "key.pem")
	must(t, dir, "pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
	key, err := ParsePrivateKeyPEM(read(t, dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, key
}

func must(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := openssl(t, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t testing.TB, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

var opensslMessages = map[string][]byte{
	"nothing": {},
	"text":    []byte("河南省 2023—2025"),
	"binary":  bytes.Repeat([]byte{0, 0xff, 10}, 5000),
}

func TestOpenSSLVerifiesOurSignatures(t *testing.T) {
	dir, key := needOpenSSL(t)
	for name, message := range opensslMessages {
		t.Run(name, func(t *testing.T) {
			signature, err := key.Sign(message)
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, "msg", message)
			put(t, dir, "sig", signature)
			dgst := []string{"dgst", "-sm3", "-verify", "pub.pem", "-signature", "sig", "-sigopt", "distid:" + UserID, "msg"}
			must(t, dir, dgst...)
			if len(message) > 0 { // pkeyutl -rawin takes no empty file
				must(t, dir, "pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-in", "msg", "-rawin",
					"-digest", "sm3", "-sigfile", "sig", "-pkeyopt", "distid:"+UserID)
			}
			put(t, dir, "msg", append([]byte("x"), message...))
			if _, err := openssl(t, dir, dgst...); err == nil {
				t.Error("openssl verifies another message: this test tells nothing")
			}
		})
	}
}

func TestWeVerifyOpenSSLsSignatures(t *testing.T) {
	dir, key := needOpenSSL(t)
	pub, err := ParsePublicKeyPEM(read(t, dir, "pub.pem"))
	if err != nil || !pub.Equal(key.Public()) {
		t.Fatalf("%v, %v", pub, err)
	}
	for name, message := range opensslMessages {
		t.Run(name, func(t *testing.T) {
			put(t, dir, "msg", message)
			must(t, dir, "dgst", "-sm3", "-sign", "key.pem", "-sigopt", "distid:"+UserID, "-out", "sig", "msg")
			if err := pub.Verify(message, read(t, dir, "sig")); err != nil {
				t.Error(err)
			}
			if err := pub.Verify(append([]byte("x"), message...), read(t, dir, "sig")); err == nil {
				t.Error("another message verifies")
			}
			if len(message) > 0 {
				must(t, dir, "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "msg", "-rawin",
					"-digest", "sm3", "-out", "sig", "-pkeyopt", "distid:"+UserID)
				if err := pub.Verify(message, read(t, dir, "sig")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestOpenSSLReadsOurKeysAndWeReadItsSEC1(t *testing.T) {
	dir, _ := needOpenSSL(t)
	key := newKey(t)
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "ours.pem", text)
	must(t, dir, "pkey", "-in", "ours.pem", "-check", "-noout")
	must(t, dir, "pkey", "-in", "ours.pem", "-pubout", "-out", "ours.pub.pem")
	if got := read(t, dir, "ours.pub.pem"); !bytes.Equal(got, key.Public().PEM()) {
		t.Errorf("openssl derives\n%s, want\n%s", got, key.Public().PEM())
	}
	must(t, dir, "ec", "-in", "ours.pem", "-out", "sec1.pem")
	if back, err := ParsePrivateKeyPEM(read(t, dir, "sec1.pem")); err != nil || !back.Public().Equal(key.Public()) {
		t.Errorf("SEC 1: %v, %v", back, err)
	}
	must(t, dir, "ecparam", "-name", "SM2", "-genkey", "-out", "param.pem")
	if _, err := ParsePrivateKeyPEM(read(t, dir, "param.pem")); err != nil {
		t.Errorf("with its parameters before it: %v", err)
	}
}

func TestOpenSSLComputesOurKeyID(t *testing.T) {
	dir, key := needOpenSSL(t)
	must(t, dir, "pkey", "-pubin", "-in", "pub.pem", "-outform", "DER", "-out", "pub.der")
	if out := must(t, dir, "dgst", "-sm3", "pub.der"); !strings.Contains(out, key.Public().ID()) {
		t.Errorf("openssl prints %s, want %s", out, key.Public().ID())
	}
}

func TestWrappedKeysPassBetweenOpenSSLAndUs(t *testing.T) {
	dir, key := needOpenSSL(t)
	dataKey := NewDataKey()
	wrapped, err := key.Public().WrapKey(dataKey)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "wrapped", wrapped)
	must(t, dir, "pkeyutl", "-decrypt", "-inkey", "key.pem", "-in", "wrapped", "-out", "unwrapped")
	if got := read(t, dir, "unwrapped"); !bytes.Equal(got, dataKey) {
		t.Errorf("openssl unwraps %x, want %x", got, dataKey)
	}
	put(t, dir, "datakey", dataKey)
	must(t, dir, "pkeyutl", "-encrypt", "-pubin", "-inkey", "pub.pem", "-in", "datakey", "-out", "wrapped")
	if got, err := key.UnwrapKey(read(t, dir, "wrapped")); err != nil || !bytes.Equal(got, dataKey) {
		t.Errorf("we unwrap %x, %v; want %x", got, err, dataKey)
	}
}

func TestOpenSSLAgreesOnSM3AndHMAC(t *testing.T) {
	dir, _ := needOpenSSL(t)
	for name, message := range opensslMessages {
		put(t, dir, "msg", message)
		if out := must(t, dir, "dgst", "-sm3", "msg"); !strings.Contains(out, HexDigest(message)) {
			t.Errorf("%s: SM3 is %s there, %s here", name, out, HexDigest(message))
		}
		want := hex.EncodeToString(HMAC([]byte("key-of-hmac"), message))
		if out := must(t, dir, "dgst", "-sm3", "-mac", "hmac", "-macopt", "key:key-of-hmac", "msg"); !strings.Contains(out, want) {
			t.Errorf("%s: HMAC-SM3 is %s there, %s here", name, out, want)
		}
	}
}

func TestOpenSSLDerivesTheSameKeyFromAPassphrase(t *testing.T) {
	dir, _ := needOpenSSL(t)
	const passphrase = "correct horse battery"
	salt := []byte("0123456789abcdef")
	out := must(t, dir, "kdf", "-keylen", fmt.Sprint(KeySize), "-kdfopt", "digest:SM3", "-kdfopt", "pass:"+passphrase,
		"-kdfopt", "hexsalt:"+hex.EncodeToString(salt), "-kdfopt", fmt.Sprintf("iter:%d", PassphraseIterations), "PBKDF2")
	want, err := ParseKEK(strings.ReplaceAll(strings.TrimSpace(out), ":", ""))
	if err != nil {
		t.Fatal(err)
	}
	got, err := KEKFromPassphrase(passphrase, salt)
	if err != nil || got.ID() != want.ID() {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}
