package medical

import (
	"encoding/json"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const shipmentType = "shipment"

// Statuses of a shipment beside SHIPPED and RECEIVED.
const (
	Disputed = "DISPUTED"
	Rejected = "REJECTED"
)

// Shipment is packs on their way from one institution to another (发货单). The
// codes are of the outermost packs.
type Shipment struct {
	From     string   `json:"from" is:"uscc" zh:"发货机构"`
	To       string   `json:"to" is:"uscc" zh:"收货机构"`
	Purpose  string   `json:"purpose" is:"enum=SALE|RETURN" zh:"用途" doc:"销售, 退回"`
	Codes    []string `json:"codes" is:"drug-trace,maxItems=200" zh:"追溯码"`
	Smalls   int64    `json:"smalls" is:"min=0" zh:"最小包装数"`
	Missing  []string `json:"missing,omitempty" is:"drug-trace,maxItems=200" zh:"少收追溯码"`
	Extra    []string `json:"extra,omitempty" is:"drug-trace,maxItems=200" zh:"多收追溯码"`
	TakenOut []string `json:"takenOut,omitempty" is:"drug-trace,maxItems=200" zh:"收回追溯码"`
	Note     string   `json:"note,omitempty" is:"maxLen=512" zh:"说明"`
	EndedAt  string   `json:"endedAt,omitempty" is:"timestamp" zh:"完成时间"`
}

type shipInput struct {
	ShipmentNo string   `json:"shipmentNo" is:"pattern=^[0-9A-Z]{18}[.][0-9A-Za-z-]{1,40}$" zh:"发货单号" doc:"The sender's USCC, a dot and a number"`
	To         string   `json:"to" is:"uscc" zh:"收货机构"`
	Purpose    string   `json:"purpose" is:"enum=SALE|RETURN" zh:"用途" doc:"A recalled or expired lot only goes back to its marketing authorisation holder (RETURN)"`
	Codes      []string `json:"codes" is:"drug-trace,minItems=1,maxItems=200,unique" zh:"追溯码" doc:"Of the outermost packs"`
}

type receiveInput struct {
	ShipmentNo string   `json:"shipmentNo" is:"maxLen=64" zh:"发货单号"`
	Codes      []string `json:"codes" is:"drug-trace,minItems=1,maxItems=200,unique" zh:"实收追溯码"`
}

type disputeInput struct {
	ShipmentNo string   `json:"shipmentNo" is:"maxLen=64" zh:"发货单号"`
	Missing    []string `json:"missing,omitempty" is:"drug-trace,maxItems=200,unique" zh:"少收追溯码"`
	Extra      []string `json:"extra,omitempty" is:"drug-trace,maxItems=200,unique" zh:"多收追溯码"`
	Note       string   `json:"note" is:"maxLen=512" zh:"说明"`
}

type takeBackInput struct {
	ShipmentNo string   `json:"shipmentNo" is:"maxLen=64" zh:"发货单号"`
	Codes      []string `json:"codes" is:"drug-trace,minItems=1,maxItems=200,unique" zh:"收回追溯码"`
	Note       string   `json:"note" is:"maxLen=512" zh:"说明"`
}

type rejectInput struct {
	ShipmentNo string `json:"shipmentNo" is:"maxLen=64" zh:"发货单号"`
	Note       string `json:"note" is:"maxLen=512" zh:"拒收原因"`
}

func (i *shipInput) Reads() []string {
	return append(packKeys(i.Codes), ledger.Key(institutionType, i.To))
}
func (i *receiveInput) Reads() []string  { return packKeys(i.Codes) }
func (i *takeBackInput) Reads() []string { return packKeys(i.Codes) }

func (b *book) defineShipment(c *ledger.Contract) {
	b.shipments = ledger.Define[Shipment](c, catalog.Record{
		Type: shipmentType, Collection: "shipments", Title: "shipment of drugs", TitleZh: "药品发货单",
		Doc: "What is received is what was shipped, code by code. A difference is disputed: the sender takes back what it did not send, and the rest is received.",
		Statuses: []catalog.Status{
			{Code: Shipped, TitleZh: "已发货"}, {Code: Received, TitleZh: "已收货"}, {Code: Disputed, TitleZh: "有差异"}, {Code: Rejected, TitleZh: "已拒收", Doc: "The sender has everything back."},
		},
		Transitions: ledger.Table(
			ledger.Steps("Ship", Shipped, ""), ledger.Steps("Receive", Received, Shipped), ledger.Steps("DisputeShipment", Disputed, Shipped),
			ledger.Steps("TakeBack", Shipped, Disputed), ledger.Steps("RejectShipment", Rejected, Shipped, Disputed),
		),
		Search: []catalog.SearchField{{Field: "from", Kind: "keyword"}, {Field: "to", Kind: "keyword"}, {Field: "codes[]", Kind: "keyword"}, {Field: "purpose", Kind: "keyword"}},
	})
}

func (b *book) handleShipment(c *ledger.Contract) {
	who := []string{InstitutionRequired, LicenceExpired}
	ledger.Handle(c, catalog.Operation{
		Name: "Ship", Title: "Ship packs", TitleZh: "发货", Record: shipmentType, Creates: true, ID: "shipmentNo", Roles: traders,
		Refusals: append([]string{NumberForeign, ShipmentInvalid, PackElsewhere, PackOpened, LotRecalled, LotExpired}, who...),
		Example:  json.RawMessage(`{"shipmentNo":"92410302MA9YTT0284.F-0001","to":"93411525MA9YTT036W","purpose":"SALE","codes":["81000019000000000001","81000019000000000002"]}`),
	}, b.ship)
	ledger.Handle(c, catalog.Operation{
		Name: "Receive", Title: "Receive a shipment", TitleZh: "收货", Record: shipmentType, Verb: "receive", ID: "shipmentNo", Roles: traders,
		Refusals: append([]string{ShipmentInvalid, ReceiptMismatch}, who...),
		Example:  json.RawMessage(`{"shipmentNo":"92410302MA9YTT0284.F-0001","codes":["81000019000000000001"]}`),
	}, b.receive)
	ledger.Handle(c, catalog.Operation{
		Name: "DisputeShipment", Title: "Dispute a shipment", TitleZh: "差异上报", Record: shipmentType, Verb: "dispute", ID: "shipmentNo", Roles: traders,
		Refusals: append([]string{ShipmentInvalid}, who...),
		Example:  json.RawMessage(`{"shipmentNo":"92410302MA9YTT0284.F-0001","missing":["81000019000000000002"],"note":"少一中盒"}`),
	}, b.dispute)
	ledger.Handle(c, catalog.Operation{
		Name: "TakeBack", Title: "Take packs back that were not sent", TitleZh: "差异收回", Record: shipmentType, Verb: "take-back", ID: "shipmentNo", Roles: traders,
		Refusals: append([]string{ShipmentInvalid}, who...),
		Example:  json.RawMessage(`{"shipmentNo":"92410302MA9YTT0284.F-0001","codes":["81000019000000000002"],"note":"漏发"}`),
	}, b.takeBack)
	ledger.Handle(c, catalog.Operation{
		Name: "RejectShipment", Title: "Reject a shipment", TitleZh: "拒收", Record: shipmentType, Verb: "reject", ID: "shipmentNo", Roles: traders,
		Refusals: append([]string{ShipmentInvalid}, who...),
		Example:  json.RawMessage(`{"shipmentNo":"92410302MA9YTT0284.F-0002","note":"包装破损"}`),
	}, b.rejectShipment)
}

func (b *book) ship(c *ledger.Call, in *shipInput) error {
	if _, err := b.member(c, MAH, Distributor, Hospital, Pharmacy); err != nil {
		return err
	}
	if err := ownNumber(c, "shipmentNo", in.ShipmentNo); err != nil {
		return err
	}
	if in.To == c.Caller().Dept {
		return ledger.RefuseField(ShipmentInvalid, "to", "an institution cannot ship to itself")
	}
	if _, err := b.institution(c, in.To, "", MAH, Distributor, Hospital, Pharmacy); err != nil {
		return err
	}
	s := Shipment{From: c.Caller().Dept, To: in.To, Purpose: in.Purpose, Codes: in.Codes}
	for _, code := range in.Codes {
		e, err := b.send(c, code, in)
		if err != nil {
			return err
		}
		s.Smalls += e.Body.Smalls
	}
	_, err := b.shipments.Create(c, in.ShipmentNo, Shipped, s)
	return err
}

// send puts one pack, with all that is in it, on its way.
func (b *book) send(c *ledger.Call, code string, in *shipInput) (*ledger.Entity[Pack], error) {
	e, place, err := b.inHand(c, code, Packed, Received)
	if err != nil {
		return nil, err
	}
	if err := whole(e); err != nil {
		return nil, err
	}
	lot, err := b.lots.Load(c, e.Body.LotID)
	if err != nil {
		return nil, err
	}
	if err := marketable(c, lot); err != nil && (in.Purpose != "RETURN" || in.To != lot.Body.MAH) {
		return nil, err
	}
	if err := b.takeOut(c, e, place); err != nil {
		return nil, err
	}
	e.Body.Before, e.Body.Shipment = place.status, in.ShipmentNo
	return e, e.Move(c, Shipped)
}

// arriving opens a shipment for its receiver.
func (b *book) arriving(c *ledger.Call, shipmentNo string) (*ledger.Entity[Shipment], error) {
	if _, err := b.member(c, MAH, Distributor, Hospital, Pharmacy); err != nil {
		return nil, err
	}
	s, err := b.shipments.OpenAny(c, shipmentNo)
	if err != nil {
		return nil, err
	}
	if s.Body.To != c.Caller().Dept {
		return nil, ledger.Refuse(ShipmentInvalid, "the shipment %s goes to %s, not to %s", shipmentNo, s.Body.To, c.Caller().Dept)
	}
	return s, nil
}

func (b *book) receive(c *ledger.Call, in *receiveInput) error {
	s, err := b.arriving(c, in.ShipmentNo)
	if err != nil {
		return err
	}
	missing, extra := differences(s.Body.Codes, in.Codes)
	if len(missing)+len(extra) > 0 {
		return ledger.RefuseField(ReceiptMismatch, "codes", "of the %d shipped codes %d are missing, and %d were not shipped (%.200s): dispute the shipment", len(s.Body.Codes), len(missing), len(extra), slices.Concat(missing, extra))
	}
	for _, code := range in.Codes {
		e, err := b.packs.Load(c, code)
		if err != nil {
			return err
		}
		e.Body.Holder, e.Body.HolderOrg, e.Body.Shipment, e.Body.Before = c.Caller().Dept, c.Caller().MSP, "", ""
		if err := e.Move(c, Received); err != nil {
			return err
		}
	}
	s.Body.EndedAt = c.Timestamp()
	return s.Move(c, Received)
}

// differences lists what is in one list and not in the other.
func differences(shipped, received []string) (missing, extra []string) {
	for _, code := range shipped {
		if !slices.Contains(received, code) {
			missing = append(missing, code)
		}
	}
	for _, code := range received {
		if !slices.Contains(shipped, code) {
			extra = append(extra, code)
		}
	}
	return missing, extra
}

func (b *book) dispute(c *ledger.Call, in *disputeInput) error {
	s, err := b.arriving(c, in.ShipmentNo)
	if err != nil {
		return err
	}
	if len(in.Missing)+len(in.Extra) == 0 {
		return ledger.RefuseField(ledger.InputInvalid, "missing", "a dispute names the codes that are missing or that were not shipped")
	}
	if unknown, _ := differences(in.Missing, s.Body.Codes); len(unknown) > 0 {
		return ledger.RefuseField(ShipmentInvalid, "missing", "%.200s is not of the shipment", unknown)
	}
	s.Body.Missing, s.Body.Extra, s.Body.Note = in.Missing, in.Extra, in.Note
	return s.Move(c, Disputed)
}

func (b *book) takeBack(c *ledger.Call, in *takeBackInput) error {
	if _, err := b.member(c, MAH, Distributor, Hospital, Pharmacy); err != nil {
		return err
	}
	s, err := b.shipments.Open(c, in.ShipmentNo)
	if err != nil {
		return err
	}
	if len(in.Codes) >= len(s.Body.Codes) {
		return ledger.RefuseField(ShipmentInvalid, "codes", "something must be left of the shipment: its receiver rejects it where nothing is")
	}
	if unknown, _ := differences(in.Codes, s.Body.Codes); len(unknown) > 0 {
		return ledger.RefuseField(ShipmentInvalid, "codes", "%.200s is not of the shipment", unknown)
	}
	smalls, err := b.sendBack(c, in.Codes)
	if err != nil {
		return err
	}
	s.Body.Codes, _ = differences(s.Body.Codes, in.Codes)
	s.Body.Smalls -= smalls
	s.Body.TakenOut = append(s.Body.TakenOut, in.Codes...)
	s.Body.Missing, s.Body.Extra, s.Body.Note = nil, nil, in.Note
	return s.Move(c, Shipped)
}

// sendBack gives packs on their way back to who sent them.
func (b *book) sendBack(c *ledger.Call, codes []string) (smalls int64, err error) {
	for _, code := range codes {
		e, err := b.packs.Load(c, code)
		if err != nil {
			return 0, err
		}
		smalls += e.Body.Smalls
		to := e.Body.Before
		e.Body.Before, e.Body.Shipment = "", ""
		if err := e.Move(c, to); err != nil {
			return 0, err
		}
	}
	return smalls, nil
}

func (b *book) rejectShipment(c *ledger.Call, in *rejectInput) error {
	s, err := b.arriving(c, in.ShipmentNo)
	if err != nil {
		return err
	}
	if _, err := b.sendBack(c, s.Body.Codes); err != nil {
		return err
	}
	s.Body.Note, s.Body.EndedAt = in.Note, c.Timestamp()
	return s.Move(c, Rejected)
}
