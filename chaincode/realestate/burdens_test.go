package realestate_test

import (
	"fmt"
	"slices"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
	"henanchain/internal/operation"
)

func (w *world) seize(court *ledgertest.App, docNo, code string, more ...m) string {
	w.t.Helper()
	return w.Must(court, "Seize", with(append([]m{{"unitCode": code, "docNo": docNo, "courtName": "示例法院", "months": 12}}, more...)...)).ID
}

func (w *world) objection(code, name string, more ...m) string {
	w.t.Helper()
	no := w.proof()
	w.Must(w.registrar, "RegisterObjection", with(append([]m{{"proofNo": no, "unitCode": code, "bizNo": "YY1", "applicant": owner(name), "reason": "OWNERSHIP", "evidenceHash": hash("证据")}}, more...)...), identity(name))
	return no
}

func (w *world) notice(code, name string, more ...m) string {
	w.t.Helper()
	no := w.proof()
	w.Must(w.registrar, "RegisterNotice", with(append([]m{{"proofNo": no, "unitCode": code, "bizNo": "YG1", "noticeType": "2", "holder": owner(name), "contractHash": hash("合同")}}, more...)...), identity(name))
	return no
}

func (w *world) residence(code, name string, more ...m) string {
	w.t.Helper()
	no := w.proof()
	w.Must(w.registrar, "RegisterResidence", with(append([]m{{"proofNo": no, "unitCode": code, "bizNo": "JZ1", "holder": owner(name), "from": "20260101", "to": "20361231", "contractHash": hash("合同")}}, more...)...), identity(name))
	return no
}

func TestAMortgageAloneDoesNotStopATransferAndFollowsTheUnit(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	no := w.mortgage(unitA)
	r := w.restrictions(unitA)
	if !r.CanTransfer || len(r.Mortgages) != 1 || len(r.Reasons) != 0 {
		t.Fatalf("with a mortgage the restrictions are %+v", r)
	}
	s := w.newSale(unitA, first, "李四", "张三")
	w.advance(s, "CloseTransaction")
	if r = w.restrictions(unitA); len(r.Mortgages) != 1 || r.Mortgages[0].ProofNo != no || r.RightID != s.biz {
		t.Errorf("after the transfer the restrictions are %+v", r)
	}

	w.Must(w.bank, "ChangeMortgage", m{"proofNo": no, "transferRestricted": true})
	if r = w.restrictions(unitA); r.CanTransfer || len(r.Reasons) != 1 || r.Reasons[0].Code != "TRANSFER_RESTRICTED" || r.Reasons[0].ID != no {
		t.Errorf("with a restricting mortgage the restrictions are %+v", r)
	}
	w.Refused("TRANSFER_RESTRICTED", w.housing, "VerifySource", m{"transactionNo": "JY9", "unitCode": unitA})
	w.Refused("NOT_OWNER", w.otherBank, "ChangeMortgage", m{"proofNo": no, "transferRestricted": false})
	w.Refused("CONSENT_MISSING", w.registrar, "ChangeMortgage", m{"proofNo": no, "transferRestricted": false})
	w.Refused("NOT_THE_REGISTRAR", w.otherRegistrar, "ChangeMortgage", m{"proofNo": no, "transferRestricted": false, "consentHash": hash("同意")})
	w.Must(w.registrar, "ChangeMortgage", m{"proofNo": no, "transferRestricted": false, "consentHash": hash("同意")})
	w.advance(w.newSale(unitA, s.biz, "王五", "李四"), "CloseTransaction")
}

func TestMortgagesAreRankedWithoutGaps(t *testing.T) {
	w := newWorld(t)
	w.own(unitA, "张三")
	var nos []string
	for range 4 {
		nos = append(nos, w.mortgage(unitA))
	}
	ranks := func(want ...string) {
		t.Helper()
		for i, no := range want {
			if mo, status := ledgertest.Body[realestate.Mortgage](w.Story, "mortgage", no); mo.Rank != int64(i+1) || status != "ACTIVE" {
				t.Errorf("%s has the rank %d (%s), not %d", no, mo.Rank, status, i+1)
			}
		}
		u, _ := ledgertest.Body[realestate.Unit](w.Story, "unit", unitA)
		if !slices.Equal(u.Mortgages, want) {
			t.Errorf("the unit lists %v, not %v", u.Mortgages, want)
		}
	}
	ranks(nos...)
	w.Refused("NOT_OWNER", w.otherBank, "CancelMortgage", m{"proofNo": nos[1]})
	w.Refused("CONSENT_MISSING", w.registrar, "CancelMortgage", m{"proofNo": nos[1]})
	if r := w.Must(w.bank, "CancelMortgage", m{"proofNo": nos[1]}); r.ID != nos[1] || r.Status != "CANCELLED" {
		t.Errorf("the cancellation answered %+v", r)
	}
	ranks(nos[0], nos[2], nos[3])
	w.Refused("STATE_FORBIDS", w.bank, "CancelMortgage", m{"proofNo": nos[1]})

	order := []string{nos[2], nos[0], nos[3]}
	consents := func(list ...string) []m {
		out := []m{}
		for _, no := range list {
			out = append(out, m{"proofNo": no, "docHash": hash("同意")})
		}
		return out
	}
	reorder := func(order []string, consents []m) m {
		return m{"unitCode": unitA, "order": order, "consents": consents}
	}
	w.Refused("RANK_INVALID", w.registrar, "ReorderMortgages", reorder(order, consents(nos[2])))
	w.Refused("RANK_INVALID", w.registrar, "ReorderMortgages", reorder(order[:2], consents(nos...)))
	w.Refused("RANK_INVALID", w.registrar, "ReorderMortgages", reorder([]string{nos[2], nos[0], nos[1]}, consents(nos...)))
	w.Refused("NOT_THE_REGISTRAR", w.otherRegistrar, "ReorderMortgages", reorder(order, consents(nos...)))
	w.Must(w.registrar, "ReorderMortgages", reorder(order, consents(nos[0], nos[2])))
	ranks(order...)
	for range 17 {
		nos = append(nos, w.mortgage(unitA))
	}
	w.Refused("TOO_MANY", w.registrar, "RegisterMortgage", mortgageInput(w.proof(), unitA), m{"claimFen": 1, "remainingFen": 1, "debtor": "债务人"})
}

func TestRemainingClaimsAreReportedAgainstTheValue(t *testing.T) {
	w := newWorld(t)
	w.own(unitA, "张三")
	a, b := w.mortgage(unitA), w.mortgage(unitA)
	coverage := func() (c realestate.Coverage) {
		t.Helper()
		if r := w.bank.Ask(&c, "MortgageCoverage", m{"unitCode": unitA}); r != nil {
			t.Fatal(r)
		}
		return c
	}
	if c := coverage(); c.SumFen != 200 || c.ValueFen != 0 || c.OverValue || len(c.Mortgages) != 2 {
		t.Errorf("without a value the coverage is %+v", c)
	}
	w.Refused("PERIOD_INVALID", w.registrar, "AppraiseUnit", m{"unitCode": unitA, "reportNo": "评1"}, m{"valueFen": 150, "valuedOn": "20990101"})
	w.Refused("PRIVATE_HALF_MISSING", w.registrar, "AppraiseUnit", m{"unitCode": unitA, "reportNo": "评1"})
	w.Must(w.registrar, "AppraiseUnit", m{"unitCode": unitA, "reportNo": "评1"}, m{"valueFen": 150, "valuedOn": "20260101"})
	if c := coverage(); !c.OverValue {
		t.Errorf("200 against 150 is %+v", c)
	}
	w.Refused("CLAIM_INVALID", w.bank, "ReportClaim", m{"proofNo": a}, m{"remainingFen": 101})
	w.Refused("NOT_OWNER", w.otherBank, "ReportClaim", m{"proofNo": a}, m{"remainingFen": 1})
	w.Must(w.bank, "ReportClaim", m{"proofNo": a}, m{"remainingFen": 50})
	if c := coverage(); c.OverValue || c.SumFen != 150 {
		t.Errorf("150 against 150 is %+v", c)
	}
	w.Must(w.bank, "CancelMortgage", m{"proofNo": b})
	if c := coverage(); c.SumFen != 50 || len(c.Mortgages) != 1 {
		t.Errorf("after a cancellation the coverage is %+v", c)
	}
	w.Must(w.registrar, "PurgeMortgage", m{"id": b, "reason": "期限届满"})
	w.Refused("CLAIM_INVALID", w.registrar, "RegisterMortgage", mortgageInput(w.proof(), unitA), m{"claimFen": 1, "remainingFen": 2, "debtor": "债务人"})
	w.Refused("PERIOD_INVALID", w.registrar, "RegisterMortgage", with(mortgageInput(w.proof(), unitA), m{"to": "20250101"}), m{"claimFen": 1, "remainingFen": 1, "debtor": "债务人"})
	w.Refused("PERIOD_INVALID", w.bank, "ChangeMortgage", m{"proofNo": a, "to": "20250101"})
}

func TestAMortgageNeedsAFreeOwnedUnit(t *testing.T) {
	claim := m{"claimFen": 1, "remainingFen": 1, "debtor": "债务人"}
	w := newWorld(t)
	w.Must(w.registrar, "RegisterUnit", unit(unitB, 100))
	w.Refused("UNIT_UNOWNED", w.registrar, "RegisterMortgage", mortgageInput(w.proof(), unitB), claim)
	first := w.own(unitA, "张三")
	w.Refused("NOT_THE_REGISTRAR", w.otherRegistrar, "RegisterMortgage", mortgageInput(w.proof(), unitA), claim)
	w.Refused("PRIVATE_HALF_MISSING", w.registrar, "RegisterMortgage", mortgageInput(w.proof(), unitA))
	w.Refused("CERTIFICATE_INVALID", w.registrar, "RegisterMortgage", mortgageInput("豫（2026）郑州市不动产权第0000077号", unitA), claim)
	w.advance(w.newSale(unitA, first, "李四", "张三"), "SignContract")
	w.Refused("CONSENT_MISSING", w.registrar, "RegisterMortgage", mortgageInput(w.proof(), unitA), claim)
	w.mortgage(unitA, m{"buyerConsentHash": hash("同意")})
	w.seize(w.court, "（2026）豫0105执1号", unitA)
	w.Refused("UNIT_SEIZED", w.registrar, "RegisterMortgage", with(mortgageInput(w.proof(), unitA), m{"buyerConsentHash": hash("同意")}), claim)
}

func TestASeizureQueuePromotesOnRelease(t *testing.T) {
	w := newWorld(t)
	w.own(unitA, "张三")
	var ids []string
	for i, court := range []*ledgertest.App{w.court, w.otherCourt, w.court, w.otherCourt} {
		ids = append(ids, w.seize(court, fmt.Sprintf("（2026）豫0105执%d号", i+1), unitA))
	}
	w.Refused("RECORD_EXISTS", w.court, "Seize", m{"unitCode": unitA, "docNo": "（2026）豫0105执1号", "courtName": "示例法院", "months": 12})
	state := func(want ...string) {
		t.Helper()
		for i, id := range ids {
			s, status := ledgertest.Body[realestate.Seizure](w.Story, "seizure", id)
			got := fmt.Sprintf("%s %s %d", status, s.Type, s.Order)
			if got != want[i] {
				t.Errorf("the seizure %d is %q, not %q", i+1, got, want[i])
			}
			if waiting := status == "WAITING"; waiting != (s.From == "" && s.To == "") && status != "RELEASED" {
				t.Errorf("the seizure %d is %s from %q to %q", i+1, status, s.From, s.To)
			}
		}
	}
	state("ACTIVE 1 1", "WAITING 2 2", "WAITING 2 3", "WAITING 2 4")
	release := func(i int) m { return m{"seizureId": ids[i], "docNo": "（2026）豫0105执99号"} }
	w.Refused("NOT_OWNER", w.otherCourt, "ReleaseSeizure", release(0))
	w.Must(w.court, "ReleaseSeizure", release(2))
	state("ACTIVE 1 1", "WAITING 2 2", "RELEASED 2 0", "WAITING 2 3")
	w.Days(10)
	w.Must(w.court, "ReleaseSeizure", release(0))
	state("RELEASED 1 0", "ACTIVE 1 1", "RELEASED 2 0", "WAITING 2 2")
	if s, _ := ledgertest.Body[realestate.Seizure](w.Story, "seizure", ids[1]); s.From != "20260312" || s.To != "20270311" {
		t.Errorf("the promoted seizure runs from %s to %s", s.From, s.To)
	}
	w.Refused("UNIT_SEIZED", w.housing, "VerifySource", m{"transactionNo": "JY9", "unitCode": unitA})
	w.Must(w.otherCourt, "ReleaseSeizure", release(1))
	w.Must(w.otherCourt, "ReleaseSeizure", release(3))
	w.Must(w.housing, "VerifySource", m{"transactionNo": "JY9", "unitCode": unitA})
	w.Refused("STATE_FORBIDS", w.otherCourt, "ReleaseSeizure", release(3))
}

func TestASeizureLapsesByItselfAndTheNextIsInForce(t *testing.T) {
	w := newWorld(t)
	w.own(unitA, "张三")
	a := w.seize(w.court, "（2026）豫0105执1号", unitA, m{"months": 1})      // 20260302 to 20260401
	b := w.seize(w.otherCourt, "（2026）豫0105执2号", unitA, m{"months": 2}) // then to 20260601
	w.Refused("SEIZURE_WAITING", w.otherCourt, "RenewSeizure", m{"seizureId": b, "docNo": "（2026）豫0105执2号之一", "months": 1})
	for w.Today() != "20260401" {
		w.Days(1)
	}
	if r := w.restrictions(unitA); len(r.Seizures) != 2 || r.Seizures[0].SeizureID != a || r.Seizures[0].To != "20260401" {
		t.Fatalf("on its last day the restrictions are %+v", r.Seizures)
	}
	w.Days(1)
	r := w.restrictions(unitA)
	if len(r.Seizures) != 1 || r.Seizures[0].SeizureID != b || r.Seizures[0].Type != "1" || r.Seizures[0].From != "20260402" || r.Seizures[0].To != "20260601" || r.CanTransfer {
		t.Fatalf("the day after the restrictions are %+v", r)
	}
	if w.Status("seizure", a) != "ACTIVE" || w.Status("seizure", b) != "WAITING" {
		t.Error("a question changed the ledger")
	}
	w.Refused("SEIZURE_LAPSED", w.court, "RenewSeizure", m{"seizureId": a, "docNo": "（2026）豫0105执1号之一", "months": 1})
	w.Refused("SEIZURE_LAPSED", w.court, "ReleaseSeizure", m{"seizureId": a, "docNo": "（2026）豫0105执1号之一"})
	w.Refused("PERIOD_INVALID", w.otherCourt, "RenewSeizure", m{"seizureId": b, "docNo": "（2026）豫0105执2号之一", "months": 37})
	w.Must(w.otherCourt, "RenewSeizure", m{"seizureId": b, "docNo": "（2026）豫0105执2号之一", "months": 1})
	if s, status := ledgertest.Body[realestate.Seizure](w.Story, "seizure", b); status != "ACTIVE" || s.Type != "5" || s.From != "20260402" || s.To != "20260701" || s.Order != 1 {
		t.Errorf("the renewed seizure is %s %+v", status, s)
	}
	if got := w.Status("seizure", a); got != "LAPSED" {
		t.Errorf("the lapsed seizure is %s once the queue changed", got)
	}
	w.Days(100)
	if r := w.restrictions(unitA); !r.CanTransfer || len(r.Seizures) != 0 {
		t.Errorf("when all have lapsed the restrictions are %+v", r)
	}
	w.Refused("PERIOD_INVALID", w.court, "Seize", m{"unitCode": unitA, "docNo": "（2026）豫0105执3号", "courtName": "示例法院", "months": 37})
	c := w.seize(w.court, "（2026）豫0105执3号", unitA)
	if s, status := ledgertest.Body[realestate.Seizure](w.Story, "seizure", c); status != "ACTIVE" || s.Order != 1 {
		t.Errorf("a new seizure after the lapse is %s %+v", status, s)
	}
}

func TestAPreliminarySeizureBecomesAFormalOneWithTheFirstRegistration(t *testing.T) {
	w := newWorld(t)
	w.Must(w.registrar, "RegisterUnit", unit(unitA, 100))
	w.Refused("UNIT_UNOWNED", w.court, "Seize", m{"unitCode": unitA, "docNo": "（2026）豫0105执1号", "courtName": "示例法院", "months": 12})
	a := w.seize(w.court, "（2026）豫0105执1号", unitA, m{"preliminary": true})
	b := w.seize(w.otherCourt, "（2026）豫0105执2号", unitA, m{"preliminary": true})
	types := func(want string) {
		t.Helper()
		sa, _ := ledgertest.Body[realestate.Seizure](w.Story, "seizure", a)
		sb, _ := ledgertest.Body[realestate.Seizure](w.Story, "seizure", b)
		if got := sa.Type + sb.Type; got != want {
			t.Errorf("the seizures have the types %s, not %s", got, want)
		}
	}
	types("34")
	w.Must(w.registrar, "AcceptApplication", m{"transactionNo": "DJ1", "unitCode": unitA, "cause": "FIRST", "bizNo": "B1", "prevBizNo": "0",
		"basisHash": hash("依据"), "holdMode": "SOLE", "owners": []m{owner("张三")}, "details": details}, m{"owners": identities("张三")})
	w.Must(w.registrar, "ReviewApplication", m{"transactionNo": "DJ1", "opinionHash": hash("同意")})
	w.Must(w.registrar, "BookRight", with(m{"transactionNo": "DJ1"}, w.certificate()))
	types("12")
	w.Refused("UNIT_SEIZED", w.housing, "VerifySource", m{"transactionNo": "JY9", "unitCode": unitA})
}

func TestAnObjectionLapsesAfterFifteenDaysUnlessAnActionIsBrought(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	kept, lost := w.objection(unitA, "赵六"), w.objection(unitA, "钱七")
	w.Refused("OBJECTION_REPEATED", w.registrar, "RegisterObjection", m{"proofNo": w.proof(), "unitCode": unitA, "bizNo": "YY2", "applicant": owner("赵六"), "reason": "OWNERSHIP", "evidenceHash": hash("证据")}, identity("赵六"))
	w.Days(15)
	w.Must(w.registrar, "ReportLawsuit", m{"proofNo": kept, "caseNo": "（2026）豫0105民初7号"})
	if r := w.restrictions(unitA); len(r.Objections) != 2 || len(r.Conditions) != 2 || !r.CanTransfer {
		t.Errorf("on the last day the restrictions are %+v", r)
	}
	w.Days(1)
	if r := w.restrictions(unitA); len(r.Objections) != 1 || r.Objections[0].ProofNo != kept || r.Objections[0].ExpireAt != "" {
		t.Errorf("the day after the restrictions are %+v", r)
	}
	var v operation.Verdict
	if r := w.bank.Ask(&v, operation.Verify, operation.Claim{Type: "objection", ID: lost}); r != nil || v.Status != "LAPSED" {
		t.Errorf("to verify, the lapsed objection is %+v %v", v, r)
	}
	w.Refused("OBJECTION_LAPSED", w.registrar, "ReportLawsuit", m{"proofNo": lost, "caseNo": "（2026）豫0105民初8号"})
	w.Refused("OBJECTION_REPEATED", w.registrar, "RegisterObjection", m{"proofNo": w.proof(), "unitCode": unitA, "bizNo": "YY2", "applicant": owner("钱七"), "reason": "OWNERSHIP", "evidenceHash": hash("证据")}, identity("钱七"))
	s := w.newSale(unitA, first, "李四", "张三")
	w.Refused("RISK_UNACKNOWLEDGED", w.housing, "SignContract", s.sign, s.terms)
	s.sign["riskHash"] = hash("知悉并自担风险")
	w.advance(s, "CloseTransaction")
	w.objection(unitA, "孙八")
	if got := w.Status("objection", lost); got != "LAPSED" {
		t.Errorf("the lapsed objection is %s when the next one comes", got)
	}
	w.Must(w.registrar, "CancelObjection", m{"proofNo": kept, "basisHash": hash("判决")})
	if r := w.restrictions(unitA); len(r.Objections) != 1 {
		t.Errorf("after the cancellation the objections are %+v", r.Objections)
	}
}

func TestANoticeNeedsConsentAndLapsesNinetyDaysAfterRegistrationIsPossible(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	no := w.notice(unitA, "赵六")
	w.Days(400)
	s := w.newSale(unitA, first, "李四", "张三")
	w.Refused("CONSENT_MISSING", w.housing, "SignContract", s.sign, s.terms)
	w.Must(w.registrar, "MarkRegistrable", m{"proofNo": no, "registrableFrom": w.Today()})
	w.Days(90)
	if r := w.restrictions(unitA); len(r.Notices) != 1 || r.Notices[0].ExpireAt != w.Today() {
		t.Errorf("on the last day the notices are %+v", r.Notices)
	}
	w.Days(1)
	w.Refused("NOTICE_LAPSED", w.registrar, "MarkRegistrable", m{"proofNo": no, "registrableFrom": w.Today()})
	s = w.newSale(unitA, first, "李四", "张三")
	w.Must(w.housing, "SignContract", s.sign, s.terms)
	w.Must(w.housing, "CancelTransaction", m{"transactionNo": s.no, "ground": "PARTIES", "transferorHash": hash("甲"), "acquirerHash": hash("乙")})

	stands, mine := w.notice(unitA, "赵六"), w.notice(unitA, "李四")
	s = w.newSale(unitA, first, "李四", "张三")
	s.sign["consents"] = []m{{"proofNo": mine, "docHash": hash("同意")}}
	w.Refused("CONSENT_MISSING", w.housing, "SignContract", s.sign, s.terms)
	s.sign["consents"] = []m{{"proofNo": stands, "docHash": hash("同意")}}
	w.advance(s, "BookRight")
	if a, b := w.Status("notice", mine), w.Status("notice", stands); a != "FULFILLED" || b != "REGISTERED" {
		t.Errorf("after the entry the buyer's notice is %s and the other's %s", a, b)
	}
	w.Must(w.registrar, "CancelNotice", m{"proofNo": stands, "basisHash": hash("同意")})
}

func TestThePeriodsAreSettings(t *testing.T) {
	w := newWorld(t)
	w.own(unitA, "张三")
	w.Must(w.regulator, "SetRules", m{"objectionDays": 3, "noticeDays": 5, "seizureMaxMonths": 6, "attestationDays": 30})
	o, n := w.objection(unitA, "赵六"), w.notice(unitA, "钱七", m{"registrableFrom": "20260302"})
	if b, _ := ledgertest.Body[realestate.Objection](w.Story, "objection", o); b.ExpireAt != "20260305" {
		t.Errorf("the objection ends on %s", b.ExpireAt)
	}
	if b, _ := ledgertest.Body[realestate.Notice](w.Story, "notice", n); b.ExpireAt != "20260307" {
		t.Errorf("the notice ends on %s", b.ExpireAt)
	}
	w.Refused("PERIOD_INVALID", w.court, "Seize", m{"unitCode": unitA, "docNo": "（2026）豫0105执1号", "courtName": "示例法院", "months": 7})
	stranger := w.App("KaifengMSP", "kf", ledgertest.DeptA, realestate.RoleRegulator)
	w.Refused("NOT_OWNER", stranger, "SetRules", m{"objectionDays": 3, "noticeDays": 5, "seizureMaxMonths": 6, "attestationDays": 30})
}

func TestAResidenceRightIsDisclosedAndRunsOut(t *testing.T) {
	w := newWorld(t)
	first := w.own(unitA, "张三")
	no := w.residence(unitA, "赵六", m{"to": "20260331"})
	s := w.newSale(unitA, first, "李四", "张三")
	w.Refused("DISCLOSURE_MISSING", w.housing, "SignContract", s.sign, s.terms)
	s.sign["disclosureHash"] = hash("告知")
	w.advance(s, "CloseTransaction")
	if r := w.restrictions(unitA); len(r.Residences) != 1 {
		t.Errorf("after the transfer the residence rights are %+v", r.Residences)
	}
	w.Days(30)
	if r := w.restrictions(unitA); len(r.Residences) != 0 {
		t.Errorf("when it ran out the residence rights are %+v", r.Residences)
	}
	w.Must(w.registrar, "CancelResidence", m{"proofNo": no, "basisHash": hash("期满")})
	w.Refused("PERIOD_INVALID", w.registrar, "RegisterResidence", m{"proofNo": w.proof(), "unitCode": unitA, "bizNo": "JZ1", "holder": owner("赵六"), "from": "20260302", "to": "20260301", "contractHash": hash("合同")}, identity("赵六"))
	w.Refused("UNIT_INVALID", w.registrar, "RegisterResidence", m{"proofNo": w.proof(), "unitCode": unitA, "bizNo": "JZ1", "holder": m{"key": key("公司"), "idType": "001"}, "from": "20260302", "to": "20270301", "contractHash": hash("合同")},
		m{"key": key("公司"), "name": "示例公司", "idNumber": ledgertest.DeptC})
}
