package evidence_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"henanchain/chaincode/evidence"
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/internal/tsa/tsatest"
)

func body(t testing.TB, r *operation.Record, out any) {
	t.Helper()
	if r == nil {
		t.Fatal("there is no such record")
	}
	if err := json.Unmarshal(r.Body, out); err != nil {
		t.Fatal(err)
	}
}

func entry(id string, n int) string { return fmt.Sprintf("%s-%06d", id, n) }

func handOver(id, to, content string) fields {
	return fields{"evidenceId": id, "to": to, "action": "TRANSFER", "reason": "移送审查起诉", "hashBefore": hash(content)}
}

func TestOnSiteEvidenceIsFixedAnchoredAndPassedOn(t *testing.T) {
	s := open(t)
	collected := s.police.Must("Collect", fields{
		"collectionNo": "QZ-2026-000127", "name": "现场勘验视频.mp4", "dataType": "3", "depositorType": "ORGANISATION",
		"depositorKey": subject(policeDept), "collectedAt": "2026-03-01T02:00:00Z", "deviceId": "执法记录仪-21", "geo": "34.746600,113.625400",
	})
	id := collected.ID
	if again := s.police.Must("Collect", fields{"collectionNo": "QZ-2026-000127", "name": "甲", "dataType": "3", "depositorType": "ORGANISATION", "depositorKey": subject(policeDept), "collectedAt": "2026-03-01T02:00:00Z"}); !again.Existing || again.ID != id {
		t.Errorf("the same collection again answered %+v", again)
	}
	s.police.Refused("STATE_FORBIDS", "HandOver", handOver(id, courtDept, "视频"))
	s.police.Refused("STATE_FORBIDS", "Anchor", fields{"evidenceId": id, "fileHash": hash("视频")})
	s.depositor.Refused("NOT_OWNER", "Fix", fields{"evidenceId": id, "fileHash": hash("视频"), "size": 9})
	s.police.Must("Fix", fields{"evidenceId": id, "fileHash": hash("视频"), "size": 9, "envCheckLog": hash("日志")})
	s.police.Refused(evidence.DigestDiffers, "Anchor", fields{"evidenceId": id, "fileHash": hash("另一视频")})
	s.police.Must("Anchor", fields{"evidenceId": id, "fileHash": hash("视频"), "storageUri": "store/127"})

	if again := s.police.Must("Deposit", deposit("视频")); !again.Existing || again.ID != id {
		t.Errorf("a deposit of what was collected answered %+v", again)
	}
	second := s.police.Must("Collect", fields{"collectionNo": "QZ-2026-000128", "name": "甲", "dataType": "3", "depositorType": "ORGANISATION", "depositorKey": subject(policeDept), "collectedAt": "2026-03-01T02:00:00Z"})
	if r := s.police.Refused(evidence.DigestDeposited, "Fix", fields{"evidenceId": second.ID, "fileHash": hash("视频"), "size": 9}); r.ID != id {
		t.Errorf("the refusal names %s, not %s", r.ID, id)
	}

	s.police.Must("HandOver", handOver(id, courtDept, "视频"))
	s.court.Must("Receive", fields{"evidenceId": id, "hashAfter": hash("视频")})
	s.court.Must("RecordCustody", fields{"evidenceId": id, "action": "CONVERT", "reason": "转码", "hashBefore": hash("视频"), "hashAfter": hash("转码后")})
	var v evidence.VerifyAnswer
	for content, want := range map[string]string{"视频": "DEPOSITED", "转码后": "CUSTODY", "假": "NONE"} {
		if r := s.party.Ask(&v, "VerifyEvidence", fields{"evidenceId": id, "fileHash": hash(content)}); r != nil || v.FileMatch != want || v.Match != (want != "NONE") {
			t.Errorf("the file %s answered %+v %v", content, v, r)
		}
	}
	var line evidence.CustodyTimeline
	if r := s.court.Ask(&line, "CustodyTimeline", fields{"evidenceId": id}); r != nil || line.Length != 2 || !line.Intact || line.Holder.Dept != courtDept || line.Origin.Holder.Dept != policeDept {
		t.Errorf("the chain of custody is %+v %v", line, r)
	}
}

func TestAChainOfCustodyHasNoGap(t *testing.T) {
	s := open(t)
	id := s.depositor.Must("Deposit", deposit("硬盘镜像")).ID
	s.police.Refused(evidence.NotCustodian, "HandOver", handOver(id, courtDept, "硬盘镜像"))
	s.depositor.Refused(evidence.CustodyHashBroken, "HandOver", handOver(id, policeDept, "另一镜像"))
	s.depositor.Refused(evidence.HandoverInvalid, "HandOver", handOver(id, ledgertest.DeptA, "硬盘镜像"))
	s.police.Refused(evidence.HandoverMissing, "Receive", fields{"evidenceId": id, "hashAfter": hash("硬盘镜像")})
	s.depositor.Must("HandOver", handOver(id, policeDept, "硬盘镜像"))
	s.depositor.Refused(evidence.HandoverPending, "HandOver", handOver(id, courtDept, "硬盘镜像"))
	s.depositor.Refused(evidence.HandoverPending, "RecordCustody", fields{"evidenceId": id, "action": "COPY", "reason": "复制", "hashBefore": hash("硬盘镜像"), "hashAfter": hash("硬盘镜像")})
	s.court.Refused(evidence.NotReceiver, "Receive", fields{"evidenceId": id, "hashAfter": hash("硬盘镜像")})
	s.court.Refused(evidence.NotReceiver, "CancelHandover", fields{"evidenceId": id, "reason": "有误"})
	impostor := s.App("XinyangMSP", "xy-police", policeDept, evidence.RoleInvestigator)
	impostor.Refused(evidence.NotReceiver, "Receive", fields{"evidenceId": id, "hashAfter": hash("硬盘镜像")})
	s.police.Must("CancelHandover", fields{"evidenceId": id, "reason": "封条破损，拒收"})
	s.police.Refused(evidence.HandoverMissing, "CancelHandover", fields{"evidenceId": id, "reason": "有误"})
	s.depositor.Must("HandOver", handOver(id, policeDept, "硬盘镜像"))
	// What is received is another file: it is on record, not silently tried again.
	s.police.Must("Receive", fields{"evidenceId": id, "hashAfter": hash("被改动")})
	s.depositor.Refused(evidence.NotCustodian, "HandOver", handOver(id, courtDept, "被改动"))
	var first evidence.CustodyEntry
	body(t, s.Record("custody", entry(id, 1)), &first)
	if !first.Mismatch || first.From != ledgertest.DeptA || first.To != policeDept || first.HashBefore != hash("硬盘镜像") || first.HashAfter != hash("被改动") {
		t.Errorf("the entry is %+v", first)
	}
	s.police.Must("HandOver", handOver(id, courtDept, "被改动"))
	s.court.Must("Receive", fields{"evidenceId": id, "hashAfter": hash("被改动")})
	var line evidence.CustodyTimeline
	if r := s.court.Ask(&line, "CustodyTimeline", fields{"evidenceId": id}); r != nil || line.Intact || len(line.Entries) != 2 {
		t.Fatalf("the chain is %+v %v", line, r)
	}
	if line.Entries[1].Previous != s.Record("custody", entry(id, 1)).Digest || line.Entries[0].Previous != "" {
		t.Errorf("the entries are not linked: %+v", line.Entries)
	}
}

func TestAHandoverCanBeSignedByTheOneWhoHandsOver(t *testing.T) {
	s := open(t)
	key, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	registrar := s.App("ZhengzhouMSP", "zz-registrar", ledgertest.DeptA, ledger.SigningRegistrar)
	registrar.Must("RegisterSigner", fields{"keyId": key.Public().ID(), "application": "zz-contracts", "publicKey": string(key.Public().PEM())})
	id := s.depositor.Must("Deposit", deposit("硬盘镜像")).ID
	sign := func(statement string) string {
		sig, err := key.Sign([]byte(statement))
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(sig)
	}
	in := handOver(id, policeDept, "硬盘镜像")
	statement := fmt.Sprintf("custody/%s/1/%s/%s/TRANSFER/%s", id, ledgertest.DeptA, policeDept, hash("硬盘镜像"))
	in["keyId"], in["signature"] = key.Public().ID(), sign(statement+"!")
	s.depositor.Refused("SIGNATURE_INVALID", "HandOver", in)
	in["keyId"], in["signature"] = hash("无此公钥"), sign(statement)
	s.depositor.Refused("SIGNATURE_INVALID", "HandOver", in)
	in["keyId"] = key.Public().ID()
	s.depositor.Must("HandOver", in)
	s.police.Must("Receive", fields{"evidenceId": id, "hashAfter": hash("硬盘镜像")})
	var first evidence.CustodyEntry
	body(t, s.Record("custody", entry(id, 1)), &first)
	if first.KeyID != key.Public().ID() || first.Sig != in["signature"] {
		t.Errorf("the entry carries the signature %+v", first.Signed)
	}
	copying := fields{"evidenceId": id, "action": "COPY", "reason": "复制", "hashBefore": hash("硬盘镜像"), "hashAfter": hash("硬盘镜像"), "keyId": key.Public().ID(), "signature": in["signature"]}
	s.police.Refused("SIGNATURE_INVALID", "RecordCustody", copying) // another application's key
}

func TestPhasesFollowEachOtherWithoutGaps(t *testing.T) {
	s := open(t)
	matter := "HT-2026-00001873"
	phase := func(n int, content string) fields {
		return deposit(content, fields{"transactionId": matter, "phaseNo": n})
	}
	s.depositor.Must("OpenMatter", fields{"transactionId": matter, "title": "电子合同签署", "phases": []string{"身份核验", "合同签署", "合同履行"}})
	s.police.Refused("NOT_OWNER", "Deposit", phase(1, "身份"))
	s.depositor.Refused(evidence.PhaseOutOfOrder, "Deposit", phase(2, "合同"))
	s.depositor.Must("Deposit", phase(1, "身份"))
	s.depositor.Must("Deposit", phase(1, "人脸比对日志"))
	s.depositor.Refused(evidence.PhaseOutOfOrder, "Deposit", phase(3, "付款"))
	s.depositor.Must("Deposit", phase(2, "合同"))
	s.depositor.Refused(evidence.PhaseOutOfOrder, "Deposit", phase(1, "补充身份"))
	s.depositor.Refused(evidence.PhasesIncomplete, "CloseMatter", fields{"transactionId": matter})
	s.depositor.Must("Deposit", phase(3, "付款"))
	s.depositor.Refused(evidence.PhaseOutOfOrder, "Deposit", phase(4, "其他"))
	s.depositor.Must("CloseMatter", fields{"transactionId": matter})
	s.depositor.Refused("STATE_FORBIDS", "Deposit", phase(3, "迟到"))
	var line evidence.MatterTimeline
	if r := s.court.Ask(&line, "MatterTimeline", fields{"transactionId": matter}); r != nil || len(line.Phases) != 4 || line.Phases[3].Phase != "合同履行" || line.Phases[3].FileHash != hash("付款") || line.Status != "CLOSED" {
		t.Errorf("the phases are %+v %v", line, r)
	}
}

func TestATrustedTimestampIsVerifiedOnChain(t *testing.T) {
	s := open(t)
	key, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keyID, pem := key.Public().ID(), string(key.Public().PEM())
	register := fields{"keyId": keyID, "name": "示例时间戳服务中心", "publicKey": pem, "validFrom": "20260101", "validTo": "20261231"}
	stamped := func(content, stampedContent string, at time.Time) fields {
		token := tsatest.Issue(t, key, tsatest.Statement{Digest: hash(stampedContent), Time: at, Serial: 42})
		return deposit(content, fields{"tsaToken": base64.StdEncoding.EncodeToString(token), "tsaKeyId": keyID})
	}
	at := time.Date(2026, 3, 1, 2, 30, 0, 0, time.UTC)
	s.depositor.Refused(evidence.TimestampUnknown, "Deposit", stamped("合同", "合同", at))
	wrong := fields{"keyId": hash("别的"), "name": "示例", "publicKey": pem, "validFrom": "20260101", "validTo": "20261231"}
	s.regulator.Refused(evidence.AuthorityInvalid, "RegisterAuthority", wrong)
	s.regulator.Must("RegisterAuthority", register)
	s.depositor.Refused(evidence.TimestampDiffers, "Deposit", stamped("合同", "另一合同", at))
	s.depositor.Refused(evidence.TimestampInvalid, "Deposit", stamped("合同", "合同", at.AddDate(0, 0, 3)))
	s.depositor.Refused(evidence.TimestampInvalid, "Deposit", stamped("合同", "合同", at.AddDate(-1, 0, 0)))
	s.depositor.Refused(evidence.TimestampInvalid, "Deposit", deposit("合同", fields{"tsaToken": "AAAA", "tsaKeyId": keyID}))
	made := s.depositor.Must("Deposit", stamped("合同", "合同", at))
	var e evidence.Evidence
	body(t, s.Record("evidence", made.ID), &e)
	if e.Timestamp == nil || e.Timestamp.Time != "2026-03-01T02:30:00Z" || e.Timestamp.Serial != "42" || e.Timestamp.Authority != keyID {
		t.Errorf("the time stamp is %+v", e.Timestamp)
	}
	other, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	forged := tsatest.Issue(t, other, tsatest.Statement{Digest: hash("伪造"), Time: at, Serial: 42})
	s.depositor.Refused(evidence.TimestampInvalid, "Deposit", deposit("伪造", fields{"tsaToken": base64.StdEncoding.EncodeToString(forged), "tsaKeyId": keyID}))
	s.regulator.Must("RevokeAuthority", fields{"keyId": keyID, "reason": "服务终止"})
	s.depositor.Refused(evidence.TimestampUnknown, "Deposit", stamped("合同二", "合同二", at))
}

func TestVerificationTakesNumberDigestOrTransaction(t *testing.T) {
	s := open(t)
	id := s.depositor.Must("Deposit", deposit("合同")).ID
	var v evidence.VerifyAnswer
	ask := func(in fields) evidence.VerifyAnswer {
		t.Helper()
		v = evidence.VerifyAnswer{}
		if r := s.party.Ask(&v, "VerifyEvidence", in); r != nil {
			t.Fatal(r)
		}
		return v
	}
	found := ask(fields{"fileHash": hash("合同"), "depositor": ledgertest.DeptA})
	if !found.Match || found.EvidenceID != id || found.AnchoredTxID == "" || found.NoticeZh == "" {
		t.Errorf("the digest and its depositor answered %+v", found)
	}
	if a := ask(fields{"fileHash": hash("合同")}); a.Exists {
		t.Errorf("the digest without its depositor answered %+v", a)
	}
	if a := ask(fields{"evidenceId": id, "txId": found.AnchoredTxID}); !a.Match || a.TxMatch != "MATCH" {
		t.Errorf("the transaction answered %+v", a)
	}
	if a := ask(fields{"evidenceId": id, "txId": hash("别的"), "fileHash": hash("合同")}); a.Match || a.TxMatch != "NONE" || a.FileMatch != "DEPOSITED" {
		t.Errorf("another transaction answered %+v", a)
	}
	if a := ask(fields{"evidenceId": id}); a.Match || !a.Exists {
		t.Errorf("the number alone answered %+v", a)
	}
	if r := s.party.Ask(&v, "VerifyEvidence", fields{"txId": found.AnchoredTxID}); r == nil || r.Code != evidence.VerificationTarget {
		t.Errorf("a transaction alone answered %v", r)
	}
}
