package realestate

import (
	"henanchain/chaincode/ledger"
)

// newUnit is a unit that a split or a merger brings about, with the right and
// the certificate on it.
type newUnit struct {
	unitFields
	BizNo string `json:"bizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"业务号"`
	certificateInput
}

type splitUnit struct {
	UnitCode string    `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	Parts    []newUnit `json:"parts" is:"minItems=2,maxItems=50" zh:"分割后单元"`
}

// Reads lets a batch fetch the new units with everything else.
func (in *splitUnit) Reads() []string {
	var keys []string
	for _, p := range in.Parts {
		keys = append(keys, p.keys()...)
	}
	return keys
}

type mergeUnits struct {
	newUnit
	From []string `json:"from" is:"minItems=2,maxItems=50,unique,realestate-unit" zh:"合并前单元"`
}

// Reads lets a batch fetch the old units with everything else.
func (in *mergeUnits) Reads() []string {
	keys := in.newUnit.keys()
	for _, code := range in.From {
		keys = append(keys, ledger.Key(unitType, code))
	}
	return keys
}

func (n *newUnit) keys() []string {
	return []string{ledger.Key(unitType, n.UnitCode), ledger.Key(rightType, n.BizNo), ledger.Key(certificateType, n.CertNo), ledger.GuardKey(licenceGuard, n.CertID)}
}

// splitUnit divides a unit (分割). The parts have its area together, and its
// owners each; the unit becomes history. Nothing may be entered on it: which
// part a burden would follow is for its holder to agree first.
func (b *book) splitUnit(c *ledger.Call, in *splitUnit, private *ledger.Private[Holders]) error {
	if _, err := b.openUnit(c, in.UnitCode); err != nil {
		return err
	}
	u, right, err := b.openFree(c, in.UnitCode)
	if err != nil {
		return err
	}
	var sum int64
	for i := range in.Parts {
		sum += in.Parts[i].AreaX100
		if err := b.succeed(c, &in.Parts[i], []*ledger.Entity[Right]{right}, private); err != nil {
			return err
		}
		u.Body.Children = append(u.Body.Children, in.Parts[i].UnitCode)
	}
	if sum != u.Body.AreaX100 {
		return ledger.RefuseField(AreaNotConserved, "parts", "the parts have %d together and the unit has %d (0.01 m²)", sum, u.Body.AreaX100)
	}
	if err := b.retire(c, u, RightHistorical); err != nil {
		return err
	}
	return u.Move(c, UnitHistory)
}

// mergeUnits joins units of the same owners (合并): the new unit has the area of
// all of them, and they become history.
func (b *book) mergeUnits(c *ledger.Call, in *mergeUnits, private *ledger.Private[Holders]) error {
	var old []*ledger.Entity[Unit]
	var rights []*ledger.Entity[Right]
	var sum int64
	for _, code := range in.From {
		u, r, err := b.openFree(c, code)
		if err != nil {
			return err
		}
		rights = append(rights, r)
		if first := rights[0]; r.Body.HoldMode != first.Body.HoldMode || r.Body.RightType != first.Body.RightType || !sameOwners(r.Body.Owners, first.Body.Owners) {
			return ledger.RefuseField(OwnersDiffer, "from", "the unit %s differs from %s in its owners, shares or right type", code, in.From[0])
		}
		sum += u.Body.AreaX100
		old = append(old, u)
	}
	if sum != in.AreaX100 {
		return ledger.RefuseField(AreaNotConserved, "areaX100", "the merged unit has %d and the units have %d together (0.01 m²)", in.AreaX100, sum)
	}
	if err := b.succeed(c, &in.newUnit, rights, private); err != nil {
		return err
	}
	for _, u := range old {
		u.Body.Children = []string{in.UnitCode}
		if err := b.retire(c, u, RightHistorical); err != nil {
			return err
		}
		if err := u.Move(c, UnitHistory); err != nil {
			return err
		}
	}
	made, err := b.units.Load(c, in.UnitCode)
	if err != nil {
		return err
	}
	made.Answer(c)
	return nil
}

// openFree loads a unit of the caller's that nothing is entered on, and its
// right.
func (b *book) openFree(c *ledger.Call, code string) (*ledger.Entity[Unit], *ledger.Entity[Right], error) {
	u, err := b.ownUnit(c, code)
	if err != nil {
		return nil, nil, err
	}
	right, err := b.owned(c, u)
	if err != nil {
		return nil, nil, err
	}
	return u, right, b.checkFree(c, u, "")
}

// succeed writes a unit that takes the place of others, with the same right as
// theirs.
func (b *book) succeed(c *ledger.Call, n *newUnit, before []*ledger.Entity[Right], private *ledger.Private[Holders]) error {
	body := before[0].Body
	holders, err := half(private)
	if err != nil {
		return err
	}
	if err := checkIdentities("private.owners", partiesOf(body.Owners), holders.Owners); err != nil {
		return err
	}
	if err := n.unitFields.check("usage"); err != nil {
		return err
	}
	if err := body.rightFields.check(n.UnitCode); err != nil {
		return err
	}
	body.UnitCode, body.PrevBizNo, body.MergedFrom = n.UnitCode, before[0].ID, nil
	body.Registration, body.CertNo, body.BookedOn = RegChange, n.CertNo, c.Today()
	parents := make([]string, len(before))
	for i, r := range before {
		parents[i] = r.Body.UnitCode
		if parents[i][:6] != n.UnitCode[:6] {
			return ledger.RefuseField(AreaNotConserved, "unitCode", "the unit %s and the unit %s are in different county divisions", n.UnitCode, parents[i])
		}
		if i > 0 {
			body.MergedFrom = append(body.MergedFrom, r.ID)
		}
	}
	u, err := b.units.Create(c, n.UnitCode, UnitActive, Unit{Location: n.Location, AreaX100: n.AreaX100, Usage: n.Usage, Parents: parents, RightID: n.BizNo})
	if err != nil {
		return err
	}
	if err := b.issue(c, &n.certificateInput, u.ID, n.BizNo); err != nil {
		return err
	}
	r, err := b.rights.Create(c, n.BizNo, RightCurrent, body)
	if err != nil {
		return err
	}
	if err := countHomes(c, u, &r.Body, +1); err != nil {
		return err
	}
	return ledger.PutPrivate(c, r, private)
}
