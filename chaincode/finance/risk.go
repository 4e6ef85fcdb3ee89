package finance

import "henanchain/chaincode/ledger"

type markOverdue struct {
	loanID
	OverdueSince string `json:"overdueSince" is:"date" zh:"逾期起始日" doc:"The first day on which something due was not paid"`
}

// Arrears is the private half of an overdue report.
type Arrears struct {
	PrincipalFen int64 `json:"principalFen" is:"min=0" zh:"逾期本金" doc:"分"`
	InterestFen  int64 `json:"interestFen" is:"min=0" zh:"逾期利息" doc:"分"`
}

type classifyLoan struct {
	loanID
	Class5 string `json:"class5" is:"enum=01|02|03|04|05" zh:"五级分类" doc:"Dictionary class5"`
}

type writeOff struct {
	loanID
	BasisHash string `json:"basisHash" is:"sm3" zh:"核销依据摘要"`
}

// overdueDays counts the days that a loan is overdue: since the bank reported
// it, or since its end where something is outstanding, whichever is longer ago.
func overdueDays(loan *Loan, terms *Terms, today string) (int, error) {
	since := loan.OverdueSince
	if terms.outstanding() > 0 && loan.DueOn != "" && loan.DueOn < today {
		after, err := ledger.AddDays(loan.DueOn, 1)
		if err != nil {
			return 0, err
		}
		if since == "" || after < since {
			since = after
		}
	}
	if since == "" || since > today {
		return 0, nil
	}
	days, err := ledger.DaysBetween(since, today)
	return days + 1, err // the first day counts
}

// worst is the best class that so many days overdue allow.
func (s *Settings) worst(days int) string {
	switch {
	case days > s.LossDays:
		return Loss
	case days > s.DoubtfulDays:
		return Doubtful
	case days > s.SubstandardDays:
		return Substandard
	case days > s.MentionDays:
		return SpecialMention
	}
	return Pass
}

// classNow is a loan's class as of today: the bank's, or the one that the days
// overdue ask for, where that is worse.
func (b *book) classNow(c *ledger.Call, loan *Loan, terms *Terms) (class string, days int, err error) {
	rules, err := b.rules.InForce(c)
	if err != nil {
		return "", 0, err
	}
	if days, err = overdueDays(loan, terms, c.Today()); err != nil {
		return "", 0, err
	}
	return max(loan.Class5, rules.worst(days)), days, nil
}

// markOverdue reports a loan overdue. The day since when never moves closer.
func (b *book) markOverdue(c *ledger.Call, in *markOverdue, private *ledger.Private[Arrears]) error {
	arrears, err := half(private)
	if err != nil {
		return err
	}
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if in.OverdueSince > c.Today() || in.OverdueSince < loan.Body.SignedOn {
		return ledger.RefuseField(PeriodInvalid, "overdueSince", "overdue since a day from %s (the contract) to today (%s), not %s", loan.Body.SignedOn, c.Today(), in.OverdueSince)
	}
	if loan.Body.OverdueSince != "" && in.OverdueSince > loan.Body.OverdueSince {
		return ledger.RefuseField(PeriodInvalid, "overdueSince", "the loan is overdue since %s; the day does not move closer", loan.Body.OverdueSince)
	}
	if arrears.PrincipalFen > terms.outstanding() || arrears.PrincipalFen+arrears.InterestFen == 0 {
		return ledger.RefuseField(ArrearsInvalid, "private.principalFen", "there are arrears of principal, of interest or of both, and of principal no more than is outstanding")
	}
	loan.Body.OverdueSince, terms.ArrearsFen, terms.ArrearsDueFen = in.OverdueSince, arrears.PrincipalFen, arrears.InterestFen
	class, _, err := b.classNow(c, &loan.Body, terms)
	if err != nil {
		return err
	}
	if class != loan.Body.Class5 {
		loan.Body.Class5, loan.Body.ClassifiedOn = class, c.Today()
	}
	if err := advance(c, loan, LoanOverdueNow); err != nil {
		return err
	}
	return keepTerms(c, loan, private.Salt, terms)
}

// cureOverdue takes a loan back to regular repayment once the arrears are paid.
func (b *book) cureOverdue(c *ledger.Call, in *loanID) error {
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if terms.ArrearsFen+terms.ArrearsDueFen > 0 {
		return ledger.Refuse(ArrearsRemain, "the arrears of the loan %s are not paid", loan.ID)
	}
	if terms.outstanding() > 0 && loan.Body.DueOn < c.Today() {
		return ledger.Refuse(ArrearsRemain, "the loan %s ended on %s: all of it is due", loan.ID, loan.Body.DueOn)
	}
	loan.Body.OverdueSince = ""
	return advance(c, loan, LoanRepaying)
}

// classifyLoan sets the class (五级分类), never better than the days overdue allow.
func (b *book) classifyLoan(c *ledger.Call, in *classifyLoan) error {
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	loan.Body.Class5 = in.Class5
	least, days, err := b.classNow(c, &loan.Body, terms)
	if err != nil {
		return err
	}
	if in.Class5 < least {
		return ledger.RefuseField(ClassTooGood, "class5", "%d days overdue allow no better class than %s", days, least)
	}
	loan.Body.ClassifiedOn = c.Today()
	return loan.Keep(c)
}

// writeOff writes a loan off (核销): the claim stays, its collateral too.
func (b *book) writeOff(c *ledger.Call, in *writeOff) error {
	loan, err := b.lent(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if loan.Body.Class5 != Loss {
		return ledger.Refuse(WriteOffEarly, "the loan %s is of class %s; a loan of class %s (损失) is written off", loan.ID, loan.Body.Class5, Loss)
	}
	draws, err := b.draws.LoadAll(c, loan.Body.Draws)
	if err != nil {
		return err
	}
	for _, d := range draws {
		if d.Status != DrawOutstanding {
			continue
		}
		if err := d.Move(c, DrawWrittenOff); err != nil {
			return err
		}
	}
	loan.Body.WriteOffHash = in.BasisHash
	return advance(c, loan, LoanWrittenOff)
}
