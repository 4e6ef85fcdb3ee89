package medical

import (
	"encoding/json"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const emergencyType = "emergency"

// Statuses of an emergency ticket.
const (
	Opened     = "OPENED"
	ReviewedOK = "REVIEWED_OK"
	Violation  = "VIOLATION"
)

// Emergency lets a hospital see a patient's documents without consent, for a
// reason, by two persons, for some hours (紧急调阅). The patient is told, and the
// health authority reviews it in time: what was not reviewed in time is a
// violation.
type Emergency struct {
	PatientKey   string `json:"patientKey" is:"subject" zh:"患者标识"`
	Reason       string `json:"reason" is:"enum=UNCONSCIOUS|LIFE_THREATENING|MASS_CASUALTY|INFECTIOUS_DISEASE" zh:"紧急原因" doc:"意识障碍, 危及生命, 群体事件, 传染病防控"`
	RequesterKey string `json:"requesterKey" is:"subject" zh:"申请人标识"`
	SecondKey    string `json:"secondKey" is:"subject" zh:"第二确认人标识"`
	OpenedAt     string `json:"openedAt" is:"timestamp" zh:"开启时间"`
	ExpiresAt    string `json:"expiresAt" is:"timestamp" zh:"有效期止"`
	ReviewBy     string `json:"reviewBy" is:"timestamp" zh:"复核期限"`
	Accesses     int64  `json:"accesses" is:"min=0" zh:"调阅次数"`
	NotifiedAt   string `json:"notifiedAt,omitempty" is:"timestamp" zh:"通知患者时间"`
	ClosedAt     string `json:"closedAt,omitempty" is:"timestamp" zh:"关闭时间"`
	ReviewedAt   string `json:"reviewedAt,omitempty" is:"timestamp" zh:"复核时间"`
	Opinion      string `json:"opinion,omitempty" is:"maxLen=512" zh:"复核意见"`
}

type openEmergencyInput struct {
	EmergencyID  string `json:"emergencyId" is:"pattern=^[0-9A-Z]{18}[.][0-9A-Za-z-]{1,40}$" zh:"工单编号" doc:"The institution's USCC, a dot and a number"`
	PatientKey   string `json:"patientKey" is:"subject" zh:"患者标识"`
	Reason       string `json:"reason" is:"enum=UNCONSCIOUS|LIFE_THREATENING|MASS_CASUALTY|INFECTIOUS_DISEASE" zh:"紧急原因"`
	RequesterKey string `json:"requesterKey" is:"subject" zh:"申请人标识"`
	SecondKey    string `json:"secondKey" is:"subject" zh:"第二确认人标识"`
}

type emergencyInput struct {
	EmergencyID string `json:"emergencyId" is:"maxLen=64" zh:"工单编号"`
}

type reviewEmergencyInput struct {
	EmergencyID string `json:"emergencyId" is:"maxLen=64" zh:"工单编号"`
	Justified   bool   `json:"justified" zh:"符合规定"`
	Opinion     string `json:"opinion" is:"maxLen=512" zh:"复核意见"`
}

func (i *openEmergencyInput) Reads() []string {
	return []string{ledger.Key(patientType, i.PatientKey), ledger.RulesKey(accessRulesID)}
}

func (b *book) defineEmergency(c *ledger.Contract) {
	b.emergencies = ledger.Define[Emergency](c, catalog.Record{
		Type: emergencyType, Collection: "emergencies", Title: "emergency ticket", TitleZh: "紧急调阅工单",
		Doc: "The event of the transaction that opens it tells the residents' portal, which notifies the patient.",
		Statuses: []catalog.Status{
			{Code: Opened, TitleZh: "已开启"}, {Code: Closed, TitleZh: "已关闭"}, {Code: ReviewedOK, TitleZh: "复核合规"}, {Code: Violation, TitleZh: "违规"},
		},
		Transitions: ledger.Table(
			ledger.Steps("OpenEmergency", Opened, ""), ledger.Stay("Access", Opened), ledger.Stay("NotifyPatient", Opened, Closed), ledger.Steps("CloseEmergency", Closed, Opened),
			ledger.Steps("ReviewEmergency", ReviewedOK, Closed), ledger.Steps("ReviewEmergency", Violation, Closed, Opened), ledger.Steps("EscalateEmergency", Violation, Opened, Closed),
		),
		Search: []catalog.SearchField{{Field: "patientKey", Kind: "keyword"}, {Field: "reason", Kind: "keyword"}, {Field: "reviewBy", Kind: "date"}, {Field: "openedAt", Kind: "date"}},
	})
}

func (b *book) handleEmergency(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "OpenEmergency", Title: "Open an emergency ticket", TitleZh: "开启紧急调阅", Record: emergencyType, Creates: true, ID: "emergencyId", Roles: []string{RoleProvider},
		Refusals: []string{InstitutionRequired, LicenceExpired, NumberForeign, EmergencyPersons},
		Example:  json.RawMessage(`{"emergencyId":"91410100MA9YTT01X0.JJ-0001","patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","reason":"UNCONSCIOUS","requesterKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","secondKey":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`),
	}, b.startEmergency)
	ledger.Handle(c, catalog.Operation{
		Name: "NotifyPatient", Title: "Record that the patient was notified", TitleZh: "通知患者", Record: emergencyType, Verb: "notify", ID: "emergencyId", Roles: []string{RolePatient},
		Example: json.RawMessage(`{"emergencyId":"91410100MA9YTT01X0.JJ-0001"}`),
	}, func(c *ledger.Call, in *emergencyInput) error {
		e, err := b.emergencies.OpenAny(c, in.EmergencyID)
		if err != nil {
			return err
		}
		if e.Body.NotifiedAt == "" {
			e.Body.NotifiedAt = c.Timestamp()
		}
		return e.Keep(c)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "CloseEmergency", Title: "Close an emergency ticket", TitleZh: "关闭紧急调阅", Record: emergencyType, Verb: "close", ID: "emergencyId", Roles: []string{RoleProvider},
		Example: json.RawMessage(`{"emergencyId":"91410100MA9YTT01X0.JJ-0001"}`),
	}, func(c *ledger.Call, in *emergencyInput) error {
		e, err := b.emergencies.Open(c, in.EmergencyID)
		if err != nil {
			return err
		}
		e.Body.ClosedAt = c.Timestamp()
		return e.Move(c, Closed)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "ReviewEmergency", Title: "Review an emergency ticket", TitleZh: "复核紧急调阅", Record: emergencyType, Verb: "review", ID: "emergencyId", Roles: []string{RoleHealth},
		Refusals: []string{ReviewOverdue, ReviewNotice}, Doc: "Justified only in time, once it is closed and the patient was notified; a violation at any time.",
		Example: json.RawMessage(`{"emergencyId":"91410100MA9YTT01X0.JJ-0001","justified":true,"opinion":"符合紧急救治规定"}`),
	}, b.reviewEmergency)
	ledger.Handle(c, catalog.Operation{
		Name: "EscalateEmergency", Title: "Find an unreviewed ticket a violation", TitleZh: "复核超期认定违规", Record: emergencyType, Verb: "escalate", ID: "emergencyId", Roles: []string{RoleHealth, RolePatient},
		Refusals: []string{ReviewNotDue}, Doc: "Once the review's deadline has passed.",
		Example: json.RawMessage(`{"emergencyId":"91410100MA9YTT01X0.JJ-0001"}`),
	}, b.escalateEmergency)
}

func (b *book) startEmergency(c *ledger.Call, in *openEmergencyInput) error {
	if _, err := b.member(c, Hospital); err != nil {
		return err
	}
	if err := ownNumber(c, "emergencyId", in.EmergencyID); err != nil {
		return err
	}
	if in.RequesterKey == in.SecondKey {
		return ledger.RefuseField(EmergencyPersons, "secondKey", "the second person must be another than the one who asks")
	}
	if _, err := b.patients.Load(c, in.PatientKey); err != nil {
		return err
	}
	rules, err := b.accessRules(c)
	if err != nil {
		return err
	}
	_, err = b.emergencies.Create(c, in.EmergencyID, Opened, Emergency{
		PatientKey: in.PatientKey, Reason: in.Reason, RequesterKey: in.RequesterKey, SecondKey: in.SecondKey, OpenedAt: c.Timestamp(),
		ExpiresAt: after(c, time.Duration(rules.EmergencyHours)*time.Hour), ReviewBy: after(c, time.Duration(rules.ReviewHours)*time.Hour),
	})
	return err
}

// openEmergency finds an institution's ticket for a patient that is open at the
// transaction's time.
func (b *book) openEmergency(c *ledger.Call, id, uscc, patientKey string) (*ledger.Entity[Emergency], error) {
	e, err := b.emergencies.Find(c, id)
	if err != nil {
		return nil, err
	}
	switch {
	case e == nil || e.Dept != uscc || e.Body.PatientKey != patientKey:
		return nil, ledger.Refuse(EmergencyMissing, "%s has no emergency ticket %q for the patient", uscc, id)
	case e.Status != Opened || e.Body.ExpiresAt < c.Timestamp():
		return nil, ledger.Refuse(EmergencyEnded, "the emergency ticket %s is %s and was open until %s", id, e.Status, e.Body.ExpiresAt)
	}
	return e, nil
}

func (b *book) reviewEmergency(c *ledger.Call, in *reviewEmergencyInput) error {
	e, err := b.emergencies.OpenAny(c, in.EmergencyID)
	if err != nil {
		return err
	}
	e.Body.ReviewedAt, e.Body.Opinion = c.Timestamp(), in.Opinion
	if !in.Justified {
		return e.Move(c, Violation)
	}
	if e.Status != Closed {
		return ledger.Refuse(ledger.StateForbids, "the ticket %s is %s and must be %s to be found justified", e.ID, e.Status, Closed)
	}
	if e.Body.ReviewBy < c.Timestamp() {
		return ledger.Refuse(ReviewOverdue, "the ticket %s was to be reviewed until %s, and now it is %s", e.ID, e.Body.ReviewBy, c.Timestamp())
	}
	if e.Body.NotifiedAt == "" {
		return ledger.Refuse(ReviewNotice, "the patient has not been notified of the ticket %s", e.ID)
	}
	return e.Move(c, ReviewedOK)
}

func (b *book) escalateEmergency(c *ledger.Call, in *emergencyInput) error {
	e, err := b.emergencies.OpenAny(c, in.EmergencyID)
	if err != nil {
		return err
	}
	if e.Body.ReviewBy >= c.Timestamp() {
		return ledger.Refuse(ReviewNotDue, "the ticket %s can be reviewed until %s", e.ID, e.Body.ReviewBy)
	}
	e.Body.ReviewedAt, e.Body.Opinion = c.Timestamp(), "复核超期"
	return e.Move(c, Violation)
}
