package medical_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/medical"
	"henanchain/internal/gm"
)

func TestADrugGoesFromItsMakerToThePatientOnce(t *testing.T) {
	w := newWorld(t)
	codes := w.coded(lotV, 8)
	first, second := w.boxed(lotV, "MIDDLE", codes[:4]...), w.boxed(lotV, "MIDDLE", codes[4:]...)
	big := w.boxed(lotV, "BIG", first, second)
	w.deliver(maker, carrier, big)
	w.deliver(carrier, drugstore, first) // a middle pack out of the big one
	if p, _ := w.pack(big); !p.Opened || p.Smalls != 8 {
		t.Errorf("the big pack that one was taken out of is %+v", p)
	}
	w.carrier.Refused(medical.PackOpened, "Ship", m{"shipmentNo": w.number(carrier), "to": drugstore, "purpose": "SALE", "codes": []string{big}})
	w.carrier.Refused(medical.PackElsewhere, "Ship", m{"shipmentNo": w.number(carrier), "to": drugstore, "purpose": "SALE", "codes": []string{codes[0]}})
	w.deliver(carrier, hospital, second)

	var scan struct {
		Status, Holder, InPack, Name, Warning string
		Dispensable                           bool
	}
	if r := w.portal.Ask(&scan, "ScanDrug", m{"drugTraceCode": codes[0]}); r != nil || scan.Status != medical.Received || scan.Holder != drugstore || scan.InPack != first || !scan.Dispensable {
		t.Errorf("the small pack scans as %+v %v", scan, r)
	}
	w.drugstore.Refused(medical.PackLevel, "Dispense", m{"drugTraceCode": first})
	w.hospital.Refused(medical.PackElsewhere, "Dispense", m{"drugTraceCode": codes[0]})
	if r := w.drugstore.Must("Dispense", m{"drugTraceCode": codes[0]}); r.Status != medical.Dispensed {
		t.Fatalf("the dispensing is %s", r.Status)
	}
	if p, status := w.pack(codes[0]); status != medical.Dispensed || p.Remaining != 0 || p.FirstBy != drugstore || !p.Detached {
		t.Errorf("the dispensed pack is %s %+v", status, p)
	}
	w.drugstore.Refused(medical.PackOpened, "Ship", m{"shipmentNo": w.number(drugstore), "to": carrier, "purpose": "RETURN", "codes": []string{first}})
	w.deliver(drugstore, carrier, codes[1]) // what is left in it moves by its own code
}

func TestASecondDispensingIsRefusedAndRecorded(t *testing.T) {
	w := newWorld(t)
	code := w.stocked(lotV, drugstore, 2)[0]
	w.drugstore.Must("Dispense", m{"drugTraceCode": code})
	other := w.app("ZhengzhouMSP", "zz-other", hospital, medical.RoleDispenser)
	for n, app := range []*ledgertest.Actor{w.drugstore, other, w.clinic} {
		r := app.Must("Dispense", m{"drugTraceCode": code})
		var answer struct {
			Dispensed bool
			Suspected []string
		}
		if err := json.Unmarshal(r.Data, &answer); err != nil || answer.Dispensed || len(answer.Suspected) != 1 || r.Status != medical.Suspected {
			t.Errorf("attempt %d answered %s %s", n+2, r.Status, r.Data)
		}
		var d medical.Dispensing
		if status := w.body("dispensing", r.ID, &d); status != medical.Suspected || d.Units != 0 || d.First != drugstore || d.Was != medical.Dispensed {
			t.Errorf("the record of attempt %d is %s %+v", n+2, status, d)
		}
	}
	var count struct{ Dispensed, Suspected, Units int }
	if r := w.insurer.Ask(&count, "DispensingCount", m{"drugTraceCode": code}); r != nil || count.Dispensed != 1 || count.Suspected != 3 || count.Units != 100 {
		t.Errorf("the count is %+v %v", count, r)
	}
	w.insurer.Must("ConfirmResale", m{"dispensingId": medical.DispensingID(code, 2), "remark": "二次销售"})
	w.insurer.Refused("STATE_FORBIDS", "DismissResale", m{"dispensingId": medical.DispensingID(code, 1), "remark": "误报"})
	// A pack that came back is not sold again either.
	w.clinic.Refused(medical.PackElsewhere, "ReturnPack", m{"drugTraceCode": code, "reason": "退药"})
	w.drugstore.Must("ReturnPack", m{"drugTraceCode": code, "reason": "退药"})
	if r := w.drugstore.Must("Dispense", m{"drugTraceCode": code}); r.Status != medical.Suspected {
		t.Errorf("dispensing a returned pack answered %s", r.Status)
	}
	w.drugstore.Must("DestroyPack", m{"drugTraceCode": code, "reason": "退药", "evidence": gm.HexDigest([]byte("销毁"))})
	if r := w.drugstore.Must("Dispense", m{"drugTraceCode": code}); r.Status != medical.Suspected {
		t.Errorf("dispensing a destroyed pack answered %s", r.Status)
	}
}

func TestTwoDispensingsInOneTransactionAreOne(t *testing.T) {
	w := newWorld(t)
	code := w.stocked(lotV, drugstore, 1)[0]
	op := ledgertest.Op{Name: "Dispense", In: m{"drugTraceCode": code}}
	r := w.drugstore.Apply(op, op, op)
	if r[0].Status != medical.Dispensed || r[1].Status != medical.Suspected || r[2].Status != medical.Suspected || r[1].ID == r[2].ID {
		t.Errorf("three at once answered %+v", r)
	}
}

func TestASplitPackIsDispensedToItsLastUnitAndNoFurther(t *testing.T) {
	w := newWorld(t)
	code := w.stocked(lotV, drugstore, 1)[0]
	w.drugstore.Must("Dispense", m{"drugTraceCode": code, "units": 30})
	w.drugstore.Refused(medical.PackOpened, "Dispense", m{"drugTraceCode": code})
	w.drugstore.Refused(medical.PackOpened, "Ship", m{"shipmentNo": w.number(drugstore), "to": carrier, "purpose": "RETURN", "codes": []string{code}})
	w.drugstore.Refused(medical.RemainderShort, "Dispense", m{"drugTraceCode": code, "units": 71})
	w.drugstore.Must("Dispense", m{"drugTraceCode": code, "units": 69})
	if p, status := w.pack(code); status != medical.Received || p.Remaining != 1 {
		t.Errorf("with one left the pack is %s %+v", status, p)
	}
	w.drugstore.Must("Dispense", m{"drugTraceCode": code, "units": 1})
	if r := w.drugstore.Must("Dispense", m{"drugTraceCode": code, "units": 1}); r.Status != medical.Suspected {
		t.Errorf("one unit more answered %s", r.Status)
	}
}

func TestAPrescriptionIsReviewedAndDispensedOnce(t *testing.T) {
	w := newWorld(t)
	codes := w.stocked(lotA, hospital, 4)
	w.hospital.Refused(medical.RxRequired, "Dispense", m{"drugTraceCode": codes[0]})
	if p, status := w.pack(codes[0]); status != medical.Packed || p.Attempts != 0 {
		t.Errorf("a refused dispensing left %s %+v", status, p)
	}
	id := w.number(hospital)
	in := m{"rxId": id, "prescriberKey": gm.HexDigest([]byte("医生")), "validUntil": w.at(time.Hour)}
	w.hospital.Refused(medical.PrivateRequired, "IssuePrescription", in)
	w.private(w.hospital, "IssuePrescription", in, m{"patientKey": patientKey, "items": []m{{"nationalCode": antibiotic, "units": 30}}, "diagnosis": "J06.9"})
	dispense := func(packs ...m) m { return m{"rxId": id, "packs": packs} }
	w.hospital.Refused("STATE_FORBIDS", "DispensePrescription", dispense(m{"drugTraceCode": codes[0]}))
	w.hospital.Refused(medical.RxReviewer, "ReviewPrescription", m{"rxId": id, "reviewerKey": gm.HexDigest([]byte("医生")), "approved": true})
	w.hospital.Must("ReviewPrescription", m{"rxId": id, "reviewerKey": gm.HexDigest([]byte("药师")), "approved": true})
	w.hospital.Refused(medical.RxMismatch, "DispensePrescription", dispense(m{"drugTraceCode": codes[0]}, m{"drugTraceCode": codes[1]}))
	w.hospital.Refused(medical.RxMismatch, "DispensePrescription", dispense(m{"drugTraceCode": w.stocked(lotV, hospital, 1)[0]}))
	w.hospital.Refused(medical.PackElsewhere, "DispensePrescription", dispense(m{"drugTraceCode": codes[0]}, m{"drugTraceCode": codes[0]}))
	if r := w.hospital.Must("DispensePrescription", dispense(m{"drugTraceCode": codes[0]}, m{"drugTraceCode": codes[1], "units": 6})); r.Status != medical.Dispensed {
		t.Fatalf("the prescription is %s: %s", r.Status, r.Data)
	}
	w.hospital.Refused("STATE_FORBIDS", "DispensePrescription", dispense(m{"drugTraceCode": codes[2]}))

	again := w.prescribed(48)
	r := w.hospital.Must("DispensePrescription", m{"rxId": again, "packs": []m{{"drugTraceCode": codes[2]}, {"drugTraceCode": codes[0]}}})
	if r.Status != medical.Reviewed || !strings.Contains(string(r.Data), codes[0]) {
		t.Errorf("with a pack that was dispensed before: %s %s", r.Status, r.Data)
	}
	if p, _ := w.pack(codes[2]); p.Remaining != 24 {
		t.Errorf("a good pack beside it was dispensed: %+v", p)
	}
	w.later(73 * time.Hour)
	w.hospital.Refused(medical.RxExpired, "DispensePrescription", m{"rxId": again, "packs": []m{{"drugTraceCode": codes[2]}}})
	for key, value := range w.l.Public() {
		if strings.Contains(string(value), "J06.9") || strings.HasPrefix(key, "prescription/") && strings.Contains(string(value), patientKey) {
			t.Errorf("%s shows what was prescribed to whom: %s", key, value)
		}
	}
	w.hospital.Must("PurgePrescription", m{"id": id, "reason": "保存期限届满"})
	if v := w.l.PrivateValue("restricted", "prescription/"+id); v != nil {
		t.Errorf("the purged half is %s", v)
	}
}

func TestOnlyShippedCodesAreReceived(t *testing.T) {
	w := newWorld(t)
	codes := w.coded(lotV, 6)
	var boxes []string
	for i := range 3 {
		boxes = append(boxes, w.boxed(lotV, "MIDDLE", codes[2*i:2*i+2]...))
	}
	no := w.number(maker)
	w.maker.Refused(medical.NumberForeign, "Ship", m{"shipmentNo": w.number(carrier), "to": carrier, "purpose": "SALE", "codes": boxes})
	w.maker.Must("Ship", m{"shipmentNo": no, "to": carrier, "purpose": "SALE", "codes": boxes})
	w.drugstore.Refused(medical.ShipmentInvalid, "Receive", m{"shipmentNo": no, "codes": boxes})
	w.carrier.Refused(medical.ReceiptMismatch, "Receive", m{"shipmentNo": no, "codes": boxes[:2]})
	w.carrier.Refused(medical.ReceiptMismatch, "Receive", m{"shipmentNo": no, "codes": append([]string{codes[0]}, boxes...)})
	w.carrier.Refused("STATE_FORBIDS", "TakeBack", m{"shipmentNo": no, "codes": boxes[:1], "note": "无"})
	w.carrier.Must("DisputeShipment", m{"shipmentNo": no, "missing": boxes[2:], "note": "少一中盒"})
	w.carrier.Refused("NOT_OWNER", "TakeBack", m{"shipmentNo": no, "codes": boxes[2:], "note": "漏发"})
	w.maker.Refused(medical.ShipmentInvalid, "TakeBack", m{"shipmentNo": no, "codes": boxes, "note": "漏发"})
	w.maker.Must("TakeBack", m{"shipmentNo": no, "codes": boxes[2:], "note": "漏发"})
	w.carrier.Must("Receive", m{"shipmentNo": no, "codes": []string{boxes[1], boxes[0]}})
	var s medical.Shipment
	if status := w.body("shipment", no, &s); status != medical.Received || s.Smalls != 4 || len(s.TakenOut) != 1 {
		t.Errorf("the shipment is %s %+v", status, s)
	}
	if _, status := w.pack(boxes[2]); status != medical.Packed {
		t.Errorf("what was taken back is %s", status)
	}
	w.deliver(maker, carrier, boxes[2])
	back := w.number(carrier)
	w.carrier.Must("Ship", m{"shipmentNo": back, "to": drugstore, "purpose": "SALE", "codes": boxes[:1]})
	w.drugstore.Must("RejectShipment", m{"shipmentNo": back, "note": "包装破损"})
	if p, status := w.pack(boxes[0]); status != medical.Received || p.Holder != carrier {
		t.Errorf("what was rejected is %s at %s", status, p.Holder)
	}
}

func TestTraceCodesAndPacksFitTheirDrugAndLevel(t *testing.T) {
	w := newWorld(t)
	codes := w.coded(lotV, 3)
	foreign := w.coded(lotA, 1)
	pack := func(parent, level string, children ...string) m {
		return m{"parentCode": parent, "level": level, "lotId": lotV, "children": children}
	}
	w.maker.Refused("RECORD_EXISTS", "RegisterPacks", m{"lotId": lotV, "codes": codes[:1]})
	w.maker.Refused(medical.CodeForeign, "RegisterPacks", m{"lotId": lotV, "codes": []string{"89999990000000000001"}})
	w.maker.Must("RegisterPacks", m{"lotId": lotA, "codes": []string{"(01)06900000000014(21)S1"}})
	w.carrier.Refused("ROLE_REQUIRED", "RegisterPacks", m{"lotId": lotV, "codes": []string{w.code(lotV)}})
	w.maker.Refused(medical.DrugMismatch, "Pack", pack(w.code(lotV), "MIDDLE", codes[0], foreign[0]))
	w.maker.Refused(medical.CodeForeign, "Pack", pack(w.code(lotA), "MIDDLE", codes[0]))
	middle := w.boxed(lotV, "MIDDLE", codes[0])
	w.maker.Refused(medical.PackLevel, "Pack", pack(w.code(lotV), "MIDDLE", middle))
	w.maker.Refused("RECORD_EXISTS", "Pack", pack(middle, "BIG", codes[1]))
	w.carrier.Refused(medical.PackElsewhere, "Pack", pack(w.code(lotV), "MIDDLE", codes[1]))
	w.fda.Refused(medical.IdentTaken, "RegisterDrug", m{"nationalCode": "86900999001234", "name": "药", "approvalNo": "国药准字H20230003", "mahUscc": maker, "identCodes": []string{"8100001"}, "spec": "1", "unit": "片", "unitsPerPack": 1, "prescriptionOnly": false})
	w.fda.Must("WithdrawDrug", m{"nationalCode": vitamin, "reason": "注销"})
	w.maker.Refused(medical.DrugMismatch, "RegisterLot", m{"lotId": vitamin + ".2", "producedOn": "20260101", "expiresOn": "20260601"})
	w.maker.Refused(medical.DateInvalid, "RegisterLot", m{"lotId": antibiotic + ".2", "producedOn": "20260401", "expiresOn": "20260601"})
	w.health.Must("SuspendInstitution", m{"uscc": maker, "reason": "停产"})
	w.maker.Refused(medical.InstitutionRequired, "RegisterPacks", m{"lotId": lotV, "codes": []string{w.code(lotV)}})
}

func TestARecalledLotIsNotifiedInTimeAndGoesBackOnly(t *testing.T) {
	for class, days := range map[string]int{"1": 1, "2": 3, "3": 7} {
		w := newWorld(t)
		codes := w.stocked(lotV, drugstore, 4)
		w.carrier.Refused("ROLE_REQUIRED", "StartRecall", m{"recallId": "YZ-1", "lotIds": []string{lotV}, "class": class, "reason": "含量不符"})
		w.maker.Must("StartRecall", m{"recallId": "YZ-1", "lotIds": []string{lotV}, "class": class, "reason": "含量不符"})
		var r medical.Recall
		w.body("recall", "YZ-1", &r)
		if due, err := time.Parse(time.RFC3339, r.NotifyBy); err != nil || due.Sub(w.l.Now.Add(-time.Second)) != time.Duration(days)*24*time.Hour {
			t.Errorf("class %s is notified by %s", class, r.NotifyBy)
		}
		w.drugstore.Refused(medical.LotRecalled, "Dispense", m{"drugTraceCode": codes[0]})
		w.drugstore.Refused(medical.LotRecalled, "Ship", m{"shipmentNo": w.number(drugstore), "to": clinic, "purpose": "SALE", "codes": codes[:1]})
		w.drugstore.Refused(medical.LotRecalled, "Ship", m{"shipmentNo": w.number(drugstore), "to": carrier, "purpose": "RETURN", "codes": codes[:1]})
		w.drugstore.Must("Ship", m{"shipmentNo": w.number(drugstore), "to": maker, "purpose": "RETURN", "codes": codes[:1]})
		w.fda.Refused(medical.RecallUnfinished, "CloseRecall", m{"recallId": "YZ-1", "report": "完成"})
		w.maker.Must("NotifyRecall", m{"recallId": "YZ-1", "notified": []string{drugstore}})
		w.maker.Refused(medical.RecallNoticed, "NotifyRecall", m{"recallId": "YZ-1", "notified": []string{drugstore}})
		w.drugstore.Must("AcknowledgeRecall", m{"recallId": "YZ-1"})
		w.later(time.Duration(days)*24*time.Hour + time.Minute)
		w.maker.Must("NotifyRecall", m{"recallId": "YZ-1", "notified": []string{hospital}})
		var p struct{ Notified, Late, Acknowledged int }
		if r := w.portal.Ask(&p, "RecallProgress", m{"recallId": "YZ-1"}); r != nil || p.Notified != 2 || p.Late != 1 || p.Acknowledged != 1 {
			t.Errorf("the progress of class %s is %+v %v", class, p, r)
		}
		w.drugstore.Must("RecallPack", m{"drugTraceCode": codes[1], "reason": "下架"})
		if r := w.drugstore.Must("Dispense", m{"drugTraceCode": codes[1]}); r.Status != medical.Suspected {
			t.Errorf("dispensing a collected pack answered %s", r.Status)
		}
		w.drugstore.Must("DestroyPack", m{"drugTraceCode": codes[1], "reason": "销毁", "evidence": gm.HexDigest([]byte("销毁"))})
		w.fda.Must("CloseRecall", m{"recallId": "YZ-1", "report": "完成"})
	}
}

func TestTheDeadlinesOfARecallAreASetting(t *testing.T) {
	w := newWorld(t)
	w.fda.Must("SetRecallRules", m{"settingId": "recall", "class1Days": 2, "class2Days": 4, "class3Days": 8})
	w.fda.Must("StartRecall", m{"recallId": "YZ-1", "lotIds": []string{lotV, lotA}, "class": "1", "reason": "含量不符"})
	var r medical.Recall
	w.body("recall", "YZ-1", &r)
	if due, err := time.Parse(time.RFC3339, r.NotifyBy); err != nil || due.Sub(w.l.Now.Add(-time.Second)) != 48*time.Hour || !r.Ordered {
		t.Errorf("the recall is %+v", r)
	}
}

func TestAnExpiredLotIsNotDispensed(t *testing.T) {
	w := newWorld(t)
	codes := w.stocked(lotV, drugstore, 2)
	w.drugstore.Refused(medical.PackElsewhere, "DestroyPack", m{"drugTraceCode": codes[0], "reason": "无", "evidence": gm.HexDigest([]byte("销毁"))})
	w.l.Now = time.Date(2026, 6, 1, 15, 59, 58, 0, time.UTC) // the last second but one of the last day in China
	w.drugstore.Must("Dispense", m{"drugTraceCode": codes[0], "units": 1})
	w.l.Now = time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)
	w.drugstore.Refused(medical.LotExpired, "Dispense", m{"drugTraceCode": codes[1]})
	var scan struct{ Expired, Dispensable bool }
	if r := w.portal.Ask(&scan, "ScanDrug", m{"drugTraceCode": codes[1]}); r != nil || !scan.Expired || scan.Dispensable {
		t.Errorf("the expired pack scans as %+v %v", scan, r)
	}
	w.drugstore.Must("DestroyPack", m{"drugTraceCode": codes[1], "reason": "过期", "evidence": gm.HexDigest([]byte("销毁"))})
}
