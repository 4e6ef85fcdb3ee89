package realestate

import (
	"henanchain/chaincode/ledger"
)

type acceptSale struct {
	transactionID
	BizNo     string `json:"bizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"业务号"`
	PrevBizNo string `json:"prevBizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"上手业务号" doc:"The case number of the right in force"`
	rightFields
	acknowledgements
}

// Reads lets a batch fetch the rights with everything else.
func (in *acceptSale) Reads() []string {
	return []string{ledger.Key(rightType, in.BizNo), ledger.Key(rightType, in.PrevBizNo)}
}

type acceptApplication struct {
	transactionID
	UnitCode  string       `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	Cause     string       `json:"cause" is:"enum=FIRST|GIFT|EXCHANGE|PARTITION|INHERITANCE|COURT|CHANGE|CORRECTION|CANCELLATION" zh:"登记原因"`
	BizNo     string       `json:"bizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"业务号"`
	PrevBizNo string       `json:"prevBizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"上手业务号" doc:"0 for a first registration"`
	BasisHash string       `json:"basisHash" is:"sm3" zh:"登记依据摘要" doc:"SM3 of the deed, judgment, inheritance certificate or application"`
	HoldMode  string       `json:"holdMode,omitempty" is:"enum=SOLE|JOINT|SHARES" zh:"共有方式" doc:"Not with a cancellation"`
	Owners    []Owner      `json:"owners,omitempty" is:"maxItems=50" zh:"申请登记的权利人" doc:"Not with a cancellation"`
	Details   *rightFields `json:"details,omitempty" zh:"权利信息" doc:"Not with a cancellation"`
	Location  string       `json:"location,omitempty" is:"maxLen=128" zh:"变更后坐落" doc:"With a change or a correction"`
	Usage     string       `json:"usage,omitempty" is:"pattern=^[0-9]{2,4}$" zh:"变更后用途" doc:"With a change or a correction"`
	TaxNos    []string     `json:"taxNos,omitempty" is:"maxItems=10,unique,pattern=^[0-9A-Za-z-]{1,32}$" zh:"完税凭证号" doc:"With a transfer"`
	acknowledgements
}

// Reads lets a batch fetch the unit and the rights with everything else.
func (in *acceptApplication) Reads() []string {
	return []string{ledger.Key(unitType, in.UnitCode), ledger.Key(rightType, in.BizNo), ledger.Key(rightType, in.PrevBizNo)}
}

type bookRight struct {
	transactionID
	CertNo   string `json:"certNo,omitempty" is:"realestate-certificate" zh:"不动产权证号" doc:"Not with a cancellation" eg:"豫（2026）郑州市不动产权第0000001号"`
	CertID   string `json:"certId,omitempty" is:"licence-id" zh:"电子证照标识" doc:"Of the e-licence that shows the certificate"`
	FileHash string `json:"fileHash,omitempty" is:"sm3" zh:"证照文件摘要" doc:"SM3 of the e-licence's OFD file"`
}

// acceptSale takes a taxed sale up for registration (受理).
func (b *book) acceptSale(c *ledger.Call, in *acceptSale, private *ledger.Private[Holders]) error {
	t, u, err := b.openCase(c, in.TransactionNo)
	if err != nil {
		return err
	}
	if u.Body.Live != t.ID {
		return sold(u)
	}
	t.Body.BizNo, t.Body.PrevBizNo, t.Body.Details = in.BizNo, in.PrevBizNo, &in.rightFields
	t.Body.acknowledgements.add(in.acknowledgements)
	if err := b.checkCase(c, t, u); err != nil {
		return err
	}
	if err := b.draft(c, t, private); err != nil {
		return err
	}
	return t.Move(c, Accepted)
}

// acceptApplication takes up a case that is no sale.
func (b *book) acceptApplication(c *ledger.Call, in *acceptApplication, private *ledger.Private[Holders]) error {
	u, err := b.ownUnit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if u.Body.Live != "" {
		return sold(u)
	}
	why := causeOf(in.Cause)
	t := &ledger.Entity[Transaction]{Body: Transaction{
		UnitCode: in.UnitCode, Cause: in.Cause, BizNo: in.BizNo, PrevBizNo: in.PrevBizNo, BasisHash: in.BasisHash,
		HoldMode: in.HoldMode, Owners: in.Owners, Details: in.Details, Location: in.Location, Usage: in.Usage, acknowledgements: in.acknowledgements,
	}}
	t.ID = in.TransactionNo
	if err := checkForm(in, why); err != nil {
		return err
	}
	if why.registration != RegFirst {
		right, err := b.owned(c, u)
		if err != nil {
			return err
		}
		t.Body.Sellers = keysOf(right.Body.Owners)
	}
	if err := b.checkCase(c, t, u); err != nil {
		return err
	}
	if why.taxed {
		if err := b.bindVouchers(c, t, in.TaxNos); err != nil {
			return err
		}
	}
	u.Body.Live = in.TransactionNo
	if err := u.Keep(c); err != nil {
		return err
	}
	created, err := b.transactions.Create(c, in.TransactionNo, Accepted, t.Body)
	if err != nil || why.registration == RegCancellation {
		return err
	}
	return b.draft(c, created, private)
}

// checkForm refuses an application that lacks what its cause needs, or brings
// what it has no use for.
func checkForm(in *acceptApplication, why cause) error {
	change := why.registration == RegChange || why.registration == RegCorrection
	switch {
	case why.registration == RegCancellation && (len(in.Owners) > 0 || in.Details != nil || in.HoldMode != ""):
		return ledger.RefuseField(PartiesInvalid, "owners", "a cancellation brings no new right: owners, holdMode and details are left out")
	case why.registration != RegCancellation && in.Details == nil:
		return ledger.RefuseField(UnitInvalid, "details", "the particulars of the right (details) are missing")
	case !change && (in.Location != "" || in.Usage != ""):
		return ledger.RefuseField(UnitInvalid, "location", "location and usage change with the causes CHANGE and CORRECTION only")
	case !why.taxed && len(in.TaxNos) > 0:
		return ledger.RefuseField(TaxVoucherMismatch, "taxNos", "the cause %s takes no tax voucher", in.Cause)
	}
	if in.Usage != "" {
		f := unitFields{UnitCode: in.UnitCode, Usage: in.Usage}
		return f.check("usage")
	}
	return nil
}

// checkCase holds a case against the book as it is now: at acceptance, and
// again at the entry, because in between a court may have seized the unit.
func (b *book) checkCase(c *ledger.Call, t *ledger.Entity[Transaction], u *ledger.Entity[Unit]) error {
	why := causeOf(t.Body.Cause)
	if t.Body.Details != nil {
		if err := t.Body.Details.check(u.ID); err != nil {
			return err
		}
		if err := checkOwners("owners", t.Body.HoldMode, t.Body.Owners); err != nil {
			return err
		}
	}
	if why.registration == RegFirst {
		if u.Body.RightID != "" {
			r := ledger.Refuse(UnitOwned, "the right %s is in force on the unit: what follows is a transfer or a change", u.Body.RightID)
			r.Type, r.ID = rightType, u.Body.RightID
			return r
		}
		return checkTitle(t, firstOfTitle)
	}
	right, err := b.owned(c, u)
	if err != nil {
		return err
	}
	if err := checkTitle(t, right.ID); err != nil {
		return err
	}
	if t.Body.Cause == CauseSale && !sameSet(keysOf(right.Body.Owners), t.Body.Sellers) {
		return ledger.RefuseField(SellersIncomplete, "sellers", "the owners of the unit changed since the contract: the sellers must be all current owners")
	}
	if why.registration == RegChange && (t.Body.HoldMode != right.Body.HoldMode || !sameOwners(t.Body.Owners, right.Body.Owners)) {
		return ledger.RefuseField(OwnersDiffer, "owners", "a change keeps owners and shares as they are; other owners or shares are a transfer")
	}
	switch why.registration {
	case RegCancellation:
		return b.checkFree(c, u, t.ID)
	case RegChange: // disposes of nothing
		return nil
	}
	return b.checkDisposal(c, u, why, &t.Body.acknowledgements, keysOf(t.Body.Owners))
}

func checkTitle(t *ledger.Entity[Transaction], prev string) error {
	if t.Body.PrevBizNo != prev {
		return ledger.RefuseField(ChainOfTitleBroken, "prevBizNo", "the preceding case number (上手业务号) must be %s, not %s", prev, t.Body.PrevBizNo)
	}
	return nil
}

// draft writes the right that a case is to bring about, as a temporary one.
func (b *book) draft(c *ledger.Call, t *ledger.Entity[Transaction], private *ledger.Private[Holders]) error {
	holders, err := half(private)
	if err != nil {
		return err
	}
	if err := checkIdentities("private.owners", partiesOf(t.Body.Owners), holders.Owners); err != nil {
		return err
	}
	r, err := b.rights.Create(c, t.Body.BizNo, RightTemporary, Right{
		UnitCode: t.Body.UnitCode, Registration: causeOf(t.Body.Cause).registration, rightFields: *t.Body.Details,
		HoldMode: t.Body.HoldMode, Owners: t.Body.Owners, PrevBizNo: t.Body.PrevBizNo,
	})
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, r, private)
}

// bookRight is the entry in the book (登簿): the new right comes into force, the
// one before becomes history, the tax vouchers are consumed, and the
// certificate is issued, all in one operation or none of it.
func (b *book) bookRight(c *ledger.Call, in *bookRight) error {
	t, u, err := b.openCase(c, in.TransactionNo)
	if err != nil {
		return err
	}
	if u.Body.Live != t.ID {
		return sold(u)
	}
	if err := b.checkCase(c, t, u); err != nil {
		return err
	}
	if err := b.consumeVouchers(c, t); err != nil {
		return err
	}
	u.Body.Live = ""
	t.Body.BookedOn = c.Today()
	if causeOf(t.Body.Cause).registration == RegCancellation {
		return b.bookCancellation(c, in, t, u)
	}
	if in.CertNo == "" || in.CertID == "" || in.FileHash == "" {
		return ledger.RefuseField(CertificateInvalid, "certNo", "the entry and its certificate are one act: certNo, certId and fileHash are needed")
	}
	if u.Body.RightID != "" {
		if err := b.retire(c, u, RightHistorical); err != nil {
			return err
		}
	}
	if err := b.install(c, t, u, in); err != nil {
		return err
	}
	t.Body.CertNo = in.CertNo
	return t.Move(c, Booked)
}

// install brings a case's right into force.
func (b *book) install(c *ledger.Call, t *ledger.Entity[Transaction], u *ledger.Entity[Unit], in *bookRight) error {
	if t.Body.Location != "" {
		u.Body.Location = t.Body.Location
	}
	if t.Body.Usage != "" {
		u.Body.Usage = t.Body.Usage
	}
	r, err := b.rights.Load(c, t.Body.BizNo)
	if err != nil {
		return err
	}
	cert := &certificateInput{in.CertNo, licenceFields{in.CertID, in.FileHash}}
	if err := b.enforce(c, u, r, cert); err != nil {
		return err
	}
	if err := b.fulfilNotices(c, u, keysOf(t.Body.Owners)); err != nil {
		return err
	}
	if r.Body.Registration == RegFirst {
		if err := b.confirmSeizures(c, u); err != nil {
			return err
		}
	}
	return u.Keep(c)
}

// enforce makes a right the one in force on its unit, with its certificate.
// The caller writes the unit.
func (b *book) enforce(c *ledger.Call, u *ledger.Entity[Unit], r *ledger.Entity[Right], cert *certificateInput) error {
	if err := b.issue(c, cert, u.ID, r.ID); err != nil {
		return err
	}
	r.Body.CertNo, r.Body.BookedOn = cert.CertNo, c.Today()
	if err := r.Move(c, RightCurrent); err != nil {
		return err
	}
	u.Body.RightID, u.Body.LastRightID = r.ID, ""
	return countHomes(c, u, &r.Body, +1)
}

// retire ends the right in force on a unit, with its certificate. The caller
// writes the unit.
func (b *book) retire(c *ledger.Call, u *ledger.Entity[Unit], as string) error {
	r, err := b.rights.Load(c, u.Body.RightID)
	if err != nil {
		return err
	}
	if err := b.withdraw(c, r.Body.CertNo); err != nil {
		return err
	}
	u.Body.RightID, u.Body.LastRightID = "", r.ID
	if err := countHomes(c, u, &r.Body, -1); err != nil {
		return err
	}
	return r.Move(c, as)
}

func (b *book) bookCancellation(c *ledger.Call, in *bookRight, t *ledger.Entity[Transaction], u *ledger.Entity[Unit]) error {
	if in.CertNo != "" || in.CertID != "" || in.FileHash != "" {
		return ledger.RefuseField(CertificateInvalid, "certNo", "a cancellation issues no certificate: certNo, certId and fileHash are left out")
	}
	if err := b.retire(c, u, RightTerminated); err != nil {
		return err
	}
	if err := u.Move(c, UnitHistory); err != nil {
		return err
	}
	return t.Move(c, Booked)
}
