package agritrace

import (
	"slices"
	"strconv"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const batchType = "batch"

// Statuses of a batch.
const (
	Created     = "CREATED"
	Growing     = "GROWING"
	Harvested   = "HARVESTED"
	Tested      = "TESTED"
	Quarantined = "QUARANTINED"
	Made        = "PROCESSED"
	Packed      = "PACKED"
	InStorage   = "IN_STORAGE"
	InTransit   = "IN_TRANSIT"
	Delivered   = "DELIVERED"
	OnSale      = "ON_SALE"
	Sold        = "SOLD"
	Held        = "HELD"
	Released    = "RELEASED"
	Recalled    = "RECALLED"
	Destroyed   = "DESTROYED"
)

// Who supervises a batch (监管环节).
const (
	Agriculture = "AGRICULTURE"
	Market      = "MARKET"
)

var (
	// inHand are the statuses of goods that their holder may work with, the
	// least advanced first.
	inHand = []string{Harvested, Tested, Quarantined, Made, Packed, InStorage, Delivered}
	// stages are all statuses of the ordinary way.
	stages = append([]string{Created, Growing, InTransit, OnSale, Sold}, inHand...)
	// holdable is from where a batch can be held.
	holdable = append([]string{Released}, stages...)
	// recallable is everything that still is.
	recallable = append([]string{Held}, holdable...)
)

// Part is an amount of a batch.
type Part struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	QtyGram int64  `json:"qtyGram" is:"min=1,max=1000000000000" zh:"数量（克）"`
}

// ColdRange is what the cold chain must keep to, in tenths of a degree Celsius.
type ColdRange struct {
	MinDeci int64 `json:"minDeci" is:"min=-1000,max=500" zh:"最低温度" doc:"0.1 °C"`
	MaxDeci int64 `json:"maxDeci" is:"min=-1000,max=500" zh:"最高温度" doc:"0.1 °C"`
}

// Applied is an input that was used in growing (投入品使用记录).
type Applied struct {
	Name           string `json:"name" is:"maxLen=64" zh:"投入品名称"`
	Kind           string `json:"kind" is:"enum=PESTICIDE|FERTILISER|FEED|VETERINARY_DRUG|ADDITIVE|OTHER" zh:"投入品类别" doc:"农药, 肥料, 饲料, 兽药, 添加剂, 其他"`
	RegistrationNo string `json:"registrationNo,omitempty" is:"maxLen=64" zh:"登记证号或批准文号"`
	Dose           string `json:"dose,omitempty" is:"maxLen=64" zh:"用量"`
	AppliedOn      string `json:"appliedOn" is:"date" zh:"使用日期"`
	WithdrawalDays int64  `json:"withdrawalDays" is:"min=0,max=365" zh:"休药期或安全间隔期（天）"`
}

// Hand is one stop of a batch's way (流向).
type Hand struct {
	Subject  string `json:"subject" is:"maxLen=32" zh:"主体码"`
	Since    string `json:"since" is:"timestamp" zh:"起始时间"`
	Shipment string `json:"shipment,omitempty" is:"maxLen=65" zh:"运单号"`
}

// Batch is an amount of one product that is the same throughout (批次). Its
// mass is in one of five places: left, used in transformations, sold, lost,
// destroyed.
type Batch struct {
	Producer    string     `json:"producer" is:"maxLen=32" zh:"生产主体码"`
	Holder      string     `json:"holder" is:"maxLen=32" zh:"持有主体码"`
	Category    string     `json:"category" is:"enum=PLANT|LIVESTOCK|ANIMAL_PRODUCT|AQUATIC|PROCESSED|IMPORTED_COLD" zh:"产品类别"`
	ProductCode string     `json:"productCode" is:"maxLen=32" zh:"产品代码"`
	ProductName string     `json:"productName" is:"maxLen=64" zh:"产品名称"`
	GTIN        string     `json:"gtin,omitempty" is:"gtin" zh:"商品条码"`
	Spec        string     `json:"spec,omitempty" is:"maxLen=64" zh:"规格"`
	Unit        string     `json:"unit,omitempty" is:"maxLen=8" zh:"计量单位" doc:"As people count it (头、箱、件); mass is in grams whatever it says"`
	Origin      string     `json:"origin,omitempty" is:"place-code" zh:"产地"`
	Country     string     `json:"country,omitempty" is:"pattern=^[A-Z]{3}$" zh:"原产国" doc:"ISO 3166-1 alpha-3, of imported goods"`
	PlotID      string     `json:"plotId,omitempty" is:"maxLen=64" zh:"地块或圈舍编号"`
	Cold        *ColdRange `json:"cold,omitempty" zh:"冷链温度范围"`
	PlannedGram int64      `json:"plannedGram,omitempty" is:"min=1" zh:"预计数量（克）"`

	QtyGram       int64 `json:"qtyGram" is:"min=0" zh:"批次数量（克）" doc:"remaining + used + sold + lost + destroyed, always"`
	RemainingGram int64 `json:"remainingGram" is:"min=0" zh:"余量（克）"`
	UsedGram      int64 `json:"usedGram,omitempty" is:"min=0" zh:"转化量（克）"`
	SoldGram      int64 `json:"soldGram,omitempty" is:"min=0" zh:"销售量（克）"`
	LostGram      int64 `json:"lostGram,omitempty" is:"min=0" zh:"损耗量（克）"`
	DestroyedGram int64 `json:"destroyedGram,omitempty" is:"min=0" zh:"销毁量（克）"`
	CodedGram     int64 `json:"codedGram,omitempty" is:"min=0" zh:"已赋码余量（克）" doc:"The part of what remains that carries active retail codes"`

	Parents    []Part   `json:"parents,omitempty" zh:"父批次"`
	MadeBy     string   `json:"madeBy,omitempty" is:"maxLen=65" zh:"来源转化编号"`
	Uses       []string `json:"uses,omitempty" is:"maxLen=65,maxItems=200" zh:"去向转化编号"`
	Generation int64    `json:"generation,omitempty" is:"min=0" zh:"代次"`
	EarTags    []string `json:"earTags,omitempty" is:"ear-tag,maxItems=200" zh:"畜禽标识"`

	Inputs        []Applied `json:"inputs,omitempty" zh:"投入品"`
	WithdrawalEnd string    `json:"withdrawalEnd,omitempty" is:"date" zh:"休药期止"`
	ProducedOn    string    `json:"producedOn,omitempty" is:"date" zh:"收获或生产日期"`
	ExpiresOn     string    `json:"expiresOn,omitempty" is:"date" zh:"保质期止" doc:"The last day"`

	Tests        int64    `json:"tests,omitempty" is:"min=0" zh:"检测次数"`
	LastTest     string   `json:"lastTest,omitempty" is:"maxLen=96" zh:"最近检测报告"`
	Passed       bool     `json:"passed,omitempty" zh:"检测合格" doc:"Whether the latest test passed"`
	FailedItems  []string `json:"failedItems,omitempty" is:"maxLen=64" zh:"未复检合格项目"`
	QuarantineNo string   `json:"quarantineNo,omitempty" is:"maxLen=64" zh:"检疫证号"`
	ComplianceNo string   `json:"complianceNo,omitempty" is:"maxLen=64" zh:"承诺达标合格证号"`
	EntryNo      string   `json:"entryNo,omitempty" is:"maxLen=64" zh:"入境检验检疫证明编号"`
	Inherited    bool     `json:"inherited,omitempty" zh:"承继证明" doc:"Whether everything that it was made of met what its category needs for sale"`

	Regime       string `json:"regime" is:"enum=AGRICULTURE|MARKET" zh:"监管环节"`
	HeldFrom     string `json:"heldFrom,omitempty" is:"maxLen=16" zh:"暂控前状态"`
	HoldReason   string `json:"holdReason,omitempty" is:"maxLen=512" zh:"暂控原因"`
	RecallID     string `json:"recallId,omitempty" is:"maxLen=64" zh:"召回编号"`
	RecallOpen   bool   `json:"recallOpen,omitempty" zh:"召回待处置"`
	Passages     int64  `json:"passages,omitempty" is:"min=0" zh:"入库次数"`
	ScannedIn    bool   `json:"scannedIn,omitempty" zh:"已扫码入库" doc:"Whether it was scanned in and not out"`
	ShippedFrom  string `json:"shippedFrom,omitempty" is:"maxLen=16" zh:"发运前状态"`
	LossReason   string `json:"lossReason,omitempty" is:"maxLen=256" zh:"最近损耗原因"`
	Disposal     string `json:"disposal,omitempty" is:"maxLen=128" zh:"处置方式"`
	DisposalHash string `json:"disposalHash,omitempty" is:"sm3" zh:"处置记录摘要"`
	Alerts       int64  `json:"alerts,omitempty" is:"min=0" zh:"冷链报警次数"`
	Custody      []Hand `json:"custody" zh:"流向"`
	ReportNo     string `json:"reportNo,omitempty" is:"maxLen=65" zh:"冷链报备编号"`
	TraceCode    string `json:"traceCode,omitempty" is:"maxLen=80" zh:"批次追溯码" doc:"One code to the end (一码到底): what is made of it alone carries the same"`
}

func (b *book) defineBatch(c *ledger.Contract) {
	b.batches = ledger.Define[Batch](c, catalog.Record{
		Type: batchType, Collection: "batches", Title: "batch", TitleZh: "批次",
		Doc: "An amount of one product, under a number that begins with its maker's subject code.",
		Statuses: []catalog.Status{
			{Code: Created, TitleZh: "已建档"}, {Code: Growing, TitleZh: "种植养殖"}, {Code: Harvested, TitleZh: "已收获"}, {Code: Tested, TitleZh: "已检测"},
			{Code: Quarantined, TitleZh: "已检疫"}, {Code: Made, TitleZh: "已加工"}, {Code: Packed, TitleZh: "已包装赋码"}, {Code: InStorage, TitleZh: "在库"},
			{Code: InTransit, TitleZh: "在途"}, {Code: Delivered, TitleZh: "已送达"}, {Code: OnSale, TitleZh: "在售"}, {Code: Sold, TitleZh: "已售罄"},
			{Code: Held, TitleZh: "暂控", Doc: "Nothing may be done with it until it is released."},
			{Code: Released, TitleZh: "已解除", Doc: "Its holder takes it up again where it was (Resume)."},
			{Code: Recalled, TitleZh: "召回", Doc: "It can be received back and destroyed, and nothing else."},
			{Code: Destroyed, TitleZh: "已销毁"},
		},
		Transitions: batchTable(),
		Search: []catalog.SearchField{
			{Field: "producer", Kind: "keyword"}, {Field: "holder", Kind: "keyword"}, {Field: "productCode", Kind: "keyword"}, {Field: "productName", Kind: "text"},
			{Field: "origin", Kind: "keyword"}, {Field: "category", Kind: "keyword"}, {Field: "recallId", Kind: "keyword"}, {Field: "earTags[]", Kind: "keyword"},
			{Field: "traceCode", Kind: "keyword"}, {Field: "gtin", Kind: "keyword"}, {Field: "producedOn", Kind: "date"}, {Field: "expiresOn", Kind: "date"}, {Field: "qtyGram", Kind: "number"},
		},
	})
}

func batchTable() []catalog.Transition {
	t := ledger.Table(
		ledger.Steps("RegisterBatch", Created, ""),
		ledger.Steps("StartGrowing", Growing, Created),
		ledger.Stay("RecordInput", Created, Growing),
		ledger.Steps("Harvest", Harvested, Growing),
		ledger.Steps("AssignFirstCode", Packed, ""),
		ledger.Steps("RecordTest", Tested, Harvested),
		ledger.Stay("RecordTest", append([]string{Growing, Held, Released, Recalled}, without(stages, Created, Growing, Harvested)...)...),
		ledger.Steps("RecordTest", Held, append([]string{Released}, without(stages, Created)...)...),
		ledger.Steps("IssueQuarantine", Quarantined, Harvested, Tested),
		ledger.Stay("IssueQuarantine", Growing, Quarantined, Made, Packed, InStorage, Delivered),
		ledger.Stay("IssueCompliance", inHand...),
		ledger.Steps("RevokeQuarantine", Held, holdable...), ledger.Stay("RevokeQuarantine", Held, Recalled, Destroyed),
		ledger.Steps("RevokeCompliance", Held, holdable...), ledger.Stay("RevokeCompliance", Held, Recalled, Destroyed),
		ledger.Stay("Transform", inHand...),
		ledger.Steps("Pack", Packed, without(inHand, Packed)...), ledger.Stay("Pack", Packed),
		ledger.Steps("ScanIn", InStorage, inHand...), ledger.Stay("ScanOut", InStorage),
		ledger.Steps("Ship", InTransit, inHand...),
		ledger.Steps("Receive", Delivered, InTransit), ledger.Stay("Receive", Held, Released, Recalled),
		ledger.Stay("Reject", Held, Released, Recalled),
		ledger.Stay("RecordTemperature", append([]string{InTransit, OnSale, Sold, Held, Released, Recalled, Destroyed}, inHand...)...),
		ledger.Stay("AcceptHandover", inHand...),
		ledger.Steps("PutOnSale", OnSale, inHand...), ledger.Steps("TakeOffSale", Delivered, OnSale),
		ledger.Stay("Sell", OnSale), ledger.Steps("Sell", Sold, OnSale),
		ledger.Stay("RecordLoss", append([]string{OnSale}, inHand...)...), ledger.Stay("VoidCode", append([]string{OnSale, Held, Recalled}, inHand...)...),
		ledger.Steps("Hold", Held, holdable...), ledger.Steps("Release", Released, Held),
		ledger.Steps("Destroy", Destroyed, Held, Recalled),
		ledger.Steps("StartRecall", Recalled, recallable...), ledger.Stay("StartRecall", Destroyed),
		ledger.Steps("ContinueRecall", Recalled, recallable...), ledger.Stay("ContinueRecall", Destroyed),
	)
	for _, s := range inHand {
		t = append(t, ledger.Steps("Transform", s, "")...)
		t = append(t, ledger.Steps("Reject", s, InTransit)...)
	}
	for _, s := range stages {
		t = append(t, ledger.Steps("Resume", s, Released)...)
	}
	return t
}

func without(all []string, some ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}

// holding opens a batch for the subject that holds it, and that the caller
// acts for.
func (b *book) holding(c *ledger.Call, id, subject string) (*ledger.Entity[Batch], error) {
	e, err := b.batches.Load(c, id)
	if err != nil {
		return nil, err
	}
	if e.Body.Holder != subject {
		return nil, ledger.Refuse(NotHolder, "the batch %s is held by %s, not by %s", id, e.Body.Holder, subject)
	}
	if err := b.usable(c, e); err != nil {
		return nil, err
	}
	return b.batches.OpenAny(c, id)
}

// usable refuses a batch that is held, recalled or made of recalled goods.
func (b *book) usable(c *ledger.Call, e *ledger.Entity[Batch]) error {
	switch {
	case e.Body.RecallID != "":
		return ledger.Refuse(BatchRecalled, "the batch %s is recalled by %s: it can only be received back and destroyed", e.ID, e.Body.RecallID)
	case e.Status == Held || e.Status == Released:
		return ledger.Refuse(BatchHeld, "the batch %s is %s (%s): it must be released and resumed first", e.ID, e.Status, e.Body.HoldReason)
	}
	return b.ancestorsClear(c, e)
}

// expired tells whether the batch is past its date on the transaction's day.
func expired(c *ledger.Call, e *ledger.Entity[Batch]) bool {
	return e.Body.ExpiresOn != "" && e.Body.ExpiresOn < c.Today()
}

func notExpired(c *ledger.Call, e *ledger.Entity[Batch]) error {
	if expired(c, e) {
		return ledger.Refuse(BatchExpired, "the batch %s was good until %s and today is %s", e.ID, e.Body.ExpiresOn, c.Today())
	}
	return nil
}

// free is what remains without the goods that carry retail codes.
func (b *Batch) free() int64 { return b.RemainingGram - b.CodedGram }

// take removes an uncoded amount from what remains and adds it to one of the
// places where mass goes.
func take(e *ledger.Entity[Batch], qty int64, to *int64) error {
	if qty > e.Body.RemainingGram {
		return ledger.Refuse(Overdraw, "the batch %s has %s g left, less than %s g", e.ID, grams(e.Body.RemainingGram), grams(qty))
	}
	if qty > e.Body.free() {
		return ledger.Refuse(CodedGoods, "of the %s g left of batch %s, %s g carry retail codes: name the codes to take more than %s g",
			grams(e.Body.RemainingGram), e.ID, grams(e.Body.CodedGram), grams(e.Body.free()))
	}
	e.Body.RemainingGram -= qty
	*to += qty
	return nil
}

func grams(n int64) string { return strconv.FormatInt(n, 10) }
