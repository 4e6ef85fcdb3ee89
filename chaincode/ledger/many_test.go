package ledger_test

import (
	"slices"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/internal/operation"
)

func TestAListTakesSoManyIdsAndGivesThemBack(t *testing.T) {
	var list []string
	for _, id := range []string{"a", "b"} {
		if err := ledger.Enter(&list, 2, "note", id); err != nil {
			t.Fatal(err)
		}
	}
	if r := operation.RefusalOf(ledger.Enter(&list, 2, "note", "c")); r == nil || r.Code != ledger.TooMany || len(list) != 2 {
		t.Errorf("a third of two answered %v, and the list is %v", r, list)
	}
	ledger.Strike(&list, "a")
	ledger.Strike(&list, "not there")
	if !slices.Equal(list, []string{"b"}) {
		t.Errorf("without a the list is %v", list)
	}
}
