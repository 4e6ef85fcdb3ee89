package agritrace_test

import (
	"slices"
	"testing"

	"henanchain/chaincode/agritrace"
	"henanchain/chaincode/ledger/ledgertest"
)

func recallOf(w *world, id string) agritrace.Recall {
	w.t.Helper()
	var r agritrace.Recall
	w.body("recall", id, &r)
	return r
}

// tree splits a batch into lots, and each lot again, so that a recall needs
// several steps. It answers the lots of the last level.
func (w *world) tree(root string, wide int) (leaves []string) {
	w.t.Helper()
	first := make([]int64, wide)
	for i := range first {
		first[i] = int64(wide) * 1000
	}
	for _, lot := range w.split(farm, root, first...) {
		second := make([]int64, wide)
		for i := range second {
			second[i] = 1000
		}
		leaves = append(leaves, w.split(farm, lot, second...)...)
	}
	return leaves
}

func TestARecallReachesEveryDescendantInSteps(t *testing.T) {
	w := newWorld(t)
	root := w.marketed(20 * 20 * 1000)
	leaves := w.tree(root, 20) // 1 + 20 + 400 batches
	on := leaves[len(leaves)-1]
	w.platform.Must("PutOnSale", m{"batchId": on, "subject": farm})
	w.platform.Must("Sell", m{"batchId": on, "subject": farm, "qtyGram": 1})

	if r := w.market.Must("StartRecall", m{"recallId": "ZH-1", "batchId": root, "class": "1", "reason": "农药残留超标"}); r.Status != agritrace.Spreading {
		t.Fatalf("a recall of 421 batches is %s after its first step", r.Status)
	}
	unmarked := 0
	for _, leaf := range leaves {
		if w.status(leaf) == agritrace.Recalled {
			continue
		}
		unmarked++
		in := m{"batchId": leaf, "subject": farm}
		if leaf == on {
			w.platform.Refused(agritrace.BatchRecalled, "Sell", m{"batchId": leaf, "subject": farm, "qtyGram": 1})
		} else if unmarked < 20 {
			w.platform.Refused(agritrace.BatchRecalled, "PutOnSale", in)
			w.platform.Refused(agritrace.BatchRecalled, "Ship", m{"shipmentNo": w.id(farm), "subject": farm, "to": shop, "batches": []string{leaf}})
			w.platform.Refused(agritrace.BatchRecalled, "Transform", m{"transformId": w.id(farm), "subject": farm, "kind": "SPLIT", "inputs": []m{{"batchId": leaf, "qtyGram": 1}}, "outputs": []m{{"batchId": w.id(farm), "qtyGram": 1}}, "lossGram": 0})
		}
	}
	if unmarked == 0 {
		t.Fatal("the first step marked everything: the test shows nothing")
	}
	steps := 0
	for ; w.l.Record("recall", "ZH-1").Status == agritrace.Spreading; steps++ {
		w.scanner.Must("ContinueRecall", m{"recallId": "ZH-1"})
	}
	for _, leaf := range leaves {
		if w.status(leaf) != agritrace.Recalled {
			t.Fatalf("the recall did not reach %s", leaf)
		}
	}
	if r := recallOf(w, "ZH-1"); r.Reached != 421 || r.Outstanding != 400 || r.StartBy != "2026-03-03T01:"+r.StartBy[14:] {
		t.Errorf("after %d steps the recall counts %d reached and %d outstanding, start by %s", steps, r.Reached, r.Outstanding, r.StartBy)
	}
	if slices.Contains(w.l.Keys(), "~recalls/open") {
		t.Error("no recall is spreading and the ledger still counts one")
	}
	w.market.Refused(agritrace.RecallUnfinished, "CloseRecall", m{"recallId": "ZH-1", "report": "完成"})
	for _, leaf := range leaves {
		w.platform.Must("Destroy", m{"batchId": leaf, "subject": farm, "method": "焚烧", "evidenceHash": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"})
	}
	if b := w.batch(on); b.DestroyedGram != 999 || b.SoldGram != 1 || b.RemainingGram != 0 {
		t.Errorf("the destroyed batch is %+v", b)
	}
	w.market.Must("CloseRecall", m{"recallId": "ZH-1", "report": "完成"})
}

func TestARecallStopsWhatIsOnItsWayAndWhatIsHeld(t *testing.T) {
	w := newWorld(t)
	root := w.marketed(10_000)
	lots := w.split(farm, root, 1000, 1000, 1000)
	no := w.id(farm)
	w.platform.Must("Ship", m{"shipmentNo": no, "subject": farm, "to": shop, "batches": lots[:1]})
	w.agri.Must("Hold", m{"batchId": lots[1], "reason": "核查"})
	w.market.Must("StartRecall", m{"recallId": "ZH-2", "batchId": root, "class": "2", "reason": "超标"})
	for _, lot := range append(lots, root) {
		if w.status(lot) != agritrace.Recalled {
			t.Errorf("%s is %s", lot, w.status(lot))
		}
	}
	destroy := func(app *ledgertest.Actor, subject string) m {
		return m{"batchId": lots[0], "subject": subject, "method": "焚烧", "evidenceHash": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}
	}
	w.platform.Refused(agritrace.ShipmentInvalid, "Destroy", destroy(w.platform, farm))
	w.retail.Must("Receive", m{"shipmentNo": no, "subject": shop, "loads": []m{{"batchId": lots[0], "qtyGram": 1000}}})
	if w.status(lots[0]) != agritrace.Recalled || w.batch(lots[0]).Holder != shop {
		t.Errorf("the received batch is %s at %s", w.status(lots[0]), w.batch(lots[0]).Holder)
	}
	w.platform.Refused(agritrace.NotHolder, "Destroy", destroy(w.platform, farm))
	w.retail.Must("Destroy", destroy(w.retail, shop))
	w.platform.Refused(agritrace.BatchRecalled, "PutOnSale", m{"batchId": lots[2], "subject": farm})
	w.agri.Refused("STATE_FORBIDS", "Release", m{"batchId": lots[1], "reason": "核查完毕"})
	w.market.Refused(agritrace.BatchRecalled, "StartRecall", m{"recallId": "ZH-3", "batchId": root, "class": "2", "reason": "超标"})
	w.retail.Refused(agritrace.NotOperator, "StartRecall", m{"recallId": "ZH-4", "batchId": w.grown(10), "class": "3", "reason": "标签"})
	w.platform.Must("StartRecall", m{"recallId": "ZH-5", "batchId": w.grown(10), "class": "3", "reason": "标签"})
	if recallOf(w, "ZH-5").Ordered || !recallOf(w, "ZH-2").Ordered {
		t.Error("who ordered the recalls is wrong")
	}
}

// While one recall is spreading, a batch whose ancestor was recalled and then
// destroyed is still stopped.
func TestARecalledAncestorThatWasDestroyedStillStopsSales(t *testing.T) {
	w := newWorld(t)
	root := w.marketed(400_000)
	leaves := w.tree(root, 15)
	w.market.Must("StartRecall", m{"recallId": "ZH-1", "batchId": root, "class": "1", "reason": "超标"})
	w.platform.Must("Destroy", m{"batchId": root, "subject": farm, "method": "焚烧", "evidenceHash": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"})
	i := slices.IndexFunc(leaves, func(l string) bool { return w.status(l) != agritrace.Recalled })
	lot := w.batch(leaves[i]).Parents[0].BatchID
	w.platform.Refused(agritrace.BatchRecalled, "Transform", m{"transformId": w.id(farm), "subject": farm, "kind": "SPLIT", "inputs": []m{{"batchId": lot, "qtyGram": 1}}, "outputs": []m{{"batchId": w.id(farm), "qtyGram": 1}}, "lossGram": 0})
	w.platform.Must("Destroy", m{"batchId": lot, "subject": farm, "method": "焚烧", "evidenceHash": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"})
	w.platform.Refused(agritrace.BatchRecalled, "PutOnSale", m{"batchId": leaves[i], "subject": farm})
	var can struct {
		Can     bool
		Reasons []struct{ Code string }
	}
	if r := w.scanner.Ask(&can, "CanSell", m{"batchId": leaves[i]}); r != nil || can.Can || can.Reasons[0].Code != agritrace.BatchRecalled {
		t.Errorf("CanSell answers %+v %v", can, r)
	}
	other := w.marketed(100)
	w.platform.Must("PutOnSale", m{"batchId": other, "subject": farm}) // an unrelated batch goes on
}
