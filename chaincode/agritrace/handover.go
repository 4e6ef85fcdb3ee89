package agritrace

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const handoverType = "handover"

// Statuses of a handover.
const (
	Offered  = "OFFERED"
	Accepted = "ACCEPTED"
	Refused  = "REFUSED"
)

// Handover is a batch's step from agricultural supervision to market
// regulation (产地准出、市场准入): offered by its holder, accepted by the market
// regulator. The id is the batch's.
type Handover struct {
	Subject      string `json:"subject" is:"maxLen=32" zh:"移交主体码"`
	Market       string `json:"market" is:"maxLen=32" zh:"入市主体码" doc:"The market, shop or factory that the goods enter"`
	QuarantineNo string `json:"quarantineNo,omitempty" is:"maxLen=64" zh:"检疫证号"`
	ComplianceNo string `json:"complianceNo,omitempty" is:"maxLen=64" zh:"承诺达标合格证号"`
	LastTest     string `json:"lastTest,omitempty" is:"maxLen=96" zh:"检测报告"`
	Opinion      string `json:"opinion,omitempty" is:"maxLen=512" zh:"查验意见"`
}

type offerHandoverInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string `json:"subject" is:"maxLen=32" zh:"移交主体码"`
	Market  string `json:"market" is:"maxLen=32" zh:"入市主体码"`
}

type decideHandoverInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Opinion string `json:"opinion" is:"maxLen=512" zh:"查验意见"`
}

func (i *offerHandoverInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(batchType, i.BatchID), ledger.Key(subjectType, i.Market))
}

func (i *decideHandoverInput) Reads() []string {
	return []string{ledger.Key(batchType, i.BatchID), openRecallsKey}
}

func (b *book) defineHandover(c *ledger.Contract) {
	b.handovers = ledger.Define[Handover](c, catalog.Record{
		Type: handoverType, Collection: "handovers", Title: "handover to market regulation", TitleZh: "入市移交",
		Doc: "Agriculture supervises a batch until the market regulator accepted it, and market regulation from there on. What is made of a batch stays under the same supervision.",
		Statuses: []catalog.Status{
			{Code: Offered, TitleZh: "待查验"}, {Code: Accepted, TitleZh: "已准入"}, {Code: Refused, TitleZh: "不予准入"},
		},
		Transitions: ledger.Table(ledger.Steps("OfferHandover", Offered, "", Refused), ledger.Steps("AcceptHandover", Accepted, Offered), ledger.Steps("RefuseHandover", Refused, Offered)),
		Search:      []catalog.SearchField{{Field: "subject", Kind: "keyword"}, {Field: "market", Kind: "keyword"}},
	})
}

func (b *book) handleHandover(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "OfferHandover", Title: "Offer a batch to market regulation", TitleZh: "产地准出", Record: handoverType, Creates: true, ID: "batchId", Roles: holders,
		Refusals: []string{NotOperator, SubjectInactive, NotHolder, BatchHeld, BatchRecalled, RecallSpreading, CertificateNeeded},
		Doc:      "With the certificates that its category needs.",
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZM4101220001","market":"ZZ4101050002"}`),
	}, b.offerHandover)
	ledger.Handle(c, catalog.Operation{
		Name: "AcceptHandover", Title: "Accept a batch to the market", TitleZh: "市场准入", Record: handoverType, Verb: "accept", ID: "batchId", Roles: []string{RoleMarket},
		Refusals: []string{BatchHeld, BatchRecalled, RecallSpreading, CertificateNeeded},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","opinion":"证票齐全，准予入市"}`),
	}, b.acceptHandover)
	ledger.Handle(c, catalog.Operation{
		Name: "RefuseHandover", Title: "Refuse a batch to the market", TitleZh: "不予准入", Record: handoverType, Verb: "refuse", ID: "batchId", Roles: []string{RoleMarket},
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","opinion":"标签不全，补正后再报"}`),
	}, func(c *ledger.Call, in *decideHandoverInput) error {
		h, err := b.handovers.OpenAny(c, in.BatchID)
		if err != nil {
			return err
		}
		h.Body.Opinion = in.Opinion
		return h.Move(c, Refused)
	})
}

func (b *book) offerHandover(c *ledger.Call, in *offerHandoverInput) error {
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	if _, err := b.activeSubject(c, in.Market); err != nil {
		return err
	}
	e, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return err
	}
	if e.Body.Holder != in.Subject {
		return ledger.Refuse(NotHolder, "the batch %s is held by %s, not by %s", e.ID, e.Body.Holder, in.Subject)
	}
	if err := b.marketable(c, e); err != nil {
		return err
	}
	body := Handover{Subject: in.Subject, Market: in.Market, QuarantineNo: e.Body.QuarantineNo, ComplianceNo: e.Body.ComplianceNo, LastTest: e.Body.LastTest}
	h, err := b.handovers.Find(c, in.BatchID)
	if err != nil {
		return err
	}
	if h == nil {
		_, err = b.handovers.Create(c, in.BatchID, Offered, body)
		return err
	}
	h.Body = body
	return h.Move(c, Offered)
}

// marketable is what a batch must be both when it is offered to the market and
// when it is accepted.
func (b *book) marketable(c *ledger.Call, e *ledger.Entity[Batch]) error {
	if err := b.usable(c, e); err != nil {
		return err
	}
	if lack := lacking(e); lack != "" {
		return ledger.Refuse(CertificateNeeded, "the batch %s is %s and lacks its %s", e.ID, e.Body.Category, lack)
	}
	return nil
}

func (b *book) acceptHandover(c *ledger.Call, in *decideHandoverInput) error {
	h, err := b.handovers.OpenAny(c, in.BatchID)
	if err != nil {
		return err
	}
	e, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return err
	}
	if err := b.marketable(c, e); err != nil {
		return err
	}
	e.Body.Regime = Market
	if err := e.Keep(c); err != nil {
		return err
	}
	h.Body.Opinion = in.Opinion
	return h.Move(c, Accepted)
}
