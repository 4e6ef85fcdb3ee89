package agritrace

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
)

const temperatureType = "temperature"

// Statuses of a temperature log.
const (
	Normal  = "NORMAL"
	Alert   = "ALERT"
	Handled = "HANDLED"
)

// TemperatureLog is what a sensor measured over a time (冷链温度记录): the extremes,
// and the digest of the whole series.
type TemperatureLog struct {
	Shipment string   `json:"shipment,omitempty" is:"maxLen=65" zh:"运单号"`
	Batch    string   `json:"batch,omitempty" is:"maxLen=65" zh:"在库批次"`
	DeviceID string   `json:"deviceId" is:"maxLen=64" zh:"设备编号"`
	From     string   `json:"from" is:"timestamp" zh:"开始时间"`
	To       string   `json:"to" is:"timestamp" zh:"结束时间"`
	MinDeci  int64    `json:"minDeci" is:"min=-1000,max=1000" zh:"最低温度" doc:"0.1 °C"`
	MaxDeci  int64    `json:"maxDeci" is:"min=-1000,max=1000" zh:"最高温度" doc:"0.1 °C"`
	Samples  int64    `json:"samples" is:"min=1" zh:"采样次数"`
	LogHash  string   `json:"logHash" is:"sm3" zh:"记录摘要"`
	Breached []string `json:"breached,omitempty" is:"maxLen=65" zh:"超温批次"`
	Handling string   `json:"handling,omitempty" is:"maxLen=512" zh:"处置情况"`
}

type recordTemperatureInput struct {
	Subject  string `json:"subject" is:"maxLen=32" zh:"主体码" doc:"The sender, carrier or receiver of the shipment, or the batch's holder"`
	Shipment string `json:"shipment,omitempty" is:"maxLen=65" zh:"运单号" doc:"Either a shipment or a batch in storage"`
	Batch    string `json:"batch,omitempty" is:"maxLen=65" zh:"在库批次"`
	DeviceID string `json:"deviceId" is:"maxLen=64" zh:"设备编号"`
	From     string `json:"from" is:"timestamp" zh:"开始时间"`
	To       string `json:"to" is:"timestamp" zh:"结束时间"`
	MinDeci  int64  `json:"minDeci" is:"min=-1000,max=1000" zh:"最低温度" doc:"0.1 °C"`
	MaxDeci  int64  `json:"maxDeci" is:"min=-1000,max=1000" zh:"最高温度" doc:"0.1 °C"`
	Samples  int64  `json:"samples" is:"min=1,max=100000000" zh:"采样次数"`
	LogHash  string `json:"logHash" is:"sm3" zh:"记录摘要" doc:"SM3 of the whole series"`
}

type handleAlertInput struct {
	LogID    string `json:"logId" is:"maxLen=64" zh:"温度记录编号"`
	Handling string `json:"handling" is:"maxLen=512" zh:"处置情况"`
}

func (i *recordTemperatureInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(temperatureType, TemperatureID(i.Shipment+i.Batch, i.DeviceID, i.From)))
}

// TemperatureID derives a log's id from what was measured, the device and the
// start, so that the same log sent twice is refused.
func TemperatureID(target, device, from string) string {
	return gm.HexDigest([]byte(target + "/" + device + "/" + from))[:32]
}

func (b *book) defineTemperature(c *ledger.Contract) {
	b.temperatures = ledger.Define[TemperatureLog](c, catalog.Record{
		Type: temperatureType, Collection: "temperatures", Title: "temperature log", TitleZh: "冷链温度记录",
		Doc:         "The extremes of one sensor over one time. Outside of a batch's range it is an alert.",
		Statuses:    []catalog.Status{{Code: Normal, TitleZh: "正常"}, {Code: Alert, TitleZh: "报警"}, {Code: Handled, TitleZh: "已处置"}},
		Transitions: ledger.Table(ledger.Steps("RecordTemperature", Normal, ""), ledger.Steps("RecordTemperature", Alert, ""), ledger.Steps("HandleAlert", Handled, Alert)),
		Search:      []catalog.SearchField{{Field: "shipment", Kind: "keyword"}, {Field: "batch", Kind: "keyword"}, {Field: "deviceId", Kind: "keyword"}, {Field: "breached[]", Kind: "keyword"}, {Field: "from", Kind: "date"}},
		HashFields:  []string{"logHash"},
	})
}

func (b *book) handleTemperature(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "RecordTemperature", Title: "Record a cold-chain log", TitleZh: "冷链温度上链", Record: temperatureType, Creates: true, Lane: "deviceId",
		Roles: append([]string{RoleCarrier}, holders...), Refusals: []string{NotOperator, SubjectInactive, NotHolder, ShipmentInvalid, DateInvalid},
		Doc:     "The id is derived from the shipment or batch, the device and the start.",
		Example: json.RawMessage(`{"subject":"ZZ4101730003","batch":"ZZ4101730003.B-0001","deviceId":"TH-0001","from":"2026-03-01T22:00:00Z","to":"2026-03-02T00:00:00Z","minDeci":-220,"maxDeci":-150,"samples":120,"logHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.recordTemperature)
	ledger.Handle(c, catalog.Operation{
		Name: "HandleAlert", Title: "Record how an alert was handled", TitleZh: "报警处置", Record: temperatureType, Verb: "handle", ID: "logId", Roles: regulators,
		Example: json.RawMessage(`{"logId":"5ee0e6fffd1a077a1a9471b59b9c5992","handling":"抽检合格，准予销售"}`),
	}, func(c *ledger.Call, in *handleAlertInput) error {
		e, err := b.temperatures.OpenAny(c, in.LogID)
		if err != nil {
			return err
		}
		e.Body.Handling = in.Handling
		return e.Move(c, Handled)
	})
}

func (b *book) recordTemperature(c *ledger.Call, in *recordTemperatureInput) error {
	switch {
	case (in.Shipment == "") == (in.Batch == ""):
		return ledger.RefuseField(ledger.InputInvalid, "shipment", "a log is of either a shipment or a batch in storage: name one of them")
	case in.MinDeci > in.MaxDeci:
		return ledger.RefuseField(ledger.InputInvalid, "minDeci", "the lowest temperature %d is above the highest %d", in.MinDeci, in.MaxDeci)
	case in.From > in.To || in.To > c.Timestamp():
		return ledger.RefuseField(DateInvalid, "to", "a log is from a time to a later one, and not after now, %s", c.Timestamp())
	}
	if _, err := b.acting(c, in.Subject); err != nil {
		return err
	}
	batches, err := b.measured(c, in)
	if err != nil {
		return err
	}
	log := TemperatureLog{
		Shipment: in.Shipment, Batch: in.Batch, DeviceID: in.DeviceID, From: in.From, To: in.To, MinDeci: in.MinDeci, MaxDeci: in.MaxDeci, Samples: in.Samples, LogHash: in.LogHash,
	}
	for _, id := range batches {
		breached, err := b.checkRange(c, id, in)
		if err != nil {
			return err
		}
		if breached {
			log.Breached = append(log.Breached, id)
		}
	}
	status := Normal
	if len(log.Breached) > 0 {
		status = Alert
	}
	_, err = b.temperatures.Create(c, TemperatureID(in.Shipment+in.Batch, in.DeviceID, in.From), status, log)
	return err
}

// measured lists the batches that a log is about, where the subject has to do
// with them.
func (b *book) measured(c *ledger.Call, in *recordTemperatureInput) ([]string, error) {
	if in.Batch != "" {
		e, err := b.batches.Load(c, in.Batch)
		if err != nil {
			return nil, err
		}
		if e.Body.Holder != in.Subject || e.Body.ShippedFrom != "" {
			return nil, ledger.Refuse(NotHolder, "the batch %s is held by %s, and measured in its store", e.ID, e.Body.Holder)
		}
		return []string{in.Batch}, nil
	}
	s, err := b.shipments.Load(c, in.Shipment) // in any status: many sensors are read out after arrival
	if err != nil {
		return nil, err
	}
	if in.Subject != s.Body.From && in.Subject != s.Body.To && in.Subject != s.Body.Carrier {
		return nil, ledger.Refuse(ShipmentInvalid, "the subject %s is neither sender nor carrier nor receiver of the shipment %s", in.Subject, s.ID)
	}
	batches := make([]string, len(s.Body.Loads))
	for n, l := range s.Body.Loads {
		batches[n] = l.BatchID
	}
	return batches, nil
}

// checkRange compares a log with a batch's range and counts an alert.
func (b *book) checkRange(c *ledger.Call, id string, in *recordTemperatureInput) (bool, error) {
	e, err := b.batches.Load(c, id)
	if err != nil {
		return false, err
	}
	if r := e.Body.Cold; r == nil || in.MinDeci >= r.MinDeci && in.MaxDeci <= r.MaxDeci {
		return false, nil
	}
	e.Body.Alerts++
	return true, e.Keep(c)
}
