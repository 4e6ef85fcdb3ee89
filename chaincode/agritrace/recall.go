package agritrace

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	recallType = "recall"
	recallsKey = "recalls"
)

// openRecallsKey counts the recalls that are still being spread.
var openRecallsKey = ledger.GuardKey(recallsKey, "open")

// Statuses of a recall.
const (
	Spreading = "SPREADING"
	Reached   = "REACHED"
	Closed    = "CLOSED"
)

// Recall takes a batch and everything made of it off the market (召回).
//
// A recall marks batches, so that a sale has to look at nothing but its own
// batch. It spreads in steps of bounded size: the frontier is what is still to
// be visited. While any recall is spreading, every step that moves or sells
// goods looks through the batch's ancestors as well (ancestorsClear), so that
// no descendant slips through before the mark arrives. Nothing new can be made
// of a marked batch, and what is made meanwhile of one that is not marked yet
// is among its uses when the recall comes to it.
type Recall struct {
	BatchID     string   `json:"batchId" is:"maxLen=65" zh:"召回批次"`
	Class       string   `json:"class" is:"enum=1|2|3" zh:"召回级别" doc:"一级, 二级, 三级"`
	Ordered     bool     `json:"ordered" zh:"责令召回" doc:"Ordered by an authority, or of the producer's own accord"`
	Reason      string   `json:"reason" is:"maxLen=512" zh:"召回原因"`
	StartBy     string   `json:"startBy" is:"timestamp" zh:"启动期限"`
	WorkingDays int64    `json:"workingDays" is:"min=1" zh:"完成期限（工作日）"`
	Reached     int64    `json:"reached" is:"min=0" zh:"已触达批次数"`
	Outstanding int64    `json:"outstanding" is:"min=0" zh:"待处置批次数" doc:"Batches that had goods left and are not destroyed yet"`
	Frontier    []string `json:"frontier,omitempty" is:"maxLen=65" zh:"待扩散转化编号"`
	ReachedAt   string   `json:"reachedAt,omitempty" is:"timestamp" zh:"扩散完成时间"`
	Report      string   `json:"report,omitempty" is:"maxLen=512" zh:"处置总结"`
}

type startRecallInput struct {
	RecallID string `json:"recallId" is:"pattern=^[0-9A-Za-z-]{4,64}$" zh:"召回编号"`
	BatchID  string `json:"batchId" is:"maxLen=65" zh:"召回批次"`
	Class    string `json:"class" is:"enum=1|2|3" zh:"召回级别"`
	Reason   string `json:"reason" is:"maxLen=512" zh:"召回原因"`
}

type continueRecallInput struct {
	RecallID string `json:"recallId" is:"maxLen=64" zh:"召回编号"`
}

type closeRecallInput struct {
	RecallID string `json:"recallId" is:"maxLen=64" zh:"召回编号"`
	Report   string `json:"report" is:"maxLen=512" zh:"处置总结"`
}

func (i *startRecallInput) Reads() []string {
	return []string{ledger.Key(batchType, i.BatchID), openRecallsKey}
}

func (b *book) defineRecall(c *ledger.Contract) {
	b.recalls = ledger.Define[Recall](c, catalog.Record{
		Type: recallType, Collection: "recalls", Title: "recall", TitleZh: "召回",
		Doc: "Reaches a batch and everything made of it, in steps; sales of what it has not marked yet are stopped by a look at the ancestors meanwhile.",
		Statuses: []catalog.Status{
			{Code: Spreading, TitleZh: "扩散中", Doc: "ContinueRecall marks the next batches, until none is left."},
			{Code: Reached, TitleZh: "已全部触达"}, {Code: Closed, TitleZh: "已完成"},
		},
		Transitions: ledger.Table(
			ledger.Steps("StartRecall", Spreading, ""), ledger.Steps("StartRecall", Reached, ""),
			ledger.Stay("ContinueRecall", Spreading), ledger.Steps("ContinueRecall", Reached, Spreading),
			ledger.Stay("Destroy", Spreading, Reached),
			ledger.Steps("CloseRecall", Closed, Reached),
		),
		Search: []catalog.SearchField{{Field: "batchId", Kind: "keyword"}, {Field: "class", Kind: "keyword"}, {Field: "outstanding", Kind: "number"}},
	})
}

func (b *book) handleRecall(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "StartRecall", Title: "Recall a batch and everything made of it", TitleZh: "启动召回", Record: recallType, Creates: true, ID: "recallId", Lane: "batchId",
		Roles: []string{RoleAgriculture, RoleMarket, RoleProducer, RoleProcessor, RoleTrader}, Refusals: []string{NotOperator, SubjectInactive, BatchRecalled},
		Doc:     "By an authority, or by the batch's own producer. Marks the first descendants at once; ContinueRecall the others.",
		Example: json.RawMessage(`{"recallId":"ZH-2026-0001","batchId":"ZM4101220001.20260301-01","class":"1","reason":"监督抽检农药残留超标"}`),
	}, b.startRecall)
	ledger.Handle(c, catalog.Operation{
		Name: "ContinueRecall", Title: "Spread a recall further", TitleZh: "继续扩散召回", Record: recallType, Verb: "continue", ID: "recallId",
		Roles: []string{ledger.AnyRole}, Doc: "Anybody may: it can only make the recall reach what it has to reach.",
		Example: json.RawMessage(`{"recallId":"ZH-2026-0001"}`),
	}, b.continueRecall)
	ledger.Handle(c, catalog.Operation{
		Name: "CloseRecall", Title: "Close a recall", TitleZh: "完成召回", Record: recallType, Verb: "close", ID: "recallId", Roles: regulators,
		Refusals: []string{RecallUnfinished}, Doc: "Once everything that it reached is destroyed.",
		Example: json.RawMessage(`{"recallId":"ZH-2026-0001","report":"全部下架并无害化处理"}`),
	}, b.closeRecall)
}

func (b *book) startRecall(c *ledger.Call, in *startRecallInput) error {
	e, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return err
	}
	ordered := c.Caller().Has(RoleAgriculture) || c.Caller().Has(RoleMarket)
	if !ordered {
		if _, err := b.acting(c, e.Body.Producer); err != nil {
			return err
		}
	}
	if e.Body.RecallID != "" {
		return ledger.Refuse(BatchRecalled, "the batch %s is recalled by %s already", e.ID, e.Body.RecallID)
	}
	rule := recallRules[in.Class]
	body := Recall{
		BatchID: in.BatchID, Class: in.Class, Ordered: ordered, Reason: in.Reason,
		StartBy: c.Now().Add(time.Duration(rule.startHours) * time.Hour).Format(time.RFC3339), WorkingDays: int64(rule.workingDays),
	}
	if err := body.mark(c, in.RecallID, e); err != nil {
		return err
	}
	if err := b.spread(c, in.RecallID, &body); err != nil {
		return err
	}
	if len(body.Frontier) == 0 {
		body.ReachedAt = c.Timestamp()
		_, err = b.recalls.Create(c, in.RecallID, Reached, body)
		return err
	}
	if err := countOpen(c, 1); err != nil {
		return err
	}
	_, err = b.recalls.Create(c, in.RecallID, Spreading, body)
	return err
}

func (b *book) continueRecall(c *ledger.Call, in *continueRecallInput) error {
	r, err := b.recalls.OpenAny(c, in.RecallID)
	if err != nil {
		return err
	}
	if err := b.spread(c, r.ID, &r.Body); err != nil {
		return err
	}
	if len(r.Body.Frontier) > 0 {
		return r.Keep(c)
	}
	if err := countOpen(c, -1); err != nil {
		return err
	}
	r.Body.ReachedAt = c.Timestamp()
	return r.Move(c, Reached)
}

func countOpen(c *ledger.Call, by int) error {
	text, err := c.Guard(recallsKey, "open")
	if err != nil {
		return err
	}
	n := 0
	if text != "" {
		if n, err = strconv.Atoi(text); err != nil {
			return err
		}
	}
	if n += by; n <= 0 {
		c.SetGuard(recallsKey, "open", "")
	} else {
		c.SetGuard(recallsKey, "open", strconv.Itoa(n))
	}
	return nil
}

// spread visits the outputs of the transformations on the frontier and marks
// them, as many as one step may. The frontier is a stack: it stays about as
// long as the way down is deep.
func (b *book) spread(c *ledger.Call, id string, r *Recall) error {
	for budget := spreadPerStep; budget > 0 && len(r.Frontier) > 0; {
		last := len(r.Frontier) - 1
		t, err := b.transformations.Load(c, r.Frontier[last])
		if err != nil {
			return err
		}
		if len(t.Body.Outputs) > budget && budget < spreadPerStep {
			return nil // the next step begins with it
		}
		r.Frontier = r.Frontier[:last]
		ids := make([]string, len(t.Body.Outputs))
		for n, o := range t.Body.Outputs {
			ids[n] = o.BatchID
		}
		made, err := b.batches.LoadAll(c, ids)
		if err != nil {
			return err
		}
		for _, e := range made {
			budget--
			if e.Body.RecallID != "" {
				continue // marked: what is made of it is that recall's to mark
			}
			if err := r.mark(c, id, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// mark puts a batch under the recall, and what it went into on the frontier.
func (r *Recall) mark(c *ledger.Call, id string, e *ledger.Entity[Batch]) error {
	r.Reached++
	for _, use := range slices.Backward(e.Body.Uses) {
		if !slices.Contains(r.Frontier, use) {
			r.Frontier = append(r.Frontier, use)
		}
	}
	e.Body.RecallID = id
	if e.Status == Destroyed {
		return e.Keep(c)
	}
	if e.Body.RemainingGram > 0 {
		e.Body.RecallOpen = true
		r.Outstanding++
	}
	return e.Move(c, Recalled)
}

// disposed counts a recalled batch as destroyed.
func (b *book) disposed(c *ledger.Call, recallID string) error {
	r, err := b.recalls.Load(c, recallID)
	if err != nil {
		return err
	}
	r.Body.Outstanding--
	return r.Keep(c)
}

func (b *book) closeRecall(c *ledger.Call, in *closeRecallInput) error {
	r, err := b.recalls.OpenAny(c, in.RecallID)
	if err != nil {
		return err
	}
	if r.Body.Outstanding > 0 {
		return ledger.Refuse(RecallUnfinished, "%d batches of the recall %s still have goods that are not destroyed", r.Body.Outstanding, r.ID)
	}
	r.Body.Report = in.Report
	return r.Move(c, Closed)
}

// ancestorsClear refuses a batch that was made of recalled goods and that the
// recall has not marked yet. Where no recall is spreading, the batch's own
// mark says all.
func (b *book) ancestorsClear(c *ledger.Call, e *ledger.Entity[Batch]) error {
	open, err := c.Guard(recallsKey, "open")
	if err != nil || open == "" {
		return err
	}
	recall := ""
	complete, err := b.walk(c, e, parentsOf, maxAncestors, func(a *ledger.Entity[Batch], _ int) bool {
		recall = a.Body.RecallID
		return recall == ""
	})
	switch {
	case err != nil:
		return err
	case recall != "":
		return ledger.Refuse(BatchRecalled, "the batch %s was made of goods that the recall %s is about", e.ID, recall)
	case !complete:
		return ledger.Refuse(RecallSpreading, "%s recall(s) are being spread and the batch %s has more than %d ancestors: try again when they are spread (ContinueRecall)", open, e.ID, maxAncestors)
	}
	return nil
}
