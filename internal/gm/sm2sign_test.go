package gm

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	tjsm2 "github.com/tjfoc/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

// der encodes r and s as a signature, whatever they are.
func der(t testing.TB, r, s *big.Int) []byte {
	t.Helper()
	out, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func bigHex(t testing.TB, text string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		t.Fatalf("%s is no number", text)
	}
	return n
}

func TestVerifyAcceptsTheSignatureOfTheStandard(t *testing.T) {
	// GB/T 32918.5-2017, annex A: key, message and signature.
	key := standardKey(t)
	wantPoint := "04" + "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
	if !bytes.Equal(key.Public().Point(), unhex(t, wantPoint)) {
		t.Fatalf("public key = %x, want %s", key.Public().Point(), wantPoint)
	}
	signature := der(t,
		bigHex(t, "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"),
		bigHex(t, "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"))
	if err := key.Public().Verify([]byte("message digest"), signature); err != nil {
		t.Fatal(err)
	}
	if err := key.Public().Verify([]byte("message digest "), signature); !errors.Is(err, ErrSignatureMismatch) {
		t.Fatalf("another message: %v, want ErrSignatureMismatch", err)
	}
}

func TestSignaturesAreGoodBothHereAndInTheOtherLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := newKey(t)
		other := otherLibrarysKey(t, key)
		message := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "message")

		signature, err := key.Sign(message)
		if err != nil {
			rt.Fatal(err)
		}
		if err := key.Public().Verify(message, signature); err != nil {
			rt.Fatalf("our signature, our check: %v", err)
		}
		if !other.PublicKey.Verify(message, signature) {
			rt.Fatal("our signature is refused by the other library")
		}

		theirs, err := other.Sign(nil, message, nil)
		if err != nil {
			rt.Fatal(err)
		}
		if err := key.Public().Verify(message, theirs); err != nil {
			rt.Fatalf("the other library's signature: %v", err)
		}
	})
}

func TestAnyChangedBitSpoilsASignature(t *testing.T) {
	key, stranger := newKey(t), newKey(t)
	rapid.Check(t, func(rt *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(rt, "message")
		signature, err := key.Sign(message)
		if err != nil {
			rt.Fatal(err)
		}
		if err := key.Public().Verify(drawFlip(rt, message), signature); !errors.Is(err, ErrSignatureMismatch) {
			rt.Fatalf("changed message: %v", err)
		}
		if err := stranger.Public().Verify(message, signature); !errors.Is(err, ErrSignatureMismatch) {
			rt.Fatalf("another key: %v", err)
		}
		changed := drawFlip(rt, signature)
		err = key.Public().Verify(message, changed)
		if !errors.Is(err, ErrSignatureMismatch) && !errors.Is(err, ErrSignatureFormat) {
			rt.Fatalf("changed signature %x: %v", changed, err)
		}
	})
}

func TestTwoSignaturesOfOneMessageDiffer(t *testing.T) {
	key := newKey(t)
	first, err1 := key.Sign([]byte("郑州"))
	second, err2 := key.Sign([]byte("郑州"))
	if err1 != nil || err2 != nil || bytes.Equal(first, second) {
		t.Fatalf("%x %v, %x %v", first, err1, second, err2)
	}
}

// raw builds DER of any shape, canonical or not.
func raw(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestVerifyRefusesEveryOtherEncoding(t *testing.T) {
	key := newKey(t)
	message := []byte("不动产权证")
	good, err := key.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	var inner cryptobyte.String
	var r, s []byte
	input := cryptobyte.String(good)
	if !input.ReadASN1(&inner, cbasn1.SEQUENCE) || !inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) {
		t.Fatalf("our own signature does not parse: %x", good)
	}
	integer := func(b []byte) []byte {
		if b[0]&0x80 != 0 {
			b = append([]byte{0}, b...)
		}
		return raw([]byte{2, byte(len(b))}, b)
	}
	sequence := func(body []byte) []byte { return raw([]byte{0x30, byte(len(body))}, body) }
	if !bytes.Equal(sequence(raw(integer(r), integer(s))), good) {
		t.Fatal("the builder of this test does not rebuild the good signature")
	}
	n := new(big.Int).SetBytes(curveOrder)
	R, S := new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)
	one := big.NewInt(1)
	for _, c := range []struct {
		name string
		sig  []byte
	}{
		{"nothing", nil},
		{"one byte", []byte{0x30}},
		{"an empty sequence", []byte{0x30, 0}},
		{"a byte behind", raw(good, []byte{0})},
		{"a byte missing", good[:len(good)-1]},
		{"a byte inside the sequence", sequence(raw(integer(r), integer(s), []byte{0}))},
		{"a third number", sequence(raw(integer(r), integer(s), integer([]byte{1})))},
		{"one number", sequence(integer(r))},
		{"a long-form length (BER)", raw([]byte{0x30, 0x81, good[1]}, good[2:])},
		{"an indefinite length (BER)", raw([]byte{0x30, 0x80}, good[2:], []byte{0, 0})},
		{"a padded r", sequence(raw([]byte{2, byte(len(r) + 2), 0, 0}, r, integer(s)))},
		{"a set instead of a sequence", raw([]byte{0x31}, good[1:])},
		{"r and s bare", raw(r, s)},
		{"negative r", der(t, new(big.Int).Neg(R), S)},
		{"negative s", der(t, R, new(big.Int).Neg(S))},
		{"r = 0", der(t, new(big.Int), S)},
		{"s = 0", der(t, R, new(big.Int))},
		{"r = n", der(t, n, S)},
		{"s = n", der(t, R, n)},
		{"r + n", der(t, new(big.Int).Add(R, n), S)},
		{"s + n", der(t, R, new(big.Int).Add(S, n))},
		{"r of 2^256", der(t, new(big.Int).Lsh(one, 256), S)},
		{"r of a thousand bits", der(t, new(big.Int).Lsh(one, 1000), S)},
		{"a megabyte", bytes.Repeat([]byte{0x30}, 1<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := key.Public().Verify(message, c.sig); !errors.Is(err, ErrSignatureFormat) {
				t.Errorf("Verify = %v, want ErrSignatureFormat", err)
			}
		})
	}
}

func TestVerifyRefusesOtherNumbersInRange(t *testing.T) {
	key := newKey(t)
	message := []byte("不动产权证")
	good, err := key.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	var numbers struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(good, &numbers); err != nil {
		t.Fatal(err)
	}
	R, S, n, one := numbers.R, numbers.S, new(big.Int).SetBytes(curveOrder), big.NewInt(1)
	for _, c := range []struct {
		name string
		r, s *big.Int
	}{
		{"r and s swapped", S, R},
		{"n - s, which ECDSA would take", R, new(big.Int).Sub(n, S)},
		{"r + s = n", R, new(big.Int).Sub(n, R)},
		{"r = s = 1", one, one},
		{"r = s = n - 1", new(big.Int).Sub(n, one), new(big.Int).Sub(n, one)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := key.Public().Verify(message, der(t, c.r, c.s)); !errors.Is(err, ErrSignatureMismatch) {
				t.Errorf("Verify = %v, want ErrSignatureMismatch", err)
			}
		})
	}
}

func TestVerifyUsesTheDefaultUserID(t *testing.T) {
	key := newKey(t)
	for uid, want := range map[string]error{UserID: nil, "ALICE123@YAHOO.COM": ErrSignatureMismatch} {
		r, s, err := tjsm2.Sm2Sign(otherLibrarysKey(t, key), []byte("message"), []byte(uid), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Public().Verify([]byte("message"), der(t, r, s)); !errors.Is(err, want) {
			t.Errorf("signature under user id %s: %v, want %v", uid, err, want)
		}
	}
}

func TestSignAndVerifyAreBounded(t *testing.T) {
	key := newKey(t)
	long := make([]byte, MaxMessage+1)
	if _, err := key.Sign(long); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Sign: %v, want ErrTooLarge", err)
	}
	signature, err := key.Sign(long[1:])
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Public().Verify(long[1:], signature); err != nil {
		t.Errorf("the longest message: %v", err)
	}
	if err := key.Public().Verify(long, signature); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Verify: %v, want ErrTooLarge", err)
	}
}

func TestVerifyByNoKeyIsAnErrorAndNoPanic(t *testing.T) {
	signature, err := newKey(t).Sign(nil)
	if err != nil {
		t.Fatal(err)
	}
	var absent *PublicKey
	for name, key := range map[string]*PublicKey{"nil": absent, "zero": {}} {
		if err := key.Verify(nil, signature); !errors.Is(err, ErrPublicKey) {
			t.Errorf("%s key: %v, want ErrPublicKey", name, err)
		}
	}
}

func TestAPanicInTheLibraryBecomesAnErrorWithoutItsText(t *testing.T) {
	fail := func() (err error) {
		defer guard(&err)
		return map[string]error(nil)[strings.Repeat("x", []int{}[len(t.Name())])]
	}
	if err := fail(); !errors.Is(err, errLibrary) || strings.Contains(err.Error(), "index") {
		t.Fatalf("%v", err)
	}
	broken := &PublicKey{key: &ecdsa.PublicKey{Curve: sm2.P256()}} // the library chokes on it
	signature, err := newKey(t).Sign(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Verify(nil, signature); err == nil {
		t.Fatal("a broken key verifies")
	}
}

func TestTheLibrariesPassTheirOwnKnownAnswers(t *testing.T) {
	if err := sm2.SelfTest(); err != nil {
		t.Fatal(err)
	}
}

func FuzzVerify(f *testing.F) {
	key := standardKey(f)
	message := []byte("message digest")
	good, err := key.Sign(message)
	if err != nil {
		f.Fatal(err)
	}
	other := otherLibrarysKey(f, key)
	f.Add(key.Public().DER(), message, good)
	f.Add(key.Public().DER(), []byte{}, []byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Fuzz(func(t *testing.T, keyDER, message, signature []byte) {
		pub, err := ParsePublicKey(keyDER)
		if err != nil {
			if !errors.Is(err, ErrPublicKey) {
				t.Fatalf("ParsePublicKey: %v", err)
			}
			return
		}
		err = pub.Verify(message, signature)
		if again := pub.Verify(message, signature); (err == nil) != (again == nil) || (err != nil && err.Error() != again.Error()) {
			t.Fatalf("two answers: %v and %v", err, again)
		}
		if err != nil && !errors.Is(err, ErrSignatureFormat) && !errors.Is(err, ErrSignatureMismatch) {
			t.Fatalf("Verify: %v", err)
		}
		// Whatever we accept, the other library accepts: nothing is forged by
		// a quirk of one of them.
		if err == nil && pub.Equal(key.Public()) && !other.PublicKey.Verify(message, signature) {
			t.Fatalf("only we accept %x over %x", signature, message)
		}
	})
}
