package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type handOverInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	To         string `json:"to" is:"uscc" zh:"接收人" doc:"USCC of the department that will hold it"`
	ToOrg      string `json:"toOrg,omitempty" is:"maxLen=64" zh:"接收人所属组织" doc:"The organisation (MSP) whose certificate the receiver holds; the caller's where it is left out"`
	Action     string `json:"action" is:"enum=TRANSFER|CONSIGN|RETURN" zh:"行为" doc:"移交, 送检或送存, 返还"`
	Reason     string `json:"reason" is:"maxLen=128" zh:"事由" doc:"Why, without names"`
	HashBefore string `json:"hashBefore" is:"sm3" zh:"移交前摘要" doc:"It must be the digest after the last act"`
	Signed
}

type receiveInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	HashAfter  string `json:"hashAfter" is:"sm3" zh:"接收后摘要" doc:"The digest of what was received. Another one than before is recorded as a mismatch"`
}

type cancelHandoverInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Reason     string `json:"reason" is:"maxLen=128" zh:"事由" doc:"Why, without names; it stays in the transaction"`
}

type recordCustodyInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Action     string `json:"action" is:"enum=COPY|EXAMINE|STORE|CONVERT" zh:"行为" doc:"复制, 检验, 入库, 格式转换; only a conversion explains another digest"`
	Reason     string `json:"reason" is:"maxLen=128" zh:"事由" doc:"Why, without names"`
	HashBefore string `json:"hashBefore" is:"sm3" zh:"行为前摘要" doc:"It must be the digest after the last act"`
	HashAfter  string `json:"hashAfter" is:"sm3" zh:"行为后摘要"`
	Signed
}

func (b *book) defineCustody(c *ledger.Contract) {
	b.custody = ledger.Define[CustodyEntry](c, catalog.Record{
		Type: custodyType, Collection: "custody-entries", Title: "custody entry", TitleZh: "保管环节",
		Doc:         "One link of the chain of custody: gap-free, from the last holder, with the digest after the last act, bound to the entry before by its digest.",
		Statuses:    []catalog.Status{{Code: recorded, TitleZh: "已记录", Doc: "Written once."}},
		Transitions: ledger.Table(ledger.Steps("Receive", recorded, ""), ledger.Steps("RecordCustody", recorded, "")),
		Search:      []catalog.SearchField{{Field: "evidenceId", Kind: "keyword"}, {Field: "from", Kind: "keyword"}, {Field: "to", Kind: "keyword"}},
		HashFields:  []string{"hashAfter"}, Veil: withEvidence,
	})
}

func (b *book) handleCustody(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "HandOver", Title: "Hand evidence over", TitleZh: "移交", Record: recordType, Verb: "hand-over", ID: "evidenceId",
		Roles: custodians, Refusals: []string{NotCustodian, HandoverPending, HandoverInvalid, CustodyHashBroken, ledger.SignatureInvalid},
		Doc:     "The holder names who receives it. The holder stays responsible until the receiver has it.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","to":"92410302MA9YTT0284","action":"TRANSFER","reason":"移送审查起诉","hashBefore":"` + exampleHash + `"}`),
	}, b.handOver)
	ledger.Handle(c, catalog.Operation{
		Name: "Receive", Title: "Receive evidence", TitleZh: "接收", Record: recordType, Verb: "receive", ID: "evidenceId",
		Roles: custodians, Refusals: []string{NotReceiver, HandoverMissing}, Doc: "The receiver digests what it got; from then on it holds the evidence.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","hashAfter":"` + exampleHash + `"}`),
	}, b.receive)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelHandover", Title: "Take back or decline a handover", TitleZh: "撤回或拒收", Record: recordType, Verb: "cancel-handover", ID: "evidenceId",
		Roles: custodians, Refusals: []string{NotReceiver, HandoverMissing}, Doc: "By either side. The holder stays who it was.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","reason":"接收单位有误"}`),
	}, b.cancelHandover)
	ledger.Handle(c, catalog.Operation{
		Name: "RecordCustody", Title: "Record an act of custody", TitleZh: "记录保管行为", Record: recordType, Verb: "record-custody", ID: "evidenceId",
		Roles: custodians, Refusals: []string{NotCustodian, HandoverPending, CustodyHashBroken, ledger.SignatureInvalid},
		Doc:     "What the holder does with the data. A digest that changed without a conversion is recorded as a mismatch and stands in the way of admission.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","action":"COPY","reason":"制作镜像","hashBefore":"` + exampleHash + `","hashAfter":"` + exampleHash + `"}`),
	}, b.recordCustody)
}

func (b *book) handOver(c *ledger.Call, in *handOverInput) error {
	e, chain, err := b.openForHolder(c, in.EvidenceID, in.HashBefore)
	if err != nil {
		return err
	}
	to := Department{in.ToOrg, in.To}
	if to.Org == "" {
		to.Org = c.Caller().MSP
	}
	if to.isCaller(c) {
		return ledger.RefuseField(HandoverInvalid, "to", "the department %s holds the evidence already", in.To)
	}
	if err := checkSigned(c, &in.Signed, custodyStatement(e.ID, chain.Seq+1, chain.Holder.Dept, in.To, in.Action, in.HashBefore)); err != nil {
		return err
	}
	chain.Pending = &Handover{To: to, Action: in.Action, Reason: in.Reason, Signed: in.Signed}
	return e.Keep(c)
}

// openHandover opens evidence that is on its way.
func (b *book) openHandover(c *ledger.Call, id string) (*ledger.Entity[Evidence], *Custody, error) {
	e, err := b.evidences.OpenAny(c, id)
	if err != nil {
		return nil, nil, err
	}
	chain := chain(e)
	if chain.Pending == nil {
		return nil, nil, ledger.Refuse(HandoverMissing, "the evidence %s has not been handed over: its holder %s does that first", e.ID, chain.Holder.Dept)
	}
	return e, chain, nil
}

func (b *book) receive(c *ledger.Call, in *receiveInput) error {
	e, chain, err := b.openHandover(c, in.EvidenceID)
	if err != nil {
		return err
	}
	p := chain.Pending
	if !p.To.isCaller(c) {
		return ledger.Refuse(NotReceiver, "the evidence %s was handed over to the department %s", e.ID, p.To.Dept)
	}
	return b.link(c, e, p.To, CustodyEntry{Action: p.Action, Reason: p.Reason, HashAfter: in.HashAfter, Signed: p.Signed})
}

func (b *book) cancelHandover(c *ledger.Call, in *cancelHandoverInput) error {
	e, chain, err := b.openHandover(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if !chain.Holder.isCaller(c) && !chain.Pending.To.isCaller(c) {
		return ledger.Refuse(NotReceiver, "only %s, which handed the evidence %s over, and %s, which is to receive it, can cancel that", chain.Holder.Dept, e.ID, chain.Pending.To.Dept)
	}
	chain.Pending = nil
	if chain.Seq == 0 {
		e.Body.Custody = nil
	}
	return e.Keep(c)
}

func (b *book) recordCustody(c *ledger.Call, in *recordCustodyInput) error {
	e, chain, err := b.openForHolder(c, in.EvidenceID, in.HashBefore)
	if err != nil {
		return err
	}
	self := chain.Holder
	if err := checkSigned(c, &in.Signed, custodyStatement(e.ID, chain.Seq+1, self.Dept, self.Dept, in.Action, in.HashBefore)); err != nil {
		return err
	}
	return b.link(c, e, self, CustodyEntry{Action: in.Action, Reason: in.Reason, HashAfter: in.HashAfter, Signed: in.Signed})
}
