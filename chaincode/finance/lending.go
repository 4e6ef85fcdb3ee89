package finance

import "henanchain/chaincode/ledger"

type signContract struct {
	loanID
	ContractNo   string `json:"contractNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"合同号" doc:"Unique at the bank"`
	ContractHash string `json:"contractHash" is:"sm3" zh:"合同摘要"`
	PayMode      string `json:"payMode" is:"enum=01|02|03" zh:"支付方式" doc:"Dictionary payMode"`
}

// ReadsOf lets a batch fetch the number's guard.
func (in *signContract) ReadsOf(caller *ledger.Caller) []string {
	return []string{ledger.GuardKey(contractGuard, caller.Dept+"/"+in.ContractNo)}
}

// ContractSum is the private half of a contract.
type ContractSum struct {
	ContractFen int64 `json:"contractFen" is:"min=1" zh:"合同金额" doc:"分"`
}

// contractGuard keeps which loan a bank's contract number belongs to.
const contractGuard = "contract"

// signContract signs the loan's contract, within the credit line. Its term
// runs from today, and ends before the guarantees that secure it.
func (b *book) signContract(c *ledger.Call, in *signContract, private *ledger.Private[ContractSum]) error {
	sum, err := half(private)
	if err != nil {
		return err
	}
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if sum.ContractFen > terms.CreditLimitFen {
		return ledger.RefuseField(CreditExceeded, "private.contractFen", "the contract is for more than the credit line that was approved")
	}
	number := c.Caller().Dept + "/" + in.ContractNo
	taken, err := c.Guard(contractGuard, number)
	if err != nil {
		return err
	}
	if taken != "" {
		r := ledger.RefuseField(ContractTaken, "contractNo", "the contract number %s is that of the loan %s", in.ContractNo, taken)
		r.Type, r.ID = loanType, taken
		return r
	}
	c.SetGuard(contractGuard, number, loan.ID)
	if loan.Body.DueOn, err = ledger.AddMonths(c.Today(), loan.Body.TermMonths); err != nil {
		return err
	}
	if err := b.allOutlast(c, loan); err != nil {
		return err
	}
	loan.Body.ContractNo, loan.Body.ContractHash, loan.Body.PayMode, loan.Body.SignedOn = in.ContractNo, in.ContractHash, in.PayMode, c.Today()
	terms.ContractFen = sum.ContractFen
	if err := advance(c, loan, LoanContracted); err != nil {
		return err
	}
	return keepTerms(c, loan, private.Salt, terms)
}

// Draw is one disbursement under a note (借据). Its id is the bank and the note's
// number, so that a bank uses a number once.
type Draw struct {
	ApplicationID string `json:"applicationId" zh:"融资申请号"`
	NoteNo        string `json:"noteNo" zh:"借据号"`
	BankDept      string `json:"bankDept" is:"uscc" zh:"贷款银行"`
	SubjectKey    string `json:"subjectKey" is:"subject" zh:"融资主体标识"`
	PayeeKey      string `json:"payeeKey,omitempty" is:"subject" zh:"受托支付对象标识"`
	DrawnOn       string `json:"drawnOn" is:"date" zh:"放款日期"`
	TakesOver     string `json:"takesOver,omitempty" zh:"承接的原申请号" doc:"With a renewal: no money moved, the old loan's balance did"`
}

// Statuses of a draw.
const (
	DrawOutstanding = "OUTSTANDING"
	DrawCleared     = "CLEARED"
	DrawWrittenOff  = "WRITTEN_OFF"
)

const drawType = "draw"

// Balance is the private half of a draw.
type Balance struct {
	DrawFen int64 `json:"drawFen"`
	// RepaidFen is of notes that were drawn before their loans kept what is left.
	RepaidFen int64 `json:"repaidFen,omitempty"`
}

type disburse struct {
	loanID
	NoteNo   string `json:"noteNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"借据号" doc:"Unique at the bank"`
	PayeeKey string `json:"payeeKey,omitempty" is:"subject" zh:"受托支付对象标识" doc:"With entrusted payment"`
}

// ReadsOf lets a batch fetch the note.
func (in *disburse) ReadsOf(caller *ledger.Caller) []string {
	return []string{ledger.Key(drawType, caller.Dept+"."+in.NoteNo)}
}

// DrawSum is the private half of a disbursement.
type DrawSum struct {
	DrawFen int64 `json:"drawFen" is:"min=1" zh:"放款金额" doc:"分"`
}

// disburse pays out one draw: all draws together stay within the contract.
func (b *book) disburse(c *ledger.Call, in *disburse, private *ledger.Private[DrawSum]) error {
	sum, err := half(private)
	if err != nil {
		return err
	}
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if c.Today() > loan.Body.DueOn {
		return ledger.Refuse(ContractOver, "the contract ended on %s; nothing more is drawn", loan.Body.DueOn)
	}
	if loan.Body.PayMode == PayEntrusted && in.PayeeKey == "" {
		return ledger.RefuseField(PayeeMissing, "payeeKey", "the contract is paid by entrusted payment (受托支付): the payee is missing")
	}
	if sum.DrawFen > terms.ContractFen-terms.DrawnFen {
		return ledger.RefuseField(ContractExceeded, "private.drawFen", "the draws together would be more than the contract")
	}
	err = b.draw(c, loan, terms, in.NoteNo, private.Salt, sum.DrawFen, Draw{PayeeKey: in.PayeeKey})
	if err != nil {
		return err
	}
	to := loan.Status
	if to == LoanContracted {
		to = LoanDisbursed
	}
	if err := advance(c, loan, to); err != nil {
		return err
	}
	return keepTerms(c, loan, private.Salt, terms)
}

// draw writes a note on a loan. The caller writes the loan and its terms.
func (b *book) draw(c *ledger.Call, loan *ledger.Entity[Loan], terms *Terms, noteNo, salt string, fen int64, body Draw) error {
	body.ApplicationID, body.NoteNo, body.BankDept = loan.ID, noteNo, loan.Body.BankDept
	body.SubjectKey, body.DrawnOn = loan.Body.SubjectKey, c.Today()
	d, err := b.draws.Create(c, loan.Body.BankDept+"."+noteNo, DrawOutstanding, body)
	if err != nil {
		return err
	}
	if loan.Body.Class5 == "" {
		loan.Body.Class5, loan.Body.ClassifiedOn = Pass, c.Today()
	}
	if err := ledger.Enter(&loan.Body.Draws, maxEntries, drawType, d.ID); err != nil {
		return err
	}
	terms.DrawnFen += fen
	terms.setLeft(noteNo, fen)
	return ledger.PutPrivate(c, d, &ledger.Private[Balance]{Salt: salt, Data: Balance{DrawFen: fen}})
}

// left is what is outstanding on a note of a loan.
func left(c *ledger.Call, terms *Terms, d *ledger.Entity[Draw]) (int64, error) {
	if at := terms.note(d.Body.NoteNo); at >= 0 {
		return terms.Notes[at].LeftFen, nil
	}
	if d.Status == DrawCleared {
		return 0, nil
	}
	balance, err := balanceOf(c, d)
	if err != nil {
		return 0, err
	}
	return balance.DrawFen - balance.RepaidFen, nil
}

func balanceOf(c *ledger.Call, d *ledger.Entity[Draw]) (*Balance, error) {
	balance, err := ledger.GetPrivate[Draw, Balance](c, d)
	if err == nil && balance == nil {
		err = ledger.Refuse(PrivateHalfMissing, "the private half of the note %s is not there any more", d.ID)
	}
	return balance, err
}

// Repayment is one repayment on a note (还款). Its id is the bank and its number.
type Repayment struct {
	ApplicationID string `json:"applicationId" zh:"融资申请号"`
	DrawID        string `json:"drawId" zh:"借据"`
	RepaidOn      string `json:"repaidOn" is:"date" zh:"还款日期"`
}

// Posted is the one status of a repayment.
const Posted = "POSTED"

const repaymentType = "repayment"

type repay struct {
	loanID
	RepaymentNo string `json:"repaymentNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"还款流水号" doc:"Unique at the bank: a repayment is posted once"`
	NoteNo      string `json:"noteNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"借据号"`
}

// ReadsOf lets a batch fetch the note and the number.
func (in *repay) ReadsOf(caller *ledger.Caller) []string {
	return []string{ledger.Key(drawType, caller.Dept+"."+in.NoteNo), ledger.Key(repaymentType, caller.Dept+"."+in.RepaymentNo)}
}

// RepaidSum is the private half of a repayment.
type RepaidSum struct {
	PrincipalFen int64 `json:"principalFen" is:"min=0" zh:"归还本金" doc:"分"`
	InterestFen  int64 `json:"interestFen" is:"min=0" zh:"归还利息" doc:"分"`
}

// repay posts one repayment: no more principal than is outstanding on the note.
func (b *book) repay(c *ledger.Call, in *repay, private *ledger.Private[RepaidSum]) error {
	sum, err := half(private)
	if err != nil {
		return err
	}
	if sum.PrincipalFen == 0 && sum.InterestFen == 0 {
		return ledger.RefuseField(RepaymentExceeds, "private.principalFen", "a repayment is of some principal, some interest, or both")
	}
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	d, err := b.draws.Load(c, c.Caller().Dept+"."+in.NoteNo)
	if err != nil {
		return err
	}
	if d.Body.ApplicationID != loan.ID || d.Status != DrawOutstanding {
		return ledger.RefuseField(NoteMismatch, "noteNo", "the note %s is %s and belongs to the loan %s", in.NoteNo, d.Status, d.Body.ApplicationID)
	}
	before, err := left(c, terms, d)
	if err != nil {
		return err
	}
	if sum.PrincipalFen > before {
		return ledger.RefuseField(RepaymentExceeds, "private.principalFen", "more principal is repaid than is outstanding on the note")
	}
	terms.setLeft(in.NoteNo, before-sum.PrincipalFen)
	if sum.PrincipalFen == before {
		if err := d.Move(c, DrawCleared); err != nil {
			return err
		}
	}
	return b.post(c, in, private, loan, terms, d)
}

// post writes what a repayment does to the loan.
func (b *book) post(c *ledger.Call, in *repay, private *ledger.Private[RepaidSum], loan *ledger.Entity[Loan], terms *Terms, d *ledger.Entity[Draw]) error {
	terms.RepaidFen += private.Data.PrincipalFen
	terms.InterestFen += private.Data.InterestFen
	terms.ArrearsFen = max(0, terms.ArrearsFen-private.Data.PrincipalFen)
	terms.ArrearsDueFen = max(0, terms.ArrearsDueFen-private.Data.InterestFen)
	to := loan.Status
	if to == LoanDisbursed {
		to = LoanRepaying
	}
	if err := advance(c, loan, to); err != nil {
		return err
	}
	if err := keepTerms(c, loan, private.Salt, terms); err != nil {
		return err
	}
	r, err := b.repayments.Create(c, c.Caller().Dept+"."+in.RepaymentNo, Posted, Repayment{loan.ID, d.ID, c.Today()})
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, r, private)
}

// settleLoan ends a loan that is repaid in full; what secured it is free
// (民法典 393).
func (b *book) settleLoan(c *ledger.Call, in *loanID) error {
	loan, terms, err := b.withTerms(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if terms.outstanding() > 0 {
		return ledger.Refuse(OutstandingRemains, "the loan %s is not repaid in full", loan.ID)
	}
	if err := b.releaseAll(c, loan); err != nil {
		return err
	}
	if err := b.releaseGuarantees(c, loan); err != nil {
		return err
	}
	return advance(c, loan, LoanSettled)
}
