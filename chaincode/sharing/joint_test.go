package sharing_test

import (
	"fmt"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/sharing"
)

const housing = "11410100MB0H00006K"

// parties are three departments that provide an item each.
func (w *world) parties() (apps []*ledgertest.App, list []m) {
	w.t.Helper()
	for i, dept := range []string{registry, office, housing} {
		app, code := w.App("ZhengzhouMSP", fmt.Sprint("party", i), dept, sharing.RoleProvider), fmt.Sprint("30620", i, "/1")
		w.Must(app, "PublishItem", item(code, m{"personal": nil}))
		w.Must(app, "RegisterRight", m{"catalogCode": code, "kind": "USER", "holderDept": bank, "basis": "协议", "validTo": "20261231"})
		w.Must(app, "GrantUse", allow(fmt.Sprint("GS", i), m{"items": []string{code}, "maxUses": 1}))
		apps, list = append(apps, app), append(list, m{"dept": dept, "catalogCode": code, "grantId": fmt.Sprint("GS", i)})
	}
	return apps, list
}

func sum(parties []m, changes ...m) m {
	return with(append([]m{{"jointId": "LH1", "kind": "SUM", "purpose": purpose, "field": "units", "key": hash("recipient"), "parties": parties, "dueOn": "20260310"}}, changes...)...)
}

func TestASumIsOfThreeAndEachGivesOnceUnderItsGrant(t *testing.T) {
	w := newWorld(t)
	apps, list := w.parties()
	w.Refused("PARTY_INVALID", w.user, "StartJoint", sum(list[:2]))
	w.Refused("PARTY_INVALID", w.user, "StartJoint", sum(list, m{"key": nil}))
	w.Refused("PARTY_INVALID", w.user, "StartJoint", sum(append([]m{list[0]}, list...)))
	w.Refused("NOT_THE_PROVIDER", w.user, "StartJoint", sum([]m{list[0], list[1], with(list[2], m{"catalogCode": list[0]["catalogCode"]})}))
	w.Refused("PERIOD_INVALID", w.user, "StartJoint", sum(list, m{"dueOn": "20260301"}))
	w.Must(w.user, "StartJoint", sum(list))
	join := func(i int, key string) m { return m{"jointId": "LH1", "key": hash(key)} }
	give := func(n int) m { return m{"jointId": "LH1", "masked": strconv.Itoa(n)} }
	w.Refused("STATE_FORBIDS", apps[0], "Contribute", give(1))
	w.Refused("PARTY_INVALID", apps[0], "JoinJoint", join(0, "recipient"))
	w.Must(apps[0], "JoinJoint", join(0, "a"))
	w.Refused("PARTY_INVALID", apps[0], "JoinJoint", join(0, "b"))
	w.Refused("PARTY_INVALID", apps[1], "JoinJoint", join(1, "a"))
	w.Must(apps[1], "JoinJoint", join(1, "b"))
	w.Must(apps[2], "JoinJoint", join(2, "c"))
	stranger := w.App("ZhengzhouMSP", "stranger", tax, sharing.RoleProvider)
	w.Refused("PARTY_INVALID", stranger, "Contribute", give(1))
	w.Refused("INPUT_INVALID", apps[0], "Contribute", m{"jointId": "LH1", "masked": "18446744073709551616"})
	w.Must(apps[0], "Contribute", m{"jointId": "LH1", "masked": "18446744073709551615"})
	w.Refused("ROUND_INVALID", apps[0], "Contribute", give(2))
	w.Must(apps[1], "RevokeGrant", m{"grantId": "GS1", "revokeHash": hash("撤销")})
	if o := outcome(t, w.Must(apps[1], "Contribute", give(5))); o.Outcome != "DENIED" || o.Reason != "REVOKED" {
		t.Errorf("without its grant the contribution is %+v", o)
	}
	if j, status := ledgertest.Body[sharing.Joint](w.Story, "joint", "LH1"); j.Given != 1 || status != "READY" {
		t.Errorf("a denied number counts: %s %+v", status, j)
	}
	if w.Record("joint-part", "LH1."+office) != nil {
		t.Error("a denied number stands on the ledger")
	}
	w.Must(apps[1], "GrantUse", allow("GS9", m{"items": []string{"306201/1"}}))
	// Another grant is not the one that the computation names.
	if o := outcome(t, w.Must(apps[1], "Contribute", give(5))); o.Outcome != "DENIED" {
		t.Errorf("under another grant the contribution is %+v", o)
	}
	w.Days(9)
	w.Refused("JOINT_OVER", apps[2], "Contribute", give(7))
}

// TestTheMaskedNumbersAreAddedModulo2To64 gives random numbers.
func TestTheMaskedNumbersAreAddedModulo2To64(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		apps, list := w.parties()
		w.Must(w.user, "StartJoint", sum(list))
		var want uint64
		for i, app := range apps {
			w.Must(app, "JoinJoint", m{"jointId": "LH1", "key": hash(fmt.Sprint(i))})
		}
		for _, app := range apps {
			n := rapid.Uint64().Draw(rt, "masked")
			want += n
			w.Must(app, "Contribute", m{"jointId": "LH1", "masked": strconv.FormatUint(n, 10)})
		}
		j, status := ledgertest.Body[sharing.Joint](w.Story, "joint", "LH1")
		if j.MaskedSum != strconv.FormatUint(want, 10) || status != "COMPLETE" {
			rt.Fatalf("the sum is %s %s, and should be %d", status, j.MaskedSum, want)
		}
		w.Must(w.user, "FinishJoint", m{"jointId": "LH1"}, m{"result": "42"})
		if j, _ := ledgertest.Body[sharing.Joint](w.Story, "joint", "LH1"); j.ResultHash == "" {
			rt.Fatal("the result is not bound to the record")
		}
	})
}

// Elements of the group, in order; their bytes mean nothing here.
var points = []string{"AAAA8mQvYt1dXcYgYv8r3V6m0xJ5c2TzWk9Hn7bLQeA", "BAAA8mQvYt1dXcYgYv8r3V6m0xJ5c2TzWk9Hn7bLQeA", "CAAA8mQvYt1dXcYgYv8r3V6m0xJ5c2TzWk9Hn7bLQeA"}

func TestAnIntersectionGoesRoundByRound(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.Must(w.user, "StartJoint", m{"jointId": "QJ1", "kind": "INTERSECTION", "purpose": purpose, "field": "units", "parties": []m{{"dept": registry, "catalogCode": letters, "grantId": "GR1"}}, "dueOn": "20260310"})
	put := func(round, chunk int, last bool, p ...string) m {
		return m{"jointId": "QJ1", "round": round, "chunk": chunk, "last": last, "points": p}
	}
	w.Refused("PARTY_INVALID", w.provider, "PutPoints", put(1, 1, true, points[0]))
	w.Refused("PARTY_INVALID", w.user, "PutPoints", put(2, 1, true, points[0]))
	w.Refused("ROUND_INVALID", w.provider, "PutPoints", put(2, 1, true, points[0]))
	w.Refused("ROUND_INVALID", w.user, "PutPoints", put(1, 2, false, points[0]))
	w.Refused("ROUND_INVALID", w.user, "PutPoints", put(1, 1, false, points[1], points[0]))
	w.Refused("ROUND_INVALID", w.user, "PutPoints", put(1, 1, false, points[0], points[0]))
	w.Must(w.user, "PutPoints", put(1, 1, false, points[0]))
	w.Refused("ROUND_INVALID", w.user, "PutPoints", put(1, 2, false, points[0]))
	w.Must(w.user, "PutPoints", put(1, 2, true, points[1]))
	w.Refused("ROUND_INVALID", w.user, "PutPoints", put(1, 3, true, points[2]))
	if o := outcome(t, w.Must(w.provider, "PutPoints", put(2, 1, true, points[0], points[1]))); o.Outcome != "DENIED" || o.Reason != "NO_GRANT" {
		t.Errorf("without a grant the answer is %+v", o)
	}
	if w.Record("joint-part", "QJ1.2.000001") != nil {
		t.Error("what was denied stands on the ledger")
	}
	w.Must(w.provider, "GrantUse", allow("GR1", m{"maxUses": 1}))
	w.Refused("ROUND_INVALID", w.provider, "PutPoints", put(2, 1, true, points[0]))
	w.Refused("ROUND_INVALID", w.provider, "PutPoints", put(2, 1, true, points...))
	if o := outcome(t, w.Must(w.provider, "PutPoints", put(2, 1, true, points[0], points[2]))); o.Outcome != "ALLOWED" {
		t.Errorf("with its grant the answer is %+v", o)
	}
	w.Must(w.provider, "PutPoints", put(3, 1, true, points...))
	w.Refused("STATE_FORBIDS", w.provider, "PutPoints", put(3, 2, true, points...))
	w.Must(w.user, "FinishJoint", m{"jointId": "QJ1"}, m{"result": "1"})
	w.Refused("STATE_FORBIDS", w.user, "FinishJoint", m{"jointId": "QJ1"}, m{"result": "2"})
}
