package realestate

import (
	"henanchain/chaincode/ledger"
)

// Transaction is one case (业务) from its beginning to its entry in the book:
// a sale from the verification of its source (房源核验) on, any other
// registration from its acceptance (受理) on.
type Transaction struct {
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	Cause    string `json:"cause" zh:"登记原因"`

	NetSignNo    string   `json:"netSignNo,omitempty" zh:"网签合同备案号"`
	ContractHash string   `json:"contractHash,omitempty" is:"sm3" zh:"合同摘要"`
	Sellers      []string `json:"sellers,omitempty" is:"subject" zh:"转让方标识"`
	HoldMode     string   `json:"holdMode,omitempty" is:"enum=SOLE|JOINT|SHARES" zh:"共有方式"`
	Owners       []Owner  `json:"owners,omitempty" zh:"受让方（申请登记的权利人）"`
	FilingOn     string   `json:"filingOn,omitempty" is:"date" zh:"备案日期"`
	Escrow       *Escrow  `json:"escrow,omitempty" zh:"资金监管"`
	TaxNos       []string `json:"taxNos,omitempty" zh:"完税凭证号"`
	InvoiceNo    string   `json:"invoiceNo,omitempty" zh:"购房发票号码"`

	BizNo     string       `json:"bizNo,omitempty" zh:"业务号" doc:"Of the registration"`
	PrevBizNo string       `json:"prevBizNo,omitempty" zh:"上手业务号"`
	Details   *rightFields `json:"details,omitempty" zh:"权利信息"`
	Location  string       `json:"location,omitempty" zh:"变更后坐落"`
	Usage     string       `json:"usage,omitempty" zh:"变更后用途"`
	BasisHash string       `json:"basisHash,omitempty" is:"sm3" zh:"登记依据摘要"`
	acknowledgements

	OpinionHash string        `json:"opinionHash,omitempty" is:"sm3" zh:"审核意见摘要"`
	CertNo      string        `json:"certNo,omitempty" is:"realestate-certificate" zh:"不动产权证号"`
	BookedOn    string        `json:"bookedOn,omitempty" is:"date" zh:"登簿日期"`
	Cancelled   *Cancellation `json:"cancelled,omitempty" zh:"撤销"`
	DenialHash  string        `json:"denialHash,omitempty" is:"sm3" zh:"不予登记告知书摘要"`
}

// Escrow is the supervision of the purchase money (资金监管); its amount is in
// the private half.
type Escrow struct {
	Mode        string `json:"mode" is:"enum=SUPERVISED|WAIVED" zh:"监管方式" doc:"WAIVED: both parties waive supervision in writing"`
	BankDept    string `json:"bankDept,omitempty" is:"uscc" zh:"监管银行"`
	AgreementNo string `json:"agreementNo,omitempty" is:"maxLen=64" zh:"监管协议号"`
	WaiverHash  string `json:"waiverHash,omitempty" is:"sm3" zh:"自愿放弃监管声明摘要"`
}

// Cancellation says on which ground a case ended without an entry.
type Cancellation struct {
	Ground         string `json:"ground" is:"enum=PARTIES|COURT" zh:"撤销依据"`
	TransferorHash string `json:"transferorHash,omitempty" is:"sm3" zh:"转让方申请摘要"`
	AcquirerHash   string `json:"acquirerHash,omitempty" is:"sm3" zh:"受让方（申请人）申请摘要"`
	CaseNo         string `json:"caseNo,omitempty" is:"case-number" zh:"案号"`
}

// Statuses of a transaction.
const (
	SourceVerified = "VERIFIED"
	Signed         = "SIGNED"
	Filed          = "FILED"
	Escrowed       = "ESCROWED"
	Taxed          = "TAXED"
	Accepted       = "ACCEPTED"
	Reviewed       = "REVIEWED"
	Booked         = "BOOKED"
	Certified      = "CERTIFIED"
	Closed         = "CLOSED"
	Cancelled      = "CANCELLED"
)

const transactionType = "transaction"

// transactionID is the input of operations that need nothing else.
type transactionID struct {
	TransactionNo string `json:"transactionNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"交易业务编号"`
}

type reviewApplication struct {
	transactionID
	OpinionHash string `json:"opinionHash" is:"sm3" zh:"审核意见摘要" doc:"SM3 of the reviewer's opinion"`
}

type denyApplication struct {
	transactionID
	DenialHash string `json:"denialHash" is:"sm3" zh:"不予登记告知书摘要" doc:"SM3 of the written decision"`
}

type deliverCertificate struct {
	transactionID
	ReceiptHash string `json:"receiptHash" is:"sm3" zh:"领证凭据摘要" doc:"SM3 of the holder's receipt"`
}

type cancelTransaction struct {
	transactionID
	Cancellation
}

// openCase opens a transaction for the registrar of its unit.
func (b *book) openCase(c *ledger.Call, no string) (*ledger.Entity[Transaction], *ledger.Entity[Unit], error) {
	t, err := b.transactions.OpenAny(c, no)
	if err != nil {
		return nil, nil, err
	}
	u, err := b.ownUnit(c, t.Body.UnitCode)
	return t, u, err
}

func (b *book) reviewApplication(c *ledger.Call, in *reviewApplication) error {
	t, _, err := b.openCase(c, in.TransactionNo)
	if err != nil {
		return err
	}
	t.Body.OpinionHash = in.OpinionHash
	return t.Move(c, Reviewed)
}

// denyApplication is the registrar's no (不予登记). A sale goes back to where it
// was before it was accepted: the contract stands, and the parties may mend
// what was wrong and apply again. Any other case ends.
func (b *book) denyApplication(c *ledger.Call, in *denyApplication) error {
	t, u, err := b.openCase(c, in.TransactionNo)
	if err != nil {
		return err
	}
	t.Body.DenialHash = in.DenialHash
	if err := b.dropTemporary(c, t); err != nil {
		return err
	}
	if t.Body.Cause == CauseSale {
		t.Body.BizNo, t.Body.PrevBizNo, t.Body.Details = "", "", nil
		return t.Move(c, Taxed)
	}
	return b.abandon(c, t, u)
}

func (b *book) cancelTransaction(c *ledger.Call, in *cancelTransaction) error {
	t, err := b.transactions.OpenAny(c, in.TransactionNo)
	if err != nil {
		return err
	}
	if err := checkGround(c, t, &in.Cancellation); err != nil {
		return err
	}
	u, err := b.units.Load(c, t.Body.UnitCode)
	if err != nil {
		return err
	}
	if err := b.dropTemporary(c, t); err != nil {
		return err
	}
	t.Body.Cancelled = &in.Cancellation
	return b.abandon(c, t, u)
}

// checkGround refuses a cancellation that neither both parties nor a court ask
// for. Before there is a contract there is no acquirer; a case that is no sale
// has its applicant alone.
func checkGround(c *ledger.Call, t *ledger.Entity[Transaction], in *Cancellation) error {
	if in.Ground == "COURT" {
		switch {
		case !c.Caller().Has(RoleCourt):
			return ledger.RefuseField(CancelGround, "ground", "on the ground COURT the court itself cancels, with the role %s", RoleCourt)
		case in.CaseNo == "":
			return ledger.RefuseField(CancelGround, "caseNo", "a court cancels by a judgment or ruling: its case number is missing")
		}
		return nil
	}
	sale := t.Body.Cause == CauseSale
	switch {
	case sale && in.TransferorHash == "":
		return ledger.RefuseField(CancelGround, "transferorHash", "the seller's written application is missing")
	case (!sale || t.Status != SourceVerified) && in.AcquirerHash == "":
		return ledger.RefuseField(CancelGround, "acquirerHash", "the buyer's (applicant's) written application is missing")
	}
	return t.OwnedBy(c)
}

// dropTemporary ends the right that a case was to bring about.
func (b *book) dropTemporary(c *ledger.Call, t *ledger.Entity[Transaction]) error {
	if t.Body.BizNo == "" || t.Body.Cause == "CANCELLATION" {
		return nil
	}
	r, err := b.rights.Load(c, t.Body.BizNo)
	if err != nil {
		return err
	}
	return r.Move(c, RightTerminated)
}

// abandon ends a case without an entry: the unit is free again, and the tax
// vouchers can be used for another case or given back.
func (b *book) abandon(c *ledger.Call, t *ledger.Entity[Transaction], u *ledger.Entity[Unit]) error {
	if u.Body.Live == t.ID {
		u.Body.Live = ""
		if err := u.Keep(c); err != nil {
			return err
		}
	}
	vouchers, err := b.vouchers.LoadAll(c, t.Body.TaxNos)
	if err != nil {
		return err
	}
	for _, v := range vouchers {
		v.Body.BoundTo = ""
		if err := v.Move(c, VoucherIssued); err != nil {
			return err
		}
	}
	if err := b.giveBack(c, t); err != nil {
		return err
	}
	return t.Move(c, Cancelled)
}

func (b *book) deliverCertificate(c *ledger.Call, in *deliverCertificate) error {
	t, err := b.transactions.OpenAny(c, in.TransactionNo)
	if err != nil {
		return err
	}
	if t.Body.CertNo == "" {
		return ledger.Refuse(CertificateInvalid, "the case %s ended a right: there is no certificate to deliver, and it is closed as it is", t.ID)
	}
	cert, err := b.certificates.Load(c, t.Body.CertNo)
	if err != nil {
		return err
	}
	if err := cert.OwnedBy(c); err != nil {
		return err
	}
	cert.Body.ReceiptHash = in.ReceiptHash
	if err := cert.Keep(c); err != nil {
		return err
	}
	return t.Move(c, Certified)
}

func (b *book) closeTransaction(c *ledger.Call, in *transactionID) error {
	t, err := b.transactions.OpenAny(c, in.TransactionNo)
	if err != nil {
		return err
	}
	u, err := b.units.Load(c, t.Body.UnitCode)
	if err != nil {
		return err
	}
	if err := registrarOf(c, u); err != nil {
		return err
	}
	if t.Status == Booked && t.Body.CertNo != "" {
		return ledger.Refuse(ledger.StateForbids, "the certificate %s is not delivered yet (DeliverCertificate)", t.Body.CertNo)
	}
	return t.Move(c, Closed)
}
