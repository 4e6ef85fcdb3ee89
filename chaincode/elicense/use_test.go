package elicense_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"henanchain/chaincode/elicense"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/operation"
)

func use(id, mode, bizNum string, more ...fields) fields {
	in := fields{"certId": id, "mode": mode, "serviceItemCode": itemCode, "bizNum": bizNum, "operatorRole": "综合窗口"}
	for _, m := range more {
		for k, v := range m {
			in[k] = v
		}
	}
	return in
}

func delegated(id, bizNum string, more ...fields) fields {
	return use(id, "DELEGATED", bizNum, append([]fields{{"presenterKey": delegate}}, more...)...)
}

func codeFor(id string, until time.Time, more ...fields) fields {
	in := fields{"codeHash": hash(useCode), "certId": id, "holderKey": holder, "delegateKey": delegate, "expireAt": until.UTC().Format(time.RFC3339)}
	for _, m := range more {
		for k, v := range m {
			in[k] = v
		}
	}
	return in
}

// present uses a licence with a code in the private half.
func (s *stage) present(app *ledgertest.App, in fields, code string) operation.Result {
	return app.Apply(ledgertest.Op{Name: "Use", In: in, Private: fields{"authCode": code, "operatorName": "李晓丽"}})[0]
}

func result(t *testing.T, s *stage, r operation.Result) string {
	t.Helper()
	if r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	var u elicense.Use
	body(t, s.Record("use", r.ID), &u)
	return u.Result
}

func TestEveryUseIsOnRecordWithWhatTheLedgerFound(t *testing.T) {
	s, id := issued(t)
	presented := fields{"presenterKey": holder, "fileHash": hash(id)}
	for i, c := range []struct {
		in   fields
		want string
	}{
		{presented, elicense.Accepted},
		{fields{"presenterKey": spouse}, elicense.HolderMismatch},
		{fields{"presenterKey": holder, "fileHash": hash("涂改")}, elicense.FileMismatch},
	} {
		if got := result(t, s, s.window.Must("Use", use(id, "HOLDER", fmt.Sprint("A", i), c.in))); got != c.want {
			t.Errorf("use %d found %s, not %s", i, got, c.want)
		}
	}
	s.issuer.Must("Suspend", reason(id, "暂扣"))
	if got := result(t, s, s.window.Must("Use", use(id, "HOLDER", "A9", presented))); got != elicense.NotInForce {
		t.Errorf("a use of a suspended licence found %s", got)
	}
	first := s.window.Must("Use", use(id, "HOLDER", "A0", presented))
	if !first.Existing || result(t, s, first) != elicense.Accepted {
		t.Errorf("the same use again answered %+v", first)
	}
	s.window.Refused("RECORD_EXISTS", "Use", use(id, "HOLDER", "A0", presented, fields{"serviceItemCode": "999999"}))
	s.bank.Must("Use", use(id, "HOLDER", "A0", presented)) // another system's own number
	s.window.Refused("RECORD_NOT_FOUND", "Use", use(certID(t, 2), "HOLDER", "B1", presented))
	s.window.Refused(elicense.ModeInvalid, "Use", use(id, "HOLDER", "B2"))
	s.window.Refused(elicense.ModeInvalid, "Use", use(id, "DELEGATED", "B3", presented))
	s.window.Refused(elicense.ModeInvalid, "Use", use(id, "BY_DUTY", "B4", fields{"basis": "道路交通安全法"}))
	s.enforcer.Refused(elicense.ModeInvalid, "Use", use(id, "BY_DUTY", "B5"))
	s.enforcer.Must("Use", use(id, "BY_DUTY", "B6", fields{"basis": "道路交通安全法"}))

	var page elicense.UseHistory
	if r := s.issuer.Ask(&page, "UseHistory", fields{"certId": id}); r != nil || len(page.Uses) != 6 {
		t.Errorf("the issuer sees %d uses %v", len(page.Uses), r)
	}
	if r := s.portal.Ask(&page, "UseHistory", fields{"certId": id, "holderKey": holder}); r != nil || len(page.Uses) != 6 {
		t.Errorf("the holder sees %d uses %v", len(page.Uses), r)
	}
	for app, code := range map[*ledgertest.App]string{s.portal: elicense.NotTheHolder, s.other: "NOT_OWNER", s.window: "ROLE_REQUIRED"} {
		if r := app.Ask(&page, "UseHistory", fields{"certId": id, "holderKey": spouse}); r == nil || r.Code != code {
			t.Errorf("a stranger to the licence answered %v, not %s", r, code)
		}
	}
}

func TestADelegatedCodeServesOnce(t *testing.T) {
	s, id := issued(t)
	s.portal.Must("Delegate", codeFor(id, s.Now.Add(20*time.Minute)))
	private := fields{"authCode": useCode, "operatorName": "李晓丽"}
	// Two uses in one transaction, and one after it.
	results := s.window.Apply(
		ledgertest.Op{Name: "Use", In: delegated(id, "A1"), Private: private},
		ledgertest.Op{Name: "Use", In: delegated(id, "A2"), Private: private},
	)
	if got := result(t, s, results[0]); got != elicense.Accepted {
		t.Errorf("the delegate's use found %s", got)
	}
	later := s.present(s.window, delegated(id, "A3"), useCode)
	for i, r := range []operation.Result{results[1], later} {
		if r.Refusal == nil || r.Refusal.Code != elicense.CodeSpent {
			t.Errorf("use %d of a spent code answered %+v", i+2, r)
		}
	}
	if again := s.present(s.window, delegated(id, "A1"), useCode); !again.Existing {
		t.Errorf("the same use again answered %+v", again)
	}
	var code elicense.Code
	body(t, s.Record("use-code", hash(useCode)), &code)
	if code.UseID != results[0].ID {
		t.Errorf("the code served for %s", code.UseID)
	}
	for key, value := range s.Public() {
		for _, secret := range []string{useCode, "李晓丽"} {
			if strings.Contains(key+string(value), secret) {
				t.Errorf("%s holds %s in public", key, secret)
			}
		}
	}
	stored := string(s.PrivateValue("restricted", "use/"+results[0].ID))
	if strings.Contains(stored, useCode) || !strings.Contains(stored, "李晓丽") {
		t.Errorf("the private half keeps %s", stored)
	}
	s.window.Must("PurgeUse", fields{"id": results[0].ID, "reason": "保存期限届满"})
	if s.PrivateValue("restricted", "use/"+results[0].ID) != nil {
		t.Error("the purge left the operator's name")
	}
}

func TestACodeIsForWhomAndWhatItSays(t *testing.T) {
	s, id := issued(t)
	other := certIDOf(t, issuerDept, "20260000002", 1)
	s.issuer.Must("Issue", licence(other))
	soon := s.Now.Add(20 * time.Minute)
	s.portal.Refused(elicense.NotTheHolder, "Delegate", codeFor(id, soon, fields{"holderKey": spouse}))
	s.portal.Refused(elicense.CodePeriodInvalid, "Delegate", codeFor(id, s.Now.Add(2*time.Hour)))
	s.portal.Refused(elicense.CodePeriodInvalid, "Delegate", codeFor(id, s.Now.Add(-time.Second)))
	s.portal.Must("Delegate", codeFor(id, soon, fields{"userDept": bankDept, "serviceItemCode": itemCode}))
	for name, c := range map[string]struct {
		app  *ledgertest.App
		in   fields
		text string
		code string
	}{
		"another code":       {s.bank, delegated(id, "A1"), strings.Repeat("x", 22), elicense.CodeUnknown},
		"a short code":       {s.bank, delegated(id, "A1"), "1234", "INPUT_INVALID"},
		"another licence":    {s.bank, delegated(other, "A1"), useCode, elicense.CodeMismatch},
		"another delegate":   {s.bank, delegated(id, "A1", fields{"presenterKey": spouse}), useCode, elicense.CodeMismatch},
		"another department": {s.window, delegated(id, "A1"), useCode, elicense.CodeMismatch},
		"another matter":     {s.bank, delegated(id, "A1", fields{"serviceItemCode": "999999"}), useCode, elicense.CodeMismatch},
		"another mode":       {s.bank, use(id, "HOLDER", "A1", fields{"presenterKey": holder}), useCode, elicense.ModeInvalid},
	} {
		if r := s.present(c.app, c.in, c.text); r.Refusal == nil || r.Refusal.Code != c.code {
			t.Errorf("%s answered %+v", name, r)
		}
	}
	if r := s.present(s.bank, delegated(id, "A1"), useCode); r.Refusal != nil {
		t.Error(r.Refusal)
	}
}

func TestACodeExpiresAndCanBeTakenBack(t *testing.T) {
	s, id := issued(t)
	until := s.Now.Add(10 * time.Minute)
	s.portal.Must("Delegate", codeFor(id, until))
	s.Now = until
	if r := s.present(s.window, delegated(id, "A1"), useCode); r.Refusal == nil || r.Refusal.Code != elicense.CodeExpired {
		t.Errorf("at the end of its time the code answered %+v", r)
	}
	second := strings.Repeat("z", 22)
	s.portal.Must("Delegate", codeFor(id, s.Now.Add(10*time.Minute), fields{"codeHash": hash(second)}))
	stranger := s.App("ZhengzhouMSP", "zz-other-portal", bankDept, elicense.RoleHolder)
	stranger.Refused("NOT_OWNER", "RevokeCode", fields{"codeHash": hash(second)})
	s.portal.Must("RevokeCode", fields{"codeHash": hash(second)})
	if r := s.present(s.window, delegated(id, "A2"), second); r.Refusal == nil || r.Refusal.Code != elicense.CodeSpent {
		t.Errorf("a code that was taken back answered %+v", r)
	}
	third := strings.Repeat("y", 22)
	s.portal.Must("Delegate", codeFor(id, s.Now.Add(10*time.Minute), fields{"codeHash": hash(third)}))
	s.issuer.Must("Suspend", reason(id, "暂扣"))
	if got := result(t, s, s.present(s.window, delegated(id, "A3"), third)); got != elicense.NotInForce {
		t.Errorf("a delegate's use of a suspended licence found %s", got)
	}
	s.portal.Refused(elicense.LicenceNotInForce, "Delegate", codeFor(id, s.Now.Add(time.Minute), fields{"codeHash": hash("又一个")}))
}

func TestAnAnnotatedCopyIsWorthNoMoreThanItsLicence(t *testing.T) {
	s, id := issued(t)
	annotate := func(until string, more ...fields) fields {
		in := fields{"certId": id, "hash": hash("加注件"), "purpose": "仅用于办理公积金提取", "expireAt": until}
		for _, m := range more {
			for k, v := range m {
				in[k] = v
			}
		}
		return in
	}
	s.window.Refused(elicense.CopyPeriodInvalid, "Annotate", annotate("2026-03-02T00:00:00Z"))
	s.window.Refused(elicense.CopyPeriodInvalid, "Annotate", annotate("2026-07-01T00:00:00Z"))
	made := s.window.Must("Annotate", annotate("2026-03-20T00:00:00Z"))
	if again := s.window.Must("Annotate", annotate("2026-03-20T00:00:00Z")); !again.Existing || again.ID != made.ID {
		t.Errorf("the same copy again answered %+v", again)
	}
	check := func(file string, force, match bool, status string) {
		t.Helper()
		var v elicense.CopyVerdict
		if r := s.bank.Ask(&v, "VerifyCopy", fields{"copyId": made.ID, "hash": hash(file)}); r != nil || !v.Exists || v.InForce != force || v.HashMatch != match || v.StatusNow != status || v.Maker != "11410100MB0Y0001XD" {
			t.Errorf("the copy verified as %+v %v", v, r)
		}
	}
	check("加注件", true, true, "ACTIVE")
	check("涂改", true, false, "ACTIVE")
	s.issuer.Must("Suspend", reason(id, "暂扣"))
	check("加注件", false, true, "ACTIVE")
	s.window.Refused(elicense.LicenceNotInForce, "Annotate", annotate("2026-03-20T00:00:00Z", fields{"hash": hash("另一件")}))
	s.issuer.Must("Return", reason(id, "发还"))
	s.Now = time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	check("加注件", false, true, "EXPIRED")
	s.bank.Refused("NOT_OWNER", "VoidCopy", fields{"copyId": made.ID})
	s.window.Must("VoidCopy", fields{"copyId": made.ID})
	check("加注件", false, true, "VOID")
	s.day(t, "20270220")
	s.window.Refused(elicense.CopyPeriodInvalid, "Annotate", annotate("2027-03-10T00:00:00Z", fields{"hash": hash("另一件")}))
}

func TestCountsAddUpOverPages(t *testing.T) {
	s := open(t)
	var ops []ledgertest.Op
	for i := range 1000 {
		division := []string{"410100", "410300", "411500"}[i%3]
		ops = append(ops, ledgertest.Op{Name: "Issue", In: licence(certIDOf(t, issuerDept, fmt.Sprintf("2026%07d", i), 1), fields{"divisionCode": division})})
	}
	s.issuer.Apply(ops...)
	for i := 1000; i < 1205; i++ {
		s.issuer.Must("Issue", licence(certIDOf(t, issuerDept, fmt.Sprintf("2026%07d", i), 1), fields{"divisionCode": "410100", "validTo": "20260601"}))
	}
	s.issuer.Must("Cancel", fields{"certId": certIDOf(t, issuerDept, "20260000000", 1), "ground": "REQUESTED", "reason": "依申请"})
	s.other.Must("Issue", licence(certIDOf(t, otherDept, "20260000000", 1)))
	s.day(t, "20260701")
	total := map[string]int64{}
	for bookmark := ""; ; {
		in := fields{"certTypeCode": propertyType, "issuer": issuerDept}
		if bookmark != "" {
			in["bookmark"] = bookmark
		}
		var c elicense.Counts
		if r := s.auditor.Ask(&c, "CountLicences", in); r != nil {
			t.Fatal(r)
		}
		for _, n := range append(c.ByStatus, c.ByDivision...) {
			total[n.Key] += n.Count
		}
		if bookmark = c.Bookmark; bookmark == "" {
			break
		}
		if c.Examined != 1000 {
			t.Errorf("one question looked at %d licences", c.Examined)
		}
	}
	want := map[string]int64{"VALID": 999, "EXPIRED": 205, "CANCELLED": 1, "410100": 333, "410300": 333, "411500": 333}
	if fmt.Sprint(total) != fmt.Sprint(want) {
		t.Errorf("the counts are %v, not %v", total, want)
	}
	var all elicense.Counts
	if r := s.auditor.Ask(&all, "CountLicences", fields{"certTypeCode": propertyType, "bookmark": "licence/1.2.9"}); r == nil || r.Code != "INPUT_INVALID" {
		t.Errorf("a bookmark of another list answered %v", r)
	}
}
