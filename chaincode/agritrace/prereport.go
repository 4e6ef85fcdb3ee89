package agritrace

import (
	"encoding/json"
	"slices"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const reportType = "report"

// Statuses of a pre-report. That one is overdue is derived from expectedAt.
const (
	Reported = "REPORTED"
	Arrived  = "ARRIVED"
	Coded    = "CODED"
)

// PreReport is imported cold-chain food before it arrives (郑冷链: 提前报备), and
// what its first station found (首站).
type PreReport struct {
	Owner        string    `json:"owner" is:"maxLen=32" zh:"货主主体码"`
	ProductCode  string    `json:"productCode" is:"maxLen=32" zh:"产品代码"`
	ProductName  string    `json:"productName" is:"maxLen=64" zh:"产品名称"`
	Country      string    `json:"country" is:"pattern=^[A-Z]{3}$" zh:"原产国" doc:"ISO 3166-1 alpha-3"`
	QtyGram      int64     `json:"qtyGram" is:"min=1" zh:"申报数量（克）"`
	Cold         ColdRange `json:"cold" zh:"冷链温度范围"`
	CustomsNo    string    `json:"customsNo" is:"pattern=^[0-9]{18}$" zh:"报关单号"`
	EntryNo      string    `json:"entryNo" is:"maxLen=64" zh:"入境检验检疫证明编号"`
	ExpiresOn    string    `json:"expiresOn" is:"date" zh:"保质期止"`
	Plate        string    `json:"plate,omitempty" is:"plate" zh:"车牌号"`
	FirstStation string    `json:"firstStation" is:"maxLen=32" zh:"首站主体码"`
	ExpectedAt   string    `json:"expectedAt" is:"timestamp" zh:"预计到达时间"`
	ArrivedAt    string    `json:"arrivedAt,omitempty" is:"timestamp" zh:"到达时间"`
	ArrivedGram  int64     `json:"arrivedGram,omitempty" is:"min=0" zh:"实到数量（克）"`
	CheckHash    string    `json:"checkHash,omitempty" is:"sm3" zh:"首站查验与消毒记录摘要"`
	Difference   string    `json:"difference,omitempty" is:"maxLen=256" zh:"差异原因"`
	BatchID      string    `json:"batchId,omitempty" is:"maxLen=65" zh:"批次编号"`
	Reason       string    `json:"reason,omitempty" is:"maxLen=512" zh:"取消原因"`
}

type preReportInput struct {
	ReportNo     string    `json:"reportNo" is:"pattern=^[0-9A-Z]{6,32}[.][0-9A-Za-z-]{1,32}$" zh:"报备编号" doc:"The owner's subject code, a dot and a number"`
	Subject      string    `json:"subject" is:"maxLen=32" zh:"货主主体码"`
	ProductCode  string    `json:"productCode" is:"maxLen=32" zh:"产品代码"`
	ProductName  string    `json:"productName" is:"maxLen=64" zh:"产品名称"`
	Country      string    `json:"country" is:"pattern=^[A-Z]{3}$" zh:"原产国"`
	QtyGram      int64     `json:"qtyGram" is:"min=1,max=1000000000000" zh:"申报数量（克）"`
	Cold         ColdRange `json:"cold" zh:"冷链温度范围"`
	CustomsNo    string    `json:"customsNo" is:"pattern=^[0-9]{18}$" zh:"报关单号"`
	EntryNo      string    `json:"entryNo" is:"maxLen=64" zh:"入境检验检疫证明编号"`
	ExpiresOn    string    `json:"expiresOn" is:"date" zh:"保质期止"`
	Plate        string    `json:"plate,omitempty" is:"plate" zh:"车牌号"`
	FirstStation string    `json:"firstStation" is:"maxLen=32" zh:"首站主体码"`
	ExpectedAt   string    `json:"expectedAt" is:"timestamp" zh:"预计到达时间"`
}

type arriveInput struct {
	ReportNo   string `json:"reportNo" is:"maxLen=65" zh:"报备编号"`
	Subject    string `json:"subject" is:"maxLen=32" zh:"首站主体码"`
	QtyGram    int64  `json:"qtyGram" is:"min=1,max=1000000000000" zh:"实到数量（克）"`
	CheckHash  string `json:"checkHash" is:"sm3" zh:"查验与消毒记录摘要"`
	Difference string `json:"difference,omitempty" is:"maxLen=256" zh:"差异原因" doc:"Required where less arrived than was declared"`
}

type assignFirstCodeInput struct {
	ReportNo  string `json:"reportNo" is:"maxLen=65" zh:"报备编号"`
	Subject   string `json:"subject" is:"maxLen=32" zh:"首站主体码"`
	BatchID   string `json:"batchId" is:"pattern=^[0-9A-Z]{6,32}[.][0-9A-Za-z-]{1,32}$" zh:"批次编号" doc:"The station's subject code, a dot and a number"`
	TraceCode string `json:"traceCode" is:"maxLen=80" zh:"追溯码" doc:"The one code to the end (一码到底)"`
}

type cancelReportInput struct {
	ReportNo string `json:"reportNo" is:"maxLen=65" zh:"报备编号"`
	Subject  string `json:"subject" is:"maxLen=32" zh:"货主主体码"`
	Reason   string `json:"reason" is:"maxLen=512" zh:"取消原因"`
}

func (i *preReportInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(subjectType, i.FirstStation), ledger.RulesKey(ledger.RulesID))
}
func (i *arriveInput) Reads() []string { return subjectKeys(i.Subject) }
func (i *assignFirstCodeInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(batchType, i.BatchID), ledger.Key(codeType, i.TraceCode))
}
func (i *cancelReportInput) Reads() []string { return subjectKeys(i.Subject) }

func (b *book) definePreReport(c *ledger.Contract) {
	b.reports = ledger.Define[PreReport](c, catalog.Record{
		Type: reportType, Collection: "reports", Title: "cold-chain pre-report", TitleZh: "冷链报备",
		Doc:      "Imported cold-chain food is reported before it comes (提前报备), checked and coded at its first station (首站赋码), and scanned in and out of every store from there on.",
		Statuses: []catalog.Status{{Code: Reported, TitleZh: "已报备"}, {Code: Arrived, TitleZh: "已到首站"}, {Code: Coded, TitleZh: "已赋码"}, {Code: Cancelled, TitleZh: "已取消"}},
		Transitions: ledger.Table(ledger.Steps("PreReport", Reported, ""), ledger.Steps("Arrive", Arrived, Reported),
			ledger.Steps("AssignFirstCode", Coded, Arrived), ledger.Steps("CancelReport", Cancelled, Reported)),
		Search: []catalog.SearchField{{Field: "owner", Kind: "keyword"}, {Field: "firstStation", Kind: "keyword"}, {Field: "customsNo", Kind: "keyword"}, {Field: "entryNo", Kind: "keyword"},
			{Field: "plate", Kind: "keyword"}, {Field: "country", Kind: "keyword"}, {Field: "expectedAt", Kind: "date"}},
		HashFields: []string{"checkHash"},
	})
}

func (b *book) handlePreReport(c *ledger.Contract) {
	who := []string{NotOperator, SubjectInactive, ActivityMissing, ReportInvalid}
	ledger.Handle(c, catalog.Operation{
		Name: "PreReport", Title: "Report cold-chain goods before they arrive", TitleZh: "提前报备", Record: reportType, Creates: true, ID: "reportNo", Roles: []string{RoleTrader, RoleProcessor},
		Refusals: append([]string{NumberForeign, DateInvalid}, who...),
		Example:  json.RawMessage(`{"reportNo":"ZZ4101050002.R-0001","subject":"ZZ4101050002","productCode":"B0301","productName":"冻去骨牛肉","country":"BRA","qtyGram":20000000,"cold":{"minDeci":-250,"maxDeci":-180},"customsNo":"460120261000000001","entryNo":"126000000000001","expiresOn":"20271231","plate":"豫A12345","firstStation":"ZZ4101730003","expectedAt":"2026-03-05T00:00:00Z"}`),
	}, b.preReport)
	ledger.Handle(c, catalog.Operation{
		Name: "Arrive", Title: "Check goods in at their first station", TitleZh: "首站到货查验", Record: reportType, Verb: "arrive", ID: "reportNo", Roles: []string{RoleStorage}, Refusals: who,
		Example: json.RawMessage(`{"reportNo":"ZZ4101050002.R-0001","subject":"ZZ4101730003","qtyGram":19900000,"checkHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","difference":"破损一件"}`),
	}, b.arriveFirst)
	ledger.Handle(c, catalog.Operation{
		Name: "AssignFirstCode", Title: "Code goods at their first station", TitleZh: "首站赋码", Record: reportType, Verb: "first-code", ID: "reportNo", Roles: []string{RoleStorage},
		Refusals: append([]string{NumberForeign, CodeInvalid, BatchExpired}, who...), Doc: "Makes the goods a batch, held by the station and under market regulation, with one code to the end.",
		Example: json.RawMessage(`{"reportNo":"ZZ4101050002.R-0001","subject":"ZZ4101730003","batchId":"ZZ4101730003.B-0001","traceCode":"1000369300818812345678"}`),
	}, b.assignFirstCode)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelReport", Title: "Cancel a pre-report", TitleZh: "取消报备", Record: reportType, Verb: "cancel", ID: "reportNo", Roles: []string{RoleTrader, RoleProcessor}, Refusals: who,
		Example: json.RawMessage(`{"reportNo":"ZZ4101050002.R-0002","subject":"ZZ4101050002","reason":"航班取消"}`),
	}, b.cancelReport)
}

func (b *book) preReport(c *ledger.Call, in *preReportInput) error {
	if err := ownNumber("reportNo", in.ReportNo, in.Subject); err != nil {
		return err
	}
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	if err := in.Cold.valid(); err != nil {
		return err
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	earliest := c.Now().Add(time.Duration(rules.ReportHours) * time.Hour).Format(time.RFC3339)
	if in.ExpectedAt < earliest {
		return ledger.RefuseField(DateInvalid, "expectedAt", "goods are reported at least %d hours before they arrive: today's report is for an arrival from %s on", rules.ReportHours, earliest)
	}
	if in.ExpiresOn < c.Today() {
		return ledger.RefuseField(DateInvalid, "expiresOn", "the goods are past their date, %s", in.ExpiresOn)
	}
	station, err := b.activeSubject(c, in.FirstStation)
	if err != nil {
		return err
	}
	if !slices.Contains(station.Body.Activities, ActivityStore) {
		return ledger.RefuseField(ActivityMissing, "firstStation", "the subject %s is not registered for %s", station.ID, ActivityStore)
	}
	_, err = b.reports.Create(c, in.ReportNo, Reported, PreReport{
		Owner: in.Subject, ProductCode: in.ProductCode, ProductName: in.ProductName, Country: in.Country, QtyGram: in.QtyGram, Cold: in.Cold, CustomsNo: in.CustomsNo,
		EntryNo: in.EntryNo, ExpiresOn: in.ExpiresOn, Plate: in.Plate, FirstStation: in.FirstStation, ExpectedAt: in.ExpectedAt,
	})
	return err
}

// atFirstStation opens a report for the station that it names.
func (b *book) atFirstStation(c *ledger.Call, reportNo, subject string) (*ledger.Entity[PreReport], error) {
	r, err := b.reports.OpenAny(c, reportNo)
	if err != nil {
		return nil, err
	}
	if r.Body.FirstStation != subject {
		return nil, ledger.RefuseField(ReportInvalid, "subject", "the report %s names the first station %s, not %s", reportNo, r.Body.FirstStation, subject)
	}
	_, err = b.acting(c, subject, ActivityStore)
	return r, err
}

func (b *book) arriveFirst(c *ledger.Call, in *arriveInput) error {
	r, err := b.atFirstStation(c, in.ReportNo, in.Subject)
	if err != nil {
		return err
	}
	if in.QtyGram > r.Body.QtyGram {
		return ledger.RefuseField(ReportInvalid, "qtyGram", "%s g arrived and %s g were reported: what was not reported needs a report of its own", grams(in.QtyGram), grams(r.Body.QtyGram))
	}
	if in.QtyGram < r.Body.QtyGram && in.Difference == "" {
		return ledger.RefuseField(ReportInvalid, "difference", "%s g fewer arrived than were reported: say why", grams(r.Body.QtyGram-in.QtyGram))
	}
	r.Body.ArrivedAt, r.Body.ArrivedGram, r.Body.CheckHash, r.Body.Difference = c.Timestamp(), in.QtyGram, in.CheckHash, in.Difference
	return r.Move(c, Arrived)
}

func (b *book) assignFirstCode(c *ledger.Call, in *assignFirstCodeInput) error {
	if err := ownNumber("batchId", in.BatchID, in.Subject); err != nil {
		return err
	}
	r, err := b.atFirstStation(c, in.ReportNo, in.Subject)
	if err != nil {
		return err
	}
	if r.Body.ExpiresOn < c.Today() {
		return ledger.Refuse(BatchExpired, "the goods of the report %s were good until %s and today is %s", r.ID, r.Body.ExpiresOn, c.Today())
	}
	code, err := b.createBatchCode(c, in.TraceCode, in.BatchID, "")
	if err != nil {
		return err
	}
	cold := r.Body.Cold
	if _, err := b.batches.Create(c, in.BatchID, Packed, Batch{
		Producer: r.Body.Owner, Holder: in.Subject, Category: ImportedCold, ProductCode: r.Body.ProductCode, ProductName: r.Body.ProductName, Country: r.Body.Country, Cold: &cold,
		QtyGram: r.Body.ArrivedGram, RemainingGram: r.Body.ArrivedGram, ExpiresOn: r.Body.ExpiresOn, EntryNo: r.Body.EntryNo, Regime: Market,
		Custody: []Hand{{Subject: in.Subject, Since: c.Timestamp()}}, ReportNo: r.ID, TraceCode: code,
	}); err != nil {
		return err
	}
	r.Body.BatchID = in.BatchID
	return r.Move(c, Coded)
}

func (b *book) cancelReport(c *ledger.Call, in *cancelReportInput) error {
	r, err := b.reports.OpenAny(c, in.ReportNo)
	if err != nil {
		return err
	}
	if r.Body.Owner != in.Subject {
		return ledger.RefuseField(ReportInvalid, "subject", "the report %s is of %s, not of %s", r.ID, r.Body.Owner, in.Subject)
	}
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	r.Body.Reason = in.Reason
	return r.Move(c, Cancelled)
}
