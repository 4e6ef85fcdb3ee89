package finance

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
)

// SubjectKey is the SM2 key that a borrower signs authorizations with (融资主体签
// 名公钥), registered by the platform after it checked the borrower's identity.
// Its id is the borrower's key.
type SubjectKey struct {
	PublicKey string `json:"publicKey" is:"maxLen=512" zh:"公钥" doc:"SM2 public key, PEM (SPKI)"`
	Reason    string `json:"reason,omitempty" is:"maxLen=256" zh:"吊销原因"`
}

// Statuses of a subject's key.
const (
	KeyActive  = "ACTIVE"
	KeyRevoked = "REVOKED"
)

const subjectType = "subject-key"

type registerSubjectKey struct {
	SubjectKey string `json:"subjectKey" is:"subject" zh:"融资主体标识"`
	PublicKey  string `json:"publicKey" is:"maxLen=512" zh:"公钥" doc:"SM2 public key, PEM (SPKI)"`
}

type revokeSubjectKey struct {
	SubjectKey string `json:"subjectKey" is:"subject" zh:"融资主体标识"`
	Reason     string `json:"reason" is:"maxLen=256" zh:"吊销原因"`
}

// registerSubjectKey registers a borrower's key, or the one that replaces it.
func (b *book) registerSubjectKey(c *ledger.Call, in *registerSubjectKey) error {
	if _, err := gm.ParsePublicKeyPEM([]byte(in.PublicKey)); err != nil {
		return ledger.RefuseField(ledger.InputInvalid, "publicKey", "the public key is not an SM2 key in PEM: %v", err)
	}
	old, err := b.subjects.Find(c, in.SubjectKey)
	if err != nil {
		return err
	}
	if old == nil {
		_, err := b.subjects.Create(c, in.SubjectKey, KeyActive, SubjectKey{PublicKey: in.PublicKey})
		return err
	}
	if old, err = b.subjects.Open(c, in.SubjectKey); err != nil {
		return err
	}
	old.Body = SubjectKey{PublicKey: in.PublicKey}
	return old.Move(c, KeyActive)
}

func (b *book) revokeSubjectKey(c *ledger.Call, in *revokeSubjectKey) error {
	k, err := b.subjects.Open(c, in.SubjectKey)
	if err != nil {
		return err
	}
	k.Body.Reason = in.Reason
	return k.Move(c, KeyRevoked)
}

// signatureKey is the key that a borrower's signature is checked with.
func (b *book) signatureKey(c *ledger.Call, subject string) (*gm.PublicKey, error) {
	k, err := b.subjects.Find(c, subject)
	if err != nil {
		return nil, err
	}
	if k == nil || k.Status != KeyActive {
		r := ledger.Refuse(SubjectKeyMissing, "the subject %s has no active signature key; the platform registers one first (RegisterSubjectKey)", subject)
		r.Type, r.ID = subjectType, subject
		return nil, r
	}
	return gm.ParsePublicKeyPEM([]byte(k.Body.PublicKey))
}

// SelfReport is what an enterprise reports of itself (企业自主填报): the digest of
// the report. Its id is the subject, the sort of report and the period.
type SelfReport struct {
	SubjectKey string `json:"subjectKey" is:"subject" zh:"融资主体标识"`
	ReportType string `json:"reportType" is:"enum=FINANCIAL|ORDERS|EMPLOYMENT|ENERGY|OTHER" zh:"填报类别"`
	Period     string `json:"period" is:"pattern=^[0-9]{4}(0[1-9]|1[0-2])$" zh:"所属期" doc:"YYYYMM"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"填报文件摘要"`
}

// Reported is the one status of a self-report: a correction is its next version.
const Reported = "REPORTED"

const reportType = "self-report"

type selfReport struct{ SelfReport }

func (in *selfReport) id() string { return in.SubjectKey + "." + in.ReportType + "." + in.Period }

// Reads lets a batch fetch the earlier report.
func (in *selfReport) Reads() []string { return []string{ledger.Key(reportType, in.id())} }

func (b *book) selfReport(c *ledger.Call, in *selfReport) error {
	if in.Period > c.Today()[:6] {
		return ledger.RefuseField(PeriodInvalid, "period", "the period %s lies ahead", in.Period)
	}
	old, err := b.reports.Find(c, in.id())
	if err != nil {
		return err
	}
	if old == nil {
		_, err := b.reports.Create(c, in.id(), Reported, in.SelfReport)
		return err
	}
	if old, err = b.reports.Open(c, in.id()); err != nil {
		return err
	}
	old.Body = in.SelfReport
	return old.Keep(c)
}

// checkIdentity refuses an identity number that is not one of its document's
// type, without repeating it.
func checkIdentity(idType, number string) error {
	t, err := identifier.ParseHolderIDType(idType)
	if err != nil {
		return err
	}
	if _, err := t.ParseNumber(number); err != nil {
		return ledger.RefuseField(PartyInvalid, "private.idNumber", "the identity number is not one of the type %s (%s)", idType, t.TitleZh)
	}
	return nil
}
