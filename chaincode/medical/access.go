package medical

import (
	"encoding/json"
	"fmt"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

const accessType = "access"

// Statuses of an access beside GRANTED.
const (
	Denied = "DENIED"
	Served = "SERVED"
)

// Bases of an access.
const (
	ByConsent   = "CONSENT"
	ByEmergency = "EMERGENCY"
	BySelf      = "SELF"
)

// Access is an entry of a resident's access log (调阅日志). Whoever asks for a
// document makes one, granted or denied, in the transaction that decides; there
// is no other way. The repository hands the document out against it, once.
type Access struct {
	PatientKey  string `json:"patientKey" is:"subject" zh:"患者标识"`
	DocumentID  string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
	Purpose     string `json:"purpose" is:"maxLen=16" zh:"用途"`
	Basis       string `json:"basis" is:"enum=CONSENT|EMERGENCY|SELF" zh:"依据"`
	ConsentID   string `json:"consentId,omitempty" is:"maxLen=32" zh:"授权编号"`
	EmergencyID string `json:"emergencyId,omitempty" is:"maxLen=64" zh:"紧急工单编号"`
	StaffKey    string `json:"staffKey,omitempty" is:"subject" zh:"调阅人标识" doc:"HMAC-SM3 of the number of the person who asks"`
	AskedBy     string `json:"askedBy" is:"uscc" zh:"调阅机构"`
	AskedAt     string `json:"askedAt" is:"timestamp" zh:"调阅时间"`
	Until       string `json:"until,omitempty" is:"timestamp" zh:"许可有效期止"`
	Reason      string `json:"reason,omitempty" is:"maxLen=64" zh:"拒绝原因" doc:"The code of what was missing"`
	ServedAt    string `json:"servedAt,omitempty" is:"timestamp" zh:"提供时间"`
}

type accessInput struct {
	PatientKey  string `json:"patientKey" is:"subject" zh:"患者标识"`
	DocumentID  string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
	Purpose     string `json:"purpose" is:"enum=TREATMENT|REFERRAL|CONSULTATION|INSURANCE|FOLLOW_UP|RESEARCH" zh:"用途"`
	Basis       string `json:"basis" is:"enum=CONSENT|EMERGENCY|SELF" zh:"依据" doc:"授权, 紧急工单, 本人"`
	EmergencyID string `json:"emergencyId,omitempty" is:"maxLen=64" zh:"紧急工单编号"`
	StaffKey    string `json:"staffKey,omitempty" is:"subject" zh:"调阅人标识"`
}

type serveInput struct {
	AccessID string `json:"accessId" is:"maxLen=80" zh:"调阅编号"`
}

func (i *accessInput) Reads() []string {
	return []string{ledger.Key(patientType, i.PatientKey), ledger.Key(documentType, i.DocumentID), ledger.Key(emergencyType, i.EmergencyID), ledger.RulesKey(accessRulesID)}
}

// ReadsOf names the caller's own record, and the consent that it may have.
func (i *accessInput) ReadsOf(who *ledger.Caller) []string {
	return []string{ledger.Key(institutionType, who.Dept), ledger.Key(consentType, ConsentID(i.PatientKey, who.Dept, i.Purpose))}
}

// AccessID is the id of the n-th entry of a resident's access log.
func AccessID(patientKey string, n int64) string { return fmt.Sprintf("%s.%08d", patientKey, n) }

func (b *book) defineAccess(c *ledger.Contract) {
	b.accesses = ledger.Define[Access](c, catalog.Record{
		Type: accessType, Collection: "accesses", Title: "access", TitleZh: "调阅日志",
		Doc:         "Numbered without gaps for each resident: a missing entry shows.",
		Statuses:    []catalog.Status{{Code: Granted, TitleZh: "已许可"}, {Code: Denied, TitleZh: "已拒绝"}, {Code: Served, TitleZh: "已提供"}},
		Transitions: ledger.Table(ledger.Steps("Access", Granted, ""), ledger.Steps("Access", Denied, ""), ledger.Steps("Serve", Served, Granted)),
		Search: []catalog.SearchField{{Field: "patientKey", Kind: "keyword"}, {Field: "documentId", Kind: "keyword"}, {Field: "askedBy", Kind: "keyword"}, {Field: "basis", Kind: "keyword"},
			{Field: "emergencyId", Kind: "keyword"}, {Field: "askedAt", Kind: "date"}},
	})
}

func (b *book) handleAccess(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Access", Title: "Ask to see a document", TitleZh: "调阅申请", Record: accessType, Creates: true, Lane: "patientKey", Roles: []string{RoleProvider, RoleInsurance, RolePatient},
		Refusals: []string{PatientMismatch},
		Doc: "Decides and records in one transaction. Without a live consent or an open emergency the answer's status is DENIED, with granted: false and the reason, and that is on record too: " +
			"CONSENT_MISSING, CONSENT_EXPIRED, CONSENT_NOT_YET_VALID, CONSENT_REVOKED, CONSENT_EXHAUSTED, CONSENT_OUT_OF_SCOPE, EMERGENCY_MISSING, EMERGENCY_ENDED, SELF_ACCESS_ONLY, INSTITUTION_REQUIRED, LICENCE_EXPIRED.",
		Example: json.RawMessage(`{"patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","documentId":"91410100MA9YTT01X0.JC-0001.001","purpose":"REFERRAL","basis":"CONSENT"}`),
	}, b.access)
	ledger.Handle(c, catalog.Operation{
		Name: "Serve", Title: "Hand a document out against an access", TitleZh: "提供文档", Record: accessType, Verb: "serve", ID: "accessId", Roles: []string{RoleProvider},
		Refusals: []string{AccessLapsed}, Doc: "By the institution that keeps the document, once, and within the minutes that the setting gives.",
		Example: json.RawMessage(`{"accessId":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b.00000001"}`),
	}, b.serve)
}

// verdict is the answer to an access beside its record.
type verdict struct {
	Granted    bool   `json:"granted"`
	Code       string `json:"code,omitempty"`
	Message    string `json:"message,omitempty"`
	StorageURI string `json:"storageUri,omitempty"`
	FileHash   string `json:"fileHash,omitempty"`
	Until      string `json:"until,omitempty"`
}

func (b *book) access(c *ledger.Call, in *accessInput) error {
	patient, err := b.patients.Load(c, in.PatientKey)
	if err != nil {
		return err
	}
	d, err := b.documents.Load(c, in.DocumentID)
	if err != nil {
		return err
	}
	if d.Body.PatientKey != in.PatientKey || d.Status == Draft {
		return ledger.RefuseField(PatientMismatch, "documentId", "the patient has no signed document %s", in.DocumentID)
	}
	rules, err := b.accessRules(c)
	if err != nil {
		return err
	}
	a := Access{
		PatientKey: in.PatientKey, DocumentID: in.DocumentID, Purpose: in.Purpose, Basis: in.Basis, EmergencyID: in.EmergencyID, StaffKey: in.StaffKey,
		AskedBy: c.Caller().Dept, AskedAt: c.Timestamp(),
	}
	status, answer := Granted, verdict{Granted: true, StorageURI: d.Body.StorageURI, FileHash: d.Body.FileHash}
	if err := b.admit(c, in, d, &a); err != nil {
		no := operation.RefusalOf(err)
		if no == nil {
			return err
		}
		status, answer = Denied, verdict{Code: no.Code, Message: no.Message}
		a.Reason = no.Code
	} else {
		a.Until = after(c, time.Duration(rules.AccessMinutes)*time.Minute)
		answer.Until = a.Until
	}
	patient.Body.Accesses++
	if err := patient.Keep(c); err != nil {
		return err
	}
	if _, err := b.accesses.CreateNumbered(c, AccessID(in.PatientKey, patient.Body.Accesses), status, a); err != nil {
		return err
	}
	return c.Data(answer)
}

// admit refuses an access that has no basis, and uses up what it is based on
// where it has one. It writes nothing before it is sure.
func (b *book) admit(c *ledger.Call, in *accessInput, d *ledger.Entity[Document], a *Access) error {
	switch in.Basis {
	case BySelf:
		if !c.Caller().Has(RolePatient) {
			return ledger.Refuse(SelfOnly, "access as the patient needs the role %s", RolePatient)
		}
		return nil
	case ByEmergency:
		if _, err := b.member(c, Hospital); err != nil {
			return err
		}
		e, err := b.openEmergency(c, in.EmergencyID, c.Caller().Dept, in.PatientKey)
		if err != nil {
			return err
		}
		e.Body.Accesses++
		return e.Keep(c)
	}
	if _, err := b.member(c, Hospital, Insurer); err != nil {
		return err
	}
	e, err := b.consentAllows(c, c.Caller().Dept, in.Purpose, d)
	if err != nil {
		return err
	}
	a.ConsentID = e.ID
	if e.Body.Used++; e.Body.Used >= e.Body.MaxUses {
		return e.Move(c, Exhausted)
	}
	return e.Keep(c)
}

func (b *book) serve(c *ledger.Call, in *serveInput) error {
	a, err := b.accesses.OpenAny(c, in.AccessID)
	if err != nil {
		return err
	}
	d, err := b.documents.Load(c, a.Body.DocumentID)
	if err != nil {
		return err
	}
	if err := d.OwnedBy(c); err != nil {
		return err
	}
	if a.Body.Until < c.Timestamp() {
		return ledger.Refuse(AccessLapsed, "the access %s was granted until %s, and now it is %s: ask again", a.ID, a.Body.Until, c.Timestamp())
	}
	a.Body.ServedAt = c.Timestamp()
	return a.Move(c, Served)
}
