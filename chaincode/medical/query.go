package medical

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

type scanDrugInput struct {
	Code string `json:"drugTraceCode" is:"drug-trace" zh:"药品追溯码"`
}

// scanDrug is what anybody sees who scans a pack.
type scanDrug struct {
	Code         string `json:"drugTraceCode" zh:"药品追溯码"`
	Name         string `json:"name" zh:"药品名称"`
	ApprovalNo   string `json:"approvalNo" zh:"批准文号"`
	Spec         string `json:"spec" zh:"规格"`
	MAH          string `json:"mahUscc" zh:"上市许可持有人"`
	LotNo        string `json:"lotNo" zh:"批号"`
	ProducedOn   string `json:"producedOn" zh:"生产日期"`
	ExpiresOn    string `json:"expiresOn" zh:"有效期止"`
	Level        string `json:"level" zh:"包装级别"`
	Status       string `json:"status" zh:"状态" doc:"As of now, by the outermost pack that it is in"`
	Holder       string `json:"holder" zh:"持有机构"`
	InPack       string `json:"inPack,omitempty" zh:"所在外包装"`
	Expired      bool   `json:"expired" zh:"已过期"`
	RecallID     string `json:"recallId,omitempty" zh:"召回编号"`
	RecallClass  string `json:"recallClass,omitempty" zh:"召回级别"`
	Remaining    int64  `json:"remaining" zh:"余量"`
	DispensedAt  string `json:"dispensedAt,omitempty" zh:"首次核销时间"`
	Dispensable  bool   `json:"dispensable" zh:"可核销"`
	Warning      string `json:"warning,omitempty" zh:"提示"`
	Prescription bool   `json:"prescriptionOnly" zh:"处方药"`
}

type dispensingCount struct {
	Code      string           `json:"drugTraceCode" zh:"药品追溯码"`
	Dispensed int64            `json:"dispensed" zh:"核销次数"`
	Suspected int64            `json:"suspected" zh:"疑似回流次数"`
	Units     int64            `json:"units" zh:"已发单位数"`
	Entries   []dispensingSeen `json:"entries" is:"maxItems=100" zh:"明细" doc:"The latest 100, newest first"`
}

type dispensingSeen struct {
	DispensingID string `json:"dispensingId" zh:"核销编号"`
	Status       string `json:"status" zh:"状态"`
	By           string `json:"by" zh:"机构"`
	At           string `json:"at" zh:"时间"`
	Units        int64  `json:"units" zh:"单位数"`
}

func (b *book) answerDrug(c *ledger.Contract) {
	example := json.RawMessage(`{"drugTraceCode":"81000020000000000001"}`)
	ledger.Answer(c, catalog.Query{
		Name: "ScanDrug", Title: "What a drug's trace code stands for", TitleZh: "药品扫码查询", Path: "scan-drug", Roles: []string{ledger.AnyRole}, Example: example,
	}, b.scanDrug)
	ledger.Answer(c, catalog.Query{
		Name: "DispensingCount", Title: "How often a pack was dispensed", TitleZh: "核销次数", Path: "dispensing-count", Roles: []string{RoleInsurance, RoleDrugRegulator, RoleHealth, RoleDispenser}, Example: example,
		Doc: "With every suspected resale. Counts and institutions, never a patient.",
	}, b.dispensingCount)
}

func (b *book) scanDrug(c *ledger.Call, in *scanDrugInput) (*scanDrug, error) {
	e, err := b.packs.Load(c, in.Code)
	if err != nil {
		return nil, err
	}
	w, err := b.whereIs(c, e)
	if err != nil {
		return nil, err
	}
	lot, err := b.lots.Load(c, e.Body.LotID)
	if err != nil {
		return nil, err
	}
	drug, err := b.drugs.Load(c, lot.Body.NationalCode)
	if err != nil {
		return nil, err
	}
	s := &scanDrug{
		Code: e.ID, Name: drug.Body.Name, ApprovalNo: drug.Body.ApprovalNo, Spec: drug.Body.Spec, MAH: lot.Body.MAH, LotNo: lot.Body.LotNo, ProducedOn: lot.Body.ProducedOn, ExpiresOn: lot.Body.ExpiresOn,
		Level: e.Body.Level, Status: w.status, Holder: w.holder, Expired: lot.Body.ExpiresOn < c.Today(), RecallID: lot.Body.RecallID, RecallClass: lot.Body.RecallClass,
		Remaining: e.Body.Remaining, DispensedAt: e.Body.FirstAt, Prescription: lot.Body.PrescriptionOnly,
	}
	if len(w.around) > 0 {
		s.InPack = w.around[0].ID
	}
	_, err = b.institution(c, w.holder, w.org, Hospital, Pharmacy)
	if err != nil && operation.RefusalOf(err) == nil {
		return nil, err
	}
	s.Dispensable = err == nil && (w.status == Received || w.status == Packed) && e.Body.Level == Small && marketable(c, lot) == nil
	switch {
	case lot.Status == Recalled:
		s.Warning = "该批药品已召回，请勿使用"
	case s.Expired:
		s.Warning = "该药品已过有效期"
	case w.status == Dispensed || w.status == Returned:
		s.Warning = "该药品已核销，如非本人购买，谨防回流药"
	}
	return s, nil
}

func (b *book) dispensingCount(c *ledger.Call, in *scanDrugInput) (*dispensingCount, error) {
	e, err := b.packs.Load(c, in.Code)
	if err != nil {
		return nil, err
	}
	a := &dispensingCount{Code: e.ID, Units: e.Body.Units - e.Body.Remaining, Entries: []dispensingSeen{}}
	const shown = 100
	var ids []string
	for n := e.Body.Attempts; n > 0 && e.Body.Attempts-n < shown; n-- {
		ids = append(ids, DispensingID(e.ID, n))
	}
	all, err := b.dispensings.LoadAll(c, ids)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Status == Dispensed {
			a.Dispensed++
		} else {
			a.Suspected++
		}
		a.Entries = append(a.Entries, dispensingSeen{d.ID, d.Status, d.Dept, d.Time, d.Body.Units})
	}
	return a, nil
}

type canInput struct {
	Institution string `json:"institution" is:"uscc" zh:"机构"`
	DocumentID  string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
	Purpose     string `json:"purpose" is:"enum=TREATMENT|REFERRAL|CONSULTATION|INSURANCE|FOLLOW_UP|RESEARCH" zh:"用途"`
	EmergencyID string `json:"emergencyId,omitempty" is:"maxLen=64" zh:"紧急工单编号"`
}

type can struct {
	Can   bool   `json:"can" zh:"可否调阅"`
	Basis string `json:"basis,omitempty" zh:"依据"`
	Code  string `json:"code,omitempty" zh:"原因代码"`
	Until string `json:"until,omitempty" zh:"有效期止"`
}

type accessLogInput struct {
	PatientKey string `json:"patientKey" is:"subject" zh:"患者标识"`
	Before     int64  `json:"before,omitempty" is:"min=1" zh:"起始序号" doc:"Entries before this number; the latest where nothing is given"`
	Limit      int64  `json:"limit,omitempty" is:"min=1,max=100" zh:"条数" doc:"50 where nothing is given"`
}

type accessSeen struct {
	AccessID    string `json:"accessId" zh:"调阅编号"`
	Number      int64  `json:"number" zh:"序号"`
	Status      string `json:"status" zh:"结果"`
	AskedBy     string `json:"askedBy" zh:"调阅机构"`
	Name        string `json:"name,omitempty" zh:"机构名称"`
	DocumentID  string `json:"documentId" zh:"文档版本编号"`
	Purpose     string `json:"purpose" zh:"用途"`
	Basis       string `json:"basis" zh:"依据"`
	ConsentID   string `json:"consentId,omitempty" zh:"授权编号"`
	EmergencyID string `json:"emergencyId,omitempty" zh:"紧急工单编号"`
	AskedAt     string `json:"askedAt" zh:"调阅时间"`
	Reason      string `json:"reason,omitempty" zh:"拒绝原因"`
	ServedAt    string `json:"servedAt,omitempty" zh:"提供时间"`
}

type accessLog struct {
	Total   int64        `json:"total" zh:"总条数"`
	Entries []accessSeen `json:"entries" is:"maxItems=100" zh:"明细" doc:"Newest first, without gaps"`
	Before  int64        `json:"before,omitempty" zh:"下一页起始序号" doc:"Absent at the end"`
}

type consentStatusInput struct {
	PatientKey string `json:"patientKey" is:"subject" zh:"患者标识"`
	Grantee    string `json:"grantee" is:"uscc" zh:"被授权机构"`
	Purpose    string `json:"purpose" is:"enum=TREATMENT|REFERRAL|CONSULTATION|INSURANCE|FOLLOW_UP|RESEARCH" zh:"用途"`
}

type consentStatus struct {
	ConsentID string `json:"consentId" zh:"授权编号"`
	Status    string `json:"status" zh:"状态" doc:"As of now: EXPIRED and NOT_YET_VALID are derived from the dates"`
	ValidTo   string `json:"validTo" zh:"失效时间"`
	Left      int64  `json:"left" zh:"剩余次数"`
}

func (b *book) answerAccess(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "Can", Title: "Whether an institution may see a document", TitleZh: "可否调阅", Path: "can", Roles: []string{RoleProvider, RoleHealth, RoleInsurance, RolePatient},
		Doc:     "can(institution, document): yes or no now, and by what. It grants nothing and uses nothing.",
		Example: json.RawMessage(`{"institution":"93411525MA9YTT036W","documentId":"91410100MA9YTT01X0.JC-0001.001","purpose":"REFERRAL"}`),
	}, b.can)
	ledger.Answer(c, catalog.Query{
		Name: "AccessLog", Title: "Who asked for a patient's documents", TitleZh: "本人调阅记录", Path: "access-log", Roles: []string{RolePatient, RoleHealth},
		Doc:     "Every entry, granted and denied, newest first.",
		Example: json.RawMessage(`{"patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"}`),
	}, b.accessLog)
	ledger.Answer(c, catalog.Query{
		Name: "ConsentStatus", Title: "Whether a consent is live", TitleZh: "授权状态", Path: "consent-status", Roles: []string{RoleProvider, RoleHealth, RoleInsurance, RolePatient},
		Example: json.RawMessage(`{"patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","grantee":"93411525MA9YTT036W","purpose":"REFERRAL"}`),
	}, b.consentStatus)
}

func (b *book) can(c *ledger.Call, in *canInput) (*can, error) {
	d, err := b.documents.Load(c, in.DocumentID)
	if err != nil {
		return nil, err
	}
	if d.Status == Draft {
		return &can{Code: PatientMismatch}, nil
	}
	_, err = b.institution(c, in.Institution, "", Hospital, Insurer)
	if err == nil && in.EmergencyID != "" {
		e, err := b.openEmergency(c, in.EmergencyID, in.Institution, d.Body.PatientKey)
		if err == nil {
			return &can{Can: true, Basis: ByEmergency, Until: e.Body.ExpiresAt}, nil
		}
		if operation.RefusalOf(err) == nil {
			return nil, err
		}
	}
	if err == nil {
		var e *ledger.Entity[Consent]
		if e, err = b.consentAllows(c, in.Institution, in.Purpose, d); err == nil {
			return &can{Can: true, Basis: ByConsent, Until: e.Body.ValidTo}, nil
		}
	}
	no := operation.RefusalOf(err)
	if no == nil {
		return nil, err
	}
	return &can{Code: no.Code}, nil
}

func (b *book) accessLog(c *ledger.Call, in *accessLogInput) (*accessLog, error) {
	p, err := b.patients.Load(c, in.PatientKey)
	if err != nil {
		return nil, err
	}
	from, limit := p.Body.Accesses, in.Limit
	if in.Before > 0 {
		from = min(from, in.Before-1)
	}
	if limit == 0 {
		limit = 50
	}
	to := max(from-limit, 0)
	ids := make([]string, 0, from-to)
	for n := from; n > to; n-- {
		ids = append(ids, AccessID(p.ID, n))
	}
	all, err := b.accesses.LoadAll(c, ids)
	if err != nil {
		return nil, err
	}
	log := &accessLog{Total: p.Body.Accesses, Entries: []accessSeen{}}
	for i, a := range all {
		name, err := b.nameOf(c, a.Body.AskedBy)
		if err != nil {
			return nil, err
		}
		log.Entries = append(log.Entries, accessSeen{
			AccessID: a.ID, Number: from - int64(i), Status: a.Status, AskedBy: a.Body.AskedBy, Name: name, DocumentID: a.Body.DocumentID, Purpose: a.Body.Purpose, Basis: a.Body.Basis,
			ConsentID: a.Body.ConsentID, EmergencyID: a.Body.EmergencyID, AskedAt: a.Body.AskedAt, Reason: a.Body.Reason, ServedAt: a.Body.ServedAt,
		})
	}
	if to > 0 {
		log.Before = to + 1
	}
	return log, nil
}

func (b *book) nameOf(c *ledger.Call, uscc string) (string, error) {
	i, err := b.institutions.Find(c, uscc)
	if err != nil || i == nil {
		return "", err
	}
	return i.Body.Name, nil
}

func (b *book) consentStatus(c *ledger.Call, in *consentStatusInput) (*consentStatus, error) {
	e, err := b.consents.Load(c, ConsentID(in.PatientKey, in.Grantee, in.Purpose))
	if err != nil {
		return nil, err
	}
	s := &consentStatus{ConsentID: e.ID, Status: e.Status, ValidTo: e.Body.ValidTo, Left: e.Body.MaxUses - e.Body.Used}
	switch {
	case e.Status != Granted:
	case e.Body.ValidTo < c.Timestamp():
		s.Status = Expired
	case e.Body.ValidFrom > c.Timestamp():
		s.Status = "NOT_YET_VALID"
	}
	return s, nil
}
