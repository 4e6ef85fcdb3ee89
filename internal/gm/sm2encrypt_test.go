package gm

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	tjsm2 "github.com/tjfoc/gmsm/sm2"
	"pgregory.net/rapid"

	"henanchain/internal/gm/internal/offcurve"
)

// The example of GB/T 32918.5-2017, annex C, "encryption standard".
const (
	standardC1 = "04" + "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73" +
		"e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
	standardC3 = "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
	standardC2 = "21886ca989ca9c7d58087307ca93092d651efa"
)

func TestDecryptOpensTheCiphertextOfTheStandard(t *testing.T) {
	got, err := standardKey(t).DecryptC1C3C2(unhex(t, standardC1+standardC3+standardC2))
	if err != nil || string(got) != "encryption standard" {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestEncryptedSecretsOpenHereAndInTheOtherLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := newKey(t)
		other := otherLibrarysKey(t, key)
		secret := rapid.SliceOfN(rapid.Byte(), minPlaintext, 64).Draw(rt, "secret")

		plain, err1 := key.Public().EncryptC1C3C2(secret)
		asn, err2 := key.Public().Encrypt(secret)
		theirPlain, err3 := tjsm2.Encrypt(&other.PublicKey, secret, nil, tjsm2.C1C3C2)
		theirASN, err4 := tjsm2.EncryptAsn1(&other.PublicKey, secret, nil)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			rt.Fatal(err)
		}
		for name, open := range map[string]func() ([]byte, error){
			"plain, ours by us":   func() ([]byte, error) { return key.DecryptC1C3C2(plain) },
			"plain, theirs by us": func() ([]byte, error) { return key.DecryptC1C3C2(theirPlain) },
			"plain, ours by them": func() ([]byte, error) { return tjsm2.Decrypt(other, plain, tjsm2.C1C3C2) },
			"ASN.1, ours by us":   func() ([]byte, error) { return key.Decrypt(asn) },
			"ASN.1, theirs by us": func() ([]byte, error) { return key.Decrypt(theirASN) },
			"ASN.1, ours by them": func() ([]byte, error) { return tjsm2.DecryptAsn1(other, asn) },
		} {
			if got, err := open(); err != nil || !bytes.Equal(got, secret) {
				rt.Fatalf("%s: %x, %v; want %x", name, got, err, secret)
			}
		}
		if got, err := key.DecryptC1C3C2(asn); !errors.Is(err, ErrOpen) {
			rt.Fatalf("ASN.1 opened as plain: %x, %v", got, err)
		}
		if got, err := key.Decrypt(plain); !errors.Is(err, ErrOpen) {
			rt.Fatalf("plain opened as ASN.1: %x, %v", got, err)
		}
	})
}

func TestAnyChangedBitSpoilsAWrappedKey(t *testing.T) {
	key, stranger := newKey(t), newKey(t)
	rapid.Check(t, func(rt *rapid.T) {
		wrapped, err := key.Public().WrapKey(NewDataKey())
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := stranger.UnwrapKey(wrapped); !errors.Is(err, ErrOpen) || got != nil {
			rt.Fatalf("another key: %x, %v", got, err)
		}
		if got, err := key.UnwrapKey(drawFlip(rt, wrapped)); !errors.Is(err, ErrOpen) || got != nil {
			rt.Fatalf("changed: %x, %v", got, err)
		}
		if got, err := key.UnwrapKey(append(wrapped, 0)); !errors.Is(err, ErrOpen) || got != nil {
			rt.Fatalf("longer: %x, %v", got, err)
		}
	})
}

func TestOnlyKeysAreEncrypted(t *testing.T) {
	pub := newKey(t).Public()
	for _, size := range []int{0, 1, minPlaintext - 1, maxPlaintext + 1} {
		if got, err := pub.Encrypt(make([]byte, size)); !errors.Is(err, ErrKeyLength) || got != nil {
			t.Errorf("Encrypt of %d bytes: %v", size, err)
		}
		if got, err := pub.EncryptC1C3C2(make([]byte, size)); !errors.Is(err, ErrKeyLength) || got != nil {
			t.Errorf("EncryptC1C3C2 of %d bytes: %v", size, err)
		}
	}
	for _, size := range []int{0, KeySize - 1, KeySize + 1, 32} {
		if got, err := pub.WrapKey(make([]byte, size)); !errors.Is(err, ErrKeyLength) || got != nil {
			t.Errorf("WrapKey of %d bytes: %v", size, err)
		}
	}
	for _, size := range []int{minPlaintext, maxPlaintext} {
		if _, err := pub.Encrypt(make([]byte, size)); err != nil {
			t.Errorf("Encrypt of %d bytes: %v", size, err)
		}
	}
	var absent *PublicKey
	if _, err := absent.WrapKey(NewDataKey()); !errors.Is(err, ErrPublicKey) {
		t.Errorf("no key: %v", err)
	}
}

func TestUnwrapKeyTakesNothingButAKey(t *testing.T) {
	key := newKey(t)
	longer, err := key.Public().Encrypt(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.UnwrapKey(longer); !errors.Is(err, ErrOpen) || got != nil {
		t.Fatalf("32 bytes: %x, %v", got, err)
	}
}

// An off-curve point is how a key was recovered from a stock TLCP server; see
// package offcurve.
func TestDecryptRefusesAPointBesideTheCurve(t *testing.T) {
	key := standardKey(t)
	scalar := new(big.Int).SetBytes(scalarOf(key))
	for name, guess := range map[string]*big.Int{"right": scalar, "wrong": new(big.Int).Add(scalar, big.NewInt(1))} {
		got, err := key.DecryptC1C3C2(offcurve.Ciphertext(bytes.Repeat([]byte{7}, 48), guess))
		if !errors.Is(err, ErrOpen) || got != nil {
			t.Errorf("%s guess: %x, %v; want ErrOpen", name, got, err)
		}
	}
}

func TestTheAttackOfTheTestsWorksWhereThePointIsNotChecked(t *testing.T) {
	key := otherLibrarysKey(t, standardKey(t))
	secret := bytes.Repeat([]byte{7}, 48)
	for name, guess := range map[string]*big.Int{"right": key.D, "wrong": new(big.Int).Add(key.D, big.NewInt(1))} {
		got, err := tjsm2.Decrypt(key, offcurve.Ciphertext(secret, guess), tjsm2.C1C3C2)
		if opened := err == nil && bytes.Equal(got, secret); opened != (name == "right") {
			t.Errorf("%s guess opens: %t; then the attack tells nothing", name, opened)
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	key := standardKey(f)
	for _, encrypt := range []func([]byte) ([]byte, error){key.Public().Encrypt, key.Public().EncryptC1C3C2} {
		ciphertext, err := encrypt(bytes.Repeat([]byte{1}, 48))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(ciphertext)
	}
	f.Add(offcurve.Ciphertext(bytes.Repeat([]byte{7}, 48), new(big.Int).SetBytes(scalarOf(key))))
	f.Fuzz(func(t *testing.T, ciphertext []byte) {
		for _, decrypt := range []func([]byte) ([]byte, error){key.Decrypt, key.DecryptC1C3C2, key.UnwrapKey} {
			got, err := decrypt(ciphertext)
			if err != nil && !errors.Is(err, ErrOpen) || (err == nil) != (len(got) >= minPlaintext) {
				t.Fatalf("%x, %v", got, err)
			}
		}
	})
}
