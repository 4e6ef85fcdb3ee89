package finance_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"henanchain/chaincode/finance"
	"henanchain/chaincode/ledger/ledgertest"
)

func TestALoanGoesFromItsApplicationToItsSettlement(t *testing.T) {
	w := newWorld(t)
	id := m{"applicationId": "RZ1"}
	w.draft("RZ1", "甲公司")
	for _, step := range []struct {
		app    *ledgertest.App
		name   string
		in     m
		half   any
		status string
	}{
		{w.platform, "SubmitApplication", id, nil, "SUBMITTED"},
		{w.bank, "AcceptApplication", id, nil, "ACCEPTED"},
		{w.bank, "InvestigateApplication", with(id, m{"reportHash": hash("报告")}), nil, "INVESTIGATED"},
		{w.bank, "ApproveApplication", with(id, m{"termMonths": 24}), m{"creditLimitFen": 1000, "rateBp": 345}, "APPROVED"},
		{w.bank, "SignContract", with(id, m{"contractNo": "HT1", "contractHash": hash("合同"), "payMode": "02"}), m{"contractFen": 900}, "CONTRACTED"},
		{w.bank, "Disburse", with(id, m{"noteNo": "JJ1", "payeeKey": key("供应商")}), m{"drawFen": 500}, "DISBURSED"},
		{w.bank, "Repay", with(id, m{"noteNo": "JJ1", "repaymentNo": "HK1"}), paid(500, 20), "REPAYING"},
		{w.bank, "Disburse", with(id, m{"noteNo": "JJ2", "payeeKey": key("供应商")}), m{"drawFen": 400}, "REPAYING"},
		{w.bank, "Repay", with(id, m{"noteNo": "JJ2", "repaymentNo": "HK2"}), paid(400, 0), "REPAYING"},
		{w.bank, "SettleLoan", id, nil, "SETTLED"},
	} {
		r := w.Must(step.app, step.name, step.in, step.half)
		if r.Status != step.status || r.Type != "loan" || r.ID != "RZ1" {
			t.Fatalf("%s led to %s of %s %s, not to %s", step.name, r.Status, r.Type, r.ID, step.status)
		}
	}
	tr := w.trace("RZ1")
	if tr.OutstandingFen != 0 || tr.DrawnFen != 900 || tr.ContractFen != 900 || tr.CreditLimitFen != 1000 || tr.AmountFen != 1000 || len(tr.Draws) != 2 || tr.DueOn != "20280302" {
		t.Errorf("the trace is %+v", tr)
	}
	var path []string
	for _, mi := range tr.Milestones {
		path = append(path, mi.Status)
	}
	if want := []string{"DRAFT", "SUBMITTED", "ACCEPTED", "INVESTIGATED", "APPROVED", "CONTRACTED", "DISBURSED", "REPAYING", "SETTLED"}; !slices.Equal(path, want) {
		t.Errorf("the milestones are %v", path)
	}
	var stranger finance.Trace
	if r := w.otherBank.Ask(&stranger, "Trace", id); r == nil || r.Code != "NOT_OWNER" {
		t.Errorf("another bank traced the loan: %+v %v", stranger, r)
	}
	for at, v := range w.Public() {
		for _, secret := range []string{"Fen", "甲公司", "rateBp", "idNumber"} {
			if strings.Contains(string(v), secret) {
				t.Errorf("%s carries %q: %s", at, secret, v)
			}
		}
	}
	w.Must(w.platform, "PurgeLoan", m{"id": "RZ1", "reason": "保存期限届满"})
	w.Must(w.bank, "PurgeDraw", m{"id": bankA + ".JJ1", "reason": "保存期限届满"})
	w.Must(w.bank, "PurgeRepayment", m{"id": bankA + ".HK1", "reason": "保存期限届满"})
	var s finance.Statistics
	if r := w.regulator.Ask(&s, "InclusiveStatistics", m{}); r != nil || s.Purged != 2 {
		t.Errorf("after the purge the statistics are %+v %v", s, r)
	}
	w.Refused("STATE_FORBIDS", w.bank, "ClassifyLoan", with(id, m{"class5": "01"}))
}

func TestOnlyTheLendingBankChangesALoan(t *testing.T) {
	w := newWorld(t)
	w.draft("RZ1", "甲公司")
	id := m{"applicationId": "RZ1"}
	stranger := w.App("ZhengzhouMSP", "other-platform", ledgertest.DeptC, finance.RolePlatform)
	w.Refused("NOT_OWNER", stranger, "SubmitApplication", id)
	w.Must(w.platform, "SubmitApplication", id)
	w.Refused("NOT_THE_LENDER", w.otherBank, "AcceptApplication", id)
	w.Must(w.bank, "AcceptApplication", id)
	w.Refused("NOT_THE_LENDER", w.otherBank, "InvestigateApplication", with(id, m{"reportHash": hash("报告")}))
	w.Refused("NOT_THE_LENDER", w.otherBank, "RejectApplication", with(id, m{"reason": "CREDIT"}))
	w.Refused("STATE_FORBIDS", w.bank, "ApproveApplication", with(id, m{"termMonths": 12}), m{"creditLimitFen": 1, "rateBp": 1})
	w.Must(w.bank, "RejectApplication", with(id, m{"reason": "CREDIT"}))
	w.Refused("STATE_FORBIDS", w.platform, "WithdrawApplication", id)
	w.Must(w.platform, "PurgeLoan", m{"id": "RZ1", "reason": "已拒绝"})

	note := w.lend("RZ2", "甲公司", 100)
	for name, in := range map[string]m{
		"Disburse": {"noteNo": "JJ9"}, "Repay": {"noteNo": note, "repaymentNo": "HK9"}, "MarkOverdue": {"overdueSince": "20260302"}, "ClassifyLoan": {"class5": "02"},
		"ExtendLoan": {"months": 1, "agreementHash": hash("协议")}, "RenewLoan": {"newApplicationId": "RZ3", "noteNo": "JJ8"},
	} {
		half := map[string]any{"Disburse": m{"drawFen": 1}, "Repay": paid(1, 0), "MarkOverdue": paid(1, 0), "RenewLoan": m{}}[name]
		w.Refused("NOT_THE_LENDER", w.otherBank, name, with(in, m{"applicationId": "RZ2"}), half)
	}
	w.Refused("STATE_FORBIDS", w.platform, "WithdrawApplication", m{"applicationId": "RZ2"})
}

func TestDrawsStayWithinTheContractAndTheContractWithinTheCredit(t *testing.T) {
	w := newWorld(t)
	w.apply("RZ1", "甲公司", 1000)
	id := m{"applicationId": "RZ1"}
	contract := with(id, m{"contractNo": "HT1", "contractHash": hash("合同"), "payMode": "02"})
	w.Refused("CREDIT_EXCEEDED", w.bank, "SignContract", contract, m{"contractFen": 1001})
	w.Refused("PRIVATE_HALF_MISSING", w.bank, "SignContract", contract)
	w.Refused("STATE_FORBIDS", w.bank, "Disburse", with(id, m{"noteNo": "JJ1"}), m{"drawFen": 1})
	w.Must(w.bank, "SignContract", contract, m{"contractFen": 800})
	w.apply("RZ2", "乙公司", 1000)
	w.Refused("CONTRACT_NUMBER_TAKEN", w.bank, "SignContract", with(contract, m{"applicationId": "RZ2"}), m{"contractFen": 1})
	draw := func(note string) m { return with(id, m{"noteNo": note, "payeeKey": key("供应商")}) }
	w.Refused("CONTRACT_EXCEEDED", w.bank, "Disburse", draw("JJ1"), m{"drawFen": 801})
	w.Refused("PAYEE_MISSING", w.bank, "Disburse", with(draw("JJ1"), m{"payeeKey": nil}), m{"drawFen": 1})
	w.Must(w.bank, "Disburse", draw("JJ1"), m{"drawFen": 500})
	w.Refused("RECORD_EXISTS", w.bank, "Disburse", draw("JJ1"), m{"drawFen": 1})
	w.Refused("CONTRACT_EXCEEDED", w.bank, "Disburse", draw("JJ2"), m{"drawFen": 301})
	// Two draws in one transaction: the second sees the first.
	results := w.bank.Apply(ledgertest.Op{Name: "Disburse", In: draw("JJ2"), Private: m{"drawFen": 200}}, ledgertest.Op{Name: "Disburse", In: draw("JJ3"), Private: m{"drawFen": 200}})
	if results[0].Refusal != nil || results[1].Refusal == nil || results[1].Refusal.Code != "CONTRACT_EXCEEDED" {
		t.Fatalf("two draws in one transaction answered %+v", results)
	}
	w.Must(w.bank, "Disburse", draw("JJ3"), m{"drawFen": 100})
	w.Refused("CONTRACT_EXCEEDED", w.bank, "Disburse", draw("JJ4"), m{"drawFen": 1})
	// Repaid money is not drawn again: the contract is no revolving one.
	w.repay("RZ1", "JJ1", 500, 0)
	w.Refused("CONTRACT_EXCEEDED", w.bank, "Disburse", draw("JJ4"), m{"drawFen": 1})
	w.Days(366)
	w.Refused("CONTRACT_OVER", w.bank, "Disburse", draw("JJ4"), m{"drawFen": 1})
}

func TestNoMoreIsRepaidThanIsOutstanding(t *testing.T) {
	w := newWorld(t)
	note, other := w.lend("RZ1", "甲公司", 100), w.lend("RZ2", "乙公司", 100)
	w.Refused("REPAYMENT_EXCEEDS_OUTSTANDING", w.bank, "Repay", w.repayment("RZ1", note), paid(101, 0))
	w.Refused("REPAYMENT_EXCEEDS_OUTSTANDING", w.bank, "Repay", w.repayment("RZ1", note), paid(0, 0))
	w.Refused("NOTE_MISMATCH", w.bank, "Repay", w.repayment("RZ1", other), paid(1, 0))
	w.Refused("RECORD_NOT_FOUND", w.bank, "Repay", w.repayment("RZ1", "JJ99"), paid(1, 0))
	w.Refused("PRIVATE_HALF_MISSING", w.bank, "Repay", w.repayment("RZ1", note))
	first := w.repayment("RZ1", note)
	w.Must(w.bank, "Repay", first, paid(60, 1))
	w.Refused("RECORD_EXISTS", w.bank, "Repay", first, paid(10, 0))
	w.Refused("REPAYMENT_EXCEEDS_OUTSTANDING", w.bank, "Repay", w.repayment("RZ1", note), paid(41, 0))
	w.Refused("OUTSTANDING_REMAINS", w.bank, "SettleLoan", m{"applicationId": "RZ1"})
	w.repay("RZ1", note, 40, 0)
	w.Refused("NOTE_MISMATCH", w.bank, "Repay", w.repayment("RZ1", note), paid(0, 1))
	w.Must(w.bank, "SettleLoan", m{"applicationId": "RZ1"})
}

func TestTheClassIsNeverBetterThanTheDaysOverdueAllow(t *testing.T) {
	for _, c := range []struct {
		days int
		best string
	}{{0, "01"}, {7, "01"}, {8, "02"}, {90, "02"}, {91, "03"}, {270, "03"}, {271, "04"}, {360, "04"}, {361, "05"}, {4000, "05"}} {
		w := newWorld(t)
		w.lend("RZ1", "甲公司", 100, m{"termMonths": 240})
		w.Must(w.bank, "MarkOverdue", m{"applicationId": "RZ1", "overdueSince": w.Today()}, paid(10, 1))
		w.Days(max(c.days-1, 0))
		days := max(c.days, 1)
		tr := w.trace("RZ1")
		if c.days > 0 && (tr.OverdueDays != days || tr.Class5 != c.best) {
			t.Errorf("%d days overdue are traced as %d days and class %s, not %s", days, tr.OverdueDays, tr.Class5, c.best)
		}
		for _, class := range []string{"01", "02", "03", "04", "05"} {
			in := m{"applicationId": "RZ1", "class5": class}
			if c.days > 0 && class < c.best {
				w.Refused("CLASS_TOO_GOOD", w.bank, "ClassifyLoan", in)
			} else {
				w.Must(w.bank, "ClassifyLoan", in)
			}
		}
	}
	w := newWorld(t)
	w.lend("RZ1", "甲公司", 100)
	w.Must(w.regulator, "SetRules", m{"mentionDays": 0, "substandardDays": 1, "doubtfulDays": 2, "lossDays": 3, "shortTermMonths": 12, "mediumTermMonths": 60, "longExtensionMonths": 36, "inclusiveLimitFen": 1})
	w.Must(w.bank, "MarkOverdue", m{"applicationId": "RZ1", "overdueSince": w.Today()}, paid(0, 1))
	w.Days(1)
	w.Refused("CLASS_TOO_GOOD", w.bank, "ClassifyLoan", m{"applicationId": "RZ1", "class5": "02"})
	w.Must(w.bank, "ClassifyLoan", m{"applicationId": "RZ1", "class5": "03"})
	w.Refused("PERIOD_INVALID", w.regulator, "SetRules", m{"mentionDays": 9, "substandardDays": 1, "doubtfulDays": 2, "lossDays": 3, "shortTermMonths": 12, "mediumTermMonths": 60, "longExtensionMonths": 36, "inclusiveLimitFen": 1})
}

func TestALoanPastItsEndIsOverdueThoughNobodyReportsIt(t *testing.T) {
	w := newWorld(t)
	note := w.lend("RZ1", "甲公司", 100, m{"termMonths": 1}) // to 20260402
	for w.Today() != "20260402" {
		w.Days(1)
	}
	if tr := w.trace("RZ1"); tr.OverdueDays != 0 {
		t.Errorf("on its last day the loan is overdue by %d days", tr.OverdueDays)
	}
	w.Days(100)
	if tr := w.trace("RZ1"); tr.OverdueDays != 100 || tr.Class5 != "03" || tr.Status != "DISBURSED" {
		t.Errorf("100 days after its end the loan is traced as %+v", tr)
	}
	w.Refused("CLASS_TOO_GOOD", w.bank, "ClassifyLoan", m{"applicationId": "RZ1", "class5": "02"})
	w.Refused("LOAN_OVERDUE", w.bank, "ExtendLoan", m{"applicationId": "RZ1", "months": 1, "agreementHash": hash("协议")})
	w.Must(w.bank, "MarkOverdue", m{"applicationId": "RZ1", "overdueSince": "20260403"}, paid(100, 0))
	w.repay("RZ1", note, 50, 0)
	w.Refused("ARREARS_REMAIN", w.bank, "CureOverdue", m{"applicationId": "RZ1"})
	w.repay("RZ1", note, 50, 0)
	w.Must(w.bank, "CureOverdue", m{"applicationId": "RZ1"})
	if tr := w.trace("RZ1"); tr.OverdueDays != 0 {
		t.Errorf("repaid in full the loan is overdue by %d days", tr.OverdueDays)
	}
	w.Must(w.bank, "SettleLoan", m{"applicationId": "RZ1"})
}

func TestOverdueLoansAreCuredOrWrittenOff(t *testing.T) {
	w := newWorld(t)
	note := w.lend("RZ1", "甲公司", 100, m{"termMonths": 60})
	id := m{"applicationId": "RZ1"}
	since := func(day string) m { return with(id, m{"overdueSince": day}) }
	w.Refused("PERIOD_INVALID", w.bank, "MarkOverdue", since("20260303"), paid(10, 0))
	w.Refused("PERIOD_INVALID", w.bank, "MarkOverdue", since("20260301"), paid(10, 0))
	w.Refused("ARREARS_INVALID", w.bank, "MarkOverdue", since("20260302"), paid(101, 0))
	w.Refused("ARREARS_INVALID", w.bank, "MarkOverdue", since("20260302"), paid(0, 0))
	w.Days(5)
	w.Must(w.bank, "MarkOverdue", since("20260304"), paid(10, 5))
	w.Refused("PERIOD_INVALID", w.bank, "MarkOverdue", since("20260305"), paid(10, 5))
	w.Refused("STATE_FORBIDS", w.bank, "Disburse", with(id, m{"noteNo": "JJ9"}), m{"drawFen": 1})
	w.Refused("STATE_FORBIDS", w.bank, "SettleLoan", id)
	w.repay("RZ1", note, 10, 0)
	w.Refused("ARREARS_REMAIN", w.bank, "CureOverdue", id)
	w.repay("RZ1", note, 0, 5)
	w.Must(w.bank, "CureOverdue", id)
	w.Refused("STATE_FORBIDS", w.bank, "WriteOff", with(id, m{"basisHash": hash("核销")}))

	w.Must(w.bank, "MarkOverdue", since(w.Today()), paid(10, 5))
	w.Refused("WRITE_OFF_EARLY", w.bank, "WriteOff", with(id, m{"basisHash": hash("核销")}))
	w.Days(361)
	w.Refused("WRITE_OFF_EARLY", w.bank, "WriteOff", with(id, m{"basisHash": hash("核销")}))
	w.Must(w.bank, "ClassifyLoan", with(id, m{"class5": "05"}))
	w.Must(w.bank, "WriteOff", with(id, m{"basisHash": hash("核销")}))
	if got := w.Status("draw", bankA+"."+note); got != "WRITTEN_OFF" {
		t.Errorf("the note of a loan that was written off is %s", got)
	}
	w.Refused("STATE_FORBIDS", w.bank, "Repay", w.repayment("RZ1", note), paid(1, 0))
}

func TestAnExtensionStaysWithinTheRules(t *testing.T) {
	for _, c := range []struct{ term, most int }{{6, 6}, {12, 12}, {13, 6}, {60, 30}, {61, 36}, {240, 36}} {
		w := newWorld(t)
		w.lend("RZ1", "甲公司", 100, m{"termMonths": c.term})
		extend := func(months int) m {
			return m{"applicationId": "RZ1", "months": months, "agreementHash": hash("协议")}
		}
		w.Refused("EXTENSION_INVALID", w.bank, "ExtendLoan", extend(c.most+1))
		w.Must(w.bank, "ExtendLoan", extend(1))
		w.Refused("EXTENSION_INVALID", w.bank, "ExtendLoan", extend(c.most))
		if r := w.Must(w.bank, "ExtendLoan", extend(c.most-1)); r.Status != "EXTENDED" {
			t.Errorf("an extended loan is %s", r.Status)
		}
		w.Refused("EXTENSION_INVALID", w.bank, "ExtendLoan", extend(1))
		if tr := w.trace("RZ1"); len(tr.Extensions) != 2 || tr.Extensions[1].To != tr.DueOn {
			t.Errorf("the extensions are %+v to %s", tr.Extensions, tr.DueOn)
		}
	}
}

func TestARenewalTakesOverWhatIsOutstandingAndWhatSecuresIt(t *testing.T) {
	w := newWorld(t)
	col := w.collateral("甲公司", 150)
	note := w.lend("RZ1", "甲公司", 100)
	w.Must(w.bank, "PledgeCollateral", m{"collateralId": col, "applicationId": "RZ1"}, m{"pledgeFen": 120})
	w.repay("RZ1", note, 30, 0)
	renew := func(next string) m { return m{"applicationId": "RZ1", "newApplicationId": next, "noteNo": "XD1"} }
	w.apply("RZ2", "甲公司", 69)
	w.Refused("RENEWAL_INVALID", w.bank, "RenewLoan", renew("RZ2"), m{})
	w.contract("RZ2", 69)
	w.Refused("RENEWAL_INVALID", w.bank, "RenewLoan", renew("RZ2"), m{})
	w.apply("RZ3", "乙公司", 100)
	w.contract("RZ3", 100)
	w.Refused("SUBJECT_MISMATCH", w.bank, "RenewLoan", renew("RZ3"), m{})
	w.Refused("SUBJECT_MISMATCH", w.bank, "RenewLoan", renew("RZ1"), m{})
	w.apply("RZ4", "甲公司", 100, m{"usage": "RENEWAL"})
	w.contract("RZ4", 100)
	w.Refused("PRIVATE_HALF_MISSING", w.bank, "RenewLoan", renew("RZ4"))
	w.Must(w.bank, "MarkOverdue", m{"applicationId": "RZ1", "overdueSince": w.Today()}, paid(1, 0))
	w.Refused("STATE_FORBIDS", w.bank, "RenewLoan", renew("RZ4"), m{})
	w.repay("RZ1", note, 1, 0)
	w.Must(w.bank, "CureOverdue", m{"applicationId": "RZ1"})
	if r := w.Must(w.bank, "RenewLoan", renew("RZ4"), m{}); r.ID != "RZ1" || r.Status != "RENEWED" {
		t.Errorf("the renewal answered %+v", r)
	}
	old, next := w.trace("RZ1"), w.trace("RZ4")
	if old.OutstandingFen != 0 || next.OutstandingFen != 69 || next.Status != "DISBURSED" || old.RenewedBy != "RZ4" || !slices.Equal(next.Renews, []string{"RZ1"}) {
		t.Errorf("after the renewal the loans are %+v and %+v", old, next)
	}
	if len(old.Pledges) != 0 || !slices.Equal(next.Pledges, []string{col + ".RZ4"}) || old.Draws[0].Status != "CLEARED" {
		t.Errorf("after the renewal the pledges are %v and %v", old.Pledges, next.Pledges)
	}
	w.Refused("COLLATERAL_EXCEEDED", w.bank, "PledgeCollateral", m{"collateralId": col, "applicationId": "RZ3"}, m{"pledgeFen": 31})
	w.repay("RZ4", "XD1", 69, 0)
	w.Must(w.bank, "SettleLoan", m{"applicationId": "RZ4"})
	w.Must(w.bank, "PledgeCollateral", m{"collateralId": col, "applicationId": "RZ3"}, m{"pledgeFen": 150})

	again := w.lend("RZ5", "甲公司", 10)
	w.repay("RZ5", again, 10, 0)
	w.Refused("RENEWAL_INVALID", w.bank, "RenewLoan", m{"applicationId": "RZ5", "newApplicationId": "RZ2", "noteNo": "XD9"}, m{})
}

func (w *world) collateral(owner string, value int64) string {
	w.t.Helper()
	return w.Must(w.bank, "RegisterCollateral", m{"kind": "RECEIVABLE", "refKey": key(owner)}, m{"valueFen": value, "owner": owner}).ID
}

func TestACollateralIsNotPledgedBeyondItsValue(t *testing.T) {
	w := newWorld(t)
	unit := m{"kind": "REAL_ESTATE_UNIT", "ref": "410105 001002 GB00001 F00010001"}
	worth := m{"valueFen": 100, "owner": "甲公司"}
	col := w.Must(w.bank, "RegisterCollateral", unit, worth).ID
	if col != finance.CollateralID("REAL_ESTATE_UNIT", "410105001002GB00001F00010001") {
		t.Errorf("the id is not derived from the normalised code")
	}
	w.Refused("RECORD_EXISTS", w.otherBank, "RegisterCollateral", unit, worth)
	for _, wrong := range []m{
		{"kind": "INVOICE", "ref": "12345678"}, {"kind": "INVOICE"}, {"kind": "REAL_ESTATE_UNIT", "refKey": key("x")}, {"kind": "REAL_ESTATE_UNIT", "ref": "410105"},
		{"kind": "REAL_ESTATE_UNIT", "ref": unit["ref"], "refKey": key("x")}, {"kind": "REAL_ESTATE_PROOF", "ref": "豫（2023）郑州市不动产权第0000001号"},
	} {
		w.Refused("COLLATERAL_INVALID", w.bank, "RegisterCollateral", wrong, worth)
	}
	w.Must(w.bank, "RegisterCollateral", m{"kind": "REAL_ESTATE_PROOF", "ref": "豫（2023）信阳市不动产证明第0000007号"}, worth)
	w.apply("RZ1", "甲公司", 100)
	w.apply("RZ2", "甲公司", 100)
	w.draft("RZ3", "甲公司", m{"bankDept": bankB})
	pledge := func(id string) m { return m{"collateralId": col, "applicationId": id} }
	w.Refused("STATE_FORBIDS", w.otherBank, "PledgeCollateral", pledge("RZ3"), m{"pledgeFen": 1})
	w.Refused("NOT_THE_LENDER", w.otherBank, "PledgeCollateral", pledge("RZ1"), m{"pledgeFen": 1})
	w.Refused("PRIVATE_HALF_MISSING", w.bank, "PledgeCollateral", pledge("RZ1"))
	w.Must(w.bank, "PledgeCollateral", pledge("RZ1"), m{"pledgeFen": 60})
	w.Refused("RECORD_EXISTS", w.bank, "PledgeCollateral", pledge("RZ1"), m{"pledgeFen": 1})
	w.Refused("COLLATERAL_EXCEEDED", w.bank, "PledgeCollateral", pledge("RZ2"), m{"pledgeFen": 41})
	w.Must(w.platform, "SubmitApplication", m{"applicationId": "RZ3"})
	w.Must(w.otherBank, "AcceptApplication", m{"applicationId": "RZ3"})
	w.Must(w.otherBank, "InvestigateApplication", m{"applicationId": "RZ3", "reportHash": hash("报告")})
	w.Must(w.otherBank, "ApproveApplication", m{"applicationId": "RZ3", "termMonths": 12}, m{"creditLimitFen": 100, "rateBp": 1})
	w.Refused("COLLATERAL_EXCEEDED", w.otherBank, "PledgeCollateral", pledge("RZ3"), m{"pledgeFen": 41})
	w.Must(w.otherBank, "PledgeCollateral", pledge("RZ3"), m{"pledgeFen": 40})
	w.Refused("NOT_OWNER", w.bank, "ReleasePledge", m{"pledgeId": col + ".RZ3"})
	w.Must(w.otherBank, "ReleasePledge", m{"pledgeId": col + ".RZ3"})
	w.Refused("STATE_FORBIDS", w.otherBank, "ReleasePledge", m{"pledgeId": col + ".RZ3"})
	w.Refused("NOT_OWNER", w.otherBank, "RevalueCollateral", m{"collateralId": col, "reportNo": "评1"}, worth)
	w.Must(w.bank, "RevalueCollateral", m{"collateralId": col, "reportNo": "评1"}, m{"valueFen": 50, "owner": "甲公司"})
	w.Refused("COLLATERAL_EXCEEDED", w.bank, "PledgeCollateral", pledge("RZ2"), m{"pledgeFen": 1})
	w.Must(w.platform, "WithdrawApplication", m{"applicationId": "RZ1"})
	w.Must(w.bank, "PledgeCollateral", pledge("RZ2"), m{"pledgeFen": 50})
	w.Must(w.bank, "PurgePledge", m{"id": col + ".RZ1", "reason": "已解除"})
}

func TestExposureAndStatisticsAddUp(t *testing.T) {
	w := newWorld(t)
	w.Must(w.regulator, "SetRules", m{"mentionDays": 7, "substandardDays": 90, "doubtfulDays": 270, "lossDays": 360, "shortTermMonths": 12, "mediumTermMonths": 60, "longExtensionMonths": 36, "inclusiveLimitFen": 100})
	note := w.lend("RZ1", "甲公司", 100, m{"termMonths": 120})
	w.lend("RZ2", "乙公司", 101, m{"termMonths": 120})
	w.lend("RZ3", "农户", 10, m{"termMonths": 120, "subjectType": "FARMER"})
	w.lend("RZ4", "大公司", 50, m{"termMonths": 120, "subjectType": "ENTERPRISE"})
	w.repay("RZ1", note, 40, 0)
	w.Must(w.bank, "MarkOverdue", m{"applicationId": "RZ2", "overdueSince": w.Today()}, paid(1, 0))
	w.Days(100)
	var e finance.Exposure
	if r := w.bank.Ask(&e, "BankExposure", m{"bankDept": bankA}); r != nil || e.Notes != 4 || e.OutstandingFen != 221 || e.Overdue.OutstandingFen != 101 || len(e.Classes) != 2 || e.Bookmark != "" {
		t.Fatalf("the exposure is %+v %v", e, r)
	}
	if c := e.Classes[1]; c.Class5 != "03" || c.Notes != 1 || c.OutstandingFen != 101 {
		t.Errorf("the classes are %+v", e.Classes)
	}
	if r := w.otherBank.Ask(&e, "BankExposure", m{"bankDept": bankA}); r == nil || r.Code != "NOT_OWNER" {
		t.Errorf("another bank read the exposure: %v", r)
	}
	var s finance.Statistics
	if r := w.regulator.Ask(&s, "InclusiveStatistics", m{}); r != nil {
		t.Fatal(r)
	}
	got := map[string]int64{}
	for _, l := range s.Lines {
		name := l.SubjectType
		if l.Inclusive {
			name += "+"
		}
		got[name] = l.OutstandingFen*1000 + l.BadFen
	}
	if want := map[string]int64{"SMALL_ENTERPRISE+": 60000, "SMALL_ENTERPRISE": 101101, "FARMER+": 10000, "ENTERPRISE": 50000}; !maps.Equal(got, want) {
		t.Errorf("the statistics are %v, not %v", got, want)
	}
}

func TestAWrittenOffLoanIsNoExposureAnyMore(t *testing.T) {
	w := newWorld(t)
	w.lend("RZ1", "甲公司", 100)
	w.Must(w.bank, "MarkOverdue", m{"applicationId": "RZ1", "overdueSince": w.Today()}, paid(100, 0))
	w.Must(w.bank, "ClassifyLoan", m{"applicationId": "RZ1", "class5": "05"})
	exposure := func() (e finance.Exposure) {
		t.Helper()
		if r := w.regulator.Ask(&e, "BankExposure", m{"bankDept": bankA}); r != nil {
			t.Fatal(r)
		}
		return e
	}
	if e := exposure(); e.OutstandingFen != 100 || e.Classes[0].Class5 != "05" {
		t.Errorf("before the write-off the exposure is %+v", e)
	}
	w.Must(w.bank, "WriteOff", m{"applicationId": "RZ1", "basisHash": hash("核销")})
	if e := exposure(); e.OutstandingFen != 0 || e.Notes != 0 {
		t.Errorf("after the write-off the exposure is %+v", e)
	}
}

func TestAnApplicantsNumberIsOneOfItsType(t *testing.T) {
	w := newWorld(t)
	in := m{"applicationId": "RZ1", "subjectKey": key("甲公司"), "idType": "001", "subjectType": "FARMER", "bankDept": bankA, "termMonths": 12, "usage": "FARMING"}
	half := m{"amountFen": 1, "borrower": "甲公司", "idNumber": "91410100MA9YTT01X1"}
	if r := w.Refused("PARTY_INVALID", w.platform, "DraftApplication", in, half); strings.Contains(r.Message, "MA9YTT01X1") {
		t.Errorf("the refusal repeats the number: %v", r)
	}
	w.Refused("PARTY_INVALID", w.platform, "DraftApplication", with(in, m{"idType": "111"}), with(half, m{"idNumber": ledgertest.DeptA}))
	w.Refused("PRIVATE_HALF_MISSING", w.platform, "DraftApplication", in)
	w.Must(w.platform, "DraftApplication", in, with(half, m{"idNumber": ledgertest.DeptA}))
}

func TestTheListsOfALoanAreBounded(t *testing.T) {
	w := newWorld(t)
	w.apply("RZ1", "甲公司", 1000)
	w.contract("RZ1", 1000)
	for range 50 {
		w.draw("RZ1", 1)
	}
	w.Refused("TOO_MANY", w.bank, "Disburse", m{"applicationId": "RZ1", "noteNo": "JJ999"}, m{"drawFen": 1})
}

// Loans from before kept what was repaid with each note.
func TestANoteFromBeforeIsRepaidAsWell(t *testing.T) {
	w := newWorld(t)
	note := w.lend("RZ1", "甲", 1000)
	w.repay("RZ1", note, 400, 0)
	w.SetPrivate("restricted", "loan/RZ1", m{"borrower": "甲", "idNumber": "1", "amountFen": 1000, "creditLimitFen": 1000, "contractFen": 1000, "drawnFen": 1000, "repaidFen": 400})
	w.SetPrivate("restricted", "draw/"+bankA+"."+note, m{"drawFen": 1000, "repaidFen": 400})
	if tr := w.trace("RZ1"); tr.OutstandingFen != 600 || tr.Draws[0].OutstandingFen != 600 || tr.Draws[0].DrawFen != 1000 {
		t.Errorf("the trace is %+v", tr)
	}
	w.Refused(finance.RepaymentExceeds, w.bank, "Repay", w.repayment("RZ1", note), paid(601, 0))
	w.repay("RZ1", note, 100, 0)
	w.Refused(finance.RepaymentExceeds, w.bank, "Repay", w.repayment("RZ1", note), paid(501, 0))
	w.repay("RZ1", note, 500, 0)
	w.Refused(finance.NoteMismatch, w.bank, "Repay", w.repayment("RZ1", note), paid(1, 0))
	if r := w.Must(w.bank, "SettleLoan", m{"applicationId": "RZ1"}); r.Status != finance.LoanSettled {
		t.Errorf("it is %s", r.Status)
	}
}

// A repayment changes the loan and is a record of its own: the note changes with
// its status alone.
func TestARepaymentWritesNoMoreThanItChanges(t *testing.T) {
	w := newWorld(t)
	note := w.lend("RZ1", "甲", 1000)
	w.repay("RZ1", note, 1, 0) // the loan comes to be repaid
	for _, step := range []struct {
		fen  int64
		keys int
		note string
	}{{400, 4, finance.DrawOutstanding}, {599, 5, finance.DrawCleared}} {
		w.Writes = 0
		w.repay("RZ1", note, step.fen, 0)
		if status := w.Status("draw", bankA+"."+note); w.Writes != step.keys || status != step.note {
			t.Errorf("a repayment of %d wrote %d keys, and the note is %s", step.fen, w.Writes, status)
		}
	}
	if tr := w.trace("RZ1"); tr.OutstandingFen != 0 || tr.Draws[0].OutstandingFen != 0 || tr.Draws[0].DrawFen != 1000 {
		t.Errorf("the trace is %+v", tr)
	}
}
