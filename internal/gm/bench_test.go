package gm

import (
	"bytes"
	"crypto/cipher"
	"testing"

	tjsm2 "github.com/tjfoc/gmsm/sm2"
	tjsm3 "github.com/tjfoc/gmsm/sm3"
)

// Each benchmark runs the same work here and in the independent library. They
// are for people: nothing in the tests depends on a time.

func BenchmarkSign(b *testing.B) {
	key, message := newKey(b), bytes.Repeat([]byte("x"), 256)
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			if _, err := key.Sign(message); err != nil {
				b.Fatal(err)
			}
		}
	})
	other := otherLibrarysKey(b, key)
	b.Run("tjfoc", func(b *testing.B) {
		for b.Loop() {
			if _, err := other.Sign(nil, message, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	key, message := newKey(b), bytes.Repeat([]byte("x"), 256)
	signature, err := key.Sign(message)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			if err := key.Public().Verify(message, signature); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("here, key parsed each time", func(b *testing.B) {
		der := key.Public().DER()
		for b.Loop() {
			pub, err := ParsePublicKey(der)
			if err != nil {
				b.Fatal(err)
			}
			if err := pub.Verify(message, signature); err != nil {
				b.Fatal(err)
			}
		}
	})
	other := otherLibrarysKey(b, key)
	b.Run("tjfoc", func(b *testing.B) {
		for b.Loop() {
			if !other.PublicKey.Verify(message, signature) {
				b.Fatal("refused")
			}
		}
	})
}

func BenchmarkDigest1KiB(b *testing.B) {
	data := make([]byte, 1024)
	b.Run("here", func(b *testing.B) {
		b.SetBytes(1024)
		for b.Loop() {
			Digest(data)
		}
	})
	b.Run("tjfoc", func(b *testing.B) {
		b.SetBytes(1024)
		for b.Loop() {
			tjsm3.Sm3Sum(data)
		}
	})
}

func BenchmarkSeal1KiB(b *testing.B) {
	key, data, aad := NewDataKey(), make([]byte, 1024), make([]byte, 16)
	b.Run("here", func(b *testing.B) {
		b.SetBytes(1024)
		for b.Loop() {
			if _, err := Seal(key, data, aad); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tjfoc through crypto/cipher", func(b *testing.B) {
		var aead cipher.AEAD = otherGCM(b, key)
		nonce := make([]byte, nonceSize)
		b.SetBytes(1024)
		for b.Loop() {
			aead.Seal(nil, nonce, data, aad)
		}
	})
}

func BenchmarkUnwrapKey(b *testing.B) {
	key := newKey(b)
	wrapped, err := key.Public().WrapKey(NewDataKey())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			if _, err := key.UnwrapKey(wrapped); err != nil {
				b.Fatal(err)
			}
		}
	})
	other := otherLibrarysKey(b, key)
	b.Run("tjfoc", func(b *testing.B) {
		for b.Loop() {
			if _, err := tjsm2.DecryptAsn1(other, wrapped); err != nil {
				b.Fatal(err)
			}
		}
	})
}
