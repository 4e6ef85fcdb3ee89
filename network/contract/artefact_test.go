package contract

import (
	"os"
	"path/filepath"
	"testing"

	"henanchain/network/state"
	"henanchain/network/topology"
)

// folder is a state folder with what packing needs, and a network for it.
func folder(t *testing.T) (store, *topology.Network) {
	t.Helper()
	st, err := state.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n := &topology.Network{
		PortBase: 25000, Hosts: []topology.Host{{Name: "local", Address: "127.0.0.1"}},
		Organisations: []topology.Organisation{{Name: "henan", MSP: "HenanMSP", Province: true, Host: "local"}},
	}
	return store{st}, n
}

func program(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func served(t *testing.T, s store, n *topology.Network, b *Book, version, content string) *Artefact {
	t.Helper()
	a, err := s.served(n, b, Artefact{Contract: "evidence", Version: version, Origin: FromHere}, program(t, content))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTheSameProgramIsOneArtefactAndAnotherIsAnother(t *testing.T) {
	s, n := folder(t)
	b := book(t)
	first := served(t, s, n, b, "1.0", "a")
	if again := served(t, s, n, b, "1.0", "a"); again != first {
		t.Errorf("the same program became %+v", again)
	}
	for name, other := range map[string]*Artefact{"another version": served(t, s, n, b, "1.1", "a"), "another program": served(t, s, n, b, "1.0", "b")} {
		if other.Package == first.Package || other.Port == first.Port || other.Service == first.Service {
			t.Errorf("%s is %+v, which does not run beside %+v", name, other, first)
		}
	}
	if b.latest("evidence", "1.0").Program == first.Program {
		t.Error("the latest 1.0 is not the one that was made last")
	}
	if data, err := os.ReadFile(s.program(first.Program, ownProgram)); err != nil || string(data) != "a" {
		t.Errorf("the program was not kept: %q, %v", data, err)
	}
}

func TestADamagedPackageIsRefused(t *testing.T) {
	s, n := folder(t)
	b := book(t)
	first, second := served(t, s, n, b, "1.0", "a"), served(t, s, n, b, "1.1", "b")
	if p, err := s.load(first.Package); err != nil || p.ID != first.Package {
		t.Fatalf("loaded %v, %v", p, err)
	}
	if err := os.Rename(s.pack(second.Package), s.pack(first.Package)); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*Artefact{first, second} {
		if p, err := s.load(a.Package); err == nil {
			t.Errorf("%s was loaded as %s", a.Package, p.ID)
		}
	}
}

func TestOnlyWhatNobodyCanGoBackToIsRemoved(t *testing.T) {
	s, n := folder(t)
	b := book(t)
	gone, was, is := served(t, s, n, b, "0.9", "a"), served(t, s, n, b, "1.0", "b"), served(t, s, n, b, "1.1", "c")
	shared := served(t, s, n, b, "1.2", "b") // goes, while its program stays for another
	for _, a := range []*Artefact{was, is} {
		b.place("evidence", "henan", Release{Version: a.Version, Package: a.Package}, ByDeploy, "")
	}
	if err := s.prune(b); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*Artefact{was, is} {
		if _, err := s.load(a.Package); err != nil || !state.Exists(s.program(a.Program, ownProgram)) {
			t.Errorf("%s is gone: %v", a.Version, err)
		}
	}
	if state.Exists(s.program(gone.Program, ownProgram)) || state.Exists(s.pack(gone.Package)) || state.Exists(s.pack(shared.Package)) || len(b.Artefacts) != 2 {
		t.Errorf("what nobody needs is still there: %d artefacts", len(b.Artefacts))
	}
}
