package backup

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"henanchain/network/failure"
	"henanchain/network/state"
)

// folder is a small state folder: text, a key, a log with holes, a link.
func folder(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "state")
	files := map[string][]byte{
		"version.json": []byte(`{"layout":1}`), "apps/bank/key.pem": []byte("PRIVATE"), "nodes/o/wal": append(make([]byte, 3<<20), "end"...),
		"logs/peer.log": []byte("left out"), "empty": {},
	}
	for name, data := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("version.json", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	return root
}

func save(t *testing.T, root, passphrase string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backup.hnc")
	w, err := Create(path, root, passphrase, Header{Layout: state.Layout, Network: "henan-chain"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(".", func(path string) bool { return path == "logs" }); err != nil {
		t.Fatal(err)
	}
	files, size, err := w.Close()
	if err != nil || files != 4 || size == 0 || size > 1<<20 {
		t.Fatalf("%d files, %d bytes, %v", files, size, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup: %v, %v", info, err)
	}
	return path
}

func TestWhatWasSavedComesBackAsItWas(t *testing.T) {
	root := folder(t)
	for _, passphrase := range []string{"", "correct horse"} {
		path, into := save(t, root, passphrase), filepath.Join(t.TempDir(), "again")
		h, err := Read(path, passphrase, into)
		if err != nil || h.Network != "henan-chain" || h.Root != root {
			t.Fatalf("%+v, %v", h, err)
		}
		for _, name := range []string{"version.json", "apps/bank/key.pem", "nodes/o/wal", "empty", "link"} {
			was, _ := os.ReadFile(filepath.Join(root, name))
			is, err := os.ReadFile(filepath.Join(into, name))
			if err != nil || !bytes.Equal(was, is) {
				t.Errorf("%s came back with %d bytes of %d: %v", name, len(is), len(was), err)
			}
		}
		if state.Exists(filepath.Join(into, "logs")) {
			t.Error("what was to be left out is there")
		}
		if info, err := os.Stat(filepath.Join(into, "apps/bank/key.pem")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key: %v, %v", info, err)
		}
	}
}

func TestASealedBackupSaysNothingWithoutItsPassphrase(t *testing.T) {
	path := save(t, folder(t), "correct horse")
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte("PRIVATE")) || bytes.Contains(data, []byte("henan-chain")) {
		t.Fatal("it can be read")
	}
	for passphrase, want := range map[string]int{"": failure.Usage, "wrong": failure.Refused} {
		if _, err := Read(path, passphrase, ""); failure.ExitStatus(err) != want {
			t.Errorf("%q: %v", passphrase, err)
		}
	}
}

// Every byte of a backup matters: changed, it is refused, or reads the same.
func TestADamagedBackupIsRefused(t *testing.T) {
	path := save(t, folder(t), "")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, data []byte) {
		t.Helper()
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(bad, "", ""); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	for i := 0; i < len(good); i += 37 {
		data := bytes.Clone(good)
		data[i] ^= 0x40
		check("a changed byte", data)
	}
	for _, n := range []int{0, 1, 10, len(good) / 2, len(good) - 1} {
		check("a part", good[:n])
	}
	check("an addition", append(bytes.Clone(good), "more"...))
}

func TestADamagedSealIsRefused(t *testing.T) {
	path := save(t, folder(t), "correct horse")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.Clone(good)
	last[len(last)-1] ^= 1
	for _, data := range [][]byte{last, good[:len(good)-1]} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path, "correct horse", ""); failure.ExitStatus(err) != failure.State {
			t.Errorf("it is taken: %v", err)
		}
	}
}

func TestABackupOfAnotherVersionIsRefused(t *testing.T) {
	root := folder(t)
	path := filepath.Join(t.TempDir(), "other")
	w, err := Create(path, root, "", Header{Layout: state.Layout + 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, "", ""); failure.ExitStatus(err) != failure.State {
		t.Errorf("another layout: %v", err)
	}
}

func TestAPathOutOfTheFolderIsRefused(t *testing.T) {
	root := folder(t)
	path := filepath.Join(t.TempDir(), "escape")
	w, err := Create(path, root, "", Header{Layout: state.Layout})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.writeJSON(prefix+"../../escaped", "x"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(t.TempDir(), "into")
	if _, err := Read(path, "", into); failure.ExitStatus(err) != failure.State {
		t.Errorf("it was taken: %v", err)
	}
}
