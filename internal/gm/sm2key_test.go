package gm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	tjx509 "github.com/tjfoc/gmsm/x509"
	"pgregory.net/rapid"
)

func TestKeysSurviveTheirEncodings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := newKey(t)
		pub := key.Public()
		fromDER, err1 := ParsePublicKey(pub.DER())
		fromPEM, err2 := ParsePublicKeyPEM(pub.PEM())
		fromPoint, err3 := ParsePoint(pub.Point())
		fromType, err4 := PublicKeyOf(pub.CryptoPublicKey())
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			rt.Fatal(err)
		}
		for _, got := range []*PublicKey{fromDER, fromPEM, fromPoint, fromType} {
			if !got.Equal(pub) || got.ID() != pub.ID() {
				rt.Fatalf("got %v, want %v", got, pub)
			}
		}
		text, err := key.PEM()
		if err != nil {
			rt.Fatal(err)
		}
		back, err := ParsePrivateKeyPEM(text)
		if err != nil || !back.Public().Equal(pub) || !bytes.Equal(scalarOf(back), scalarOf(key)) {
			rt.Fatalf("private key does not come back: %v", err)
		}
	})
}

func TestPublicKeysReadAlikeInTheOtherLibrary(t *testing.T) {
	key := newKey(t)
	theirs, err := tjx509.ReadPublicKeyFromPem(key.Public().PEM())
	if err != nil {
		t.Fatal(err)
	}
	if want := otherLibrarysKey(t, key); theirs.X.Cmp(want.X) != 0 || theirs.Y.Cmp(want.Y) != 0 {
		t.Fatal("the other library reads another point")
	}
	text, err := tjx509.WritePublicKeyToPem(theirs)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParsePublicKeyPEM(text)
	if err != nil || !back.Equal(key.Public()) {
		t.Fatalf("the other library's PEM: %v, %v", back, err)
	}
	private, err := tjx509.WritePrivateKeyToPem(otherLibrarysKey(t, key), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParsePrivateKeyPEM(private); err != nil || !got.Public().Equal(key.Public()) {
		t.Fatalf("the other library's private key: %v, %v", got, err)
	}
}

func TestAKeyIDIsTheDigestOfTheDER(t *testing.T) {
	pub := standardKey(t).Public()
	if want := HexDigest(pub.DER()); pub.ID() != want {
		t.Errorf("ID = %s, want %s", pub.ID(), want)
	}
	if !isKeyID(pub.ID()) {
		t.Errorf("ID = %s, want 64 lower-case hexadecimal digits", pub.ID())
	}
}

// offCurve is a point beside the curve: the standard's key with another y.
func offCurve(t testing.TB) []byte {
	point := standardKey(t).Public().Point()
	point[64] ^= 1
	return point
}

func TestParsePublicKeyRefusesWhatIsNoKeyOnTheCurve(t *testing.T) {
	good := standardKey(t).Public()
	p := unhex(t, "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff")
	x, y := good.Point()[1:33], good.Point()[33:]
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256DER, err := x509.MarshalPKIXPublicKey(p256.Public())
	if err != nil {
		t.Fatal(err)
	}
	withPoint := func(point []byte) []byte { return raw(spkiPrefix, point) }
	cases := []struct {
		name string
		der  []byte
	}{
		{"nothing", nil},
		{"a byte missing", good.DER()[:90]},
		{"a byte behind", raw(good.DER(), []byte{0})},
		{"a point beside the curve", withPoint(offCurve(t))},
		{"the origin", withPoint(raw([]byte{4}, make([]byte, 64)))},
		{"infinity", withPoint(make([]byte, 65))},
		{"x = p", withPoint(raw([]byte{4}, p, y))},
		{"y above p", withPoint(raw([]byte{4}, x, bytes.Repeat([]byte{0xff}, 32)))},
		{"a hybrid point", withPoint(raw([]byte{6}, x, y))},
		{"a compressed point", raw([]byte{0x30, 0x39}, spkiPrefix[2:23], []byte{3, 0x22, 0, 2}, x)},
		{"a key on P-256", p256DER},
		{"the point alone", good.Point()},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if key, err := ParsePublicKey(c.der); !errors.Is(err, ErrPublicKey) || key != nil {
				t.Errorf("ParsePublicKey = %v, %v; want ErrPublicKey", key, err)
			}
			text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: c.der})
			if key, err := ParsePublicKeyPEM(text); !errors.Is(err, ErrPublicKey) || key != nil {
				t.Errorf("ParsePublicKeyPEM = %v, %v; want ErrPublicKey", key, err)
			}
		})
	}
	if key, err := ParsePoint(offCurve(t)); !errors.Is(err, ErrPublicKey) || key != nil {
		t.Errorf("ParsePoint = %v, %v", key, err)
	}
}

func TestPublicKeyOfTakesSM2Only(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	one, other := otherLibrarysKey(t, newKey(t)), otherLibrarysKey(t, newKey(t))
	//lint:ignore SA1019 no newer form makes a point beside the curve, which is what is tested
	beside := ecdsa.PublicKey{Curve: sm2.P256(), X: one.X, Y: other.Y}
	for name, key := range map[string]any{
		"nil": nil, "a nil key": (*ecdsa.PublicKey)(nil), "P-256": p256.Public(), "RSA": rsaKey.Public(),
		"an SM2 curve without a point": &ecdsa.PublicKey{Curve: beside.Curve}, "beside the curve": &beside,
	} {
		if got, err := PublicKeyOf(key); err == nil || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestParsePrivateKeyPEMSaysWhatIsWrong(t *testing.T) {
	key := newKey(t)
	good, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256DER, err := x509.MarshalPKCS8PrivateKey(p256)
	if err != nil {
		t.Fatal(err)
	}
	block := func(form string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: form, Bytes: der}) }
	for _, c := range []struct {
		name string
		text []byte
		says string
	}{
		{"nothing", nil, "no PEM block"},
		{"no PEM", []byte("secret"), "no PEM block"},
		{"two keys", raw(good, good), "two PEM blocks"},
		{"a public key", key.Public().PEM(), `"PUBLIC KEY"`},
		{"a key on P-256", block("PRIVATE KEY", p256DER), "P-256"},
		{"garbage inside", block("PRIVATE KEY", []byte("garbage")), "does not parse"},
		{"garbage inside SEC 1", block("EC PRIVATE KEY", []byte("garbage")), "does not parse"},
		{"a passphrase", block("ENCRYPTED PRIVATE KEY", []byte("x")), "passphrase"},
		{"too long", bytes.Repeat([]byte("x"), maxPEM+1), "at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParsePrivateKeyPEM(c.text)
			if !errors.Is(err, ErrPrivateKey) || got != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("ParsePrivateKeyPEM = %v, %v; want ErrPrivateKey saying %q", got, err, c.says)
			}
		})
	}
}

func TestPrivateKeysOutsideTheRangeAreRefused(t *testing.T) {
	nMinus1 := append([]byte(nil), curveOrder...)
	nMinus1[31]--
	for name, scalar := range map[string][]byte{"0": make([]byte, 32), "n-1": nMinus1, "n": curveOrder, "2^256-1": bytes.Repeat([]byte{0xff}, 32)} {
		der, err := smx509.MarshalPKCS8PrivateKey(standardKey(t).key)
		if err != nil {
			t.Fatal(err)
		}
		der = bytes.Replace(der, scalarOf(standardKey(t)), scalar, 1)
		text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if key, err := ParsePrivateKeyPEM(text); err == nil {
			t.Errorf("private key %s parses as %v", name, key)
		}
	}
}

func TestAPrivateKeyDoesNotPrintItself(t *testing.T) {
	key := standardKey(t)
	secret := fmt.Sprintf("%x", scalarOf(key))
	decimal := key.key.D.String()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(format, key)
		if strings.Contains(strings.ToLower(text), secret[:16]) || strings.Contains(text, decimal[:16]) || !strings.Contains(text, key.Public().ID()) {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

func FuzzParsePublicKeyPEM(f *testing.F) {
	f.Add(standardKey(f).Public().PEM())
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := ParsePublicKeyPEM(text)
		if err != nil {
			if !errors.Is(err, ErrPublicKey) || key != nil {
				t.Fatalf("%v, %v", key, err)
			}
			return
		}
		if again, err := ParsePublicKeyPEM(key.PEM()); err != nil || !again.Equal(key) {
			t.Fatalf("does not come back: %v", err)
		}
	})
}

func FuzzParsePrivateKeyPEM(f *testing.F) {
	text, err := standardKey(f).PEM()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	sec1, err := smx509.MarshalSM2PrivateKey(standardKey(f).key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := ParsePrivateKeyPEM(text)
		if err != nil {
			if key != nil {
				t.Fatalf("%v, %v", key, err)
			}
			return
		}
		signature, err := key.Sign(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Public().Verify(text, signature); err != nil {
			t.Fatal(err)
		}
	})
}
