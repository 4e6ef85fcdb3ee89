package gm

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	tjsm2 "github.com/tjfoc/gmsm/sm2"
	"pgregory.net/rapid"
)

func publicKeys(keys []*PrivateKey) []*PublicKey {
	var out []*PublicKey
	for _, key := range keys {
		out = append(out, key.Public())
	}
	return out
}

func newEnvelope(t testing.TB, plaintext, aad []byte, keys ...*PrivateKey) *Envelope {
	t.Helper()
	e, err := NewEnvelope(plaintext, aad, publicKeys(keys)...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func encode(t testing.TB, e *Envelope) []byte {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryRecipientAndNobodyElseOpensAnEnvelope(t *testing.T) {
	pool := []*PrivateKey{newKey(t), newKey(t), newKey(t), newKey(t)}
	rapid.Check(t, func(rt *rapid.T) {
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "plaintext")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(rt, "aad")
		count := rapid.IntRange(1, len(pool)-1).Draw(rt, "recipients")
		e, err := ParseEnvelope(encode(t, newEnvelope(t, plaintext, aad, pool[:count]...)))
		if err != nil {
			rt.Fatal(err)
		}
		for i, key := range pool {
			got, err := e.Open(key, aad)
			if i < count && (err != nil || !bytes.Equal(got, plaintext)) {
				rt.Fatalf("recipient %d: %x, %v", i, got, err)
			}
			if i >= count && (!errors.Is(err, ErrNotRecipient) || got != nil) {
				rt.Fatalf("stranger %d: %x, %v", i, got, err)
			}
		}
		if got, err := e.Open(pool[0], append(bytes.Clone(aad), 1)); !errors.Is(err, ErrOpen) || got != nil {
			rt.Fatalf("other aad: %x, %v", got, err)
		}
	})
}

func TestARecipientIsAddedWithoutTouchingTheCiphertext(t *testing.T) {
	first, second, stranger := newKey(t), newKey(t), newKey(t)
	aad := []byte("catalogue/410100-税务-7")
	e := newEnvelope(t, []byte("纳税信用等级 A"), aad, first)
	before := bytes.Clone(e.Ciphertext)

	if err := e.AddRecipient(stranger, second.Public()); !errors.Is(err, ErrNotRecipient) {
		t.Fatalf("a stranger adds: %v", err)
	}
	for range 2 { // the second time changes nothing
		if err := e.AddRecipient(first, second.Public()); err != nil {
			t.Fatal(err)
		}
	}
	if len(e.Recipients) != 2 || !bytes.Equal(e.Ciphertext, before) {
		t.Fatalf("%d recipients, ciphertext changed: %t", len(e.Recipients), !bytes.Equal(e.Ciphertext, before))
	}
	for _, key := range []*PrivateKey{first, second} {
		if got, err := e.Open(key, aad); err != nil || string(got) != "纳税信用等级 A" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if !e.RemoveRecipient(first.Public().ID()) || e.RemoveRecipient(first.Public().ID()) {
		t.Fatal("RemoveRecipient does not tell what it did")
	}
	if _, err := e.Open(first, aad); !errors.Is(err, ErrNotRecipient) {
		t.Fatalf("removed: %v", err)
	}
	if got, err := e.Open(second, aad); err != nil || string(got) != "纳税信用等级 A" {
		t.Fatalf("%q, %v", got, err)
	}
	var absent *PublicKey
	if err := e.AddRecipient(second, absent); !errors.Is(err, ErrPublicKey) {
		t.Fatalf("no key: %v", err)
	}
}

func TestAnyChangedBitSpoilsAnEnvelope(t *testing.T) {
	key, other := newKey(t), newKey(t)
	plaintext := []byte("某病历摘要")
	text := encode(t, newEnvelope(t, plaintext, nil, key, other))
	original, err := ParseEnvelope(text)
	if err != nil {
		t.Fatal(err)
	}
	mine, _ := original.find(key.Public().ID())
	rapid.Check(t, func(rt *rapid.T) {
		e, err := ParseEnvelope(text)
		if err != nil {
			rt.Fatal(err)
		}
		commitment, err := hex.DecodeString(e.Commitment)
		if err != nil {
			rt.Fatal(err)
		}
		switch rapid.IntRange(0, 2).Draw(rt, "part") {
		case 0:
			e.Ciphertext = drawFlip(rt, e.Ciphertext)
		case 1:
			e.Recipients[mine].WrappedKey = drawFlip(rt, e.Recipients[mine].WrappedKey)
		case 2:
			e.Commitment = hex.EncodeToString(drawFlip(rt, commitment))
		}
		if got, err := e.Open(key, nil); err == nil || got != nil {
			rt.Fatalf("opens as %q", got)
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		changed, err := ParseEnvelope(drawFlip(rt, text))
		if err != nil {
			return
		}
		// A changed byte of JSON may still say the same (an escape, white
		// space); what opens must then be the same plaintext.
		if got, err := changed.Open(key, nil); err == nil && !bytes.Equal(got, plaintext) {
			rt.Fatalf("opens as %q", got)
		}
	})
}

func TestTwoKeysForOneCiphertextAreNoticed(t *testing.T) {
	// A dishonest sender wraps another data key for the second recipient.
	first, second := newKey(t), newKey(t)
	e := newEnvelope(t, []byte("x"), nil, first, second)
	at, _ := e.find(second.Public().ID())
	wrapped, err := second.Public().WrapKey(NewDataKey())
	if err != nil {
		t.Fatal(err)
	}
	e.Recipients[at].WrappedKey = wrapped
	if _, err := e.Open(second, nil); !errors.Is(err, ErrOpen) || !strings.Contains(err.Error(), "committed") {
		t.Fatalf("%v", err)
	}
	if _, err := e.Open(first, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAnEnvelopeOpensWithTheOtherLibraryAsDocumented(t *testing.T) {
	key, aad, plaintext := newKey(t), []byte("aad"), []byte("不动产登记")
	e := newEnvelope(t, plaintext, aad, key)
	dataKey, err := tjsm2.DecryptAsn1(otherLibrarysKey(t, key), e.Recipients[0].WrappedKey)
	if err != nil {
		t.Fatal(err)
	}
	commitment := HMAC(dataKey, []byte("henanchain/envelope/v1"))
	if hex.EncodeToString(commitment) != e.Commitment {
		t.Fatalf("commitment %x, want %s", commitment, e.Commitment)
	}
	got, err := otherGCM(t, dataKey).Open(nil, e.Ciphertext[1:13], e.Ciphertext[13:], append(commitment, aad...))
	if err != nil || !bytes.Equal(got, plaintext) {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestNewEnvelopeRefusesWhatCannotBeOpened(t *testing.T) {
	key := newKey(t)
	var absent *PublicKey
	for _, c := range []struct {
		name string
		to   []*PublicKey
		want error
	}{
		{"nobody", nil, ErrFormat},
		{"no key", []*PublicKey{key.Public(), absent}, ErrPublicKey},
		{"a zero key", []*PublicKey{{}}, ErrPublicKey},
	} {
		if e, err := NewEnvelope(nil, nil, c.to...); !errors.Is(err, c.want) || e != nil {
			t.Errorf("for %s: %v, %v; want %v", c.name, e, err, c.want)
		}
	}
	e := newEnvelope(t, nil, nil, key, key, key)
	if len(e.Recipients) != 1 {
		t.Errorf("one key three times gives %d recipients", len(e.Recipients))
	}
}

func TestAnEnvelopeHasABoundOnItsRecipients(t *testing.T) {
	key := newKey(t)
	e := newEnvelope(t, nil, nil, key)
	wrapped := e.Recipients[0].WrappedKey
	for i := 1; i < MaxRecipients; i++ {
		e.Recipients = append(e.Recipients, Recipient{KeyID: HexDigest([]byte{byte(i), byte(i >> 8)}), WrappedKey: wrapped})
	}
	slices.SortFunc(e.Recipients, func(a, b Recipient) int { return strings.Compare(a.KeyID, b.KeyID) })
	if _, err := ParseEnvelope(encode(t, e)); err != nil {
		t.Fatal(err)
	}
	if err := e.AddRecipient(key, newKey(t).Public()); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("one more: %v", err)
	}
}

func TestParseEnvelopeSaysWhatIsWrong(t *testing.T) {
	first, second := newKey(t), newKey(t)
	good := newEnvelope(t, []byte("x"), nil, first, second)
	with := func(change func(e *Envelope)) []byte {
		e, err := ParseEnvelope(encode(t, good))
		if err != nil {
			t.Fatal(err)
		}
		change(e)
		return encode(t, e)
	}
	for _, c := range []struct {
		name, says string
		text       []byte
	}{
		{"nothing", "EOF", nil},
		{"an array", "array", []byte("[]")},
		{"null", "version is 0", []byte("null")},
		{"an empty object", "version is 0", []byte("{}")},
		{"an unknown field", "unknown field", []byte(`{"version":1,"key":"x"}`)},
		{"text behind", "after the end", append(encode(t, good), "{}"...)},
		{"a brace behind", "after the end", append(encode(t, good), '}')},
		{"version 2", "version is 2", with(func(e *Envelope) { e.Version = 2 })},
		{"no commitment", "commitment", with(func(e *Envelope) { e.Commitment = "" })},
		{"an upper-case commitment", "commitment", with(func(e *Envelope) { e.Commitment = strings.Repeat("A", 64) })},
		{"no recipients", "recipients: 0", with(func(e *Envelope) { e.Recipients = nil })},
		{"an empty ciphertext", "ciphertext", with(func(e *Envelope) { e.Ciphertext = nil })},
		{"a bad key id", "recipients[1].keyId", with(func(e *Envelope) { e.Recipients[1].KeyID = "x" })},
		{"a key twice", "recipients[1].keyId: want each once", with(func(e *Envelope) { e.Recipients[1] = e.Recipients[0] })},
		{"an order", "recipients[1].keyId: want each once", with(func(e *Envelope) { slices.Reverse(e.Recipients) })},
		{"no wrapped key", "recipients[0].wrappedKey", with(func(e *Envelope) { e.Recipients[0].WrappedKey = nil })},
		{"bad base64", "illegal base64", bytes.Replace(encode(t, good), []byte(`"ciphertext":"`), []byte(`"ciphertext":"*`), 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := ParseEnvelope(c.text)
			if !errors.Is(err, ErrFormat) || e != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("ParseEnvelope = %v, %v; want ErrFormat saying %q", e, err, c.says)
			}
		})
	}
	if _, err := ParseEnvelope(make([]byte, MaxEnvelope+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too long: %v", err)
	}
}

func TestAMisshapenEnvelopeDoesNotOpen(t *testing.T) {
	key := newKey(t)
	e := newEnvelope(t, nil, nil, key)
	e.Version = 0
	if _, err := e.Open(key, nil); !errors.Is(err, ErrFormat) {
		t.Errorf("Open: %v", err)
	}
	if err := e.AddRecipient(key, key.Public()); !errors.Is(err, ErrFormat) {
		t.Errorf("AddRecipient: %v", err)
	}
}

func FuzzParseEnvelope(f *testing.F) {
	key := standardKey(f)
	f.Add(encode(f, newEnvelope(f, []byte("x"), []byte("aad"), key)))
	f.Add([]byte(`{"version":1,"commitment":"","recipients":[],"ciphertext":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := ParseEnvelope(text)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) || e != nil {
				t.Fatalf("%v, %v", e, err)
			}
			return
		}
		again, err := ParseEnvelope(encode(t, e))
		if err != nil || !bytes.Equal(encode(t, again), encode(t, e)) {
			t.Fatalf("does not come back: %v", err)
		}
		if got, err := e.Open(key, []byte("aad")); err == nil && string(got) != "x" {
			t.Fatalf("opens as %q", got)
		}
	})
}
