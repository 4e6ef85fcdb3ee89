package gm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
	"testing"

	tjsm3 "github.com/tjfoc/gmsm/sm3"
	"pgregory.net/rapid"
)

// GB/T 32905-2016, annex A, and the digest of nothing.
var sm3Vectors = []struct{ name, input, want string }{
	{"nothing", "", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"},
	{"annex A.1", "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
	{"annex A.2", strings.Repeat("abcd", 16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
}

func TestDigestMatchesTheStandardsVectors(t *testing.T) {
	for _, v := range sm3Vectors {
		t.Run(v.name, func(t *testing.T) {
			if got := HexDigest([]byte(v.input)); got != v.want {
				t.Errorf("HexDigest = %s, want %s", got, v.want)
			}
			digest := Digest([]byte(v.input))
			if got := hex.EncodeToString(digest[:]); got != v.want {
				t.Errorf("Digest = %s, want %s", got, v.want)
			}
			running := NewHash()
			for _, b := range []byte(v.input) {
				running.Write([]byte{b})
			}
			if got := hex.EncodeToString(running.Sum(nil)); got != v.want {
				t.Errorf("NewHash byte by byte = %s, want %s", got, v.want)
			}
		})
	}
}

func TestDigestAgreesWithTheOtherLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "data")
		if got, want := Digest(data), tjsm3.Sm3Sum(data); !bytes.Equal(got[:], want) {
			rt.Fatalf("SM3 of %x: %x here, %x there", data, got, want)
		}
	})
}

func TestHMACAgreesWithTheDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(rt, "key")
		data := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "data")
		if got, want := HMAC(key, data), hmacByHand(tjsm3.New, key, data); !bytes.Equal(got, want) {
			rt.Fatalf("HMAC = %x, want %x", got, want)
		}
	})
}

// hmacByHand is RFC 2104 written out, over the other library's SM3.
func hmacByHand(newHash func() hash.Hash, key, data []byte) []byte {
	const block = 64
	if len(key) > block {
		h := newHash()
		h.Write(key)
		key = h.Sum(nil)
	}
	inner, outer := bytes.Repeat([]byte{0x36}, block), bytes.Repeat([]byte{0x5c}, block)
	for i, b := range key {
		inner[i] ^= b
		outer[i] ^= b
	}
	h := newHash()
	h.Write(inner)
	h.Write(data)
	sum := h.Sum(nil)
	h = newHash()
	h.Write(outer)
	h.Write(sum)
	return h.Sum(nil)
}

func TestParseDigestTakesEitherCaseAndNothingElse(t *testing.T) {
	const good = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	for _, text := range []string{good, strings.ToUpper(good)} {
		digest, err := ParseDigest(text)
		if err != nil || hex.EncodeToString(digest[:]) != good {
			t.Errorf("ParseDigest(%s) = %x, %v", text, digest, err)
		}
	}
	for _, text := range []string{"", "abc", good[:63], good + "0", good[:63] + "g", " " + good[:63], "0x" + good[:62], strings.Repeat("零", 21) + "0"} {
		if digest, err := ParseDigest(text); !errors.Is(err, ErrDigest) || digest != [DigestSize]byte{} {
			t.Errorf("ParseDigest(%q) = %x, %v; want ErrDigest", text, digest, err)
		}
	}
}

func TestSubjectKeyHidesAndSeparates(t *testing.T) {
	key := []byte("0123456789abcdef")
	subject := func(key []byte, idType, id string) string {
		t.Helper()
		got, err := SubjectKey(key, idType, id)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	base := subject(key, "111", "410101190001011234")
	if again := subject(key, "111", "410101190001011234"); again != base {
		t.Errorf("the same subject has two keys: %s and %s", base, again)
	}
	// Pinned, and computed with openssl dgst -sm3 -mac hmac: a change of the
	// layout would lose every record already written.
	if want := "2bec911fb62662a79fd40c33935c1c3de1bf056862dc1cb38e7882b712239e44"; base != want {
		t.Errorf("the layout of subject keys changed: %s, want %s", base, want)
	}
	others := map[string]string{
		"another key":        subject([]byte("0123456789abcdeF"), "111", "410101190001011234"),
		"another type":       subject(key, "414", "410101190001011234"),
		"another identifier": subject(key, "111", "410101190001011235"),
		"a moved boundary":   subject(key, "1114", "10101190001011234"),
		"a bare digest":      HexDigest([]byte("410101190001011234")),
		"a bare HMAC":        hex.EncodeToString(HMAC(key, []byte("410101190001011234"))),
	}
	for name, other := range others {
		if other == base {
			t.Errorf("%s gives the same subject key", name)
		}
	}
}

func TestSubjectKeyRefusesWeakInput(t *testing.T) {
	key := []byte("0123456789abcdef")
	for _, c := range []struct {
		name, idType, id string
		key              []byte
		want             error
	}{
		{"no key", "111", "1", nil, ErrKeyLength},
		{"a short key", "111", "1", key[:15], ErrKeyLength},
		{"no type", "", "1", key, ErrFormat},
		{"no identifier", "111", "", key, ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := SubjectKey(c.key, c.idType, c.id); !errors.Is(err, c.want) || got != "" {
				t.Errorf("SubjectKey = %q, %v; want %v", got, err, c.want)
			}
		})
	}
}

func FuzzParseDigest(f *testing.F) {
	f.Add(sm3Vectors[0].want)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		digest, err := ParseDigest(text)
		if (err == nil) != (len(text) == 64 && strings.Trim(text, "0123456789abcdefABCDEF") == "") {
			t.Fatalf("ParseDigest(%q) = %x, %v", text, digest, err)
		}
		if err == nil && hex.EncodeToString(digest[:]) != strings.ToLower(text) {
			t.Fatalf("ParseDigest(%q) = %x", text, digest)
		}
	})
}
