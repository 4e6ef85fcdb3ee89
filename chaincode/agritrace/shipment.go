package agritrace

import (
	"encoding/json"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const shipmentType = "shipment"

// Statuses of a shipment.
const (
	Shipped  = "SHIPPED"
	Received = "RECEIVED"
	Rejected = "REJECTED"
)

// Load is one batch of a shipment: what went, what came, and why less.
type Load struct {
	BatchID      string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	ShippedGram  int64  `json:"shippedGram" is:"min=1" zh:"发运量（克）"`
	ReceivedGram int64  `json:"receivedGram,omitempty" is:"min=0" zh:"收货量（克）"`
	Reason       string `json:"reason,omitempty" is:"maxLen=256" zh:"差异原因"`
}

// Shipment is a transport of whole batches from one subject to another (运单).
// Who holds a batch changes when it is received, and only then.
type Shipment struct {
	From      string `json:"from" is:"maxLen=32" zh:"发运主体码"`
	To        string `json:"to" is:"maxLen=32" zh:"收货主体码"`
	Carrier   string `json:"carrier,omitempty" is:"maxLen=32" zh:"承运主体码"`
	Plate     string `json:"plate,omitempty" is:"plate" zh:"车牌号"`
	Loads     []Load `json:"loads" zh:"货物"`
	ShippedAt string `json:"shippedAt" is:"timestamp" zh:"发运时间"`
	EndedAt   string `json:"endedAt,omitempty" is:"timestamp" zh:"收货时间"`
	Reason    string `json:"reason,omitempty" is:"maxLen=512" zh:"拒收原因"`
}

type shipInput struct {
	ShipmentNo string   `json:"shipmentNo" is:"pattern=^[0-9A-Z]{6,32}[.][0-9A-Za-z-]{1,32}$" zh:"运单号" doc:"The sender's subject code, a dot and a number"`
	Subject    string   `json:"subject" is:"maxLen=32" zh:"发运主体码"`
	To         string   `json:"to" is:"maxLen=32" zh:"收货主体码"`
	Carrier    string   `json:"carrier,omitempty" is:"maxLen=32" zh:"承运主体码"`
	Plate      string   `json:"plate,omitempty" is:"plate" zh:"车牌号" doc:"Required for the cold chain"`
	Batches    []string `json:"batches" is:"maxLen=65,minItems=1,maxItems=50,unique" zh:"批次" doc:"Each goes as a whole: split off what stays"`
}

type received struct {
	BatchID      string   `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	QtyGram      int64    `json:"qtyGram" is:"min=0,max=1000000000000" zh:"收货量（克）"`
	Reason       string   `json:"reason,omitempty" is:"maxLen=256" zh:"差异原因"`
	MissingCodes []string `json:"missingCodes,omitempty" is:"maxLen=80,maxItems=200,unique" zh:"缺失追溯码" doc:"Of coded goods that did not arrive: they become void"`
}

type receiveInput struct {
	ShipmentNo string     `json:"shipmentNo" is:"maxLen=65" zh:"运单号"`
	Subject    string     `json:"subject" is:"maxLen=32" zh:"收货主体码"`
	Loads      []received `json:"loads" is:"minItems=1,maxItems=50" zh:"收货明细"`
}

type rejectInput struct {
	ShipmentNo string `json:"shipmentNo" is:"maxLen=65" zh:"运单号"`
	Subject    string `json:"subject" is:"maxLen=32" zh:"收货主体码"`
	Reason     string `json:"reason" is:"maxLen=512" zh:"拒收原因"`
}

func (i *shipInput) Reads() []string {
	keys := append(subjectKeys(i.Subject), ledger.Key(subjectType, i.To))
	for _, id := range i.Batches {
		keys = append(keys, ledger.Key(batchType, id))
	}
	return keys
}

func (i *receiveInput) Reads() []string {
	keys := subjectKeys(i.Subject)
	for _, l := range i.Loads {
		keys = append(keys, ledger.Key(batchType, l.BatchID))
		for _, code := range l.MissingCodes {
			keys = append(keys, ledger.Key(codeType, code))
		}
	}
	return keys
}

func (i *rejectInput) Reads() []string { return subjectKeys(i.Subject) }

func (b *book) defineShipment(c *ledger.Contract) {
	b.shipments = ledger.Define[Shipment](c, catalog.Record{
		Type: shipmentType, Collection: "shipments", Title: "shipment", TitleZh: "运单",
		Doc:         "Whole batches on their way. A receipt is at most what was shipped, and the difference is on record with its reason.",
		Statuses:    []catalog.Status{{Code: Shipped, TitleZh: "在途"}, {Code: Received, TitleZh: "已收货"}, {Code: Rejected, TitleZh: "已拒收", Doc: "The sender has everything back."}},
		Transitions: ledger.Table(ledger.Steps("Ship", Shipped, ""), ledger.Steps("Receive", Received, Shipped), ledger.Steps("Reject", Rejected, Shipped)),
		Search: []catalog.SearchField{{Field: "from", Kind: "keyword"}, {Field: "to", Kind: "keyword"}, {Field: "carrier", Kind: "keyword"}, {Field: "plate", Kind: "keyword"},
			{Field: "loads[].batchId", Kind: "keyword"}, {Field: "shippedAt", Kind: "date"}},
	})
}

func (b *book) handleShipment(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Ship", Title: "Ship batches", TitleZh: "发运", Record: shipmentType, Creates: true, ID: "shipmentNo", Lane: "subject", Roles: holders,
		Refusals: []string{NumberForeign, NotOperator, SubjectInactive, NotHolder, BatchHeld, BatchRecalled, RecallSpreading, ShipmentInvalid, CertificateNeeded, NotScannedOut, Overdraw, ActivityMissing},
		Doc:      "Only the holder ships. Who holds the goods does not change before the receiver takes them in.",
		Example:  json.RawMessage(`{"shipmentNo":"ZM4101220001.Y-0001","subject":"ZM4101220001","to":"ZZ4101050002","plate":"豫A12345","batches":["ZM4101220001.20260302-01"]}`),
	}, b.ship)
	ledger.Handle(c, catalog.Operation{
		Name: "Receive", Title: "Receive a shipment", TitleZh: "收货", Record: shipmentType, Verb: "receive", ID: "shipmentNo", Lane: "subject", Roles: holders,
		Refusals: []string{NotOperator, SubjectInactive, ShipmentInvalid, ReceiptMismatch, CodedGoods, CodeElsewhere, LineageLimit},
		Doc:      "Names every batch of the shipment. Batches that were held or recalled on the way are received and stay so.",
		Example:  json.RawMessage(`{"shipmentNo":"ZM4101220001.Y-0001","subject":"ZZ4101050002","loads":[{"batchId":"ZM4101220001.20260302-01","qtyGram":2895000,"reason":"水分蒸发"}]}`),
	}, b.receive)
	ledger.Handle(c, catalog.Operation{
		Name: "Reject", Title: "Reject a shipment", TitleZh: "拒收", Record: shipmentType, Verb: "reject", ID: "shipmentNo", Lane: "subject", Roles: holders,
		Refusals: []string{NotOperator, SubjectInactive, ShipmentInvalid},
		Example:  json.RawMessage(`{"shipmentNo":"ZM4101220001.Y-0002","subject":"ZZ4101050002","reason":"包装破损"}`),
	}, b.reject)
}

func (b *book) ship(c *ledger.Call, in *shipInput) error {
	if err := ownNumber("shipmentNo", in.ShipmentNo, in.Subject); err != nil {
		return err
	}
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	if in.To == in.Subject {
		return ledger.RefuseField(ShipmentInvalid, "to", "the subject %s cannot ship to itself", in.To)
	}
	if _, err := b.activeSubject(c, in.To); err != nil {
		return err
	}
	if in.Carrier != "" {
		carrier, err := b.activeSubject(c, in.Carrier)
		if err != nil {
			return err
		}
		if !slices.Contains(carrier.Body.Activities, ActivityTransport) {
			return ledger.RefuseField(ActivityMissing, "carrier", "the subject %s is not registered for %s", in.Carrier, ActivityTransport)
		}
	}
	loads := make([]Load, len(in.Batches))
	for n, id := range in.Batches {
		e, err := b.send(c, id, in)
		if err != nil {
			return err
		}
		loads[n] = Load{BatchID: id, ShippedGram: e.Body.RemainingGram}
	}
	_, err := b.shipments.Create(c, in.ShipmentNo, Shipped, Shipment{
		From: in.Subject, To: in.To, Carrier: in.Carrier, Plate: in.Plate, Loads: loads, ShippedAt: c.Timestamp(),
	})
	return err
}

// send puts one batch on its way.
func (b *book) send(c *ledger.Call, id string, in *shipInput) (*ledger.Entity[Batch], error) {
	e, err := b.holding(c, id, in.Subject)
	if err != nil {
		return nil, err
	}
	switch {
	case e.Body.RemainingGram == 0:
		return nil, ledger.Refuse(Overdraw, "nothing is left of the batch %s", id)
	case e.Body.ScannedIn && e.Body.Cold != nil:
		return nil, ledger.Refuse(NotScannedOut, "the cold-chain batch %s was scanned into a store: scan it out first", id)
	case e.Body.Cold != nil && in.Plate == "":
		return nil, ledger.RefuseField(ShipmentInvalid, "plate", "the batch %s is of the cold chain: name the vehicle's plate", id)
	}
	if err := b.animalsCertified(c, e); err != nil {
		return nil, err
	}
	e.Body.ShippedFrom, e.Body.ScannedIn = e.Status, false
	return e, e.Move(c, InTransit)
}

// arriving opens a shipment for its receiver.
func (b *book) arriving(c *ledger.Call, shipmentNo, subject string) (*ledger.Entity[Shipment], error) {
	s, err := b.shipments.OpenAny(c, shipmentNo)
	if err != nil {
		return nil, err
	}
	if s.Body.To != subject {
		return nil, ledger.Refuse(ShipmentInvalid, "the shipment %s goes to %s, not to %s", shipmentNo, s.Body.To, subject)
	}
	_, err = b.acting(c, subject)
	return s, err
}

func (b *book) receive(c *ledger.Call, in *receiveInput) error {
	s, err := b.arriving(c, in.ShipmentNo, in.Subject)
	if err != nil {
		return err
	}
	if len(in.Loads) != len(s.Body.Loads) {
		return ledger.RefuseField(ReceiptMismatch, "loads", "the shipment has %d batches and the receipt names %d", len(s.Body.Loads), len(in.Loads))
	}
	at := make(map[string]int, len(s.Body.Loads))
	for n, l := range s.Body.Loads {
		at[l.BatchID] = n
	}
	for _, l := range in.Loads {
		n, ok := at[l.BatchID]
		if !ok {
			return ledger.RefuseField(ReceiptMismatch, "loads", "the batch %s is not of the shipment, or stands there twice", l.BatchID)
		}
		delete(at, l.BatchID)
		if err := b.takeIn(c, s, &s.Body.Loads[n], &l); err != nil {
			return err
		}
	}
	s.Body.EndedAt = c.Timestamp()
	return s.Move(c, Received)
}

// takeIn makes the receiver a batch's holder, with the amount that came.
func (b *book) takeIn(c *ledger.Call, s *ledger.Entity[Shipment], load *Load, in *received) error {
	if in.QtyGram > load.ShippedGram {
		return ledger.RefuseField(ReceiptMismatch, "loads", "of the batch %s %s g were shipped, less than %s g", in.BatchID, grams(load.ShippedGram), grams(in.QtyGram))
	}
	lost := load.ShippedGram - in.QtyGram
	if lost > 0 && in.Reason == "" {
		return ledger.RefuseField(ReceiptMismatch, "loads", "%s g of the batch %s are missing: say why", grams(lost), in.BatchID)
	}
	e, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return err
	}
	if len(e.Body.Custody) >= maxCustody {
		return ledger.Refuse(LineageLimit, "the batch %s went through %d hands already", e.ID, maxCustody)
	}
	for _, id := range in.MissingCodes {
		if err := b.void(c, e, id); err != nil {
			return err
		}
	}
	if err := take(e, lost, &e.Body.LostGram); err != nil {
		return err
	}
	load.ReceivedGram, load.Reason = in.QtyGram, in.Reason
	e.Body.Holder, e.Body.ShippedFrom = s.Body.To, ""
	e.Body.Custody = append(e.Body.Custody, Hand{Subject: s.Body.To, Since: c.Timestamp(), Shipment: s.ID})
	return arrive(c, e, Delivered)
}

// arrive ends a batch's transport in a status; one that was stopped on the way
// stays stopped, and would go on from there.
func arrive(c *ledger.Call, e *ledger.Entity[Batch], to string) error {
	if e.Status == InTransit {
		return e.Move(c, to)
	}
	if e.Body.HeldFrom == InTransit {
		e.Body.HeldFrom = to
	}
	return e.Keep(c)
}

func (b *book) reject(c *ledger.Call, in *rejectInput) error {
	s, err := b.arriving(c, in.ShipmentNo, in.Subject)
	if err != nil {
		return err
	}
	for _, l := range s.Body.Loads {
		e, err := b.batches.Load(c, l.BatchID)
		if err != nil {
			return err
		}
		back := e.Body.ShippedFrom
		e.Body.ShippedFrom = ""
		if err := arrive(c, e, back); err != nil {
			return err
		}
	}
	s.Body.EndedAt, s.Body.Reason = c.Timestamp(), in.Reason
	return s.Move(c, Rejected)
}
