package agritrace

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type traceInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Limit   int64  `json:"limit,omitempty" is:"min=1,max=500" zh:"最多批次数" doc:"100 where nothing is given"`
}

// node is one batch of a trace.
type node struct {
	BatchID       string   `json:"batchId" zh:"批次编号"`
	Depth         int64    `json:"depth" zh:"层级" doc:"Transformations between it and the batch that was asked for"`
	Status        string   `json:"status" zh:"状态"`
	ProductName   string   `json:"productName" zh:"产品名称"`
	Producer      string   `json:"producer" zh:"生产主体码"`
	Holder        string   `json:"holder" zh:"持有主体码"`
	Origin        string   `json:"origin,omitempty" zh:"产地"`
	QtyGram       int64    `json:"qtyGram" zh:"数量（克）"`
	RemainingGram int64    `json:"remainingGram" zh:"余量（克）"`
	SoldGram      int64    `json:"soldGram" zh:"已售（克）"`
	MadeBy        string   `json:"madeBy,omitempty" zh:"来源转化编号"`
	Parents       []string `json:"parents,omitempty" is:"maxItems=50" zh:"父批次"`
	RecallID      string   `json:"recallId,omitempty" zh:"召回编号"`
}

// trace is the answer to both trace queries.
type trace struct {
	BatchID       string `json:"batchId" zh:"批次编号"`
	Nodes         []node `json:"nodes" is:"maxItems=501" zh:"批次" doc:"The batch itself and what was reached, nearest first"`
	Complete      bool   `json:"complete" zh:"是否完整" doc:"False where there are more batches than the limit"`
	Count         int64  `json:"count" zh:"批次数"`
	RemainingGram int64  `json:"remainingGram" zh:"余量合计（克）"`
	SoldGram      int64  `json:"soldGram" zh:"已售合计（克）"`
	Recalled      int64  `json:"recalled" zh:"已召回批次数"`
	OnTheMove     int64  `json:"onTheMove" zh:"在途批次数"`
}

func (b *book) answerTrace(c *ledger.Contract) {
	for _, q := range []struct {
		name, path, title, zh, doc string
		next                       direction
	}{
		{"ForwardTrace", "forward-trace", "What became of a batch", "正向追溯（去向）", "Everything that was made of the batch: what a recall of it has to reach, with how much is left and sold.", childrenOf},
		{"BackwardTrace", "backward-trace", "What a batch was made of", "反向追溯（来源）", "Every batch that went into it, back to the fields.", parentsOf},
	} {
		ledger.Answer(c, catalog.Query{
			Name: q.name, Title: q.title, TitleZh: q.zh, Doc: q.doc, Path: q.path, Roles: []string{ledger.AnyRole}, Example: json.RawMessage(`{"batchId":"ZM4101220001.20260301-01"}`),
		}, func(c *ledger.Call, in *traceInput) (*trace, error) { return b.trace(c, in, q.next) })
	}
}

func (b *book) trace(c *ledger.Call, in *traceInput, next direction) (*trace, error) {
	start, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return nil, err
	}
	limit := int(in.Limit)
	if limit == 0 {
		limit = 100
	}
	t := &trace{BatchID: in.BatchID, Nodes: []node{}}
	t.add(start, 0)
	t.Complete, err = b.walk(c, start, next, min(limit, traceLimit), func(e *ledger.Entity[Batch], depth int) bool {
		t.add(e, depth)
		return true
	})
	return t, err
}

func (t *trace) add(e *ledger.Entity[Batch], depth int) {
	n := node{
		BatchID: e.ID, Depth: int64(depth), Status: e.Status, ProductName: e.Body.ProductName, Producer: e.Body.Producer, Holder: e.Body.Holder, Origin: e.Body.Origin,
		QtyGram: e.Body.QtyGram, RemainingGram: e.Body.RemainingGram, SoldGram: e.Body.SoldGram, MadeBy: e.Body.MadeBy, RecallID: e.Body.RecallID,
	}
	for _, p := range e.Body.Parents {
		n.Parents = append(n.Parents, p.BatchID)
	}
	t.Nodes = append(t.Nodes, n)
	t.Count++
	t.RemainingGram += e.Body.RemainingGram
	t.SoldGram += e.Body.SoldGram
	if e.Body.RecallID != "" {
		t.Recalled++
	}
	if e.Body.ShippedFrom != "" {
		t.OnTheMove++
	}
}

type balanceInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
}

// step is one transformation's balance.
type step struct {
	TransformID    string `json:"transformId" zh:"转化编号"`
	Kind           string `json:"kind" zh:"转化类型"`
	InGram         int64  `json:"inGram" zh:"投入（克）"`
	OutGram        int64  `json:"outGram" zh:"产出（克）"`
	LossGram       int64  `json:"lossGram" zh:"损耗（克）"`
	DifferenceGram int64  `json:"differenceGram" zh:"差额（克）"`
}

// balance is where a batch's mass is, and the balance of every transformation
// that it came from or went into.
type balance struct {
	BatchID        string `json:"batchId" zh:"批次编号"`
	QtyGram        int64  `json:"qtyGram" zh:"数量（克）"`
	RemainingGram  int64  `json:"remainingGram" zh:"余量（克）"`
	UsedGram       int64  `json:"usedGram" zh:"转化（克）"`
	SoldGram       int64  `json:"soldGram" zh:"销售（克）"`
	LostGram       int64  `json:"lostGram" zh:"损耗（克）"`
	DestroyedGram  int64  `json:"destroyedGram" zh:"销毁（克）"`
	DifferenceGram int64  `json:"differenceGram" zh:"差额（克）"`
	Made           []step `json:"made" is:"maxItems=1" zh:"来源转化"`
	Uses           []step `json:"uses" is:"maxItems=200" zh:"去向转化"`
	Balanced       bool   `json:"balanced" zh:"是否平衡"`
}

func (b *book) answerBalance(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "MassBalance", Title: "Where a batch's mass is", TitleZh: "物料平衡", Path: "mass-balance", Roles: []string{ledger.AnyRole},
		Doc:     "Quantity = remaining + used + sold + lost + destroyed; and of each transformation, input = outputs + loss.",
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260301-01"}`),
	}, b.massBalance)
}

func (b *book) massBalance(c *ledger.Call, in *balanceInput) (*balance, error) {
	e, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return nil, err
	}
	a := &balance{
		BatchID: e.ID, QtyGram: e.Body.QtyGram, RemainingGram: e.Body.RemainingGram, UsedGram: e.Body.UsedGram, SoldGram: e.Body.SoldGram,
		LostGram: e.Body.LostGram, DestroyedGram: e.Body.DestroyedGram, Made: []step{}, Uses: []step{}, Balanced: true,
	}
	a.DifferenceGram = a.QtyGram - a.RemainingGram - a.UsedGram - a.SoldGram - a.LostGram - a.DestroyedGram
	a.Balanced = a.DifferenceGram == 0
	if e.Body.MadeBy != "" {
		if a.Made, err = b.steps(c, a, e.Body.MadeBy); err != nil {
			return nil, err
		}
	}
	a.Uses, err = b.steps(c, a, e.Body.Uses...)
	return a, err
}

func (b *book) steps(c *ledger.Call, a *balance, ids ...string) ([]step, error) {
	all, err := b.transformations.LoadAll(c, ids)
	if err != nil {
		return nil, err
	}
	steps := make([]step, len(ids))
	for n, t := range all {
		s := step{TransformID: t.ID, Kind: t.Body.Kind, LossGram: t.Body.LossGram}
		for _, p := range t.Body.Inputs {
			s.InGram += p.QtyGram
		}
		for _, p := range t.Body.Outputs {
			s.OutGram += p.QtyGram
		}
		s.DifferenceGram = s.InGram - s.OutGram - s.LossGram
		a.Balanced = a.Balanced && s.DifferenceGram == 0
		steps[n] = s
	}
	return steps, nil
}
