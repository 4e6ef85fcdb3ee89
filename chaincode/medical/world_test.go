package medical_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/medical"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
)

type m = map[string]any

// uscc makes a valid USCC of no real organisation.
func uscc(n int) string {
	body := fmt.Sprintf("91410100MA%06d", n)
	body += string(identifier.CheckGB11714(body[8:16]))
	return body + string(identifier.CheckGB32100(body))
}

var (
	maker     = ledgertest.DeptB
	carrier   = uscc(1) // 流通企业
	hospital  = ledgertest.DeptA
	clinic    = ledgertest.DeptC
	drugstore = uscc(2)
)

const (
	antibiotic = "86900001000019" // on prescription
	vitamin    = "86900001000187" // without
	lotA       = antibiotic + ".20260101"
	lotV       = vitamin + ".20260101"
)

var patientKey = gm.HexDigest([]byte("患者甲"))

// world is a ledger with everybody enrolled and registered.
type world struct {
	t                                           testing.TB
	l                                           *ledgertest.Story
	fda, health, insurer, portal                *ledgertest.Actor
	maker, carrier, hospital, clinic, drugstore *ledgertest.Actor
	apps                                        map[string]*ledgertest.Actor
	n                                           int
}

func newWorld(t testing.TB) *world {
	l := ledgertest.Tell(t, medical.New())
	app := func(name, dept string, roles ...string) *ledgertest.Actor {
		return l.Actor("ZhengzhouMSP", name, dept, roles...)
	}
	w := &world{
		t: t, l: l,
		fda:       app("zz-fda", uscc(11), medical.RoleDrugRegulator),
		health:    app("zz-health", uscc(12), medical.RoleHealth),
		insurer:   app("zz-ybj", uscc(13), medical.RoleInsurance),
		portal:    app("zz-portal", uscc(14), medical.RolePatient),
		maker:     app("yz-maker", maker, medical.RoleMAH),
		carrier:   app("lt-carrier", carrier, medical.RoleDistributor),
		hospital:  app("zz-hospital", hospital, medical.RoleProvider, medical.RoleDispenser, medical.RolePharmacist),
		clinic:    app("zz-clinic", clinic, medical.RoleProvider, medical.RoleDispenser),
		drugstore: app("zz-drugstore", drugstore, medical.RoleDispenser, medical.RolePharmacist),
	}
	w.apps = map[string]*ledgertest.Actor{maker: w.maker, carrier: w.carrier, hospital: w.hospital, clinic: w.clinic, drugstore: w.drugstore}
	for id, kind := range map[string]string{maker: "MAH", carrier: "DISTRIBUTOR", hospital: "HOSPITAL", clinic: "HOSPITAL", drugstore: "PHARMACY"} {
		w.health.Must("RegisterInstitution", m{"uscc": id, "name": "示例" + kind, "kinds": []string{kind}, "divisionCode": "410100", "licenceNo": "L-" + kind, "licenceValidTo": "20301231"})
	}
	w.fda.Must("RegisterDrug", m{"nationalCode": antibiotic, "name": "示例阿莫西林胶囊", "approvalNo": "国药准字H20230001", "mahUscc": maker, "identCodes": []string{"8100001", "06900000000014"}, "spec": "0.25g*24粒", "unit": "粒", "unitsPerPack": 24, "prescriptionOnly": true})
	w.fda.Must("RegisterDrug", m{"nationalCode": vitamin, "name": "示例维生素C片", "approvalNo": "国药准字H20230002", "mahUscc": maker, "identCodes": []string{"8100002"}, "spec": "0.1g*100片", "unit": "片", "unitsPerPack": 100, "prescriptionOnly": false})
	for _, lot := range []string{lotA, lotV} {
		w.maker.Must("RegisterLot", m{"lotId": lot, "producedOn": "20260101", "expiresOn": "20260601"})
	}
	return w
}

// code makes the next trace code of a lot's drug.
func (w *world) code(lot string) string {
	w.n++
	prefix := map[string]string{lotA: "8100001", lotV: "8100002"}[lot]
	return fmt.Sprintf("%s%013d", prefix, w.n)
}

// coded gives out n small packs.
func (w *world) coded(lot string, n int) []string {
	w.t.Helper()
	codes := make([]string, n)
	for i := range codes {
		codes[i] = w.code(lot)
	}
	w.maker.Must("RegisterPacks", m{"lotId": lot, "codes": codes})
	return codes
}

// boxed puts packs into a new parent.
func (w *world) boxed(lot, level string, children ...string) string {
	w.t.Helper()
	parent := w.code(lot)
	w.maker.Must("Pack", m{"parentCode": parent, "level": level, "lotId": lot, "children": children})
	return parent
}

// number gives numbers that begin with an institution's USCC.
func (w *world) number(dept string) string {
	w.n++
	return fmt.Sprintf("%s.N%04d", dept, w.n)
}

// deliver ships packs and receives them.
func (w *world) deliver(from, to string, codes ...string) string {
	w.t.Helper()
	no := w.number(from)
	w.apps[from].Must("Ship", m{"shipmentNo": no, "to": to, "purpose": "SALE", "codes": codes})
	w.apps[to].Must("Receive", m{"shipmentNo": no, "codes": codes})
	return no
}

// stocked is small packs, each in a middle pack with another, at an institution.
func (w *world) stocked(lot, at string, n int) []string {
	w.t.Helper()
	codes := w.coded(lot, n)
	w.deliver(maker, at, w.boxed(lot, "MIDDLE", codes...))
	return codes
}

func (w *world) body(recordType, id string, into any) string {
	w.t.Helper()
	r := w.l.Record(recordType, id)
	if r == nil {
		w.t.Fatalf("there is no %s %s", recordType, id)
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		w.t.Fatal(err)
	}
	return r.Status
}

func (w *world) pack(code string) (medical.Pack, string) {
	w.t.Helper()
	var p medical.Pack
	status := w.body("pack", code, &p)
	return p, status
}

func (w *world) later(d time.Duration) { w.l.Now = w.l.Now.Add(d) }

// at formats a time so long after now.
func (w *world) at(d time.Duration) string { return w.l.Now.Add(d).Format(time.RFC3339) }

// private runs one operation with a private half.
func (w *world) private(app *ledgertest.Actor, name string, in, half any) operation.Result {
	w.t.Helper()
	r := app.Apply(ledgertest.Op{Name: name, In: in, Private: half})[0]
	if r.Refusal != nil {
		w.t.Fatalf("%s was refused: %v", name, r.Refusal)
	}
	return r
}

// prescribed is a prescription that was reviewed.
func (w *world) prescribed(units int) string {
	w.t.Helper()
	id := w.number(hospital)
	w.private(w.hospital, "IssuePrescription", m{"rxId": id, "prescriberKey": gm.HexDigest([]byte("医生")), "validUntil": w.at(72 * time.Hour)},
		m{"patientKey": patientKey, "items": []m{{"nationalCode": antibiotic, "units": units}}, "diagnosis": "J06.9"})
	w.hospital.Must("ReviewPrescription", m{"rxId": id, "reviewerKey": gm.HexDigest([]byte("药师")), "approved": true})
	return id
}

// filed is a signed document of the patient at the hospital.
func (w *world) filed(docType string) string {
	w.t.Helper()
	if w.l.Record("patient", patientKey) == nil {
		w.private(w.hospital, "RegisterPatient", m{"patientKey": patientKey, "division": "410105"}, m{"ehrNo": "41010500100100001", "name": "王小明", "idNumber": "410105190001010010"})
	}
	no := w.number(hospital)
	w.hospital.Must("RegisterDocument", m{"documentNo": no, "patientKey": patientKey, "docType": docType, "authorKey": gm.HexDigest([]byte("医生")), "fileHash": gm.HexDigest([]byte(no)),
		"storageUri": "cda://zz/" + no, "visitedOn": "20260301", "itemCode": "CT-01"})
	w.hospital.Must("SignDocument", m{"documentId": no + ".001", "authorKey": gm.HexDigest([]byte("医生"))})
	return no + ".001"
}

func (w *world) consent(hours time.Duration, uses int, docTypes ...string) string {
	w.t.Helper()
	return w.portal.Must("GrantConsent", m{"patientKey": patientKey, "grantee": clinic, "purpose": "REFERRAL", "docTypes": docTypes, "validFrom": w.at(0), "validTo": w.at(hours * time.Hour), "maxUses": uses,
		"fileHash": gm.HexDigest([]byte("同意书"))}).ID
}

// ask is an access by the clinic; it answers the status and the reason.
func (w *world) ask(document string) (status, code string) {
	w.t.Helper()
	return w.askBy(w.clinic, m{"patientKey": patientKey, "documentId": document, "purpose": "REFERRAL", "basis": "CONSENT"})
}

func (w *world) askBy(app *ledgertest.Actor, in m) (status, code string) {
	w.t.Helper()
	r := app.Must("Access", in)
	var answer struct {
		Granted    bool
		Code       string
		StorageURI string
	}
	if err := json.Unmarshal(r.Data, &answer); err != nil {
		w.t.Fatal(err)
	}
	if answer.Granted != (r.Status == medical.Granted) || answer.Granted != (answer.StorageURI != "") {
		w.t.Fatalf("the access %s answers %+v", r.Status, answer)
	}
	return r.Status, answer.Code
}

func op(name string, in any) ledgertest.Op { return ledgertest.Op{Name: name, In: in} }

// publicPEM writes an SM2 public key as systems hand it over.
func publicPEM(t testing.TB, key *gm.PublicKey) string {
	t.Helper()
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key.DER()}))
}

func gmHash(text string) string { return gm.HexDigest([]byte(text)) }

// app enrols a further business system.
func (w *world) app(mspID, name, dept string, roles ...string) *ledgertest.Actor {
	return w.l.Actor(mspID, name, dept, roles...)
}
