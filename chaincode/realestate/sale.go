package realestate

import (
	"slices"

	"henanchain/chaincode/ledger"
)

type verifySource struct {
	TransactionNo string `json:"transactionNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"交易业务编号"`
	UnitCode      string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
}

// Reads lets a batch fetch the unit with everything else.
func (in *verifySource) Reads() []string { return []string{ledger.Key(unitType, in.UnitCode)} }

type signContract struct {
	TransactionNo string   `json:"transactionNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"交易业务编号"`
	NetSignNo     string   `json:"netSignNo" is:"maxLen=30" zh:"网签合同备案号" eg:"WQ20260302000001"`
	ContractHash  string   `json:"contractHash" is:"sm3" zh:"合同摘要"`
	Sellers       []string `json:"sellers" is:"minItems=1,maxItems=50,unique,subject" zh:"转让方标识" doc:"All current owners"`
	HoldMode      string   `json:"holdMode" is:"enum=SOLE|JOINT|SHARES" zh:"共有方式" doc:"Of the buyers"`
	Buyers        []Owner  `json:"buyers" is:"minItems=1,maxItems=50" zh:"受让方"`
	acknowledgements
}

// Reads lets a batch fetch the number's guard with everything else.
func (in *signContract) Reads() []string {
	return []string{ledger.GuardKey(netSignGuard, in.NetSignNo)}
}

// SaleTerms is the private half of a contract.
type SaleTerms struct {
	PriceFen int64      `json:"priceFen" is:"min=1" zh:"成交价" doc:"分"`
	Sellers  []Seller   `json:"sellers" is:"minItems=1,maxItems=50" zh:"转让方"`
	Buyers   []Identity `json:"buyers" is:"minItems=1,maxItems=50" zh:"受让方"`
}

// Seller is a seller in the private half. A married seller brings the spouse's
// consent, unless the spouse is a co-owner and sells as well.
type Seller struct {
	Identity
	SpouseKey         string `json:"spouseKey,omitempty" is:"subject" zh:"配偶标识" doc:"Where the spouse is among the sellers"`
	SpouseConsentHash string `json:"spouseConsentHash,omitempty" is:"sm3" zh:"配偶同意出售声明摘要"`
}

// saleHalf is how the private half of a sale is kept, as it grows.
type saleHalf struct {
	SaleTerms
	EscrowFen int64 `json:"escrowFen,omitempty"`
}

type fileContract struct{ transactionID }

type escrowFunds struct {
	transactionID
	Escrow
}

// EscrowTerms is the private half of an escrow.
type EscrowTerms struct {
	AmountFen int64 `json:"amountFen" is:"min=1" zh:"监管金额" doc:"分"`
}

type confirmTax struct {
	transactionID
	TaxNos    []string `json:"taxNos" is:"minItems=1,maxItems=10,unique,pattern=^[0-9A-Za-z-]{1,32}$" zh:"完税凭证号"`
	InvoiceNo string   `json:"invoiceNo,omitempty" is:"pattern=^([0-9]{8}|[0-9]{20})$" zh:"购房发票号码" doc:"Where the purchase has one"`
}

// netSignGuard keeps which contract a net-sign number belongs to.
const netSignGuard = "net-sign"

func (b *book) verifySource(c *ledger.Call, in *verifySource) error {
	u, err := b.unit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if _, err := b.owned(c, u); err != nil {
		return err
	}
	if u.Body.Live != "" {
		return sold(u)
	}
	s, err := b.burdensOf(c, u)
	if err != nil {
		return err
	}
	if all := s.blocks(true); len(all) > 0 {
		return all[0].refusal()
	}
	_, err = b.transactions.Create(c, in.TransactionNo, SourceVerified, Transaction{UnitCode: in.UnitCode, Cause: CauseSale})
	return err
}

func (b *book) signContract(c *ledger.Call, in *signContract, private *ledger.Private[SaleTerms]) error {
	terms, err := half(private)
	if err != nil {
		return err
	}
	t, err := b.transactions.Open(c, in.TransactionNo)
	if err != nil {
		return err
	}
	u, err := b.unit(c, t.Body.UnitCode)
	if err != nil {
		return err
	}
	if u.Body.Live != "" {
		return sold(u)
	}
	if err := b.checkSale(c, u, in, terms); err != nil {
		return err
	}
	taken, err := c.Guard(netSignGuard, in.NetSignNo)
	if err != nil {
		return err
	}
	if taken != "" {
		r := ledger.RefuseField(NetSignTaken, "netSignNo", "the number %s is that of the contract in the case %s, whatever became of it", in.NetSignNo, taken)
		r.Type, r.ID = transactionType, taken
		return r
	}
	c.SetGuard(netSignGuard, in.NetSignNo, t.ID)
	u.Body.Live = t.ID
	if err := u.Keep(c); err != nil {
		return err
	}
	t.Body.NetSignNo, t.Body.ContractHash, t.Body.Sellers = in.NetSignNo, in.ContractHash, in.Sellers
	t.Body.HoldMode, t.Body.Owners, t.Body.acknowledgements = in.HoldMode, in.Buyers, in.acknowledgements
	if err := t.Move(c, Signed); err != nil {
		return err
	}
	return ledger.PutPrivate(c, t, &ledger.Private[saleHalf]{Salt: private.Salt, Data: saleHalf{SaleTerms: *terms}})
}

// checkSale refuses a contract of the wrong parties, and a unit that may not
// be disposed of.
func (b *book) checkSale(c *ledger.Call, u *ledger.Entity[Unit], in *signContract, terms *SaleTerms) error {
	right, err := b.owned(c, u)
	if err != nil {
		return err
	}
	if !sameSet(keysOf(right.Body.Owners), in.Sellers) {
		return ledger.RefuseField(SellersIncomplete, "sellers", "the sellers must be all %d owners of the right %s and nobody else", len(right.Body.Owners), right.ID)
	}
	if err := checkOwners("buyers", in.HoldMode, in.Buyers); err != nil {
		return err
	}
	for _, o := range in.Buyers {
		if len(in.Sellers) == 1 && o.Key == in.Sellers[0] {
			return ledger.RefuseField(PartiesInvalid, "buyers", "the only owner cannot buy from himself")
		}
	}
	sellers := make([]Identity, len(terms.Sellers))
	for i, s := range terms.Sellers {
		sellers[i] = s.Identity
	}
	if err := checkIdentities("private.sellers", partiesOf(right.Body.Owners), sellers); err != nil {
		return err
	}
	if err := checkIdentities("private.buyers", partiesOf(in.Buyers), terms.Buyers); err != nil {
		return err
	}
	if err := b.checkSpouses(c, right, terms.Sellers); err != nil {
		return err
	}
	return b.checkDisposal(c, u, causeOf(CauseSale), &in.acknowledgements, keysOf(in.Buyers))
}

// checkSpouses refuses a married seller without the spouse's consent. Whether
// somebody is married civil affairs has answered with yes or no.
func (b *book) checkSpouses(c *ledger.Call, right *ledger.Entity[Right], sellers []Seller) error {
	owners := keysOf(right.Body.Owners)
	for _, s := range sellers {
		at := slices.Index(owners, s.Key)
		if at < 0 || !right.Body.Owners[at].person() {
			continue
		}
		married, err := b.answer(c, s.Key, Married)
		if err != nil {
			return err
		}
		together := s.SpouseKey != "" && s.SpouseKey != s.Key && slices.Contains(owners, s.SpouseKey)
		if married && !together && s.SpouseConsentHash == "" {
			// A refusal stands in the block: it tells neither who is married
			// nor which consent it is.
			return ledger.RefuseField(ConsentMissing, "private.sellers", "a consent that the law asks of the sellers is missing: see spouseKey and spouseConsentHash of each")
		}
	}
	return nil
}

func (b *book) fileContract(c *ledger.Call, in *fileContract) error {
	t, err := b.transactions.Open(c, in.TransactionNo)
	if err != nil {
		return err
	}
	t.Body.FilingOn = c.Today()
	return t.Move(c, Filed)
}

func (b *book) escrowFunds(c *ledger.Call, in *escrowFunds, private *ledger.Private[EscrowTerms]) error {
	t, err := b.transactions.Open(c, in.TransactionNo)
	if err != nil {
		return err
	}
	if in.Mode == "WAIVED" {
		if in.WaiverHash == "" || private != nil || in.BankDept != "" || in.AgreementNo != "" {
			return ledger.RefuseField(EscrowInvalid, "waiverHash", "a waiver of supervision names the parties' written waiver, and no bank, agreement or amount")
		}
		t.Body.Escrow = &in.Escrow
		return t.Move(c, Escrowed)
	}
	amount, err := half(private)
	if err != nil {
		return err
	}
	if in.BankDept == "" || in.AgreementNo == "" || in.WaiverHash != "" {
		return ledger.RefuseField(EscrowInvalid, "agreementNo", "supervised funds name the bank and the agreement, and no waiver")
	}
	terms, err := ledger.GetPrivate[Transaction, saleHalf](c, t)
	if err != nil {
		return err
	}
	if terms == nil {
		return ledger.Refuse(PrivateHalfMissing, "the terms of the contract %s are not there any more", t.Body.NetSignNo)
	}
	if amount.AmountFen > terms.PriceFen {
		return ledger.RefuseField(EscrowInvalid, "private.amountFen", "more is supervised than the price of the contract")
	}
	terms.EscrowFen = amount.AmountFen
	t.Body.Escrow = &in.Escrow
	if err := t.Move(c, Escrowed); err != nil {
		return err
	}
	return ledger.PutPrivate(c, t, &ledger.Private[saleHalf]{Salt: private.Salt, Data: *terms})
}

func (b *book) confirmTax(c *ledger.Call, in *confirmTax) error {
	t, err := b.transactions.OpenAny(c, in.TransactionNo)
	if err != nil {
		return err
	}
	if err := b.bindVouchers(c, t, in.TaxNos); err != nil {
		return err
	}
	if in.InvoiceNo != "" {
		if err := b.present(c, t, in.InvoiceNo); err != nil {
			return err
		}
	}
	return t.Move(c, Taxed)
}
