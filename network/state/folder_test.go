package state

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"henanchain/network/failure"
)

func folder(t *testing.T) Folder {
	t.Helper()
	f, err := At(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	if err == nil || failure.ExitStatus(err) != status {
		t.Fatalf("got %v with exit status %d, want %d", err, failure.ExitStatus(err), status)
	}
}

func TestAFolderIsOpenedTwice(t *testing.T) {
	f := folder(t)
	for range 2 {
		if err := f.Open("henan-chain"); err != nil {
			t.Fatal(err)
		}
	}
	if !f.Exists() {
		t.Fatal("the folder has no marker")
	}
}

func TestAFolderThatHoldsOtherThingsIsRefused(t *testing.T) {
	f := folder(t)
	if err := WriteFile(f.Path("letters", "a.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, f.Open("henan-chain"), failure.State)
}

func TestALayoutOfAnotherVersionIsRefused(t *testing.T) {
	for _, marker := range []string{`{"layout": 99}`, `{"layout": `} {
		f := folder(t)
		if err := WriteFile(f.Path("version.json"), []byte(marker), 0o600); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, f.Open("henan-chain"), failure.State)
	}
}

func TestOnlyOneCommandHasTheLock(t *testing.T) {
	f := folder(t)
	unlock, err := f.Lock()
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Lock()
	wantStatus(t, err, failure.Busy)
	unlock()
	again, err := f.Lock()
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestAFolderIsMadeWholeOrNotAtAll(t *testing.T) {
	f := folder(t)
	dir := f.Path("organisations", "zhengzhou", "msp")
	broken := errors.New("the CA went away")
	err := MakeDir(dir, func(tmp string) error {
		return errors.Join(os.WriteFile(filepath.Join(tmp, "half"), nil, 0o600), broken)
	})
	if !errors.Is(err, broken) || Exists(dir) {
		t.Fatalf("got %v, and the folder exists: %v", err, Exists(dir))
	}
	fill := func(tmp string) error { return os.WriteFile(filepath.Join(tmp, "whole"), nil, 0o600) }
	if err := MakeDir(dir, fill); err != nil || !Exists(filepath.Join(dir, "whole")) {
		t.Fatalf("got %v", err)
	}
	if err := MakeDir(dir, func(string) error { return errors.New("filled twice") }); err != nil {
		t.Fatal(err)
	}
}

func TestWhatAKilledRunLeftIsSweptAndNothingElse(t *testing.T) {
	f := folder(t)
	left := []string{".tmp-1", "apps/.tmp-2/cert.pem", "organisations/luohe/.tmp-3/a", "organisations/luohe/identities/.tmp-4/msp/key"}
	kept := []string{"apps/bank/cert.pem", "organisations/luohe/identities/peer0.luohe/msp/key", ".tmp/a"}
	for _, name := range append(left, kept...) {
		if err := WriteFile(f.Path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Sweep(); err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if Exists(f.Path(name)) {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range kept {
		if !Exists(f.Path(name)) {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestWhatIsWrittenHasTheModeThatWasAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "key.pem")
	if err := WriteFile(path, []byte("k"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
}
