package finance

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
)

// Collateral is one thing that can secure loans (担保物): whatever banks pledge it
// to, the pledges together stay within its value. Its id is derived from its
// kind and its reference, so that no bank makes a second one of it.
type Collateral struct {
	Kind       string   `json:"kind" zh:"担保物类别" doc:"Dictionary collateralKind"`
	Ref        string   `json:"ref,omitempty" zh:"担保物编号" doc:"Of real estate: its unit code or its proof's number"`
	RefKey     string   `json:"refKey,omitempty" is:"subject" zh:"担保物标识" doc:"Of anything else: the keyed hash of its number"`
	LookupHash string   `json:"lookupHash,omitempty" is:"sm3" zh:"跨链核验摘要" doc:"SM3 of the attested view of the real-estate ledger that it was checked with"`
	Pledges    []string `json:"pledges,omitempty" zh:"现有担保" doc:"Ids of the pledges in force"`
}

// Registered is the one status of a collateral.
const Registered = "REGISTERED"

const collateralType = "collateral"

// Worth is the private half of a collateral.
type Worth struct {
	ValueFen int64  `json:"valueFen" is:"min=1" zh:"评估价值" doc:"分"`
	Owner    string `json:"owner" is:"maxLen=64" zh:"担保人"`
}

// Pledge is what of a collateral secures one loan (担保). Its id is those of the
// two.
type Pledge struct {
	CollateralID  string `json:"collateralId" zh:"担保物"`
	ApplicationID string `json:"applicationId" zh:"融资申请号"`
	BankDept      string `json:"bankDept" is:"uscc" zh:"担保权人"`
	PledgedOn     string `json:"pledgedOn" is:"date" zh:"设立日期"`
	ReleasedOn    string `json:"releasedOn,omitempty" is:"date" zh:"解除日期"`
	MovedTo       string `json:"movedTo,omitempty" zh:"转入的申请号" doc:"With a renewal"`
}

// Statuses of a pledge.
const (
	PledgeActive   = "ACTIVE"
	PledgeReleased = "RELEASED"
)

const pledgeType = "pledge"

// PledgeSum is the private half of a pledge.
type PledgeSum struct {
	PledgeFen int64 `json:"pledgeFen" is:"min=1" zh:"担保金额" doc:"分"`
}

type registerCollateral struct {
	Kind       string `json:"kind" is:"enum=REAL_ESTATE_UNIT|REAL_ESTATE_PROOF|INVOICE|RECEIVABLE|MOVABLE|WARRANT|OTHER" zh:"担保物类别"`
	Ref        string `json:"ref,omitempty" is:"maxLen=64" zh:"担保物编号" doc:"Of real estate: its unit code, or its proof's number" eg:"410105001002GB00001F00010001"`
	RefKey     string `json:"refKey,omitempty" is:"subject" zh:"担保物标识" doc:"Of anything else: the keyed hash of its number (over REST, the number with the type 999)"`
	LookupHash string `json:"lookupHash,omitempty" is:"sm3" zh:"跨链核验摘要"`
}

type revalueCollateral struct {
	CollateralID string `json:"collateralId" is:"pattern=^[0-9a-f]{32}$" zh:"担保物"`
	ReportNo     string `json:"reportNo" is:"maxLen=64" zh:"评估报告编号"`
}

type pledgeCollateral struct {
	CollateralID  string `json:"collateralId" is:"pattern=^[0-9a-f]{32}$" zh:"担保物"`
	ApplicationID string `json:"applicationId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"融资申请号"`
}

// Reads lets a batch fetch the collateral and the loan.
func (in *pledgeCollateral) Reads() []string {
	return []string{ledger.Key(collateralType, in.CollateralID), ledger.Key(loanType, in.ApplicationID), ledger.Key(pledgeType, pledgeID(in.CollateralID, in.ApplicationID))}
}

type releasePledge struct {
	PledgeID string `json:"pledgeId" is:"pattern=^[0-9a-f]{32}\\.[0-9A-Za-z-]{1,32}$" zh:"担保记录编号"`
}

// CollateralID derives a collateral's id from its kind and its reference.
func CollateralID(kind, ref string) string { return gm.HexDigest([]byte(kind + "/" + ref))[:32] }

func pledgeID(collateralID, applicationID string) string { return collateralID + "." + applicationID }

// normalise gives a collateral's reference its one spelling, and refuses one
// that is not of its kind.
func (in *registerCollateral) normalise() error {
	realEstate := in.Kind == RealEstateUnit || in.Kind == RealEstateProof
	if realEstate != (in.Ref != "") || realEstate == (in.RefKey != "") {
		return ledger.RefuseField(CollateralInvalid, "ref", "real estate is named by ref (unit code or proof number), anything else by refKey (keyed hash)")
	}
	switch in.Kind {
	case RealEstateUnit:
		unit, err := identifier.ParseRealEstateUnit(in.Ref)
		if err != nil {
			return ledger.RefuseField(CollateralInvalid, "ref", "the reference of %s is a unit code: %v", in.Kind, err)
		}
		in.Ref = unit.String()
	case RealEstateProof:
		proof, err := identifier.ParseRealEstateCertificate(in.Ref)
		if err != nil || !proof.Proof {
			return ledger.RefuseField(CollateralInvalid, "ref", "the reference of %s is the number of a registration proof, as in 豫（2023）信阳市不动产证明第0000007号", in.Kind)
		}
		in.Ref = proof.String()
	}
	return nil
}

func (b *book) registerCollateral(c *ledger.Call, in *registerCollateral, private *ledger.Private[Worth]) error {
	if _, err := half(private); err != nil {
		return err
	}
	if err := in.normalise(); err != nil {
		return err
	}
	col, err := b.collaterals.Create(c, CollateralID(in.Kind, in.Ref+in.RefKey), Registered, Collateral{Kind: in.Kind, Ref: in.Ref, RefKey: in.RefKey, LookupHash: in.LookupHash})
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, col, private)
}

// revalueCollateral records a new value. It may be lower than what is pledged:
// the world is so; then nothing more is pledged.
func (b *book) revalueCollateral(c *ledger.Call, in *revalueCollateral, private *ledger.Private[Worth]) error {
	if _, err := half(private); err != nil {
		return err
	}
	col, err := b.collaterals.Open(c, in.CollateralID)
	if err != nil {
		return err
	}
	if err := col.Keep(c); err != nil {
		return err
	}
	return ledger.PutPrivate(c, col, private)
}

// pledgeCollateral secures a loan with a collateral (担保): all pledges in force,
// of whatever bank, are together no more than its value.
func (b *book) pledgeCollateral(c *ledger.Call, in *pledgeCollateral, private *ledger.Private[PledgeSum]) error {
	sum, err := half(private)
	if err != nil {
		return err
	}
	loan, err := b.loans.OpenAny(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if err := lender(c, loan); err != nil {
		return err
	}
	col, err := b.collaterals.Load(c, in.CollateralID)
	if err != nil {
		return err
	}
	free, err := b.free(c, col)
	if err != nil {
		return err
	}
	if sum.PledgeFen > free {
		return ledger.RefuseField(CollateralExceeded, "private.pledgeFen", "the pledges together would be more than the value of the collateral %s", col.ID)
	}
	p, err := b.pledge(c, col, loan, private)
	if err != nil {
		return err
	}
	if err := loan.Keep(c); err != nil {
		return err
	}
	if err := col.Keep(c); err != nil {
		return err
	}
	p.Answer(c)
	return nil
}

// free is how much of a collateral's value no pledge takes.
func (b *book) free(c *ledger.Call, col *ledger.Entity[Collateral]) (int64, error) {
	worth, err := ledger.GetPrivate[Collateral, Worth](c, col)
	if err != nil {
		return 0, err
	}
	if worth == nil {
		return 0, ledger.Refuse(PrivateHalfMissing, "the value of the collateral %s is not there any more", col.ID)
	}
	free := worth.ValueFen
	pledges, err := b.pledges.LoadAllPrivate(c, col.Body.Pledges)
	if err != nil {
		return 0, err
	}
	for _, p := range pledges {
		sum, err := pledgedOf(c, p)
		if err != nil {
			return 0, err
		}
		free -= sum.PledgeFen
	}
	return free, nil
}

func pledgedOf(c *ledger.Call, p *ledger.Entity[Pledge]) (*PledgeSum, error) {
	sum, err := ledger.GetPrivate[Pledge, PledgeSum](c, p)
	if err == nil && sum == nil {
		err = ledger.Refuse(PrivateHalfMissing, "the amount of the pledge %s is not there any more", p.ID)
	}
	return sum, err
}

// pledge writes a pledge. The caller writes the collateral and the loan.
func (b *book) pledge(c *ledger.Call, col *ledger.Entity[Collateral], loan *ledger.Entity[Loan], private *ledger.Private[PledgeSum]) (*ledger.Entity[Pledge], error) {
	id := pledgeID(col.ID, loan.ID)
	p, err := b.pledges.Create(c, id, PledgeActive, Pledge{CollateralID: col.ID, ApplicationID: loan.ID, BankDept: loan.Body.BankDept, PledgedOn: c.Today()})
	if err != nil {
		return nil, err
	}
	if err := ledger.Enter(&col.Body.Pledges, maxEntries, pledgeType, id); err != nil {
		return nil, err
	}
	if err := ledger.Enter(&loan.Body.Pledges, maxEntries, pledgeType, id); err != nil {
		return nil, err
	}
	return p, ledger.PutPrivate(c, p, private)
}

func (b *book) releasePledge(c *ledger.Call, in *releasePledge) error {
	p, err := b.pledges.Open(c, in.PledgeID)
	if err != nil {
		return err
	}
	return b.release(c, p, "")
}

// release ends a pledge: the collateral is free for it again.
func (b *book) release(c *ledger.Call, p *ledger.Entity[Pledge], movedTo string) error {
	col, err := b.collaterals.Load(c, p.Body.CollateralID)
	if err != nil {
		return err
	}
	ledger.Strike(&col.Body.Pledges, p.ID)
	if err := col.Keep(c); err != nil {
		return err
	}
	p.Body.ReleasedOn, p.Body.MovedTo = c.Today(), movedTo
	return p.Move(c, PledgeReleased)
}

// releaseAll ends all pledges of a loan.
func (b *book) releaseAll(c *ledger.Call, loan *ledger.Entity[Loan]) error {
	pledges, err := b.pledges.LoadAll(c, loan.Body.Pledges)
	if err != nil {
		return err
	}
	for _, p := range pledges {
		if p.Status != PledgeActive {
			continue
		}
		if err := b.release(c, p, ""); err != nil {
			return err
		}
	}
	return nil
}

// movePledges lets what secured one loan secure another, for the same amounts.
func (b *book) movePledges(c *ledger.Call, old, next *ledger.Entity[Loan], salt string) error {
	pledges, err := b.pledges.LoadAll(c, old.Body.Pledges)
	if err != nil {
		return err
	}
	for _, p := range pledges {
		if p.Status != PledgeActive {
			continue
		}
		sum, err := pledgedOf(c, p)
		if err != nil {
			return err
		}
		if err := b.release(c, p, next.ID); err != nil {
			return err
		}
		col, err := b.collaterals.Load(c, p.Body.CollateralID)
		if err != nil {
			return err
		}
		if _, err := b.pledge(c, col, next, &ledger.Private[PledgeSum]{Salt: salt, Data: *sum}); err != nil {
			return err
		}
		if err := col.Keep(c); err != nil {
			return err
		}
	}
	return nil
}
