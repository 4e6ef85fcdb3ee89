package realestate

import (
	"fmt"
	"slices"

	"henanchain/chaincode/ledger"
)

// Mortgage is a mortgage on a unit (抵押权). Its id is the number of its proof.
// It follows the unit from one owner to the next (民法典 406).
type Mortgage struct {
	UnitCode           string   `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo              string   `json:"bizNo" zh:"业务号"`
	Mode               string   `json:"mode" is:"enum=1|2" zh:"抵押方式" doc:"1 ordinary 一般抵押, 2 maximum amount 最高额抵押"`
	MortgageeDept      string   `json:"mortgageeDept" is:"uscc" zh:"抵押权人" doc:"The bank"`
	From               string   `json:"from" is:"date" zh:"债务履行期限起"`
	To                 string   `json:"to" is:"date" zh:"债务履行期限止"`
	Rank               int64    `json:"rank" is:"min=1" zh:"顺位" doc:"From 1 without gaps, among the mortgages in force"`
	Scope              []string `json:"scope" is:"enum=PRINCIPAL|INTEREST|PENALTY|DAMAGES|CUSTODY|ENFORCEMENT" zh:"担保范围"`
	TransferRestricted bool     `json:"transferRestricted" zh:"是否存在禁止或限制转让的约定" doc:"自然资发〔2021〕54号"`
	ContractHash       string   `json:"contractHash" is:"sm3" zh:"抵押合同摘要"`
	CertID             string   `json:"certId,omitempty" is:"licence-id" zh:"电子证照标识"`
	FileHash           string   `json:"fileHash,omitempty" is:"sm3" zh:"证照文件摘要"`
	acknowledgements
	CancelHash string `json:"cancelHash,omitempty" is:"sm3" zh:"注销依据摘要"`
}

// Statuses of a mortgage.
const (
	MortgageActive    = "ACTIVE"
	MortgageCancelled = "CANCELLED"
)

const mortgageType = "mortgage"

// Claim is the private half of a mortgage: how much it secures.
type Claim struct {
	ClaimFen     int64  `json:"claimFen" is:"min=1" zh:"被担保主债权数额（最高债权额）" doc:"分"`
	RemainingFen int64  `json:"remainingFen" is:"min=0" zh:"剩余债权" doc:"分"`
	Debtor       string `json:"debtor" is:"maxLen=64" zh:"债务人"`
}

// Remaining is what ReportClaim says of a claim.
type Remaining struct {
	RemainingFen int64 `json:"remainingFen" is:"min=0" zh:"剩余债权" doc:"分"`
}

type registerMortgage struct {
	proofInput
	UnitCode           string   `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo              string   `json:"bizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"业务号"`
	Mode               string   `json:"mode" is:"enum=1|2" zh:"抵押方式" doc:"1 ordinary, 2 maximum amount"`
	MortgageeDept      string   `json:"mortgageeDept" is:"uscc" zh:"抵押权人" doc:"The bank"`
	From               string   `json:"from" is:"date" zh:"债务履行期限起"`
	To                 string   `json:"to" is:"date" zh:"债务履行期限止"`
	Scope              []string `json:"scope" is:"minItems=1,maxItems=6,unique,enum=PRINCIPAL|INTEREST|PENALTY|DAMAGES|CUSTODY|ENFORCEMENT" zh:"担保范围"`
	TransferRestricted bool     `json:"transferRestricted" zh:"是否存在禁止或限制转让的约定"`
	ContractHash       string   `json:"contractHash" is:"sm3" zh:"抵押合同摘要"`
	BuyerConsentHash   string   `json:"buyerConsentHash,omitempty" is:"sm3" zh:"买受人同意书摘要" doc:"Where a net-signed contract is pending on the unit"`
	acknowledgements
}

// Reads lets a batch fetch the unit with everything else.
func (in *registerMortgage) Reads() []string { return []string{ledger.Key(unitType, in.UnitCode)} }

type changeMortgage struct {
	ProofNo            string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号"`
	To                 string `json:"to,omitempty" is:"date" zh:"债务履行期限止" doc:"The new end of the term, where it changes"`
	TransferRestricted *bool  `json:"transferRestricted,omitempty" zh:"是否存在禁止或限制转让的约定" doc:"Where it changes"`
	ConsentHash        string `json:"consentHash,omitempty" is:"sm3" zh:"抵押权人同意书摘要" doc:"Needed where the registrar acts, not the mortgagee"`
}

type mortgageAct struct {
	ProofNo     string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号"`
	ConsentHash string `json:"consentHash,omitempty" is:"sm3" zh:"抵押权人同意书摘要" doc:"Needed where the registrar acts, not the mortgagee"`
}

type reportClaim struct {
	ProofNo string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号"`
}

type reorderMortgages struct {
	UnitCode string    `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	Order    []string  `json:"order" is:"minItems=2,maxItems=20,unique,realestate-certificate" zh:"变更后顺位" doc:"Every mortgage in force, the first in rank first"`
	Consents []Consent `json:"consents" is:"minItems=1,maxItems=20" zh:"抵押权人同意书"`
}

// asMortgage makes the guards of a disposal those of a mortgage: seizures stop
// it (民法典 399), notices, objections and residence rights ask for their
// papers, and an agreement not to transfer is no obstacle.
var asMortgage = cause{voluntary: true}

func (b *book) registerMortgage(c *ledger.Call, in *registerMortgage, private *ledger.Private[Claim]) error {
	claim, err := half(private)
	if err != nil {
		return err
	}
	if claim.RemainingFen > claim.ClaimFen {
		return ledger.RefuseField(ClaimInvalid, "private.remainingFen", "more remains than the whole claim")
	}
	if in.To < in.From {
		return ledger.RefuseField(PeriodInvalid, "to", "the term is from %s to %s: it ends before it begins", in.From, in.To)
	}
	if err := in.proofInput.check(c, mortgageType); err != nil {
		return err
	}
	u, err := b.ownUnit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if _, err := b.owned(c, u); err != nil {
		return err
	}
	if u.Body.Live != "" && in.BuyerConsentHash == "" {
		return ledger.RefuseField(ConsentMissing, "buyerConsentHash", "the unit is sold by the pending case %s: the buyer's written consent is needed", u.Body.Live)
	}
	if err := b.checkDisposal(c, u, asMortgage, &in.acknowledgements, nil); err != nil {
		return err
	}
	if err := ledger.Enter(&u.Body.Mortgages, maxEntries, mortgageType, in.ProofNo); err != nil {
		return err
	}
	m, err := b.mortgages.Create(c, in.ProofNo, MortgageActive, Mortgage{
		UnitCode: in.UnitCode, BizNo: in.BizNo, Mode: in.Mode, MortgageeDept: in.MortgageeDept, From: in.From, To: in.To,
		Rank: int64(len(u.Body.Mortgages)), Scope: in.Scope, TransferRestricted: in.TransferRestricted, ContractHash: in.ContractHash,
		CertID: in.CertID, FileHash: in.FileHash, acknowledgements: in.acknowledgements,
	})
	if err != nil {
		return err
	}
	if err := ledger.PutPrivate(c, m, private); err != nil {
		return err
	}
	return u.Keep(c)
}

// openMortgage opens a mortgage for its mortgagee, or for the registrar with
// the mortgagee's consent.
func (b *book) openMortgage(c *ledger.Call, proofNo, consentHash string) (*ledger.Entity[Mortgage], *ledger.Entity[Unit], error) {
	m, err := b.mortgages.OpenAny(c, proofNo)
	if err != nil {
		return nil, nil, err
	}
	u, err := b.unit(c, m.Body.UnitCode)
	if err != nil {
		return nil, nil, err
	}
	if c.Caller().Has(RoleBank) && c.Caller().Dept == m.Body.MortgageeDept {
		return m, u, nil
	}
	if !c.Caller().Has(RoleRegistrar) {
		return nil, nil, ledger.Refuse(ledger.NotOwner, "the mortgage %s is held by %s", m.ID, m.Body.MortgageeDept)
	}
	if err := registrarOf(c, u); err != nil {
		return nil, nil, err
	}
	if consentHash == "" {
		return nil, nil, ledger.RefuseField(ConsentMissing, "consentHash", "the registrar acts with the written consent of the mortgagee %s", m.Body.MortgageeDept)
	}
	return m, u, nil
}

func (b *book) changeMortgage(c *ledger.Call, in *changeMortgage) error {
	m, _, err := b.openMortgage(c, in.ProofNo, in.ConsentHash)
	if err != nil {
		return err
	}
	if in.To != "" {
		if in.To < m.Body.From {
			return ledger.RefuseField(PeriodInvalid, "to", "the term begins on %s and cannot end on %s", m.Body.From, in.To)
		}
		m.Body.To = in.To
	}
	if in.TransferRestricted != nil {
		m.Body.TransferRestricted = *in.TransferRestricted
	}
	return m.Keep(c)
}

func (b *book) reportClaim(c *ledger.Call, in *reportClaim, private *ledger.Private[Remaining]) error {
	remaining, err := half(private)
	if err != nil {
		return err
	}
	m, err := b.mortgages.OpenAny(c, in.ProofNo)
	if err != nil {
		return err
	}
	if c.Caller().Dept != m.Body.MortgageeDept {
		return ledger.Refuse(ledger.NotOwner, "the mortgage %s is held by %s", m.ID, m.Body.MortgageeDept)
	}
	claim, err := ledger.GetPrivate[Mortgage, Claim](c, m)
	if err != nil {
		return err
	}
	if claim == nil {
		return ledger.Refuse(PrivateHalfMissing, "the private half of the mortgage %s is not there any more", m.ID)
	}
	if remaining.RemainingFen > claim.ClaimFen {
		return ledger.RefuseField(ClaimInvalid, "private.remainingFen", "more would remain than the claim in the book")
	}
	claim.RemainingFen = remaining.RemainingFen
	if err := m.Keep(c); err != nil {
		return err
	}
	return ledger.PutPrivate(c, m, &ledger.Private[Claim]{Salt: private.Salt, Data: *claim})
}

func (b *book) cancelMortgage(c *ledger.Call, in *mortgageAct) error {
	m, u, err := b.openMortgage(c, in.ProofNo, in.ConsentHash)
	if err != nil {
		return err
	}
	ledger.Strike(&u.Body.Mortgages, m.ID)
	m.Body.CancelHash = in.ConsentHash
	if err := b.rank(c, u); err != nil {
		return err
	}
	if err := u.Keep(c); err != nil {
		return err
	}
	return m.Move(c, MortgageCancelled)
}

// rank writes each mortgage's rank where its place in the unit's list is
// another: those behind a cancelled one move up (顺位升进).
func (b *book) rank(c *ledger.Call, u *ledger.Entity[Unit]) error {
	mortgages, err := b.mortgages.LoadAll(c, u.Body.Mortgages)
	if err != nil {
		return err
	}
	for i, m := range mortgages {
		if rank := int64(i + 1); m.Body.Rank != rank {
			m.Body.Rank = rank
			if err := m.Keep(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// reorderMortgages changes the ranks by agreement of the mortgagees (民法典 409).
func (b *book) reorderMortgages(c *ledger.Call, in *reorderMortgages) error {
	u, err := b.openUnit(c, in.UnitCode)
	if err != nil {
		return err
	}
	if err := registrarOf(c, u); err != nil {
		return err
	}
	if !sameSet(u.Body.Mortgages, in.Order) {
		return ledger.RefuseField(RankInvalid, "order", "the mortgages in force are %v; the order names each of them once", u.Body.Mortgages)
	}
	for i, id := range in.Order {
		if u.Body.Mortgages[i] != id && !consented(in.Consents, id) {
			return ledger.RefuseField(RankInvalid, "consents", "the mortgage %s moves from rank %d to %d: its mortgagee's consent is missing", id, slices.Index(u.Body.Mortgages, id)+1, i+1)
		}
	}
	u.Body.Mortgages = in.Order
	if err := b.rank(c, u); err != nil {
		return err
	}
	return u.Keep(c)
}

// Coverage says how far the value of a unit covers the claims that it secures.
type Coverage struct {
	UnitCode  string          `json:"unitCode" zh:"不动产单元号"`
	Mortgages []CoverageClaim `json:"mortgages" zh:"抵押"`
	SumFen    int64           `json:"sumFen" zh:"剩余债权合计" doc:"分"`
	ValueFen  int64           `json:"valueFen,omitempty" zh:"评估价值" doc:"分; left out where the unit was not valued"`
	ValuedOn  string          `json:"valuedOn,omitempty" zh:"评估日期"`
	OverValue bool            `json:"overValue" zh:"是否超值抵押" doc:"Whether the claims sum to more than the value"`
	Unknown   int             `json:"unknown" zh:"金额未知数" doc:"Mortgages whose private half is not there"`
	Report    string          `json:"report" zh:"结论"`
}

// CoverageClaim is one mortgage's part of a coverage.
type CoverageClaim struct {
	ProofNo      string `json:"proofNo" zh:"不动产登记证明号"`
	Rank         int64  `json:"rank" zh:"顺位"`
	ClaimFen     int64  `json:"claimFen" zh:"被担保债权" doc:"分"`
	RemainingFen int64  `json:"remainingFen" zh:"剩余债权" doc:"分"`
}

// mortgageCoverage sums what remains of all claims and compares it with the
// value. It is a report and no guard: the law does not forbid a second
// mortgage on what the first leaves uncovered.
func (b *book) mortgageCoverage(c *ledger.Call, in *unitQuery) (*Coverage, error) {
	u, err := b.units.Load(c, in.UnitCode)
	if err != nil {
		return nil, err
	}
	out := &Coverage{UnitCode: u.ID, Mortgages: []CoverageClaim{}}
	value, err := ledger.GetPrivate[Unit, Valuation](c, u)
	if err != nil {
		return nil, err
	}
	if value != nil {
		out.ValueFen, out.ValuedOn = value.ValueFen, value.ValuedOn
	}
	mortgages, err := b.mortgages.LoadAllPrivate(c, u.Body.Mortgages)
	if err != nil {
		return nil, err
	}
	for _, m := range mortgages {
		claim, err := ledger.GetPrivate[Mortgage, Claim](c, m)
		if err != nil {
			return nil, err
		}
		if claim == nil {
			out.Unknown++
			continue
		}
		out.SumFen += claim.RemainingFen
		out.Mortgages = append(out.Mortgages, CoverageClaim{m.ID, m.Body.Rank, claim.ClaimFen, claim.RemainingFen})
	}
	out.OverValue = value != nil && out.SumFen > out.ValueFen
	switch {
	case value == nil:
		out.Report = fmt.Sprintf("%d 分 remain of %d mortgages; the unit was not valued", out.SumFen, len(out.Mortgages))
	case out.OverValue:
		out.Report = fmt.Sprintf("the claims exceed the value by %d 分", out.SumFen-out.ValueFen)
	default:
		out.Report = fmt.Sprintf("the value covers the claims; %d 分 are free", out.ValueFen-out.SumFen)
	}
	return out, nil
}
