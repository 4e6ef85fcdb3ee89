package agritrace

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

const scanAncestors = 100 // batches that a consumer is shown as sources

type scanInput struct {
	TraceCode string `json:"traceCode" is:"maxLen=80" zh:"追溯码"`
}

// scans is how often a code was scanned, and what that tells.
type scans struct {
	Count       int64  `json:"count" zh:"扫码次数"`
	FirstScanAt string `json:"firstScanAt,omitempty" is:"timestamp" zh:"首次扫码时间"`
	FirstScanIn string `json:"firstScanIn,omitempty" zh:"首次扫码区划"`
	Abnormal    bool   `json:"abnormal" zh:"异常" doc:"More scans than the rules think likely: the label may be a copy"`
	Warning     string `json:"warning,omitempty" zh:"提示"`
}

func scansOf(code *Code, rules Setting) scans {
	s := scans{Count: code.Scans, FirstScanAt: code.FirstScanAt, FirstScanIn: code.FirstScanIn}
	switch {
	case code.Scans > rules.AbnormalScans:
		s.Abnormal, s.Warning = true, "该码扫码次数异常，谨防标签被复制"
	case code.Scans > 1:
		s.Warning = "该码并非首次扫码，请核对首次扫码时间"
	}
	return s
}

// stop is one hand of the goods' way, without any natural person.
type stop struct {
	Name       string   `json:"name" zh:"主体"`
	Division   string   `json:"division" zh:"区划"`
	Activities []string `json:"activities" zh:"环节"`
	Since      string   `json:"since" is:"timestamp" zh:"起始时间"`
}

// source is one batch that the goods were made of.
type source struct {
	ProductName string `json:"productName" zh:"产品名称"`
	Producer    string `json:"producer" zh:"生产主体"`
	Origin      string `json:"origin,omitempty" zh:"产地"`
	Country     string `json:"country,omitempty" zh:"原产国"`
	ProducedOn  string `json:"producedOn,omitempty" zh:"收获或生产日期"`
}

// result is a test report as a consumer sees it.
type result struct {
	ReportNo   string     `json:"reportNo" zh:"报告编号"`
	CMANo      string     `json:"cmaNo" zh:"CMA 编号"`
	Result     string     `json:"result" zh:"结论"`
	SampledOn  string     `json:"sampledOn" zh:"抽样日期"`
	Items      []TestItem `json:"items" zh:"项目"`
	ReportHash string     `json:"reportHash" zh:"报告摘要"`
}

// publicScan is what anybody sees who scans a code: sources, way, test results
// (来源、流向、检测结果), and no personal data.
type publicScan struct {
	TraceCode    string     `json:"traceCode" zh:"追溯码"`
	CodeStatus   string     `json:"codeStatus" zh:"追溯码状态"`
	BatchID      string     `json:"batchId" zh:"批次编号"`
	BatchStatus  string     `json:"batchStatus" zh:"批次状态"`
	ProductName  string     `json:"productName" zh:"产品名称"`
	GTIN         string     `json:"gtin,omitempty" zh:"商品条码"`
	Spec         string     `json:"spec,omitempty" zh:"规格"`
	NetGram      int64      `json:"netGram,omitempty" zh:"净含量（克）"`
	ProducedOn   string     `json:"producedOn,omitempty" zh:"收获或生产日期"`
	ExpiresOn    string     `json:"expiresOn,omitempty" zh:"保质期止"`
	Expired      bool       `json:"expired" zh:"已过期"`
	QuarantineNo string     `json:"quarantineNo,omitempty" zh:"检疫证号"`
	ComplianceNo string     `json:"complianceNo,omitempty" zh:"承诺达标合格证号"`
	EntryNo      string     `json:"entryNo,omitempty" zh:"入境检验检疫证明编号"`
	Sources      []source   `json:"sources" is:"maxItems=101" zh:"来源"`
	AllSources   bool       `json:"allSources" zh:"来源是否完整"`
	Way          []stop     `json:"way" zh:"流向"`
	Tests        []result   `json:"tests" is:"maxItems=101" zh:"检测结果"`
	Cold         *ColdRange `json:"cold,omitempty" zh:"冷链温度范围"`
	ColdAlerts   int64      `json:"coldAlerts" zh:"冷链报警次数"`
	Scans        scans      `json:"scans" zh:"扫码情况"`
	Recalled     bool       `json:"recalled" zh:"已召回"`
	Warning      string     `json:"warning,omitempty" zh:"提示"`
}

func (b *book) answerScan(c *ledger.Contract) {
	example := json.RawMessage(`{"traceCode":"(01)06900000000014(21)A0001"}`)
	ledger.Answer(c, catalog.Query{
		Name: "PublicScan", Title: "What a code stands for", TitleZh: "扫码查询", Path: "public-scan", Roles: []string{ledger.AnyRole}, Example: example,
		Doc: "Sources, way and test results of the goods with this code, for anybody. A natural person is shown as such and by no name. ScanCode counts the scan.",
	}, b.publicScan)
	ledger.Answer(c, catalog.Query{
		Name: "ScanCount", Title: "How often a code was scanned", TitleZh: "扫码次数", Path: "scan-count", Roles: []string{ledger.AnyRole}, Example: example,
	}, func(c *ledger.Call, in *scanInput) (*scans, error) {
		code, err := b.codes.Load(c, canonical(in.TraceCode))
		if err != nil {
			return nil, err
		}
		rules, err := b.rules.InForce(c)
		if err != nil {
			return nil, err
		}
		s := scansOf(&code.Body, rules)
		return &s, nil
	})
}

func (b *book) publicScan(c *ledger.Call, in *scanInput) (*publicScan, error) {
	code, err := b.codes.Load(c, canonical(in.TraceCode))
	if err != nil {
		return nil, err
	}
	e, err := b.batches.Load(c, code.Body.Batch)
	if err != nil {
		return nil, err
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return nil, err
	}
	p := &publicScan{
		TraceCode: code.ID, CodeStatus: code.Status, BatchID: e.ID, BatchStatus: e.Status, ProductName: e.Body.ProductName, GTIN: e.Body.GTIN, Spec: e.Body.Spec,
		NetGram: code.Body.NetGram, ProducedOn: e.Body.ProducedOn, ExpiresOn: e.Body.ExpiresOn, Expired: expired(c, e), EntryNo: e.Body.EntryNo,
		Cold: e.Body.Cold, Scans: scansOf(&code.Body, rules), Sources: []source{}, Way: []stop{}, Tests: []result{},
	}
	if err := b.fillSources(c, p, e); err != nil {
		return nil, err
	}
	return p, b.warn(c, p, e)
}

// fillSources shows the batch and those that it was made of.
func (b *book) fillSources(c *ledger.Call, p *publicScan, e *ledger.Entity[Batch]) error {
	sources := []*ledger.Entity[Batch]{e}
	complete, err := b.walk(c, e, parentsOf, scanAncestors, func(a *ledger.Entity[Batch], _ int) bool {
		sources = append(sources, a)
		return true
	})
	if err != nil {
		return err
	}
	p.AllSources = complete
	for _, a := range sources {
		name, err := b.shownAs(c, a.Body.Producer)
		if err != nil {
			return err
		}
		p.Sources = append(p.Sources, source{a.Body.ProductName, name, a.Body.Origin, a.Body.Country, a.Body.ProducedOn})
		p.ColdAlerts += a.Body.Alerts
		for _, own := range []struct {
			to    *string
			value string
		}{{&p.QuarantineNo, a.Body.QuarantineNo}, {&p.ComplianceNo, a.Body.ComplianceNo}, {&p.ProducedOn, a.Body.ProducedOn}} {
			if *own.to == "" {
				*own.to = own.value
			}
		}
		if err := b.addTest(c, p, a); err != nil {
			return err
		}
		if len(p.Way) < maxCustody {
			if err := b.addWay(c, p, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *book) addTest(c *ledger.Call, p *publicScan, e *ledger.Entity[Batch]) error {
	if e.Body.LastTest == "" {
		return nil
	}
	t, err := b.inspections.Load(c, e.Body.LastTest)
	if err != nil {
		return err
	}
	p.Tests = append(p.Tests, result{t.Body.ReportNo, t.Body.CMANo, t.Status, t.Body.SampledOn, t.Body.Items, t.Body.ReportHash})
	return nil
}

// addWay puts a source's hands before those of what was made of it.
func (b *book) addWay(c *ledger.Call, p *publicScan, e *ledger.Entity[Batch]) error {
	var way []stop
	for _, h := range e.Body.Custody {
		s, err := b.subjects.Load(c, h.Subject)
		if err != nil {
			return err
		}
		name, err := b.shownAs(c, h.Subject)
		if err != nil {
			return err
		}
		way = append(way, stop{name, s.Body.DivisionCode[:6], s.Body.Activities, h.Since})
	}
	p.Way = append(way, p.Way...)
	return nil
}

// shownAs is a subject's name for everybody: a natural person has none.
func (b *book) shownAs(c *ledger.Call, subject string) (string, error) {
	s, err := b.subjects.Load(c, subject)
	if err != nil {
		return "", err
	}
	if s.Body.SubjectType == "PERSON" {
		return "个人生产者", nil
	}
	return s.Body.Name, nil
}

// warn says what a consumer must know before anything else.
func (b *book) warn(c *ledger.Call, p *publicScan, e *ledger.Entity[Batch]) error {
	err := b.ancestorsClear(c, e)
	no := operation.RefusalOf(err)
	if err != nil && no == nil {
		return err
	}
	p.Recalled = e.Body.RecallID != "" || no != nil && no.Code == BatchRecalled
	switch {
	case p.Recalled:
		p.Warning = "该产品已被召回，请勿食用"
	case e.Status == Held || e.Status == Released || e.Status == Destroyed:
		p.Warning = "该批次已暂控或销毁，请勿购买"
	case p.Expired:
		p.Warning = "该产品已过保质期"
	case p.CodeStatus == Void:
		p.Warning = "该追溯码已作废"
	case p.Scans.Abnormal:
		p.Warning = p.Scans.Warning
	}
	return nil
}
