package realestate

import (
	"slices"

	"henanchain/chaincode/ledger"
)

// TaxVoucher is a voucher of tax paid, or of exemption (完税凭证). It serves one
// case and no second one: bound to it before registration (先税后证), consumed by
// the entry in the book. Its id is its number.
type TaxVoucher struct {
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	TaxType  string `json:"taxType" is:"enum=DEED|VAT|INCOME|LAND_VAT|STAMP" zh:"税种"`
	Exempt   bool   `json:"exempt" zh:"是否免税"`
	PayerKey string `json:"payerKey" is:"subject" zh:"纳税人标识"`
	IssuedOn string `json:"issuedOn" is:"date" zh:"开具日期"`
	BoundTo  string `json:"boundTo,omitempty" zh:"所用业务" doc:"The case that it serves"`
	VoidHash string `json:"voidHash,omitempty" is:"sm3" zh:"作废（退税）依据摘要"`
}

// Statuses of a tax voucher.
const (
	VoucherIssued   = "ISSUED"
	VoucherBound    = "BOUND"
	VoucherConsumed = "CONSUMED"
	VoucherVoided   = "VOIDED"
)

// DeedTax (契税) is the tax that a transfer cannot be registered without.
const DeedTax = "DEED"

const voucherType = "tax-voucher"

// TaxAmount is the private half of a voucher: the tax tells the price.
type TaxAmount struct {
	TaxFen int64  `json:"taxFen" is:"min=0" zh:"实缴税额" doc:"分"`
	Payer  string `json:"payer" is:"maxLen=64" zh:"纳税人名称"`
}

type issueTaxVoucher struct {
	TaxNo    string `json:"taxNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"完税凭证号" eg:"341015260302000001"`
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	TaxType  string `json:"taxType" is:"enum=DEED|VAT|INCOME|LAND_VAT|STAMP" zh:"税种" doc:"Dictionary taxType"`
	Exempt   bool   `json:"exempt" zh:"是否免税"`
	PayerKey string `json:"payerKey" is:"subject" zh:"纳税人标识"`
}

// Reads lets a batch fetch the unit with everything else.
func (in *issueTaxVoucher) Reads() []string { return []string{ledger.Key(unitType, in.UnitCode)} }

type voidTaxVoucher struct {
	TaxNo     string `json:"taxNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"完税凭证号"`
	BasisHash string `json:"basisHash" is:"sm3" zh:"作废（退税）依据摘要"`
}

func (b *book) issueTaxVoucher(c *ledger.Call, in *issueTaxVoucher, private *ledger.Private[TaxAmount]) error {
	amount, err := half(private)
	if err != nil {
		return err
	}
	if in.Exempt != (amount.TaxFen == 0) {
		return ledger.RefuseField(TaxAmountInvalid, "private.taxFen", "an exempt voucher has the amount 0, and one of paid tax has more")
	}
	if _, err := b.unit(c, in.UnitCode); err != nil {
		return err
	}
	v, err := b.vouchers.Create(c, in.TaxNo, VoucherIssued, TaxVoucher{
		UnitCode: in.UnitCode, TaxType: in.TaxType, Exempt: in.Exempt, PayerKey: in.PayerKey, IssuedOn: c.Today(),
	})
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, v, private)
}

// voidTaxVoucher takes a voucher back, with the tax (退税). One that serves a
// case or was consumed stays: the case is cancelled first.
func (b *book) voidTaxVoucher(c *ledger.Call, in *voidTaxVoucher) error {
	v, err := b.vouchers.Open(c, in.TaxNo)
	if err != nil {
		return err
	}
	v.Body.VoidHash = in.BasisHash
	return v.Move(c, VoucherVoided)
}

// bindVouchers ties vouchers to the case that they serve. One of them is of
// deed tax, paid by an acquirer.
func (b *book) bindVouchers(c *ledger.Call, t *ledger.Entity[Transaction], taxNos []string) error {
	acquirers, deed := keysOf(t.Body.Owners), false
	vouchers, err := b.vouchers.LoadAll(c, taxNos)
	if err != nil {
		return err
	}
	for _, v := range vouchers {
		if v.Status != VoucherIssued {
			r := ledger.RefuseField(TaxVoucherUsed, "taxNos", "the voucher %s is %s and serves %q; a voucher serves one case", v.ID, v.Status, v.Body.BoundTo)
			r.Type, r.ID = voucherType, v.ID
			return r
		}
		if v.Body.UnitCode != t.Body.UnitCode {
			return ledger.RefuseField(TaxVoucherMismatch, "taxNos", "the voucher %s is for the unit %s, and the case is about %s", v.ID, v.Body.UnitCode, t.Body.UnitCode)
		}
		byAcquirer := slices.Contains(acquirers, v.Body.PayerKey)
		if !byAcquirer && !slices.Contains(t.Body.Sellers, v.Body.PayerKey) {
			return ledger.RefuseField(TaxVoucherMismatch, "taxNos", "the payer of the voucher %s is no party to the case", v.ID)
		}
		deed = deed || byAcquirer && v.Body.TaxType == DeedTax
		v.Body.BoundTo = t.ID
		if err := v.Move(c, VoucherBound); err != nil {
			return err
		}
	}
	if !deed {
		return ledger.RefuseField(TaxVoucherMissing, "taxNos", "a voucher of deed tax (契税), paid by an acquirer or exempt, must be among them")
	}
	t.Body.TaxNos = taxNos
	return nil
}

// consumeVouchers uses up a case's vouchers with its entry in the book.
func (b *book) consumeVouchers(c *ledger.Call, t *ledger.Entity[Transaction]) error {
	if causeOf(t.Body.Cause).taxed && len(t.Body.TaxNos) == 0 {
		return ledger.Refuse(TaxVoucherMissing, "the case %s has no tax voucher", t.ID)
	}
	vouchers, err := b.vouchers.LoadAll(c, t.Body.TaxNos)
	if err != nil {
		return err
	}
	for _, v := range vouchers {
		if v.Status != VoucherBound || v.Body.BoundTo != t.ID {
			r := ledger.Refuse(TaxVoucherUsed, "the voucher %s is %s and does not serve the case %s any more", v.ID, v.Status, t.ID)
			r.Type, r.ID = voucherType, v.ID
			return r
		}
		if err := v.Move(c, VoucherConsumed); err != nil {
			return err
		}
	}
	return nil
}

// VoucherCheck answers whether a voucher can serve a case.
type VoucherCheck struct {
	Exists bool   `json:"exists" zh:"是否存在"`
	Usable bool   `json:"usable" zh:"是否可用"`
	Status string `json:"status,omitempty" zh:"状态"`
	Reason string `json:"reason" zh:"说明"`
}

type checkVoucher struct {
	TaxNo    string `json:"taxNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"完税凭证号"`
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	PayerKey string `json:"payerKey" is:"subject" zh:"纳税人标识"`
}

func (b *book) checkVoucher(c *ledger.Call, in *checkVoucher) (*VoucherCheck, error) {
	v, err := b.vouchers.Find(c, in.TaxNo)
	if err != nil {
		return nil, err
	}
	switch {
	case v == nil:
		return &VoucherCheck{Reason: "there is no such voucher on this ledger"}, nil
	case v.Body.UnitCode != in.UnitCode:
		return &VoucherCheck{Exists: true, Reason: "the voucher is for another unit"}, nil
	case v.Body.PayerKey != in.PayerKey:
		return &VoucherCheck{Exists: true, Reason: "the voucher is of another payer"}, nil
	}
	out := &VoucherCheck{Exists: true, Status: v.Status, Usable: v.Status == VoucherIssued}
	switch v.Status {
	case VoucherIssued:
		out.Reason = "the voucher serves no case yet"
	case VoucherBound:
		out.Reason = "the voucher serves the case " + v.Body.BoundTo
	case VoucherConsumed:
		out.Reason = "the voucher was consumed by the case " + v.Body.BoundTo
	default:
		out.Reason = "the voucher was voided"
	}
	return out, nil
}
