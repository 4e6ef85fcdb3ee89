package agritrace_test

import (
	"testing"

	"henanchain/chaincode/agritrace"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
)

func TestTransformationsThatDoNotAddUpAreRefused(t *testing.T) {
	w := newWorld(t)
	one, two, meat := w.grown(1000), w.grown(1000), w.pigs("141012200000001")
	in := func(parts ...any) []m {
		var list []m
		for i := 0; i < len(parts); i += 2 {
			list = append(list, m{"batchId": parts[i], "qtyGram": parts[i+1]})
		}
		return list
	}
	for name, c := range map[string]struct {
		code, kind string
		in, out    []m
		loss       int
	}{
		"more out than in":             {agritrace.MassImbalance, "SPLIT", in(one, 100), in(w.id(farm), 101), 0},
		"less out than in":             {agritrace.MassImbalance, "SPLIT", in(one, 100), in(w.id(farm), 99), 0},
		"a loss that is not there":     {agritrace.MassImbalance, "PRIMARY", in(one, 100), in(w.id(farm), 100), 1},
		"more than there is":           {agritrace.Overdraw, "SPLIT", in(one, 1001), in(w.id(farm), 1001), 0},
		"a batch twice":                {agritrace.TransformInvalid, "MERGE", in(one, 600, one, 600), in(w.id(farm), 1200), 0},
		"a batch into itself":          {agritrace.TransformInvalid, "SPLIT", in(one, 100), in(one, 100), 0},
		"a batch into an earlier one":  {"RECORD_EXISTS", "SPLIT", in(one, 100), in(two, 100), 0},
		"an output twice":              {agritrace.TransformInvalid, "SPLIT", in(one, 200), in(farm+".X", 100, farm+".X", 100), 0},
		"another's number":             {agritrace.NumberForeign, "SPLIT", in(one, 100), in(shop+".X", 100), 0},
		"another's batch":              {agritrace.NotHolder, "SPLIT", in(meat, 100), in(w.id(farm), 100), 0},
		"a batch that is not there":    {"RECORD_NOT_FOUND", "SPLIT", in(farm+".none", 100), in(w.id(farm), 100), 0},
		"a split with a loss":          {agritrace.TransformInvalid, "SPLIT", in(one, 100), in(w.id(farm), 99), 1},
		"a split of two":               {agritrace.TransformInvalid, "SPLIT", in(one, 100, two, 100), in(w.id(farm), 200), 0},
		"a merge of one":               {agritrace.TransformInvalid, "MERGE", in(one, 100), in(w.id(farm), 100), 0},
		"a merge into two":             {agritrace.TransformInvalid, "MERGE", in(one, 100, two, 100), in(w.id(farm), 100, w.id(farm), 100), 0},
		"processing without a licence": {agritrace.LicenceRequired, "PROCESS", in(one, 100), in(w.id(farm), 100), 0},
		"slaughter by a farm":          {agritrace.ActivityMissing, "SLAUGHTER", in(one, 100), in(w.id(farm), 100), 0},
		"nothing taken":                {"INPUT_INVALID", "SPLIT", in(one, 0), in(w.id(farm), 0), 0},
		"a negative amount":            {"INPUT_INVALID", "SPLIT", in(one, -5), in(w.id(farm), -5), 0},
		"an amount that overflows":     {"INPUT_INVALID", "MERGE", in(one, 1<<53, two, 1<<53), in(w.id(farm), 1<<53), 0},
	} {
		before := w.l.Public()
		r := w.platform.Do("Transform", m{"transformId": w.id(farm), "subject": farm, "kind": c.kind, "inputs": c.in, "outputs": c.out, "lossGram": c.loss, "lossReason": "损耗"})
		if r.Refusal == nil || r.Refusal.Code != c.code {
			t.Errorf("%s answered %+v", name, r)
		}
		if after := w.l.Public(); len(before) != len(after) {
			t.Errorf("%s left a trace", name)
		}
	}
	w.retail.Refused(agritrace.NotOperator, "Transform", m{"transformId": w.id(farm), "subject": farm, "kind": "SPLIT", "inputs": in(one, 100), "outputs": in(w.id(farm), 100), "lossGram": 0})
}

func TestFoodIsMadeOfSeveralThingsWithALicenceAndAFactoryTest(t *testing.T) {
	w := newWorld(t)
	one := w.grown(1000)
	w.move(w.platform, farm, w.platform, factory, one)
	out := w.id(factory)
	process := m{"transformId": w.id(factory), "subject": factory, "kind": "PROCESS", "inputs": []m{{"batchId": one, "qtyGram": 1000}},
		"outputs": []m{{"batchId": out, "qtyGram": 900, "productCode": "P01", "productName": "蒜蓉酱", "expiresOn": "20260401"}}, "lossGram": 100}
	w.platform.Refused("INPUT_INVALID", "Transform", process)
	process["lossReason"] = "蒸煮"
	w.platform.Must("Transform", process)
	if b := w.batch(out); b.Category != agritrace.Processed || b.Inherited || b.ProducedOn != "20260302" || b.Generation != 1 {
		t.Errorf("the food is %+v", b)
	}
	w.platform.Refused(agritrace.CertificateNeeded, "OfferHandover", m{"batchId": out, "subject": factory, "market": shop})
	w.test(out, "0.001")
	w.accept(out, factory)
	w.move(w.platform, factory, w.retail, shop, out)
	w.days(40)
	w.retail.Refused(agritrace.BatchExpired, "PutOnSale", m{"batchId": out, "subject": shop})
}

func TestAFailedTestHoldsTheBatchUntilItPassesARetest(t *testing.T) {
	w := newWorld(t)
	id := w.marketed(1000)
	if r := w.test(id, "0.020001"); r.Status != agritrace.Fail || w.status(id) != agritrace.Held {
		t.Fatalf("a failed test answered %s, the batch is %s", r.Status, w.status(id))
	}
	w.platform.Refused(agritrace.BatchHeld, "PutOnSale", m{"batchId": id, "subject": farm})
	w.platform.Refused(agritrace.BatchHeld, "Ship", m{"shipmentNo": w.id(farm), "subject": farm, "to": shop, "batches": []string{id}})
	w.market.Refused(agritrace.RetestNeeded, "Release", m{"batchId": id, "reason": "复检"})
	w.lab.Must("RecordTest", m{"inspectionId": "231600340001.OTHER", "batchId": id, "reportHash": gm.HexDigest([]byte("x")), "sampledOn": "20260301",
		"items": []m{{"item": "沙门氏菌", "value": "0", "basis": "NEGATIVE"}, {"item": "维生素C", "value": "5", "limit": "3", "basis": "MIN"}}})
	w.market.Refused(agritrace.RetestNeeded, "Release", m{"batchId": id, "reason": "复检"})
	w.test(id, "0.02")
	w.agri.Refused(agritrace.NotCompetent, "Release", m{"batchId": id, "reason": "复检合格"})
	w.market.Must("Release", m{"batchId": id, "reason": "复检合格"})
	w.platform.Refused(agritrace.BatchHeld, "PutOnSale", m{"batchId": id, "subject": farm})
	w.platform.Must("Resume", m{"batchId": id, "subject": farm})
	if w.status(id) != agritrace.Harvested {
		t.Errorf("the resumed batch is %s", w.status(id))
	}
	w.platform.Must("PutOnSale", m{"batchId": id, "subject": farm})
	for name, item := range map[string]m{
		"a value without a limit":     {"item": "铅", "value": "1", "basis": "MAX"},
		"a limit for what has none":   {"item": "铅", "value": "1", "limit": "2", "basis": "NEGATIVE"},
		"an item without a direction": {"item": "铅", "value": "1", "limit": "2"},
	} {
		r := w.lab.Do("RecordTest", m{"inspectionId": "231600340001.BAD", "batchId": id, "reportHash": gm.HexDigest([]byte("x")), "sampledOn": "20260301", "items": []m{item}})
		if r.Refusal == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestOnlyTheHolderShipsAndAReceiptIsAtMostTheShipment(t *testing.T) {
	w := newWorld(t)
	one, two := w.marketed(1000), w.marketed(1000)
	codes := w.codes(4)
	w.platform.Must("Pack", m{"batchId": two, "subject": farm, "gtin": "6900000000014", "netGram": 200, "codes": codes})
	ship := func(no, subject, to string, batches ...string) m {
		return m{"shipmentNo": no, "subject": subject, "to": to, "batches": batches}
	}
	w.retail.Refused(agritrace.NotHolder, "Ship", ship(w.id(shop), shop, farm, one))
	w.retail.Refused(agritrace.NotOperator, "Ship", ship(w.id(farm), farm, shop, one))
	w.platform.Refused(agritrace.ShipmentInvalid, "Ship", ship(w.id(farm), farm, farm, one))
	no := w.id(farm)
	w.platform.Must("Ship", ship(no, farm, shop, one, two))
	w.platform.Refused("STATE_FORBIDS", "Ship", ship(w.id(farm), farm, shop, one))

	load := func(id string, qty int, reason string) m {
		return m{"batchId": id, "qtyGram": qty, "reason": reason}
	}
	for name, c := range map[string]struct {
		code  string
		loads []m
	}{
		"a batch too few":        {agritrace.ReceiptMismatch, []m{load(one, 1000, "")}},
		"a batch twice":          {agritrace.ReceiptMismatch, []m{load(one, 1000, ""), load(one, 1000, "")}},
		"more than was shipped":  {agritrace.ReceiptMismatch, []m{load(one, 1001, "多"), load(two, 1000, "")}},
		"less without a reason":  {agritrace.ReceiptMismatch, []m{{"batchId": one, "qtyGram": 999}, load(two, 1000, "")}},
		"coded goods without it": {agritrace.CodedGoods, []m{load(one, 1000, "a"), load(two, 700, "丢失")}},
	} {
		for _, l := range c.loads {
			if l["reason"] == "" {
				delete(l, "reason")
			}
		}
		if r := w.retail.Do("Receive", m{"shipmentNo": no, "subject": shop, "loads": c.loads}); r.Refusal == nil || r.Refusal.Code != c.code {
			t.Errorf("%s answered %+v", name, r)
		}
	}
	w.platform.Refused(agritrace.ShipmentInvalid, "Receive", m{"shipmentNo": no, "subject": farm, "loads": []m{{"batchId": one, "qtyGram": 1000}, {"batchId": two, "qtyGram": 1000}}})
	w.retail.Must("Receive", m{"shipmentNo": no, "subject": shop, "loads": []m{{"batchId": two, "qtyGram": 700, "reason": "丢失", "missingCodes": codes[:1]}, {"batchId": one, "qtyGram": 1000}}})
	if b := w.batch(two); b.LostGram != 300 || b.RemainingGram != 700 || b.CodedGram != 600 || b.Holder != shop || len(b.Custody) != 2 {
		t.Errorf("the received batch is %+v", b)
	}
	w.retail.Refused("STATE_FORBIDS", "Receive", m{"shipmentNo": no, "subject": shop, "loads": []m{{"batchId": one, "qtyGram": 1000}, {"batchId": two, "qtyGram": 700}}})
	w.retail.Must("PutOnSale", m{"batchId": two, "subject": shop})
	w.retail.Refused(agritrace.CodeElsewhere, "Sell", m{"batchId": two, "subject": shop, "codes": codes[:1]})
	w.retail.Refused(agritrace.CodedGoods, "Sell", m{"batchId": two, "subject": shop, "qtyGram": 101})
	w.retail.Must("Sell", m{"batchId": two, "subject": shop, "codes": codes[1:2], "qtyGram": 100})
	w.retail.Refused(agritrace.CodeElsewhere, "Sell", m{"batchId": two, "subject": shop, "codes": codes[1:2]})
}

func TestNothingIsSoldBeforeTheMarketAcceptsIt(t *testing.T) {
	w := newWorld(t)
	id := w.grown(1000)
	on := m{"batchId": id, "subject": farm}
	w.platform.Refused(agritrace.CertificateNeeded, "PutOnSale", on)
	w.platform.Refused(agritrace.CertificateNeeded, "OfferHandover", m{"batchId": id, "subject": farm, "market": shop})
	w.certify(id)
	w.platform.Refused(agritrace.NotOnMarket, "PutOnSale", on)
	w.platform.Must("OfferHandover", m{"batchId": id, "subject": farm, "market": shop})
	w.market.Must("RefuseHandover", m{"batchId": id, "opinion": "标签不全"})
	w.platform.Refused(agritrace.NotOnMarket, "PutOnSale", on)
	w.accept(id, farm)
	lot := w.split(farm, id, 500)[0]
	if b := w.batch(lot); b.Regime != agritrace.Market || !b.Inherited {
		t.Errorf("a lot of an accepted batch is %+v", b)
	}
	w.platform.Must("PutOnSale", m{"batchId": lot, "subject": farm})
	w.move(w.platform, farm, w.retail, station, id)
	w.retail.Refused(agritrace.ActivityMissing, "PutOnSale", m{"batchId": id, "subject": station})
	w.registrar.Must("UpdateSubject", m{"subjectCode": station, "activities": []string{"SELL", "STORE"}, "operator": ledgertest.DeptB, "reason": "增加销售"})
	w.retail.Refused(agritrace.LicenceRequired, "PutOnSale", m{"batchId": id, "subject": station})
	w.market.Must("SetRules", m{"settingId": "rules", "abnormalScans": 2, "ownProduceNeedsJY": true, "reportHours": 24})
	w.platform.Refused(agritrace.LicenceRequired, "Sell", m{"batchId": lot, "subject": farm, "qtyGram": 1})
	var can struct {
		Can     bool
		Reasons []struct{ Code string }
	}
	if r := w.scanner.Ask(&can, "CanSell", m{"batchId": id}); r != nil || can.Can || len(can.Reasons) != 1 || can.Reasons[0].Code != agritrace.LicenceRequired {
		t.Errorf("CanSell answers %+v %v", can, r)
	}
}

func TestARetailCodeIsGivenOutOnceAndCountsItsScans(t *testing.T) {
	w := newWorld(t)
	one, two := w.marketed(1000), w.marketed(1000)
	codes := w.codes(3)
	pack := func(batch string, codes ...string) m {
		return m{"batchId": batch, "subject": farm, "gtin": "6900000000014", "netGram": 300, "codes": codes}
	}
	w.platform.Must("Pack", pack(one, codes...))
	w.platform.Refused("RECORD_EXISTS", "Pack", pack(two, codes[0]))
	w.platform.Refused(agritrace.CodedGoods, "Pack", pack(one, w.codes(1)...))
	w.platform.Refused(agritrace.CodeInvalid, "Pack", pack(two, "(01)06910000123453(21)A1"))
	w.platform.Refused(agritrace.CodeInvalid, "Pack", pack(two, "一物一码"))
	lot := w.id(farm)
	split := func(qty int, codes ...string) m {
		return m{"transformId": w.id(farm), "subject": farm, "kind": "SPLIT", "inputs": []m{{"batchId": one, "qtyGram": qty}}, "outputs": []m{{"batchId": lot, "qtyGram": qty, "codes": codes}}, "lossGram": 0}
	}
	w.platform.Refused(agritrace.CodedGoods, "Transform", split(600))
	w.platform.Refused(agritrace.MassImbalance, "Transform", split(600, codes[0]))
	w.platform.Must("Transform", split(600, codes[0], codes[1]))
	if a, b := w.batch(one), w.batch(lot); a.CodedGram != 300 || a.RemainingGram != 400 || b.CodedGram != 600 || b.RemainingGram != 600 {
		t.Errorf("after the split %+v and %+v", a, b)
	}
	w.platform.Must("VoidCode", m{"traceCode": codes[0], "batchId": lot, "subject": farm})
	w.platform.Refused(agritrace.CodeElsewhere, "VoidCode", m{"traceCode": codes[0], "batchId": lot, "subject": farm})
	w.market.Must("SetRules", m{"settingId": "rules", "abnormalScans": 2, "ownProduceNeedsJY": false, "reportHours": 24})
	var s struct {
		Count       int
		FirstScanAt string
		Abnormal    bool
	}
	for n := range 3 {
		w.scanner.Must("ScanCode", m{"traceCode": codes[1], "division": "410105"})
		if r := w.scanner.Ask(&s, "ScanCount", m{"traceCode": codes[1]}); r != nil || s.Count != n+1 || s.Abnormal != (n == 2) {
			t.Errorf("after %d scans: %+v %v", n+1, s, r)
		}
	}
	if s.FirstScanAt == "" || s.FirstScanAt >= w.l.Now.Format("2006-01-02T15:04:05Z") {
		t.Errorf("the first scan was at %q", s.FirstScanAt)
	}
}

func TestABatchHeldOnItsWayGoesOnWhereItArrived(t *testing.T) {
	w := newWorld(t)
	one, two := w.marketed(1000), w.marketed(1000)
	ship := func(id string) string {
		no := w.id(farm)
		w.platform.Must("Ship", m{"shipmentNo": no, "subject": farm, "to": shop, "batches": []string{id}})
		w.agri.Must("Hold", m{"batchId": id, "reason": "核查"})
		return no
	}
	w.retail.Must("Receive", m{"shipmentNo": ship(one), "subject": shop, "loads": []m{{"batchId": one, "qtyGram": 1000}}})
	w.retail.Must("Reject", m{"shipmentNo": ship(two), "subject": shop, "reason": "超温"})
	for _, id := range []string{one, two} {
		if w.status(id) != agritrace.Held {
			t.Errorf("%s is %s", id, w.status(id))
		}
		w.market.Must("Release", m{"batchId": id, "reason": "核查完毕"})
	}
	w.platform.Refused(agritrace.NotHolder, "Resume", m{"batchId": one, "subject": farm})
	if r := w.retail.Must("Resume", m{"batchId": one, "subject": shop}); r.Status != agritrace.Delivered {
		t.Errorf("the received batch resumes as %s", r.Status)
	}
	if r := w.platform.Must("Resume", m{"batchId": two, "subject": farm}); r.Status != agritrace.Harvested || w.batch(two).Holder != farm {
		t.Errorf("the rejected batch resumes as %s at %s", r.Status, w.batch(two).Holder)
	}
}

func TestWhatIsMadeOfUncertifiedGoodsIsNotCertified(t *testing.T) {
	w := newWorld(t)
	good, bare := w.marketed(1000), w.grown(1000)
	if b := w.batch(w.split(farm, good, 100)[0]); !b.Inherited {
		t.Errorf("a lot of certified goods is %+v", b)
	}
	if b := w.batch(w.split(farm, bare, 100)[0]); b.Inherited {
		t.Errorf("a lot of uncertified goods is %+v", b)
	}
	mixed := w.id(farm)
	w.platform.Must("Transform", m{"transformId": w.id(farm), "subject": farm, "kind": "MERGE", "inputs": []m{{"batchId": good, "qtyGram": 100}, {"batchId": bare, "qtyGram": 100}},
		"outputs": []m{{"batchId": mixed, "qtyGram": 200}}, "lossGram": 0})
	if b := w.batch(mixed); b.Inherited || b.Regime != agritrace.Agriculture || len(b.Parents) != 2 {
		t.Errorf("the mixture is %+v", b)
	}
	w.platform.Refused(agritrace.CertificateNeeded, "PutOnSale", m{"batchId": mixed, "subject": farm})
}

func TestSuspendedSubjectsAndMissingLicencesStop(t *testing.T) {
	w := newWorld(t)
	id := w.marketed(1000)
	w.registrar.Must("SuspendSubject", m{"subjectCode": farm, "reason": "抽检不合格"})
	w.platform.Refused(agritrace.SubjectInactive, "PutOnSale", m{"batchId": id, "subject": farm})
	w.registrar.Must("ResumeSubject", m{"subjectCode": farm, "reason": "整改完毕"})
	w.platform.Must("PutOnSale", m{"batchId": id, "subject": farm})
	for name, in := range map[string]m{
		"a person with a name":         {"subjectCode": "P00001", "subjectType": "PERSON", "personKey": gm.HexDigest([]byte("a")), "name": "王小明", "divisionCode": "410122", "activities": []string{"GROW"}, "operator": ledgertest.DeptA},
		"a person without a key":       {"subjectCode": "P00001", "subjectType": "PERSON", "divisionCode": "410122", "activities": []string{"GROW"}, "operator": ledgertest.DeptA},
		"an organisation without USCC": {"subjectCode": "P00001", "subjectType": "NODE", "name": "市场", "divisionCode": "410122", "activities": []string{"SELL"}, "operator": ledgertest.DeptA},
	} {
		if r := w.registrar.Do("RegisterSubject", in); r.Refusal == nil || r.Refusal.Code != agritrace.SubjectIncomplete {
			t.Errorf("%s answered %+v", name, r)
		}
	}
	// The operator is the department of that organisation, not of another.
	stranger := w.app("KaifengMSP", "kf-platform", ledgertest.DeptA, agritrace.RoleProducer)
	stranger.Refused(agritrace.NotOperator, "TakeOffSale", m{"batchId": id, "subject": farm})
}
