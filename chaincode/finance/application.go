package finance

import "henanchain/chaincode/ledger"

type draftApplication struct {
	loanID
	SubjectKey  string `json:"subjectKey" is:"subject" zh:"融资主体标识"`
	IDType      string `json:"idType" is:"holder-id-type" zh:"证件类型"`
	SubjectType string `json:"subjectType" is:"enum=ENTERPRISE|SMALL_ENTERPRISE|SELF_EMPLOYED|FARMER" zh:"主体类型"`
	BankDept    string `json:"bankDept" is:"uscc" zh:"贷款银行"`
	TermMonths  int    `json:"termMonths" is:"min=1,max=600" zh:"期限（月）"`
	Usage       string `json:"usage" is:"enum=WORKING_CAPITAL|FIXED_ASSETS|FARMING|RENEWAL|CONSUMPTION|OTHER" zh:"贷款用途"`
}

// Request is the private half of an application.
type Request struct {
	AmountFen int64  `json:"amountFen" is:"min=1" zh:"申请金额" doc:"分"`
	Borrower  string `json:"borrower" is:"maxLen=64" zh:"融资主体名称"`
	IDNumber  string `json:"idNumber" is:"maxLen=32" zh:"证件号码"`
}

type investigateApplication struct {
	loanID
	ReportHash string `json:"reportHash" is:"sm3" zh:"调查报告摘要"`
}

type approveApplication struct {
	loanID
	TermMonths int `json:"termMonths" is:"min=1,max=600" zh:"批准期限（月）"`
}

// Credit is the private half of an approval.
type Credit struct {
	CreditLimitFen int64 `json:"creditLimitFen" is:"min=1" zh:"授信额度" doc:"分"`
	RateBp         int64 `json:"rateBp" is:"min=0,max=3600" zh:"年利率" doc:"Basis points: 345 is 3.45%"`
}

type rejectApplication struct {
	loanID
	Reason string `json:"reason" is:"enum=CREDIT|CAPACITY|COLLATERAL|PURPOSE|DOCUMENTS|POLICY|OTHER" zh:"拒绝原因"`
}

func (b *book) draftApplication(c *ledger.Call, in *draftApplication, private *ledger.Private[Request]) error {
	request, err := half(private)
	if err != nil {
		return err
	}
	if err := checkIdentity(in.IDType, request.IDNumber); err != nil {
		return err
	}
	loan, err := b.loans.Create(c, in.ApplicationID, LoanDraft, Loan{
		SubjectKey: in.SubjectKey, IDType: in.IDType, SubjectType: in.SubjectType, BankDept: in.BankDept, TermMonths: in.TermMonths, Usage: in.Usage,
		Milestones: []Milestone{{LoanDraft, c.Timestamp()}},
	})
	if err != nil {
		return err
	}
	return keepTerms(c, loan, private.Salt, &Terms{Borrower: request.Borrower, IDNumber: request.IDNumber, AmountFen: request.AmountFen})
}

// applicant makes an operation of the platform that the application came in by.
func (b *book) applicant(to string) func(*ledger.Call, *loanID) error {
	return func(c *ledger.Call, in *loanID) error {
		loan, err := b.loans.Open(c, in.ApplicationID)
		if err != nil {
			return err
		}
		return advance(c, loan, to)
	}
}

func (b *book) acceptApplication(c *ledger.Call, in *loanID) error {
	loan, err := b.lent(c, in.ApplicationID)
	if err != nil {
		return err
	}
	return advance(c, loan, LoanAccepted)
}

func (b *book) investigateApplication(c *ledger.Call, in *investigateApplication) error {
	loan, err := b.lent(c, in.ApplicationID)
	if err != nil {
		return err
	}
	loan.Body.ReportHash = in.ReportHash
	return advance(c, loan, LoanInvestigated)
}

func (b *book) approveApplication(c *ledger.Call, in *approveApplication, private *ledger.Private[Credit]) error {
	credit, err := half(private)
	if err != nil {
		return err
	}
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	loan.Body.TermMonths = in.TermMonths
	terms.CreditLimitFen, terms.RateBp = credit.CreditLimitFen, credit.RateBp
	if err := advance(c, loan, LoanApproved); err != nil {
		return err
	}
	return keepTerms(c, loan, private.Salt, terms)
}

func (b *book) rejectApplication(c *ledger.Call, in *rejectApplication) error {
	loan, err := b.lent(c, in.ApplicationID)
	if err != nil {
		return err
	}
	loan.Body.RejectReason = in.Reason
	return advance(c, loan, LoanRejected)
}

func (b *book) withdrawApplication(c *ledger.Call, in *loanID) error {
	loan, err := b.loans.Open(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if err := b.releaseAll(c, loan); err != nil {
		return err
	}
	if err := b.releaseGuarantees(c, loan); err != nil {
		return err
	}
	return advance(c, loan, LoanWithdrawn)
}
