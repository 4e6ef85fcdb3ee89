package agritrace

import (
	"encoding/json"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type holdInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Reason  string `json:"reason" is:"maxLen=512" zh:"原因"`
}

type resumeInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string `json:"subject" is:"maxLen=32" zh:"主体码"`
}

type destroyInput struct {
	BatchID      string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject      string `json:"subject" is:"maxLen=32" zh:"主体码"`
	Method       string `json:"method" is:"maxLen=128" zh:"处置方式" doc:"无害化处理, 销毁 and the like"`
	EvidenceHash string `json:"evidenceHash" is:"sm3" zh:"处置记录摘要" doc:"SM3 of the record of the disposal"`
}

func (i *resumeInput) Reads() []string  { return subjectKeys(i.Subject) }
func (i *destroyInput) Reads() []string { return subjectKeys(i.Subject) }

func (b *book) handleHold(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Hold", Title: "Hold a batch", TitleZh: "暂控", Record: batchType, Verb: "hold", ID: "batchId", Roles: regulators,
		Doc:     "Either authority may hold a batch, whoever supervises it: what is doubtful stops first.",
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","reason":"投诉核查"}`),
	}, func(c *ledger.Call, in *holdInput) error {
		e, err := b.batches.OpenAny(c, in.BatchID)
		if err != nil {
			return err
		}
		return holdBatch(c, e, in.Reason)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "Release", Title: "Release a held batch", TitleZh: "解除暂控", Record: batchType, Verb: "release", ID: "batchId", Roles: regulators,
		Refusals: []string{NotCompetent, RetestNeeded}, Doc: "By the authority that supervises the batch, and not while a failed item has not passed a retest.",
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","reason":"核查完毕"}`),
	}, b.release)
	ledger.Handle(c, catalog.Operation{
		Name: "Resume", Title: "Take a released batch up again", TitleZh: "恢复流转", Record: batchType, Verb: "resume", ID: "batchId", Roles: holders,
		Refusals: []string{NotHolder, NotOperator, SubjectInactive},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZM4101220001"}`),
	}, b.resume)
	ledger.Handle(c, catalog.Operation{
		Name: "Destroy", Title: "Destroy a held or recalled batch", TitleZh: "无害化处置", Record: batchType, Verb: "destroy", ID: "batchId", Roles: holders,
		Refusals: []string{NotHolder, NotOperator, SubjectInactive, ShipmentInvalid},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260302-02","subject":"ZM4101220001","method":"高温化制","evidenceHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.destroy)
}

// holdBatch stops a batch where it is; one that is stopped already keeps what
// it is.
func holdBatch(c *ledger.Call, e *ledger.Entity[Batch], reason string) error {
	if e.Status == Recalled || e.Status == Destroyed {
		return e.Keep(c)
	}
	e.Body.HoldReason = reason
	if e.Status == Held {
		return e.Keep(c)
	}
	if e.Status != Released {
		e.Body.HeldFrom = e.Status
	}
	return e.Move(c, Held)
}

func (b *book) release(c *ledger.Call, in *holdInput) error {
	e, err := b.batches.OpenAny(c, in.BatchID)
	if err != nil {
		return err
	}
	competent := map[string]string{Agriculture: RoleAgriculture, Market: RoleMarket}[e.Body.Regime]
	if !c.Caller().Has(competent) {
		return ledger.Refuse(NotCompetent, "the batch %s is under %s: releasing it needs the role %s", e.ID, e.Body.Regime, competent)
	}
	if len(e.Body.FailedItems) > 0 {
		return ledger.Refuse(RetestNeeded, "the batch %s failed %s and must pass a retest of that first", e.ID, strings.Join(e.Body.FailedItems, ", "))
	}
	e.Body.HoldReason = in.Reason
	return e.Move(c, Released)
}

func (b *book) resume(c *ledger.Call, in *resumeInput) error {
	e, err := b.custodian(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	to := e.Body.HeldFrom
	e.Body.HeldFrom, e.Body.HoldReason = "", ""
	return e.Move(c, to)
}

// custodian opens a batch for its holder even where it is held or recalled.
func (b *book) custodian(c *ledger.Call, id, subject string) (*ledger.Entity[Batch], error) {
	if _, err := b.acting(c, subject); err != nil {
		return nil, err
	}
	e, err := b.batches.OpenAny(c, id)
	if err != nil {
		return nil, err
	}
	if e.Body.Holder != subject {
		return nil, ledger.Refuse(NotHolder, "the batch %s is held by %s, not by %s", id, e.Body.Holder, subject)
	}
	return e, nil
}

func (b *book) destroy(c *ledger.Call, in *destroyInput) error {
	e, err := b.custodian(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if e.Body.ShippedFrom != "" {
		return ledger.Refuse(ShipmentInvalid, "the batch %s is on its way: its receiver takes it in or rejects it first", e.ID)
	}
	e.Body.DestroyedGram += e.Body.RemainingGram
	e.Body.RemainingGram, e.Body.CodedGram = 0, 0
	if e.Body.RecallOpen {
		e.Body.RecallOpen = false
		if err := b.disposed(c, e.Body.RecallID); err != nil {
			return err
		}
	}
	e.Body.Disposal, e.Body.DisposalHash = in.Method, in.EvidenceHash
	return e.Move(c, Destroyed)
}
