package operate

import (
	"strings"
	"testing"
)

// One long detail would stretch every line of its table.
func TestALongDetailStandsBelowTheTable(t *testing.T) {
	long := strings.Repeat("the contract is not there; ", 20)
	var out strings.Builder
	(&Report{Nodes: []NodeReport{
		{Name: "gateway", Role: "gateway", Detail: long}, {Name: "peer0.henan", Role: "peer", Detail: "does not run"}, {Name: "relay", Role: "relay", Healthy: true},
	}}).Print(&out)
	table, below, _ := strings.Cut(out.String(), "\nCHANNEL")
	for line := range strings.Lines(table) {
		if len(line) > 160 {
			t.Errorf("a line of the table has %d bytes: %s", len(line), line)
		}
	}
	if !strings.Contains(table, "NOT HEALTHY: does not run") {
		t.Errorf("a short detail is not in the table:\n%s", table)
	}
	if !strings.Contains(below, "gateway: "+long) || strings.Contains(below, "peer0.henan: ") {
		t.Errorf("below the table stands\n%s", below)
	}
}
