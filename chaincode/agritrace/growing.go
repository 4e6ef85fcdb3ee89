package agritrace

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type registerBatchInput struct {
	BatchID     string     `json:"batchId" is:"pattern=^[0-9A-Z]{6,32}[.][0-9A-Za-z-]{1,32}$" zh:"批次编号" doc:"The subject code, a dot and the batch number"`
	Subject     string     `json:"subject" is:"maxLen=32" zh:"生产主体码"`
	Category    string     `json:"category" is:"enum=PLANT|LIVESTOCK|AQUATIC" zh:"产品类别" doc:"What is made of these comes from Transform"`
	ProductCode string     `json:"productCode" is:"maxLen=32" zh:"产品代码"`
	ProductName string     `json:"productName" is:"maxLen=64" zh:"产品名称"`
	GTIN        string     `json:"gtin,omitempty" is:"gtin" zh:"商品条码"`
	Spec        string     `json:"spec,omitempty" is:"maxLen=64" zh:"规格"`
	Unit        string     `json:"unit,omitempty" is:"maxLen=8" zh:"计量单位"`
	Origin      string     `json:"origin" is:"place-code" zh:"产地"`
	PlotID      string     `json:"plotId,omitempty" is:"maxLen=64" zh:"地块或圈舍编号"`
	Cold        *ColdRange `json:"cold,omitempty" zh:"冷链温度范围"`
	PlannedGram int64      `json:"plannedGram" is:"min=1,max=1000000000000" zh:"预计数量（克）"`
	EarTags     []string   `json:"earTags,omitempty" is:"ear-tag,maxItems=200,unique" zh:"畜禽标识"`
	TraceCode   string     `json:"traceCode,omitempty" is:"maxLen=80" zh:"批次追溯码" doc:"Ecode, SSCC or GS1 (01)…(21)…"`
}

type startGrowingInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string `json:"subject" is:"maxLen=32" zh:"主体码"`
}

type recordInputInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string `json:"subject" is:"maxLen=32" zh:"主体码"`
	Applied
}

type harvestInput struct {
	BatchID   string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject   string `json:"subject" is:"maxLen=32" zh:"主体码"`
	QtyGram   int64  `json:"qtyGram" is:"min=1,max=1000000000000" zh:"实际数量（克）"`
	ExpiresOn string `json:"expiresOn,omitempty" is:"date" zh:"保质期止"`
}

func (i *registerBatchInput) Reads() []string { return subjectKeys(i.Subject) }
func (i *startGrowingInput) Reads() []string  { return subjectKeys(i.Subject) }
func (i *recordInputInput) Reads() []string   { return subjectKeys(i.Subject) }
func (i *harvestInput) Reads() []string       { return subjectKeys(i.Subject) }

// subjectKeys are the keys that every operation of a holder reads beside its record.
func subjectKeys(subject string) []string {
	return []string{ledger.Key(subjectType, subject), openRecallsKey}
}

func (b *book) handleGrowing(c *ledger.Contract) {
	roles := []string{RoleProducer}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterBatch", Title: "Register a batch to be grown", TitleZh: "批次建档", Record: batchType, Creates: true, ID: "batchId", Roles: roles,
		Refusals: []string{NumberForeign, NotOperator, SubjectInactive, ActivityMissing, CodeInvalid, DateInvalid, TransformInvalid},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260301-01","subject":"ZM4101220001","category":"PLANT","productCode":"A0203","productName":"大蒜","origin":"410122100","plotId":"D-07","plannedGram":5000000}`),
	}, b.registerBatch)
	ledger.Handle(c, catalog.Operation{
		Name: "StartGrowing", Title: "Start growing", TitleZh: "开始种植养殖", Record: batchType, Verb: "start-growing", ID: "batchId", Roles: roles,
		Refusals: []string{NotHolder, NotOperator, SubjectInactive, BatchHeld, BatchRecalled},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260301-01","subject":"ZM4101220001"}`),
	}, b.startGrowing)
	ledger.Handle(c, catalog.Operation{
		Name: "RecordInput", Title: "Record an input that was used", TitleZh: "投入品使用记录", Record: batchType, Verb: "inputs", ID: "batchId", Roles: roles,
		Refusals: []string{NotHolder, NotOperator, SubjectInactive, DateInvalid, LineageLimit, BatchHeld, BatchRecalled}, Doc: "The batch cannot be harvested before the longest withdrawal period ends.",
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260301-01","subject":"ZM4101220001","name":"示例杀菌剂","kind":"PESTICIDE","registrationNo":"PD20260001","dose":"50克/亩","appliedOn":"20260215","withdrawalDays":7}`),
	}, b.recordInput)
	ledger.Handle(c, catalog.Operation{
		Name: "Harvest", Title: "Harvest", TitleZh: "收获、出栏", Record: batchType, Verb: "harvest", ID: "batchId", Roles: roles,
		Refusals: []string{NotHolder, NotOperator, SubjectInactive, Withdrawal, DateInvalid, BatchHeld, BatchRecalled},
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260301-01","subject":"ZM4101220001","qtyGram":4800000}`),
	}, b.harvest)
}

func (b *book) registerBatch(c *ledger.Call, in *registerBatchInput) error {
	if err := ownNumber("batchId", in.BatchID, in.Subject); err != nil {
		return err
	}
	if _, err := b.acting(c, in.Subject, ActivityGrow); err != nil {
		return err
	}
	if len(in.EarTags) > 0 && in.Category != Livestock {
		return ledger.RefuseField(TransformInvalid, "earTags", "only a batch of the category %s has ear tags", Livestock)
	}
	if err := in.Cold.valid(); err != nil {
		return err
	}
	body := Batch{
		Producer: in.Subject, Holder: in.Subject, Category: in.Category, ProductCode: in.ProductCode, ProductName: in.ProductName,
		GTIN: in.GTIN, Spec: in.Spec, Unit: in.Unit, Origin: in.Origin, PlotID: in.PlotID, Cold: in.Cold, PlannedGram: in.PlannedGram, EarTags: in.EarTags,
		Regime: Agriculture, Custody: []Hand{{Subject: in.Subject, Since: c.Timestamp()}}, TraceCode: in.TraceCode,
	}
	if in.TraceCode != "" {
		code, err := b.createBatchCode(c, in.TraceCode, in.BatchID, in.GTIN)
		if err != nil {
			return err
		}
		body.TraceCode = code
	}
	_, err := b.batches.Create(c, in.BatchID, Created, body)
	return err
}

func (r *ColdRange) valid() error {
	if r != nil && r.MinDeci > r.MaxDeci {
		return ledger.RefuseField(ledger.InputInvalid, "cold.minDeci", "the lowest temperature %d is above the highest %d", r.MinDeci, r.MaxDeci)
	}
	return nil
}

func (b *book) startGrowing(c *ledger.Call, in *startGrowingInput) error {
	if _, err := b.acting(c, in.Subject, ActivityGrow); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	return e.Move(c, Growing)
}

func (b *book) recordInput(c *ledger.Call, in *recordInputInput) error {
	if _, err := b.acting(c, in.Subject, ActivityGrow); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if in.AppliedOn > c.Today() {
		return ledger.RefuseField(DateInvalid, "appliedOn", "the input was used on %s, after today, %s", in.AppliedOn, c.Today())
	}
	if len(e.Body.Inputs) >= 100 {
		return ledger.Refuse(LineageLimit, "the batch %s has 100 inputs already", e.ID)
	}
	end, err := ledger.AddDays(in.AppliedOn, int(in.WithdrawalDays))
	if err != nil {
		return err
	}
	e.Body.Inputs = append(e.Body.Inputs, in.Applied)
	e.Body.WithdrawalEnd = max(e.Body.WithdrawalEnd, end)
	return e.Keep(c)
}

func (b *book) harvest(c *ledger.Call, in *harvestInput) error {
	if _, err := b.acting(c, in.Subject, ActivityGrow); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if err := notWithdrawn(c, e); err != nil {
		return err
	}
	if in.ExpiresOn != "" && in.ExpiresOn < c.Today() {
		return ledger.RefuseField(DateInvalid, "expiresOn", "the batch is harvested today, %s, and cannot be good only until %s", c.Today(), in.ExpiresOn)
	}
	e.Body.QtyGram, e.Body.RemainingGram = in.QtyGram, in.QtyGram
	e.Body.ProducedOn, e.Body.ExpiresOn = c.Today(), in.ExpiresOn
	return e.Move(c, Harvested)
}

// notWithdrawn holds the harvest and the slaughter to the withdrawal period,
// whose last day is not yet free.
func notWithdrawn(c *ledger.Call, e *ledger.Entity[Batch]) error {
	if e.Body.WithdrawalEnd > c.Today() {
		return ledger.Refuse(Withdrawal, "an input's withdrawal period of batch %s ends on %s, and today is %s", e.ID, e.Body.WithdrawalEnd, c.Today())
	}
	return nil
}
