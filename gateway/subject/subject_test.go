package subject

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/gateway/vault"
	"henanchain/internal/gm"
)

func key(t testing.TB) *Key {
	t.Helper()
	k, err := NewKey([]byte(strings.Repeat("k", keySize)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTheHashIsOfTheTypeAndTheNormalisedNumber(t *testing.T) {
	k := key(t)
	hash := func(idType, number string) string {
		h, wrong := k.Resolve(map[string]any{"type": idType, "number": number})
		if len(wrong) > 0 {
			t.Fatalf("%s: %v", idType, wrong)
		}
		return h
	}
	person := hash("111", "410105190001010010")
	if direct, err := gm.SubjectKey([]byte(strings.Repeat("k", keySize)), "111", "410105190001010010"); err != nil || direct != person {
		t.Errorf("%s, %v", direct, err)
	}
	for _, spelling := range []string{" 410105190001010010", "４１０１０５１９０００１０１００１０"} {
		if hash("111", spelling) != person {
			t.Errorf("%q has another hash", spelling)
		}
	}
	if hash("999", "410105190001010010") == person {
		t.Error("the type makes no difference")
	}
}

func TestTwoKeysMakeTwoHashes(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	for i := range 3 {
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := Create(path, nil); err != nil {
			t.Fatal(err)
		}
		k, err := Read(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		h, _ := k.Resolve(map[string]any{"type": "111", "number": "410105190001010010"})
		seen[h] = true
		seen[k.Digest([]byte("x"))] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d different values of 6", len(seen))
	}
}

func TestAKeyIsMadeOnceAndItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "subject.key")
	if err := Create(path, nil); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := Create(path, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, nil); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none"), nil); err == nil || !strings.Contains(err.Error(), "gateway keys init") {
		t.Errorf("no key: %v", err)
	}
}

func TestASealedKeyOpensUnderItsKeyOnly(t *testing.T) {
	dir := t.TempDir()
	sealers := make([]*gm.Sealer, 2)
	for i := range sealers {
		file := filepath.Join(dir, fmt.Sprintf("kek%d", i))
		if _, err := gm.CreateKEKFile(file); err != nil {
			t.Fatal(err)
		}
		v, err := vault.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		sealers[i] = v.Keys()
	}
	path := filepath.Join(dir, "subject.key")
	if err := Create(path, sealers[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, sealers[0]); err != nil {
		t.Error(err)
	}
	for _, sealer := range []*gm.Sealer{nil, sealers[1]} {
		if _, err := Read(path, sealer); err == nil {
			t.Errorf("it opens under %v", sealer)
		}
	}
}

func TestAFileThatIsNoKeyIsRefusedWithoutBeingRepeated(t *testing.T) {
	for _, text := range []string{"", "secret", strings.Repeat("0", 63), strings.Repeat("zz", 32), strings.Repeat("0", 66)} {
		path := filepath.Join(t.TempDir(), "k")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path, nil); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAKeyDoesNotPrintItself(t *testing.T) {
	k := key(t)
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k), fmt.Sprintf("%v", *k)} {
		if strings.Contains(text, "kkkk") || strings.Contains(text, "107") {
			t.Errorf("it prints %s", text)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("111", "410105190001010010")
	f.Add("001", "91410100MA9YTT01X0")
	k := key(f)
	f.Fuzz(func(t *testing.T, idType, number string) {
		hash, wrong := k.Resolve(map[string]any{"type": idType, "number": number})
		if (len(wrong) == 0) != (len(hash) == 64) {
			t.Fatalf("%q and %v", hash, wrong)
		}
		for _, w := range wrong {
			if len([]rune(number)) >= 8 && strings.Contains(w.Message, number) {
				t.Fatalf("the message repeats the number: %s", w.Message)
			}
		}
	})
}
