package gm

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newKEK(t testing.TB) KeyEncryptionKey {
	t.Helper()
	kek, err := NewKEK(NewDataKey())
	if err != nil {
		t.Fatal(err)
	}
	return kek
}

func newSealer(t testing.TB, active KeyEncryptionKey, retired ...KeyEncryptionKey) *Sealer {
	t.Helper()
	sealer, err := NewSealer(active, retired...)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestSealedSecretsComeBackThroughTextAndJSON(t *testing.T) {
	sealer := newSealer(t, newKEK(t))
	rapid.Check(t, func(rt *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(rt, "secret")
		purpose := rapid.StringN(0, 20, 60).Draw(rt, "purpose")
		sealed, err := sealer.Seal(secret, purpose)
		if err != nil || sealed.KEKID() != sealer.KEKID() {
			rt.Fatalf("%v, %v", sealed, err)
		}
		text, err := json.Marshal(map[string]Sealed{"key": sealed})
		if err != nil || !strings.Contains(string(text), sealed.String()) {
			rt.Fatalf("%s, %v", text, err)
		}
		var back map[string]Sealed
		if err := json.Unmarshal(text, &back); err != nil {
			rt.Fatal(err)
		}
		got, err := sealer.Open(back["key"], purpose)
		if err != nil || !bytes.Equal(got, secret) {
			rt.Fatalf("%x, %v; want %x", got, err, secret)
		}
	})
}

func TestAnyChangeSpoilsASealedSecret(t *testing.T) {
	active, retired := newKEK(t), newKEK(t)
	sealer := newSealer(t, active, retired)
	rapid.Check(t, func(rt *rapid.T) {
		sealed, err := sealer.Seal([]byte("secret"), "a/1")
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := sealer.Open(sealed, "a/2"); !errors.Is(err, ErrOpen) || got != nil {
			rt.Fatalf("another purpose: %x, %v", got, err)
		}
		relabelled := Sealed{kek: retired.ID(), box: sealed.box}
		if got, err := sealer.Open(relabelled, "a/1"); !errors.Is(err, ErrOpen) || got != nil {
			rt.Fatalf("another key's id: %x, %v", got, err)
		}
		changed, err := ParseSealed(string(drawFlip(rt, []byte(sealed.String()))))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				rt.Fatal(err)
			}
			return
		}
		if got, err := sealer.Open(changed, "a/1"); err == nil {
			rt.Fatalf("%s opens as %q", changed, got)
		}
	})
}

func TestASecretUnderAnAbsentKeyNamesThatKey(t *testing.T) {
	old, young := newKEK(t), newKEK(t)
	sealed, err := newSealer(t, old).Seal([]byte("secret"), "p")
	if err != nil {
		t.Fatal(err)
	}
	var unknown *UnknownKEKError
	_, err = newSealer(t, young).Open(sealed, "p")
	if !errors.As(err, &unknown) || unknown.ID != old.ID() || len(unknown.Known) != 1 || unknown.Known[0] != young.ID() {
		t.Fatalf("%v", err)
	}
}

func TestResealMovesSecretsToANewKey(t *testing.T) {
	old, young := newKEK(t), newKEK(t)
	sealed, err := newSealer(t, old).Seal([]byte("secret"), "p")
	if err != nil {
		t.Fatal(err)
	}
	both := newSealer(t, young, old)
	moved, changed, err := both.Reseal(sealed, "p")
	if err != nil || !changed || moved.KEKID() != young.ID() {
		t.Fatalf("%v, %t, %v", moved, changed, err)
	}
	again, changed, err := both.Reseal(moved, "p")
	if err != nil || changed || again.String() != moved.String() {
		t.Fatalf("a second time: %t, %v", changed, err)
	}
	if got, err := newSealer(t, young).Open(moved, "p"); err != nil || string(got) != "secret" {
		t.Fatalf("without the old key: %q, %v", got, err)
	}
	if same, changed, err := both.Reseal(sealed, "another purpose"); !errors.Is(err, ErrOpen) || changed || same.String() != sealed.String() {
		t.Fatalf("another purpose: %t, %v", changed, err)
	}
	moved.box[20] ^= 1
	if _, _, err := both.Reseal(moved, "p"); !errors.Is(err, ErrOpen) {
		t.Fatalf("a damaged secret under the active key passes: %v", err)
	}
}

func TestParseSealedSaysNoToEverythingElse(t *testing.T) {
	id, box := strings.Repeat("a", 16), "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	if _, err := ParseSealed("sealed:v1:" + id + ":" + box); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":            "",
		"no prefix":          id + ":" + box,
		"version 2":          "sealed:v2:" + id + ":" + box,
		"no id":              "sealed:v1:" + box,
		"an empty id":        "sealed:v1::" + box,
		"an upper-case id":   "sealed:v1:" + strings.ToUpper(id) + ":" + box,
		"a long id":          "sealed:v1:" + id + "aa:" + box,
		"no box":             "sealed:v1:" + id + ":",
		"a short box":        "sealed:v1:" + id + ":AQ==",
		"no base64":          "sealed:v1:" + id + ":***",
		"a line break":       "sealed:v1:" + id + ":" + box[:8] + "\n" + box[8:],
		"loose padding bits": "sealed:v1:" + id + ":" + strings.Replace(box, "A=", "B=", 1),
		"text behind":        "sealed:v1:" + id + ":" + box + ":",
	} {
		if sealed, err := ParseSealed(text); !errors.Is(err, ErrFormat) || sealed.box != nil {
			t.Errorf("%s: %v, %v", name, sealed, err)
		}
	}
	if _, err := ParseSealed(strings.Repeat("x", MaxSealed+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too long: %v", err)
	}
	sealer := newSealer(t, newKEK(t))
	if _, err := sealer.Seal(make([]byte, MaxSealed), "p"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too long to seal: %v", err)
	}
	if _, err := sealer.Open(Sealed{}, "p"); err == nil {
		t.Error("nothing opens")
	}
}

// namedKEK is a key-encryption key of another make, as a device would be.
type namedKEK struct {
	KeyEncryptionKey
	id string
}

func (k namedKEK) ID() string { return k.id }

func TestASealerTakesKeysOfAnotherMake(t *testing.T) {
	device := namedKEK{newKEK(t), "00000000000000aa"}
	sealed, err := newSealer(t, device).Seal([]byte("secret"), "p")
	if err != nil || sealed.KEKID() != device.id {
		t.Fatalf("%v, %v", sealed, err)
	}
	if got, err := newSealer(t, newKEK(t), device).Open(sealed, "p"); err != nil || string(got) != "secret" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := NewSealer(namedKEK{newKEK(t), "slot:1"}); !errors.Is(err, ErrFormat) {
		t.Errorf("a key id that would break the text form: %v", err)
	}
	for _, keks := range [][]KeyEncryptionKey{{nil}, {device, nil}} {
		if _, err := NewSealer(keks[0], keks[1:]...); !errors.Is(err, ErrKeyLength) {
			t.Errorf("a missing key: %v", err)
		}
	}
}

func TestPrivateKeysAreSealedInPEM(t *testing.T) {
	key, sealer := newKey(t), newSealer(t, newKEK(t))
	text, err := sealer.SealPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SEALED SM2 PRIVATE KEY", sealer.KEKID(), key.Public().ID()} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the PEM does not name %s", want)
		}
	}
	back, err := sealer.OpenPrivateKey(text)
	if err != nil || !back.Public().Equal(key.Public()) || !bytes.Equal(scalarOf(back), scalarOf(key)) {
		t.Fatalf("%v, %v", back, err)
	}
	if _, err := ParsePrivateKeyPEM(text); !errors.Is(err, ErrPrivateKey) || !strings.Contains(err.Error(), sealer.KEKID()) {
		t.Errorf("read as a plain key: %v", err)
	}
	var unknown *UnknownKEKError
	if _, err := newSealer(t, newKEK(t)).OpenPrivateKey(text); !errors.As(err, &unknown) {
		t.Errorf("another key-encryption key: %v", err)
	}
	plain, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealer.OpenPrivateKey(plain); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("a plain key passes as a sealed one: %v", err)
	}
}

func TestAChangedSealedPrivateKeyDoesNotOpen(t *testing.T) {
	key, other, sealer := newKey(t), newKey(t), newSealer(t, newKEK(t))
	text, err := sealer.SealPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(name string, change func(block *pem.Block), want error) {
		t.Helper()
		block, _ := pem.Decode(text)
		change(block)
		if got, err := sealer.OpenPrivateKey(pem.EncodeToMemory(block)); !errors.Is(err, want) || got != nil {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	refuse("another key's name", func(b *pem.Block) { b.Headers[headerKeyID] = other.Public().ID() }, ErrOpen)
	refuse("no key's name", func(b *pem.Block) { delete(b.Headers, headerKeyID) }, ErrFormat)
	refuse("no KEK's name", func(b *pem.Block) { delete(b.Headers, headerKEK) }, ErrFormat)
	refuse("no headers", func(b *pem.Block) { b.Headers = nil }, ErrFormat)
	refuse("a changed byte", func(b *pem.Block) { b.Bytes[40] ^= 1 }, ErrOpen)
	refuse("a short box", func(b *pem.Block) { b.Bytes = b.Bytes[:10] }, ErrFormat)
	refuse("another block", func(b *pem.Block) { b.Type = "PRIVATE KEY" }, ErrPrivateKey)

	// Sealed under the right purpose, but not the key that it names.
	forged, err := sealer.Seal([]byte("no key at all"), privateKeyPurpose(key.Public().ID()))
	if err != nil {
		t.Fatal(err)
	}
	refuse("no key inside", func(b *pem.Block) { b.Bytes = forged.box }, ErrPrivateKey)
	_, der := mustPKCS8(t, other)
	forged, err = sealer.Seal(der, privateKeyPurpose(key.Public().ID()))
	if err != nil {
		t.Fatal(err)
	}
	refuse("another key inside", func(b *pem.Block) { b.Bytes = forged.box }, ErrPrivateKey)
}

func mustPKCS8(t testing.TB, key *PrivateKey) (text, der []byte) {
	t.Helper()
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	return text, block.Bytes
}

func FuzzParseSealed(f *testing.F) {
	kek, err := NewKEK([]byte("0123456789abcdef"))
	if err != nil {
		f.Fatal(err)
	}
	sealer := newSealer(f, kek)
	sealed, err := sealer.Seal([]byte("secret"), "p")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed.String())
	f.Add("sealed:v1:")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseSealed(text)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
				t.Fatal(err)
			}
			return
		}
		if got.String() != text {
			t.Fatalf("%q comes back as %q", text, got)
		}
		if secret, err := sealer.Open(got, "p"); err == nil && string(secret) != "secret" {
			t.Fatalf("opens as %q", secret)
		}
	})
}

func FuzzOpenPrivateKey(f *testing.F) {
	kek, err := NewKEK([]byte("0123456789abcdef"))
	if err != nil {
		f.Fatal(err)
	}
	sealer := newSealer(f, kek)
	text, err := sealer.SealPrivateKey(standardKey(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		if key, err := sealer.OpenPrivateKey(text); err == nil && !key.Public().Equal(standardKey(t).Public()) {
			t.Fatalf("opens as %v", key)
		}
	})
}
