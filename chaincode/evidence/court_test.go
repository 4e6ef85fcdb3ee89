package evidence_test

import (
	"encoding/json"
	"strings"
	"testing"

	"henanchain/chaincode/evidence"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/operation"
)

const (
	firstInstance = "（2026）豫01民初18号"
	appeal        = "（2026）豫民终45号"
)

// before brings a deposited file before the court.
func (s *stage) before(content string) string {
	id := s.depositor.Must("Deposit", deposit(content)).ID
	s.depositor.Must("Submit", fields{"evidenceId": id, "caseNo": firstInstance})
	return id
}

func TestAContractGoesThroughTwoInstances(t *testing.T) {
	s := open(t)
	id := s.depositor.Must("Deposit", deposit("合同", fields{"platformFilingNo": "豫网信备41010500000000000001号"})).ID
	s.notary.Refused(evidence.DigestDiffers, "Notarize", fields{"evidenceId": id, "ref": "（2026）豫郑示证内字第0187号", "fileHash": hash("另一份")})
	s.notary.Must("Notarize", fields{"evidenceId": id, "ref": "（2026）豫郑示证内字第0187号", "fileHash": hash("合同")})
	s.depositor.Must("Submit", fields{"evidenceId": id, "caseNo": firstInstance})

	if r := s.court.Must("CourtVerify", fields{"evidenceId": id, "fileHash": hash("假合同"), "caseNo": firstInstance}); r.Status != evidence.Mismatch {
		t.Errorf("another file verified as %s", r.Status)
	}
	s.court.Refused("STATE_FORBIDS", "Admit", fields{"evidenceId": id, "decision": "采信"})
	if r := s.court.Must("CourtVerify", fields{"evidenceId": id, "fileHash": hash("合同")}); r.Status != evidence.Verified {
		t.Errorf("the file verified as %s", r.Status)
	}
	s.party.Must("Challenge", fields{"evidenceId": id, "factors": []string{"SOURCE", "PLATFORM"}, "groundsHash": hash("质证意见")})
	s.appraiser.Refused(evidence.NotCommissioned, "Appraise", appraisal(id, "AUTHENTIC", "合同"))
	s.court.Must("CommissionAppraisal", fields{"evidenceId": id, "appraiser": appraiserDept, "commissionNo": "（2026）豫01委鉴字第7号"})
	s.appraiser.Refused(evidence.DigestDiffers, "Appraise", appraisal(id, "AUTHENTIC", "假合同"))
	if r := s.appraiser.Must("Appraise", appraisal(id, "AUTHENTIC", "合同")); r.Status != evidence.Appraised {
		t.Errorf("the appraisal made it %s", r.Status)
	}
	s.court.Refused(evidence.ChallengeOpen, "Admit", fields{"evidenceId": id, "decision": "采信"})
	s.court.Refused(evidence.ChallengeOpen, "Admit", fields{"evidenceId": id, "decision": "采信", "overruled": []string{"SOURCE"}})
	s.court.Must("Admit", fields{"evidenceId": id, "decision": "来源清楚，平台合规", "overruled": []string{"PLATFORM", "SOURCE"}})

	s.depositor.Refused("RECORD_EXISTS", "Submit", fields{"evidenceId": id, "caseNo": firstInstance})
	s.depositor.Must("Submit", fields{"evidenceId": id, "caseNo": appeal})
	high := s.App("HenanMSP", "hn-high-court", "114100000051845154", evidence.RoleCourt)
	high.Must("CourtVerify", fields{"evidenceId": id, "fileHash": hash("合同")})
	s.court.Refused(evidence.NotTheCourt, "Exclude", fields{"evidenceId": id, "decision": "越权"})
	high.Refused(evidence.AnotherCase, "Exclude", fields{"evidenceId": id, "decision": "排除", "caseNo": firstInstance})
	high.Must("Exclude", fields{"evidenceId": id, "decision": "与待证事实无关", "caseNo": appeal})
	s.court.Refused(evidence.NotTheCourt, "Archive", fields{"evidenceId": id, "archiveNo": "410100-2026-MS-00018", "retention": "30Y"})
	high.Must("Archive", fields{"evidenceId": id, "archiveNo": "410000-2026-MZ-00045", "retention": "PERMANENT"})
	s.depositor.Refused("STATE_FORBIDS", "Submit", fields{"evidenceId": id, "caseNo": "（2026）豫民再1号"})

	for no, outcome := range map[string]string{firstInstance: "ADMITTED", appeal: "EXCLUDED"} {
		var list evidence.CaseEvidence
		if r := s.court.Ask(&list, "CaseEvidence", fields{"caseNo": no}); r != nil || len(list.Items) != 1 || list.Items[0].Outcome != outcome || list.Items[0].FileHash != hash("合同") {
			t.Errorf("the case %s has the evidence %+v %v", no, list.Items, r)
		}
	}
	checkTrail(t, s, id)
}

func appraisal(id, conclusion, content string) fields {
	return fields{"evidenceId": id, "appraisalRef": "豫电鉴〔2026〕数据鉴字第31号", "method": "APPRAISAL", "conclusion": conclusion, "examinedHash": hash(content), "reportHash": hash("鉴定意见书")}
}

// checkTrail checks that the first mismatch is on record for ever, in the
// evidence's history and as a verification of its own.
func checkTrail(t *testing.T, s *stage, id string) {
	t.Helper()
	var changes []operation.Change
	if r := s.depositor.Ask(&changes, operation.History, "evidence", id); r != nil {
		t.Fatal(r)
	}
	var statuses []string
	for _, c := range changes {
		statuses = append(statuses, c.Record.Status)
	}
	want := []string{"ANCHORED", "NOTARIZED", "SUBMITTED", "MISMATCH", "VERIFIED", "CHALLENGED", "CHALLENGED", "APPRAISED", "ADMITTED", "SUBMITTED", "VERIFIED", "EXCLUDED", "ARCHIVED"}
	if len(statuses) != len(want) {
		t.Fatalf("the history went %v", statuses)
	}
	for i := range want {
		if statuses[i] != want[i] {
			t.Errorf("step %d was %s, not %s", i, statuses[i], want[i])
		}
	}
	for n, result := range []string{"MISMATCH", "MATCH", "MATCH"} {
		var v evidence.Verification
		body(t, s.Record("verification", entry(id, n+1)), &v)
		if v.Result != result {
			t.Errorf("verification %d found %s, not %s", n+1, v.Result, result)
		}
	}
	var cert evidence.Certificate
	if r := s.party.Ask(&cert, "Certificate", fields{"evidenceId": id}); r != nil {
		t.Fatal(r)
	}
	if cert.AnchoredAt != "2026-03-02T01:00:00Z" || cert.AnchoredTxID != changes[0].TxID || len(cert.Steps) != len(want) || cert.Status != evidence.Archived ||
		cert.Notarised == nil || cert.Notarised.Notary.Dept != notaryDept || cert.Name != "购销合同.pdf" || cert.NoticeZh == "" {
		t.Errorf("the certificate says %+v", cert)
	}
}

func TestOnlyACourtDecides(t *testing.T) {
	s := open(t)
	id := s.before("合同")
	for name, app := range map[string]*ledgertest.App{"depositor": s.depositor, "police": s.police, "party": s.party, "notary": s.notary, "appraiser": s.appraiser, "regulator": s.regulator} {
		for _, op := range []string{"CourtVerify", "Admit", "Exclude", "Archive", "Unseal", "CommissionAppraisal"} {
			if r := app.Do(op, fields{"evidenceId": id}); r.Refusal == nil || r.Refusal.Code != "ROLE_REQUIRED" {
				t.Errorf("%s as %s answered %+v", op, name, r)
			}
		}
	}
	fresh := s.depositor.Must("Deposit", deposit("未提交")).ID
	s.court.Refused("STATE_FORBIDS", "CourtVerify", fields{"evidenceId": fresh, "fileHash": hash("未提交")})
}

func TestWhatIsNotDealtWithIsNotAdmitted(t *testing.T) {
	dispute := func(s *stage, id string) {
		s.court.Must("Challenge", fields{"evidenceId": id, "factors": []string{"PROCESS"}, "groundsHash": hash("依职权"), "caseNo": firstInstance})
		s.court.Must("CommissionAppraisal", fields{"evidenceId": id, "appraiser": appraiserDept, "commissionNo": "7"})
	}
	admit := func(id string) fields {
		return fields{"evidenceId": id, "decision": "采信", "overruled": []string{"PROCESS"}}
	}
	t.Run("a mismatch without an appraisal", func(t *testing.T) {
		s := open(t)
		id := s.before("合同")
		s.court.Must("CourtVerify", fields{"evidenceId": id, "fileHash": hash("假")})
		dispute(s, id)
		s.court.Refused(evidence.NotVerified, "Admit", admit(id))
		s.appraiser.Must("Appraise", appraisal(id, "UNDETERMINED", "假"))
		s.court.Refused(evidence.NotVerified, "Admit", admit(id))
		s.appraiser.Must("Appraise", appraisal(id, "AUTHENTIC", "合同"))
		s.court.Must("Admit", admit(id))
	})
	t.Run("an appraisal against it", func(t *testing.T) {
		s := open(t)
		id := s.before("合同")
		s.court.Must("CourtVerify", fields{"evidenceId": id, "fileHash": hash("合同")})
		dispute(s, id)
		s.appraiser.Must("Appraise", appraisal(id, "ALTERED", "合同"))
		s.court.Refused(evidence.AppraisalAgainst, "Admit", admit(id))
		s.appraiser.Must("Appraise", appraisal(id, "AUTHENTIC", "合同"))
		s.court.Must("Admit", admit(id))
	})
	t.Run("a broken chain of custody", func(t *testing.T) {
		s := open(t)
		id := s.before("合同")
		s.depositor.Must("RecordCustody", fields{"evidenceId": id, "action": "STORE", "reason": "入库", "hashBefore": hash("合同"), "hashAfter": hash("损坏")})
		s.court.Must("CourtVerify", fields{"evidenceId": id, "fileHash": hash("合同")})
		s.court.Refused(evidence.CustodyBroken, "Admit", admit(id))
		dispute(s, id)
		s.appraiser.Must("Appraise", appraisal(id, "AUTHENTIC", "合同"))
		s.depositor.Must("RecordCustody", fields{"evidenceId": id, "action": "EXAMINE", "reason": "复查", "hashBefore": hash("损坏"), "hashAfter": hash("又损坏")})
		s.court.Refused(evidence.CustodyBroken, "Admit", admit(id)) // the appraisal was of what was there before
		s.appraiser.Must("Appraise", appraisal(id, "AUTHENTIC", "合同"))
		s.court.Must("Admit", admit(id))
	})
}

func TestSealedEvidenceIsForThoseWhoHaveAPartInIt(t *testing.T) {
	s := open(t)
	id := s.before("询问笔录")
	s.party.Refused("ROLE_REQUIRED", "Seal", fields{"evidenceId": id, "ground": "MINOR"})
	s.police.Refused("NOT_OWNER", "Seal", fields{"evidenceId": id, "ground": "MINOR"})
	s.depositor.Must("Seal", fields{"evidenceId": id, "ground": "MINOR"})
	s.depositor.Refused(evidence.NotSealed, "Seal", fields{"evidenceId": id, "ground": "PRIVACY"})
	s.court.Must("CourtVerify", fields{"evidenceId": id, "fileHash": hash("询问笔录")})

	for _, query := range []string{"Certificate", "CustodyTimeline"} {
		for name, c := range map[string]struct {
			app  *ledgertest.App
			code string
		}{"owner": {s.depositor, ""}, "court": {s.court, ""}, "party": {s.party, evidence.EvidenceSealed}, "police": {s.police, evidence.EvidenceSealed}, "regulator": {s.regulator, evidence.EvidenceSealed}} {
			var out map[string]any
			r := c.app.Ask(&out, query, fields{"evidenceId": id})
			if (r == nil) != (c.code == "") || r != nil && r.Code != c.code {
				t.Errorf("%s to the %s answered %v", query, name, r)
			}
		}
	}
	var list evidence.CaseEvidence
	if r := s.party.Ask(&list, "CaseEvidence", fields{"caseNo": firstInstance}); r != nil || len(list.Items) != 1 || !list.Items[0].Sealed || list.Items[0].Name != "" || list.Items[0].FileHash != "" {
		t.Errorf("a stranger sees %+v %v", list.Items, r)
	}
	everywhereSealed(t, s, id)
	s.court.Must("Unseal", fields{"evidenceId": id, "orderNo": "（2026）豫01民初18号决定书"})
	s.court.Refused(evidence.NotSealed, "Unseal", fields{"evidenceId": id, "orderNo": "1"})
	var cert evidence.Certificate
	if r := s.party.Ask(&cert, "Certificate", fields{"evidenceId": id}); r != nil {
		t.Error(r)
	}
	loose := s.depositor.Must("Deposit", deposit("未提交", fields{"sealed": "STATE_SECRET", "name": "封存材料"})).ID
	s.court.Refused(evidence.NotTheCourt, "Unseal", fields{"evidenceId": loose, "orderNo": "1"})
	s.depositor.Refused(evidence.SealedInPublic, "Supplement", fields{"evidenceId": loose, "genMechanism": "涉密系统"})
}

// everywhereSealed asks for sealed evidence, and for what the court put on
// record of it, by every way of reading there is.
func everywhereSealed(t *testing.T, s *stage, id string) {
	t.Helper()
	claim := func(recordType, id string) fields {
		return fields{"type": recordType, "id": id, "fileHash": hash("询问笔录")}
	}
	for what, ask := range map[string][]any{
		"Get":                    {"Get", "evidence", id},
		"History":                {"History", "evidence", id},
		"Verify":                 {"Verify", claim("evidence", id)},
		"VerifyEvidence":         {"VerifyEvidence", fields{"evidenceId": id, "fileHash": hash("询问笔录")}},
		"Get of a verification":  {"Get", "verification", id + "-000001"},
		"History of one":         {"History", "verification", id + "-000001"},
		"Verify of one":          {"Verify", claim("verification", id+"-000001")},
		"Get of its submission":  {"Get", "submission", firstInstance + "-" + id},
		"the page of submission": {"Range", "submission", "", "10", ""},
		"the page of evidence":   {"Range", "evidence", "", "10", ""},
	} {
		for name, app := range map[string]*ledgertest.App{"owner": s.depositor, "court": s.court, "party": s.party, "police": s.police, "regulator": s.regulator} {
			var out json.RawMessage
			r := app.Ask(&out, ask[0].(string), ask[1:]...)
			part := name == "owner" || name == "court"
			if ask[0] == "Range" {
				if r != nil || strings.Contains(string(out), id) != part {
					t.Errorf("%s shows the %s %s %v", what, name, out, r)
				}
			} else if (r == nil) != part || r != nil && (r.Code != evidence.EvidenceSealed || strings.Contains(r.Message, hash("询问笔录"))) {
				t.Errorf("%s answers the %s %s %v", what, name, out, r)
			}
		}
	}
}

func TestTheCasesEvidenceComesInPages(t *testing.T) {
	s := open(t)
	var ops []ledgertest.Op
	for i := range 205 {
		content := string(rune('一' + i))
		ops = append(ops, ledgertest.Op{Name: "Deposit", In: deposit(content)},
			ledgertest.Op{Name: "Submit", In: fields{"evidenceId": evidence.ID(ledgertest.DeptA, hash(content)), "caseNo": firstInstance}})
	}
	other := s.depositor.Must("Deposit", deposit("他案")).ID
	s.depositor.Must("Submit", fields{"evidenceId": other, "caseNo": firstInstance + "之一"})
	s.depositor.Apply(ops...)
	seen := map[string]bool{}
	for bookmark := ""; ; {
		var page evidence.CaseEvidence
		in := fields{"caseNo": firstInstance}
		if bookmark != "" {
			in["bookmark"] = bookmark
		}
		if r := s.court.Ask(&page, "CaseEvidence", in); r != nil {
			t.Fatal(r)
		}
		for _, item := range page.Items {
			seen[item.EvidenceID] = true
		}
		if bookmark = page.Bookmark; bookmark == "" {
			break
		}
	}
	if len(seen) != 205 || seen[other] {
		t.Errorf("the case has %d pieces of evidence; another case's among them: %v", len(seen), seen[other])
	}
	var page evidence.CaseEvidence
	if r := s.court.Ask(&page, "CaseEvidence", fields{"caseNo": firstInstance, "bookmark": "submission/" + appeal}); r == nil || r.Code != "INPUT_INVALID" {
		t.Errorf("a bookmark of another case answered %v", r)
	}
}
