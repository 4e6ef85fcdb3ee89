package agritrace_test

import (
	"encoding/json"
	"strings"
	"testing"

	"henanchain/chaincode/agritrace"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
)

func TestGarlicGoesFromTheFieldToTheShopAndAConsumerSeesItAll(t *testing.T) {
	w := newWorld(t)
	id := farm + ".20260301-01"
	w.platform.Must("RegisterBatch", m{"batchId": id, "subject": farm, "category": "PLANT", "productCode": "A0203", "productName": "大蒜", "origin": "410122100", "plannedGram": 5_000_000})
	w.platform.Must("StartGrowing", m{"batchId": id, "subject": farm})
	w.platform.Must("RecordInput", m{"batchId": id, "subject": farm, "name": "示例杀菌剂", "kind": "PESTICIDE", "appliedOn": "20260301", "withdrawalDays": 7})
	w.platform.Refused(agritrace.Withdrawal, "Harvest", m{"batchId": id, "subject": farm, "qtyGram": 4_800_000})
	w.days(6)
	w.platform.Must("Harvest", m{"batchId": id, "subject": farm, "qtyGram": 4_800_000})
	if r := w.test(id, "0.004"); r.Status != agritrace.Pass || w.status(id) != agritrace.Tested {
		t.Errorf("a passed test answered %+v, the batch is %s", r, w.status(id))
	}
	fine, rest := w.id(farm), w.id(farm)
	w.platform.Must("Transform", m{"transformId": w.id(farm), "subject": farm, "kind": "PRIMARY", "inputs": []m{{"batchId": id, "qtyGram": 4_800_000}},
		"outputs": []m{{"batchId": fine, "qtyGram": 2_900_000, "spec": "精选"}, {"batchId": rest, "qtyGram": 1_800_000, "spec": "统货"}}, "lossGram": 100_000, "lossReason": "去根去皮"})
	w.certify(fine)
	codes := w.codes(3)
	w.platform.Must("Pack", m{"batchId": fine, "subject": farm, "gtin": "6900000000014", "netGram": 500_000, "codes": codes, "expiresOn": "20261231"})
	w.accept(fine, farm)
	w.move(w.platform, farm, w.retail, shop, fine)
	w.retail.Must("ScanIn", m{"batchId": fine, "subject": shop, "position": "A-03"})
	w.retail.Must("ScanOut", m{"batchId": fine, "subject": shop})
	w.retail.Must("PutOnSale", m{"batchId": fine, "subject": shop})
	w.retail.Must("Sell", m{"batchId": fine, "subject": shop, "codes": codes[:1], "qtyGram": 400_000})
	w.retail.Must("RecordLoss", m{"batchId": fine, "subject": shop, "qtyGram": 1_000_000, "reason": "腐损"})
	r := w.retail.Must("Sell", m{"batchId": fine, "subject": shop, "codes": codes[1:]})
	if r.Status != agritrace.Sold {
		t.Errorf("with nothing left the batch is %s", r.Status)
	}

	w.scanner.Must("ScanCode", m{"traceCode": codes[0], "division": "410105"})
	var scan struct {
		ProductName, BatchStatus, CodeStatus, ComplianceNo string
		Sources                                            []struct{ Producer, Origin string }
		Way                                                []struct{ Name, Division string }
		Tests                                              []struct{ Result, CMANo string }
		Scans                                              struct{ Count int }
		AllSources, Recalled                               bool
	}
	label := codes[0] + "(10)L01(17)261231" // as the label says it, with lot and date
	w.scanner.Must("ScanCode", m{"traceCode": label})
	if r := w.scanner.Ask(&scan, "PublicScan", m{"traceCode": label}); r != nil {
		t.Fatal(r)
	}
	if scan.ProductName != "大蒜" || scan.CodeStatus != agritrace.Sold || scan.ComplianceNo == "" || len(scan.Sources) != 2 || scan.Sources[1].Origin != "410122100" || !scan.AllSources ||
		len(scan.Way) != 3 || scan.Way[2].Name != "郑州示例超市" || len(scan.Tests) != 1 || scan.Tests[0].CMANo != "231600340001" || scan.Scans.Count != 2 || scan.Recalled {
		t.Errorf("the scan shows %+v", scan)
	}
	var balance struct {
		Balanced       bool
		DifferenceGram int64
		Uses           []struct{ LossGram int64 }
	}
	if r := w.scanner.Ask(&balance, "MassBalance", m{"batchId": id}); r != nil || !balance.Balanced || len(balance.Uses) != 1 || balance.Uses[0].LossGram != 100_000 {
		t.Errorf("the mass balance is %+v %v", balance, r)
	}
}

func TestPigsAreSlaughteredOnceWithAQuarantineCertificate(t *testing.T) {
	w := newWorld(t)
	tags := []string{"141012200000001", "141012200000002"}
	id := w.id(pigman)
	w.platform.Must("RegisterBatch", m{"batchId": id, "subject": pigman, "category": "LIVESTOCK", "productCode": "C0101", "productName": "生猪", "origin": "410122", "plannedGram": 200_000, "earTags": tags})
	w.platform.Must("StartGrowing", m{"batchId": id, "subject": pigman})
	w.platform.Must("Harvest", m{"batchId": id, "subject": pigman, "qtyGram": 200_000})
	w.platform.Refused(agritrace.CertificateNeeded, "Ship", m{"shipmentNo": w.id(pigman), "subject": pigman, "to": abattoir, "batches": []string{id}})
	w.vet.Refused(agritrace.CertificateWrong, "IssueQuarantine", m{"quarantineNo": "4101220099", "kind": "PRODUCT_A", "batchId": id, "vetKey": gm.HexDigest([]byte("兽医")), "validTo": "20260401"})
	w.quarantine(id, "ANIMAL_B", "20260305")
	w.move(w.platform, pigman, w.platform, abattoir, id)

	slaughter := func(tags ...string) m {
		return m{"transformId": w.id(abattoir), "subject": abattoir, "kind": "SLAUGHTER", "inputs": []m{{"batchId": id, "qtyGram": 100_000}},
			"outputs": []m{{"batchId": w.id(abattoir), "qtyGram": 70_000, "productCode": "C0201", "productName": "白条猪肉"}}, "lossGram": 30_000, "lossReason": "血、毛、内脏", "earTags": tags}
	}
	w.platform.Refused(agritrace.EarTagUnknown, "Transform", slaughter("141012200000003"))
	w.platform.Refused(agritrace.TransformInvalid, "Transform", slaughter())
	first := slaughter(tags[0])
	w.platform.Must("Transform", first)
	w.platform.Refused(agritrace.EarTagUsed, "Transform", slaughter(tags[0]))
	w.platform.Refused(agritrace.EarTagUsed, "Transform", slaughter(tags[1], tags[0]))
	w.days(10)
	w.platform.Refused(agritrace.CertificateNeeded, "Transform", slaughter(tags[1]))

	meat := first["outputs"].([]m)[0]["batchId"].(string)
	if b := w.batch(meat); b.Category != agritrace.AnimalProduct || b.Inherited || b.Regime != agritrace.Agriculture {
		t.Errorf("the meat is %+v", b)
	}
	w.platform.Refused(agritrace.CertificateNeeded, "OfferHandover", m{"batchId": meat, "subject": abattoir, "market": shop})
	no := w.quarantine(meat, "PRODUCT_B", "20260401")
	w.accept(meat, abattoir)
	w.vet.Must("RevokeQuarantine", m{"certificateNo": no, "reason": "票证不符"})
	if w.status(meat) != agritrace.Held {
		t.Errorf("a batch whose certificate was revoked is %s", w.status(meat))
	}
}

// Two batches that both claim an animal cannot both have it slaughtered.
func TestAnEarTagInTwoBatchesIsSlaughteredOnce(t *testing.T) {
	w := newWorld(t)
	tag := "141012200000007"
	one, two := w.pigs(tag), w.pigs(tag)
	ops := []ledgertest.Op{}
	for _, id := range []string{one, two} {
		ops = append(ops, ledgertest.Op{Name: "Transform", In: m{"transformId": w.id(abattoir), "subject": abattoir, "kind": "SLAUGHTER", "inputs": []m{{"batchId": id, "qtyGram": 100_000}},
			"outputs": []m{{"batchId": w.id(abattoir), "qtyGram": 100_000}}, "lossGram": 0, "earTags": []string{tag}}})
	}
	r := w.platform.Apply(ops...)
	if r[0].Refusal != nil || r[1].Refusal == nil || r[1].Refusal.Code != agritrace.EarTagUsed {
		t.Errorf("the same tag in one transaction answered %v and %v", r[0].Refusal, r[1].Refusal)
	}
}

func TestTheZhengzhouColdChain(t *testing.T) {
	w := newWorld(t)
	report := m{"reportNo": shop + ".R1", "subject": shop, "productCode": "B0301", "productName": "冻去骨牛肉", "country": "BRA", "qtyGram": 20_000_000, "cold": m{"minDeci": -250, "maxDeci": -180},
		"customsNo": "460120261000000001", "entryNo": "126000000000001", "expiresOn": "20271231", "plate": "豫A12345", "firstStation": station, "expectedAt": "2026-03-02T12:00:00Z"}
	w.retail.Refused(agritrace.DateInvalid, "PreReport", report)
	report["expectedAt"] = "2026-03-05T00:00:00Z"
	w.retail.Must("PreReport", report)
	first := m{"reportNo": shop + ".R1", "subject": station, "batchId": station + ".B1", "traceCode": "1000369300818812345678"}
	w.retail.Refused("STATE_FORBIDS", "AssignFirstCode", first)
	arrive := m{"reportNo": shop + ".R1", "subject": station, "qtyGram": 20_000_001, "checkHash": gm.HexDigest([]byte("消毒"))}
	w.retail.Refused(agritrace.ReportInvalid, "Arrive", arrive)
	arrive["qtyGram"] = 19_900_000
	w.retail.Refused(agritrace.ReportInvalid, "Arrive", arrive)
	arrive["difference"] = "破损一件"
	w.retail.Must("Arrive", arrive)
	w.retail.Must("AssignFirstCode", first)
	id := station + ".B1"
	w.retail.Must("ScanIn", m{"batchId": id, "subject": station})
	w.retail.Refused(agritrace.NotScannedOut, "Ship", m{"shipmentNo": w.id(station), "subject": station, "to": shop, "plate": "豫A12345", "batches": []string{id}})
	w.retail.Refused("STATE_FORBIDS", "ScanIn", m{"batchId": id, "subject": station})
	w.retail.Must("ScanOut", m{"batchId": id, "subject": station})
	w.retail.Refused("STATE_FORBIDS", "ScanOut", m{"batchId": id, "subject": station})
	w.retail.Refused(agritrace.ShipmentInvalid, "Ship", m{"shipmentNo": w.id(station), "subject": station, "to": shop, "batches": []string{id}})
	no := w.move(w.retail, station, w.retail, shop, id)
	log := m{"subject": station, "shipment": no, "deviceId": "TH-1", "from": "2026-03-02T00:00:00Z", "to": "2026-03-02T01:00:00Z", "minDeci": -200, "maxDeci": -185, "samples": 60, "logHash": gm.HexDigest([]byte("温度"))}
	if r := w.retail.Must("RecordTemperature", log); r.Status != agritrace.Normal {
		t.Errorf("a log within the range is %s", r.Status)
	}
	w.retail.Refused("RECORD_EXISTS", "RecordTemperature", log)
	log["deviceId"], log["maxDeci"] = "TH-2", -120
	r := w.retail.Must("RecordTemperature", log)
	if r.Status != agritrace.Alert || w.batch(id).Alerts != 1 {
		t.Errorf("a log out of the range is %s, and the batch counts %d alerts", r.Status, w.batch(id).Alerts)
	}
	w.market.Must("HandleAlert", m{"logId": r.ID, "handling": "抽检合格，准予销售"})
	w.retail.Must("PutOnSale", m{"batchId": id, "subject": shop})
	w.retail.Must("Sell", m{"batchId": id, "subject": shop, "qtyGram": 1000})
	var scan struct {
		Sources    []struct{ Country string }
		ColdAlerts int
		Way        []struct{ Name string }
	}
	if r := w.scanner.Ask(&scan, "PublicScan", m{"traceCode": "1000369300818812345678"}); r != nil || scan.Sources[0].Country != "BRA" || scan.ColdAlerts != 1 || len(scan.Way) != 2 {
		t.Errorf("the one code to the end shows %+v %v", scan, r)
	}
}

func TestNothingPersonalIsPublic(t *testing.T) {
	w := newWorld(t)
	id := w.pigs("141012200000001")
	code := w.id(abattoir)
	_ = code
	for key, value := range w.l.Public() {
		for _, secret := range []string{"王小明", "410105190001010010", "13800000000"} {
			if strings.Contains(string(value), secret) {
				t.Errorf("%s shows %s", key, secret)
			}
		}
	}
	var answer json.RawMessage
	if r := w.scanner.Ask(&answer, "BackwardTrace", m{"batchId": id}); r != nil || strings.Contains(string(answer), "王小明") {
		t.Errorf("the trace answers %s %v", answer, r)
	}
	if v := string(w.l.PrivateValue("restricted", "subject/"+pigman)); !strings.Contains(v, "王小明") {
		t.Errorf("the private half is %s", v)
	}
	w.registrar.Must("CancelSubject", m{"subjectCode": pigman, "reason": "退出"})
	w.registrar.Must("PurgeSubject", m{"id": pigman, "reason": "保存期限届满"})
	if v := w.l.PrivateValue("restricted", "subject/"+pigman); v != nil {
		t.Errorf("the purged private half is %s", v)
	}
}
