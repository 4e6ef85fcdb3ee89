package evidence_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"henanchain/chaincode/evidence"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

type fields = map[string]any

// subject is a keyed hash as the gateway makes it.
func subject(identifier string) string {
	return hex.EncodeToString(gm.HMAC([]byte("a key of the gateway alone"), []byte(identifier)))
}

func hash(content string) string { return gm.HexDigest([]byte(content)) }

func deposit(content string, more ...fields) fields {
	in := fields{
		"fileHash": hash(content), "name": "购销合同.pdf", "size": len(content), "dataType": "1",
		"depositorType": "ORGANISATION", "depositorKey": subject(ledgertest.DeptA), "collectedAt": "2026-03-01T02:00:00Z",
	}
	for _, m := range more {
		maps.Copy(in, m)
	}
	return in
}

// stage is a ledger with everybody who has a part.
type stage struct {
	*ledgertest.Ledger
	notary, police, party, court, appraiser, regulator *ledgertest.App
	depositor                                          *ledgertest.App
}

const (
	policeDept    = "11410100005252565B"
	courtDept     = "11410100005184603P"
	appraiserDept = ledgertest.DeptB
	notaryDept    = ledgertest.DeptC
)

func open(t *testing.T) *stage {
	t.Helper()
	l := ledgertest.New(t, evidence.New())
	return &stage{
		Ledger:    l,
		depositor: l.App("ZhengzhouMSP", "zz-contracts", ledgertest.DeptA, evidence.RoleDepositor),
		police:    l.App("ZhengzhouMSP", "zz-police", policeDept, evidence.RoleInvestigator),
		notary:    l.App("ZhengzhouMSP", "zz-notary", notaryDept, evidence.RoleNotary),
		party:     l.App("ZhengzhouMSP", "zz-litigation", "1241010000MB1X0067", evidence.RoleParty),
		court:     l.App("ZhengzhouMSP", "zz-court", courtDept, evidence.RoleCourt),
		appraiser: l.App("ZhengzhouMSP", "zz-appraiser", appraiserDept, evidence.RoleAppraiser),
		regulator: l.App("HenanMSP", "hn-justice", "114100000051845154", evidence.RoleRegulator),
	}
}

func TestADepositIsAnchoredOnceAndFoundAgain(t *testing.T) {
	s := open(t)
	first := s.depositor.Must("Deposit", deposit("合同一"))
	if first.Version != 1 || first.Status != evidence.Anchored || first.Existing || first.Digest == "" {
		t.Fatalf("the deposit answered %+v", first)
	}
	again := s.depositor.Must("Deposit", deposit("合同一"))
	if !again.Existing || again.ID != first.ID || again.Digest != first.Digest {
		t.Fatalf("the same file deposited again answered %+v", again)
	}
	if s.Event != nil {
		t.Errorf("a deposit that changed nothing set an event: %+v", s.Event)
	}
	other := s.App("ZhengzhouMSP", "zz-other", ledgertest.DeptB, evidence.RoleDepositor)
	if r := other.Must("Deposit", deposit("合同一")); r.Existing || r.ID == first.ID {
		t.Errorf("another department's deposit of the same file answered %+v", r)
	}
}

func TestADepositCostsOneKeyAndABatchOneRead(t *testing.T) {
	s := open(t)
	var ops []ledgertest.Op
	for i := range 500 {
		ops = append(ops, ledgertest.Op{Name: "Deposit", In: deposit(fmt.Sprint("合同", i))})
	}
	s.depositor.Apply(ops...)
	if n := len(s.Keys()); n != 500 {
		t.Errorf("500 deposits wrote %d keys", n)
	}
	if s.Reads > 3 {
		t.Errorf("500 deposits took %d exchanges with the peer", s.Reads)
	}
}

func TestApplyKeepsNeighboursApart(t *testing.T) {
	s := open(t)
	id := evidence.ID(ledgertest.DeptA, hash("甲"))
	results := s.depositor.Apply(
		ledgertest.Op{Name: "Deposit", In: deposit("甲")},
		ledgertest.Op{Name: "Deposit", In: deposit("未来", fields{"collectedAt": "2030-01-01T00:00:00Z"})},
		ledgertest.Op{Name: "Deposit", In: `{"fileHash":"xyz","size":"1"}`},
		ledgertest.Op{Name: "Submit", In: fields{"evidenceId": id, "caseNo": "（2023）豫01民初1号"}},
		ledgertest.Op{Name: "Admit", In: fields{"evidenceId": id, "decision": "采信"}},
		ledgertest.Op{Name: "Nothing", In: `{}`},
	)
	codes := make([]string, len(results))
	for i, r := range results {
		if r.Refusal != nil {
			codes[i] = r.Refusal.Code
		}
	}
	want := "[ COLLECTED_IN_FUTURE INPUT_INVALID  ROLE_REQUIRED OPERATION_UNKNOWN]"
	if fmt.Sprint(codes) != want {
		t.Fatalf("the results were %v, not %v", codes, want)
	}
	if results[3].Type != "evidence" || results[3].Version != 2 || results[3].Status != evidence.Submitted {
		t.Errorf("the second operation on a record did not see the first one's write: %+v", results[3])
	}
	if n := len(results[2].Refusal.Fields); n < 7 {
		t.Errorf("the wrong input named %d fields: %v", n, results[2].Refusal)
	}
	if len(s.Event.Records) != 3 {
		t.Errorf("the event names %+v", s.Event.Records)
	}
}

func TestWhatSpeaksAgainstADepositIsRefused(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		code string
		in   fields
	}{
		"collected later":              {evidence.CollectedInFuture, fields{"collectedAt": "2026-03-02T01:00:30Z"}},
		"SHA-256 that is no import":    {evidence.AlgorithmInvalid, fields{"algo": "SHA-256"}},
		"an import without a number":   {evidence.AlgorithmInvalid, fields{"algo": "SHA-256", "importedFrom": "示例存证平台"}},
		"corroboration by nothing":     {evidence.CorroborationGone, fields{"corroboration": []string{strings.Repeat("0", 32)}}},
		"corroboration by itself":      {evidence.CorroborationGone, fields{"corroboration": []string{evidence.ID(ledgertest.DeptA, hash("甲"))}}},
		"a phase of nothing":           {evidence.PhaseOutOfOrder, fields{"phaseNo": 1}},
		"a transaction that is none":   {"RECORD_NOT_FOUND", fields{"transactionId": "HT-0000001", "phaseNo": 1}},
		"a sealed name in public":      {evidence.SealedInPublic, fields{"sealed": "MINOR"}},
		"a sealed place in public":     {evidence.SealedInPublic, fields{"sealed": "MINOR", "name": "封存材料", "geo": "34.746600,113.625400"}},
		"a place that is none":         {"INPUT_INVALID", fields{"geo": "郑州"}},
		"a filing number that is none": {"INPUT_INVALID", fields{"platformFilingNo": "豫网信备1号"}},
		"an identifier as its key":     {"INPUT_INVALID", fields{"depositorKey": "410105190001010010"}},
	} {
		t.Run(name, func(t *testing.T) { s.depositor.Refused(c.code, "Deposit", deposit("甲", c.in)) })
	}
	if n := len(s.Keys()); n != 0 {
		t.Errorf("refused deposits left %v", s.Keys())
	}
}

func TestAnImportKeepsItsAlgorithmAndItsOrigin(t *testing.T) {
	s := open(t)
	made := s.depositor.Must("Deposit", deposit("旧", fields{"algo": "SHA-256", "importedFrom": "示例存证平台", "importedId": "CZ-77"}))
	var cert evidence.Certificate
	if r := s.depositor.Ask(&cert, "Certificate", fields{"evidenceId": made.ID}); r != nil || cert.Algo != "SHA-256" {
		t.Errorf("the certificate of the import says %q %v", cert.Algo, r)
	}
}

func TestThePrivateHalfIsNowhereInPublicAndCanBePurged(t *testing.T) {
	s := open(t)
	in := deposit("未成年人笔录", fields{"sealed": "MINOR", "name": "封存材料"})
	half := fields{"name": "张三", "idType": "111", "idNumber": "410105190001010010", "fileName": "张三询问笔录.pdf", "statement": "监护人在场"}
	r := s.depositor.Apply(ledgertest.Op{Name: "Deposit", In: in, Private: half})[0]
	if r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	for key, value := range s.Public() {
		for _, secret := range []string{"张三", "410105190001010010", "监护人"} {
			if strings.Contains(key+string(value), secret) {
				t.Errorf("%s holds %s in public", key, secret)
			}
		}
	}
	if v := s.PrivateValue("restricted", "evidence/"+r.ID); !strings.Contains(string(v), "张三") {
		t.Errorf("the private half is %s", v)
	}
	bad := maps.Clone(half)
	bad["idNumber"] = "410105190001010011"
	refusal := s.depositor.Apply(ledgertest.Op{Name: "Deposit", In: deposit("乙"), Private: bad})[0].Refusal
	if refusal == nil || refusal.Code != evidence.IdentityInvalid || strings.Contains(refusal.Error(), "4101051900") {
		t.Errorf("a wrong identity number answered %v", refusal)
	}
	s.police.Refused("NOT_OWNER", "Purge", fields{"id": r.ID, "reason": "保存期限届满"})
	s.depositor.Must("Purge", fields{"id": r.ID, "reason": "保存期限届满"})
	if v := s.PrivateValue("restricted", "evidence/"+r.ID); v != nil {
		t.Errorf("after the purge the private half is %s", v)
	}
	if rec := s.Record("evidence", r.ID); rec.Version != 2 || rec.Op != "Purge" {
		t.Errorf("the purge left the record %+v", rec)
	}
}

func TestFactsAreStatedOnce(t *testing.T) {
	s := open(t)
	other := s.depositor.Must("Deposit", deposit("付款凭证")).ID
	id := s.depositor.Must("Deposit", deposit("合同", fields{"sourceType": "业务系统导出"})).ID
	s.depositor.Refused(evidence.NothingStated, "Supplement", fields{"evidenceId": id})
	s.depositor.Refused(evidence.FactStated, "Supplement", fields{"evidenceId": id, "sourceType": "另一来源"})
	s.depositor.Refused(evidence.CorroborationGone, "Supplement", fields{"evidenceId": id, "corroboration": []string{id}})
	s.police.Refused("NOT_OWNER", "Supplement", fields{"evidenceId": id, "genMechanism": "自动生成"})
	s.depositor.Must("Supplement", fields{"evidenceId": id, "genMechanism": "自动生成", "corroboration": []string{other}, "interestDeclaration": "NONE", "platformFilingNo": "豫网信备41010500000000000001号"})
	r := s.depositor.Refused(evidence.FactStated, "Supplement", fields{"evidenceId": id, "genMechanism": "人工录入", "storageHistory": "归档库"})
	if len(r.Fields) != 1 || r.Fields[0].Field != "genMechanism" {
		t.Errorf("the refusal names %+v", r.Fields)
	}
	if strings.Contains(string(s.Record("evidence", id).Body), "归档库") {
		t.Error("a refused supplement left a part of itself")
	}
}

func TestVerifySaysMatchOrNot(t *testing.T) {
	s := open(t)
	made := s.depositor.Must("Deposit", deposit("合同"))
	for name, c := range map[string]struct {
		claim operation.Claim
		match bool
	}{
		"the file":                        {operation.Claim{Type: "evidence", ID: made.ID, FileHash: hash("合同")}, true},
		"another file":                    {operation.Claim{Type: "evidence", ID: made.ID, FileHash: hash("假")}, false},
		"the file without the id":         {operation.Claim{Type: "evidence", FileHash: hash("合同")}, true},
		"another file without the id":     {operation.Claim{Type: "evidence", FileHash: hash("假")}, false},
		"the receipt's digest":            {operation.Claim{Type: "evidence", ID: made.ID, Digest: made.Digest}, true},
		"a version that is not there":     {operation.Claim{Type: "evidence", ID: made.ID, Digest: made.Digest, Version: 2}, false},
		"a field":                         {operation.Claim{Type: "evidence", ID: made.ID, Fields: map[string]json.RawMessage{"size": json.RawMessage("6")}}, true},
		"a field with another value":      {operation.Claim{Type: "evidence", ID: made.ID, Fields: map[string]json.RawMessage{"size": json.RawMessage("7")}}, false},
		"a field that the record has not": {operation.Claim{Type: "evidence", ID: made.ID, Fields: map[string]json.RawMessage{"nothing": json.RawMessage("7")}}, false},
		"nothing but an id":               {operation.Claim{Type: "evidence", ID: made.ID}, false},
		"an id that is not there":         {operation.Claim{Type: "evidence", ID: "none", Digest: made.Digest}, false},
	} {
		var v operation.Verdict
		if r := s.depositor.Ask(&v, operation.Verify, c.claim); r != nil || v.Match != c.match || v.Reason == "" {
			t.Errorf("a claim of %s answered %+v %v", name, v, r)
		}
	}
}
