package sharing_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/predicate"
	"henanchain/chaincode/sharing"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

func outcome(t testing.TB, r operation.Result) (o sharing.Outcome) {
	t.Helper()
	if r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	if err := json.Unmarshal(r.Data, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAUseThatNothingCoversIsDeniedAndOnRecord(t *testing.T) {
	withdraw := func(w *world) { w.Must(w.provider, "WithdrawItem", m{"catalogCode": houses, "reason": "调整"}) }
	for reason, c := range map[string]struct {
		grant, change m
		prepare       func(*world)
		app           func(*world) *ledgertest.App
	}{
		"NO_GRANT":          {change: m{"grantId": "GR9"}},
		"NO_RIGHT":          {app: func(w *world) *ledgertest.App { return w.otherUser }},
		"NOT_GRANTEE":       {app: func(w *world) *ledgertest.App { return w.otherUser }, prepare: func(w *world) { w.right(houses, office) }},
		"WRONG_SUBJECT":     {change: m{"subjectKey": key("乙")}},
		"WRONG_PURPOSE":     {change: m{"purpose": "营销"}},
		"OUT_OF_SCOPE":      {grant: m{"items": []string{letters}}},
		"FIELD_NOT_GRANTED": {grant: m{"fields": []string{"usage"}}},
		"NOT_YET_VALID":     {grant: m{"validFrom": "20260310"}},
		"EXPIRED":           {prepare: func(w *world) { w.Days(40) }},
		"REVOKED":           {prepare: func(w *world) { w.Must(w.portal, "RevokeGrant", m{"grantId": "GR1", "revokeHash": hash("撤回")}) }},
		"EXHAUSTED":         {grant: m{"maxUses": 1}, prepare: func(w *world) { w.Must(w.user, "UseData", w.use("甲")) }},
		"ITEM_WITHDRAWN":    {prepare: withdraw},
		"NOT_SHARED":        {prepare: func(w *world) { w.Must(w.provider, "PublishItem", item(houses, m{"sharing": "NOT_SHARED"})) }},
	} {
		for _, op := range []string{"UseData", "AskData"} {
			t.Run(reason+" "+op, func(t *testing.T) {
				w := newWorld(t)
				w.publish()
				w.hold("甲", "1")
				w.Must(w.portal, "GrantUse", consent("GR1", "甲", c.grant))
				app, in := w.user, w.use("甲", c.change)
				if c.prepare != nil {
					c.prepare(w)
				}
				if c.app != nil {
					app = c.app(w)
				}
				var half []any
				if op == "AskData" {
					in, half = with(in, m{"predicate": m{"field": "units", "op": "EQ", "values": []string{"1"}}}), []any{m{}}
				}
				r := w.Must(app, op, in, half...)
				if o := outcome(t, r); o.Outcome != "DENIED" || o.Reason != reason {
					t.Fatalf("the use was answered with %+v", o)
				}
				use, status := ledgertest.Body[sharing.Use](w.Story, "use", r.ID)
				if status != "DENIED" || use.Reason != reason || use.ResultHash != "" || w.PrivateValue("restricted", "use/"+r.ID) != nil {
					t.Errorf("the record is %s %+v", status, use)
				}
				w.Refused("RECORD_EXISTS", app, op, in, half...)
			})
		}
	}
}

func TestAQuestionIsAnsweredWithYesOrNoAndTheValueStays(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.hold("甲", "3141592")
	w.Must(w.portal, "GrantUse", consent("GR1", "甲", m{"maxUses": 10}))
	for question, want := range map[string]bool{"EQ 3141592": true, "GE 3141593": false, "GE 3141592": true, "LT 3141592": false, "IN 1,3141592": true} {
		op, values, _ := strings.Cut(question, " ")
		r := w.Must(w.user, "AskData", w.use("甲", m{"predicate": m{"field": "units", "op": op, "values": strings.Split(values, ",")}}), m{})
		if o := outcome(t, r); o.Outcome != "ANSWERED" {
			t.Fatalf("%s: %+v", question, o)
		}
		var a predicate.Answer
		if refusal := w.user.Ask(&a, "UseAnswer", m{"useId": r.ID}); refusal != nil || a.Answer != want {
			t.Errorf("%s was answered %+v %v", question, a, refusal)
		}
		if refusal := w.otherUser.Ask(&a, "UseAnswer", m{"useId": r.ID}); refusal == nil || refusal.Code != "NOT_THE_ASKER" {
			t.Errorf("another organisation read the answer: %v", refusal)
		}
	}
	w.Refused("PREDICATE_INVALID", w.user, "AskData", w.use("甲", m{"fields": nil, "predicate": m{"field": "owner", "op": "EQ", "values": []string{"1"}}}), m{})
	w.Refused("PRIVATE_HALF_MISSING", w.user, "AskData", w.use("甲", m{"predicate": m{"field": "units", "op": "EQ", "values": []string{"1"}}}))
	for at, v := range w.Public() {
		if strings.HasPrefix(at, "holding/") && strings.Contains(string(v), "3141592") {
			t.Errorf("%s tells the value: %s", at, v)
		}
	}
	w.Must(w.provider, "PurgeHolding", m{"id": predicate.HoldingID(key("甲"), houses), "reason": "期满"})
	r := w.Must(w.user, "AskData", w.use("甲", m{"predicate": m{"field": "units", "op": "EQ", "values": []string{"1"}}}), m{})
	if o := outcome(t, r); o.Outcome != "NO_DATA" {
		t.Errorf("after the purge the question is %+v", o)
	}
}

func TestWhoMayGrant(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.Refused("GRANTOR_INVALID", w.provider, "GrantUse", consent("GR1", "甲"))
	w.Refused("GRANTOR_INVALID", w.portal, "GrantUse", allow("GR1"))
	w.Refused("GRANTOR_INVALID", w.portal, "GrantUse", consent("GR1", "甲", m{"subjectKey": nil}))
	w.Refused("GRANTOR_INVALID", w.provider, "GrantUse", allow("GR1", m{"legalBasis": nil}))
	w.Refused("NOT_THE_PROVIDER", w.user, "GrantUse", allow("GR1"))
	w.Refused("ITEM_NOT_PUBLISHED", w.portal, "GrantUse", consent("GR1", "甲", m{"items": []string{"306001/000009"}}))
	w.Refused("PERIOD_INVALID", w.portal, "GrantUse", consent("GR1", "甲", m{"validTo": "20260301"}))
	w.Must(w.provider, "GrantUse", allow("GR1"))
	w.Refused("NOT_OWNER", w.portal, "RevokeGrant", m{"grantId": "GR1", "revokeHash": hash("撤回")})
}

func TestASubjectsOwnSignatureIsChecked(t *testing.T) {
	w := newWorld(t)
	w.publish()
	k, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := sharing.Grant{SubjectKey: key("甲"), GranteeDept: bank, Purpose: purpose, Items: []string{houses}, ValidFrom: "20260302", ValidTo: "20260331", MaxUses: 3, DocHash: hash("同意书")}
	statement, err := g.Statement("zhengzhou", "GR1")
	if err != nil {
		t.Fatal(err)
	}
	sig, err := k.Sign(statement)
	if err != nil {
		t.Fatal(err)
	}
	signed := m{"publicKey": string(k.Public().PEM()), "signature": base64.StdEncoding.EncodeToString(sig)}
	w.Refused("SIGNATURE_INVALID", w.portal, "GrantUse", consent("GR2", "甲", signed))
	w.Refused("SIGNATURE_INVALID", w.portal, "GrantUse", consent("GR1", "甲", signed, m{"maxUses": 4}))
	w.Refused("SIGNATURE_INVALID", w.portal, "GrantUse", consent("GR1", "甲", signed, m{"signature": nil}))
	w.Must(w.portal, "GrantUse", consent("GR1", "甲", signed))
}

func TestUnconditionalDataAreUsedWithoutAGrantAndOnRecord(t *testing.T) {
	w := newWorld(t)
	w.publish()
	r := w.Must(w.otherUser, "UseData", m{"useNo": "1", "catalogCode": open, "purpose": "统计"})
	if o := outcome(t, r); o.Outcome != "ALLOWED" || w.Record("use", r.ID) == nil {
		t.Errorf("the use is %+v", o)
	}
	w.Must(w.provider, "EndRight", m{"rightId": houses + ".USER." + bank, "reason": "到期"})
	w.Must(w.portal, "GrantUse", consent("GR1", "甲"))
	if o := outcome(t, w.Must(w.user, "UseData", w.use("甲"))); o.Reason != "NO_RIGHT" {
		t.Errorf("without its right the use is %+v", o)
	}
}

func TestASubjectFindsEveryUseAndDenial(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.Must(w.portal, "GrantUse", consent("GR1", "甲", m{"maxUses": 1}))
	w.Must(w.user, "UseData", w.use("甲"))
	w.Must(w.user, "UseData", w.use("甲"))
	w.Must(w.user, "UseData", w.use("乙"))
	var uses sharing.DataUses
	if r := w.portal.Ask(&uses, "DataUses", m{"subjectKey": key("甲")}); r != nil || len(uses.Uses) != 2 {
		t.Fatalf("the uses are %+v %v", uses, r)
	}
	got := map[string]int{}
	for _, u := range uses.Uses {
		got[u.Outcome+u.Reason]++
	}
	if got["ALLOWED"] != 1 || got["DENIEDEXHAUSTED"] != 1 {
		t.Errorf("the uses are %v", got)
	}
}

// TestNoUseWithoutItsRecordAndNoneBeyondItsGrant uses data at random, revokes, lets
// days go by, and counts against a plain sum.
func TestNoUseWithoutItsRecordAndNoneBeyondItsGrant(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.publish()
		most := rapid.IntRange(1, 5).Draw(rt, "uses")
		w.Must(w.portal, "GrantUse", consent("GR1", "甲", m{"maxUses": most, "validTo": "20260304"}))
		asked, allowed, day, revoked, right := 0, 0, 2, false, true
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "action") {
			case 0:
				w.Days(1)
				day++
			case 1:
				revoked = w.Do(w.portal, "RevokeGrant", m{"grantId": "GR1", "revokeHash": hash("撤回")}).Refusal == nil || revoked
			case 2:
				if right = !right; right {
					w.right(houses, bank)
				} else {
					w.Must(w.provider, "EndRight", m{"rightId": houses + ".USER." + bank, "reason": "到期"})
				}
			default:
				asked++
				o := outcome(t, w.Must(w.user, "UseData", w.use("甲")))
				live := right && !revoked && day <= 4 && allowed < most
				if live != (o.Outcome == "ALLOWED") || live == (o.Reason != "") {
					rt.Fatalf("after %d of %d uses on day %d, revoked %v, right %v: %+v", allowed, most, day, revoked, right, o)
				}
				if live {
					allowed++
				}
			}
		}
		g, _ := ledgertest.Body[sharing.Grant](w.Story, "grant", "GR1")
		count := map[string]int{}
		for at, v := range w.Public() {
			if strings.HasPrefix(at, "use/") {
				count[fmt.Sprint(strings.Contains(string(v), `"status":"ALLOWED"`))]++
			}
		}
		if g.Uses != allowed || count["true"] != allowed || count["true"]+count["false"] != asked {
			rt.Fatalf("%d of %d uses were allowed; the grant counts %d, on record are %v", allowed, asked, g.Uses, count)
		}
	})
}

func TestOnTheMainChannelAnotherCitysPrivateDataAreNotAsked(t *testing.T) {
	w := newWorld(t)
	w.Channel = "henan"
	w.publish()
	w.hold("甲", "1")
	if w.PrivateValue("restricted_ZhengzhouMSP", "holding/"+predicate.HoldingID(key("甲"), houses)) == nil {
		t.Fatal("the values are not in the owner's collection")
	}
	w.Must(w.portal, "GrantUse", consent("GR1", "甲"))
	in := w.use("甲", m{"predicate": m{"field": "units", "op": "EQ", "values": []string{"1"}}})
	w.Refused("PRIVATE_ELSEWHERE", w.App("XinyangMSP", "bank", bank, sharing.RoleUser), "AskData", in, m{})
	for _, msp := range []string{"HenanMSP", "ZhengzhouMSP"} {
		if o := outcome(t, w.Must(w.App(msp, "bank", bank, sharing.RoleUser), "AskData", with(in, m{"useNo": msp}), m{})); o.Outcome != "ANSWERED" {
			t.Errorf("for %s the question is %+v", msp, o)
		}
	}
}
