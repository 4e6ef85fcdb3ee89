package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
	"henanchain/internal/catalog"
)

// Holding is what a department holds of one subject under one PRIVATE item.
type Holding = predicate.Holding

const holdingType = "holding"

type holdData struct{ Holding }

// Reads lets a batch fetch the item and the earlier holding.
func (in *holdData) Reads() []string {
	return []string{ledger.Key(itemType, in.CatalogCode), ledger.Key(holdingType, predicate.HoldingID(in.SubjectKey, in.CatalogCode))}
}

type withdrawHolding struct {
	HoldingID string `json:"holdingId" is:"pattern=^[0-9a-f]{32}$" zh:"数据记录编号"`
}

func (b *book) defineData(c *ledger.Contract) {
	b.holdings = ledger.Define[Holding](c, catalog.Record{
		Type: holdingType, Collection: "holdings", Title: "holding", TitleZh: "私密数据",
		Doc:      "What a department holds of a subject under a PRIVATE item. The values are in the private half: the peers answer yes or no with them.",
		Statuses: []catalog.Status{{Code: Held, TitleZh: "有效"}, {Code: Expired, TitleZh: "已过期"}, {Code: Withdrawn, TitleZh: "已撤回"}},
		Transitions: ledger.Table(
			ledger.Steps("HoldData", Held, "", Held, Withdrawn), ledger.Steps("WithdrawHolding", Withdrawn, Held), ledger.Stay("PurgeHolding", Held, Withdrawn),
		),
		Search: append(ledger.Keywords("subjectKey", "catalogCode"), ledger.Dates("asOf", "validTo")...),
		Lapse:  &catalog.Lapse{Field: "validTo", From: []string{Held}, To: Expired},
	})
	b.defineKeys(c)
	b.defineParcels(c)
}

// holdData writes what a department holds of a subject, or the next version.
func (b *book) holdData(c *ledger.Call, in *holdData, private *ledger.Private[predicate.Values]) error {
	if _, err := half(private); err != nil {
		return err
	}
	if err := in.CheckPeriod(c); err != nil {
		return err
	}
	item, err := b.provided(c, in.CatalogCode)
	if err != nil {
		return err
	}
	if item.Body.Mode != Private {
		return ledger.RefuseField(ModeMismatch, "catalogCode", "the item %s goes on chain as %s, not as PRIVATE", item.ID, item.Body.Mode)
	}
	return predicate.Hold(c, b.holdings, item.Body.Fields, in.Holding, private)
}

func (b *book) withdrawHolding(c *ledger.Call, in *withdrawHolding) error {
	h, err := b.holdings.Open(c, in.HoldingID)
	if err != nil {
		return err
	}
	return h.Move(c, Withdrawn)
}

// look finds the value that a question is about, where one is held and valid.
func (b *book) look(c *ledger.Call, in *askData) (value string, found bool, err error) {
	h, err := b.holdings.Find(c, predicate.HoldingID(in.SubjectKey, in.CatalogCode))
	if err != nil || h == nil || h.StatusNow(c) != Held {
		return "", false, err
	}
	return predicate.ValueOf(c, h, in.Predicate.Field)
}
