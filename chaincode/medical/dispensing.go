package medical

import (
	"encoding/json"
	"strconv"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const dispensingType = "dispensing"

// Statuses of a dispensing beside DISPENSED.
const (
	Suspected = "SUSPECTED"
	Confirmed = "CONFIRMED"
	Dismissed = "DISMISSED"
)

// Dispensing is one attempt to dispense a small pack or some of its units
// (核销). A second one on a pack that is gone dispenses nothing and stays on
// record: the pack may have been bought back and sold again (回流药).
type Dispensing struct {
	Code   string `json:"drugTraceCode" is:"drug-trace" zh:"药品追溯码"`
	LotID  string `json:"lotId" is:"maxLen=47" zh:"批编号"`
	Units  int64  `json:"units,omitempty" is:"min=0" zh:"发放单位数" doc:"0 of a suspected resale: nothing was dispensed"`
	Whole  bool   `json:"whole,omitempty" zh:"整盒发放"`
	RxID   string `json:"rxId,omitempty" is:"maxLen=64" zh:"处方编号"`
	Was    string `json:"was,omitempty" is:"maxLen=16" zh:"药品当时状态" doc:"Of a suspected resale"`
	First  string `json:"first,omitempty" is:"uscc" zh:"首次核销机构"`
	At     string `json:"at,omitempty" is:"timestamp" zh:"首次核销时间"`
	Remark string `json:"remark,omitempty" is:"maxLen=512" zh:"核查结论"`
}

type dispenseInput struct {
	Code  string `json:"drugTraceCode" is:"drug-trace" zh:"药品追溯码"`
	Units int64  `json:"units,omitempty" is:"min=1,max=100000" zh:"拆零单位数" doc:"The whole pack where nothing is given"`
}

type decideSuspicionInput struct {
	DispensingID string `json:"dispensingId" is:"maxLen=64" zh:"核销编号"`
	Remark       string `json:"remark" is:"maxLen=512" zh:"核查结论"`
}

func (i *dispenseInput) Reads() []string { return packKeys([]string{i.Code}) }

// DispensingID is the id of the n-th attempt to dispense a pack.
func DispensingID(code string, n int64) string { return code + "." + strconv.FormatInt(n, 10) }

func (b *book) defineDispensing(c *ledger.Contract) {
	b.dispensings = ledger.Define[Dispensing](c, catalog.Record{
		Type: dispensingType, Collection: "dispensings", Title: "dispensing", TitleZh: "核销记录",
		Doc: "The id is the pack's code and the number of the attempt. SUSPECTED means that nothing was dispensed.",
		Statuses: []catalog.Status{
			{Code: Dispensed, TitleZh: "已核销"}, {Code: Suspected, TitleZh: "疑似回流药", Doc: "Refused: the pack had been dispensed, returned, recalled or destroyed."},
			{Code: Confirmed, TitleZh: "确认回流"}, {Code: Dismissed, TitleZh: "排除"},
		},
		Transitions: ledger.Table(
			ledger.Steps("Dispense", Dispensed, ""), ledger.Steps("Dispense", Suspected, ""),
			ledger.Steps("DispensePrescription", Dispensed, ""), ledger.Steps("DispensePrescription", Suspected, ""),
			ledger.Steps("ConfirmResale", Confirmed, Suspected), ledger.Steps("DismissResale", Dismissed, Suspected),
		),
		Search: []catalog.SearchField{{Field: "drugTraceCode", Kind: "keyword"}, {Field: "lotId", Kind: "keyword"}, {Field: "rxId", Kind: "keyword"}, {Field: "first", Kind: "keyword"}},
	})
}

func (b *book) handleDispensing(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Dispense", Title: "Dispense a small pack, or some of it", TitleZh: "核销（零售、拆零）", Record: dispensingType, Creates: true, Lane: "drugTraceCode", Roles: []string{RoleDispenser},
		Refusals: []string{InstitutionRequired, LicenceExpired, PackLevel, PackElsewhere, PackOpened, LotRecalled, LotExpired, RemainderShort, RxRequired},
		Doc: "Of a drug that needs no prescription. A pack is dispensed once: a second attempt is refused and recorded, and answers the status SUSPECTED " +
			"instead of DISPENSED, with dispensed: false.",
		Example: json.RawMessage(`{"drugTraceCode":"81000020000000000001"}`),
	}, b.dispenseOne)
	for _, s := range []struct{ name, verb, title, zh, to, attempt, remark string }{
		{"ConfirmResale", "confirm", "Confirm a suspected resale", "确认回流药", Confirmed, "2", "二次销售"},
		{"DismissResale", "dismiss", "Dismiss a suspected resale", "排除回流药", Dismissed, "3", "重复扫码"},
	} {
		ledger.Handle(c, catalog.Operation{
			Name: s.name, Title: s.title, TitleZh: s.zh, Record: dispensingType, Verb: s.verb, ID: "dispensingId", Roles: []string{RoleInsurance, RoleDrugRegulator},
			Example: json.RawMessage(`{"dispensingId":"81000020000000000001.` + s.attempt + `","remark":"` + s.remark + `"}`),
		}, func(c *ledger.Call, in *decideSuspicionInput) error {
			e, err := b.dispensings.OpenAny(c, in.DispensingID)
			if err != nil {
				return err
			}
			e.Body.Remark = in.Remark
			return e.Move(c, s.to)
		})
	}
}

// outcome tells a caller that looks at no status whether it may hand the drug out.
type outcome struct {
	Dispensed bool     `json:"dispensed"`
	Suspected []string `json:"suspected,omitempty"`
	Message   string   `json:"message,omitempty"`
	Remaining int64    `json:"remaining"`
}

func (b *book) dispenseOne(c *ledger.Call, in *dispenseInput) error {
	if _, err := b.member(c, Hospital, Pharmacy); err != nil {
		return err
	}
	e, place, err := b.locate(c, in.Code)
	if err != nil {
		return err
	}
	if place.gone() {
		if err := b.suspect(c, e, place, ""); err != nil {
			return err
		}
		return c.Data(outcome{Suspected: []string{in.Code}, Message: "该药品已核销，疑似回流药，不得发放"})
	}
	if _, err := b.dispense(c, e, place, in, ""); err != nil {
		return err
	}
	return c.Data(outcome{Dispensed: true, Remaining: e.Body.Remaining})
}

// gone tells that a pack is nobody's to hand out any more.
func (w *whereabouts) gone() bool {
	return w.status == Dispensed || w.status == Returned || w.status == Recalled || w.status == Destroyed
}

// suspect records an attempt to dispense a pack that is gone.
func (b *book) suspect(c *ledger.Call, e *ledger.Entity[Pack], place *whereabouts, rxID string) error {
	e.Body.Attempts++
	if err := e.Keep(c); err != nil {
		return err
	}
	_, err := b.dispensings.CreateNumbered(c, DispensingID(e.ID, e.Body.Attempts), Suspected, Dispensing{
		Code: e.ID, LotID: e.Body.LotID, RxID: rxID, Was: place.status, First: e.Body.FirstBy, At: e.Body.FirstAt,
	})
	return err
}

// dispense hands out a small pack that is in the caller's hands, or some of
// its units.
func (b *book) dispense(c *ledger.Call, e *ledger.Entity[Pack], place *whereabouts, in *dispenseInput, rxID string) (lot *ledger.Entity[Lot], err error) {
	// A hospital may dispense what it makes itself (医疗机构制剂): that was never received.
	if err := place.with(c, in.Code, Packed, Received); err != nil {
		return nil, err
	}
	if e.Body.Level != Small {
		return nil, ledger.RefuseField(PackLevel, "drugTraceCode", "the pack %s is %s: only small packs are dispensed", in.Code, e.Body.Level)
	}
	if lot, err = b.lots.LookAt(c, e.Body.LotID); err != nil {
		return nil, err
	}
	if err := marketable(c, lot); err != nil {
		return nil, err
	}
	if lot.Body.PrescriptionOnly && rxID == "" {
		return nil, ledger.Refuse(RxRequired, "the drug %s is dispensed on a prescription: use DispensePrescription", lot.Body.NationalCode)
	}
	units, err := unitsOf(e, in)
	if err != nil {
		return nil, err
	}
	if err := b.takeOut(c, e, place); err != nil {
		return nil, err
	}
	e.Body.Remaining -= units
	e.Body.Attempts++
	if e.Body.FirstAt == "" {
		e.Body.FirstBy, e.Body.FirstAt = c.Caller().Dept, c.Timestamp()
	}
	to := Received
	if e.Body.Remaining == 0 {
		to = Dispensed
	}
	if err := e.Move(c, to); err != nil {
		return nil, err
	}
	_, err = b.dispensings.CreateNumbered(c, DispensingID(in.Code, e.Body.Attempts), Dispensed, Dispensing{
		Code: in.Code, LotID: e.Body.LotID, Units: units, Whole: in.Units == 0, RxID: rxID,
	})
	return lot, err
}

// unitsOf is how many units a dispensing takes from a pack: all of one that
// was not split, or what it names (拆零).
func unitsOf(e *ledger.Entity[Pack], in *dispenseInput) (int64, error) {
	switch {
	case in.Units == 0 && e.Body.Remaining < e.Body.Units:
		return 0, ledger.RefuseField(PackOpened, "units", "the pack %s was split and holds %d of %d units: name the units", in.Code, e.Body.Remaining, e.Body.Units)
	case in.Units == 0:
		return e.Body.Units, nil
	case in.Units > e.Body.Remaining:
		return 0, ledger.RefuseField(RemainderShort, "units", "%d units are left in the pack %s, fewer than %d", e.Body.Remaining, in.Code, in.Units)
	}
	return in.Units, nil
}
