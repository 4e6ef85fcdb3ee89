//go:build e2e

package ledgers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"henanchain/gateway/client"
	"henanchain/test/testnet"
)

func deposit(content string) fields {
	return fields{
		"fileHash": hash(content), "name": "购销合同.pdf", "size": len(content), "dataType": "1", "depositorType": "ORGANISATION",
		"depositorKey": subject("001", firmNumber), "collectedAt": "2026-03-01T02:00:00Z", "sourceType": "业务系统导出",
	}
}

func TestEvidenceGoesFromDepositToDecision(t *testing.T) {
	depositor, court := system(t, "zhengzhou-notary"), system(t, "zhengzhou-court")
	ctx, caseNo := t.Context(), "（2026）豫01民初"+run[5:]+"号"
	in := deposit("合同")
	in["private"] = fields{"name": firmName, "idType": "001", "idNumber": firmNumber}
	made := done(t)(depositor.Create(ctx, city, "evidence", "evidences", in))
	id := made.ID
	if again := done(t)(depositor.Create(ctx, city, "evidence", "evidences", deposit("合同"))); !again.Existing || again.ID != id {
		t.Errorf("the same file again answered %+v", again)
	}
	done(t)(depositor.Do(ctx, city, "evidence", "evidences", id, "record-custody", fields{"action": "COPY", "reason": "制作镜像", "hashBefore": hash("合同"), "hashAfter": hash("合同")}))
	done(t)(depositor.Do(ctx, city, "evidence", "evidences", id, "submit", fields{"caseNo": caseNo}))
	if a := done(t)(court.Do(ctx, city, "evidence", "evidences", id, "court-verify", fields{"fileHash": hash("假合同")})); a.Status != "MISMATCH" {
		t.Errorf("another file verified as %s", a.Status)
	}
	refused(t, "STATE_FORBIDS")(court.Do(ctx, city, "evidence", "evidences", id, "admit", fields{"decision": "采信"}))
	refused(t, "ROLE_REQUIRED")(depositor.Do(ctx, city, "evidence", "evidences", id, "exclude", fields{"decision": "排除"}))
	done(t)(court.Do(ctx, city, "evidence", "evidences", id, "court-verify", fields{"fileHash": hash("合同")}))
	done(t)(court.Do(ctx, city, "evidence", "evidences", id, "admit", fields{"decision": "来源清楚"}))

	cert := ask[struct {
		AnchoredTxID, Status, NoticeZh string
		CustodyIntact                  bool
		CustodyLength                  int
		Steps                          []struct{ Op, TxID string }
	}](t, depositor, "evidence", "certificate", fields{"evidenceId": id})
	var ops []string
	for _, s := range cert.Steps {
		ops = append(ops, s.Op)
	}
	if got := strings.Join(ops, " "); got != "Deposit RecordCustody Submit CourtVerify CourtVerify Admit" || cert.Status != "ADMITTED" || cert.AnchoredTxID != made.Receipt.TxID || !cert.CustodyIntact || cert.CustodyLength != 1 || cert.NoticeZh == "" {
		t.Errorf("the certificate says %+v", cert)
	}
	list := ask[struct {
		Items []struct{ EvidenceID, Outcome string }
	}](t, court, "evidence", "case-evidence", fields{"caseNo": caseNo})
	if len(list.Items) != 1 || list.Items[0].EvidenceID != id || list.Items[0].Outcome != "ADMITTED" {
		t.Errorf("the case has %+v", list)
	}
	line := ask[struct{ Entries []json.RawMessage }](t, court, "evidence", "custody-timeline", fields{"evidenceId": id})
	if len(line.Entries) != 1 {
		t.Errorf("the chain of custody is %+v", line)
	}
	found := ask[struct {
		Match   bool
		TxMatch string
	}](t, court, "evidence", "verify-evidence", fields{"evidenceId": id, "fileHash": hash("合同"), "txId": made.Receipt.TxID})
	if !found.Match || found.TxMatch != "MATCH" {
		t.Errorf("the verification answered %+v", found)
	}
	if body := bodyOf(t, depositor, "evidence", "evidences", id); strings.Contains(body["depositorKey"].(string), "91410105") || len(body["depositorKey"].(string)) != 64 {
		t.Errorf("the record's depositor is %v", body["depositorKey"])
	}
	done(t)(depositor.Do(ctx, city, "evidence", "evidences", id, "purge", fields{"reason": "演示结束"}))
}

// What is sealed is hidden from whoever has no part in it, wherever the answer
// comes from: the read model or the peers.
func TestSealedEvidenceIsHiddenOnEveryWay(t *testing.T) {
	owner, stranger := system(t, "zhengzhou-notary"), system(t, "zhengzhou-justice")
	ctx, file := t.Context(), hash("询问笔录")
	id := done(t)(owner.Create(ctx, city, "evidence", "evidences", deposit("询问笔录"))).ID
	done(t)(owner.Do(ctx, city, "evidence", "evidences", id, "seal", fields{"ground": "MINOR"}))
	readModelHas(t, owner, id, 2)
	sealed := func(what string, err error) {
		t.Helper()
		if problem, ok := err.(*client.Problem); !ok || problem.Code != "EVIDENCE_SEALED" || problem.Status != 403 {
			t.Errorf("%s answers a stranger %v", what, err)
		}
	}
	for _, path := range []string{"/" + id, "/" + id + "?consistency=ledger", "/" + id + "/history", "/" + id + "/history?consistency=ledger"} {
		if status, body := read(t, "zhengzhou-justice", "evidence/evidences"+path); status != 403 || !strings.Contains(body, "EVIDENCE_SEALED") {
			t.Errorf("%s answers a stranger %d %s", path, status, body)
		}
	}
	_, err := stranger.Verify(ctx, city, "evidence", "evidences", fields{"id": id, "fileHash": file})
	sealed("Verify", err)
	var answer json.RawMessage
	sealed("VerifyEvidence", stranger.Ask(ctx, city, "evidence", "verify-evidence", fields{"evidenceId": id}, &answer))
	for _, who := range []string{"zhengzhou-notary", "zhengzhou-justice"} {
		for _, query := range []string{"?fileHash=" + file, "?consistency=ledger&start=" + id} {
			if status, body := read(t, who, "evidence/evidences"+query); status != 200 || strings.Contains(body, id) != (who == "zhengzhou-notary") {
				t.Errorf("the list %s shows %s %d %s", query, who, status, body)
			}
		}
	}
}

// readModelHas waits until a piece of evidence's version can be read.
func readModelHas(t *testing.T, reader *client.Client, id string, version int64) {
	t.Helper()
	testnet.Eventually(t, "the read model has the new version", func() error {
		r, err := reader.Get(t.Context(), city, "evidence", "evidences", id)
		if err == nil && int64(r.Version) != version {
			err = fmt.Errorf("%s is %+v, not at version %d", id, r, version)
		}
		return err
	})
}
