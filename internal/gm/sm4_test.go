package gm

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/emmansun/gmsm/sm4"
	tjsm4 "github.com/tjfoc/gmsm/sm4"
	"pgregory.net/rapid"
)

func TestSM4MatchesTheStandardsVectors(t *testing.T) {
	// GB/T 32907-2016, annex A: one encryption, and a million in a chain.
	key := unhex(t, "0123456789abcdeffedcba9876543210")
	for _, c := range []struct {
		rounds int
		want   string
	}{
		{1, "681edf34d206965e86b3e94f536e4246"},
		{1_000_000, "595298c7c6fd271f0402f804c33d3f66"},
	} {
		block, err := sm4.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		text := bytes.Clone(key)
		for range c.rounds {
			block.Encrypt(text, text)
		}
		if got := hex.EncodeToString(text); got != c.want {
			t.Errorf("%d encryptions: %s, want %s", c.rounds, got, c.want)
		}
		for range c.rounds {
			block.Decrypt(text, text)
		}
		if !bytes.Equal(text, key) {
			t.Errorf("%d decryptions do not lead back", c.rounds)
		}
	}
}

// RFC 8998, A.1.
const (
	gcmKey        = "0123456789abcdeffedcba9876543210"
	gcmNonce      = "00001234567800000000abcd"
	gcmPlaintext  = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
	gcmAAD        = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
	gcmCiphertext = "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
	gcmTag        = "83de3541e4c2b58177e065a9bf7b62ec"
)

func TestOpenTakesTheVectorOfTheRFC(t *testing.T) {
	sealed := unhex(t, "01"+gcmNonce+gcmCiphertext+gcmTag)
	got, err := Open(unhex(t, gcmKey), sealed, unhex(t, gcmAAD))
	if err != nil || hex.EncodeToString(got) != gcmPlaintext {
		t.Fatalf("%x, %v", got, err)
	}
}

// otherGCM is GCM over the other library's block cipher. Its own Sm4GCM never
// checks a tag.
func otherGCM(t testing.TB, key []byte) cipher.AEAD {
	t.Helper()
	block, err := tjsm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

func TestSealedBytesOpenHereAndInTheOtherLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := NewDataKey()
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "plaintext")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(rt, "aad")
		sealed, err := Seal(key, plaintext, aad)
		if err != nil || len(sealed) != len(plaintext)+SealOverhead {
			rt.Fatalf("%d bytes, %v", len(sealed), err)
		}
		got, err := Open(key, sealed, aad)
		if err != nil || !bytes.Equal(got, plaintext) {
			rt.Fatalf("ours by us: %x, %v", got, err)
		}
		other := otherGCM(t, key)
		got, err = other.Open(nil, sealed[1:13], sealed[13:], aad)
		if err != nil || !bytes.Equal(got, plaintext) {
			rt.Fatalf("ours by them: %x, %v", got, err)
		}
		nonce := rapid.SliceOfN(rapid.Byte(), nonceSize, nonceSize).Draw(rt, "nonce")
		theirs := append(append([]byte{sealVersion}, nonce...), other.Seal(nil, nonce, plaintext, aad)...)
		got, err = Open(key, theirs, aad)
		if err != nil || !bytes.Equal(got, plaintext) {
			rt.Fatalf("theirs by us: %x, %v", got, err)
		}
	})
}

func TestAnyChangedBitSpoilsSealedBytes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := NewDataKey()
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(rt, "plaintext")
		aad := rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(rt, "aad")
		sealed, err := Seal(key, plaintext, aad)
		if err != nil {
			rt.Fatal(err)
		}
		refuse := func(what string, key, sealed, aad []byte) {
			got, err := Open(key, sealed, aad)
			if !errors.Is(err, ErrOpen) && !errors.Is(err, ErrFormat) || got != nil {
				rt.Fatalf("%s: %x, %v", what, got, err)
			}
		}
		refuse("changed bytes", key, drawFlip(rt, sealed), aad)
		refuse("changed aad", key, sealed, drawFlip(rt, aad))
		refuse("no aad", key, sealed, nil)
		refuse("changed key", drawFlip(rt, key), sealed, aad)
		refuse("cut short", key, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(rt, "length")], aad)
		refuse("longer", key, append(bytes.Clone(sealed), 0), aad)
	})
}

func TestSealNeverRepeatsANonce(t *testing.T) {
	key, seen := NewDataKey(), map[string]bool{}
	for range 1000 {
		sealed, err := Seal(key, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(sealed[1:1+nonceSize])] = true
	}
	if len(seen) != 1000 {
		t.Fatalf("%d nonces in 1000 sealings", len(seen))
	}
}

func TestSealAndOpenWantAnSM4Key(t *testing.T) {
	for _, size := range []int{0, 15, 17, 24, 32} {
		if got, err := Seal(make([]byte, size), nil, nil); !errors.Is(err, ErrKeyLength) || got != nil {
			t.Errorf("Seal with %d bytes: %v", size, err)
		}
		if got, err := Open(make([]byte, size), make([]byte, 100), nil); !errors.Is(err, ErrKeyLength) || got != nil {
			t.Errorf("Open with %d bytes: %v", size, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := unhex(f, gcmKey)
	f.Add(unhex(f, "01"+gcmNonce+gcmCiphertext+gcmTag), unhex(f, gcmAAD))
	f.Add([]byte{1}, []byte{})
	f.Fuzz(func(t *testing.T, sealed, aad []byte) {
		got, err := Open(key, sealed, aad)
		if err != nil {
			if !errors.Is(err, ErrOpen) && !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		want, err := otherGCM(t, key).Open(nil, sealed[1:13], sealed[13:], aad)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("only we open %x", sealed)
		}
	})
}
