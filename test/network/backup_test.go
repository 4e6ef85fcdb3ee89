//go:build e2e

package network

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/gateway/client"
	"henanchain/network/backup"
	"henanchain/network/failure"
)

// written deposits evidence and keeps what was acknowledged.
func (a *admin) written(n int) []*client.Acknowledgement {
	a.t.Helper()
	var out []*client.Acknowledgement
	c := a.caller("zhengzhou-notary")
	for i := range n {
		ack, err := c.Create(context.Background(), "zhengzhou", "evidence", "evidences", evidenceOf("kept"+string(rune('a'+i))))
		if err != nil {
			a.t.Fatal(err)
		}
		out = append(out, ack)
	}
	return out
}

// same reads every record again, from the ledger, and compares it.
func (a *admin) same(records []*client.Acknowledgement) {
	a.t.Helper()
	reader := a.caller("zhengzhou-notary").FromLedger()
	for _, ack := range records {
		r, err := reader.Get(context.Background(), "zhengzhou", "evidence", "evidences", ack.ID)
		if err != nil {
			a.t.Errorf("%s: %v", ack.ID, err)
			continue
		}
		if r.Digest != ack.Digest || r.Version != ack.Version {
			a.t.Errorf("%s has digest %s, version %d, and had %s, %d", ack.ID, r.Digest, r.Version, ack.Digest, ack.Version)
		}
	}
}

func TestABackupBringsTheSameRecordsBack(t *testing.T) {
	a := newAdmin(t)
	a.up()
	kept := a.written(5)
	phrase := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(phrase, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	running, sealed := filepath.Join(dir, "running.hnc"), filepath.Join(dir, "sealed.hnc")
	// While it runs, and while somebody writes: nothing that was acknowledged
	// before is missing, and what follows is whole or absent.
	w := a.writeBy(again, 2, "zhengzhou-notary", "zhengzhou")
	w.more(t, 10)
	before := w.wrote.Load()
	out := a.must("backup", "save", running, "--json")
	w.more(t, 10)
	w.stop()
	w.wait.Wait()
	t.Logf("%d records before, %d after; %s", before, w.wrote.Load(), out)
	if info, err := os.Stat(running); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup: %v, %v", info, err)
	}
	var said struct {
		Files int
		Away  []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || said.Files < 100 || len(said.Away) < 5 {
		t.Errorf("save said %s: %v", out, err)
	}
	a.healthy()
	t.Run("what cannot be restored is refused", func(t *testing.T) { a.refusesBackups(running) })

	a.must("down")
	a.must("backup", "save", sealed, "--passphrase-file", phrase)
	a.must("backup", "verify", sealed, "--passphrase-file", phrase)
	if data, err := os.ReadFile(sealed); err != nil || !bytes.HasPrefix(data, []byte("age-encryption.org/v1")) {
		t.Errorf("the sealed backup is not sealed: %v", err)
	}
	t.Run("one of a running network is restored", func(t *testing.T) { a.restores(t, kept, running) })
	t.Run("a sealed one is restored", func(t *testing.T) {
		a.must("clean", "--yes")
		if _, errs, exit := a.run("backup", "restore", sealed); exit != failure.Usage || !strings.Contains(errs, "sealed") {
			t.Errorf("without the passphrase it ended with %d: %s", exit, errs)
		}
		a.restores(t, kept, sealed, "--passphrase-file", phrase)
	})
}

// restores brings a network back from a backup, in place of what is there, and
// goes on with it.
func (a *admin) restores(t *testing.T, kept []*client.Acknowledgement, file string, more ...string) {
	was := a.t
	a.t = t
	defer func() { a.t = was }()
	a.must("clean", "--yes")
	a.must(append([]string{"backup", "restore", file}, more...)...)
	a.up()
	a.same(kept)
	a.healthy()
	if err := deposit(context.Background(), a.caller("zhengzhou-notary"), "zhengzhou", "after "+t.Name()); err != nil {
		t.Errorf("write after the restore: %v", err)
	}
	a.must("chaincode", "status")
	a.must("down")
}

// refusesBackups tries what must change nothing.
func (a *admin) refusesBackups(good string) {
	a.t.Helper()
	data, err := os.ReadFile(good)
	if err != nil {
		a.t.Fatal(err)
	}
	dir := a.t.TempDir()
	elsewhere := &admin{t: a.t, root: a.root, state: filepath.Join(dir, "elsewhere"), base: a.base}
	damage := func(name string, change func([]byte) []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, change(bytes.Clone(data)), 0o600); err != nil {
			a.t.Fatal(err)
		}
		return path
	}
	for _, tc := range []struct {
		what string
		on   *admin
		exit int
		file string
	}{
		{"not empty", a, failure.State, good},
		{"cut off", elsewhere, failure.State, damage("cut", func(d []byte) []byte { return d[:len(d)*2/3] })},
		{"one bit", elsewhere, failure.State, damage("bit", func(d []byte) []byte { d[len(d)/2] ^= 1; return d })},
		{"last bytes missing", elsewhere, failure.State, damage("end", func(d []byte) []byte { return d[:len(d)-3] })},
		{"something else", elsewhere, failure.Usage, damage("else", func([]byte) []byte { return []byte("a letter to the department\n") })},
		{"not there", elsewhere, failure.Usage, filepath.Join(dir, "nowhere")},
	} {
		_, errs, exit := tc.on.run("backup", "restore", tc.file)
		if exit != tc.exit || strings.Contains(errs, "goroutine ") {
			a.t.Errorf("%s ended with %d, want %d: %s", tc.what, exit, tc.exit, errs)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		a.t.Errorf("a refused restore left %v", left)
	}
	if _, errs, exit := a.run("backup", "save", good); exit != failure.Usage {
		a.t.Errorf("saving over a backup ended with %d: %s", exit, errs)
	}
	if _, errs, exit := a.run("backup", "save", filepath.Join(a.state, "inside.hnc")); exit != failure.Usage {
		a.t.Errorf("saving into the state folder ended with %d: %s", exit, errs)
	}
	if h, err := backup.Read(good, "", ""); err != nil || h.Heights["zhengzhou"] == 0 {
		a.t.Errorf("the good one: %+v, %v", h, err)
	}
}
