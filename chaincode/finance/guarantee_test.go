package finance_test

import (
	"testing"

	"henanchain/chaincode/finance"
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
)

// letter is an offer of the guarantor, to be changed by a test.
func letter(no, loan string, more ...m) m {
	return with(append([]m{{"applicationId": loan, "letterNo": no, "letterHash": hash("保函"), "mode": "02", "validTo": "20271231"}}, more...)...)
}

func letterID(no string) string { return bankB + "." + no }

func named(no string, more ...m) m {
	return with(append([]m{{"guaranteeId": letterID(no)}}, more...)...)
}

// guarantee issues a letter and has the bank accept it.
func (w *world) guarantee(no, loan string, cover int64, more ...m) {
	w.t.Helper()
	w.Must(w.guarantor, "IssueGuarantee", letter(no, loan, more...), m{"coverFen": cover})
	w.Must(w.bank, "AcceptGuarantee", named(no))
}

// overdue brings a loan of 1,000 元 to arrears of principal.
func (w *world) overdue(id string, arrears int64) {
	w.t.Helper()
	w.lend(id, "甲", 100_000)
	w.Must(w.bank, "MarkOverdue", m{"applicationId": id, "overdueSince": w.Today()}, m{"principalFen": arrears, "interestFen": 0})
}

func TestAGuarantorPaysWhatTheBorrowerDoesNotAndGetsItBack(t *testing.T) {
	w := newWorld(t)
	w.overdue("L1", 30_000)
	w.guarantee("B1", "L1", 50_000)
	w.Must(w.bank, "ClaimGuarantee", named("B1"), m{"claimFen": 30_000})
	w.Must(w.guarantor, "CompensateGuarantee", named("B1", m{"voucherHash": hash("凭证")}), m{})
	w.Refused(finance.RecoveryExceeds, w.guarantor, "RecoverGuarantee", named("B1"), m{"recoveredFen": 30_001})
	if r := w.Must(w.guarantor, "RecoverGuarantee", named("B1"), m{"recoveredFen": 10_000}); r.Status != finance.GuaranteeCompensated {
		t.Errorf("after a part came back it is %s", r.Status)
	}
	w.Refused(finance.RecoveryExceeds, w.guarantor, "RecoverGuarantee", named("B1"), m{"recoveredFen": 20_001})
	if r := w.Must(w.guarantor, "RecoverGuarantee", named("B1"), m{"recoveredFen": 20_000}); r.Status != finance.GuaranteeRecovered {
		t.Errorf("after all came back it is %s", r.Status)
	}
	w.Refused(ledger.StateForbids, w.bank, "ClaimGuarantee", named("B1"), m{"claimFen": 1})
}

func TestAClaimStaysWithinTheCoverAndTheArrears(t *testing.T) {
	w := newWorld(t)
	w.overdue("L1", 30_000)
	w.guarantee("B1", "L1", 20_000)
	w.guarantee("B2", "L1", 20_000)
	w.Refused(finance.ClaimExceeds, w.bank, "ClaimGuarantee", named("B1"), m{"claimFen": 20_001})
	w.Must(w.bank, "ClaimGuarantee", named("B1"), m{"claimFen": 20_000})
	w.Refused(finance.ClaimExceeds, w.bank, "ClaimGuarantee", named("B2"), m{"claimFen": 10_001})
	w.Refused(finance.NotTheLender, w.otherBank, "ClaimGuarantee", named("B2"), m{"claimFen": 10_000})
	w.Must(w.bank, "ClaimGuarantee", named("B2"), m{"claimFen": 10_000})
}

func TestAGuarantorIsAskedWhenTheLawSaysSo(t *testing.T) {
	w := newWorld(t)
	w.lend("L0", "乙", 100_000)
	w.guarantee("B0", "L0", 50_000)
	w.Refused(ledger.StateForbids, w.bank, "ClaimGuarantee", named("B0"), m{"claimFen": 1}) // nothing is overdue

	w.overdue("L1", 30_000)
	w.guarantee("B1", "L1", 50_000, m{"mode": "01"})
	w.Refused(finance.GuaranteeNotDue, w.bank, "ClaimGuarantee", named("B1"), m{"claimFen": 30_000})
	w.guarantee("B2", "L1", 50_000)
	w.Days(5000)
	if status := w.Status("guarantee", letterID("B2")); status != finance.GuaranteeInForce {
		t.Fatalf("it is stored as %s", status)
	}
	w.Refused(finance.PeriodInvalid, w.bank, "ClaimGuarantee", named("B2"), m{"claimFen": 1}) // its term is over
	w.Refused(finance.PeriodInvalid, w.guarantor, "IssueGuarantee", letter("B3", "L1"), m{"coverFen": 1})
}

func TestAGuaranteeThatEndsBeforeTheDebtIsNotAccepted(t *testing.T) {
	w := newWorld(t)
	w.lend("L1", "甲", 100_000) // a year from 2 March 2026
	loan, _ := ledgertest.Body[finance.Loan](w.Story, "loan", "L1")
	w.Must(w.guarantor, "IssueGuarantee", letter("B1", "L1", m{"validTo": loan.DueOn}), m{"coverFen": 1})
	w.Refused(finance.PeriodInvalid, w.bank, "AcceptGuarantee", named("B1"))
	w.Refused(ledger.Exists, w.guarantor, "IssueGuarantee", letter("B1", "L1"), m{"coverFen": 1})
	w.Must(w.guarantor, "WithdrawGuarantee", named("B1"))
	w.Refused(ledger.StateForbids, w.bank, "AcceptGuarantee", named("B1"))
}

func TestAContractIsNotSignedThatOutlastsItsGuarantee(t *testing.T) {
	w := newWorld(t)
	w.apply("L1", "甲", 100_000)
	w.guarantee("B1", "L1", 50_000, m{"validTo": "20260401"}) // when the loan ends is not known yet
	sign := m{"applicationId": "L1", "contractNo": "HT1", "contractHash": hash("合同"), "payMode": "01"}
	w.Refused(finance.PeriodInvalid, w.bank, "SignContract", sign, m{"contractFen": 100_000})
	w.Must(w.bank, "ReleaseGuarantee", named("B1"))
	w.guarantee("B2", "L1", 50_000)
	w.Must(w.bank, "SignContract", sign, m{"contractFen": 100_000})
}

func TestAGuaranteeEndsWithItsLoan(t *testing.T) {
	w := newWorld(t)
	note := w.lend("L1", "甲", 100_000)
	w.guarantee("B1", "L1", 50_000)
	w.Refused(finance.NotTheLender, w.otherBank, "ReleaseGuarantee", named("B1"))
	w.repay("L1", note, 100_000, 0)
	w.Must(w.bank, "SettleLoan", m{"applicationId": "L1"})
	if status := w.Status("guarantee", letterID("B1")); status != finance.GuaranteeReleased {
		t.Errorf("the loan is settled, and the guarantee %s", status)
	}
	if trace := w.trace("L1"); len(trace.Guarantees) != 1 || trace.Guarantees[0].Status != finance.GuaranteeReleased {
		t.Errorf("%+v", trace.Guarantees)
	}
}
