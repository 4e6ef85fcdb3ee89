package finance_test

import (
	"encoding/json"
	"strings"
	"testing"

	"henanchain/chaincode/finance"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/predicate"
	"henanchain/internal/operation"
)

func outcome(t *testing.T, r operation.Result) (out finance.Outcome) {
	t.Helper()
	if err := json.Unmarshal(r.Data, &out); err != nil {
		t.Fatalf("the use answered %s: %v", r.Data, err)
	}
	return out
}

// ask asks and reads the answer, as a bank would.
func (w *world) ask(t *testing.T, in m) finance.Answer {
	t.Helper()
	r := w.Must(w.bank, "UseData", in, m{})
	var a finance.Answer
	if refusal := w.bank.Ask(&a, "UseAnswer", m{"useId": r.ID}); refusal != nil {
		t.Fatal(refusal)
	}
	return a
}

func TestAQuestionIsAnsweredWithYesOrNoAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.publish("甲公司", "B", "3500000")
	w.authorize("SQ1", "甲公司", m{"maxUses": 100})
	for _, c := range []struct {
		predicate m
		want      bool
	}{
		{ge("taxGrade", "A"), false}, {ge("taxGrade", "B"), true}, {ge("taxGrade", "M"), true}, {ge("taxGrade", "D"), true},
		{condition("taxGrade", "GT", "B"), false}, {condition("taxGrade", "GT", "C"), true}, {condition("taxGrade", "LE", "B"), true},
		{condition("taxGrade", "LT", "A"), true}, {condition("taxGrade", "LT", "B"), false}, {condition("taxGrade", "EQ", "M"), false},
		{condition("taxGrade", "IN", "A", "B"), true}, {condition("taxGrade", "IN", "C", "D"), false},
		{ge("taxPaidFen", "3500000"), true}, {ge("taxPaidFen", "3500001"), false}, {condition("taxPaidFen", "LT", "10000000"), true}, {ge("taxPaidFen", "-1"), true},
		{condition("taxOffice", "EQ", "金水区税务局"), true}, {condition("taxOffice", "IN", "二七区税务局"), false},
	} {
		if a := w.ask(t, w.question("SQ1", "甲公司", m{"predicate": c.predicate})); a.Outcome != "ANSWERED" || a.Answer != c.want || a.ResultHash == "" {
			t.Errorf("%v answered %+v, not %v", c.predicate, a, c.want)
		}
	}
	// The block knows the question and its outcome, and no answer.
	r := w.Must(w.bank, "UseData", w.question("SQ1", "甲公司"), m{})
	if o := outcome(t, r); o.Outcome != "ANSWERED" || o.UseID != r.ID || strings.Contains(string(r.Data), "true") {
		t.Errorf("the operation answered %s", r.Data)
	}
	for at, v := range w.Public() {
		if strings.Contains(string(v), `"answer"`) || strings.Contains(string(v), "3500000\"}") || strings.Contains(string(v), "甲公司") {
			t.Errorf("%s carries an answer or a value: %s", at, v)
		}
	}
	var a finance.Answer
	if refusal := w.otherBank.Ask(&a, "UseAnswer", m{"useId": r.ID}); refusal == nil || refusal.Code != "NOT_THE_ASKER" {
		t.Errorf("another bank read the answer: %+v %v", a, refusal)
	}
	w.Must(w.bank, "PurgeUse", m{"id": r.ID, "reason": "超过保存期限"})
	if refusal := w.bank.Ask(&a, "UseAnswer", m{"useId": r.ID}); refusal == nil || refusal.Code != "PRIVATE_HALF_MISSING" {
		t.Errorf("a purged answer was read: %+v %v", a, refusal)
	}
}

func TestAQuestionWithoutALiveAuthorizationIsDeniedAndStaysOnRecord(t *testing.T) {
	type denial struct {
		prepare func(w *world)
		change  m
		app     func(w *world) *ledgertest.App
	}
	for reason, c := range map[string]denial{
		"NO_AUTHORIZATION": {change: m{"authId": "SQ9"}},
		"NOT_GRANTEE":      {app: func(w *world) *ledgertest.App { return w.otherBank }},
		"WRONG_SUBJECT":    {change: m{"subjectKey": key("乙公司")}},
		"NOT_GRANTED":      {change: m{"authId": "SQ2"}, prepare: func(w *world) { w.Must(w.platform, "DraftAuthorization", authorization("SQ2", "甲公司")) }},
		"REVOKED": {prepare: func(w *world) {
			w.Must(w.platform, "RevokeAuthorization", m{"authId": "SQ1", "revokeHash": hash("撤销")})
		}},
		"EXPIRED":        {prepare: func(w *world) { w.Days(30) }},
		"NOT_YET_VALID":  {change: m{"authId": "SQ2"}, prepare: func(w *world) { w.authorize("SQ2", "甲公司", m{"validFrom": "20260303"}) }},
		"WRONG_PURPOSE":  {change: m{"purpose": "POST_LOAN"}},
		"OUT_OF_SCOPE":   {change: m{"catalogCode": "306001/000002"}},
		"ITEM_WITHDRAWN": {prepare: func(w *world) { w.Must(w.provider, "WithdrawItem", m{"catalogCode": tax, "reason": "调整"}) }},
		"EXHAUSTED": {prepare: func(w *world) {
			for range 3 {
				w.Must(w.bank, "UseData", w.question("SQ1", "甲公司"), m{})
			}
		}},
	} {
		t.Run(reason, func(t *testing.T) {
			w := newWorld(t)
			w.publish("甲公司", "A", "1")
			w.authorize("SQ1", "甲公司")
			app, dept := w.bank, bankA
			if c.prepare != nil {
				c.prepare(w)
			}
			if c.app != nil {
				app, dept = c.app(w), bankB
			}
			in := with(w.question("SQ1", "甲公司"), c.change)
			r := w.Must(app, "UseData", in, m{})
			if o := outcome(t, r); o.Outcome != "DENIED" || o.Reason != reason || r.Status != "DENIED" {
				t.Fatalf("the question was answered with %+v", o)
			}
			use, status := ledgertest.Body[finance.Use](w.Story, "use", r.ID)
			if status != "DENIED" || use.Reason != reason || use.ResultHash != "" || use.QueryHash == "" {
				t.Errorf("the record is %s %+v", status, use)
			}
			if w.PrivateValue("restricted", "use/"+r.ID) != nil {
				t.Error("a denied question has an answer")
			}
			w.Refused("RECORD_EXISTS", app, "UseData", in, m{})
			var state finance.AuthorizationState
			ask := m{"authId": in["authId"], "granteeDept": dept, "subjectKey": in["subjectKey"], "catalogCode": in["catalogCode"], "purpose": in["purpose"]}
			if refusal := app.Ask(&state, "CheckAuthorization", ask); refusal != nil || state.Usable || state.Reason != reason {
				t.Errorf("the check answered %+v %v", state, refusal)
			}
		})
	}
}

func TestRevocationStopsFutureUseAndKeepsTheHistory(t *testing.T) {
	w := newWorld(t)
	w.publish("甲公司", "A", "1")
	w.authorize("SQ1", "甲公司")
	first := w.Must(w.bank, "UseData", w.question("SQ1", "甲公司"), m{})
	w.Must(w.platform, "RevokeAuthorization", m{"authId": "SQ1", "revokeHash": hash("撤销书")})
	denied := w.Must(w.bank, "UseData", w.question("SQ1", "甲公司"), m{})
	w.Must(w.otherBank, "UseData", w.question("SQ9", "甲公司"), m{})
	w.Must(w.bank, "UseData", w.question("SQ9", "乙公司"), m{})
	var a finance.Answer
	if r := w.bank.Ask(&a, "UseAnswer", m{"useId": first.ID}); r != nil || !a.Answer {
		t.Errorf("the answer from before is %+v %v", a, r)
	}
	var uses finance.DataUses
	if r := w.platform.Ask(&uses, "DataUses", m{"subjectKey": key("甲公司")}); r != nil || len(uses.Uses) != 3 || uses.Bookmark != "" {
		t.Fatalf("the subject's uses are %+v %v", uses, r)
	}
	seen := map[string]string{}
	for _, u := range uses.Uses {
		seen[u.UseID] = u.By + " " + u.Outcome + u.Reason
	}
	if seen[first.ID] != bankA+" ANSWERED" || seen[denied.ID] != bankA+" DENIEDREVOKED" {
		t.Errorf("the subject's uses are %v", seen)
	}
	w.Refused("STATE_FORBIDS", w.platform, "GrantAuthorization", w.sign("SQ1", "甲公司"))
	w.Refused("STATE_FORBIDS", w.platform, "RevokeAuthorization", m{"authId": "SQ1", "revokeHash": hash("撤销书")})
}

func TestUsesAreCountedAlsoWithinOneTransaction(t *testing.T) {
	w := newWorld(t)
	w.publish("甲公司", "A", "1")
	w.authorize("SQ1", "甲公司")
	var ops []ledgertest.Op
	for range 5 {
		ops = append(ops, ledgertest.Op{Name: "UseData", In: w.question("SQ1", "甲公司"), Private: m{}})
	}
	var got []string
	for _, r := range w.bank.Apply(ops...) {
		o := outcome(t, r)
		got = append(got, o.Outcome+o.Reason)
	}
	if want := "ANSWERED ANSWERED ANSWERED DENIEDEXHAUSTED DENIEDEXHAUSTED"; strings.Join(got, " ") != want {
		t.Errorf("five questions under three uses were %v", got)
	}
	if a, status := ledgertest.Body[finance.Authorization](w.Story, "authorization", "SQ1"); status != "EXHAUSTED" || a.Uses != 3 {
		t.Errorf("the authorization is %s with %d uses", status, a.Uses)
	}
}

func TestAnAuthorizationIsGrantedByTheSubjectsOwnSignature(t *testing.T) {
	w := newWorld(t)
	w.publish("甲公司", "A", "1")
	w.Must(w.platform, "DraftAuthorization", authorization("SQ1", "甲公司"))
	w.Must(w.platform, "DraftAuthorization", authorization("SQ2", "甲公司", m{"maxUses": 1000}))
	w.Refused("SUBJECT_KEY_MISSING", w.platform, "GrantAuthorization", m{"authId": "SQ1", "signature": "MEYC"})
	signed := w.sign("SQ1", "甲公司")
	w.Refused("SIGNATURE_INVALID", w.platform, "GrantAuthorization", m{"authId": "SQ1", "signature": "MEYC"})
	w.Refused("SIGNATURE_INVALID", w.platform, "GrantAuthorization", m{"authId": "SQ1", "signature": "不是"})
	w.Refused("SIGNATURE_INVALID", w.platform, "GrantAuthorization", m{"authId": "SQ2", "signature": signed["signature"]})
	w.sign("SQ2", "乙公司") // makes the other's key
	w.keys["甲公司"], w.keys["乙公司"] = w.keys["乙公司"], w.keys["甲公司"]
	w.Refused("SIGNATURE_INVALID", w.platform, "GrantAuthorization", w.sign("SQ1", "甲公司"))
	w.keys["甲公司"], w.keys["乙公司"] = w.keys["乙公司"], w.keys["甲公司"]
	w.Must(w.platform, "RevokeSubjectKey", m{"subjectKey": key("甲公司"), "reason": "遗失"})
	w.Refused("SUBJECT_KEY_MISSING", w.platform, "GrantAuthorization", signed)
	w.Must(w.platform, "RegisterSubjectKey", m{"subjectKey": key("甲公司"), "publicKey": string(w.keys["甲公司"].Public().PEM())})
	w.Refused("INPUT_INVALID", w.platform, "RegisterSubjectKey", m{"subjectKey": key("甲公司"), "publicKey": "PEM"})
	w.Must(w.platform, "GrantAuthorization", signed)
	w.Refused("NOT_EXPIRED", w.platform, "ExpireAuthorization", m{"authId": "SQ1"})
	w.Days(30)
	w.Must(w.platform, "ExpireAuthorization", m{"authId": "SQ1"})
	w.Refused("AUTHORIZATION_EXPIRED", w.platform, "GrantAuthorization", w.sign("SQ2", "甲公司"))

	w.Refused("PERIOD_INVALID", w.platform, "DraftAuthorization", authorization("SQ3", "甲公司", m{"validTo": "20260301"}))
	w.Refused("SCOPE_INVALID", w.platform, "DraftAuthorization", authorization("SQ3", "甲公司", m{"scope": []string{tax, "306001/000009"}}))
	w.draft("RZ1", "甲公司")
	w.Refused("SUBJECT_MISMATCH", w.platform, "DraftAuthorization", authorization("SQ3", "乙公司", m{"applicationId": "RZ1"}))
	w.Refused("SUBJECT_MISMATCH", w.platform, "DraftAuthorization", authorization("SQ3", "甲公司", m{"applicationId": "RZ1", "granteeDept": bankB}))
	w.Must(w.platform, "DraftAuthorization", authorization("SQ3", "甲公司", m{"applicationId": "RZ1"}))
	if tr := w.trace("RZ1"); len(tr.Authorizations) != 1 || tr.Authorizations[0].AuthID != "SQ3" {
		t.Errorf("the application's authorizations are %+v", tr.Authorizations)
	}
}

func TestOnlyTheProviderProvidesAndOnlyWhatTheItemHas(t *testing.T) {
	w := newWorld(t)
	w.publish("甲公司", "A", "1")
	fact := m{"subjectKey": key("乙公司"), "catalogCode": tax, "asOf": "20260101", "validTo": "20261231"}
	values := func(list ...string) m {
		var all []m
		for i := 0; i < len(list); i += 2 {
			all = append(all, m{"field": list[i], "value": list[i+1]})
		}
		return m{"values": all}
	}
	w.Refused("NOT_OWNER", w.otherProvider, "ProvideFact", fact, values("taxGrade", "A"))
	w.Refused("NOT_OWNER", w.otherProvider, "PublishItem", taxItem)
	w.Refused("PRIVATE_HALF_MISSING", w.provider, "ProvideFact", fact)
	w.Refused("PERIOD_INVALID", w.provider, "ProvideFact", with(fact, m{"asOf": "20260303"}), values("taxGrade", "A"))
	w.Refused("PERIOD_INVALID", w.provider, "ProvideFact", with(fact, m{"validTo": "20251231"}), values("taxGrade", "A"))
	for _, wrong := range []m{values("taxGrade", "E"), values("taxPaidFen", "1.5"), values("taxPaidFen", "01"), values("nothing", "1"), values("taxGrade", "A", "taxGrade", "B")} {
		r := w.Refused("FACT_INVALID", w.provider, "ProvideFact", fact, wrong)
		if strings.Contains(r.Message, "1.5") {
			t.Errorf("the refusal repeats the value: %v", r)
		}
	}
	w.Refused("FIELDS_INVALID", w.provider, "PublishItem", with(taxItem, m{"fields": []m{{"name": "a", "titleZh": "甲", "type": "GRADE"}}}))
	w.Refused("FIELDS_INVALID", w.provider, "PublishItem", with(taxItem, m{"fields": []m{{"name": "a", "titleZh": "甲", "type": "TEXT", "grades": []string{"A", "B"}}}}))
	w.Refused("FIELDS_INVALID", w.provider, "PublishItem", with(taxItem, m{"fields": []m{{"name": "a", "titleZh": "甲", "type": "TEXT"}, {"name": "a", "titleZh": "乙", "type": "TEXT"}}}))
	w.Must(w.provider, "WithdrawItem", m{"catalogCode": tax, "reason": "调整"})
	w.Refused("SCOPE_INVALID", w.provider, "ProvideFact", fact, values("taxGrade", "A"))
	w.Refused("SCOPE_INVALID", w.platform, "DraftAuthorization", authorization("SQ1", "甲公司"))
}

func TestAQuestionThatFitsNoFieldIsRefusedAndOneWithoutDataSaysSo(t *testing.T) {
	w := newWorld(t)
	w.publish("甲公司", "A", "1")
	w.authorize("SQ1", "甲公司", m{"maxUses": 100})
	for _, wrong := range []m{ge("nothing", "1"), ge("taxGrade", "E"), ge("taxPaidFen", "B"), ge("taxOffice", "金水"), condition("taxGrade", "EQ", "A", "B")} {
		w.Refused("PREDICATE_INVALID", w.bank, "UseData", w.question("SQ1", "甲公司", m{"predicate": wrong}), m{})
	}
	w.Refused("PRIVATE_HALF_MISSING", w.bank, "UseData", w.question("SQ1", "甲公司"))
	w.authorize("SQ2", "乙公司")
	if a := w.ask(t, w.question("SQ2", "乙公司")); a.Outcome != "NO_DATA" || a.Answer {
		t.Errorf("a subject without data answered %+v", a)
	}
	w.fact("乙公司", "C", "1", m{"validTo": "20260302"})
	if a := w.ask(t, w.question("SQ2", "乙公司")); a.Outcome != "ANSWERED" || a.Answer {
		t.Errorf("a subject of the grade C answered %+v", a)
	}
	w.Days(1)
	if a := w.ask(t, w.question("SQ2", "乙公司")); a.Outcome != "NO_DATA" {
		t.Errorf("data of yesterday answered %+v", a)
	}
	id := predicate.HoldingID(key("乙公司"), tax)
	if got := w.Status("fact", id); got != "EXPIRED" {
		t.Errorf("the fact is %s", got)
	}
	w.Must(w.provider, "PurgeFact", m{"id": id, "reason": "过期"})
	id = predicate.HoldingID(key("甲公司"), tax)
	w.Refused("STATE_FORBIDS", w.provider, "PurgeFact", m{"id": id, "reason": "过期"})
	w.Must(w.provider, "WithdrawFact", m{"factId": id})
	if a := w.ask(t, w.question("SQ1", "甲公司")); a.Outcome != "NO_DATA" {
		t.Errorf("withdrawn data answered %+v", a)
	}
	w.Must(w.provider, "PurgeFact", m{"id": id, "reason": "撤回"})
	w.fact("甲公司", "B", "1")
	if a := w.ask(t, w.question("SQ1", "甲公司")); a.Outcome != "ANSWERED" || !a.Answer {
		t.Errorf("data that came again answered %+v", a)
	}
}

func TestASelfReportIsCorrectedByItsNextVersion(t *testing.T) {
	w := newWorld(t)
	report := m{"subjectKey": key("甲公司"), "reportType": "FINANCIAL", "period": "202601", "fileHash": hash("报表")}
	first := w.Must(w.platform, "SelfReport", report)
	again := w.Must(w.platform, "SelfReport", with(report, m{"fileHash": hash("更正")}))
	if again.ID != first.ID || again.Version != 2 {
		t.Errorf("the correction is %+v", again)
	}
	w.Refused("PERIOD_INVALID", w.platform, "SelfReport", with(report, m{"period": "202604"}))
}
