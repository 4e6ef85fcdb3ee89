package contract

import (
	"testing"

	"henanchain/network/topology"
)

func TestUpDecidesByWhatWasDeployedAndElseByTheTopology(t *testing.T) {
	s, n := folder(t)
	n.Contracts = []topology.Contract{{Name: "evidence", Version: "1.0"}}
	for _, name := range []string{"henan", "zhengzhou", "xinyang"} {
		n.Channels = append(n.Channels, topology.Channel{Name: name, Contracts: []string{"evidence"}})
	}
	o := &Operator{State: s.st, Net: n}
	old, built := program(t, "old"), program(t, "new")
	b := book(t)
	at := func(channel string) (version, by string) {
		p := b.placement("evidence", channel)
		return p.Release.Version, p.By
	}
	decide := func(program string) {
		t.Helper()
		if _, err := o.decide(b, program); err != nil {
			t.Fatal(err)
		}
	}
	decide(old)
	first := b.placement("evidence", "henan").Release
	decide(built)
	if now := b.placement("evidence", "henan"); now.Release.Package == first.Package || now.By != ByTopology || !now.Earlier[0].same(first) {
		t.Errorf("a program that was built anew is not taken: %+v", now)
	}

	deployed := served(t, s, n, b, "1.1", "deployed")
	for _, name := range []string{"henan", "zhengzhou"} {
		b.place("evidence", name, Release{Version: "1.1", Package: deployed.Package}, ByDeploy, "1.0")
	}
	decide(old)
	if v, by := at("henan"); v != "1.1" || by != ByDeploy {
		t.Errorf("henan fell back to %s by %s", v, by)
	}
	if v, by := at("xinyang"); v != "1.0" || by != ByTopology {
		t.Errorf("xinyang, where nothing was deployed, has %s by %s", v, by)
	}

	b.place("evidence", "xinyang", Release{Version: "1.1", Package: deployed.Package}, ByDeploy, "1.0")
	n.Channels = append(n.Channels, topology.Channel{Name: "kaifeng", Contracts: []string{"evidence"}})
	decide(old)
	if v, by := at("kaifeng"); v != "1.1" || by != ByDeploy {
		t.Errorf("a city that joins has %s by %s, and all others 1.1", v, by)
	}

	n.Contracts[0].Version = "1.1"
	decide(old)
	if p := b.placement("evidence", "henan"); p.Release.Package != deployed.Package || p.Topology != "1.1" {
		t.Errorf("a topology that names what was deployed changed it to %+v", p)
	}
	n.Contracts[0].Version = "1.2"
	decide(old)
	if v, by := at("henan"); v != "1.2" || by != ByTopology {
		t.Errorf("a topology that names another version since is not followed: %s by %s", v, by)
	}
}
