package tsa_test

import (
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"henanchain/internal/gm"
	"henanchain/internal/tsa"
	"henanchain/internal/tsa/tsatest"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func key(t testing.TB) (*gm.PrivateKey, *tsa.Key) {
	t.Helper()
	private, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := tsa.ParseKey(string(private.Public().PEM()))
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

// The tokens in testdata were made by OpenSSL 3.0 (openssl ts -reply) over the
// three bytes abc, and read by it with openssl ts -reply -text.
func TestTokensThatOpenSSLMadeAreReadAndVerified(t *testing.T) {
	for name, want := range map[string]tsa.Token{
		"ec":  {Algorithm: tsa.SM3, Digest: gm.HexDigest([]byte("abc")), Serial: "3", Policy: "1.2.3.4.1"},
		"rsa": {Algorithm: tsa.SHA256, Digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Serial: "2", Policy: "1.2.3.4.1"},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := tsa.Parse(read(t, name+".token"))
			if err != nil {
				t.Fatal(err)
			}
			if token.Algorithm != want.Algorithm || token.Digest != want.Digest || token.Serial != want.Serial || token.Policy != want.Policy {
				t.Errorf("the token says %+v", token)
			}
			if at := time.Date(2026, 11, 21, 19, 5, 18, 0, time.UTC); !token.Time.Equal(at) {
				t.Errorf("the token's time is %s, not %s", token.Time, at)
			}
			own, err := tsa.ParseKey(string(read(t, name+".pub")))
			if err != nil {
				t.Fatal(err)
			}
			if err := token.Verify(own); err != nil {
				t.Error(err)
			}
			others := map[string]string{"ec": "rsa", "rsa": "ec"}
			other, err := tsa.ParseKey(string(read(t, others[name]+".pub")))
			if err != nil {
				t.Fatal(err)
			}
			_, sm2 := key(t)
			for _, k := range []*tsa.Key{other, sm2} {
				if err := token.Verify(k); !errors.Is(err, tsa.ErrSignature) {
					t.Errorf("another key verified it: %v", err)
				}
			}
		})
	}
}

func TestATokenWithSM2IsVerifiedByItsKeyOnly(t *testing.T) {
	private, public := key(t)
	_, another := key(t)
	at := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	hash := gm.HexDigest([]byte("合同"))
	token, err := tsa.Parse(tsatest.Issue(t, private, tsatest.Statement{Digest: hash, Time: at, Serial: 7, Fraction: ".25"}))
	if err != nil {
		t.Fatal(err)
	}
	if token.Digest != hash || token.Algorithm != tsa.SM3 || !token.Time.Equal(at) || token.Serial != "7" {
		t.Errorf("the token says %+v", token)
	}
	if err := token.Verify(public); err != nil {
		t.Error(err)
	}
	if err := token.Verify(another); !errors.Is(err, tsa.ErrSignature) {
		t.Errorf("another key verified it: %v", err)
	}
}

func TestABentTokenIsRefused(t *testing.T) {
	private, public := key(t)
	good := tsatest.Statement{Digest: gm.HexDigest([]byte("合同")), Time: time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC), Serial: 7}
	another := good
	another.Covered = []byte("another statement")
	data := good
	data.Content = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	fraction := good
	fraction.Fraction = "+0800"
	short := good
	short.Digest = short.Digest[:40]
	for name, s := range map[string]tsatest.Statement{
		"attributes over another statement": another, "a content that is no time stamp": data,
		"a time that is not in UTC": fraction, "a digest of 20 bytes": short,
	} {
		token, err := tsa.Parse(tsatest.Issue(t, private, s))
		if err == nil {
			err = token.Verify(public)
		}
		if !errors.Is(err, tsa.ErrFormat) && !errors.Is(err, tsa.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := tsatest.Issue(t, private, good)
	for i := range whole {
		bent := append([]byte{}, whole...)
		bent[i] ^= 1
		token, err := tsa.Parse(bent)
		if err != nil || token.Verify(public) != nil {
			continue
		}
		// What is not signed may change; what is said may not.
		if token.Digest != good.Digest || !token.Time.Equal(good.Time) || token.Serial != "7" {
			t.Errorf("with byte %d changed, the token says %+v and verifies", i, token)
		}
	}
	for n := range whole {
		if _, err := tsa.Parse(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were read as a token", n, len(whole))
		}
	}
	if _, err := tsa.Parse(append(whole, 0)); err == nil {
		t.Error("a token with a byte after it was read")
	}
	if _, err := tsa.Parse(make([]byte, 20<<10)); err == nil {
		t.Error("20 KiB were read as a token")
	}
}

func TestAKeyThatIsTooWeakIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no PEM": "abc",
		"two keys":               string(read(t, "ec.pub")) + string(read(t, "rsa.pub")),
		"RSA of 1024 bits":       string(read(t, "rsa1024.pub")),
		"ECDSA on another curve": string(read(t, "p384.pub")),
	} {
		if _, err := tsa.ParseKey(text); !errors.Is(err, tsa.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	private, public := key(f)
	f.Add(read(f, "ec.token"))
	f.Add(read(f, "rsa.token"))
	f.Add(tsatest.Issue(f, private, tsatest.Statement{Digest: gm.HexDigest(nil), Time: time.Unix(0, 0)}))
	f.Fuzz(func(t *testing.T, der []byte) {
		token, err := tsa.Parse(der)
		if err != nil {
			if !errors.Is(err, tsa.ErrFormat) {
				t.Fatalf("an error without ErrFormat: %v", err)
			}
			return
		}
		if err := token.Verify(public); err != nil && !errors.Is(err, tsa.ErrFormat) && !errors.Is(err, tsa.ErrSignature) {
			t.Fatalf("an error without its kind: %v", err)
		}
	})
}
