package contract

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"henanchain/network/state"
	"henanchain/network/topology"
)

func release(version string) Release {
	return Release{Version: version, Package: "evidence_" + version + ":00"}
}

func book(t *testing.T) *Book {
	t.Helper()
	st, err := state.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(st)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func versions(releases []Release) []string {
	var out []string
	for _, r := range releases {
		out = append(out, r.Version)
	}
	return out
}

func TestAChannelRemembersWhatItHadTheLatestFirstAndOnce(t *testing.T) {
	b := book(t)
	for _, version := range []string{"1.0", "1.1", "1.1", "1.2", "1.0", "1.2"} {
		b.place("evidence", "henan", release(version), ByDeploy, "1.0")
	}
	p := b.placement("evidence", "henan")
	if p.Release.Version != "1.2" || !slices.Equal(versions(p.Earlier), []string{"1.0", "1.1"}) {
		t.Fatalf("the channel has %s, and had %v", p.Release.Version, versions(p.Earlier))
	}
	for _, version := range []string{"2", "3", "4", "5", "6", "7"} {
		b.place("evidence", "henan", release(version), ByDeploy, "1.0")
	}
	if len(p.Earlier) != maxEarlier || p.Earlier[0].Version != "6" {
		t.Fatalf("the channel had %v", versions(p.Earlier))
	}
}

func TestRollbacksGoBackStepByStepAndWhatTheyUndoIsKept(t *testing.T) {
	b := book(t)
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3"} {
		b.place("evidence", "henan", release(version), ByDeploy, "1.0")
	}
	p := b.placement("evidence", "henan")
	for _, step := range []struct {
		to, is          string
		earlier, undone []string
	}{
		{"", "1.2", []string{"1.1", "1.0"}, []string{"1.3"}},
		{"1.0", "1.0", nil, []string{"1.2", "1.1", "1.3"}},
	} {
		b.goBack("evidence", "henan", *p.before(step.to), "1.0")
		if p.Release.Version != step.is || !slices.Equal(versions(p.Earlier), step.earlier) || !slices.Equal(versions(p.Undone), step.undone) {
			t.Fatalf("it has %s, had %v, and undid %v, not %+v", p.Release.Version, versions(p.Earlier), versions(p.Undone), step)
		}
	}
	if p.before("") != nil || p.before("1.3") != nil || p.before("1.0") == nil {
		t.Error("from the first release there is no way back but to itself")
	}
	b.place("evidence", "henan", release("1.3"), ByDeploy, "1.0")
	if !slices.Equal(versions(p.Earlier), []string{"1.0"}) || !slices.Equal(versions(p.Undone), []string{"1.2", "1.1"}) || !b.needed(release("1.1").Package) {
		t.Errorf("after a way forward it had %v and undid %v", versions(p.Earlier), versions(p.Undone))
	}
}

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	b := book(t)
	b.place("evidence", "henan", Release{Version: "1.0", Package: "evidence_1.0:00", Policy: "OR('A.peer')", Collections: []byte(`[{"name":"c"}]`), Init: []string{"Begin", "1"}}, ByDeploy, "1.0")
	b.Contracts["evidence"].Underway = &Underway{What: ByDeploy, Version: "1.0", Channels: []string{"henan"}}
	if err := b.save(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(state.Folder{Root: filepath.Dir(filepath.Dir(b.path))})
	if err != nil {
		t.Fatal(err)
	}
	p := again.placement("evidence", "henan")
	if p == nil || !p.Release.same(b.placement("evidence", "henan").Release) || again.Contracts["evidence"].Underway == nil {
		t.Fatalf("read back as %+v", p)
	}
	if err := os.WriteFile(b.path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(state.Folder{Root: filepath.Dir(filepath.Dir(b.path))}); err == nil {
		t.Fatal("a damaged record was read")
	}
}

func TestWhatWasDeployedStaysUntilTheTopologyNamesAnotherVersion(t *testing.T) {
	ch := topology.Channel{Name: "henan", Contracts: []string{"evidence"}}
	for name, tc := range map[string]struct {
		by, then, now, contract string
		want                    string
	}{
		"nothing recorded":                            {"", "", "1.0", "evidence", "1.0"},
		"by the topology":                             {ByTopology, "1.0", "1.2", "evidence", "1.2"},
		"deployed, the topology the same":             {ByDeploy, "1.0", "1.0", "evidence", "1.1"},
		"rolled back, the topology the same":          {ByRollback, "1.0", "1.0", "evidence", "1.1"},
		"deployed, the topology changed since":        {ByDeploy, "1.0", "1.2", "evidence", "1.2"},
		"deployed and not in the topology":            {ByDeploy, "", "", "assets", "1.1"},
		"by the topology, which names it no more":     {ByTopology, "1.0", "", "assets", "1.1"},
		"neither recorded nor in the topology at all": {"", "", "", "assets", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := book(t)
			n := &topology.Network{Contracts: []topology.Contract{{Name: "evidence", Version: tc.now}}}
			if tc.by != "" {
				b.place(tc.contract, ch.Name, release("1.1"), tc.by, tc.then)
			}
			if got := b.Wanted(n, ch, tc.contract); got != tc.want {
				t.Fatalf("wanted is %q, not %q", got, tc.want)
			}
		})
	}
}

func TestAServiceStaysUntilTheNewVersionIsSeenOnTheChannel(t *testing.T) {
	b := book(t)
	place := func(version, by string) func() {
		return func() { b.place("evidence", "henan", release(version), by, "1.0") }
	}
	seen := func() { b.placement("evidence", "henan").committed() }
	serving := func() (out []string) {
		for _, version := range []string{"0.9", "1.0", "1.1", "1.2"} {
			if b.serving(release(version).Package) {
				out = append(out, version)
			}
		}
		return out
	}
	for i, step := range []struct {
		do   func()
		want []string
	}{
		{place("0.9", ByTopology), []string{"0.9"}},
		{seen, []string{"0.9"}},
		{place("1.0", ByTopology), []string{"0.9", "1.0"}},
		{seen, []string{"1.0"}},
		{place("1.1", ByDeploy), []string{"1.0", "1.1"}},
		{place("1.2", ByDeploy), []string{"1.0", "1.1", "1.2"}}, // 1.1 may have come through unseen
		{func() { b.goBack("evidence", "henan", release("1.0"), "1.0") }, []string{"1.0", "1.1", "1.2"}},
		{seen, []string{"1.0"}},
	} {
		step.do()
		if got := serving(); !slices.Equal(got, step.want) {
			t.Errorf("step %d: served are %v, not %v", i+1, got, step.want)
		}
	}
	if !b.needed(release("1.0").Package) {
		t.Error("1.0 is not kept for a way back")
	}
}

// Whatever is deployed and rolled back, a channel never goes back to what it has,
// and what it can go back to is kept.
func TestAWayBackIsAlwaysKept(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := &Book{Contracts: map[string]*Contract{}}
		channels := []string{"henan", "zhengzhou"}
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			ch := rapid.SampledFrom(channels).Draw(r, "channel")
			p := b.placement("evidence", ch)
			if p != nil && rapid.Bool().Draw(r, "back") {
				if back := p.before(""); back != nil {
					b.goBack("evidence", ch, *back, "1.0")
				}
				continue
			}
			b.place("evidence", ch, release(rapid.StringMatching(`[1-9]`).Draw(r, "version")), ByDeploy, "1.0")
			if rapid.Bool().Draw(r, "seen") {
				b.placement("evidence", ch).committed()
			}
		}
		for _, ch := range channels {
			p := b.placement("evidence", ch)
			if p == nil {
				continue
			}
			seen := map[string]bool{p.Release.Package: true}
			for _, e := range slices.Concat(p.Earlier, p.Undone) {
				if seen[e.Package] || !b.needed(e.Package) {
					r.Fatalf("%s can go back to %v from %s", ch, versions(p.Earlier), p.Release.Version)
				}
				seen[e.Package] = true
			}
			if !b.serving(p.Release.Package) {
				r.Fatalf("what %s is to have is not served", ch)
			}
		}
	})
}
