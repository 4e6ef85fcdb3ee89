package medical

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
)

const patientType = "patient"

// Archived is the status of what is kept and no longer changed.
const Archived = "ARCHIVED"

// Patient is a resident's health record as a whole (居民电子健康档案), under the
// keyed hash of the resident's identity number. It numbers every access.
type Patient struct {
	Division  string `json:"division" is:"division" zh:"建档区划"`
	PublicKey string `json:"publicKey,omitempty" is:"maxLen=512" zh:"居民 SM2 公钥" doc:"PEM. Where there is one, the resident signs every consent"`
	Accesses  int64  `json:"accesses" is:"min=0" zh:"调阅次数" doc:"Accesses and denials: the number of the latest entry of the access log"`
}

// patientPerson is what must not stand on the ledger.
type patientPerson struct {
	EHRNo    string `json:"ehrNo" is:"ehr" zh:"健康档案编号"`
	Name     string `json:"name" is:"maxLen=64" zh:"姓名"`
	IDNumber string `json:"idNumber,omitempty" is:"citizen-id" zh:"公民身份号码"`
}

type registerPatientInput struct {
	PatientKey string `json:"patientKey" is:"subject" zh:"患者标识" doc:"HMAC-SM3 of the identity number, made by the gateway"`
	Division   string `json:"division" is:"division" zh:"建档区划"`
}

type bindPatientKeyInput struct {
	PatientKey string `json:"patientKey" is:"subject" zh:"患者标识"`
	PublicKey  string `json:"publicKey" is:"maxLen=512" zh:"居民 SM2 公钥" doc:"PEM (SPKI)"`
}

type archivePatientInput struct {
	PatientKey string `json:"patientKey" is:"subject" zh:"患者标识"`
}

func (b *book) definePatient(c *ledger.Contract) {
	b.patients = ledger.Define[Patient](c, catalog.Record{
		Type: patientType, Collection: "patients", Title: "resident's health record", TitleZh: "居民电子健康档案",
		Doc:      "The resident's number, name and identity number are in the private half.",
		Statuses: []catalog.Status{{Code: Active, TitleZh: "在档"}, {Code: Archived, TitleZh: "归档"}},
		Transitions: ledger.Table(
			ledger.Steps("RegisterPatient", Active, ""), ledger.Stay("BindPatientKey", Active), ledger.Stay("Access", Active, Archived),
			ledger.Steps("ArchivePatient", Archived, Active), ledger.Stay("PurgePatient", Archived),
		),
		Search: []catalog.SearchField{{Field: "division", Kind: "keyword"}},
	})
}

func (b *book) handlePatient(c *ledger.Contract) {
	who := []string{InstitutionRequired, LicenceExpired}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RegisterPatient", Title: "Open a resident's health record", TitleZh: "健康档案建档", Record: patientType, Creates: true, ID: "patientKey", Roles: []string{RoleProvider},
		Refusals: append([]string{PrivateRequired}, who...), Doc: "The number of the health record is in the private half.",
		Example:        json.RawMessage(`{"patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","division":"410105"}`),
		PrivateExample: json.RawMessage(`{"ehrNo":"41010500100100001","name":"示例居民"}`),
	}, b.registerPatient)
	ledger.Handle(c, catalog.Operation{
		Name: "BindPatientKey", Title: "Bind a resident's SM2 key", TitleZh: "绑定居民公钥", Record: patientType, Verb: "bind-key", ID: "patientKey", Roles: []string{RolePatient, RoleProvider},
		Doc:     "The first by the residents' portal, another by the institution that keeps the record. From then on a consent is valid with the resident's own signature only: not even the portal can give one.",
		Example: json.RawMessage(`{"patientKey":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","publicKey":"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAE0ybCjizeewi2QmoITfQkSMGkBweN\n2Va795CL2gZS2lBMqXXH5pozKWaJnStpG1asDuEzfNqseNPKeETA1gA0KQ==\n-----END PUBLIC KEY-----\n"}`),
	}, b.bindPatientKey)
	ledger.Handle(c, catalog.Operation{
		Name: "ArchivePatient", Title: "Archive a resident's health record", TitleZh: "健康档案归档", Record: patientType, Verb: "archive", ID: "patientKey", Roles: []string{RoleProvider},
		Example: json.RawMessage(`{"patientKey":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`),
	}, func(c *ledger.Call, in *archivePatientInput) error {
		e, err := b.patients.Open(c, in.PatientKey)
		if err != nil {
			return err
		}
		return e.Move(c, Archived)
	})
	ledger.HandlePurge(c, catalog.Operation{
		Name: "PurgePatient", Title: "Purge a resident's personal data", TitleZh: "清除居民个人信息", Verb: "purge", Roles: []string{RoleProvider},
		Example: json.RawMessage(`{"id":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","reason":"保存期限届满"}`),
	}, b.patients)
}

func (b *book) registerPatient(c *ledger.Call, in *registerPatientInput, half *ledger.Private[patientPerson]) error {
	if _, err := b.member(c, Hospital); err != nil {
		return err
	}
	if half == nil {
		return ledger.RefuseField(PrivateRequired, "private", "the number of the health record and the name are in the private half")
	}
	e, err := b.patients.Create(c, in.PatientKey, Active, Patient{Division: in.Division})
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, half)
}

func (b *book) bindPatientKey(c *ledger.Call, in *bindPatientKeyInput) error {
	e, err := b.patients.OpenAny(c, in.PatientKey)
	if err != nil {
		return err
	}
	// A first key comes from the portal, another only from where the record is kept.
	if e.Body.PublicKey != "" || !c.Caller().Has(RolePatient) {
		if err := e.OwnedBy(c); err != nil {
			return err
		}
	}
	if _, err := gm.ParsePublicKeyPEM([]byte(in.PublicKey)); err != nil {
		return ledger.RefuseField(ledger.InputInvalid, "publicKey", "the public key is not an SM2 key in PEM: %v", err)
	}
	e.Body.PublicKey = in.PublicKey
	return e.Keep(c)
}
