//go:build e2e

package ledgers

import (
	"fmt"
	"testing"
	"time"

	"henanchain/gateway/client"
)

// The resident of the story, the physicians and the pharmacist are invented.
var (
	resident   = person{"陈示例", "410105190404040038"}
	physician  = subject("999", "YS-0001")
	colleague  = subject("999", "YS-0002")
	pharmacist = subject("999", "YAO-0001")
)

const (
	residentEHR = "41010500100112345"
	diagnosis   = "J06.901"
	antibiotic  = "86900001000019"
)

// care is the story's authorities and institutions at work.
type care struct {
	authority, maker, hospital, clinic *client.Client
	lot                                string
}

func TestADrugIsDispensedOnceAndADocumentSeenWithConsent(t *testing.T) {
	c := &care{system(t, "province-drugs"), system(t, "zhengzhou-pharma"), system(t, "zhengzhou-hospital"), system(t, "zhengzhou-clinic"), antibiotic + ".B" + run}
	c.register(t)
	c.supply(t)
	c.prescribe(t)
	c.recall(t)
	document := c.file(t)
	c.consent(t, document)
	c.emergency(t, document)
	done(t)(c.hospital.Do(t.Context(), city, "medical", "documents", document, "amend", fields{"authorKey": physician, "fileHash": hash("影像报告（修订）"), "storageUri": "cda://zzyy/" + run + "-2", "reason": "补充诊断意见"}))
}

func (c *care) do(t *testing.T, by *client.Client, collection, id, verb string, in fields) *client.Acknowledgement {
	t.Helper()
	return done(t)(by.Do(t.Context(), city, "medical", collection, id, verb, in))
}

func (c *care) create(t *testing.T, by *client.Client, collection string, in fields) *client.Acknowledgement {
	t.Helper()
	return done(t)(by.Create(t.Context(), city, "medical", collection, in))
}

// register enters who takes part, and the drug: other runs on the same network
// may have done so.
func (c *care) register(t *testing.T) {
	t.Helper()
	for system, kinds := range map[string][]string{"zhengzhou-pharma": {"MAH", "DISTRIBUTOR"}, "zhengzhou-hospital": {"HOSPITAL", "PHARMACY"}, "zhengzhou-clinic": {"HOSPITAL", "PHARMACY"}} {
		there(t)(c.authority.Create(t.Context(), city, "medical", "institutions", fields{"uscc": net.Dept(system), "name": "郑州示例机构", "kinds": kinds, "enrolledBy": "ZhengzhouMSP",
			"divisionCode": "410100", "licenceNo": "XK-0001", "licenceValidTo": "20351231"}))
	}
	there(t)(c.authority.Create(t.Context(), city, "medical", "drugs", fields{"nationalCode": antibiotic, "name": "示例阿莫西林胶囊", "approvalNo": "国药准字H20230001", "mahUscc": net.Dept("zhengzhou-pharma"),
		"identCodes": []string{"8100001"}, "spec": "0.25g*24粒", "unit": "粒", "unitsPerPack": 24, "prescriptionOnly": true}))
}

// pack is the trace code of a pack of this run.
func pack(n int) string { return fmt.Sprintf("8100001%s%05d", run[6:], n) }

// supply brings four packs in a case from their maker to the hospital.
func (c *care) supply(t *testing.T) {
	t.Helper()
	c.create(t, c.maker, "lots", fields{"lotId": c.lot, "producedOn": "20260101", "expiresOn": "20351231"})
	packs := []string{pack(1), pack(2), pack(3), pack(4)}
	c.do(t, c.maker, "lots", c.lot, "packs", fields{"codes": packs})
	c.create(t, c.maker, "packs", fields{"parentCode": pack(900), "level": "MIDDLE", "lotId": c.lot, "children": packs})
	shipment := net.Dept("zhengzhou-pharma") + ".F-" + run
	c.create(t, c.maker, "shipments", fields{"shipmentNo": shipment, "to": net.Dept("zhengzhou-hospital"), "purpose": "SALE", "codes": []string{pack(900)}})
	refused(t, "RECEIPT_MISMATCH")(c.hospital.Do(t.Context(), city, "medical", "shipments", shipment, "receive", fields{"codes": []string{pack(900), pack(1)}}))
	c.do(t, c.hospital, "shipments", shipment, "receive", fields{"codes": []string{pack(900)}})
}

// prescribe dispenses against a prescription, once.
func (c *care) prescribe(t *testing.T) {
	t.Helper()
	rx := func(n string) string { return net.Dept("zhengzhou-hospital") + ".RX-" + run + n }
	issue := func(n string) {
		c.create(t, c.hospital, "prescriptions", fields{"rxId": rx(n), "prescriberKey": physician, "validUntil": "2035-01-01T00:00:00Z",
			"private": fields{"patientKey": resident.key(), "items": []fields{{"nationalCode": antibiotic, "units": 24, "usage": "一次2粒，一日3次"}}, "diagnosis": diagnosis}})
		refused(t, "PRESCRIPTION_REVIEWER")(c.hospital.Do(t.Context(), city, "medical", "prescriptions", rx(n), "review", fields{"reviewerKey": physician, "approved": true}))
		c.do(t, c.hospital, "prescriptions", rx(n), "review", fields{"reviewerKey": pharmacist, "approved": true})
	}
	packs := func(n int) fields { return fields{"packs": []fields{{"drugTraceCode": pack(n)}}} }
	issue("1")
	if a := c.do(t, c.hospital, "prescriptions", rx("1"), "dispense", packs(1)); a.Status != "DISPENSED" {
		t.Errorf("the prescription is %s", a.Status)
	}
	refused(t, "STATE_FORBIDS")(c.hospital.Do(t.Context(), city, "medical", "prescriptions", rx("1"), "dispense", packs(2)))
	issue("2")
	if a := c.do(t, c.hospital, "prescriptions", rx("2"), "dispense", packs(1)); a.Status != "REVIEWED" {
		t.Errorf("with a pack that was dispensed before the prescription is %s", a.Status)
	}
	count := ask[struct{ Dispensed, Suspected int }](t, c.authority, "medical", "dispensing-count", fields{"drugTraceCode": pack(1)})
	if count.Dispensed != 1 || count.Suspected != 1 {
		t.Errorf("the pack was dispensed %+v", count)
	}
	c.do(t, c.authority, "dispensings", pack(1)+".2", "confirm", fields{"remark": "二次销售"})
	c.do(t, c.hospital, "prescriptions", rx("1"), "purge", fields{"reason": "演示结束"})
}

// recall takes the lot off the market.
func (c *care) recall(t *testing.T) {
	t.Helper()
	id := "ZH-" + run
	c.create(t, c.maker, "recalls", fields{"recallId": id, "lotIds": []string{c.lot}, "class": "1", "reason": "含量不符合规定"})
	refused(t, "LOT_RECALLED")(c.hospital.Create(t.Context(), city, "medical", "shipments", fields{"shipmentNo": net.Dept("zhengzhou-hospital") + ".F-" + run,
		"to": net.Dept("zhengzhou-clinic"), "purpose": "SALE", "codes": []string{pack(2)}}))
	c.do(t, c.maker, "recalls", id, "notify", fields{"notified": []string{net.Dept("zhengzhou-hospital")}})
	c.do(t, c.hospital, "recalls", id, "acknowledge", fields{})
	c.do(t, c.hospital, "packs", pack(2), "recall", fields{"reason": "召回下架"})
	c.do(t, c.hospital, "packs", pack(2), "destroy", fields{"reason": "召回销毁", "evidence": hash("销毁记录")})
	if p := ask[struct{ Notified, Late, Acknowledged int }](t, c.clinic, "medical", "recall-progress", fields{"recallId": id}); p.Notified != 1 || p.Late != 0 || p.Acknowledged != 1 {
		t.Errorf("the recall's progress is %+v", p)
	}
	c.do(t, c.authority, "recalls", id, "close", fields{"report": "召回完成"})
}

// file opens the resident's health record and signs a document.
func (c *care) file(t *testing.T) string {
	t.Helper()
	there(t)(c.hospital.Create(t.Context(), city, "medical", "patients", fields{"patientKey": resident.key(), "division": "410105",
		"private": fields{"ehrNo": residentEHR, "name": resident.name, "idNumber": resident.number}}))
	a := c.create(t, c.hospital, "documents", fields{"documentNo": net.Dept("zhengzhou-hospital") + ".JC-" + run, "patientKey": resident.key(), "docType": "C0006", "authorKey": physician,
		"fileHash": hash("影像报告"), "storageUri": "cda://zzyy/" + run, "visitedOn": "20260301", "itemCode": "CT-01"})
	refused(t, "AUTHOR_ONLY")(c.hospital.Do(t.Context(), city, "medical", "documents", a.ID, "sign", fields{"authorKey": colleague}))
	c.do(t, c.hospital, "documents", a.ID, "sign", fields{"authorKey": physician})
	return a.ID
}

// see asks for the document, and answers the status of the access.
func (c *care) see(t *testing.T, by *client.Client, document string, more fields) *client.Acknowledgement {
	t.Helper()
	return c.create(t, by, "accesses", merged(fields{"patientKey": resident.key(), "documentId": document, "purpose": "REFERRAL", "basis": "CONSENT"}, more))
}

// consent lets the clinic see the document once, and no further.
func (c *care) consent(t *testing.T, document string) {
	t.Helper()
	expect := func(what, want string, a *client.Acknowledgement) {
		t.Helper()
		if a.Status != want {
			t.Errorf("%s: the access is %s %s", what, a.Status, a.Data)
		}
	}
	// Another run on the same network may have left one.
	status := ask[struct{ Status, ConsentID string }]
	expect("without consent", "DENIED", c.see(t, c.clinic, document, fields{"purpose": "RESEARCH"}))
	in := fields{"patientKey": resident.key(), "grantee": net.Dept("zhengzhou-clinic"), "purpose": "REFERRAL", "docTypes": []string{"C0006"},
		"validFrom": "2026-01-01T00:00:00Z", "validTo": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "maxUses": 2, "fileHash": hash("知情同意书")}
	granted := c.create(t, c.hospital, "consents", in)
	refused(t, "CONSENT_LIVE")(c.hospital.Create(t.Context(), city, "medical", "consents", in))
	access := c.see(t, c.clinic, document, nil)
	expect("with consent", "GRANTED", access)
	if a := c.do(t, c.hospital, "accesses", access.ID, "serve", fields{}); a.Status != "SERVED" {
		t.Errorf("the access is %s", a.Status)
	}
	refused(t, "STATE_FORBIDS")(c.hospital.Do(t.Context(), city, "medical", "accesses", access.ID, "serve", fields{}))
	c.do(t, c.hospital, "consents", granted.ID, "revoke", fields{"reason": "不再需要转诊"})
	expect("after the revocation", "DENIED", c.see(t, c.clinic, document, nil))
	if s := status(t, c.clinic, "medical", "consent-status", fields{"patientKey": resident.key(), "grantee": net.Dept("zhengzhou-clinic"), "purpose": "REFERRAL"}); s.Status != "REVOKED" || s.ConsentID != granted.ID {
		t.Errorf("the consent is %+v", s)
	}
	type log struct {
		Entries []struct{ Status, Reason, AskedBy string }
	}
	if l := ask[log](t, c.hospital, "medical", "access-log", fields{"patientKey": resident.key(), "limit": 3}); len(l.Entries) != 3 || l.Entries[0].Reason != "CONSENT_REVOKED" || l.Entries[1].Status != "SERVED" ||
		l.Entries[2].Reason != "CONSENT_MISSING" || l.Entries[0].AskedBy != net.Dept("zhengzhou-clinic") {
		t.Errorf("the access log is %+v", l)
	}
}

// emergency opens the document without consent, for two persons, and is
// reviewed afterwards.
func (c *care) emergency(t *testing.T, document string) {
	t.Helper()
	id := net.Dept("zhengzhou-clinic") + ".JJ-" + run
	open := fields{"emergencyId": id, "patientKey": resident.key(), "reason": "UNCONSCIOUS", "requesterKey": colleague, "secondKey": colleague}
	refused(t, "EMERGENCY_SECOND_PERSON")(c.clinic.Create(t.Context(), city, "medical", "emergencies", open))
	open["secondKey"] = physician
	c.create(t, c.clinic, "emergencies", open)
	by := fields{"purpose": "TREATMENT", "basis": "EMERGENCY", "emergencyId": id, "staffKey": colleague}
	if a := c.see(t, c.clinic, document, by); a.Status != "GRANTED" {
		t.Errorf("in the emergency the access is %s %s", a.Status, a.Data)
	}
	c.do(t, c.clinic, "emergencies", id, "close", fields{})
	if a := c.see(t, c.clinic, document, by); a.Status != "DENIED" {
		t.Errorf("after the emergency the access is %s", a.Status)
	}
	refused(t, "REVIEW_NEEDS_NOTICE")(c.authority.Do(t.Context(), city, "medical", "emergencies", id, "review", fields{"justified": true, "opinion": "符合规定"}))
	c.do(t, c.hospital, "emergencies", id, "notify", fields{})
	if a := c.do(t, c.authority, "emergencies", id, "review", fields{"justified": true, "opinion": "符合紧急救治规定"}); a.Status != "REVIEWED_OK" {
		t.Errorf("the review answered %s", a.Status)
	}
}
