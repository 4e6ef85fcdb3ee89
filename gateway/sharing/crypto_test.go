package sharing

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"henanchain/internal/gm"
)

func newKey(t testing.TB) *gm.PrivateKey {
	t.Helper()
	k, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAParcelOpensForItsRecipientsAndAsNothingElse(t *testing.T) {
	own, first, second, stranger := newKey(t), newKey(t), newKey(t), newKey(t)
	plain := []byte("郑州市金水区不动产登记明细")
	p := Parcel{"JM1", 1}
	s, err := Seal(p, plain, own.Public(), first.Public())
	if err != nil {
		t.Fatal(err)
	}
	wraps := map[string]Wrap{}
	for _, w := range s.Wraps {
		wraps[w.KeyID] = w
	}
	opened := func(p Parcel, w Wrap) *Opened { return &Opened{p, s.Commitment, s.Ciphertext, w} }
	for _, k := range []*gm.PrivateKey{own, first} {
		if got, err := opened(p, wraps[k.Public().ID()]).Open(k); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("a recipient read %q %v", got, err)
		}
	}
	w, err := opened(p, wraps[own.Public().ID()]).WrapFor(own, second.Public())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opened(p, *w).Open(second); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("who was added read %q %v", got, err)
	}
	if _, err := opened(p, *w).Open(stranger); err == nil {
		t.Error("a stranger opened it")
	}
	if _, err := opened(p, wraps[first.Public().ID()]).WrapFor(second, stranger.Public()); err == nil {
		t.Error("somebody without the key added a recipient")
	}
	for _, other := range []Parcel{{"JM2", 1}, {"JM1", 2}} {
		if _, err := opened(other, wraps[own.Public().ID()]).Open(own); err == nil {
			t.Errorf("the ciphertext opened as %v", other)
		}
	}
	next, err := Seal(Parcel{"JM1", 2}, plain, own.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&Opened{Parcel{"JM1", 2}, next.Commitment, next.Ciphertext, *w}).Open(second); err == nil {
		t.Error("an old wrapped key opened the next key version")
	}
}

// TestTheSumIsTheSum masks random numbers of random parties.
func TestTheSumIsTheSum(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Int64Range(-1<<50, 1<<50), 3, 8).Draw(rt, "numbers")
		recipient, keys := session(t), []*SessionKey{}
		public := []string{}
		for range numbers {
			k := session(t)
			keys, public = append(keys, k), append(public, k.Public())
		}
		var total uint64
		var want int64
		for i, n := range numbers {
			others := []string{recipient.Public()}
			others = append(append(others, public[:i]...), public[i+1:]...)
			masked, err := keys[i].Mask("LH1", n, others)
			if err != nil {
				rt.Fatal(err)
			}
			if masked == uint64(n) {
				rt.Fatal("the number is not masked")
			}
			total, want = total+masked, want+n
		}
		if total == uint64(want) {
			rt.Fatal("the sum stands there in the clear")
		}
		if got, err := recipient.Unmask("LH1", total, public); err != nil || got != want {
			rt.Fatalf("the sum is %d %v, and should be %d", got, err, want)
		}
		if got, err := recipient.Unmask("LH2", total, public); err == nil && got == want {
			rt.Fatal("the masks of another computation fit")
		}
		if got, err := session(t).Unmask("LH1", total, public); err == nil && got == want {
			rt.Fatal("a stranger took the masks off")
		}
	})
}

func session(t testing.TB) *SessionKey {
	t.Helper()
	k, err := NewSessionKey()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseSessionKey(k.Secret())
	if err != nil || again.Public() != k.Public() {
		t.Fatalf("the key does not come back: %v", err)
	}
	return k
}

func TestANumberIsNotMaskedWithTooFewOrWrongKeys(t *testing.T) {
	a, b := session(t), session(t)
	low := strings.Repeat("00", 32) // of small order: every secret with it is zero
	for name, others := range map[string][]string{
		"one": {b.Public()}, "twice": {b.Public(), b.Public()}, "own": {a.Public(), b.Public()}, "no hex": {b.Public(), "zz"}, "short": {b.Public(), "00"}, "small order": {b.Public(), low},
	} {
		if _, err := a.Mask("LH1", 1, others); err == nil {
			t.Errorf("%s: the number was masked", name)
		}
	}
}

// TestTheIntersectionHasItsSize matches random sets.
func TestTheIntersectionHasItsSize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		set := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 30)
		mine, theirs := set.Draw(rt, "mine"), set.Draw(rt, "theirs")
		in, want := map[int]bool{}, map[int]bool{}
		for _, n := range mine {
			in[n] = true
		}
		for _, n := range theirs {
			if in[n] {
				want[n] = true
			}
		}
		a, b := blinding(t), blinding(t)
		first := must(a.Blind("LH1", texts(mine)))
		second := must(b.Again(first))
		third := must(b.Blind("LH1", texts(theirs)))
		if got := Common(second, must(a.Again(third))); got != len(want) {
			rt.Fatalf("%v and %v have %d in common, not %d", mine, theirs, got, len(want))
		}
		if Common(first, third) != 0 || Common(second, third) != 0 {
			rt.Fatal("what is blinded by one alone matches")
		}
	})
}

func blinding(t testing.TB) *Blinding {
	t.Helper()
	b, err := NewBlinding()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseBlinding(b.Secret())
	if err != nil || again.Secret() != b.Secret() {
		t.Fatalf("the secret does not come back: %v", err)
	}
	return b
}

func must(list []string, err error) []string {
	if err != nil {
		panic(err)
	}
	return list
}

func texts(numbers []int) []string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = fmt.Sprintf("4101%014d", n)
	}
	return out
}

func TestBadElementsAreRefused(t *testing.T) {
	b := blinding(t)
	good := must(b.Blind("LH1", []string{"a"}))[0]
	for name, points := range map[string][]string{
		"not base64": {"!"}, "short": {"AAAA"}, "the identity": {strings.Repeat("A", 43)}, "not of the group": {strings.Repeat("_", 42) + "8"}, "twice": {good, good},
	} {
		if _, err := b.Again(points); err == nil {
			t.Errorf("%s was blinded", name)
		}
	}
	if _, err := b.Blind("LH1", nil); err == nil {
		t.Error("an empty set was blinded")
	}
	for _, secret := range []string{"", "00", strings.Repeat("00", 32), strings.Repeat("ff", 32)} {
		if _, err := ParseBlinding(secret); err == nil {
			t.Errorf("%q is a secret", secret)
		}
	}
	if fmt.Sprintf("%v %#v", b, session(t)) != "blinding secret session key" {
		t.Error("a secret prints itself")
	}
}

func BenchmarkBlind(b *testing.B) {
	k := blinding(b)
	for b.Loop() {
		must(k.Blind("LH1", []string{"a"}))
	}
}
