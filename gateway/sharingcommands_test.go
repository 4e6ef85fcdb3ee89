package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/internal/gm"
)

// typed runs a command line as somebody types it, with a standard input.
func typed(t *testing.T, in string, args ...string) (string, error) {
	t.Helper()
	root := command()
	var out bytes.Buffer
	root.SetArgs(append([]string{"sharing"}, args...))
	root.SetIn(strings.NewReader(in))
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return strings.TrimSpace(out.String()), err
}

func must(t *testing.T, in string, args ...string) string {
	t.Helper()
	out, err := typed(t, in, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

func TestASumIsMadeFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	file := func(i int) string { return filepath.Join(dir, fmt.Sprint("session", i)) }
	var public []string
	for i := range 4 { // the last one receives
		public = append(public, must(t, "", "session-key", file(i)))
		if info, err := os.Stat(file(i)); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("the key's file is %v %v", info.Mode(), err)
		}
	}
	var total uint64
	for i := range 3 {
		others := append(append([]string{}, public[:i]...), public[i+1:]...)
		var masked uint64
		if _, err := fmt.Sscan(must(t, fmt.Sprint(100*(i+1)), "mask", "--joint", "LH1", "--key-file", file(i), "--others", strings.Join(others, ",")), &masked); err != nil {
			t.Fatal(err)
		}
		total += masked
	}
	if sum := must(t, "", "unmask", "--joint", "LH1", "--key-file", file(3), "--masked-sum", fmt.Sprint(total), "--others", strings.Join(public[:3], ",")); sum != "600" {
		t.Errorf("the sum is %s", sum)
	}
	if _, err := typed(t, "many", "mask", "--joint", "LH1", "--key-file", file(0), "--others", strings.Join(public[1:], ",")); err == nil {
		t.Error("a word was masked")
	}
	if _, err := typed(t, "", "session-key", file(0)); err == nil {
		t.Error("a key was overwritten")
	}
	if err := os.Chmod(file(0), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := typed(t, "1", "mask", "--joint", "LH1", "--key-file", file(0), "--others", strings.Join(public[1:], ",")); err == nil {
		t.Error("a key that everybody can read was used")
	}
}

func TestTwoSetsAreMatchedFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	must(t, "", "blinding", a)
	must(t, "", "blinding", b)
	first := must(t, "甲\n乙\n丙\n", "blind", "--joint", "QJ1", "--secret-file", a)
	second := must(t, first, "again", "--joint", "QJ1", "--secret-file", b)
	third := must(t, "乙\n丙\n丁\n", "blind", "--joint", "QJ1", "--secret-file", b)
	both := must(t, third, "again", "--joint", "QJ1", "--secret-file", a)
	one, two := filepath.Join(dir, "1"), filepath.Join(dir, "2")
	for path, text := range map[string]string{one: second, two: both} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n := must(t, "", "common", one, two); n != "2" {
		t.Errorf("they have %s in common", n)
	}
}

// folder is a department's folder, with the keys of three recipients in it.
type folder struct {
	t    *testing.T
	dir  string
	keys map[string]*gm.PrivateKey
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) put(name string, data []byte) string {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), data, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return f.path(name)
}

func newFolder(t *testing.T) *folder {
	t.Helper()
	f := &folder{t, t.TempDir(), map[string]*gm.PrivateKey{}}
	for _, name := range []string{"own", "first", "second"} {
		k, err := gm.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		pem, err := k.PEM()
		if err != nil {
			t.Fatal(err)
		}
		f.keys[name] = k
		f.put(name+".key", pem)
		f.put(name+".pem", k.Public().PEM())
	}
	return f
}

func TestAFileIsSealedWrappedAndOpenedFromTheCommandLine(t *testing.T) {
	f := newFolder(t)
	put, path, keys := f.put, f.path, f.keys
	plain := put("plain", []byte("明细\n第二行"))
	var s struct {
		Commitment, Ciphertext string
		Recipients             []recipient
		Private                struct {
			Wraps []struct{ KeyID, WrappedKey string }
		}
	}
	if err := json.Unmarshal([]byte(must(t, "", "seal", plain, "--parcel", "JM1", "--recipient", path("own.pem"), "--recipient", path("first.pem")+"=GR1")), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Recipients) != 2 || s.Recipients[0].GrantID != "" || s.Recipients[1].GrantID != "GR1" || len(s.Private.Wraps) != 2 {
		t.Fatalf("sealed is %+v", s)
	}
	record, _ := json.Marshal(map[string]any{"id": "JM1", "body": map[string]any{"keyVersion": 1, "commitment": s.Commitment, "ciphertext": s.Ciphertext}})
	put("record", record)
	handed := func(name, keyID, wrapped string) string {
		data, _ := json.Marshal(map[string]any{"data": map[string]any{"keyId": keyID, "wrappedKey": wrapped}})
		return put(name, data)
	}
	for _, w := range s.Private.Wraps {
		for name, k := range keys {
			if k.Public().ID() == w.KeyID {
				handed(name+".json", w.KeyID, w.WrappedKey)
			}
		}
	}
	var w struct {
		KeyID   string
		Private struct {
			Wraps []struct{ KeyID, WrappedKey string }
		}
	}
	if err := json.Unmarshal([]byte(must(t, "", "wrap", "--record", path("record"), "--outcome", path("own.json"), "--key", path("own.key"), "--recipient", path("second.pem"))), &w); err != nil {
		t.Fatal(err)
	}
	handed("second.json", w.KeyID, w.Private.Wraps[0].WrappedKey)
	for name := range keys {
		if got := must(t, "", "open", "--record", path("record"), "--outcome", path(name+".json"), "--key", path(name+".key")); got != "明细\n第二行" {
			t.Errorf("%s read %q", name, got)
		}
	}
	if got, err := typed(t, "", "open", "--record", path("record"), "--outcome", path("first.json"), "--key", path("second.key")); err == nil {
		t.Errorf("with another key somebody read %q", got)
	}
}
