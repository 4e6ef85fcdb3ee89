package medical

import (
	"encoding/json"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const packType = "pack"

// Statuses of a pack.
const (
	Coded     = "CODED"
	Packed    = "PACKED"
	Shipped   = "SHIPPED"
	Received  = "RECEIVED"
	Dispensed = "DISPENSED"
	Returned  = "RETURNED"
	Destroyed = "DESTROYED"
)

// Levels of packaging.
const (
	Small  = "SMALL"  // 最小销售包装
	Middle = "MIDDLE" // 中包装
	Big    = "BIG"    // 大包装
)

var levelRank = map[string]int{Small: 1, Middle: 2, Big: 3}

// Pack is one pack of a drug under its trace code (药品追溯码), of any level.
//
// A pack inside another moves with it: only the outermost is written when a
// case of thousands is shipped, and where the inner ones are follows from it
// (whereabouts). A pack that is taken out on its own is detached from then on,
// and the packs around it are opened: they no longer move as a whole.
type Pack struct {
	LotID     string   `json:"lotId" is:"maxLen=47" zh:"批编号"`
	Level     string   `json:"level" is:"enum=SMALL|MIDDLE|BIG" zh:"包装级别"`
	Holder    string   `json:"holder" is:"uscc" zh:"持有机构" doc:"Of the outermost pack, or of one that was taken out"`
	HolderOrg string   `json:"holderOrg" is:"maxLen=64" zh:"持有机构所属组织"`
	Parent    string   `json:"parent,omitempty" is:"drug-trace" zh:"上级包装追溯码"`
	Detached  bool     `json:"detached,omitempty" zh:"已取出" doc:"Whether it was taken out of its parent"`
	Children  []string `json:"children,omitempty" is:"drug-trace,maxItems=200" zh:"内装追溯码"`
	Opened    bool     `json:"opened,omitempty" zh:"已拆包"`
	Smalls    int64    `json:"smalls" is:"min=1" zh:"最小包装数" doc:"How many small packs it was made of"`
	Units     int64    `json:"units,omitempty" is:"min=0" zh:"单位数" doc:"Of a small pack"`
	Remaining int64    `json:"remaining,omitempty" is:"min=0" zh:"拆零余量"`
	Attempts  int64    `json:"attempts,omitempty" is:"min=0" zh:"核销次数" doc:"Dispensings and suspected ones, numbered"`
	FirstBy   string   `json:"firstBy,omitempty" is:"uscc" zh:"首次核销机构"`
	FirstAt   string   `json:"firstAt,omitempty" is:"timestamp" zh:"首次核销时间"`
	Shipment  string   `json:"shipment,omitempty" is:"maxLen=64" zh:"发货单号"`
	Before    string   `json:"before,omitempty" is:"maxLen=16" zh:"发货前状态"`
	Reason    string   `json:"reason,omitempty" is:"maxLen=256" zh:"原因"`
	Evidence  string   `json:"evidence,omitempty" is:"sm3" zh:"处置记录摘要"`
}

type registerPacksInput struct {
	LotID string   `json:"lotId" is:"maxLen=47" zh:"批编号"`
	Codes []string `json:"codes" is:"drug-trace,minItems=1,maxItems=200,unique" zh:"最小包装追溯码"`
}

type packInput struct {
	ParentCode string   `json:"parentCode" is:"drug-trace" zh:"上级包装追溯码"`
	Level      string   `json:"level" is:"enum=MIDDLE|BIG" zh:"包装级别"`
	LotID      string   `json:"lotId" is:"maxLen=47" zh:"批编号"`
	Children   []string `json:"children" is:"drug-trace,minItems=1,maxItems=200,unique" zh:"内装追溯码"`
}

type changePackInput struct {
	Code   string `json:"drugTraceCode" is:"drug-trace" zh:"药品追溯码"`
	Reason string `json:"reason" is:"maxLen=256" zh:"原因"`
}

type destroyPackInput struct {
	Code     string `json:"drugTraceCode" is:"drug-trace" zh:"药品追溯码"`
	Reason   string `json:"reason" is:"maxLen=256" zh:"原因"`
	Evidence string `json:"evidence" is:"sm3" zh:"处置记录摘要" doc:"SM3 of the record of the destruction"`
}

func packKeys(codes []string) []string { return ledger.Keys(packType, codes) }

func (i *registerPacksInput) Reads() []string { return packKeys(i.Codes) }
func (i *packInput) Reads() []string {
	return append(packKeys(i.Children), ledger.Key(lotType, i.LotID))
}

func (b *book) definePack(c *ledger.Contract) {
	inside := []string{Coded, Packed, Received}
	all := []string{Coded, Packed, Shipped, Received, Dispensed, Returned, Recalled, Destroyed}
	b.packs = ledger.Define[Pack](c, catalog.Record{
		Type: packType, Collection: "packs", Title: "pack", TitleZh: "药品包装",
		Doc: "A pack inside another keeps the status that it had when it was put in; where it is now follows from the outermost pack (query ScanDrug). That it has expired is derived from its lot.",
		Statuses: []catalog.Status{
			{Code: Coded, TitleZh: "已赋码"}, {Code: Packed, TitleZh: "已包装"}, {Code: Shipped, TitleZh: "已发货"}, {Code: Received, TitleZh: "已收货"},
			{Code: Dispensed, TitleZh: "已核销"}, {Code: Returned, TitleZh: "已退回"}, {Code: Recalled, TitleZh: "已召回收回"}, {Code: Destroyed, TitleZh: "已销毁"},
		},
		Transitions: ledger.Table(
			ledger.Steps("RegisterPacks", Coded, ""),
			ledger.Steps("Pack", Packed, "", Coded, Packed, Received), ledger.Stay("Pack", Received),
			ledger.Steps("Ship", Shipped, Packed, Received), ledger.Stay("Ship", Packed, Received),
			ledger.Steps("Receive", Received, Shipped),
			ledger.Steps("RejectShipment", Packed, Shipped), ledger.Steps("RejectShipment", Received, Shipped),
			ledger.Steps("TakeBack", Packed, Shipped), ledger.Steps("TakeBack", Received, Shipped),
			dispensingRows("Dispense", inside, all), dispensingRows("DispensePrescription", inside, all),
			ledger.Steps("ReturnPack", Returned, Dispensed),
			ledger.Steps("RecallPack", Recalled, Coded, Packed, Received, Dispensed, Returned), ledger.Stay("RecallPack", Packed, Received),
			ledger.Steps("DestroyPack", Destroyed, Coded, Packed, Received, Returned, Recalled), ledger.Stay("DestroyPack", Packed, Received),
		),
		Search: []catalog.SearchField{{Field: "lotId", Kind: "keyword"}, {Field: "holder", Kind: "keyword"}, {Field: "parent", Kind: "keyword"}, {Field: "level", Kind: "keyword"}, {Field: "shipment", Kind: "keyword"}, {Field: "attempts", Kind: "number"}},
	})
}

// dispensingRows: a small pack in hand is dispensed, or some of its units; the
// packs around it are opened; and a second attempt on whatever is gone is
// counted without a change of status.
func dispensingRows(op string, inside, all []string) []catalog.Transition {
	return ledger.Table(ledger.Steps(op, Dispensed, inside...), ledger.Steps(op, Received, Packed), ledger.Stay(op, all...))
}

func (b *book) handlePack(c *ledger.Contract) {
	who := []string{InstitutionRequired, LicenceExpired}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterPacks", Title: "Code small packs", TitleZh: "最小包装赋码", Record: lotType, Verb: "packs", ID: "lotId", Roles: []string{RoleMAH},
		Refusals: append([]string{CodeForeign, LotExpired}, who...), Doc: "A trace code is given out once, on the whole ledger.",
		Example: json.RawMessage(`{"lotId":"86900001000019.20260101","codes":["81000010000000000001","81000010000000000002","81000010000000000003","81000010000000000004"]}`),
	}, b.registerPacks)
	ledger.Handle(c, catalog.Operation{
		Name: "Pack", Title: "Pack into a bigger pack", TitleZh: "包装关联（大中小包装）", Record: packType, Creates: true, ID: "parentCode", Roles: []string{RoleMAH, RoleDistributor},
		Refusals: append([]string{CodeForeign, PackLevel, PackElsewhere, PackOpened, LotRecalled, LotExpired, DrugMismatch}, who...),
		Example:  json.RawMessage(`{"parentCode":"81000019000000000001","level":"MIDDLE","lotId":"86900001000019.20260101","children":["81000010000000000001","81000010000000000002"]}`),
	}, b.pack)
	ledger.Handle(c, catalog.Operation{
		Name: "ReturnPack", Title: "Take a dispensed pack back", TitleZh: "退药", Record: packType, Verb: "return", ID: "drugTraceCode", Roles: []string{RoleDispenser},
		Refusals: append([]string{PackElsewhere}, who...), Doc: "What was dispensed once is never dispensed again: it is destroyed.",
		Example: json.RawMessage(`{"drugTraceCode":"81000020000000000001","reason":"患者退药"}`),
	}, b.returnPack)
	ledger.Handle(c, catalog.Operation{
		Name: "RecallPack", Title: "Register a recalled pack as collected", TitleZh: "召回收回", Record: packType, Verb: "recall", ID: "drugTraceCode", Roles: traders,
		Refusals: append([]string{PackElsewhere, RecallUnfinished, PackOpened}, who...), Doc: "Of a lot that is recalled: from stock, or from a patient by who dispensed it.",
		Example: json.RawMessage(`{"drugTraceCode":"81000010000000000004","reason":"召回下架"}`),
	}, b.recallPack)
	ledger.Handle(c, catalog.Operation{
		Name: "DestroyPack", Title: "Destroy a pack", TitleZh: "销毁", Record: packType, Verb: "destroy", ID: "drugTraceCode", Roles: traders,
		Refusals: append([]string{PackElsewhere, PackOpened}, who...), Doc: "Of a recalled or expired lot, or one that was returned.",
		Example: json.RawMessage(`{"drugTraceCode":"81000020000000000001","reason":"退药销毁","evidence":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.destroyPack)
}

func (b *book) registerPacks(c *ledger.Call, in *registerPacksInput) error {
	if _, err := b.member(c, MAH); err != nil {
		return err
	}
	lot, err := b.lots.Open(c, in.LotID)
	if err != nil {
		return err
	}
	if err := marketable(c, lot); err != nil {
		return err
	}
	for _, code := range in.Codes {
		if err := lot.Body.holdsCode(code); err != nil {
			return err
		}
		if _, err := b.packs.Create(c, code, Coded, Pack{
			LotID: in.LotID, Level: Small, Holder: c.Caller().Dept, HolderOrg: c.Caller().MSP, Smalls: 1, Units: lot.Body.UnitsPerPack, Remaining: lot.Body.UnitsPerPack,
		}); err != nil {
			return err
		}
	}
	lot.Body.Packs += int64(len(in.Codes))
	return lot.Keep(c)
}

func (b *book) pack(c *ledger.Call, in *packInput) error {
	if _, err := b.member(c, MAH, Distributor); err != nil {
		return err
	}
	lot, err := b.lots.Load(c, in.LotID)
	if err != nil {
		return err
	}
	if err := marketable(c, lot); err != nil {
		return err
	}
	if err := lot.Body.holdsCode(in.ParentCode); err != nil {
		return err
	}
	parent := Pack{LotID: in.LotID, Level: in.Level, Holder: c.Caller().Dept, HolderOrg: c.Caller().MSP, Children: in.Children}
	for _, code := range in.Children {
		child, err := b.putIn(c, code, in)
		if err != nil {
			return err
		}
		parent.Smalls += child.Body.Smalls
	}
	e, err := b.packs.Create(c, in.ParentCode, Packed, parent)
	if err != nil {
		return err
	}
	e.Answer(c)
	return nil
}

// putIn closes a child into a new parent.
func (b *book) putIn(c *ledger.Call, code string, in *packInput) (*ledger.Entity[Pack], error) {
	child, place, err := b.inHand(c, code, Coded, Packed, Received)
	if err != nil {
		return nil, err
	}
	switch {
	case child.Body.LotID != in.LotID:
		return nil, ledger.RefuseField(DrugMismatch, "children", "the pack %s is of the lot %s, not of %s", code, child.Body.LotID, in.LotID)
	case levelRank[child.Body.Level] >= levelRank[in.Level]:
		return nil, ledger.RefuseField(PackLevel, "children", "the pack %s is %s and does not go into one that is %s", code, child.Body.Level, in.Level)
	}
	if err := whole(child); err != nil {
		return nil, err
	}
	if err := b.takeOut(c, child, place); err != nil {
		return nil, err
	}
	child.Body.Parent, child.Body.Detached = in.ParentCode, false
	return child, child.Move(c, Packed)
}

// whole refuses a pack that was opened or split: it no longer is what its code
// says.
func whole(e *ledger.Entity[Pack]) error {
	if e.Body.Opened || e.Body.Remaining < e.Body.Units {
		return ledger.Refuse(PackOpened, "the pack %s was opened: it no longer moves as a whole", e.ID)
	}
	return nil
}

// whereabouts is where a pack is: its own status and holder, or those of the
// outermost pack that it is still in.
type whereabouts struct {
	status, holder, org string
	around              []*ledger.Entity[Pack] // the packs that it is in, innermost first
}

func (b *book) whereIs(c *ledger.Call, e *ledger.Entity[Pack]) (*whereabouts, error) {
	w := &whereabouts{}
	outermost := e
	for outermost.Body.Parent != "" && !outermost.Body.Detached {
		parent, err := b.packs.Load(c, outermost.Body.Parent)
		if err != nil {
			return nil, err
		}
		w.around = append(w.around, parent)
		outermost = parent
		if len(w.around) >= maxLevels {
			break // levels rise from child to parent: cannot be
		}
	}
	w.status, w.holder, w.org = outermost.Status, outermost.Body.Holder, outermost.Body.HolderOrg
	return w, nil
}

// locate loads a pack and finds out where it is.
func (b *book) locate(c *ledger.Call, code string) (*ledger.Entity[Pack], *whereabouts, error) {
	e, err := b.packs.Load(c, code)
	if err != nil {
		return nil, nil, err
	}
	w, err := b.whereIs(c, e)
	return e, w, err
}

// with refuses a pack that the caller does not have, or not in one of the
// statuses.
func (w *whereabouts) with(c *ledger.Call, code string, statuses ...string) error {
	if slices.Contains(statuses, w.status) && w.holder == c.Caller().Dept && w.org == c.Caller().MSP {
		return nil
	}
	return ledger.Refuse(PackElsewhere, "the pack %s is %s at %s: it must be %v at %s", code, w.status, w.holder, statuses, c.Caller().Dept)
}

// inHand loads a pack that the caller has, in one of the statuses.
func (b *book) inHand(c *ledger.Call, code string, statuses ...string) (*ledger.Entity[Pack], *whereabouts, error) {
	e, w, err := b.locate(c, code)
	if err != nil {
		return nil, nil, err
	}
	return e, w, w.with(c, code, statuses...)
}

// takeOut detaches a pack from those around it, which are opened by that. What
// the caller does to the pack itself is written by the caller.
func (b *book) takeOut(c *ledger.Call, e *ledger.Entity[Pack], w *whereabouts) error {
	for _, around := range w.around {
		if around.Body.Opened {
			continue
		}
		around.Body.Opened = true
		if err := around.Keep(c); err != nil {
			return err
		}
	}
	e.Body.Detached = e.Body.Parent != ""
	e.Body.Holder, e.Body.HolderOrg = w.holder, w.org
	return nil
}

func (b *book) returnPack(c *ledger.Call, in *changePackInput) error {
	if _, err := b.member(c, Hospital, Pharmacy); err != nil {
		return err
	}
	e, err := b.packs.OpenAny(c, in.Code)
	if err != nil {
		return err
	}
	if e.Body.FirstBy != c.Caller().Dept {
		return ledger.Refuse(PackElsewhere, "the pack %s was dispensed by %s, which takes it back", in.Code, e.Body.FirstBy)
	}
	e.Body.Reason = in.Reason
	return e.Move(c, Returned)
}

func (b *book) recallPack(c *ledger.Call, in *changePackInput) error {
	e, place, err := b.own(c, in.Code, Coded, Packed, Received, Dispensed, Returned)
	if err != nil {
		return err
	}
	lot, err := b.lots.Load(c, e.Body.LotID)
	if err != nil {
		return err
	}
	if lot.Status != Recalled {
		return ledger.Refuse(RecallUnfinished, "the lot %s is %s: packs are collected of a lot that is recalled", lot.ID, lot.Status)
	}
	return b.end(c, e, place, Recalled, in.Reason)
}

func (b *book) destroyPack(c *ledger.Call, in *destroyPackInput) error {
	e, place, err := b.own(c, in.Code, Coded, Packed, Received, Returned, Recalled)
	if err != nil {
		return err
	}
	lot, err := b.lots.Load(c, e.Body.LotID)
	if err != nil {
		return err
	}
	if place.status != Returned && place.status != Recalled && marketable(c, lot) == nil {
		return ledger.Refuse(PackElsewhere, "the pack %s is %s of a lot that is good: packs are destroyed that were returned or recalled, or whose lot is recalled or expired", in.Code, place.status)
	}
	e.Body.Evidence = in.Evidence
	return b.end(c, e, place, Destroyed, in.Reason)
}

// own is inHand for an institution of any kind that trades.
func (b *book) own(c *ledger.Call, code string, statuses ...string) (*ledger.Entity[Pack], *whereabouts, error) {
	if _, err := b.member(c, MAH, Distributor, Hospital, Pharmacy); err != nil {
		return nil, nil, err
	}
	if _, err := b.packs.OpenAny(c, code); err != nil {
		return nil, nil, err
	}
	return b.inHand(c, code, statuses...)
}

// end takes a pack out of the market. A pack that was opened stands for
// nothing any more: what was in it is ended by its own codes.
func (b *book) end(c *ledger.Call, e *ledger.Entity[Pack], place *whereabouts, to, reason string) error {
	if e.Body.Level != Small && e.Body.Opened {
		return ledger.Refuse(PackOpened, "the pack %s was opened: what was in it is named by its own codes", e.ID)
	}
	if err := b.takeOut(c, e, place); err != nil {
		return err
	}
	e.Body.Reason = reason
	return e.Move(c, to)
}
