package realestate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
)

// Objection is an interested party's objection to the book (异议登记). Unless
// an action is brought in time it lapses by itself (民法典 220). Its id is the
// number of its proof.
type Objection struct {
	UnitCode     string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo        string `json:"bizNo" zh:"业务号"`
	Applicant    Party  `json:"applicant" zh:"异议申请人"`
	Reason       string `json:"reason" is:"enum=OWNERSHIP|SHARE|AREA|BURDEN|OTHER" zh:"异议事项"`
	EvidenceHash string `json:"evidenceHash" is:"sm3" zh:"异议材料摘要"`
	RegisteredOn string `json:"registeredOn" is:"date" zh:"登记日期"`
	ExpireAt     string `json:"expireAt" is:"date" zh:"失效日期" doc:"Its last day, unless an action was brought"`
	CaseNo       string `json:"caseNo,omitempty" is:"case-number" zh:"案号" doc:"Of the action"`
	CertID       string `json:"certId,omitempty" is:"licence-id" zh:"电子证照标识"`
	FileHash     string `json:"fileHash,omitempty" is:"sm3" zh:"证照文件摘要"`
	CancelHash   string `json:"cancelHash,omitempty" is:"sm3" zh:"注销依据摘要"`
}

// Statuses of an objection.
const (
	ObjectionRegistered = "REGISTERED"
	ObjectionLitigated  = "LITIGATED"
	ObjectionCancelled  = "CANCELLED"
)

const objectionType = "objection"

type registerObjection struct {
	proofInput
	UnitCode     string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo        string `json:"bizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"业务号"`
	Applicant    Party  `json:"applicant" zh:"异议申请人"`
	Reason       string `json:"reason" is:"enum=OWNERSHIP|SHARE|AREA|BURDEN|OTHER" zh:"异议事项"`
	EvidenceHash string `json:"evidenceHash" is:"sm3" zh:"异议材料摘要"`
}

// Reads lets a batch fetch the unit with everything else.
func (in *registerObjection) Reads() []string {
	return []string{ledger.Key(unitType, in.UnitCode), ledger.RulesKey(ledger.RulesID), ledger.GuardKey(objectionGuard, in.ground())}
}

type reportLawsuit struct {
	ProofNo string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号"`
	CaseNo  string `json:"caseNo" is:"case-number" zh:"案号" doc:"Of the action that the court has taken up"`
}

type cancelEntry struct {
	ProofNo   string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号"`
	BasisHash string `json:"basisHash" is:"sm3" zh:"注销依据摘要" doc:"SM3 of the application, the holder's consent or the judgment"`
}

// objectionGuard keeps on which grounds who objected: once is enough.
const objectionGuard = "objection"

func (in *registerObjection) ground() string {
	return gm.HexDigest([]byte(in.UnitCode + "/" + in.Applicant.Key + "/" + in.Reason))[:32]
}

func (b *book) registerObjection(c *ledger.Call, in *registerObjection, private *ledger.Private[Identity]) error {
	if err := b.checkEntry(c, &in.proofInput, objectionType, in.Applicant, private); err != nil {
		return err
	}
	u, err := b.ownUnit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if _, err := b.owned(c, u); err != nil {
		return err
	}
	earlier, err := c.Guard(objectionGuard, in.ground())
	if err != nil {
		return err
	}
	if earlier != "" {
		r := ledger.RefuseField(ObjectionRepeated, "reason", "the applicant objected on this ground before, with the proof %s; a second objection is not accepted", earlier)
		r.Type, r.ID = objectionType, earlier
		return r
	}
	c.SetGuard(objectionGuard, in.ground(), in.ProofNo)
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	expire, err := ledger.AddDays(c.Today(), rules.ObjectionDays)
	if err != nil {
		return err
	}
	if err := enlist(c, b.objections, &u.Body.Objections, objectionType, in.ProofNo); err != nil {
		return err
	}
	o, err := b.objections.Create(c, in.ProofNo, ObjectionRegistered, Objection{
		UnitCode: in.UnitCode, BizNo: in.BizNo, Applicant: in.Applicant, Reason: in.Reason, EvidenceHash: in.EvidenceHash,
		RegisteredOn: c.Today(), ExpireAt: expire, CertID: in.CertID, FileHash: in.FileHash,
	})
	if err != nil {
		return err
	}
	if err := ledger.PutPrivate(c, o, private); err != nil {
		return err
	}
	return u.Keep(c)
}

func (b *book) reportLawsuit(c *ledger.Call, in *reportLawsuit) error {
	o, err := b.objections.Open(c, in.ProofNo)
	if err != nil {
		return err
	}
	if o.StatusNow(c) == Lapsed {
		return ledger.Refuse(ObjectionLapsed, "the objection lapsed after %s; the action came too late to keep it", o.Body.ExpireAt)
	}
	o.Body.CaseNo = in.CaseNo
	return o.Move(c, ObjectionLitigated)
}

func (b *book) cancelObjection(c *ledger.Call, in *cancelEntry) error {
	o, err := b.objections.Open(c, in.ProofNo)
	if err != nil {
		return err
	}
	if err := b.unlist(c, o.Body.UnitCode, o.ID, func(u *Unit) *[]string { return &u.Objections }); err != nil {
		return err
	}
	o.Body.CancelHash = in.BasisHash
	return o.Move(c, ObjectionCancelled)
}

// unlist takes an entry that ends off its unit. What is historical keeps its lists.
func (b *book) unlist(c *ledger.Call, unitCode, id string, list func(*Unit) *[]string) error {
	u, err := b.units.Load(c, unitCode)
	if err != nil || u.Status != UnitActive {
		return err
	}
	ledger.Strike(list(&u.Body), id)
	return u.Keep(c)
}

// enlist enters an entry on a list of its unit, and takes off what has lapsed.
// The caller writes the unit.
func enlist[B any](c *ledger.Call, records *ledger.Records[B], list *[]string, kind, id string) error {
	if err := prune(c, records, list); err != nil {
		return err
	}
	return ledger.Enter(list, maxEntries, kind, id)
}

// checkEntry checks what an entry with a proof and a holder says of both.
func (b *book) checkEntry(c *ledger.Call, proof *proofInput, record string, holder Party, private *ledger.Private[Identity]) error {
	identity, err := half(private)
	if err != nil {
		return err
	}
	if err := checkIdentities("private", []Party{holder}, []Identity{*identity}); err != nil {
		return err
	}
	return proof.check(c, record)
}
