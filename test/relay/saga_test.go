//go:build e2e

package relay

import (
	"testing"
	"time"

	"henanchain/internal/gm"
	"henanchain/test/journey"
)

// TestATransferTakesWhatTwoOtherLedgersProve transfers property in Zhengzhou:
// the tax clearance is kept in Xinyang and must not serve twice, and the
// province's ledger must confirm a fact of the household.
func TestATransferTakesWhatTwoOtherLedgersProve(t *testing.T) {
	ready(t)
	clearance, err := caller(t, "xinyang-notary").Create(t.Context(), "xinyang", "evidence", "evidences", journey.Evidence("完税证明.pdf", gm.HexDigest([]byte("clearance "+run))))
	if err != nil {
		t.Fatal(err)
	}
	claim := `{"type":"evidence","id":"` + clearance.ID + `","fileHash":"` + gm.HexDigest([]byte("clearance "+run)) + `"}`
	steps := func(household string) []object {
		return []object{
			{"name": "完税证明有效", "kind": "ASK", "chain": "xinyang", "contract": "evidence", "function": "Verify", "args": []string{claim}, "expect": []object{{"field": "match", "value": "true"}}},
			{"name": "完税证明未使用", "kind": "HOLD", "chain": "xinyang", "contract": "evidence", "record": "evidence/" + clearance.ID},
			{"name": "户籍核验", "kind": "ASK", "chain": "henan", "contract": "relay", "function": "Get", "args": []string{"chain", "zhengzhou"}, "expect": []object{{"field": "status", "value": household}}},
		}
	}
	start := func(reference, household string, deadline time.Duration) string {
		a, err := caller(t, "zhengzhou-relay").Create(t.Context(), "zhengzhou", "relay", "sagas", object{"reference": run + reference, "purpose": "不动产转移登记",
			"deadline": in(deadline), "steps": steps(household)})
		if err != nil {
			t.Fatal(err)
		}
		return a.ID
	}
	end := func(id string) string { return ended(t, "zhengzhou-relay", "zhengzhou", "sagas", id) }
	hold := func(id string) string {
		r, err := caller(t, "xinyang-relay").Get(t.Context(), "xinyang", "relay", "holds", id+"-1")
		if err != nil {
			return "none"
		}
		return r.Status
	}
	undone := start("-1", `"PROPOSED"`, amply)
	if status := end(undone); status != "UNDONE" || hold(undone) == "USED" {
		t.Fatalf("without the household's fact it ended %s, its hold %s", status, hold(undone))
	}
	done := start("-2", `"ACTIVE"`, amply)
	if status := end(done); status != "DONE" || hold(done) != "USED" {
		t.Fatalf("it ended %s, its hold %s", status, hold(done))
	}
	twice := start("-3", `"ACTIVE"`, shortly)
	if status := end(twice); status != "UNDONE" {
		t.Fatalf("with a clearance that was used it ended %s", status)
	}
}
