package medical

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const prescriptionType = "prescription"

// Statuses of a prescription. That one has expired is derived from validUntil.
const (
	IssuedRx   = "ISSUED"
	Reviewed   = "REVIEWED"
	RejectedRx = "REJECTED"
)

// Prescription is dispensed once, and reviewed before (处方). Whose it is and
// what it prescribes are in the private half.
type Prescription struct {
	PrescriberKey string `json:"prescriberKey" is:"subject" zh:"开方医师标识" doc:"HMAC-SM3 of the physician's number"`
	ItemCount     int64  `json:"itemCount" is:"min=1" zh:"药品品种数"`
	ValidUntil    string `json:"validUntil" is:"timestamp" zh:"有效期止"`
	ReviewerKey   string `json:"reviewerKey,omitempty" is:"subject" zh:"审方药师标识"`
	ReviewedAt    string `json:"reviewedAt,omitempty" is:"timestamp" zh:"审方时间"`
	Opinion       string `json:"opinion,omitempty" is:"maxLen=256" zh:"审方意见"`
	DispensedBy   string `json:"dispensedBy,omitempty" is:"uscc" zh:"发药机构"`
	DispensedAt   string `json:"dispensedAt,omitempty" is:"timestamp" zh:"发药时间"`
}

// prescribed is what must not stand on the ledger.
type prescribed struct {
	PatientKey string           `json:"patientKey" is:"subject" zh:"患者标识"`
	Items      []prescribedItem `json:"items" is:"minItems=1,maxItems=50" zh:"药品"`
	Diagnosis  string           `json:"diagnosis,omitempty" is:"maxLen=128" zh:"诊断" doc:"ICD-10 code (GB/T 14396)"`
}

type prescribedItem struct {
	NationalCode string `json:"nationalCode" is:"national-drug-code" zh:"药品本位码"`
	Units        int64  `json:"units" is:"min=1,max=100000" zh:"单位数"`
	Usage        string `json:"usage,omitempty" is:"maxLen=128" zh:"用法用量"`
}

type issueRxInput struct {
	RxID          string `json:"rxId" is:"pattern=^[0-9A-Z]{18}[.][0-9A-Za-z-]{1,40}$" zh:"处方编号" doc:"The institution's USCC, a dot and a number"`
	PrescriberKey string `json:"prescriberKey" is:"subject" zh:"开方医师标识"`
	ValidUntil    string `json:"validUntil" is:"timestamp" zh:"有效期止"`
}

type reviewRxInput struct {
	RxID        string `json:"rxId" is:"maxLen=64" zh:"处方编号"`
	ReviewerKey string `json:"reviewerKey" is:"subject" zh:"审方药师标识"`
	Approved    bool   `json:"approved" zh:"通过"`
	Opinion     string `json:"opinion,omitempty" is:"maxLen=256" zh:"审方意见"`
}

type cancelRxInput struct {
	RxID    string `json:"rxId" is:"maxLen=64" zh:"处方编号"`
	Opinion string `json:"opinion" is:"maxLen=256" zh:"原因"`
}

type dispenseRxInput struct {
	RxID  string          `json:"rxId" is:"maxLen=64" zh:"处方编号"`
	Packs []dispenseInput `json:"packs" is:"minItems=1,maxItems=50" zh:"发放药品"`
}

func (i *dispenseRxInput) Reads() []string {
	codes := make([]string, len(i.Packs))
	for n, p := range i.Packs {
		codes[n] = p.Code
	}
	return packKeys(codes)
}

func (b *book) definePrescription(c *ledger.Contract) {
	b.prescriptions = ledger.Define[Prescription](c, catalog.Record{
		Type: prescriptionType, Collection: "prescriptions", Title: "prescription", TitleZh: "处方",
		Doc: "Who reviewed it, until when it is valid and that it was dispensed once. Patient, drugs and diagnosis are in the private half.",
		Statuses: []catalog.Status{
			{Code: IssuedRx, TitleZh: "已开具"}, {Code: Reviewed, TitleZh: "审核通过"}, {Code: RejectedRx, TitleZh: "审核不通过"}, {Code: Dispensed, TitleZh: "已发药"}, {Code: Cancelled, TitleZh: "已作废"},
		},
		Transitions: ledger.Table(
			ledger.Steps("IssuePrescription", IssuedRx, ""), ledger.Steps("ReviewPrescription", Reviewed, IssuedRx), ledger.Steps("ReviewPrescription", RejectedRx, IssuedRx),
			ledger.Steps("DispensePrescription", Dispensed, Reviewed), ledger.Stay("DispensePrescription", Reviewed),
			ledger.Steps("CancelPrescription", Cancelled, IssuedRx, Reviewed),
			ledger.Stay("PurgePrescription", Dispensed, Cancelled, RejectedRx, Reviewed, IssuedRx),
		),
		Search: []catalog.SearchField{{Field: "prescriberKey", Kind: "keyword"}, {Field: "reviewerKey", Kind: "keyword"}, {Field: "dispensedBy", Kind: "keyword"}, {Field: "validUntil", Kind: "date"}},
	})
}

func (b *book) handlePrescription(c *ledger.Contract) {
	who := []string{InstitutionRequired, LicenceExpired}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "IssuePrescription", Title: "Issue a prescription", TitleZh: "开具处方", Record: prescriptionType, Creates: true, ID: "rxId", Roles: []string{RoleProvider},
		Refusals:       append([]string{NumberForeign, PrivateRequired, DateInvalid}, who...),
		Example:        json.RawMessage(`{"rxId":"91410100MA9YTT01X0.RX-0001","prescriberKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","validUntil":"2030-01-01T00:00:00Z"}`),
		PrivateExample: json.RawMessage(`{"patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","items":[{"nationalCode":"86900001000019","units":24,"usage":"一次2粒，一日3次"}],"diagnosis":"J06.9"}`),
	}, b.issueRx)
	ledger.Handle(c, catalog.Operation{
		Name: "ReviewPrescription", Title: "Review a prescription", TitleZh: "审方", Record: prescriptionType, Verb: "review", ID: "rxId", Roles: []string{RolePharmacist},
		Refusals: append([]string{RxReviewer, RxExpired}, who...),
		Example:  json.RawMessage(`{"rxId":"91410100MA9YTT01X0.RX-0001","reviewerKey":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","approved":true}`),
	}, b.reviewRx)
	ledger.Handle(c, catalog.Operation{
		Name: "DispensePrescription", Title: "Dispense a prescription", TitleZh: "凭处方发药", Record: prescriptionType, Verb: "dispense", ID: "rxId", Roles: []string{RoleDispenser},
		Refusals: append([]string{RxExpired, RxMismatch, PrivateRequired, PackLevel, PackElsewhere, PackOpened, LotRecalled, LotExpired, RemainderShort}, who...),
		Doc:      "Once, with all its packs, or not at all. Where a pack was dispensed before, that is recorded, nothing is dispensed, and the prescription stays REVIEWED.",
		Example:  json.RawMessage(`{"rxId":"91410100MA9YTT01X0.RX-0001","packs":[{"drugTraceCode":"81000010000000000003"}]}`),
	}, b.dispenseRx)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelPrescription", Title: "Cancel a prescription", TitleZh: "作废处方", Record: prescriptionType, Verb: "cancel", ID: "rxId", Roles: []string{RoleProvider},
		Example: json.RawMessage(`{"rxId":"91410100MA9YTT01X0.RX-0002","opinion":"患者转院"}`),
	}, func(c *ledger.Call, in *cancelRxInput) error {
		e, err := b.prescriptions.Open(c, in.RxID)
		if err != nil {
			return err
		}
		e.Body.Opinion = in.Opinion
		return e.Move(c, Cancelled)
	})
	ledger.HandlePurge(c, catalog.Operation{
		Name: "PurgePrescription", Title: "Purge a prescription's private half", TitleZh: "清除处方隐私数据", Verb: "purge", Roles: []string{RoleProvider},
		Example: json.RawMessage(`{"id":"91410100MA9YTT01X0.RX-0001","reason":"保存期限届满"}`),
	}, b.prescriptions)
}

func (b *book) issueRx(c *ledger.Call, in *issueRxInput, half *ledger.Private[prescribed]) error {
	if _, err := b.member(c, Hospital); err != nil {
		return err
	}
	if err := ownNumber(c, "rxId", in.RxID); err != nil {
		return err
	}
	if half == nil {
		return ledger.RefuseField(PrivateRequired, "private", "a prescription has its patient and its drugs in the private half")
	}
	if in.ValidUntil <= c.Timestamp() {
		return ledger.RefuseField(DateInvalid, "validUntil", "the prescription would be valid until %s, and now it is %s", in.ValidUntil, c.Timestamp())
	}
	e, err := b.prescriptions.Create(c, in.RxID, IssuedRx, Prescription{PrescriberKey: in.PrescriberKey, ItemCount: int64(len(half.Data.Items)), ValidUntil: in.ValidUntil})
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, half)
}

func (b *book) reviewRx(c *ledger.Call, in *reviewRxInput) error {
	if _, err := b.member(c, Hospital, Pharmacy); err != nil {
		return err
	}
	e, err := b.liveRx(c, in.RxID)
	if err != nil {
		return err
	}
	if in.ReviewerKey == e.Body.PrescriberKey {
		return ledger.RefuseField(RxReviewer, "reviewerKey", "the physician who wrote the prescription cannot review it")
	}
	e.Body.ReviewerKey, e.Body.ReviewedAt, e.Body.Opinion = in.ReviewerKey, c.Timestamp(), in.Opinion
	if in.Approved {
		return e.Move(c, Reviewed)
	}
	return e.Move(c, RejectedRx)
}

// liveRx opens a prescription that is valid at the transaction's time.
func (b *book) liveRx(c *ledger.Call, id string) (*ledger.Entity[Prescription], error) {
	e, err := b.prescriptions.OpenAny(c, id)
	if err != nil {
		return nil, err
	}
	if e.Body.ValidUntil < c.Timestamp() {
		return nil, ledger.Refuse(RxExpired, "the prescription %s was valid until %s, and now it is %s", id, e.Body.ValidUntil, c.Timestamp())
	}
	return e, nil
}

func (b *book) dispenseRx(c *ledger.Call, in *dispenseRxInput) error {
	if _, err := b.member(c, Hospital, Pharmacy); err != nil {
		return err
	}
	rx, err := b.liveRx(c, in.RxID)
	if err != nil {
		return err
	}
	half, err := ledger.GetPrivate[Prescription, prescribed](c, rx)
	if err != nil {
		return err
	}
	if half == nil {
		return ledger.Refuse(PrivateRequired, "the private half of the prescription %s was purged: nothing says what it prescribes", in.RxID)
	}
	suspects, err := b.suspects(c, in)
	if err != nil {
		return err
	}
	if len(suspects) > 0 {
		if err := c.Data(outcome{Suspected: suspects, Message: "所列药品已核销，疑似回流药，本次未发药"}); err != nil {
			return err
		}
		return rx.Keep(c)
	}
	open := map[string]int64{}
	for _, item := range half.Items {
		open[item.NationalCode] += item.Units
	}
	for _, p := range in.Packs {
		if err := b.dispenseItem(c, &p, in.RxID, open); err != nil {
			return err
		}
	}
	if err := c.Data(outcome{Dispensed: true}); err != nil {
		return err
	}
	rx.Body.DispensedBy, rx.Body.DispensedAt = c.Caller().Dept, c.Timestamp()
	return rx.Move(c, Dispensed)
}

// suspects records a suspected resale for every pack of a prescription that is
// gone already.
func (b *book) suspects(c *ledger.Call, in *dispenseRxInput) ([]string, error) {
	var found []string
	for _, p := range in.Packs {
		e, place, err := b.locate(c, p.Code)
		if err != nil {
			return nil, err
		}
		if !place.gone() {
			continue
		}
		found = append(found, p.Code)
		if err := b.suspect(c, e, place, in.RxID); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// dispenseItem dispenses one pack as far as the prescription goes.
func (b *book) dispenseItem(c *ledger.Call, p *dispenseInput, rxID string, open map[string]int64) error {
	e, place, err := b.locate(c, p.Code) // afresh: the pack before may be the same one
	if err != nil {
		return err
	}
	before := e.Body.Remaining
	lot, err := b.dispense(c, e, place, p, rxID)
	if err != nil {
		return err
	}
	units := before - e.Body.Remaining
	if units > open[lot.Body.NationalCode] {
		return ledger.RefuseField(RxMismatch, "packs", "%d units of the drug %s are dispensed and the prescription leaves %d", units, lot.Body.NationalCode, open[lot.Body.NationalCode])
	}
	open[lot.Body.NationalCode] -= units
	return nil
}
