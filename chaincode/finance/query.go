package finance

import (
	"maps"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
)

type checkAuthorization struct {
	AuthID      string `json:"authId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	GranteeDept string `json:"granteeDept" is:"uscc" zh:"查询机构"`
	SubjectKey  string `json:"subjectKey" is:"subject" zh:"被查询主体标识"`
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Purpose     string `json:"purpose" is:"enum=PRE_LOAN|IN_LOAN|POST_LOAN" zh:"用途"`
}

// AuthorizationState answers whether an authorization covers a question now.
type AuthorizationState struct {
	Usable   bool   `json:"usable" zh:"是否可用"`
	Status   string `json:"status,omitempty" zh:"授权状态"`
	Reason   string `json:"reason,omitempty" zh:"不可用原因" doc:"Dictionary denial"`
	UsesLeft int    `json:"usesLeft" zh:"剩余次数"`
}

func (b *book) checkAuthorization(c *ledger.Call, in *checkAuthorization) (*AuthorizationState, error) {
	a, err := b.authorizations.Find(c, in.AuthID)
	if err != nil || a == nil {
		return &AuthorizationState{Reason: NoAuthorization}, err
	}
	reason, _, err := b.denial(c, a, in.GranteeDept, &useData{SubjectKey: in.SubjectKey, CatalogCode: in.CatalogCode, Purpose: in.Purpose})
	if err != nil {
		return nil, err
	}
	return &AuthorizationState{Usable: reason == "", Status: a.StatusNow(c), Reason: reason, UsesLeft: a.Body.MaxUses - a.Body.Uses}, nil
}

// DataUses is a page of the questions about a subject (谁用了我的数据).
type DataUses = predicate.DataUses[UseLine]

// UseLine is one question.
type UseLine struct {
	UseID       string `json:"useId" zh:"使用记录编号"`
	By          string `json:"by" zh:"查询机构"`
	At          string `json:"at" zh:"时间"`
	AuthID      string `json:"authId" zh:"授权编号"`
	CatalogCode string `json:"catalogCode" zh:"目录代码"`
	Purpose     string `json:"purpose" zh:"用途"`
	Outcome     string `json:"outcome" zh:"结果"`
	Reason      string `json:"reason,omitempty" zh:"拒绝原因"`
}

func (b *book) dataUses(c *ledger.Call, in *predicate.UsesQuery) (*DataUses, error) {
	return predicate.UsesOf(c, in, b.uses, func(u *ledger.Entity[Use]) UseLine {
		return UseLine{u.ID, u.Dept, u.Time, u.Body.AuthID, u.Body.CatalogCode, u.Body.Purpose, u.Status, u.Body.Reason}
	})
}

// Trace follows one financing through its whole life (全链条跟踪).
type Trace struct {
	ApplicationID  string           `json:"applicationId" zh:"融资申请号"`
	Status         string           `json:"status" zh:"状态"`
	BankDept       string           `json:"bankDept" zh:"贷款银行"`
	Class5         string           `json:"class5,omitempty" zh:"五级分类" doc:"As of today"`
	OverdueDays    int              `json:"overdueDays" zh:"逾期天数"`
	DueOn          string           `json:"dueOn,omitempty" zh:"到期日"`
	AmountFen      int64            `json:"amountFen" zh:"申请金额" doc:"分"`
	CreditLimitFen int64            `json:"creditLimitFen" zh:"授信额度" doc:"分"`
	ContractFen    int64            `json:"contractFen" zh:"合同金额" doc:"分"`
	DrawnFen       int64            `json:"drawnFen" zh:"累计放款" doc:"分"`
	OutstandingFen int64            `json:"outstandingFen" zh:"余额" doc:"分"`
	Milestones     []Milestone      `json:"milestones" zh:"全链条节点"`
	Authorizations []AuthTrace      `json:"authorizations" zh:"授权"`
	Draws          []DrawTrace      `json:"draws" zh:"借据"`
	Pledges        []string         `json:"pledges" zh:"现有担保"`
	Guarantees     []GuaranteeTrace `json:"guarantees" zh:"保证"`
	Extensions     []Extension      `json:"extensions" zh:"展期"`
	Renews         []string         `json:"renews" zh:"承接的原申请号"`
	RenewedBy      string           `json:"renewedBy,omitempty" zh:"续贷申请号"`
}

// AuthTrace is an authorization in a trace.
type AuthTrace struct {
	AuthID string `json:"authId" zh:"授权编号"`
	Status string `json:"status" zh:"状态"`
	Uses   int    `json:"uses" zh:"已用次数"`
}

// DrawTrace is a draw in a trace.
type DrawTrace struct {
	NoteNo         string `json:"noteNo" zh:"借据号"`
	Status         string `json:"status" zh:"状态"`
	DrawnOn        string `json:"drawnOn" zh:"放款日期"`
	DrawFen        int64  `json:"drawFen" zh:"放款金额" doc:"分"`
	OutstandingFen int64  `json:"outstandingFen" zh:"余额" doc:"分"`
}

// GuaranteeTrace is a guarantee in a trace.
type GuaranteeTrace struct {
	GuaranteeID string `json:"guaranteeId" zh:"担保记录编号"`
	Status      string `json:"status" zh:"状态"`
	ValidTo     string `json:"validTo" zh:"保证期间止"`
}

// trace tells a loan's bank, its platform and the regulator all of it.
func (b *book) trace(c *ledger.Call, in *loanID) (*Trace, error) {
	loan, err := b.loans.Load(c, in.ApplicationID)
	if err != nil {
		return nil, err
	}
	if loan.Body.BankDept != c.Caller().Dept && loan.Dept != c.Caller().Dept && !c.Caller().Has(RoleRegulator) {
		return nil, ledger.Refuse(ledger.NotOwner, "the loan %s is traced by its bank, its platform and the regulator", loan.ID)
	}
	terms, err := termsOf(c, loan)
	if err != nil {
		return nil, err
	}
	class, days, err := b.classOf(c, loan, terms)
	if err != nil {
		return nil, err
	}
	out := &Trace{ApplicationID: loan.ID, Status: loan.Status, BankDept: loan.Body.BankDept, Class5: class, OverdueDays: days, DueOn: loan.Body.DueOn,
		AmountFen: terms.AmountFen, CreditLimitFen: terms.CreditLimitFen, ContractFen: terms.ContractFen, DrawnFen: terms.DrawnFen, OutstandingFen: terms.outstanding(),
		Milestones: loan.Body.Milestones, Authorizations: []AuthTrace{}, Draws: []DrawTrace{}, Pledges: []string{}, Guarantees: []GuaranteeTrace{}, Extensions: []Extension{}, Renews: []string{}, RenewedBy: loan.Body.RenewedBy}
	out.Extensions, out.Renews = append(out.Extensions, loan.Body.Extensions...), append(out.Renews, loan.Body.Renews...)
	authorizations, err := b.authorizations.LoadAll(c, loan.Body.Authorizations)
	if err != nil {
		return nil, err
	}
	for _, a := range authorizations {
		out.Authorizations = append(out.Authorizations, AuthTrace{a.ID, a.StatusNow(c), a.Body.Uses})
	}
	draws, err := b.draws.LoadAllPrivate(c, loan.Body.Draws)
	if err != nil {
		return nil, err
	}
	for _, d := range draws {
		balance, err := balanceOf(c, d)
		if err != nil {
			return nil, err
		}
		outstanding, err := left(c, terms, d)
		if err != nil {
			return nil, err
		}
		out.Draws = append(out.Draws, DrawTrace{d.Body.NoteNo, d.Status, d.Body.DrawnOn, balance.DrawFen, outstanding})
	}
	pledges, err := b.pledges.LoadAll(c, loan.Body.Pledges)
	if err != nil {
		return nil, err
	}
	for _, p := range pledges {
		if p.Status == PledgeActive {
			out.Pledges = append(out.Pledges, p.ID)
		}
	}
	guarantees, err := b.guarantees.LoadAll(c, loan.Body.Guarantees)
	if err != nil {
		return nil, err
	}
	for _, g := range guarantees {
		out.Guarantees = append(out.Guarantees, GuaranteeTrace{g.ID, g.StatusNow(c), g.Body.ValidTo})
	}
	return out, nil
}

// classOf is a loan's class as of today; one that is over keeps its last.
func (b *book) classOf(c *ledger.Call, loan *ledger.Entity[Loan], terms *Terms) (class string, days int, err error) {
	switch loan.Status {
	case LoanDisbursed, LoanRepaying, LoanOverdueNow, LoanExtended:
		return b.classNow(c, &loan.Body, terms)
	}
	return loan.Body.Class5, 0, nil
}

type exposureQuery struct {
	BankDept string `json:"bankDept" is:"uscc" zh:"银行"`
	Bookmark string `json:"bookmark,omitempty" is:"maxLen=256" zh:"翻页标记"`
}

// Exposure sums a page of a bank's notes (银行敞口).
type Exposure struct {
	Notes          int        `json:"notes" zh:"借据数"`
	OutstandingFen int64      `json:"outstandingFen" zh:"余额合计" doc:"分"`
	Overdue        ClassSum   `json:"overdue" zh:"逾期"`
	Classes        []ClassSum `json:"classes" zh:"按五级分类"`
	Bookmark       string     `json:"bookmark,omitempty" zh:"下一页标记" doc:"Where there is more: ask on, and add up"`
}

// ClassSum is what is outstanding in one class.
type ClassSum struct {
	Class5         string `json:"class5,omitempty" zh:"五级分类"`
	Notes          int    `json:"notes" zh:"借据数"`
	OutstandingFen int64  `json:"outstandingFen" zh:"余额" doc:"分"`
}

func (b *book) bankExposure(c *ledger.Call, in *exposureQuery) (*Exposure, error) {
	if in.BankDept != c.Caller().Dept && !c.Caller().Has(RoleRegulator) {
		return nil, ledger.Refuse(ledger.NotOwner, "a bank's exposure is told to itself and to the regulator")
	}
	out := &Exposure{}
	byClass := map[string]*ClassSum{}
	next, err := b.walk(c, in.BankDept+".", in.Bookmark, func(d *noteState) {
		if d == nil || d.outstanding == 0 {
			return
		}
		out.Notes++
		out.OutstandingFen += d.outstanding
		if d.overdue > 0 {
			out.Overdue.Notes++
			out.Overdue.OutstandingFen += d.outstanding
		}
		if byClass[d.class] == nil {
			byClass[d.class] = &ClassSum{Class5: d.class}
		}
		byClass[d.class].Notes++
		byClass[d.class].OutstandingFen += d.outstanding
	})
	if err != nil {
		return nil, err
	}
	out.Bookmark, out.Classes = next, []ClassSum{}
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		out.Classes = append(out.Classes, *byClass[class])
	}
	return out, nil
}

// noteState is a note with what its loan says of it.
type noteState struct {
	draw               *ledger.Entity[Draw]
	loan               *ledger.Entity[Loan]
	terms              *Terms
	drawn, outstanding int64
	class              string
	overdue            int
}

// walk visits a page of the notes whose ids begin with prefix: with nil a note
// whose amounts were purged.
func (b *book) walk(c *ledger.Call, prefix, bookmark string, visit func(*noteState)) (next string, err error) {
	page, next, err := b.draws.Scan(c, prefix, bookmark, ledger.PageSize)
	if err != nil {
		return "", err
	}
	ids := make([]string, len(page))
	for i, d := range page {
		ids[i] = d.Body.ApplicationID
	}
	loans, err := b.loans.LoadAllPrivate(c, ids)
	if err != nil {
		return "", err
	}
	if err := ledger.PrefetchPrivate(c, page); err != nil {
		return "", err
	}
	for i, d := range page {
		n := &noteState{draw: d, loan: loans[i]}
		if n.terms, err = ledger.GetPrivate[Loan, Terms](c, n.loan); err != nil {
			return "", err
		}
		balance, err := ledger.GetPrivate[Draw, Balance](c, d)
		if err != nil {
			return "", err
		}
		if n.terms == nil || balance == nil {
			visit(nil) // purged after the loan's end
			continue
		}
		n.drawn = balance.DrawFen
		if d.Status == DrawOutstanding {
			if n.outstanding, err = left(c, n.terms, d); err != nil {
				return "", err
			}
		}
		if n.class, n.overdue, err = b.classOf(c, n.loan, n.terms); err != nil {
			return "", err
		}
		visit(n)
	}
	return next, nil
}

type statisticsQuery struct {
	Bookmark string `json:"bookmark,omitempty" is:"maxLen=256" zh:"翻页标记"`
}

// Statistics sums a page of all notes by the sort of borrower (普惠统计).
type Statistics struct {
	Lines    []StatisticsLine `json:"lines" zh:"统计行"`
	Purged   int              `json:"purged" zh:"已清除金额的借据数" doc:"Notes of ended loans whose amounts are not there any more"`
	Bookmark string           `json:"bookmark,omitempty" zh:"下一页标记" doc:"Where there is more: ask on, and add up"`
}

// StatisticsLine is one sort of borrower.
type StatisticsLine struct {
	SubjectType    string `json:"subjectType" zh:"主体类型"`
	Inclusive      bool   `json:"inclusive" zh:"是否普惠口径" doc:"No large or medium enterprise, and a credit line within the limit in the settings"`
	Notes          int    `json:"notes" zh:"借据数"`
	Renewed        int    `json:"renewed" zh:"其中续贷"`
	DrawnFen       int64  `json:"drawnFen" zh:"累计放款" doc:"分"`
	OutstandingFen int64  `json:"outstandingFen" zh:"余额" doc:"分"`
	BadFen         int64  `json:"badFen" zh:"不良余额" doc:"分; of the classes 03 to 05"`
}

func (b *book) inclusiveStatistics(c *ledger.Call, in *statisticsQuery) (*Statistics, error) {
	rules, err := b.rules.InForce(c)
	if err != nil {
		return nil, err
	}
	lines := map[string]*StatisticsLine{}
	purged := 0
	next, err := b.walk(c, "", in.Bookmark, func(n *noteState) {
		if n == nil {
			purged++
			return
		}
		inclusive := n.loan.Body.SubjectType != "ENTERPRISE" && n.terms.CreditLimitFen <= rules.InclusiveLimitFen
		key := n.loan.Body.SubjectType
		if inclusive {
			key += " 普惠"
		}
		if lines[key] == nil {
			lines[key] = &StatisticsLine{SubjectType: n.loan.Body.SubjectType, Inclusive: inclusive}
		}
		l := lines[key]
		l.Notes++
		l.OutstandingFen += n.outstanding
		if n.draw.Body.TakesOver != "" {
			l.Renewed++ // no money moved: it is not drawn twice
		} else {
			l.DrawnFen += n.drawn
		}
		if n.class >= Substandard {
			l.BadFen += n.outstanding
		}
	})
	if err != nil {
		return nil, err
	}
	out := &Statistics{Lines: []StatisticsLine{}, Purged: purged, Bookmark: next}
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		out.Lines = append(out.Lines, *lines[key])
	}
	return out, nil
}
