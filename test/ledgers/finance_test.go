//go:build e2e

package ledgers

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"testing"

	"henanchain/chaincode/finance"
	"henanchain/gateway/client"
	"henanchain/internal/gm"
)

// lending is the story's bank and platform at work on one application.
type lending struct {
	platform, bank *client.Client
	id             string
}

const taxItem = "306001/000001"

// The enterprise of the stories is invented; no department has its number.
const (
	firmName   = "郑州示例商贸有限公司"
	firmNumber = "91410105MA00A0108Y"
)

var firm = subject("001", firmNumber)

func TestAnEnterpriseAuthorizesIsLentToAndRepays(t *testing.T) {
	l := &lending{system(t, "province-finance"), system(t, "zhengzhou-bank"), "RZ" + run}
	ctx, provider := t.Context(), system(t, "zhengzhou-data")
	done(t)(provider.Create(ctx, city, "finance", "catalogue-items", fields{"catalogCode": taxItem, "name": "纳税信用信息",
		"fields": []fields{{"name": "taxGrade", "titleZh": "纳税信用等级", "type": "GRADE", "grades": []string{"A", "B", "M", "C", "D"}}}}))
	done(t)(provider.Create(ctx, city, "finance", "facts", fields{"subjectKey": firm, "catalogCode": taxItem, "asOf": "20260101", "validTo": "20991231",
		"private": fields{"values": []fields{{"field": "taxGrade", "value": "A"}}}}))
	done(t)(l.platform.Create(ctx, city, "finance", "loans", fields{"applicationId": l.id, "subjectKey": firm, "idType": "001", "subjectType": "SMALL_ENTERPRISE",
		"bankDept": net.Dept("zhengzhou-bank"), "termMonths": 12, "usage": "WORKING_CAPITAL",
		"private": fields{"amountFen": 100000000, "borrower": firmName, "idNumber": firmNumber}}))
	l.authorize(t)
	l.askQuestions(t)
	l.lend(t)
}

// authorize lets the enterprise sign an authorization with its own key.
func (l *lending) authorize(t *testing.T) {
	t.Helper()
	ctx, id := t.Context(), "SQ"+run
	key, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	done(t)(l.platform.Create(ctx, city, "finance", "subject-keys", fields{"subjectKey": firm, "publicKey": string(key.Public().PEM())}))
	done(t)(l.platform.Create(ctx, city, "finance", "authorizations", fields{"authId": id, "subjectKey": firm, "granteeDept": net.Dept("zhengzhou-bank"),
		"purpose": "PRE_LOAN", "scope": []string{taxItem}, "validFrom": "20260101", "validTo": "20991231", "maxUses": 2, "applicationId": l.id, "docHash": hash("授权书")}))
	var draft finance.Authorization
	raw, err := json.Marshal(bodyOf(t, l.platform, "finance", "authorizations", id))
	if err == nil {
		err = json.Unmarshal(raw, &draft)
	}
	if err != nil {
		t.Fatal(err)
	}
	statement, err := draft.Statement(city, id)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign(statement)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "SIGNATURE_INVALID")(l.platform.Do(ctx, city, "finance", "authorizations", id, "grant", fields{"signature": "MEYC"}))
	done(t)(l.platform.Do(ctx, city, "finance", "authorizations", id, "grant", fields{"signature": base64.StdEncoding.EncodeToString(signature)}))
}

// askQuestions asks within the authorization and beyond it.
func (l *lending) askQuestions(t *testing.T) {
	t.Helper()
	type answer struct {
		Outcome, Reason string
		Answer          bool
	}
	question := func(no, purpose, grade string) answer {
		t.Helper()
		a := done(t)(l.bank.Create(t.Context(), city, "finance", "uses", fields{"queryNo": no + run, "authId": "SQ" + run, "subjectKey": firm, "catalogCode": taxItem,
			"purpose": purpose, "predicate": fields{"field": "taxGrade", "op": "GE", "values": []string{grade}}, "private": fields{}}))
		return ask[answer](t, l.bank, "finance", "use-answers", fields{"useId": a.ID})
	}
	if a := question("1", "PRE_LOAN", "B"); a.Outcome != "ANSWERED" || !a.Answer {
		t.Errorf("whether A is at least B answered %+v", a)
	}
	if a := question("2", "POST_LOAN", "B"); a.Outcome != "DENIED" || a.Reason != "WRONG_PURPOSE" {
		t.Errorf("for another purpose the question answered %+v", a)
	}
	done(t)(l.platform.Do(t.Context(), city, "finance", "authorizations", "SQ"+run, "revoke", fields{"revokeHash": hash("撤销书")}))
	if a := question("3", "PRE_LOAN", "B"); a.Outcome != "DENIED" || a.Reason != "REVOKED" {
		t.Errorf("after the revocation the question answered %+v", a)
	}
	type uses struct {
		Uses []struct{ AuthID, Outcome string }
	}
	count := map[string]int{}
	for _, u := range ask[uses](t, l.platform, "finance", "data-uses", fields{"subjectKey": firm}).Uses {
		if u.AuthID == "SQ"+run {
			count[u.Outcome]++
		}
	}
	if count["ANSWERED"] != 1 || count["DENIED"] != 2 {
		t.Errorf("on record are %v", count)
	}
}

// lend takes the loan through its life, and over its bounds.
func (l *lending) lend(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	do := func(c *client.Client, verb string, in fields) *client.Acknowledgement {
		t.Helper()
		return done(t)(c.Do(ctx, city, "finance", "loans", l.id, verb, in))
	}
	do(l.platform, "submit", fields{})
	do(l.bank, "accept", fields{})
	do(l.bank, "investigate", fields{"reportHash": hash("调查报告")})
	do(l.bank, "approve", fields{"termMonths": 12, "private": fields{"creditLimitFen": 100000000, "rateBp": 345}})
	col := done(t)(l.bank.Create(ctx, city, "finance", "collaterals", fields{"kind": "REAL_ESTATE_UNIT", "ref": "410105001002GB00002F" + run[6:],
		"private": fields{"valueFen": 120000000, "owner": firmName}}))
	refused(t, "COLLATERAL_EXCEEDED")(l.bank.Create(ctx, city, "finance", "pledges", fields{"collateralId": col.ID, "applicationId": l.id, "private": fields{"pledgeFen": 120000001}}))
	done(t)(l.bank.Create(ctx, city, "finance", "pledges", fields{"collateralId": col.ID, "applicationId": l.id, "private": fields{"pledgeFen": 100000000}}))
	refused(t, "CREDIT_EXCEEDED")(l.bank.Do(ctx, city, "finance", "loans", l.id, "sign",
		fields{"contractNo": "HT" + run, "contractHash": hash("借款合同"), "payMode": "01", "private": fields{"contractFen": 100000001}}))
	do(l.bank, "sign", fields{"contractNo": "HT" + run, "contractHash": hash("借款合同"), "payMode": "01", "private": fields{"contractFen": 100000000}})
	do(l.bank, "disburse", fields{"noteNo": "JJ" + run, "private": fields{"drawFen": 60000000}})
	refused(t, "CONTRACT_EXCEEDED")(l.bank.Do(ctx, city, "finance", "loans", l.id, "disburse", fields{"noteNo": "JK" + run, "private": fields{"drawFen": 40000001}}))
	repay := func(no string, fen int) fields {
		return fields{"repaymentNo": no + run, "noteNo": "JJ" + run, "private": fields{"principalFen": fen, "interestFen": 0}}
	}
	do(l.bank, "repay", repay("1", 20000000))
	refused(t, "REPAYMENT_EXCEEDS_OUTSTANDING")(l.bank.Do(ctx, city, "finance", "loans", l.id, "repay", repay("2", 40000001)))
	do(l.bank, "repay", repay("3", 40000000))
	if a := do(l.bank, "settle", fields{}); a.Status != "SETTLED" {
		t.Errorf("the settlement answered %+v", a)
	}
	type trace struct {
		Status                             string
		DrawnFen, OutstandingFen           int64
		Milestones, Authorizations, Draws  []fields
		Pledges                            []string
		CreditLimitFen, ContractFen        int64
		AmountFen, OverdueDays, TermMonths int64
	}
	if tr := ask[trace](t, l.bank, "finance", "traces", fields{"applicationId": l.id}); tr.Status != "SETTLED" || tr.DrawnFen != 60000000 || tr.OutstandingFen != 0 ||
		len(tr.Milestones) != 9 || len(tr.Authorizations) != 1 || len(tr.Pledges) != 0 {
		t.Errorf("the trace is %+v", tr)
	}
	do(l.platform, "purge", fields{"reason": "演示结束"})
}
