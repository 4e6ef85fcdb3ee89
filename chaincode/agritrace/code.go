package agritrace

import (
	"encoding/json"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

const codeType = "code"

// Void is the status of a code that stands for no goods any more.
const Void = "VOID"

// Code is a trace code that a consumer scans (追溯码): of one retail pack, or of a
// batch as a whole (netGram 0). That it was first scanned long ago, or very
// often, tells of a copied label.
type Code struct {
	Batch       string `json:"batch" is:"maxLen=65" zh:"批次编号"`
	GTIN        string `json:"gtin,omitempty" is:"gtin" zh:"商品条码"`
	NetGram     int64  `json:"netGram,omitempty" is:"min=0" zh:"净含量（克）" doc:"0 of a batch's own code"`
	Scans       int64  `json:"scans,omitempty" is:"min=0" zh:"扫码次数"`
	FirstScanAt string `json:"firstScanAt,omitempty" is:"timestamp" zh:"首次扫码时间"`
	FirstScanIn string `json:"firstScanIn,omitempty" is:"division" zh:"首次扫码区划"`
	SoldAt      string `json:"soldAt,omitempty" is:"timestamp" zh:"销售时间"`
	SoldBy      string `json:"soldBy,omitempty" is:"maxLen=32" zh:"销售主体码"`
}

type packInput struct {
	BatchID   string   `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject   string   `json:"subject" is:"maxLen=32" zh:"主体码"`
	GTIN      string   `json:"gtin,omitempty" is:"gtin" zh:"商品条码"`
	NetGram   int64    `json:"netGram" is:"min=1,max=100000000" zh:"净含量（克）" doc:"Of each pack"`
	Codes     []string `json:"codes" is:"maxLen=80,minItems=1,maxItems=200,unique" zh:"追溯码" doc:"Ecode (GB/T 31866), SSCC, or GS1 (01)GTIN(21)serial"`
	ExpiresOn string   `json:"expiresOn,omitempty" is:"date" zh:"保质期止"`
}

type voidCodeInput struct {
	TraceCode string `json:"traceCode" is:"maxLen=80" zh:"追溯码"`
	BatchID   string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject   string `json:"subject" is:"maxLen=32" zh:"主体码"`
}

type scanCodeInput struct {
	TraceCode string `json:"traceCode" is:"maxLen=80" zh:"追溯码"`
	Division  string `json:"division,omitempty" is:"division" zh:"扫码区划" doc:"Where it was scanned, and never who scanned it"`
}

func (i *packInput) Reads() []string {
	keys := subjectKeys(i.Subject)
	for _, code := range i.Codes {
		keys = append(keys, ledger.Key(codeType, code))
	}
	return keys
}

func (i *voidCodeInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(batchType, i.BatchID))
}

func (b *book) defineCode(c *ledger.Contract) {
	b.codes = ledger.Define[Code](c, catalog.Record{
		Type: codeType, Collection: "codes", Title: "trace code", TitleZh: "追溯码",
		Doc:      "What a consumer scans. A code is given out once, on the whole ledger.",
		Statuses: []catalog.Status{{Code: Active, TitleZh: "有效"}, {Code: Sold, TitleZh: "已售"}, {Code: Void, TitleZh: "作废"}},
		Transitions: ledger.Table(
			ledger.Steps("Pack", Active, ""), ledger.Steps("RegisterBatch", Active, ""), ledger.Steps("AssignFirstCode", Active, ""),
			ledger.Stay("Transform", Active), ledger.Steps("Sell", Sold, Active), ledger.Steps("Receive", Void, Active), ledger.Steps("VoidCode", Void, Active),
			ledger.Stay("ScanCode", Active, Sold, Void),
		),
		Search: []catalog.SearchField{{Field: "batch", Kind: "keyword"}, {Field: "gtin", Kind: "keyword"}, {Field: "scans", Kind: "number"}, {Field: "firstScanAt", Kind: "date"}},
	})
}

func (b *book) handleCode(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Pack", Title: "Pack goods and give them retail codes", TitleZh: "包装赋码", Record: batchType, Verb: "pack", ID: "batchId", Roles: holders,
		Refusals: []string{NotOperator, SubjectInactive, NotHolder, BatchHeld, BatchRecalled, RecallSpreading, BatchExpired, CodedGoods, CodeInvalid, DateInvalid},
		Doc:      "May be repeated while goods without codes are left.",
		Example:  json.RawMessage(`{"batchId":"ZM4101220001.20260302-02","subject":"ZM4101220001","gtin":"6900000000014","netGram":500,"codes":["(01)06900000000014(21)A0001","(01)06900000000014(21)A0002"],"expiresOn":"20261231"}`),
	}, b.pack)
	ledger.Handle(c, catalog.Operation{
		Name: "VoidCode", Title: "Void a retail code", TitleZh: "追溯码作废", Record: codeType, Verb: "void", ID: "traceCode", Lane: "batchId", Roles: holders,
		Refusals: []string{NotOperator, SubjectInactive, NotHolder, CodeElsewhere}, Doc: "Of a pack that was damaged or opened: its goods stay in the batch, without a code.",
		Example: json.RawMessage(`{"traceCode":"(01)06900000000014(21)A0002","batchId":"ZM4101220001.20260302-02","subject":"ZM4101220001"}`),
	}, b.voidCode)
	ledger.Handle(c, catalog.Operation{
		Name: "ScanCode", Title: "Count a consumer's scan", TitleZh: "消费者扫码", Record: codeType, Verb: "scan", ID: "traceCode", Roles: []string{RoleScanner},
		Doc:     "Keeps the first scan's time and counts the scans; the query PublicScan then shows what the code stands for.",
		Example: json.RawMessage(`{"traceCode":"(01)06900000000014(21)A0001","division":"410105"}`),
	}, b.scanCode)
}

// parseTraceCode reads a trace code of any of the schemes, in the form that
// the ledger keeps. A GS1 code must be of the goods' own GTIN.
func parseTraceCode(field, text, gtin string) (string, error) {
	switch {
	case strings.HasPrefix(strings.TrimSpace(text), "("):
		// The element string (01)…(21)… is the same for food as for drugs.
		code, err := identifier.ParseDrugTraceCode(text)
		if err != nil {
			return "", ledger.RefuseField(CodeInvalid, field, "%.96s is not a GS1 code: %v", text, err)
		}
		if item, err := identifier.ParseGTIN(gtin); gtin != "" && (err != nil || item.GTIN14() != code.Product) {
			return "", ledger.RefuseField(CodeInvalid, field, "the code %s is of the item %s, and the goods are %s", code, code.Product, gtin)
		}
		return code.String(), nil
	case len(text) == 18:
		if sscc, err := identifier.ParseSSCC(text); err == nil {
			return sscc.String(), nil
		}
	}
	code, err := identifier.ParseEcode(text)
	if err != nil {
		return "", ledger.RefuseField(CodeInvalid, field, "%.96s is neither a GS1 code, nor an SSCC, nor an Ecode: %v", text, err)
	}
	return code.String(), nil
}

// canonical is the form that the ledger keeps of a code that somebody scanned:
// a GS1 label tells more than the code (lot, date), and readers add spaces.
// What is no code stays as it is, and is not found.
func canonical(text string) string {
	if code, err := parseTraceCode("traceCode", text, ""); err == nil {
		return code
	}
	return text
}

// createBatchCode gives a batch a code of its own.
func (b *book) createBatchCode(c *ledger.Call, text, batch, gtin string) (string, error) {
	code, err := parseTraceCode("traceCode", text, gtin)
	if err != nil {
		return "", err
	}
	_, err = b.codes.Create(c, code, Active, Code{Batch: batch, GTIN: gtin})
	return code, err
}

func (b *book) pack(c *ledger.Call, in *packInput) error {
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if in.ExpiresOn != "" {
		if e.Body.ExpiresOn != "" && in.ExpiresOn > e.Body.ExpiresOn {
			return ledger.RefuseField(DateInvalid, "expiresOn", "the batch is good until %s: packing it does not make it last until %s", e.Body.ExpiresOn, in.ExpiresOn)
		}
		e.Body.ExpiresOn = in.ExpiresOn
	}
	if err := notExpired(c, e); err != nil {
		return err
	}
	if in.GTIN != "" {
		e.Body.GTIN = in.GTIN
	}
	coded := in.NetGram * int64(len(in.Codes))
	if coded > e.Body.free() {
		return ledger.RefuseField(CodedGoods, "codes", "%d packs of %s g are %s g, and %s g without codes are left of batch %s", len(in.Codes), grams(in.NetGram), grams(coded), grams(e.Body.free()), e.ID)
	}
	for _, text := range in.Codes {
		code, err := parseTraceCode("codes", text, e.Body.GTIN)
		if err != nil {
			return err
		}
		if _, err := b.codes.Create(c, code, Active, Code{Batch: e.ID, GTIN: e.Body.GTIN, NetGram: in.NetGram}); err != nil {
			return err
		}
	}
	e.Body.CodedGram += coded
	return e.Move(c, Packed)
}

// activeCode loads a retail code that stands for goods of the batch now.
func (b *book) activeCode(c *ledger.Call, id, batch string) (*ledger.Entity[Code], error) {
	code, err := b.codes.Load(c, canonical(id))
	if err != nil {
		return nil, err
	}
	if code.Status != Active || code.Body.Batch != batch || code.Body.NetGram == 0 {
		return nil, ledger.Refuse(CodeElsewhere, "the code %s is %s, of the batch %s: an active retail code of the batch %s is needed", id, code.Status, code.Body.Batch, batch)
	}
	return code, nil
}

// void takes a code off its goods, which stay in the batch.
func (b *book) void(c *ledger.Call, e *ledger.Entity[Batch], id string) error {
	code, err := b.activeCode(c, id, e.ID)
	if err != nil {
		return err
	}
	e.Body.CodedGram -= code.Body.NetGram
	return code.Move(c, Void)
}

func (b *book) voidCode(c *ledger.Call, in *voidCodeInput) error {
	e, err := b.custodian(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if err := b.void(c, e, in.TraceCode); err != nil {
		return err
	}
	return e.Keep(c)
}

func (b *book) scanCode(c *ledger.Call, in *scanCodeInput) error {
	code, err := b.codes.OpenAny(c, canonical(in.TraceCode))
	if err != nil {
		return err
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	if code.Body.Scans++; code.Body.Scans == 1 {
		code.Body.FirstScanAt, code.Body.FirstScanIn = c.Timestamp(), in.Division
	}
	if err := code.Keep(c); err != nil {
		return err
	}
	return c.Data(scansOf(&code.Body, rules))
}
