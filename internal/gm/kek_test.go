package gm

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseKEKReadsHexAndBase64(t *testing.T) {
	key := []byte{0xfb, 0xff, 0xbf, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	want, err := NewKEK(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"hex":              hex.EncodeToString(key),
		"upper-case hex":   strings.ToUpper(hex.EncodeToString(key)),
		"with white space": " " + hex.EncodeToString(key) + "\r\n",
		"base64":           base64.StdEncoding.EncodeToString(key),
		"unpadded base64":  base64.RawStdEncoding.EncodeToString(key),
		"base64url":        base64.RawURLEncoding.EncodeToString(key),
	} {
		if got, err := ParseKEK(text); err != nil || got.ID() != want.ID() {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}

func TestParseKEKRefusesTheRestWithoutRepeatingIt(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":      "",
		"15 bytes":     strings.Repeat("ab", 15),
		"17 bytes":     strings.Repeat("ab", 17),
		"32 bytes":     strings.Repeat("ab", 32),
		"a passphrase": "correct horse battery",
		"zeros":        strings.Repeat("0", 32),
		"two keys":     strings.Repeat("ab", 16) + "\n" + strings.Repeat("cd", 16),
	} {
		got, err := ParseKEK(text)
		if !errors.Is(err, ErrKeyLength) || got != nil {
			t.Errorf("%s: %v, %v; want ErrKeyLength", name, got, err)
		}
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
	}
}

func TestAKEKHasOneNameAndDoesNotPrintItself(t *testing.T) {
	key := []byte("0123456789abcdef")
	one, err1 := NewKEK(key)
	two, err2 := NewKEK(key)
	other, err3 := NewKEK([]byte("0123456789abcdeg"))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if one.ID() != two.ID() || one.ID() == other.ID() || !isKEKID(one.ID()) {
		t.Errorf("ids %s, %s, %s", one.ID(), two.ID(), other.ID())
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(format, one)
		if strings.Contains(text, string(key)) || strings.Contains(text, hex.EncodeToString(key)) || strings.Contains(text, "48, 49") || strings.Contains(text, "[48 49") {
			t.Errorf("%s prints %s", format, text)
		}
	}
	key[0] = 'X' // the caller's bytes are the caller's
	sealed, err := one.Seal([]byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := two.Open(sealed, nil); err != nil || string(got) != "secret" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAKEKFileMustBeItsOwnersAlone(t *testing.T) {
	text := []byte(strings.Repeat("ab", 16) + "\n")
	for _, c := range []struct {
		mode fs.FileMode
		ok   bool
	}{{0o600, true}, {0o400, true}, {0o640, false}, {0o604, false}, {0o660, false}, {0o644, false}, {0o610, false}} {
		path := writeFile(t, "kek", text)
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		kek, err := ReadKEKFile(path)
		if c.ok && err != nil {
			t.Errorf("mode %04o: %v", c.mode, err)
		}
		if !c.ok && (!errors.Is(err, ErrKeyFile) || kek != nil || !strings.Contains(err.Error(), fmt.Sprintf("%04o", c.mode))) {
			t.Errorf("mode %04o: %v, %v; want ErrKeyFile", c.mode, kek, err)
		}
	}
	if _, err := ReadKEKFile(t.TempDir()); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadKEKFile(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	path := writeFile(t, "kek", []byte("not a key"))
	if _, err := ReadKEKFile(path); !errors.Is(err, ErrKeyLength) || !strings.Contains(err.Error(), path) {
		t.Errorf("no key inside: %v", err)
	}
}

func TestCreateKEKFileNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kek")
	made, err := CreateKEKFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	read, err := ReadKEKFile(path)
	if err != nil || read.ID() != made.ID() {
		t.Fatalf("%v, %v; want %v", read, err, made)
	}
	if _, err := CreateKEKFile(path); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("again: %v", err)
	}
	if again, err := ReadKEKFile(path); err != nil || again.ID() != made.ID() {
		t.Fatalf("%v, %v", again, err)
	}
}

func TestKEKFromEnvironment(t *testing.T) {
	const name = "HNC_TEST_KEK"
	t.Setenv(name, strings.Repeat("ab", 16))
	if kek, err := KEKFromEnvironment(name); err != nil || kek == nil {
		t.Errorf("%v, %v", kek, err)
	}
	for _, value := range []string{"", "short"} {
		t.Setenv(name, value)
		if kek, err := KEKFromEnvironment(name); !errors.Is(err, ErrKeyLength) || kek != nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v, %v", value, kek, err)
		}
	}
}

func TestKEKFromPassphraseDependsOnPassphraseAndSalt(t *testing.T) {
	salt := []byte("0123456789abcdef")
	ids := map[string]bool{}
	for _, c := range []struct{ passphrase, salt string }{
		{"郑州黄河铁桥一九零五", string(salt)},
		{"郑州黄河铁桥一九零六", string(salt)},
		{"郑州黄河铁桥一九零五", "0123456789abcdeg"},
	} {
		kek, err := KEKFromPassphrase(c.passphrase, []byte(c.salt))
		if err != nil {
			t.Fatal(err)
		}
		ids[kek.ID()] = true
	}
	if len(ids) != 3 {
		t.Errorf("three derivations give %d keys", len(ids))
	}
	for name, derive := range map[string]func() (KeyEncryptionKey, error){
		"a short passphrase": func() (KeyEncryptionKey, error) { return KEKFromPassphrase("short", salt) },
		"a short salt":       func() (KeyEncryptionKey, error) { return KEKFromPassphrase("long enough to do", salt[:15]) },
	} {
		if kek, err := derive(); !errors.Is(err, ErrKeyLength) || kek != nil {
			t.Errorf("%s: %v, %v", name, kek, err)
		}
	}
}

func FuzzParseKEK(f *testing.F) {
	f.Add(strings.Repeat("ab", 16))
	f.Add("AAAAAAAAAAAAAAAAAAAAAA==")
	f.Fuzz(func(t *testing.T, text string) {
		kek, err := ParseKEK(text)
		if (err == nil) == (kek == nil) {
			t.Fatalf("%v, %v", kek, err)
		}
		if err == nil && !isKEKID(kek.ID()) {
			t.Fatalf("id %q", kek.ID())
		}
	})
}
