package topology

import (
	"slices"
	"testing"
)

func names(n *Network) []string {
	var out []string
	for _, a := range n.Applications {
		out = append(out, a.Name)
	}
	return out
}

// What was enrolled and revoked on a running network outlives the next `up`,
// which selects the network from the topology again.
func TestSystemsThatWereEnrolledOrRevokedStaySo(t *testing.T) {
	f := project(t)
	was, err := f.Select("pilot", 0)
	if err != nil {
		t.Fatal(err)
	}
	archive := Application{Name: "zhengzhou-archive", Organisation: "zhengzhou", Department: "11410100MB0H000014", Roles: []string{"evidence.depositor"}, Cities: []string{"zhengzhou"}}
	now := was.WithSystem(archive).WithSystem(archive).WithoutSystem("zhengzhou-tax")
	again := func(what string, n *Network) *Network {
		t.Helper()
		changes, err := f.Since(n)
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := f.SelectChanged("pilot", 0, changes)
		if err != nil {
			t.Fatal(err)
		}
		merged, found := Merge(n, wanted)
		if len(found) > 0 {
			t.Errorf("%s: differs in %+v", what, found)
		}
		return merged
	}
	for what, n := range map[string]*Network{"as it was left": now, "after a city left": now.WithoutMember("xinyang"), "after an orderer left": now.WithoutOrderer("nobody")} {
		got := names(again(what, n))
		if !slices.Contains(got, "zhengzhou-archive") || slices.Contains(got, "zhengzhou-tax") || len(got) != len(was.Applications) {
			t.Errorf("%s: systems %v", what, got)
		}
	}
	ledger := Application{Name: "xinyang-archive", Organisation: "xinyang", Department: "11411500MB0H00102X", Roles: []string{"evidence.depositor"}, Cities: []string{"xinyang", "henan"}}
	left := again("a city left with its system", now.WithSystem(ledger).WithoutMember("xinyang"))
	if a, ok := left.Application("xinyang-archive"); !ok || !slices.Equal(a.Cities, []string{"xinyang"}) {
		t.Errorf("a system of a city that left the main channel: %+v", a)
	}
	gone := again("revoked", now.WithoutSystem("zhengzhou-archive"))
	if slices.Contains(names(gone), "zhengzhou-archive") || len(gone.Systems) != 0 {
		t.Errorf("one that was revoked is there: %v", names(gone))
	}
}
