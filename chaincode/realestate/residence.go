package realestate

import "henanchain/chaincode/ledger"

// Residence is a right to live in a home of somebody else (居住权, 民法典 366 to
// 371). It does not stop a transfer, and must be disclosed to the acquirer. Its
// id is the number of its proof.
type Residence struct {
	UnitCode     string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo        string `json:"bizNo" zh:"业务号"`
	Holder       Party  `json:"holder" zh:"居住权人"`
	From         string `json:"from" is:"date" zh:"居住权期限起"`
	To           string `json:"to" is:"date" zh:"居住权期限止" doc:"99991231 is for life"`
	ContractHash string `json:"contractHash" is:"sm3" zh:"居住权合同或遗嘱摘要"`
	CertID       string `json:"certId,omitempty" is:"licence-id" zh:"电子证照标识"`
	FileHash     string `json:"fileHash,omitempty" is:"sm3" zh:"证照文件摘要"`
	acknowledgements
	CancelHash string `json:"cancelHash,omitempty" is:"sm3" zh:"注销依据摘要"`
}

// Statuses of a residence right.
const (
	ResidenceActive    = "ACTIVE"
	ResidenceCancelled = "CANCELLED"
)

const residenceType = "residence"

type registerResidence struct {
	proofInput
	UnitCode     string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo        string `json:"bizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"业务号"`
	Holder       Party  `json:"holder" zh:"居住权人"`
	From         string `json:"from" is:"date" zh:"居住权期限起"`
	To           string `json:"to" is:"date" zh:"居住权期限止" doc:"99991231 is for life"`
	ContractHash string `json:"contractHash" is:"sm3" zh:"居住权合同或遗嘱摘要"`
	acknowledgements
}

// Reads lets a batch fetch the unit with everything else.
func (in *registerResidence) Reads() []string { return []string{ledger.Key(unitType, in.UnitCode)} }

func (b *book) registerResidence(c *ledger.Call, in *registerResidence, private *ledger.Private[Identity]) error {
	if in.To < in.From {
		return ledger.RefuseField(PeriodInvalid, "to", "the residence right is from %s to %s: it ends before it begins", in.From, in.To)
	}
	if err := b.checkEntry(c, &in.proofInput, residenceType, in.Holder, private); err != nil {
		return err
	}
	u, err := b.ownUnit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if _, err := b.owned(c, u); err != nil {
		return err
	}
	if !in.Holder.person() || !residential(u) {
		return ledger.RefuseField(UnitInvalid, "unitCode", "a residence right is a natural person's, in a home (house usage 10 to 13)")
	}
	if err := b.checkDisposal(c, u, asMortgage, &in.acknowledgements, []string{in.Holder.Key}); err != nil {
		return err
	}
	if err := enlist(c, b.residences, &u.Body.Residences, residenceType, in.ProofNo); err != nil {
		return err
	}
	r, err := b.residences.Create(c, in.ProofNo, ResidenceActive, Residence{
		UnitCode: in.UnitCode, BizNo: in.BizNo, Holder: in.Holder, From: in.From, To: in.To, ContractHash: in.ContractHash,
		CertID: in.CertID, FileHash: in.FileHash, acknowledgements: in.acknowledgements,
	})
	if err != nil {
		return err
	}
	if err := ledger.PutPrivate(c, r, private); err != nil {
		return err
	}
	return u.Keep(c)
}

func (b *book) cancelResidence(c *ledger.Call, in *cancelEntry) error {
	r, err := b.residences.Open(c, in.ProofNo)
	if err != nil {
		return err
	}
	if err := b.unlist(c, r.Body.UnitCode, r.ID, func(u *Unit) *[]string { return &u.Residences }); err != nil {
		return err
	}
	r.Body.CancelHash = in.BasisHash
	return r.Move(c, ResidenceCancelled)
}
