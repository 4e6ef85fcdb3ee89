package finance

import (
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
)

// Fact is what a department knows of one subject under one catalogue item (政务
// 数据).
type Fact = predicate.Holding

// Statuses of a fact.
const (
	FactHeld      = predicate.Held
	FactExpired   = "EXPIRED"
	FactWithdrawn = "WITHDRAWN"
)

const factType = "fact"

type provideFact struct{ Fact }

// Reads lets a batch fetch the item and the earlier fact.
func (in *provideFact) Reads() []string {
	return []string{ledger.Key(itemType, in.CatalogCode), ledger.Key(factType, predicate.HoldingID(in.SubjectKey, in.CatalogCode))}
}

type withdrawFact struct {
	FactID string `json:"factId" is:"pattern=^[0-9a-f]{32}$" zh:"数据记录编号"`
}

// provideFact writes what a department knows of a subject, or the next version
// of it. Only the department that provides the item does so.
func (b *book) provideFact(c *ledger.Call, in *provideFact, private *ledger.Private[Values]) error {
	if _, err := half(private); err != nil {
		return err
	}
	if err := in.CheckPeriod(c); err != nil {
		return err
	}
	item, err := b.items.Load(c, in.CatalogCode)
	if err != nil {
		return err
	}
	if err := item.OwnedBy(c); err != nil {
		return err
	}
	if item.Status != Published {
		return ledger.RefuseField(ScopeInvalid, "catalogCode", "the item %s is not published", item.ID)
	}
	return predicate.Hold(c, b.facts, item.Body.Fields, in.Fact, private)
}

func (b *book) withdrawFact(c *ledger.Call, in *withdrawFact) error {
	fact, err := b.facts.Open(c, in.FactID)
	if err != nil {
		return err
	}
	return fact.Move(c, FactWithdrawn)
}
