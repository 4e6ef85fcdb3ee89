package vault

import (
	"bytes"
	"path/filepath"
	"testing"

	"henanchain/internal/gm"
)

func kek(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kek")
	if _, err := gm.CreateKEKFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func opened(t *testing.T, active string, retired ...string) *Vault {
	t.Helper()
	v, err := Open(active, retired...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPayloadOfAnySizeComesBackAndIsNotReadable(t *testing.T) {
	v := opened(t, kek(t))
	for _, size := range []int{0, 1, 100, 3 << 20} {
		plain := bytes.Repeat([]byte("王小明"), size/9+1)[:size]
		sealed, err := v.SealPayload(plain)
		if err != nil {
			t.Fatal(err)
		}
		if size > 30 && bytes.Contains(sealed, plain[:30]) {
			t.Errorf("%d bytes are readable", size)
		}
		back, err := v.OpenPayload(sealed)
		if err != nil || !bytes.Equal(back, plain) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestAChangedPayloadDoesNotOpen(t *testing.T) {
	v := opened(t, kek(t))
	sealed, err := v.SealPayload([]byte("a job with a private half"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := v.OpenPayload(changed); err == nil {
			t.Fatalf("byte %d changed, and it opens", i)
		}
		if _, err := v.OpenPayload(sealed[:i]); err == nil {
			t.Fatalf("cut at byte %d, and it opens", i)
		}
	}
}

func TestARetiredKeyStillOpensAndAnotherDoesNot(t *testing.T) {
	old, fresh := kek(t), kek(t)
	sealed, err := opened(t, old).SealPayload([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opened(t, fresh, old).OpenPayload(sealed); err != nil {
		t.Error(err)
	}
	if _, err := opened(t, fresh).OpenPayload(sealed); err == nil {
		t.Error("it opens under another key")
	}
}

func TestWithoutAKeyThereIsNoVault(t *testing.T) {
	v, err := Open("")
	if v != nil || err != nil || v.Keys() != nil {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := Open("", "old"); err == nil {
		t.Error("retired keys without an active one were taken")
	}
	if _, err := Open("/nowhere/kek"); err == nil {
		t.Error("a key that is not there was taken")
	}
}

func FuzzOpenPayload(f *testing.F) {
	path := filepath.Join(f.TempDir(), "kek")
	if _, err := gm.CreateKEKFile(path); err != nil {
		f.Fatal(err)
	}
	v, err := Open(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{0, 3, 'a', 'b', 'c'})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := v.OpenPayload(data); err == nil {
			t.Fatal("any bytes open")
		}
	})
}
