//go:build e2e

package network

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"henanchain/test/testnet"
)

// with writes the repository's topology with one part replaced, and returns its
// path.
func (a *admin) with(old, new string) string {
	a.t.Helper()
	data, err := os.ReadFile(filepath.Join(a.root, "network", "topology.yaml"))
	if err != nil {
		a.t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		a.t.Fatalf("the topology has no %q", old)
	}
	path := filepath.Join(a.t.TempDir(), "topology.yaml")
	if err := os.WriteFile(path, bytes.Replace(data, []byte(old), []byte(new), 1), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

const oneOrderer = "  type: raft\n  orderers:\n    - {name: orderer0, organisation: henan}\n"

func orderers(kind string, names ...string) string {
	out := "  type: " + kind + "\n  orderers:\n"
	for _, n := range names {
		out += "    - {name: " + n + ", organisation: henan}\n"
	}
	return out
}

func TestWritesGoOnWhileOneOfFourBFTOrderersIsKilledAndComesBack(t *testing.T) {
	testnet.Long(t)
	a := newAdmin(t)
	file := a.with(oneOrderer, orderers("BFT", "orderer0", "orderer1", "orderer2", "orderer3"))
	a.must("up", "--no-build", "--profile", "pilot", "--topology", file)
	if s := a.settings("zhengzhou"); s.Ordering.Tolerates != 1 || len(s.Ordering.Consenters) != 4 {
		t.Fatalf("ordering %+v", s.Ordering)
	}
	w := a.writeBy(again, 4, "zhengzhou-notary", "zhengzhou")
	w.more(t, 20)
	// Stopped for a while, so that the others go on without it.
	a.must("stop", "orderer2.henan")
	w.more(t, 40)
	a.must("start", "orderer2.henan")
	w.more(t, 40)
	a.healthy()
	// Killed: the supervisor brings it back.
	before := a.pid("orderer3.henan")
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.more(t, 40)
	a.eventually("orderer3 runs again", func() bool { pid := a.pid("orderer3.henan"); return pid != 0 && pid != before })
	a.healthy()
	w.end(t)

	t.Run("a fifth consenter joins and leaves", func(t *testing.T) {
		five := a.with(oneOrderer, orderers("BFT", "orderer0", "orderer1", "orderer2", "orderer3", "orderer4"))
		w := a.write(2, "zhengzhou-notary", "zhengzhou")
		a.must("channel", "add-consenter", "all", "orderer4.henan", "--topology", five)
		if s := a.settings("henan"); len(s.Ordering.Consenters) != 5 {
			t.Errorf("ordering %+v", s.Ordering)
		}
		w.more(t, 20)
		a.must("channel", "remove-consenter", "all", "orderer4.henan")
		if s := a.settings("henan"); len(s.Ordering.Consenters) != 4 {
			t.Errorf("ordering %+v", s.Ordering)
		}
		w.more(t, 20)
		w.end(t)
	})
}

func TestARaftOrderingServiceGrowsAndBearsALoss(t *testing.T) {
	testnet.Long(t)
	a := newAdmin(t)
	a.up()
	three := a.with(oneOrderer, orderers("raft", "orderer0", "orderer1", "orderer2"))
	w := a.write(2, "zhengzhou-notary", "zhengzhou")
	for _, o := range []string{"orderer1.henan", "orderer2.henan"} {
		a.must("channel", "add-consenter", "all", o, "--topology", three)
	}
	w.more(t, 20)
	w.end(t)
	if _, errs, exit := a.run("plan", "--topology", three); exit != 0 {
		t.Errorf("plan ended with %d: %s", exit, errs)
	}
	a.must("stop", "orderer0.henan")
	w = a.write(2, "zhengzhou-notary", "zhengzhou")
	w.more(t, 20) // some may have to wait for a new leader
	w.stop()
	w.wait.Wait()
	a.must("start", "orderer0.henan")
	a.must("channel", "remove-consenter", "all", "orderer1.henan")
	if s := a.settings("henan"); len(s.Ordering.Consenters) != 2 {
		t.Errorf("ordering %+v", s.Ordering)
	}
}
