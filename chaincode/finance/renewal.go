package finance

import "henanchain/chaincode/ledger"

type extendLoan struct {
	loanID
	Months        int    `json:"months" is:"min=1,max=360" zh:"展期月数"`
	AgreementHash string `json:"agreementHash" is:"sm3" zh:"展期协议摘要"`
}

type renewLoan struct {
	loanID
	NewApplicationID string `json:"newApplicationId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"续贷申请号" doc:"A contracted loan of the same borrower and bank"`
	NoteNo           string `json:"noteNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"新借据号"`
}

// ReadsOf lets a batch fetch the new loan and the note.
func (in *renewLoan) ReadsOf(caller *ledger.Caller) []string {
	return []string{ledger.Key(loanType, in.NewApplicationID), ledger.Key(drawType, caller.Dept+"."+in.NoteNo)}
}

// current refuses where a loan is overdue, reported or not.
func (b *book) current(c *ledger.Call, loan *ledger.Entity[Loan], terms *Terms) error {
	days, err := overdueDays(&loan.Body, terms, c.Today())
	if err == nil && days > 0 {
		err = ledger.Refuse(LoanOverdue, "the loan %s is overdue by %d days; the arrears are paid first", loan.ID, days)
	}
	return err
}

// extendLoan moves a loan's end (展期), before it has come, and no further than
// the rules allow for its term (贷款通则 12).
func (b *book) extendLoan(c *ledger.Call, in *extendLoan) error {
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if err := b.current(c, loan, terms); err != nil {
		return err
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	if c.Today() > loan.Body.DueOn {
		return ledger.Refuse(ExtensionInvalid, "the loan ended on %s; an extension comes before", loan.Body.DueOn)
	}
	start := loan.Body.DueOn
	if len(loan.Body.Extensions) > 0 {
		start = loan.Body.Extensions[0].From
	}
	latest, err := ledger.AddMonths(start, rules.longestExtension(loan.Body.TermMonths))
	if err != nil {
		return err
	}
	due, err := ledger.AddMonths(loan.Body.DueOn, in.Months)
	if err != nil {
		return err
	}
	if due > latest {
		return ledger.RefuseField(ExtensionInvalid, "months", "a loan of %d months is extended to %s at the latest, all extensions together, not to %s", loan.Body.TermMonths, latest, due)
	}
	loan.Body.Extensions = append(loan.Body.Extensions, Extension{loan.Body.DueOn, due, in.AgreementHash})
	loan.Body.DueOn = due
	return advance(c, loan, LoanExtended)
}

// longestExtension is how many months a loan's extensions may sum to.
func (s *Settings) longestExtension(termMonths int) int {
	switch {
	case termMonths <= s.ShortTermMonths:
		return termMonths
	case termMonths <= s.MediumTermMonths:
		return termMonths / 2
	}
	return s.LongExtensionMonths
}

// renewLoan lets a new contract take over what is outstanding (无还本续贷): no
// money moves, no balance is lost or made, and what secured the old loan
// secures the new one; a guarantor guarantees the new one anew.
func (b *book) renewLoan(c *ledger.Call, in *renewLoan, private *ledger.Private[NoFigures]) error {
	if _, err := half(private); err != nil {
		return err
	}
	old, oldTerms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	next, err := b.loans.Load(c, in.NewApplicationID)
	if err != nil {
		return err
	}
	nextTerms, err := b.checkRenewal(c, old, next, oldTerms)
	if err != nil {
		return err
	}
	moved := oldTerms.outstanding()
	if err := b.clearDraws(c, old, oldTerms); err != nil {
		return err
	}
	if err := b.draw(c, next, nextTerms, in.NoteNo, private.Salt, moved, Draw{TakesOver: old.ID}); err != nil {
		return err
	}
	if err := b.movePledges(c, old, next, private.Salt); err != nil {
		return err
	}
	if err := b.releaseGuarantees(c, old); err != nil {
		return err
	}
	if err := ledger.Enter(&next.Body.Renews, maxEntries, loanType, old.ID); err != nil {
		return err
	}
	to := next.Status
	if to == LoanContracted {
		to = LoanDisbursed
	}
	if err := advance(c, next, to); err != nil {
		return err
	}
	if err := keepTerms(c, next, private.Salt, nextTerms); err != nil {
		return err
	}
	old.Body.RenewedBy, oldTerms.RepaidFen = next.ID, oldTerms.DrawnFen
	if err := advance(c, old, LoanRenewed); err != nil {
		return err
	}
	return keepTerms(c, old, private.Salt, oldTerms)
}

func (b *book) checkRenewal(c *ledger.Call, old, next *ledger.Entity[Loan], oldTerms *Terms) (*Terms, error) {
	if err := lender(c, next); err != nil {
		return nil, err
	}
	if next.ID == old.ID || next.Body.SubjectKey != old.Body.SubjectKey {
		return nil, ledger.RefuseField(SubjectMismatch, "newApplicationId", "the loan %s is not another loan of the same borrower", next.ID)
	}
	if next.Status != LoanContracted && next.Status != LoanDisbursed && next.Status != LoanRepaying {
		return nil, ledger.RefuseField(RenewalInvalid, "newApplicationId", "the loan %s is %s; its contract must be signed and running", next.ID, next.Status)
	}
	nextTerms, err := termsOf(c, next)
	if err != nil {
		return nil, err
	}
	for _, check := range []func() error{
		func() error { return b.current(c, old, oldTerms) },
		func() error { return b.current(c, next, nextTerms) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if c.Today() > next.Body.DueOn {
		return nil, ledger.RefuseField(ContractOver, "newApplicationId", "the new contract ended on %s", next.Body.DueOn)
	}
	switch moved := oldTerms.outstanding(); {
	case moved == 0:
		return nil, ledger.Refuse(RenewalInvalid, "nothing is outstanding on the loan %s: it is settled (SettleLoan)", old.ID)
	case moved > nextTerms.ContractFen-nextTerms.DrawnFen:
		return nil, ledger.RefuseField(RenewalInvalid, "newApplicationId", "the new contract has less left to draw than is outstanding on the old loan")
	}
	return nextTerms, nil
}

// clearDraws marks all notes of a renewed loan as taken over.
func (b *book) clearDraws(c *ledger.Call, loan *ledger.Entity[Loan], terms *Terms) error {
	draws, err := b.draws.LoadAll(c, loan.Body.Draws)
	if err != nil {
		return err
	}
	for _, d := range draws {
		if d.Status != DrawOutstanding {
			continue
		}
		if err := d.Move(c, DrawCleared); err != nil {
			return err
		}
		terms.setLeft(d.Body.NoteNo, 0)
	}
	return nil
}
