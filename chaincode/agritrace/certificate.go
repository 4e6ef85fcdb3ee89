package agritrace

import (
	"encoding/json"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	quarantineType = "quarantine"
	complianceType = "compliance"
)

// Statuses of a certificate. That one has ended is derived from validTo.
const (
	Issued  = "ISSUED"
	Revoked = "REVOKED"
)

// Quarantine is an animal quarantine certificate (检疫证) of one of the four kinds.
type Quarantine struct {
	Kind        string `json:"kind" is:"enum=ANIMAL_A|ANIMAL_B|PRODUCT_A|PRODUCT_B" zh:"证书类型" doc:"动物A, 动物B, 产品A, 产品B: A leaves the province, B does not"`
	BatchID     string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	VetKey      string `json:"vetKey" is:"subject" zh:"官方兽医标识" doc:"HMAC-SM3 of the official veterinarian's number"`
	Destination string `json:"destination,omitempty" is:"place-code" zh:"启运目的地"`
	Count       int64  `json:"count,omitempty" is:"min=1" zh:"数量（头、件）"`
	ValidTo     string `json:"validTo" is:"date" zh:"有效期止"`
	FileHash    string `json:"fileHash,omitempty" is:"sm3" zh:"证书文件摘要"`
	Reason      string `json:"reason,omitempty" is:"maxLen=512" zh:"撤销原因"`
}

// Compliance is the producer's own certificate that its produce meets the
// standards (承诺达标合格证).
type Compliance struct {
	BatchID  string   `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Subject  string   `json:"subject" is:"maxLen=32" zh:"开具主体码"`
	Basis    []string `json:"basis" is:"enum=ENTRUSTED_TEST|SELF_TEST|INTERNAL_CONTROL|SELF_PROMISE,minItems=1,unique" zh:"承诺依据" doc:"委托检测, 自我检测, 内部质量控制, 自我承诺"`
	IssuedOn string   `json:"issuedOn" is:"date" zh:"开具日期"`
	FileHash string   `json:"fileHash,omitempty" is:"sm3" zh:"合格证文件摘要"`
	Reason   string   `json:"reason,omitempty" is:"maxLen=512" zh:"撤销原因"`
}

type issueQuarantineInput struct {
	QuarantineNo string `json:"quarantineNo" is:"pattern=^[0-9A-Za-z-]{6,32}$" zh:"检疫证号"`
	Kind         string `json:"kind" is:"enum=ANIMAL_A|ANIMAL_B|PRODUCT_A|PRODUCT_B" zh:"证书类型"`
	BatchID      string `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	VetKey       string `json:"vetKey" is:"subject" zh:"官方兽医标识"`
	Destination  string `json:"destination,omitempty" is:"place-code" zh:"启运目的地"`
	Count        int64  `json:"count,omitempty" is:"min=1,max=1000000" zh:"数量（头、件）"`
	ValidTo      string `json:"validTo" is:"date" zh:"有效期止"`
	FileHash     string `json:"fileHash,omitempty" is:"sm3" zh:"证书文件摘要"`
}

type issueComplianceInput struct {
	ComplianceNo string   `json:"complianceNo" is:"pattern=^[0-9A-Z]{6,32}[.][0-9A-Za-z-]{1,32}$" zh:"合格证编号" doc:"The subject code, a dot and a number"`
	Subject      string   `json:"subject" is:"maxLen=32" zh:"开具主体码"`
	BatchID      string   `json:"batchId" is:"maxLen=65" zh:"批次编号"`
	Basis        []string `json:"basis" is:"enum=ENTRUSTED_TEST|SELF_TEST|INTERNAL_CONTROL|SELF_PROMISE,minItems=1,unique" zh:"承诺依据"`
	FileHash     string   `json:"fileHash,omitempty" is:"sm3" zh:"合格证文件摘要"`
}

type revokeCertificateInput struct {
	CertificateNo string `json:"certificateNo" is:"maxLen=65" zh:"证号"`
	Reason        string `json:"reason" is:"maxLen=512" zh:"撤销原因"`
}

func (i *issueQuarantineInput) Reads() []string { return []string{ledger.Key(batchType, i.BatchID)} }
func (i *issueComplianceInput) Reads() []string {
	return append(subjectKeys(i.Subject), ledger.Key(batchType, i.BatchID))
}

func (b *book) defineCertificates(c *ledger.Contract) {
	statuses := []catalog.Status{{Code: Issued, TitleZh: "有效"}, {Code: Revoked, TitleZh: "撤销", Doc: "Its batch is held."}}
	b.quarantines = ledger.Define[Quarantine](c, catalog.Record{
		Type: quarantineType, Collection: "quarantines", Title: "quarantine certificate", TitleZh: "检疫证",
		Doc:         "By the official veterinarian: for animals before they leave the farm and before slaughter, for animal products before sale.",
		Statuses:    statuses,
		Transitions: ledger.Table(ledger.Steps("IssueQuarantine", Issued, ""), ledger.Steps("RevokeQuarantine", Revoked, Issued)),
		Search:      []catalog.SearchField{{Field: "batchId", Kind: "keyword"}, {Field: "kind", Kind: "keyword"}, {Field: "validTo", Kind: "date"}},
		HashFields:  []string{"fileHash"},
	})
	b.compliances = ledger.Define[Compliance](c, catalog.Record{
		Type: complianceType, Collection: "compliances", Title: "compliance certificate", TitleZh: "承诺达标合格证",
		Doc:         "By the producer, for what goes to market.",
		Statuses:    statuses,
		Transitions: ledger.Table(ledger.Steps("IssueCompliance", Issued, ""), ledger.Steps("RevokeCompliance", Revoked, Issued)),
		Search:      []catalog.SearchField{{Field: "batchId", Kind: "keyword"}, {Field: "subject", Kind: "keyword"}, {Field: "issuedOn", Kind: "date"}},
		HashFields:  []string{"fileHash"},
	})
}

func (b *book) handleCertificates(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "IssueQuarantine", Title: "Issue a quarantine certificate", TitleZh: "出具检疫证", Record: quarantineType, Creates: true, ID: "quarantineNo", Lane: "batchId",
		Roles: []string{RoleVet}, Refusals: []string{CertificateWrong, BatchRecalled, BatchHeld, RecallSpreading},
		Example: json.RawMessage(`{"quarantineNo":"4101220026030001","kind":"PRODUCT_B","batchId":"ZM4101220001.20260302-01","vetKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","destination":"410105","validTo":"20261231"}`),
	}, b.issueQuarantine)
	ledger.Handle(c, catalog.Operation{
		Name: "IssueCompliance", Title: "Issue a compliance certificate", TitleZh: "开具承诺达标合格证", Record: complianceType, Creates: true, ID: "complianceNo", Lane: "batchId",
		Roles: []string{RoleProducer}, Refusals: []string{NumberForeign, NotHolder, NotOperator, SubjectInactive, CertificateWrong, BatchRecalled, BatchHeld, RecallSpreading},
		Example: json.RawMessage(`{"complianceNo":"ZM4101220001.HG-0001","subject":"ZM4101220001","batchId":"ZM4101220001.20260302-01","basis":["ENTRUSTED_TEST"]}`),
	}, b.issueCompliance)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeQuarantine", Title: "Revoke a quarantine certificate", TitleZh: "撤销检疫证", Record: quarantineType, Verb: "revoke", ID: "certificateNo",
		Roles: []string{RoleVet}, Doc: "Its batch is held in the same transaction; what was made of it is reached by a recall.",
		Example: json.RawMessage(`{"certificateNo":"4101220026030001","reason":"票证不符"}`),
	}, b.revokeQuarantine)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeCompliance", Title: "Revoke a compliance certificate", TitleZh: "撤销合格证", Record: complianceType, Verb: "revoke", ID: "certificateNo",
		Roles: []string{RoleProducer, RoleAgriculture}, Refusals: []string{NotOperator, SubjectInactive}, Doc: "By the producer or the agricultural authority; its batch is held in the same transaction.",
		Example: json.RawMessage(`{"certificateNo":"ZM4101220001.HG-0002","reason":"依据不足"}`),
	}, b.revokeCompliance)
}

func (b *book) issueQuarantine(c *ledger.Call, in *issueQuarantineInput) error {
	e, err := b.batches.Load(c, in.BatchID)
	if err != nil {
		return err
	}
	if err := b.usable(c, e); err != nil {
		return err
	}
	wanted := "PRODUCT"
	if e.Body.Category == Livestock {
		wanted = "ANIMAL"
	}
	if !strings.HasPrefix(in.Kind, wanted) {
		return ledger.RefuseField(CertificateWrong, "kind", "the batch %s is %s and takes a certificate of the kind %s_A or %s_B, not %s", e.ID, e.Body.Category, wanted, wanted, in.Kind)
	}
	if in.ValidTo < c.Today() {
		return ledger.RefuseField(CertificateWrong, "validTo", "a certificate of today, %s, cannot end on %s", c.Today(), in.ValidTo)
	}
	if _, err := b.quarantines.Create(c, in.QuarantineNo, Issued, Quarantine{
		Kind: in.Kind, BatchID: in.BatchID, VetKey: in.VetKey, Destination: in.Destination, Count: in.Count, ValidTo: in.ValidTo, FileHash: in.FileHash,
	}); err != nil {
		return err
	}
	e.Body.QuarantineNo = in.QuarantineNo
	if e.Status == Harvested || e.Status == Tested {
		return e.Move(c, Quarantined)
	}
	return e.Keep(c)
}

func (b *book) issueCompliance(c *ledger.Call, in *issueComplianceInput) error {
	if err := ownNumber("complianceNo", in.ComplianceNo, in.Subject); err != nil {
		return err
	}
	if _, err := b.acting(c, in.Subject, ActivityGrow); err != nil {
		return err
	}
	e, err := b.holding(c, in.BatchID, in.Subject)
	if err != nil {
		return err
	}
	if e.Body.Producer != in.Subject || saleNeeds[e.Body.Category] != needsCompliance {
		return ledger.Refuse(CertificateWrong, "the batch %s is %s of the producer %s: its producer certifies the categories %s and %s", e.ID, e.Body.Category, e.Body.Producer, Plant, Aquatic)
	}
	if _, err := b.compliances.Create(c, in.ComplianceNo, Issued, Compliance{
		BatchID: in.BatchID, Subject: in.Subject, Basis: in.Basis, IssuedOn: c.Today(), FileHash: in.FileHash,
	}); err != nil {
		return err
	}
	e.Body.ComplianceNo = in.ComplianceNo
	return e.Keep(c)
}

func (b *book) revokeQuarantine(c *ledger.Call, in *revokeCertificateInput) error {
	e, err := b.quarantines.Open(c, in.CertificateNo)
	if err != nil {
		return err
	}
	e.Body.Reason = in.Reason
	if err := e.Move(c, Revoked); err != nil {
		return err
	}
	return b.uncertify(c, e.Body.BatchID, func(batch *Batch) *string { return &batch.QuarantineNo }, e.ID)
}

func (b *book) revokeCompliance(c *ledger.Call, in *revokeCertificateInput) error {
	e, err := b.compliances.OpenAny(c, in.CertificateNo)
	if err != nil {
		return err
	}
	if !c.Caller().Has(RoleAgriculture) {
		if _, err := b.acting(c, e.Body.Subject); err != nil {
			return err
		}
	}
	e.Body.Reason = in.Reason
	if err := e.Move(c, Revoked); err != nil {
		return err
	}
	return b.uncertify(c, e.Body.BatchID, func(batch *Batch) *string { return &batch.ComplianceNo }, e.ID)
}

// uncertify takes a revoked certificate off its batch and holds the batch. A
// certificate that another took the place of touches nothing.
func (b *book) uncertify(c *ledger.Call, batchID string, number func(*Batch) *string, revoked string) error {
	e, err := b.batches.Load(c, batchID)
	if err != nil {
		return err
	}
	if no := number(&e.Body); *no == revoked {
		*no = ""
		return holdBatch(c, e, "证书撤销："+revoked)
	}
	return nil
}

// lacking names what a batch lacks to be sold, by its category; empty where it
// lacks nothing. A batch that was made of goods which lacked nothing, and that
// is still of their category, needs no certificate of its own.
func lacking(e *ledger.Entity[Batch]) string {
	need := saleNeeds[e.Body.Category]
	met := e.Body.Inherited
	switch need {
	case needsCompliance:
		met = met || e.Body.ComplianceNo != ""
	case needsQuarantine, needsAnimal:
		met = met || e.Body.QuarantineNo != ""
	case needsTest:
		met = met || e.Body.Passed
	case needsEntry:
		met = met || e.Body.EntryNo != ""
	}
	if met {
		return ""
	}
	return need
}

// animalsCertified asks for a certificate that is valid today before animals
// leave the farm or are slaughtered (动物防疫法 art. 49, 51).
func (b *book) animalsCertified(c *ledger.Call, e *ledger.Entity[Batch]) error {
	if e.Body.Category != Livestock {
		return nil
	}
	if e.Body.QuarantineNo == "" {
		return ledger.Refuse(CertificateNeeded, "the animals of batch %s need a %s", e.ID, needsAnimal)
	}
	q, err := b.quarantines.Load(c, e.Body.QuarantineNo)
	if err != nil {
		return err
	}
	if q.Status != Issued || q.Body.ValidTo < c.Today() {
		return ledger.Refuse(CertificateNeeded, "the quarantine certificate %s of batch %s is %s and valid until %s: today, %s, a live one is needed", q.ID, e.ID, q.Status, q.Body.ValidTo, c.Today())
	}
	return nil
}
