package medical_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"henanchain/chaincode/medical"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

func TestADocumentIsSeenWithALiveConsentOnly(t *testing.T) {
	w := newWorld(t)
	doc, other := w.filed("C0006"), w.filed("C0049")
	expect := func(what, document, wantStatus, wantCode string) {
		t.Helper()
		if status, code := w.ask(document); status != wantStatus || code != wantCode {
			t.Errorf("%s: the access is %s %s", what, status, code)
		}
	}
	expect("without consent", doc, medical.Denied, medical.ConsentMissing)
	id := w.consent(24, 3, "C0006")
	expect("with consent", doc, medical.Granted, "")
	expect("another type of document", other, medical.Denied, medical.ConsentScope)
	if status, code := w.askBy(w.clinic, m{"patientKey": patientKey, "documentId": doc, "purpose": "RESEARCH", "basis": "CONSENT"}); status != medical.Denied || code != medical.ConsentMissing {
		t.Errorf("for another purpose: %s %s", status, code)
	}
	if status, code := w.askBy(w.hospital, m{"patientKey": patientKey, "documentId": doc, "purpose": "REFERRAL", "basis": "CONSENT"}); status != medical.Denied || code != medical.ConsentMissing {
		t.Errorf("by another institution: %s %s", status, code)
	}
	w.portal.Must("RevokeConsent", m{"consentId": id})
	expect("after revocation", doc, medical.Denied, medical.ConsentRevoked)
	w.consent(1, 2, "C0006")
	w.portal.Refused(medical.ConsentLive, "GrantConsent", m{"patientKey": patientKey, "grantee": clinic, "purpose": "REFERRAL", "docTypes": []string{"C0049"}, "validFrom": w.at(0), "validTo": w.at(time.Hour), "maxUses": 1, "fileHash": gm.HexDigest([]byte("x"))})
	expect("with a new consent", doc, medical.Granted, "")
	expect("the second of two uses", doc, medical.Granted, "")
	expect("a third use", doc, medical.Denied, medical.ConsentExhausted)

	// The log has every one of them, in order, and cannot be read by the clinic.
	var log struct {
		Total   int
		Entries []struct {
			Number, Total                 int
			Status, Reason, Name, AskedBy string
		}
		Before int
	}
	if r := w.portal.Ask(&log, "AccessLog", m{"patientKey": patientKey, "limit": 4}); r != nil || log.Total != 9 || len(log.Entries) != 4 || log.Entries[0].Reason != medical.ConsentExhausted || log.Before != 6 {
		t.Fatalf("the access log is %+v %v", log, r)
	}
	seen := len(log.Entries)
	for before := log.Before; before > 0; {
		log.Before, log.Entries = 0, nil
		if r := w.portal.Ask(&log, "AccessLog", m{"patientKey": patientKey, "before": before}); r != nil {
			t.Fatal(r)
		}
		if seen, before = seen+len(log.Entries), log.Before; log.Entries[0].Name != "示例HOSPITAL" {
			t.Errorf("an entry is %+v", log.Entries[0])
		}
	}
	if seen != 9 {
		t.Errorf("the pages have %d entries of 9", seen)
	}
	var nothing json.RawMessage
	if r := w.clinic.Ask(&nothing, "AccessLog", m{"patientKey": patientKey}); r == nil || r.Code != "ROLE_REQUIRED" {
		t.Errorf("the clinic read the log: %s %v", nothing, r)
	}
}

func TestAConsentEndsAtItsLastSecond(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0006")
	end := w.l.Now.Add(2 * time.Hour)
	id := w.consent(2, 100, "C0006")
	w.l.Now = end
	if status, _ := w.ask(doc); status != medical.Granted {
		t.Errorf("at its last second the consent does not hold")
	}
	w.l.Now = end.Add(time.Second)
	if status, code := w.ask(doc); status != medical.Denied || code != medical.ConsentExpired {
		t.Errorf("a second after its end: %s %s", status, code)
	}
	if r := w.l.Record("consent", id); r.Status != medical.Granted {
		t.Errorf("the stored status is %s: the test shows nothing", r.Status)
	}
	var s struct {
		Status string
		Left   int
	}
	if r := w.portal.Ask(&s, "ConsentStatus", m{"patientKey": patientKey, "grantee": clinic, "purpose": "REFERRAL"}); r != nil || s.Status != medical.Expired || s.Left != 99 {
		t.Errorf("the status as of now is %+v %v", s, r)
	}
	w.portal.Must("ExpireConsent", m{"consentId": id})
	w.l.Now = end.Add(-time.Hour) // a client that sets its clock back finds it expired all the same
	if status, code := w.ask(doc); status != medical.Denied || code != medical.ConsentExpired {
		t.Errorf("after tidying up: %s %s", status, code)
	}
	w.portal.Must("GrantConsent", m{"patientKey": patientKey, "grantee": clinic, "purpose": "TREATMENT", "documents": []string{strings.TrimSuffix(doc, ".001")}, "validFrom": w.at(time.Hour), "validTo": w.at(2 * time.Hour), "maxUses": 1, "fileHash": gm.HexDigest([]byte("x"))})
	if status, code := w.askBy(w.clinic, m{"patientKey": patientKey, "documentId": doc, "purpose": "TREATMENT", "basis": "CONSENT"}); status != medical.Denied || code != medical.ConsentNotYet {
		t.Errorf("before its beginning: %s %s", status, code)
	}
}

// Two accesses on a consent for one, in one transaction: the second sees the
// first's use.
func TestAConsentForOneUseGivesOne(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0006")
	w.consent(1, 1, "C0006")
	op := op("Access", m{"patientKey": patientKey, "documentId": doc, "purpose": "REFERRAL", "basis": "CONSENT"})
	r := w.clinic.Apply(op, op)
	if r[0].Status != medical.Granted || r[1].Status != medical.Denied || r[0].ID == r[1].ID {
		t.Errorf("two at once answered %+v", r)
	}
}

func TestAConsentIsSignedByThePatientOnceAKeyIsBound(t *testing.T) {
	w := newWorld(t)
	w.filed("C0006")
	key, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pemText := publicPEM(t, key.Public())
	w.portal.Must("BindPatientKey", m{"patientKey": patientKey, "publicKey": pemText})
	w.portal.Refused("NOT_OWNER", "BindPatientKey", m{"patientKey": patientKey, "publicKey": pemText})
	terms := medical.Terms{PatientKey: patientKey, Grantee: clinic, Purpose: "REFERRAL", DocTypes: []string{"C0006"}, ValidFrom: w.at(0), ValidTo: w.at(time.Hour), MaxUses: 2}
	in := func(terms medical.Terms, signature string) m {
		return m{"patientKey": terms.PatientKey, "grantee": terms.Grantee, "purpose": terms.Purpose, "docTypes": terms.DocTypes, "validFrom": terms.ValidFrom, "validTo": terms.ValidTo, "maxUses": terms.MaxUses,
			"fileHash": gm.HexDigest([]byte("同意书")), "signature": signature}
	}
	statement, err := terms.Statement(gm.HexDigest([]byte("同意书")))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := key.Sign(statement)
	if err != nil {
		t.Fatal(err)
	}
	signature := base64.StdEncoding.EncodeToString(raw)
	unsigned := in(terms, "")
	delete(unsigned, "signature")
	w.portal.Refused(medical.ConsentSignature, "GrantConsent", unsigned)
	w.portal.Refused(medical.ConsentSignature, "GrantConsent", in(terms, "bm9uZQ=="))
	more := terms
	more.MaxUses = 3
	w.portal.Refused(medical.ConsentSignature, "GrantConsent", in(more, signature))
	w.portal.Must("GrantConsent", in(terms, signature))
}

func TestConsentsNameWhatTheyAreFor(t *testing.T) {
	w := newWorld(t)
	w.filed("C0006")
	in := func(change m) m {
		all := m{"patientKey": patientKey, "grantee": clinic, "purpose": "REFERRAL", "docTypes": []string{"C0006"}, "validFrom": w.at(0), "validTo": w.at(time.Hour), "maxUses": 1, "fileHash": gm.HexDigest([]byte("x"))}
		for k, v := range change {
			all[k] = v
		}
		return all
	}
	for name, c := range map[string]struct {
		code   string
		change m
	}{
		"no scope":                {medical.ConsentScope, m{"docTypes": []string{}}},
		"an unknown type":         {medical.DocTypeUnknown, m{"docTypes": []string{"C0054"}}},
		"an end before its start": {medical.DateInvalid, m{"validFrom": w.at(2 * time.Hour)}},
		"an end that has passed":  {medical.DateInvalid, m{"validFrom": w.at(-2 * time.Hour), "validTo": w.at(-time.Hour)}},
		"a shop as grantee":       {medical.InstitutionRequired, m{"grantee": drugstore}},
		"nobody as grantee":       {medical.InstitutionRequired, m{"grantee": uscc(99)}},
		"an unknown patient":      {"RECORD_NOT_FOUND", m{"patientKey": gm.HexDigest([]byte("nobody"))}},
		"no use at all":           {"INPUT_INVALID", m{"maxUses": 0}},
	} {
		if r := w.portal.Do("GrantConsent", in(c.change)); r.Refusal == nil || r.Refusal.Code != c.code {
			t.Errorf("%s answered %+v", name, r)
		}
	}
}

func TestAnEmergencyOpensDocumentsForAWhileAndIsReviewedInTime(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0001")
	id := w.number(clinic)
	open := m{"emergencyId": id, "patientKey": patientKey, "reason": "UNCONSCIOUS", "requesterKey": gm.HexDigest([]byte("甲医生")), "secondKey": gm.HexDigest([]byte("甲医生"))}
	w.clinic.Refused(medical.EmergencyPersons, "OpenEmergency", open)
	open["secondKey"] = gm.HexDigest([]byte("乙医生"))
	w.hospital.Refused(medical.NumberForeign, "OpenEmergency", open)
	w.clinic.Must("OpenEmergency", open)
	ask := m{"patientKey": patientKey, "documentId": doc, "purpose": "TREATMENT", "basis": "EMERGENCY", "emergencyId": id, "staffKey": gm.HexDigest([]byte("甲医生"))}
	if status, _ := w.askBy(w.clinic, ask); status != medical.Granted {
		t.Fatalf("the emergency access is %s", status)
	}
	if status, code := w.askBy(w.hospital, ask); status != medical.Denied || code != medical.EmergencyMissing {
		t.Errorf("with another's ticket: %s %s", status, code)
	}
	var can struct {
		Can         bool
		Basis, Code string
	}
	question := m{"institution": clinic, "documentId": doc, "purpose": "TREATMENT", "emergencyId": id}
	if r := w.health.Ask(&can, "Can", question); r != nil || !can.Can || can.Basis != "EMERGENCY" {
		t.Errorf("can answers %+v %v", can, r)
	}
	review := m{"emergencyId": id, "justified": true, "opinion": "符合规定"}
	w.health.Refused("STATE_FORBIDS", "ReviewEmergency", review)
	w.clinic.Must("CloseEmergency", m{"emergencyId": id})
	if status, code := w.askBy(w.clinic, ask); status != medical.Denied || code != medical.EmergencyEnded {
		t.Errorf("with a closed ticket: %s %s", status, code)
	}
	w.health.Refused(medical.ReviewNotice, "ReviewEmergency", review)
	w.portal.Must("NotifyPatient", m{"emergencyId": id})
	w.health.Refused(medical.ReviewNotDue, "EscalateEmergency", m{"emergencyId": id})
	if r := w.health.Must("ReviewEmergency", review); r.Status != medical.ReviewedOK {
		t.Errorf("the reviewed ticket is %s", r.Status)
	}
	var e medical.Emergency
	if w.body("emergency", id, &e); e.Accesses != 1 || e.NotifiedAt == "" {
		t.Errorf("the ticket is %+v", e)
	}
}

func TestAnEmergencyThatIsNotReviewedInTimeIsAViolation(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0001")
	w.health.Refused("INPUT_INVALID", "SetAccessRules", m{"settingId": "access", "emergencyHours": 24, "reviewHours": 73, "accessMinutes": 30})
	w.health.Must("SetAccessRules", m{"settingId": "access", "emergencyHours": 4, "reviewHours": 48, "accessMinutes": 30})
	var ids []string
	for range 2 {
		id := w.number(clinic)
		ids = append(ids, id)
		w.clinic.Must("OpenEmergency", m{"emergencyId": id, "patientKey": patientKey, "reason": "LIFE_THREATENING", "requesterKey": gm.HexDigest([]byte("甲")), "secondKey": gm.HexDigest([]byte("乙"))})
		w.portal.Must("NotifyPatient", m{"emergencyId": id})
	}
	w.later(4*time.Hour + time.Minute)
	if status, code := w.askBy(w.clinic, m{"patientKey": patientKey, "documentId": doc, "purpose": "TREATMENT", "basis": "EMERGENCY", "emergencyId": ids[0]}); status != medical.Denied || code != medical.EmergencyEnded {
		t.Errorf("after its hours: %s %s", status, code)
	}
	w.clinic.Must("CloseEmergency", m{"emergencyId": ids[0]})
	w.later(44 * time.Hour)
	w.health.Refused(medical.ReviewOverdue, "ReviewEmergency", m{"emergencyId": ids[0], "justified": true, "opinion": "符合规定"})
	if r := w.health.Must("EscalateEmergency", m{"emergencyId": ids[0]}); r.Status != medical.Violation {
		t.Errorf("the overdue ticket is %s", r.Status)
	}
	if r := w.health.Must("ReviewEmergency", m{"emergencyId": ids[1], "justified": false, "opinion": "无必要"}); r.Status != medical.Violation {
		t.Errorf("the unjustified ticket is %s", r.Status)
	}
}

func TestAnAmendmentKeepsTheOldVersion(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0006")
	before := string(w.l.Record("document", doc).Body)
	var old medical.Document
	w.body("document", doc, &old)
	amend := m{"documentId": doc, "authorKey": gm.HexDigest([]byte("上级医师")), "fileHash": gm.HexDigest([]byte("第二版")), "storageUri": "cda://zz/v2", "reason": "补充诊断"}
	w.clinic.Refused("NOT_OWNER", "AmendDocument", amend)
	r := w.hospital.Must("AmendDocument", amend)
	if want := strings.TrimSuffix(doc, "001") + "002"; r.ID != want || r.Status != medical.Signed {
		t.Fatalf("the amendment answered %+v", r)
	}
	var kept, next medical.Document
	if status := w.body("document", doc, &kept); status != medical.Amended || kept.Next != r.ID {
		t.Errorf("the old version is %s and names %s", status, kept.Next)
	}
	if kept.Next = ""; kept != old {
		t.Errorf("the amendment changed the old version: %s", before)
	}
	if w.body("document", r.ID, &next); next.DocVersion != 2 || next.Previous != doc || next.FileHash == old.FileHash {
		t.Errorf("the new version is %+v", next)
	}
	w.hospital.Refused("STATE_FORBIDS", "AmendDocument", amend)
	w.hospital.Refused("STATE_FORBIDS", "ReviseDraft", m{"documentId": doc, "fileHash": old.FileHash, "storageUri": "cda://x"})
	var v operation.Verdict
	if r := w.hospital.Ask(&v, operation.Verify, operation.Claim{Type: "document", ID: doc, FileHash: old.FileHash}); r != nil || !v.Match || v.SupersededBy != kept.DocumentNo+".002" {
		t.Errorf("verifying the old file answers %+v %v", v, r)
	}
	w.consent(1, 10, "C0006")
	for _, id := range []string{doc, r.ID} {
		if status, code := w.ask(id); status != medical.Granted {
			t.Errorf("%s is %s %s", id, status, code)
		}
	}
}

func TestTheRepositoryServesAgainstAnAccessOnceAndInTime(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0006")
	w.consent(10, 10, "C0006")
	for range 2 {
		w.ask(doc)
	}
	first, second := medical.AccessID(patientKey, 1), medical.AccessID(patientKey, 2)
	w.clinic.Refused("NOT_OWNER", "Serve", m{"accessId": first})
	w.hospital.Must("Serve", m{"accessId": first})
	w.hospital.Refused("STATE_FORBIDS", "Serve", m{"accessId": first})
	w.later(31 * time.Minute)
	w.hospital.Refused(medical.AccessLapsed, "Serve", m{"accessId": second})
	if status, _ := w.askBy(w.portal, m{"patientKey": patientKey, "documentId": doc, "purpose": "TREATMENT", "basis": "SELF"}); status != medical.Granted {
		t.Errorf("the patient's own access is %s", status)
	}
	if status, code := w.askBy(w.clinic, m{"patientKey": patientKey, "documentId": doc, "purpose": "TREATMENT", "basis": "SELF"}); status != medical.Denied || code != medical.SelfOnly {
		t.Errorf("a clinic as the patient: %s %s", status, code)
	}
	w.clinic.Refused(medical.PatientMismatch, "Access", m{"patientKey": patientKey, "documentId": draft(w), "purpose": "REFERRAL", "basis": "CONSENT"})
}

func TestADocumentIsSignedByItsAuthorOfARegisteredType(t *testing.T) {
	w := newWorld(t)
	w.filed("C0006")
	id := draft(w)
	w.hospital.Refused(medical.AuthorOnly, "SignDocument", m{"documentId": id, "authorKey": gm.HexDigest([]byte("别人"))})
	w.hospital.Must("ReviseDraft", m{"documentId": id, "fileHash": gm.HexDigest([]byte("改稿")), "storageUri": "cda://zz/draft"})
	w.hospital.Must("SignDocument", m{"documentId": id, "authorKey": gm.HexDigest([]byte("医生"))})
	w.hospital.Must("ArchiveDocument", m{"documentId": id})
	in := m{"documentNo": w.number(hospital), "patientKey": patientKey, "docType": "C0099", "authorKey": gm.HexDigest([]byte("医生")), "fileHash": gm.HexDigest([]byte("x")), "storageUri": "cda://x", "visitedOn": "20260301"}
	w.hospital.Refused(medical.DocTypeUnknown, "RegisterDocument", in)
	in["docType"], in["visitedOn"] = "C0053", "20260401"
	w.hospital.Refused(medical.DateInvalid, "RegisterDocument", in)
	in["visitedOn"], in["documentNo"] = "20260301", w.number(clinic)
	w.hospital.Refused(medical.NumberForeign, "RegisterDocument", in)
}

func draft(w *world) string {
	no := w.number(hospital)
	w.hospital.Must("RegisterDocument", m{"documentNo": no, "patientKey": patientKey, "docType": "C0006", "authorKey": gm.HexDigest([]byte("医生")), "fileHash": gm.HexDigest([]byte(no)), "storageUri": "cda://zz/" + no, "visitedOn": "20260301"})
	return no + ".001"
}

func TestAnInstitutionThatWasSuspendedSeesNothing(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0006")
	w.consent(10, 10, "C0006")
	w.health.Must("SuspendInstitution", m{"uscc": clinic, "reason": "整改"})
	if status, code := w.ask(doc); status != medical.Denied || code != medical.InstitutionRequired {
		t.Errorf("a suspended clinic: %s %s", status, code)
	}
	w.health.Must("ResumeInstitution", m{"uscc": clinic, "reason": "整改完毕"})
	stranger := w.app("KaifengMSP", "kf-clinic", clinic, medical.RoleProvider)
	if status, code := w.askBy(stranger, m{"patientKey": patientKey, "documentId": doc, "purpose": "REFERRAL", "basis": "CONSENT"}); status != medical.Denied || code != medical.InstitutionRequired {
		t.Errorf("another organisation's clinic of the same number: %s %s", status, code)
	}
	w.later(6 * 365 * 24 * time.Hour)
	if status, code := w.ask(doc); status != medical.Denied || code != medical.LicenceExpired {
		t.Errorf("a clinic whose licence has ended: %s %s", status, code)
	}
}

func TestResultsAreRecognisedWithinTheQualification(t *testing.T) {
	w := newWorld(t)
	doc, summary := w.filed("C0006"), w.filed("C0001")
	mark := func(document, scope, until string) m {
		return m{"documentId": document, "scope": scope, "validUntil": until}
	}
	w.hospital.Refused(medical.RecognitionMissing, "MarkRecognition", mark(doc, "PROVINCE", "20260901"))
	w.health.Must("GrantRecognition", m{"uscc": hospital, "itemCode": "CT-01", "scope": "PROVINCE", "validTo": "20261231"})
	w.hospital.Refused(medical.RecognitionMissing, "MarkRecognition", mark(doc, "NATION", "20260901"))
	w.hospital.Refused(medical.RecognitionMissing, "MarkRecognition", mark(doc, "PROVINCE", "20270101"))
	w.hospital.Refused(medical.RecognitionMissing, "MarkRecognition", mark(summary, "PROVINCE", "20260901"))
	w.hospital.Must("MarkRecognition", mark(doc, "PROVINCE", "20260901"))
	var a struct {
		Recognised   bool
		Mark, Reason string
	}
	ask := func() bool {
		t.Helper()
		a.Recognised = false
		if r := w.clinic.Ask(&a, "Recognised", m{"documentId": doc}); r != nil {
			t.Fatal(r)
		}
		return a.Recognised
	}
	if !ask() || a.Mark != "PROVINCE" {
		t.Errorf("the marked result answers %+v", a)
	}
	w.health.Must("RevokeRecognition", m{"recognitionId": medical.RecognitionID(hospital, "CT-01"), "reason": "质控不合格"})
	if ask() {
		t.Error("a result is recognised whose institution lost its qualification")
	}
	w.health.Must("GrantRecognition", m{"uscc": hospital, "itemCode": "CT-01", "scope": "NATION", "validTo": "20301231"})
	if !ask() {
		t.Errorf("a nationwide qualification does not cover the province: %s", a.Reason)
	}
	w.later(200 * 24 * time.Hour)
	if ask() {
		t.Error("a result is recognised after its date")
	}
}

func TestNothingPersonalIsPublic(t *testing.T) {
	w := newWorld(t)
	doc := w.filed("C0006")
	w.consent(1, 1, "C0006")
	w.ask(doc)
	w.prescribed(24)
	for key, value := range w.l.Public() {
		for _, secret := range []string{"王小明", "410105190001010010", "41010500100100001", "J06.9"} {
			if strings.Contains(string(value), secret) {
				t.Errorf("%s shows %s", key, secret)
			}
		}
	}
	w.hospital.Must("ArchivePatient", m{"patientKey": patientKey})
	w.hospital.Must("PurgePatient", m{"id": patientKey, "reason": "保存期限届满"})
	if v := w.l.PrivateValue("restricted", "patient/"+patientKey); v != nil {
		t.Errorf("the purged private half is %s", v)
	}
}
