package finance

import "henanchain/chaincode/ledger"

// Guarantee is a guarantor's promise to a bank to pay what a borrower does not
// (保证, 融资担保). Its id is the guarantor's department and the number of its letter.
type Guarantee struct {
	ApplicationID string `json:"applicationId" zh:"融资申请号"`
	GuarantorDept string `json:"guarantorDept" is:"uscc" zh:"担保机构"`
	BankDept      string `json:"bankDept" is:"uscc" zh:"债权银行"`
	LetterNo      string `json:"letterNo" zh:"保函编号"`
	LetterHash    string `json:"letterHash" is:"sm3" zh:"保函摘要"`
	Mode          string `json:"mode" is:"enum=01|02" zh:"保证方式" doc:"Dictionary guaranteeMode"`
	IssuedOn      string `json:"issuedOn" is:"date" zh:"出具日期"`
	ValidTo       string `json:"validTo" is:"date" zh:"保证期间止" doc:"Until when the bank may claim (民法典 692, 693)"`
	AcceptedOn    string `json:"acceptedOn,omitempty" is:"date" zh:"接受日期"`
	ReleasedOn    string `json:"releasedOn,omitempty" is:"date" zh:"解除日期"`
	ClaimedOn     string `json:"claimedOn,omitempty" is:"date" zh:"索赔日期"`
	ExecutionHash string `json:"executionHash,omitempty" is:"sm3" zh:"强制执行无果文书摘要"`
	CompensatedOn string `json:"compensatedOn,omitempty" is:"date" zh:"代偿日期"`
	VoucherHash   string `json:"voucherHash,omitempty" is:"sm3" zh:"代偿凭证摘要"`
}

// Statuses of a guarantee.
const (
	GuaranteeOffered     = "OFFERED"
	GuaranteeInForce     = "IN_FORCE"
	GuaranteeClaimed     = "CLAIMED"
	GuaranteeCompensated = "COMPENSATED"
	GuaranteeRecovered   = "RECOVERED"
	GuaranteeReleased    = "RELEASED"
	GuaranteeWithdrawn   = "WITHDRAWN"
	GuaranteeLapsed      = "LAPSED"
)

const guaranteeType = "guarantee"

// Cover is the private half of a guarantee as it is kept: how far it goes, what
// is claimed, was paid and came back. All amounts are in 分.
type Cover struct {
	CoverFen       int64 `json:"coverFen"`
	ClaimFen       int64 `json:"claimFen,omitempty"`
	CompensatedFen int64 `json:"compensatedFen,omitempty"`
	RecoveredFen   int64 `json:"recoveredFen,omitempty"`
}

type issueGuarantee struct {
	loanID
	LetterNo   string `json:"letterNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"保函编号" doc:"Unique at the guarantor"`
	LetterHash string `json:"letterHash" is:"sm3" zh:"保函摘要"`
	Mode       string `json:"mode" is:"enum=01|02" zh:"保证方式" doc:"Dictionary guaranteeMode"`
	ValidTo    string `json:"validTo" is:"date" zh:"保证期间止"`
}

// ReadsOf lets a batch fetch the loan and the letter.
func (in *issueGuarantee) ReadsOf(caller *ledger.Caller) []string {
	return []string{ledger.Key(loanType, in.ApplicationID), ledger.Key(guaranteeType, guaranteeID(caller.Dept, in.LetterNo))}
}

// CoverSum is the private half of a letter.
type CoverSum struct {
	CoverFen int64 `json:"coverFen" is:"min=1" zh:"担保金额" doc:"分; the most that the guarantor pays, principal and interest"`
}

type guaranteeInput struct {
	GuaranteeID string `json:"guaranteeId" is:"pattern=^[0-9A-Z]{18}\\.[0-9A-Za-z-]{1,40}$" zh:"担保记录编号"`
}

type claimGuarantee struct {
	guaranteeInput
	ExecutionHash string `json:"executionHash,omitempty" is:"sm3" zh:"强制执行无果文书摘要" doc:"With a general guarantee: that enforcement against the borrower failed"`
}

// ClaimSum is the private half of a claim.
type ClaimSum struct {
	ClaimFen int64 `json:"claimFen" is:"min=1" zh:"索赔金额" doc:"分"`
}

type compensateGuarantee struct {
	guaranteeInput
	VoucherHash string `json:"voucherHash" is:"sm3" zh:"代偿凭证摘要"`
}

// RecoveredSum is the private half of a recovery.
type RecoveredSum struct {
	RecoveredFen int64 `json:"recoveredFen" is:"min=1" zh:"追偿到账金额" doc:"分"`
}

func guaranteeID(dept, letterNo string) string { return dept + "." + letterNo }

// issueGuarantee offers a guarantee for a loan that runs, or may come to run.
func (b *book) issueGuarantee(c *ledger.Call, in *issueGuarantee, private *ledger.Private[CoverSum]) error {
	sum, err := half(private)
	if err != nil {
		return err
	}
	if in.ValidTo < c.Today() {
		return ledger.RefuseField(PeriodInvalid, "validTo", "the guarantee ends on %s, before today (%s)", in.ValidTo, c.Today())
	}
	loan, err := b.loans.LookAt(c, in.ApplicationID)
	if err != nil {
		return err
	}
	g, err := b.guarantees.Create(c, guaranteeID(c.Caller().Dept, in.LetterNo), GuaranteeOffered, Guarantee{
		ApplicationID: loan.ID, GuarantorDept: c.Caller().Dept, BankDept: loan.Body.BankDept, LetterNo: in.LetterNo,
		LetterHash: in.LetterHash, Mode: in.Mode, IssuedOn: c.Today(), ValidTo: in.ValidTo,
	})
	if err != nil {
		return err
	}
	return keepCover(c, g, private.Salt, &Cover{CoverFen: sum.CoverFen})
}

// acceptGuarantee lets a guarantee secure its loan. One whose term is over when
// the debt falls due would secure nothing (民法典 692). When a loan falls due is
// known from its contract on: signing it asks the same of what was accepted before.
func (b *book) acceptGuarantee(c *ledger.Call, in *guaranteeInput) error {
	g, loan, err := b.guaranteed(c, in)
	if err != nil {
		return err
	}
	if err := outlasts(c, g, loan); err != nil {
		return err
	}
	if err := ledger.Enter(&loan.Body.Guarantees, maxEntries, guaranteeType, g.ID); err != nil {
		return err
	}
	if err := loan.Keep(c); err != nil {
		return err
	}
	g.Body.AcceptedOn = c.Today()
	return g.Move(c, GuaranteeInForce)
}

// outlasts refuses a guarantee that is over before its loan is.
func outlasts(c *ledger.Call, g *ledger.Entity[Guarantee], loan *ledger.Entity[Loan]) error {
	if g.Body.ValidTo < c.Today() || g.Body.ValidTo <= loan.Body.DueOn {
		return ledger.Refuse(PeriodInvalid, "the guarantee %s ends on %s; it must not end before today (%s), and must end after the loan does (%s)", g.ID, g.Body.ValidTo, c.Today(), loan.Body.DueOn)
	}
	return nil
}

// allOutlast refuses where a guarantee in force is over before its loan is.
func (b *book) allOutlast(c *ledger.Call, loan *ledger.Entity[Loan]) error {
	guarantees, err := b.guarantees.LoadAll(c, loan.Body.Guarantees)
	if err != nil {
		return err
	}
	for _, g := range guarantees {
		if g.Status != GuaranteeInForce {
			continue
		}
		if err := outlasts(c, g, loan); err != nil {
			return err
		}
	}
	return nil
}

// guaranteed opens a guarantee and its loan for the lending bank.
func (b *book) guaranteed(c *ledger.Call, in *guaranteeInput) (*ledger.Entity[Guarantee], *ledger.Entity[Loan], error) {
	g, err := b.guarantees.OpenAny(c, in.GuaranteeID)
	if err != nil {
		return nil, nil, err
	}
	loan, err := b.lent(c, g.Body.ApplicationID)
	return g, loan, err
}

// withdrawGuarantee takes an offer back that no bank has accepted.
func (b *book) withdrawGuarantee(c *ledger.Call, in *guaranteeInput) error {
	g, err := b.guarantees.Open(c, in.GuaranteeID)
	if err != nil {
		return err
	}
	return g.Move(c, GuaranteeWithdrawn)
}

// claimGuarantee asks the guarantor for what the borrower has not paid, once: no
// more than the cover, and with the claims on others no more than the arrears.
func (b *book) claimGuarantee(c *ledger.Call, in *claimGuarantee, private *ledger.Private[ClaimSum]) error {
	sum, err := half(private)
	if err != nil {
		return err
	}
	g, loan, err := b.guaranteed(c, &in.guaranteeInput)
	if err != nil {
		return err
	}
	if g.Body.ValidTo < c.Today() {
		return ledger.Refuse(PeriodInvalid, "the guarantee %s ended on %s: nothing is claimed after that (民法典 693)", g.ID, g.Body.ValidTo)
	}
	if g.Body.Mode == GeneralGuarantee && in.ExecutionHash == "" {
		return ledger.RefuseField(GuaranteeNotDue, "executionHash", "a general guarantee pays after enforcement against the borrower has failed (民法典 687): name the document")
	}
	terms, err := termsOf(c, loan)
	if err != nil {
		return err
	}
	cover, err := coverOf(c, g)
	if err != nil {
		return err
	}
	others, err := b.claimed(c, loan)
	if err != nil {
		return err
	}
	if sum.ClaimFen > cover.CoverFen || sum.ClaimFen > terms.ArrearsFen+terms.ArrearsDueFen-others {
		return ledger.RefuseField(ClaimExceeds, "private.claimFen", "more is claimed than the guarantee covers, or than is in arrears and not claimed of another guarantor")
	}
	cover.ClaimFen = sum.ClaimFen
	g.Body.ClaimedOn, g.Body.ExecutionHash = c.Today(), in.ExecutionHash
	if err := g.Move(c, GuaranteeClaimed); err != nil {
		return err
	}
	return keepCover(c, g, private.Salt, cover)
}

// claimed is what is claimed of a loan's guarantors and not paid yet.
func (b *book) claimed(c *ledger.Call, loan *ledger.Entity[Loan]) (sum int64, err error) {
	guarantees, err := b.guarantees.LoadAll(c, loan.Body.Guarantees)
	if err != nil {
		return 0, err
	}
	for _, g := range guarantees {
		if g.Status != GuaranteeClaimed {
			continue
		}
		cover, err := coverOf(c, g)
		if err != nil {
			return 0, err
		}
		sum += cover.ClaimFen
	}
	return sum, nil
}

// compensateGuarantee records that the guarantor has paid what was claimed (代偿).
// The bank posts the money to the loan when it arrives, as any repayment.
func (b *book) compensateGuarantee(c *ledger.Call, in *compensateGuarantee, private *ledger.Private[NoFigures]) error {
	if _, err := half(private); err != nil {
		return err
	}
	g, cover, err := b.covering(c, in.GuaranteeID)
	if err != nil {
		return err
	}
	cover.CompensatedFen, cover.ClaimFen = cover.ClaimFen, 0
	g.Body.CompensatedOn, g.Body.VoucherHash = c.Today(), in.VoucherHash
	if err := g.Move(c, GuaranteeCompensated); err != nil {
		return err
	}
	return keepCover(c, g, private.Salt, cover)
}

// recoverGuarantee records what the guarantor got back from the borrower (追偿):
// no more than it paid (民法典 700).
func (b *book) recoverGuarantee(c *ledger.Call, in *guaranteeInput, private *ledger.Private[RecoveredSum]) error {
	sum, err := half(private)
	if err != nil {
		return err
	}
	g, cover, err := b.covering(c, in.GuaranteeID)
	if err != nil {
		return err
	}
	left := cover.CompensatedFen - cover.RecoveredFen
	if sum.RecoveredFen > left {
		return ledger.RefuseField(RecoveryExceeds, "private.recoveredFen", "more is recovered than the guarantor has paid and not got back")
	}
	cover.RecoveredFen += sum.RecoveredFen
	to := g.Status
	if sum.RecoveredFen == left {
		to = GuaranteeRecovered
	}
	if err := g.Move(c, to); err != nil {
		return err
	}
	return keepCover(c, g, private.Salt, cover)
}

// covering opens a guarantee for its guarantor, with its private half.
func (b *book) covering(c *ledger.Call, id string) (*ledger.Entity[Guarantee], *Cover, error) {
	g, err := b.guarantees.Open(c, id)
	if err != nil {
		return nil, nil, err
	}
	cover, err := coverOf(c, g)
	return g, cover, err
}

func coverOf(c *ledger.Call, g *ledger.Entity[Guarantee]) (*Cover, error) {
	cover, err := ledger.GetPrivate[Guarantee, Cover](c, g)
	if err == nil && cover == nil {
		err = ledger.Refuse(PrivateHalfMissing, "the amounts of the guarantee %s are not there any more", g.ID)
	}
	return cover, err
}

func keepCover(c *ledger.Call, g *ledger.Entity[Guarantee], salt string, cover *Cover) error {
	return ledger.PutPrivate(c, g, &ledger.Private[Cover]{Salt: salt, Data: *cover})
}

// releaseGuarantee lets the bank give a guarantee back.
func (b *book) releaseGuarantee(c *ledger.Call, in *guaranteeInput) error {
	g, err := b.guarantees.OpenAny(c, in.GuaranteeID)
	if err != nil {
		return err
	}
	if g.Body.BankDept != c.Caller().Dept {
		return ledger.Refuse(NotTheLender, "the guarantee %s was given to the bank %s", g.ID, g.Body.BankDept)
	}
	return release(c, g)
}

func release(c *ledger.Call, g *ledger.Entity[Guarantee]) error {
	g.Body.ReleasedOn = c.Today()
	return g.Move(c, GuaranteeReleased)
}

// releaseGuarantees ends what guarantees a loan that is over (民法典 393), or that
// another contract takes over: without the guarantor's word it does not follow
// there (民法典 695).
func (b *book) releaseGuarantees(c *ledger.Call, loan *ledger.Entity[Loan]) error {
	guarantees, err := b.guarantees.LoadAll(c, loan.Body.Guarantees)
	if err != nil {
		return err
	}
	for _, g := range guarantees {
		if g.Status != GuaranteeInForce && g.Status != GuaranteeClaimed {
			continue
		}
		if err := release(c, g); err != nil {
			return err
		}
	}
	return nil
}
