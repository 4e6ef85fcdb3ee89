package agritrace

import (
	"encoding/json"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	transformType = "transformation"
	done          = "DONE"
	earTagGuard   = "ear-tag"
)

// Transformation is one step that makes batches of batches (转化): split,
// merge, processing or slaughter. Mass is conserved in it.
type Transformation struct {
	Kind       string   `json:"kind" is:"enum=SPLIT|MERGE|PRIMARY|PROCESS|SLAUGHTER" zh:"转化类型"`
	Subject    string   `json:"subject" is:"maxLen=32" zh:"主体码"`
	Inputs     []Part   `json:"inputs" zh:"投入批次"`
	Outputs    []Part   `json:"outputs" zh:"产出批次"`
	LossGram   int64    `json:"lossGram" is:"min=0" zh:"损耗（克）"`
	LossReason string   `json:"lossReason,omitempty" is:"maxLen=256" zh:"损耗原因"`
	EarTags    []string `json:"earTags,omitempty" is:"ear-tag,maxItems=200" zh:"畜禽标识"`
}

// output is a batch that a transformation makes.
type output struct {
	BatchID     string   `json:"batchId" is:"pattern=^[0-9A-Z]{6,32}[.][0-9A-Za-z-]{1,32}$" zh:"批次编号"`
	QtyGram     int64    `json:"qtyGram" is:"min=1,max=1000000000000" zh:"数量（克）"`
	ProductCode string   `json:"productCode,omitempty" is:"maxLen=32" zh:"产品代码" doc:"The inputs' own where nothing is given"`
	ProductName string   `json:"productName,omitempty" is:"maxLen=64" zh:"产品名称"`
	GTIN        string   `json:"gtin,omitempty" is:"gtin" zh:"商品条码"`
	Spec        string   `json:"spec,omitempty" is:"maxLen=64" zh:"规格"`
	ExpiresOn   string   `json:"expiresOn,omitempty" is:"date" zh:"保质期止"`
	Codes       []string `json:"codes,omitempty" is:"maxLen=80,maxItems=200,unique" zh:"转入追溯码" doc:"Of a SPLIT: retail codes that go with the goods, whose weight is then the quantity"`
}

type transformInput struct {
	TransformID string     `json:"transformId" is:"pattern=^[0-9A-Z]{6,32}[.][0-9A-Za-z-]{1,32}$" zh:"转化编号" doc:"The subject code, a dot and a number"`
	Subject     string     `json:"subject" is:"maxLen=32" zh:"主体码"`
	Kind        string     `json:"kind" is:"enum=SPLIT|MERGE|PRIMARY|PROCESS|SLAUGHTER" zh:"转化类型" doc:"拆分, 合并, 初加工, 食品生产, 屠宰"`
	Inputs      []Part     `json:"inputs" is:"minItems=1,maxItems=50" zh:"投入批次"`
	Outputs     []output   `json:"outputs" is:"minItems=1,maxItems=50" zh:"产出批次"`
	LossGram    int64      `json:"lossGram" is:"min=0,max=50000000000000" zh:"损耗（克）"`
	LossReason  string     `json:"lossReason,omitempty" is:"maxLen=256" zh:"损耗原因" doc:"Required where there is a loss"`
	EarTags     []string   `json:"earTags,omitempty" is:"ear-tag,maxItems=200,unique" zh:"畜禽标识" doc:"The animals that are slaughtered"`
	Cold        *ColdRange `json:"cold,omitempty" zh:"产出冷链温度范围" doc:"The inputs' own where nothing is given"`
}

func (i *transformInput) Reads() []string {
	keys := subjectKeys(i.Subject)
	for _, p := range i.Inputs {
		keys = append(keys, ledger.Key(batchType, p.BatchID))
	}
	for _, o := range i.Outputs {
		keys = append(keys, ledger.Key(batchType, o.BatchID))
		for _, code := range o.Codes {
			keys = append(keys, ledger.Key(codeType, code))
		}
	}
	for _, tag := range i.EarTags {
		keys = append(keys, ledger.GuardKey(earTagGuard, tag))
	}
	return keys
}

func (b *book) defineTransformation(c *ledger.Contract) {
	b.transformations = ledger.Define[Transformation](c, catalog.Record{
		Type: transformType, Collection: "transformations", Title: "transformation", TitleZh: "转化",
		Doc:         "Batches go in, batches and a loss come out: input = Σ outputs + loss. The batches that come out are new ones, so the way back to the field has no circle.",
		Statuses:    []catalog.Status{{Code: done, TitleZh: "完成"}},
		Transitions: ledger.Steps("Transform", done, ""),
		Search:      []catalog.SearchField{{Field: "subject", Kind: "keyword"}, {Field: "kind", Kind: "keyword"}, {Field: "inputs[].batchId", Kind: "keyword"}, {Field: "outputs[].batchId", Kind: "keyword"}},
	})
}

func (b *book) handleTransformation(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Transform", Title: "Split, merge, process or slaughter batches", TitleZh: "拆分、合并、加工、屠宰", Record: transformType, Creates: true, ID: "transformId", Lane: "subject",
		Roles: holders,
		Refusals: []string{NumberForeign, NotOperator, SubjectInactive, ActivityMissing, LicenceRequired, NotHolder, BatchHeld, BatchRecalled, BatchExpired, RecallSpreading,
			MassImbalance, Overdraw, CodedGoods, CodeElsewhere, TransformInvalid, LineageLimit, EarTagUsed, EarTagUnknown, CertificateNeeded, Withdrawal, DateInvalid},
		Doc:     "One operation for all of them, because one law holds for all: what goes in is what comes out and the loss.",
		Example: json.RawMessage(`{"transformId":"ZM4101220001.T-0001","subject":"ZM4101220001","kind":"PRIMARY","inputs":[{"batchId":"ZM4101220001.20260301-01","qtyGram":4800000}],"outputs":[{"batchId":"ZM4101220001.20260302-01","qtyGram":2900000,"spec":"精选"},{"batchId":"ZM4101220001.20260302-02","qtyGram":1800000,"spec":"统货"}],"lossGram":100000,"lossReason":"去根去皮"}`),
	}, b.transform)
}

func (b *book) transform(c *ledger.Call, in *transformInput) error {
	if err := ownNumber("transformId", in.TransformID, in.Subject); err != nil {
		return err
	}
	subject, err := b.acting(c, in.Subject)
	if err != nil {
		return err
	}
	if err := in.balanced(); err != nil {
		return err
	}
	inputs, err := b.openInputs(c, in)
	if err != nil {
		return err
	}
	if err := b.fitsKind(c, in, subject, inputs); err != nil {
		return err
	}
	model, err := modelOutput(c, in, inputs)
	if err != nil {
		return err
	}
	if err := b.makeOutputs(c, in, model, inputs[0]); err != nil {
		return err
	}
	if err := b.draw(c, in, inputs); err != nil {
		return err
	}
	_, err = b.transformations.Create(c, in.TransformID, done, Transformation{
		Kind: in.Kind, Subject: in.Subject, Inputs: in.Inputs, Outputs: in.outputParts(), LossGram: in.LossGram, LossReason: in.LossReason, EarTags: in.EarTags,
	})
	return err
}

func (i *transformInput) outputParts() []Part {
	parts := make([]Part, len(i.Outputs))
	for n, o := range i.Outputs {
		parts[n] = Part{o.BatchID, o.QtyGram}
	}
	return parts
}

// balanced holds the mass law, and each batch to one place. The bounds of the
// input keep the sums far from overflow.
func (i *transformInput) balanced() error {
	var into, out int64
	seen := map[string]bool{}
	for n, p := range i.Inputs {
		if seen[p.BatchID] {
			return ledger.RefuseField(TransformInvalid, "inputs", "input %d is the batch %s again: name each batch once", n, p.BatchID)
		}
		seen[p.BatchID] = true
		into += p.QtyGram
	}
	for n, o := range i.Outputs {
		if seen[o.BatchID] {
			return ledger.RefuseField(TransformInvalid, "outputs", "output %d is the batch %s, which stands there already: each output is a new batch", n, o.BatchID)
		}
		seen[o.BatchID] = true
		if err := ownNumber("outputs", o.BatchID, i.Subject); err != nil {
			return err
		}
		out += o.QtyGram
	}
	if into != out+i.LossGram {
		return ledger.RefuseField(MassImbalance, "lossGram", "%s g go in, and %s g come out with %s g of loss; the loss would have to be %s g", grams(into), grams(out), grams(i.LossGram), grams(into-out))
	}
	if i.LossGram > 0 && i.LossReason == "" {
		return ledger.RefuseField(ledger.InputInvalid, "lossReason", "a loss of %s g needs its reason", grams(i.LossGram))
	}
	return i.Cold.valid()
}

func (b *book) openInputs(c *ledger.Call, in *transformInput) ([]*ledger.Entity[Batch], error) {
	inputs := make([]*ledger.Entity[Batch], len(in.Inputs))
	for n, p := range in.Inputs {
		e, err := b.holding(c, p.BatchID, in.Subject)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(inHand, e.Status) {
			return nil, ledger.Refuse(ledger.StateForbids, "the batch %s is %s and must be one of %v to be transformed", e.ID, e.Status, inHand)
		}
		if err := notExpired(c, e); err != nil {
			return nil, err
		}
		if len(e.Body.Uses) >= maxUses {
			return nil, ledger.Refuse(LineageLimit, "the batch %s went into %d transformations already: split what is left into lots first", e.ID, maxUses)
		}
		inputs[n] = e
	}
	return inputs, nil
}

// draw takes each input's amount; coded goods that went to the outputs with
// their codes are already off the input's coded mass.
func (b *book) draw(c *ledger.Call, in *transformInput, inputs []*ledger.Entity[Batch]) error {
	for n, e := range inputs {
		if err := take(e, in.Inputs[n].QtyGram, &e.Body.UsedGram); err != nil {
			return err
		}
		e.Body.Uses = append(e.Body.Uses, in.TransformID)
		if err := e.Keep(c); err != nil {
			return err
		}
	}
	return nil
}

// modelOutput is what all outputs of a transformation share.
func modelOutput(c *ledger.Call, in *transformInput, inputs []*ledger.Entity[Batch]) (*outputModel, error) {
	first := inputs[0]
	m := &outputModel{status: first.Status, body: Batch{
		Producer: in.Subject, Holder: in.Subject, Category: first.Body.Category, ProductCode: first.Body.ProductCode, ProductName: first.Body.ProductName,
		GTIN: first.Body.GTIN, Spec: first.Body.Spec, Unit: first.Body.Unit, Origin: first.Body.Origin, Country: first.Body.Country, Cold: first.Body.Cold, Parents: in.Inputs, MadeBy: in.TransformID,
		ProducedOn: first.Body.ProducedOn, ExpiresOn: first.Body.ExpiresOn, Inherited: true, Regime: Market,
		Custody: []Hand{{Subject: in.Subject, Since: c.Timestamp()}}, TraceCode: first.Body.TraceCode, ReportNo: first.Body.ReportNo, EntryNo: first.Body.EntryNo,
	}}
	for _, e := range inputs {
		m.share(e)
	}
	if m.body.Generation > maxGenerations {
		return nil, ledger.Refuse(LineageLimit, "the outputs would be the %dth generation, and at most %d are kept", m.body.Generation, maxGenerations)
	}
	if in.Kind == KindProcess || in.Kind == KindSlaughter {
		m.status, m.body.Inherited, m.body.ProducedOn, m.body.ExpiresOn = Made, false, c.Today(), ""
		m.body.GTIN, m.body.Spec, m.body.EntryNo = "", "", ""
		m.body.Category = map[string]string{KindProcess: Processed, KindSlaughter: AnimalProduct}[in.Kind]
	} else if in.Kind == KindPrimary {
		m.status = Made
	}
	if in.Cold != nil {
		m.body.Cold = in.Cold
	}
	return m, nil
}

// outputModel is a batch that outputs are copies of, with their own amount and
// product.
type outputModel struct {
	status string
	body   Batch
}

// share takes over from one input what concerns all outputs: the least
// advanced status, the earliest date, and only what all inputs have.
func (m *outputModel) share(e *ledger.Entity[Batch]) {
	if slices.Index(inHand, e.Status) < slices.Index(inHand, m.status) {
		m.status = e.Status
	}
	m.body.Generation = max(m.body.Generation, e.Body.Generation+1)
	if e.Body.ExpiresOn != "" && (m.body.ExpiresOn == "" || e.Body.ExpiresOn < m.body.ExpiresOn) {
		m.body.ExpiresOn = e.Body.ExpiresOn
	}
	m.body.ProducedOn = min(m.body.ProducedOn, e.Body.ProducedOn)
	m.body.WithdrawalEnd = max(m.body.WithdrawalEnd, e.Body.WithdrawalEnd)
	if e.Body.Regime != Market {
		m.body.Regime = Agriculture
	}
	for _, same := range []struct {
		mine   *string
		theirs string
	}{{&m.body.TraceCode, e.Body.TraceCode}, {&m.body.ReportNo, e.Body.ReportNo}, {&m.body.EntryNo, e.Body.EntryNo}, {&m.body.Origin, e.Body.Origin}, {&m.body.Country, e.Body.Country}} {
		if *same.mine != same.theirs {
			*same.mine = ""
		}
	}
	m.body.Inherited = m.body.Inherited && lacking(e) == ""
}

func (b *book) makeOutputs(c *ledger.Call, in *transformInput, m *outputModel, source *ledger.Entity[Batch]) error {
	for n, o := range in.Outputs {
		body := m.body
		body.QtyGram, body.RemainingGram = o.QtyGram, o.QtyGram
		for _, own := range []struct {
			to    *string
			value string
		}{{&body.ProductCode, o.ProductCode}, {&body.ProductName, o.ProductName}, {&body.GTIN, o.GTIN}, {&body.Spec, o.Spec}, {&body.ExpiresOn, o.ExpiresOn}} {
			if own.value != "" {
				*own.to = own.value
			}
		}
		if body.ExpiresOn != "" && body.ExpiresOn < c.Today() {
			return ledger.RefuseField(DateInvalid, "outputs", "output %d would be past its date, %s, today", n, body.ExpiresOn)
		}
		if len(o.Codes) > 0 {
			if err := b.moveCodes(c, o, source, &body); err != nil {
				return err
			}
		}
		if _, err := b.batches.Create(c, o.BatchID, m.status, body); err != nil {
			return err
		}
	}
	return nil
}

// moveCodes lets retail codes go with a split's goods.
func (b *book) moveCodes(c *ledger.Call, o output, source *ledger.Entity[Batch], to *Batch) error {
	var mass int64
	for _, id := range o.Codes {
		code, err := b.activeCode(c, id, source.ID)
		if err != nil {
			return err
		}
		mass += code.Body.NetGram
		code.Body.Batch = o.BatchID
		if err := code.Keep(c); err != nil {
			return err
		}
	}
	if mass != o.QtyGram {
		return ledger.RefuseField(MassImbalance, "outputs", "the %d codes of batch %s stand for %s g, and its quantity is %s g", len(o.Codes), o.BatchID, grams(mass), grams(o.QtyGram))
	}
	source.Body.CodedGram -= mass
	to.CodedGram = mass
	return nil
}
