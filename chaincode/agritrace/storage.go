package agritrace

import (
	"encoding/json"
	"strconv"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const passageType = "passage"

// Statuses of a passage.
const (
	In  = "IN"
	Out = "OUT"
)

// Passage is a batch's stay in one store, from the scan at its door in to the
// scan at its door out (进出扫码).
type Passage struct {
	BatchID  string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Station  string `json:"station" is:"maxLen=32" zh:"站点主体码"`
	Position string `json:"position,omitempty" is:"maxLen=64" zh:"库位"`
	InAt     string `json:"inAt" is:"timestamp" zh:"入库时间"`
	InGram   int64  `json:"inGram" is:"min=0" zh:"入库量（克）"`
	OutAt    string `json:"outAt,omitempty" is:"timestamp" zh:"出库时间"`
	OutGram  int64  `json:"outGram,omitempty" is:"min=0" zh:"出库量（克）"`
}

type scanInInput struct {
	BatchID  string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject  string `json:"subject" is:"maxLen=32" zh:"站点主体码"`
	Position string `json:"position,omitempty" is:"maxLen=64" zh:"库位"`
}

type scanOutInput struct {
	BatchID string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject string `json:"subject" is:"maxLen=32" zh:"站点主体码"`
}

func (i *scanInInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(batchType, i.BatchID))
}

func (i *scanOutInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(batchType, i.BatchID))
}

// PassageID is the id of a batch's n-th stay in a store.
func PassageID(batchID string, n int64) string { return batchID + "." + strconv.FormatInt(n, 10) }

func (b *book) definePassage(c *ledger.Contract) {
	b.passages = ledger.Define[Passage](c, catalog.Record{
		Type: passageType, Collection: "passages", Title: "passage through a store", TitleZh: "出入库记录",
		Doc:         "The id is the batch's, with the number of the stay.",
		Statuses:    []catalog.Status{{Code: In, TitleZh: "在库"}, {Code: Out, TitleZh: "已出库"}},
		Transitions: ledger.Table(ledger.Steps("ScanIn", In, ""), ledger.Steps("ScanOut", Out, In)),
		Search:      []catalog.SearchField{{Field: "batchId", Kind: "keyword"}, {Field: "station", Kind: "keyword"}, {Field: "inAt", Kind: "date"}},
	})
}

func (b *book) handlePassage(c *ledger.Contract) {
	roles := []string{RoleStorage, RoleProducer, RoleProcessor, RoleTrader}
	refusals := []string{NotOperator, SubjectInactive, ActivityMissing, NotHolder, BatchHeld, BatchRecalled, RecallSpreading}
	ledger.Handle(c, catalog.Operation{
		Name: "ScanIn", Title: "Scan a batch into a store", TitleZh: "入库扫码", Record: passageType, Creates: true, Lane: "batchId", Roles: roles, Refusals: refusals,
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZZ4101050002","position":"A-03-12"}`),
	}, b.scanIn)
	ledger.Handle(c, catalog.Operation{
		Name: "ScanOut", Title: "Scan a batch out of its store", TitleZh: "出库扫码", Record: passageType, Verb: "scan-out", Lane: "batchId", Roles: roles, Refusals: refusals,
		Doc:     "The batch stays where it is until it is shipped, sold or transformed.",
		Example: json.RawMessage(`{"batchId":"ZM4101220001.20260302-01","subject":"ZZ4101050002"}`),
	}, b.scanOut)
}

func (b *book) scanIn(c *ledger.Call, in *scanInInput) error {
	if _, err := b.acting(c, in.Subject, ActivityStore); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if e.Body.ScannedIn {
		return ledger.Refuse(ledger.StateForbids, "the batch %s is in the store already, since its passage %d", e.ID, e.Body.Passages)
	}
	e.Body.Passages++
	e.Body.ScannedIn = true
	if err := e.Move(c, InStorage); err != nil {
		return err
	}
	_, err = b.passages.CreateNumbered(c, PassageID(e.ID, e.Body.Passages), In, Passage{
		BatchID: e.ID, Station: in.Subject, Position: in.Position, InAt: c.Timestamp(), InGram: e.Body.RemainingGram,
	})
	return err
}

func (b *book) scanOut(c *ledger.Call, in *scanOutInput) error {
	if _, err := b.acting(c, in.Subject, ActivityStore); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if !e.Body.ScannedIn {
		return ledger.Refuse(ledger.StateForbids, "the batch %s is in no store: scan it in first", e.ID)
	}
	p, err := b.passages.Load(c, PassageID(e.ID, e.Body.Passages))
	if err != nil {
		return err
	}
	e.Body.ScannedIn = false
	if err := e.Keep(c); err != nil {
		return err
	}
	p.Body.OutAt, p.Body.OutGram = c.Timestamp(), e.Body.RemainingGram
	return p.Move(c, Out)
}
