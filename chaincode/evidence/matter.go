package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	matterType  = "matter"
	matterOpen  = "OPEN"
	matterDone  = "CLOSED"
	maxEvidence = 200 // of one matter: the record names each
)

// Matter is one business event whose phases are evidenced one after the other
// (存证事务), such as an electronic contract from identity check to payment.
type Matter struct {
	Title        string   `json:"title" is:"maxLen=128" zh:"事务名称" doc:"What happens, without names"`
	Phases       []string `json:"phases" is:"minItems=1,maxItems=100,maxLen=64" zh:"阶段名称" doc:"In their order; phaseNo counts them from 1"`
	CurrentPhase int64    `json:"currentPhase,omitempty" is:"min=1,max=100" zh:"当前阶段"`
	Evidence     []Phase  `json:"evidence,omitempty" is:"maxItems=200" zh:"各阶段存证"`
}

// Phase is one piece of evidence in its phase.
type Phase struct {
	PhaseNo    int64  `json:"phaseNo" is:"min=1,max=100" zh:"阶段序号"`
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
}

type openMatterInput struct {
	TransactionID string   `json:"transactionId" is:"pattern=^[0-9A-Za-z-]{8,64}$" zh:"存证事务编号" eg:"HT-2026-00001873"`
	Title         string   `json:"title" is:"maxLen=128" zh:"事务名称" doc:"What happens, without names"`
	Phases        []string `json:"phases" is:"minItems=1,maxItems=100,maxLen=64" zh:"阶段名称" doc:"In their order; phaseNo counts them from 1"`
}

type closeMatterInput struct {
	TransactionID string `json:"transactionId" is:"maxLen=64" zh:"存证事务编号"`
}

func (b *book) defineMatters(c *ledger.Contract) {
	b.matters = ledger.Define[Matter](c, catalog.Record{
		Type: matterType, Collection: "matters", Title: "evidence transaction", TitleZh: "存证事务",
		Doc:         "One business event whose phases are evidenced one after the other, without gaps.",
		Statuses:    []catalog.Status{{Code: matterOpen, TitleZh: "进行中"}, {Code: matterDone, TitleZh: "已完成", Doc: "Every phase has its evidence."}},
		Transitions: ledger.Table(ledger.Steps("OpenMatter", matterOpen, ""), ledger.Stay("Deposit", matterOpen), ledger.Stay("Collect", matterOpen), ledger.Steps("CloseMatter", matterDone, matterOpen)),
		Search:      []catalog.SearchField{{Field: "title", Kind: "text"}, {Field: "evidence[].evidenceId", Kind: "keyword"}},
	})
}

func (b *book) handleMatters(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "OpenMatter", Title: "Open an evidence transaction", TitleZh: "发起存证事务", Record: matterType, Creates: true, ID: "transactionId", Roles: depositing,
		Doc:     "Announces a business event and its phases; deposits then name it and their phase.",
		Example: json.RawMessage(`{"transactionId":"HT-2026-00001873","title":"电子合同签署","phases":["身份核验","合同签署","合同履行"]}`),
	}, func(c *ledger.Call, in *openMatterInput) error {
		_, err := b.matters.Create(c, in.TransactionID, matterOpen, Matter{Title: in.Title, Phases: in.Phases})
		return err
	})
	ledger.Handle(c, catalog.Operation{
		Name: "CloseMatter", Title: "Close an evidence transaction", TitleZh: "办结存证事务", Record: matterType, Verb: "close", ID: "transactionId", Roles: depositing,
		Refusals: []string{PhasesIncomplete}, Doc: "After the last phase has its evidence.",
		Example: json.RawMessage(`{"transactionId":"HT-2026-00001873"}`),
	}, b.closeMatter)
}

// enterPhase enters evidence in its phase of a transaction, where it names one.
func (b *book) enterPhase(c *ledger.Call, transactionID string, phase int64, evidenceID string) error {
	if transactionID == "" {
		if phase != 0 {
			return ledger.RefuseField(PhaseOutOfOrder, "transactionId", "a phase is one of a transaction: name it, or leave phaseNo out")
		}
		return nil
	}
	m, err := b.matters.Load(c, transactionID)
	if err != nil {
		return err
	}
	if err := m.OwnedBy(c); err != nil {
		return err
	}
	current := m.Body.CurrentPhase
	switch last := int64(len(m.Body.Phases)); {
	case phase != max(current, 1) && phase != current+1:
		return ledger.RefuseField(PhaseOutOfOrder, "phaseNo", "the transaction %s is in phase %d of %d: the next evidence is of phase %d or %d, not %d", m.ID, current, last, max(current, 1), current+1, phase)
	case phase > last:
		return ledger.RefuseField(PhaseOutOfOrder, "phaseNo", "the transaction %s has %d phases", m.ID, last)
	case len(m.Body.Evidence) >= maxEvidence:
		return ledger.Refuse(MatterFull, "the transaction %s holds %d pieces of evidence, and no more: close it and open another", m.ID, maxEvidence)
	}
	m.Body.CurrentPhase = phase
	m.Body.Evidence = append(m.Body.Evidence, Phase{phase, evidenceID})
	return m.Keep(c)
}

func (b *book) closeMatter(c *ledger.Call, in *closeMatterInput) error {
	m, err := b.matters.Open(c, in.TransactionID)
	if err != nil {
		return err
	}
	if last := int64(len(m.Body.Phases)); m.Body.CurrentPhase != last {
		return ledger.Refuse(PhasesIncomplete, "the transaction %s is in phase %d of %d; it closes after the last", m.ID, m.Body.CurrentPhase, last)
	}
	return m.Move(c, matterDone)
}
