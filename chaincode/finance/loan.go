package finance

import (
	"slices"

	"henanchain/chaincode/ledger"
)

// maxEntries bounds the lists of a record, so that whatever must read all of
// one reads few records.
const maxEntries = 50

// Loan is one financing from its application to its end (融资申请与贷款). Its id is
// the application number. Amounts, rate and borrower are in the private half.
type Loan struct {
	SubjectKey  string `json:"subjectKey" is:"subject" zh:"融资主体标识"`
	IDType      string `json:"idType" is:"holder-id-type" zh:"证件类型"`
	SubjectType string `json:"subjectType" zh:"主体类型" doc:"Dictionary subjectType"`
	BankDept    string `json:"bankDept" is:"uscc" zh:"贷款银行"`
	TermMonths  int    `json:"termMonths" zh:"期限（月）"`
	Usage       string `json:"usage" zh:"贷款用途" doc:"Dictionary usage"`

	Authorizations []string `json:"authorizations,omitempty" zh:"授权编号"`
	ReportHash     string   `json:"reportHash,omitempty" is:"sm3" zh:"调查报告摘要"`
	RejectReason   string   `json:"rejectReason,omitempty" zh:"拒绝原因"`
	ContractNo     string   `json:"contractNo,omitempty" zh:"合同号"`
	ContractHash   string   `json:"contractHash,omitempty" is:"sm3" zh:"合同摘要"`
	PayMode        string   `json:"payMode,omitempty" is:"enum=01|02|03" zh:"支付方式"`
	SignedOn       string   `json:"signedOn,omitempty" is:"date" zh:"签约日期"`
	DueOn          string   `json:"dueOn,omitempty" is:"date" zh:"到期日"`
	Draws          []string `json:"draws,omitempty" zh:"借据" doc:"Ids of the draws"`
	Pledges        []string `json:"pledges,omitempty" zh:"担保" doc:"Ids of the pledges, released ones too"`

	Guarantees []string `json:"guarantees,omitempty" zh:"保证" doc:"Ids of the guarantees that the bank accepted, ended ones too"`

	Class5       string      `json:"class5,omitempty" is:"enum=01|02|03|04|05" zh:"五级分类" doc:"As of classifiedOn; the days overdue since may ask for a worse one"`
	ClassifiedOn string      `json:"classifiedOn,omitempty" is:"date" zh:"分类日期"`
	OverdueSince string      `json:"overdueSince,omitempty" is:"date" zh:"逾期起始日"`
	Extensions   []Extension `json:"extensions,omitempty" zh:"展期"`
	RenewedBy    string      `json:"renewedBy,omitempty" zh:"续贷申请号" doc:"The loan that took this one over"`
	Renews       []string    `json:"renews,omitempty" zh:"承接的原申请号" doc:"The loans that this one took over"`
	WriteOffHash string      `json:"writeOffHash,omitempty" is:"sm3" zh:"核销依据摘要"`
	Milestones   []Milestone `json:"milestones" zh:"全链条节点"`
}

// Extension is one extension of the term (展期).
type Extension struct {
	From          string `json:"from" is:"date" zh:"原到期日"`
	To            string `json:"to" is:"date" zh:"展期后到期日"`
	AgreementHash string `json:"agreementHash" is:"sm3" zh:"展期协议摘要"`
}

// Milestone says when a loan came into a status.
type Milestone struct {
	Status string `json:"status" zh:"状态"`
	At     string `json:"at" is:"timestamp" zh:"时间"`
}

// Statuses of a loan.
const (
	LoanDraft        = "DRAFT"
	LoanSubmitted    = "SUBMITTED"
	LoanAccepted     = "ACCEPTED"
	LoanInvestigated = "INVESTIGATED"
	LoanApproved     = "APPROVED"
	LoanRejected     = "REJECTED"
	LoanWithdrawn    = "WITHDRAWN"
	LoanContracted   = "CONTRACTED"
	LoanDisbursed    = "DISBURSED"
	LoanRepaying     = "REPAYING"
	LoanOverdueNow   = "OVERDUE"
	LoanExtended     = "EXTENDED"
	LoanRenewed      = "RENEWED"
	LoanSettled      = "SETTLED"
	LoanWrittenOff   = "WRITTEN_OFF"
)

const loanType = "loan"

// Terms is the private half of a loan, as it is kept: what was applied for,
// granted, drawn and repaid. All amounts are in 分.
type Terms struct {
	Borrower       string `json:"borrower"`
	IDNumber       string `json:"idNumber"`
	AmountFen      int64  `json:"amountFen"`
	CreditLimitFen int64  `json:"creditLimitFen,omitempty"`
	RateBp         int64  `json:"rateBp,omitempty"`
	ContractFen    int64  `json:"contractFen,omitempty"`
	DrawnFen       int64  `json:"drawnFen,omitempty"`
	RepaidFen      int64  `json:"repaidFen,omitempty"`
	InterestFen    int64  `json:"interestFen,omitempty"`
	ArrearsFen     int64  `json:"arrearsFen,omitempty"`         // principal
	ArrearsDueFen  int64  `json:"arrearsInterestFen,omitempty"` // interest
	// Notes are the notes on which something is outstanding. It stands here and
	// not with each note, as every repayment changes the loan anyway: another key
	// would cost a repayment as much again as the loan's.
	Notes []NoteLeft `json:"notes,omitempty"`
}

// NoteLeft is what is outstanding on a note.
type NoteLeft struct {
	NoteNo  string `json:"noteNo"`
	LeftFen int64  `json:"leftFen"`
}

func (t *Terms) outstanding() int64 { return t.DrawnFen - t.RepaidFen }

// setLeft says what is outstanding on a note from now on.
func (t *Terms) setLeft(noteNo string, fen int64) {
	at := t.note(noteNo)
	switch {
	case at < 0 && fen > 0:
		t.Notes = append(t.Notes, NoteLeft{noteNo, fen})
	case at >= 0 && fen > 0:
		t.Notes[at].LeftFen = fen
	case at >= 0:
		t.Notes = slices.Delete(t.Notes, at, at+1)
	}
}

func (t *Terms) note(noteNo string) int {
	return slices.IndexFunc(t.Notes, func(n NoteLeft) bool { return n.NoteNo == noteNo })
}

// loanID is the input of operations that need nothing else.
type loanID struct {
	ApplicationID string `json:"applicationId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"融资申请号"`
}

// lent opens a loan for its bank: nobody else changes its state.
func (b *book) lent(c *ledger.Call, id string) (*ledger.Entity[Loan], error) {
	loan, err := b.loans.OpenAny(c, id)
	if err != nil {
		return nil, err
	}
	return loan, lender(c, loan)
}

func lender(c *ledger.Call, loan *ledger.Entity[Loan]) error {
	if loan.Body.BankDept != c.Caller().Dept {
		return ledger.Refuse(NotTheLender, "the loan %s is the bank %s's", loan.ID, loan.Body.BankDept)
	}
	return nil
}

// withTerms opens a loan for its bank, with its private half.
func (b *book) withTerms(c *ledger.Call, id string) (*ledger.Entity[Loan], *Terms, error) {
	loan, err := b.lent(c, id)
	if err != nil {
		return nil, nil, err
	}
	terms, err := termsOf(c, loan)
	return loan, terms, err
}

func termsOf(c *ledger.Call, loan *ledger.Entity[Loan]) (*Terms, error) {
	terms, err := ledger.GetPrivate[Loan, Terms](c, loan)
	if err == nil && terms == nil {
		err = ledger.Refuse(PrivateHalfMissing, "the private half of the loan %s is not there any more", loan.ID)
	}
	return terms, err
}

// advance writes a loan in a status, with a milestone where the status is new.
func advance(c *ledger.Call, loan *ledger.Entity[Loan], to string) error {
	if loan.Status != to {
		if len(loan.Body.Milestones) >= 4*maxEntries {
			return ledger.Refuse(TooMany, "the loan %s changed its status %d times", loan.ID, len(loan.Body.Milestones))
		}
		loan.Body.Milestones = append(loan.Body.Milestones, Milestone{to, c.Timestamp()})
	}
	return loan.Move(c, to)
}

// keepTerms writes a loan's private half under the salt of this operation.
func keepTerms(c *ledger.Call, loan *ledger.Entity[Loan], salt string, terms *Terms) error {
	return ledger.PutPrivate(c, loan, &ledger.Private[Terms]{Salt: salt, Data: *terms})
}
