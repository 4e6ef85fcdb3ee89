package agritrace

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const inspectionType = "inspection"

// Results of an inspection.
const (
	Pass = "PASS"
	Fail = "FAIL"
)

// TestItem is one item of a test report. The contract decides whether it
// passed: nobody hands in a result that its own figures contradict.
type TestItem struct {
	Item  string `json:"item" is:"maxLen=64" zh:"检测项目"`
	Unit  string `json:"unit,omitempty" is:"maxLen=16" zh:"单位"`
	Value string `json:"value" is:"pattern=^[0-9]{1,9}([.][0-9]{1,6})?$" zh:"检测值" doc:"A decimal; 0 where nothing was detected"`
	Limit string `json:"limit,omitempty" is:"pattern=^[0-9]{1,9}([.][0-9]{1,6})?$" zh:"限值"`
	Basis string `json:"basis" is:"enum=MAX|MIN|NEGATIVE" zh:"判定方式" doc:"MAX: at most the limit; MIN: at least the limit; NEGATIVE: qualitative, 0 is negative"`
}

// Inspection is a test report about a batch (检测报告).
type Inspection struct {
	BatchID     string     `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	CMANo       string     `json:"cmaNo" is:"maxLen=20" zh:"CMA 资质认定证书编号"`
	ReportNo    string     `json:"reportNo" is:"maxLen=64" zh:"报告编号"`
	ReportHash  string     `json:"reportHash" is:"sm3" zh:"报告摘要"`
	SampledOn   string     `json:"sampledOn" is:"date" zh:"抽样日期"`
	Items       []TestItem `json:"items" zh:"检测项目"`
	FailedItems []string   `json:"failedItems,omitempty" is:"maxLen=64" zh:"不合格项目"`
}

type recordTestInput struct {
	InspectionID string     `json:"inspectionId" is:"pattern=^[0-9A-Z]{8,20}[.][0-9A-Za-z-]{1,64}$" zh:"检测编号" doc:"The laboratory's CMA number, a dot and the report's number"`
	BatchID      string     `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	ReportHash   string     `json:"reportHash" is:"sm3" zh:"报告摘要"`
	SampledOn    string     `json:"sampledOn" is:"date" zh:"抽样日期"`
	Items        []TestItem `json:"items" is:"minItems=1,maxItems=100" zh:"检测项目"`
}

func (i *recordTestInput) Reads() []string { return []string{ledger.Key(batchType, i.BatchID)} }

func (b *book) defineInspection(c *ledger.Contract) {
	b.inspections = ledger.Define[Inspection](c, catalog.Record{
		Type: inspectionType, Collection: "inspections", Title: "test report", TitleZh: "检测报告",
		Doc:         "A laboratory's report. An item that failed holds the batch.",
		Statuses:    []catalog.Status{{Code: Pass, TitleZh: "合格"}, {Code: Fail, TitleZh: "不合格"}},
		Transitions: ledger.Table(ledger.Steps("RecordTest", Pass, ""), ledger.Steps("RecordTest", Fail, "")),
		Search:      []catalog.SearchField{{Field: "batchId", Kind: "keyword"}, {Field: "cmaNo", Kind: "keyword"}, {Field: "sampledOn", Kind: "date"}},
		HashFields:  []string{"reportHash"},
	})
}

func (b *book) handleInspection(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "RecordTest", Title: "Record a test report", TitleZh: "检测报告上链", Record: inspectionType, Creates: true, ID: "inspectionId", Lane: "batchId",
		Roles: []string{RoleLab}, Refusals: []string{ResultUnclear, DateInvalid},
		Doc:     "The contract compares each value with its limit. Where an item failed the batch is held, and stays so until the item was tested again with a pass.",
		Example: json.RawMessage(`{"inspectionId":"231600340001.NY2026-0301","batchId":"ZM4101220001.20260302-01","reportHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","sampledOn":"20260301","items":[{"item":"毒死蜱","unit":"mg/kg","value":"0.004","limit":"0.02","basis":"MAX"}]}`),
	}, b.recordTest)
}

func (b *book) recordTest(c *ledger.Call, in *recordTestInput) error {
	batch, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return err
	}
	if in.SampledOn > c.Today() {
		return ledger.RefuseField(DateInvalid, "sampledOn", "the sample was taken on %s, after today, %s", in.SampledOn, c.Today())
	}
	passed, failed, err := judge(in.Items)
	if err != nil {
		return err
	}
	result := Pass
	if len(failed) > 0 {
		result = Fail
	}
	cma, report, _ := strings.Cut(in.InspectionID, ".")
	if _, err := b.inspections.Create(c, in.InspectionID, result, Inspection{
		BatchID: in.BatchID, CMANo: cma, ReportNo: report, ReportHash: in.ReportHash, SampledOn: in.SampledOn, Items: in.Items, FailedItems: failed,
	}); err != nil {
		return err
	}
	return tested(c, batch, in.InspectionID, passed, failed)
}

// tested tells the batch of a report: failed items stand until the same item
// passes.
func tested(c *ledger.Call, e *ledger.Entity[Batch], report string, passed, failed []string) error {
	open := slices.DeleteFunc(slices.Clone(e.Body.FailedItems), func(item string) bool { return slices.Contains(passed, item) })
	for _, item := range failed {
		if !slices.Contains(open, item) {
			open = append(open, item)
		}
	}
	slices.Sort(open)
	e.Body.FailedItems, e.Body.LastTest, e.Body.Passed = open, report, len(open) == 0
	e.Body.Tests++
	if len(failed) > 0 {
		return holdBatch(c, e, "检测不合格："+strings.Join(failed, "、"))
	}
	if e.Status == Harvested {
		return e.Move(c, Tested)
	}
	return e.Keep(c)
}

// judge compares every item with its limit; items are named once.
func judge(items []TestItem) (passed, failed []string, err error) {
	seen := map[string]bool{}
	for n, t := range items {
		if seen[t.Item] {
			return nil, nil, ledger.RefuseField(ResultUnclear, "items", "item %d, %s, stands there twice", n, t.Item)
		}
		seen[t.Item] = true
		if (t.Limit == "") != (t.Basis == "NEGATIVE") {
			return nil, nil, ledger.RefuseField(ResultUnclear, "items", "item %d, %s, needs a limit exactly where its basis is MAX or MIN", n, t.Item)
		}
		value, limit := micro(t.Value), micro(t.Limit)
		if t.Basis == "MIN" && value >= limit || t.Basis != "MIN" && value <= limit {
			passed = append(passed, t.Item)
		} else {
			failed = append(failed, t.Item)
		}
	}
	return passed, failed, nil
}

// micro reads a decimal of the pattern above as millionths; a missing limit is
// 0, which is what a qualitative item must not exceed.
func micro(decimal string) int64 {
	whole, fraction, _ := strings.Cut(decimal, ".")
	n, err := strconv.ParseInt("0"+whole+(fraction + "000000")[:6], 10, 64)
	if err != nil {
		return 1 << 62 // cannot be: the pattern has at most 15 digits
	}
	return n
}
