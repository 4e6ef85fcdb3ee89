package topology

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// project is the repository's own topology after the replacements given.
func project(t *testing.T, replace ...string) *File {
	t.Helper()
	data, err := os.ReadFile("../topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(replace); i += 2 {
		changed := strings.ReplaceAll(text, replace[i], replace[i+1])
		if changed == text {
			t.Fatalf("the topology has no %q", replace[i])
		}
		text = changed
	}
	f, err := Parse("topology.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func pilot(t *testing.T, f *File, c Changes) *Network {
	t.Helper()
	n, err := f.SelectChanged("pilot", 0, c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMergingANetworkWithItselfChangesNothing(t *testing.T) {
	f := project(t)
	for _, c := range []Changes{{}, {Added: []string{"luoyang"}}, {Added: []string{"luoyang"}, Left: []string{"xinyang"}}} {
		n := pilot(t, f, c)
		got, found := Merge(n, n)
		if len(found) != 0 || !reflect.DeepEqual(got, n) {
			t.Errorf("%+v: found %v", c, found)
		}
	}
}

func TestACityThatJoinsIsWhatTheFileSaysOfIt(t *testing.T) {
	f := project(t)
	was := pilot(t, f, Changes{})
	changes, err := f.Since(was, "luoyang")
	if err != nil {
		t.Fatal(err)
	}
	wanted := pilot(t, f, changes)
	joined := was.WithOrganisation(wanted, "luoyang")
	if !reflect.DeepEqual(joined, wanted) {
		t.Errorf("joined %+v\nwanted %+v", joined, wanted)
	}
	if again := joined.WithOrganisation(wanted, "luoyang"); !reflect.DeepEqual(again, joined) {
		t.Error("joining twice is not joining once")
	}
	org, _ := joined.Organisation("luoyang")
	if first, last := joined.ContractPorts(); org.CAPort == 0 || (org.CAPort >= first && org.CAPort <= last) {
		t.Errorf("its CA has port %d, among those of contracts (%d to %d) or none", org.CAPort, first, last)
	}
	if was.Main().Organisations[2] == "luoyang" || len(was.Organisations) != 3 {
		t.Error("the network before was changed")
	}
}

func TestACityThatLeavesIsWhatTheFileSaysOfItAfterwards(t *testing.T) {
	f := project(t)
	was := pilot(t, f, Changes{})
	left := was.WithoutMember("zhengzhou")
	wanted := pilot(t, f, left.Changes)
	got, found := Merge(left, wanted)
	if len(found) != 0 || !reflect.DeepEqual(got.Main(), left.Main()) {
		t.Errorf("found %v; main %+v and %+v", found, got.Main(), left.Main())
	}
	if slices.Contains(left.Main().Organisations, "zhengzhou") || !slices.Contains(left.Main().Left, "zhengzhou") {
		t.Errorf("main channel %+v", left.Main())
	}
	if ch, ok := left.OfCity("zhengzhou"); !ok || !slices.Contains(ch.Organisations, "zhengzhou") {
		t.Error("it lost its own channel")
	}
	for _, a := range left.Applications {
		if a.Organisation == "zhengzhou" && slices.Contains(a.Cities, "henan") {
			t.Errorf("%s may still call the main channel", a.Name)
		}
	}
	back := left.WithOrganisation(pilot(t, f, Changes{}), "zhengzhou")
	if !reflect.DeepEqual(back.Main(), was.Main()) || !reflect.DeepEqual(back.Applications, was.Applications) {
		t.Errorf("back again: %+v", back.Main())
	}
}

func TestWhatANetworkThatRunsCannotTakeIsNamedAndLeft(t *testing.T) {
	was := pilot(t, project(t), Changes{})
	for name, tc := range map[string]struct {
		replace []string
		subject string
		up      bool
		keeps   func(n *Network) bool
	}{
		"an organisation that is gone": {[]string{"organisations: [henan, zhengzhou, xinyang]", "organisations: [henan, zhengzhou]"}, "xinyang", false,
			func(n *Network) bool { o, ok := n.Organisation("xinyang"); return ok && o.Name == "xinyang" }},
		"another ordering service": {[]string{"type: raft\n  orderers:\n    - {name: orderer0, organisation: henan}",
			"type: BFT\n  orderers: [{name: orderer0, organisation: henan}, {name: orderer1, organisation: henan}, {name: orderer2, organisation: henan}, {name: orderer3, organisation: henan}]"}, "BFT", false,
			func(n *Network) bool { return n.OrderingType == Raft && len(n.Orderers) == 1 }},
		"another MSP": {[]string{"XinyangMSP", "XinyangTwoMSP"}, "xinyang", false,
			func(n *Network) bool { o, _ := n.Organisation("xinyang"); return o.MSP == "XinyangMSP" }},
		"another address": {[]string{"address: 127.0.0.1", "address: 127.0.0.2"}, "local", false,
			func(n *Network) bool {
				return n.HostAddress("local") == "127.0.0.1" && n.Peers()[0].Address == "127.0.0.1"
			}},
		"one more peer": {[]string{`{name: xinyang, msp: XinyangMSP, title: 信阳市, division: "411500"}`, `{name: xinyang, msp: XinyangMSP, title: 信阳市, division: "411500", peers: [{name: peer0}, {name: peer1}]}`}, "peer1.xinyang", true,
			func(n *Network) bool { o, _ := n.Organisation("xinyang"); return len(o.Peers) == 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			n, found := Merge(was, pilot(t, project(t, tc.replace...), Changes{}))
			i := slices.IndexFunc(found, func(d Difference) bool { return d.Subject == tc.subject })
			if i < 0 || found[i].Up != tc.up || (found[i].Remedy == "") != tc.up {
				t.Errorf("found %+v, want one about %s", found, tc.subject)
			}
			if !tc.keeps(n) {
				t.Errorf("merged into %+v", n)
			}
		})
	}
}
