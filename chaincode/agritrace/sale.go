package agritrace

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

type putOnSaleInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string `json:"subject" is:"maxLen=32" zh:"销售主体码"`
}

type sellInput struct {
	BatchID string   `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string   `json:"subject" is:"maxLen=32" zh:"销售主体码"`
	QtyGram int64    `json:"qtyGram,omitempty" is:"min=1,max=1000000000000" zh:"散装销售量（克）" doc:"Goods without codes"`
	Codes   []string `json:"codes,omitempty" is:"maxLen=80,maxItems=200,unique" zh:"售出追溯码"`
}

type recordLossInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string `json:"subject" is:"maxLen=32" zh:"主体码"`
	QtyGram int64  `json:"qtyGram" is:"min=1,max=1000000000000" zh:"损耗量（克）"`
	Reason  string `json:"reason" is:"maxLen=256" zh:"损耗原因"`
}

func (i *putOnSaleInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.RulesKey(ledger.RulesID))
}

func (i *sellInput) Reads() []string {
	keys := append(subjectKeys(i.Subject), ledger.RulesKey(ledger.RulesID))
	for _, code := range i.Codes {
		keys = append(keys, ledger.Key(codeType, code))
	}
	return keys
}

func (i *recordLossInput) Reads() []string { return subjectKeys(i.Subject) }

var saleRefusals = []string{NotOperator, SubjectInactive, ActivityMissing, LicenceRequired, NotHolder, BatchHeld, BatchRecalled, RecallSpreading, BatchExpired, CertificateNeeded, NotOnMarket, Overdraw}

func (b *book) handleSale(c *ledger.Contract) {
	roles := []string{RoleTrader, RoleProducer, RoleProcessor}
	ledger.Handle(c, catalog.Operation{
		Name: "PutOnSale", Title: "Put a batch on sale", TitleZh: "上架销售", Record: batchType, Verb: "put-on-sale", ID: "batchId", Roles: roles, Refusals: saleRefusals,
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZZ4101050002"}`),
	}, b.putOnSale)
	ledger.Handle(c, catalog.Operation{
		Name: "TakeOffSale", Title: "Take a batch off sale", TitleZh: "下架", Record: batchType, Verb: "take-off-sale", ID: "batchId", Roles: roles,
		Refusals: []string{NotOperator, SubjectInactive, NotHolder, BatchHeld, BatchRecalled, RecallSpreading},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZZ4101050002"}`),
	}, b.takeOffSale)
	ledger.Handle(c, catalog.Operation{
		Name: "Sell", Title: "Record a sale", TitleZh: "销售", Record: batchType, Verb: "sell", ID: "batchId", Roles: roles, Refusals: append([]string{CodedGoods, CodeElsewhere}, saleRefusals...),
		Doc:     "Loose goods by weight, packed goods by their codes. Every guard of PutOnSale is held again: a recall stops the next sale.",
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZZ4101050002","qtyGram":2500}`),
	}, b.sell)
	ledger.Handle(c, catalog.Operation{
		Name: "RecordLoss", Title: "Record a loss", TitleZh: "损耗登记", Record: batchType, Verb: "loss", ID: "batchId", Roles: holders,
		Refusals: []string{NotOperator, SubjectInactive, NotHolder, BatchHeld, BatchRecalled, RecallSpreading, Overdraw, CodedGoods},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZZ4101050002","qtyGram":12000,"reason":"腐损"}`),
	}, b.recordLoss)
}

// saleBlocks lists everything that stands in the way of selling a batch, as
// refusals. The subject is its holder's record.
func (b *book) saleBlocks(c *ledger.Call, e *ledger.Entity[Batch], s *ledger.Entity[Subject]) ([]operation.Refusal, error) {
	blocks := []operation.Refusal{}
	block := func(r *operation.Refusal) {
		if r != nil {
			blocks = append(blocks, *r)
		}
	}
	err := b.usable(c, e)
	if err != nil && operation.RefusalOf(err) == nil {
		return nil, err
	}
	block(operation.RefusalOf(err))
	block(operation.RefusalOf(notExpired(c, e)))
	if e.Body.RemainingGram == 0 {
		block(ledger.Refuse(Overdraw, "nothing is left of the batch %s", e.ID))
	}
	if lack := lacking(e); lack != "" {
		block(ledger.Refuse(CertificateNeeded, "the batch %s is %s and lacks its %s", e.ID, e.Body.Category, lack))
	}
	if e.Body.Regime != Market {
		block(ledger.Refuse(NotOnMarket, "the batch %s is under %s: the market regulator has to accept it first (AcceptHandover)", e.ID, e.Body.Regime))
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return nil, err
	}
	block(operation.RefusalOf(maySell(c, e, s, rules)))
	return blocks, nil
}

// maySell asks for the food business licence; who sells what it produced
// itself needs none unless the rules say so (食品安全法 art. 35) [K].
func maySell(c *ledger.Call, e *ledger.Entity[Batch], s *ledger.Entity[Subject], rules Setting) error {
	if e.Body.Producer == s.ID && !rules.OwnProduceNeedsJY {
		return nil
	}
	if s.Body.JYLicence == "" || s.Body.JYValidTo < c.Today() {
		return ledger.Refuse(LicenceRequired, "the subject %s needs a JY licence that is valid on %s to sell what others produced; on record is %q until %q", s.ID, c.Today(), s.Body.JYLicence, s.Body.JYValidTo)
	}
	return nil
}

// selling opens a batch for its holder and refuses what must not be sold.
func (b *book) selling(c *ledger.Call, batch, subject string) (*ledger.Entity[Batch], error) {
	s, err := b.acting(c, subject, ActivitySell)
	if err != nil {
		return nil, err
	}
	e, err := b.holding(c, batch, subject)
	if err != nil {
		return nil, err
	}
	blocks, err := b.saleBlocks(c, e, s)
	if err != nil {
		return nil, err
	}
	if len(blocks) > 0 {
		return nil, &blocks[0]
	}
	return e, nil
}

func (b *book) putOnSale(c *ledger.Call, in *putOnSaleInput) error {
	e, err := b.selling(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	e.Body.ScannedIn = false
	return e.Move(c, OnSale)
}

func (b *book) takeOffSale(c *ledger.Call, in *putOnSaleInput) error {
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	return e.Move(c, Delivered)
}

func (b *book) sell(c *ledger.Call, in *sellInput) error {
	if in.QtyGram == 0 && len(in.Codes) == 0 {
		return ledger.RefuseField(ledger.InputInvalid, "qtyGram", "a sale names an amount of loose goods or the codes of packed ones")
	}
	e, err := b.selling(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	for _, id := range in.Codes {
		code, err := b.activeCode(c, id, e.ID)
		if err != nil {
			return err
		}
		e.Body.CodedGram -= code.Body.NetGram
		if err := take(e, code.Body.NetGram, &e.Body.SoldGram); err != nil {
			return err
		}
		code.Body.SoldAt, code.Body.SoldBy = c.Timestamp(), in.Subject
		if err := code.Move(c, Sold); err != nil {
			return err
		}
	}
	if err := take(e, in.QtyGram, &e.Body.SoldGram); err != nil {
		return err
	}
	if e.Body.RemainingGram == 0 {
		return e.Move(c, Sold)
	}
	return e.Keep(c)
}

func (b *book) recordLoss(c *ledger.Call, in *recordLossInput) error {
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if err := take(e, in.QtyGram, &e.Body.LostGram); err != nil {
		return err
	}
	e.Body.LossReason = in.Reason
	return e.Keep(c)
}

type canSellInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
}

type canSell struct {
	BatchID string              `json:"batchId" zh:"批次编号"`
	Can     bool                `json:"can" zh:"可否销售"`
	Reasons []operation.Refusal `json:"reasons" zh:"原因"`
}

func (b *book) answerSale(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "CanSell", Title: "Whether a batch may be sold", TitleZh: "可否销售", Path: "can-sell", Roles: []string{ledger.AnyRole},
		Doc: "By its holder, now; with every reason why not.", Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01"}`),
	}, b.canSell)
}

func (b *book) canSell(c *ledger.Call, in *canSellInput) (*canSell, error) {
	e, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return nil, err
	}
	s, err := b.subjects.Load(c, e.Body.Holder)
	if err != nil {
		return nil, err
	}
	blocks, err := b.saleBlocks(c, e, s)
	if err != nil {
		return nil, err
	}
	return &canSell{BatchID: e.ID, Can: len(blocks) == 0, Reasons: blocks}, nil
}
